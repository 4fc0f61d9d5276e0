import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { provideAsset } from "../src/assets";
import * as code from "../src/lazy/code";
import * as math from "../src/lazy/math";
import type { Link } from "../src/link";
import { MarkdownView } from "../src/markdown/driver";
import { LazyExtras } from "../src/markdown/extras";

const PYTHON = "```python\ndef f():\n    return '<b>'\n```\n";

let ending: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  vi.useRealTimers();
  provideAsset("code", undefined);
  provideAsset("math", undefined);
});

function view(link: Partial<Link> = {}): MarkdownView {
  return new MarkdownView(document.createElement("div"), { extras: new LazyExtras({ live: true, ...link } as Link, ending.signal) });
}

const coloured = (made: MarkdownView) => made.root.querySelectorAll(".sw-h-keyword").length;

describe("colours", () => {
  it("come when the fence closes, and not before", async () => {
    provideAsset("code", code);
    const made = view();
    made.update(PYTHON.slice(0, -1), false);
    await vi.runAllTimersAsync();
    expect(coloured(made)).toBe(0); // "```" may still become "```x", a line of the code
    made.update(PYTHON, false);
    await vi.runAllTimersAsync();
    expect(coloured(made)).toBeGreaterThan(0);
    expect(made.root.querySelector("code")?.textContent).toBe("def f():\n    return '<b>'\n");
  });

  it("come once: what follows leaves the coloured elements as they are", async () => {
    provideAsset("code", code);
    const made = view();
    const text = `- x\n\n${PYTHON.replace(/^(?=.)/gm, "  ")}`;
    made.update(text, false);
    await vi.runAllTimersAsync();
    const keyword = made.root.querySelector(".sw-h-keyword");
    expect(keyword).not.toBeNull();
    for (const more of ["\n", "  and", " more\n", "- y\n", "\nend\n\nend"]) {
      made.append(more, false);
      await vi.runAllTimersAsync();
      expect(made.root.querySelector(".sw-h-keyword")).toBe(keyword);
    }
  });

  it("come when the text ends in an open fence", async () => {
    provideAsset("code", code);
    const made = view();
    const open = PYTHON.slice(0, -4).repeat(30).replaceAll("```python\n", "").replace(/^/, "```python\n");
    for (const line of open.split(/(?<=\n)/)) made.append(line, false);
    made.append("", true);
    await vi.runAllTimersAsync();
    expect(coloured(made)).toBeGreaterThan(0);
  });

  it("leave the places of the text where they are", async () => {
    provideAsset("code", code);
    const made = view();
    document.body.append(made.root);
    made.update(PYTHON, true);
    await vi.runAllTimersAsync();
    const at = PYTHON.indexOf("return");
    expect(
      made
        .locate(at, at + 8)
        .ranges.map((range) => range.toString())
        .join(""),
    ).toBe("return '");
    made.root.remove();
  });

  it.each(["nonsense", "", "text"])("are not asked of a language that nobody knows: %j", async (language) => {
    provideAsset("code", code);
    const made = view();
    made.update(`\`\`\`${language}\nif x\n\`\`\`\n`, true);
    await vi.runAllTimersAsync();
    expect(made.root.querySelector("code")?.innerHTML).toBe("if x\n");
  });

  it.each(["<img src=x onerror=1>", "<span><b></span>", "&copy;", '<span onclick="x">a</span>', "<span class=a>b</span>"])(
    "%s from the highlighter is refused",
    (html) => {
      expect(code.fragmentOf(html, "a")).toBeNull();
    },
  );
});

describe("an asset", () => {
  it("is asked of the kernel once, and again while it is busy, with the text in place meanwhile", async () => {
    const asset = vi.fn(() => Promise.reject(new Error("busy")));
    const made = view({ asset });
    made.update(`${PYTHON}\n${PYTHON}\n$x$`, true);
    expect(asset).not.toHaveBeenCalled(); // not before there is nothing else to do
    await vi.advanceTimersByTimeAsync(50);
    expect(asset.mock.calls).toEqual([["code"], ["math"]]);
    expect(made.root.querySelector(".sw-math")?.textContent).toBe("$x$");
    await vi.advanceTimersByTimeAsync(3050);
    expect(asset).toHaveBeenCalledTimes(4);
    ending.abort();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(asset).toHaveBeenCalledTimes(4);
  });
  it("is not asked where there is no kernel", async () => {
    const asset = vi.fn();
    const made = view({ live: false, asset });
    made.update(PYTHON, true);
    await vi.runAllTimersAsync();
    expect(asset).not.toHaveBeenCalled();
  });
  it("is not asked for what does not need it", async () => {
    const asset = vi.fn();
    view({ asset }).update("# a\n\n`b` costs $5 and $10\n\n    c\n", true);
    await vi.runAllTimersAsync();
    expect(asset).not.toHaveBeenCalled();
  });
});

describe("formulas", () => {
  it.each([
    ["$x^2$", false],
    ["\\(x^2\\)", false],
    ["$$x^2$$ a", true],
    ["a \\[x^2\\]", true],
    ["$$\nx^2\n$$\n", true],
    ["\\[\nx^2\n\\]\n", true],
  ])("%j", (text, display) => {
    const made = view();
    made.update(text, true);
    const formula = made.root.querySelectorAll(".sw-math");
    expect(formula.length).toBe(1);
    expect(formula[0]?.classList.contains("sw-math-block")).toBe(display);
  });
  it.each(["$5 and $10", "$ x$", "$x $", "$20,000 and USD$30,000", "\\$x$", "`$x$`", "a $x\ny$", "\\(\\)", "\\[\\\\\\]"])(
    "%j is none",
    (text) => {
      const made = view();
      made.update(text, true);
      expect(made.root.querySelector(".sw-math")).toBeNull();
    },
  );
  it("is none yet while it is not closed", () => {
    const made = view();
    made.update("a $x^2", false);
    expect(made.root.querySelector(".sw-math")).toBeNull();
    made.append("$", false);
    expect(made.root.querySelector(".sw-math")).not.toBeNull();
  });
  it("that cannot be read stay as they were written", async () => {
    provideAsset("math", math);
    const made = view();
    made.update("$\\frac{x$ and $\\notacommand{x}$", true);
    await vi.runAllTimersAsync();
    expect(made.root.textContent).toBe("$\\frac{x$ and $\\notacommand{x}$");
    expect(made.root.querySelector("math")).toBeNull();
  });
  it("hold nothing but MathML of the list", () => {
    for (const source of [
      "\\href{javascript:alert(1)}{x}",
      "\\includegraphics{https://e.example/x.png}",
      "\\htmlStyle{background:url(x)}{y}",
    ]) {
      const made = math.render(source, true);
      expect(made?.querySelector("a, img, mglyph, [href], [src], [style*=url]") ?? null).toBeNull();
    }
  });
});

describe("signs that turn letters round", () => {
  const CODE = "if x != 'user\u202e \u2066# check\u2069 \u2066':\n    pass\n";
  const turns = (found: MarkdownView) => [...found.root.querySelectorAll("code .sw-turn")].map((each) => each.getAttribute("title"));

  it.each(["", "python"])("are marked in code, which stays what it is (language: %j)", async (language) => {
    provideAsset("code", code);
    const found = view();
    for (const piece of ["```", language, "\n", ...CODE, "```\n"]) found.append(piece, false);
    expect(turns(found)).toEqual(["U+202E", "U+2066", "U+2069", "U+2066"]);
    await vi.runAllTimersAsync();
    expect(turns(found)).toEqual(["U+202E", "U+2066", "U+2069", "U+2066"]);
    expect(found.root.querySelector("code")?.textContent).toBe(CODE);
    expect(found.root.querySelectorAll("code .sw-h-keyword").length > 0).toBe(language !== "");
    found.append("\u202etext", true);
    expect(turns(found)).toHaveLength(4);
  });

  it("are one mark where they stand together", () => {
    const found = view();
    found.append(`\`\`\`\na${"\u202e".repeat(5000)}b\u2066c\n\`\`\`\n`, false);
    expect(turns(found)).toEqual(["U+202E U+202E U+202E U+202E and 4996 more", "U+2066"]);
    expect(found.root.querySelector("code")?.textContent).toHaveLength(5005);
  });
});
