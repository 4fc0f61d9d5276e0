/** How Markdown flows in: what is parsed and what only goes on, what waits, and how long blocks are laid out. */

import { describe, expect, it, vi } from "vitest";
import type { Link } from "../src/link";
import { MarkdownView } from "../src/markdown/driver";
import { parsed } from "../src/markdown/parse";
import { viewOf } from "../src/panes/output-parts";
import { Part } from "../src/part";
import type { Lane } from "../src/store";
import { LONG } from "./long";
import { random } from "./random";
import { reference, written } from "./reference";
import { visible } from "./visible";

function view(long?: number): MarkdownView {
  return new MarkdownView(document.createElement("div"), long === undefined ? {} : { long });
}

/** Characters that are parsed while this is done. */
function work(act: () => void): number {
  const before = parsed.blocks + parsed.inline;
  act();
  return parsed.blocks + parsed.inline - before;
}

describe("text that only goes on", () => {
  it.each([
    ["in a paragraph", "One **two** three", " four, and it's five: 6.5 (or so"],
    ["in a heading", "# One", " and two"],
    ["in an item", "- one\n- two", " and three"],
    ["in a quote", "> one", " and two"],
    ["in a cell", "| a | b |\n|---|---|\n| one", " and two"],
    ["in code", "```py\nx = 1", "  # *not* [emphasis] `or` **so**"],
    ["in Chinese", "披萨", "需要高筋面粉，水。"],
    ["in Arabic", "العجين", " يرتاح ساعتين"],
    ["with emoji", "Bake", " 👩‍🍳 and 👨‍👩‍👧‍👦 eat 🍕"],
  ])("%s is not parsed", (_, text, more) => {
    const growing = view();
    growing.append(text, false);
    const spent = work(() => {
      for (const word of more.split(/(?<= )/)) growing.append(word, false);
    });
    expect(written(growing.root)).toBe(reference(text + more));
    expect(spent).toBe(0);
  });

  it.each([
    ["a star", "One", "* two*"],
    ["a star before it", "One *", "two"],
    ["an underline before it", "One_two_", "three"],
    ["an escape", "One \\", "*two"],
    ["an entity", "One &amp", "; two"],
    ["a bracket", "[one](https://a.example", ")"],
    ["a price", "One $x$", "5"],
    ["half a character", "One *\ud83c", "\udf55* two"],
    ["a number that begins a list", "1", ". one"],
    ["a line that ends", "One", "\n- two"],
    ["a cell too many", "| a | b |\n|---|---|\n| one | two | two", " three"],
    ["the end of code", "```\none\n``", "`\ntwo"],
    ["an underlined heading", "one-\n---\n\nx\n-\n\na-\n--", "b"],
    ["a definition", "[one]: https://a.example", "/two"],
  ])("is not taken for it: %s", (_, text, more) => {
    const growing = view();
    growing.append(text, false);
    growing.append(more, false);
    expect(written(growing.root)).toBe(reference(visible(text + more)));
  });

  const SIGNS =
    "a b é 一 ع 👩 \u200d \ufe0f \ud83c \udf55 1 . , ; : ! ? ' \" ( ) [ ] * ** _ ` `` ``` ~~ $ $$ \\ < > & amp; | - + # = / \t \n \n\n > - # \u00a0".split(
      " ",
    );
  it.each(Array.from({ length: 120 }, (_, seed) => seed))("a heap of signs, %i", (seed) => {
    const next = random(seed + 900);
    const growing = view([1, 20, 160][seed % 3]);
    let text = "";
    for (let i = 0; i < 60; i++) {
      let piece = "";
      for (let n = 1 + Math.floor(next() * 3); n > 0; n--)
        piece += next() < 0.45 ? "word " : (SIGNS[Math.floor(next() * SIGNS.length)] as string);
      text += piece;
      growing.append(piece, false);
      expect(written(growing.root), JSON.stringify(text)).toBe(reference(visible(text)));
    }
    growing.append("", true);
    expect(written(growing.root), JSON.stringify(text)).toBe(reference(text));
  });

  it("of an answer costs little more than the answer, in words and in lines", () => {
    for (const [size, most] of [
      [5, 13],
      [120, 5.2],
    ] as const) {
      const text = `${"The oven is hot, and the dough rests for hours in a cool place. It is **done** when it has doubled.\n\n".repeat(60)}`;
      const growing = view();
      const spent = work(() => {
        for (let at = 0; at < text.length; at += size) growing.append(text.slice(at, at + size), false);
      });
      expect(spent / text.length, `${size}`).toBeLessThan(most);
    }
  });
});

describe("a last line of marks alone waits", () => {
  it.each([
    ["a list", "Title\n- one\n- two\n", /<h/],
    ["a rule", "Text\n\n---\n\nmore", /<li|<h\d/],
    ["a table", "a | b\n--|--\n1 | 2\n", /<h/],
    ["the end of code", "```\ncode\n```\nend", /`/],
    ["a quote", "Text\n> quote", /&#62;/],
    ["a heading", "## Two", /#[^\d]/],
    ["a line that begins with bold", "Text\n**bold**\n", /^<p dir="auto">Text\n\*\*<\/p>$/],
  ])("so that nothing flickers: %s", (_, text, never) => {
    const growing = view();
    for (const sign of text) {
      growing.append(sign, false);
      expect(written(growing.root)).not.toMatch(never);
    }
  });
  it("until it says something", () => {
    const growing = view();
    growing.append("Title\n=", false);
    expect(written(growing.root)).toBe('<p dir="auto">Title</p>');
    growing.append("=\n", false);
    expect(written(growing.root)).toBe('<h1 dir="auto">Title</h1>');
  });
  it("until the text ends", () => {
    const growing = view();
    growing.append("Title\n---", false);
    growing.append("", true);
    expect(written(growing.root)).toBe('<h2 dir="auto">Title</h2>');
  });
});

describe("scripts", () => {
  it("take their direction block by block", () => {
    const growing = view();
    growing.append("مرحبا\n\nHello\n\n- שלום\n\n# 標題\n\n> نص\n\n| أ | b |\n|---|---|\n| ت | d |\n", true);
    for (const block of growing.root.querySelectorAll("p, ul, h1, blockquote, table")) {
      if (block.parentElement === growing.root || block.parentElement?.parentElement === growing.root)
        expect([block.tagName, block.getAttribute("dir") ?? block.parentElement?.getAttribute("dir")]).toEqual([block.tagName, "auto"]);
    }
  });
  it("without spaces are emphasised where the specification says so", () => {
    const growing = view();
    for (const sign of "日本語の**文章**です。*重要*。これは~~不要~~です") growing.append(sign, false);
    expect([...growing.root.querySelectorAll("strong, em, s")].map((each) => each.textContent)).toEqual(["文章", "重要", "不要"]);
  });
  it("keep their characters whole, wherever they are cut", () => {
    const text = "**👩‍👩‍👧‍👦** 🏳️‍🌈 e\u0301 *a👍🏽* x 🇩🇪";
    for (let cut = 1; cut < text.length; cut++) {
      const growing = view();
      growing.append(text.slice(0, cut), false);
      growing.append(text.slice(cut), true);
      expect(written(growing.root)).toBe(reference(text));
      expect(growing.root.textContent).toBe(text.replaceAll("*", ""));
    }
  });
});

describe("markup over a long distance", () => {
  it.each(["**", "`", "[", "~~"])("%s is closed after 40,000 characters", (mark) => {
    const end = { "[": "](https://a.example)" }[mark] ?? mark;
    const text = `one ${mark}${"two *three* four ".repeat(2400)}five${end} six`;
    const growing = view();
    for (let at = 0; at < text.length; at += 1999) growing.append(text.slice(at, at + 1999), at + 1999 >= text.length);
    expect(written(growing.root) === reference(text)).toBe(true);
  });
});

describe("long blocks are laid out in parts", () => {
  const grown = (text: string) => {
    const growing = view();
    for (let at = 0; at < text.length; at += 997) growing.append(text.slice(at, at + 997), false);
    return growing.root;
  };
  it.each(["a tight list", "a list that becomes loose", "a list in a list", "a table", "a fence", "a paragraph of many lines"])(
    "%s",
    (name) => {
      const boxes = [...grown(LONG[name]?.(30_000) as string).querySelectorAll("ul, ol, tbody, code, p, span.sw-md-part")];
      for (const box of boxes) {
        const own = [...box.childNodes].filter((node) => !(node instanceof Element && node.classList.contains("sw-md-part")));
        if (box.matches("ul, ol, tbody")) expect(own.length).toBeLessThan(250);
        if (box.matches("code, p, span")) expect(own.reduce((sum, node) => sum + (node.textContent?.length ?? 0), 0)).toBeLessThan(33_000);
      }
      expect(boxes.filter((box) => box.classList.contains("sw-md-part")).length).toBeGreaterThan(
        name === "a paragraph of many lines" ? 0 : 1,
      );
    },
  );
  it("and count on", () => {
    const text = Array.from({ length: 300 }, (_, i) => `${i + 7}. item ${i}\n`).join("");
    const lists = [...grown(text).querySelectorAll("ol")];
    expect(lists.length).toBeGreaterThan(2);
    let expected = 7;
    for (const list of lists) {
      expect(Number(list.getAttribute("start") ?? 1)).toBe(expected);
      expected += list.childElementCount;
    }
    expect(expected).toBe(307);
  });
  it("and are loose or tight as one", () => {
    const growing = view();
    for (let i = 0; i < 300; i++) growing.append(`- item ${i}\n`, false);
    growing.append("\n- the last\n", false);
    const lists = [...growing.root.querySelectorAll("ul")];
    expect(lists.length).toBeGreaterThan(2);
    expect(lists.every((list) => list.hasAttribute("data-loose"))).toBe(true);
  });
});

describe("one fragment of a megabyte", () => {
  it.each([
    ["words", "the oven is hot, and ".repeat(47_620)],
    ["no space", "QUJDREVGR0hJ".repeat(83_334)],
    ["lines", "the oven is hot,\nand ".repeat(4000)],
    ["rows", `| a | b |\n|---|---|\n${"| one | two |\n".repeat(4000)}`],
    ["brackets", '{"a":[1,{"b":['.repeat(4000)],
  ])("is shown in small steps, and wholly: %s", (_, text) => {
    // Each look at the clock finds it 6 ms later.
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 6));
    const part = new Part(1, 0, "text", 0, "", {});
    part.append(0, text);
    const signal = new AbortController().signal;
    const answer = viewOf(part, { live: false } as Link, signal);
    let draws = 0;
    let most = 0;
    do {
      most = Math.max(
        most,
        work(() => answer.draw({ instant: undefined } as Lane, false, 0)),
      );
      draws++;
    } while (answer.behind);
    expect(draws).toBe(Math.ceil(text.length / 8192));
    expect(most).toBeLessThan(600_000);
    expect(answer.element.textContent?.replace(/\s/g, "").length).toBe(text.replace(/^\|.*\n.*\n/, "ab").replace(/[\s|]/g, "").length);
  });
});
