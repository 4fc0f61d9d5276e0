/** The vectors of `tests/hostile.json` in fragments that are cut anywhere, through Markdown, code, formulas and JSON, by what is allowed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { provideAsset } from "../src/assets";
import * as code from "../src/lazy/code";
import * as math from "../src/lazy/math";
import type { Link } from "../src/link";
import { MarkdownView } from "../src/markdown/driver";
import { LazyExtras } from "../src/markdown/extras";
import { named } from "../src/panes/format";
import { paintJson } from "../src/panes/json";
import { random } from "./random";
import { written } from "./reference";

interface Vector {
  kind: string;
  name: string;
  text: (string | [unit: string, times: number])[];
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "tests", "hostile.json"), "utf8")) as Vector[];

/** Bombs are small ones here: happy-dom is slower than a browser, and `tests/browser/test_hostile.py` has them in full. */
const LONGEST = 600;

function textOf(vector: Vector): string {
  return vector.text.map((part) => (typeof part === "string" ? part : repeated(...part))).join("");
}

function repeated(unit: string, times: number): string {
  const most = Math.min(times, Math.ceil(LONGEST / unit.length));
  return Array.from({ length: most }, (_, n) => unit.replaceAll("{n}", String(n))).join("");
}

const HTML = "a blockquote br button code del div em h1 h2 h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul".split(
  " ",
);
const MATHML =
  "math mrow mi mn mo ms mspace mtext mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd menclose mstyle mpadded mphantom merror semantics".split(
    " ",
  );
const ATTRIBUTES = /^(class|dir|href|rel|target|title|start|type|style|data-(sw|language|loose|align|caret|long|wide)|aria-label)$/;
const OF_MATHML =
  /^(display|mathvariant|stretchy|fence|separator|form|[lr]space|(min|max)size|symmetric|largeop|movablelimits|accent|accentunder|linethickness|width|height|depth|voffset|(column|row)(align|span|spacing|lines)|frame|displaystyle|scriptlevel|notation)$/;

/** What an element holds that is on no list. */
function strangers(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll("*")) {
    const tag = element.localName;
    const isMath = MATHML.includes(tag);
    if (!isMath && !HTML.includes(tag)) found.push(`<${tag}>`);
    for (const { name, value } of element.attributes) {
      const known = ATTRIBUTES.test(name) || (isMath && OF_MATHML.test(name));
      const ours = /^(table|tbody)$/.test(tag) && /^(--sw-columns|contain-intrinsic-block-size): [\w(), ]+;$/.test(value);
      const style = name === "style" && !ours && (!isMath || /url|position|fixed|expression|@/i.test(value));
      const link =
        name === "href" &&
        !(tag === "a" && /^(https?:\/\/|mailto:)/i.test(value) && /noopener noreferrer/.test(element.getAttribute("rel") ?? ""));
      if (!known || style || link || value.length > 2_000_000) found.push(`${tag} ${name}=${value.slice(0, 60)}`);
    }
  }
  return found;
}

function cut(text: string, seed: number): string[] {
  const next = random(seed);
  const pieces: string[] = [];
  const most = Math.max(6, text.length / 8);
  for (let at = 0; at < text.length; ) {
    const end = at + 1 + Math.floor(next() * most);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/** What is shown of a text that comes in these pieces, looked at after each. */
async function shown(pieces: string[]): Promise<string> {
  const ends = new AbortController();
  const view = new MarkdownView(document.createElement("div"), { extras: new LazyExtras({ live: true } as Link, ends.signal) });
  for (const [i, piece] of pieces.entries()) {
    view.append(piece, i === pieces.length - 1);
    expect(strangers(view.root)).toEqual([]);
  }
  await vi.runAllTimersAsync();
  expect(strangers(view.root)).toEqual([]);
  ends.abort();
  return written(view.root);
}

beforeEach(() => {
  provideAsset("code", code);
  provideAsset("math", math);
  vi.useFakeTimers();
  // In happy-dom the elements of MathML have no style of their own.
  Object.defineProperty(Element.prototype, "style", { configurable: true, value: { setProperty() {} } });
});
afterEach(() => {
  provideAsset("code", undefined);
  provideAsset("math", undefined);
  vi.useRealTimers();
  Reflect.deleteProperty(Element.prototype, "style");
});

describe.each(vectors.map((vector) => [`${vector.kind}: ${vector.name}`, textOf(vector)] as const))("%s", (_, text) => {
  it("becomes text and what is allowed, however it is cut", async () => {
    const whole = await shown([text]);
    // What is long has fewer borders to be cut at for each of its marks, and costs more: it is cut once.
    for (const seed of text.length > 300 ? [1] : [1, 2]) expect(await shown(cut(text, seed))).toBe(whole);
  });
  it("is text as JSON", () => {
    const host = document.createElement("pre");
    paintJson(host, text);
    expect([...host.querySelectorAll("*")].every((each) => each.localName === "span" && /^sw-json-/.test(each.className))).toBe(true);
  });
});

describe("sizes that a page must bear", () => {
  it("JSON of a hundred thousand brackets, and of more tokens than a call has arguments", () => {
    for (const text of ["[".repeat(60_000), "[1,".repeat(2000), `[${"word ".repeat(200_000)}`]) {
      const host = document.createElement("pre");
      paintJson(host, text);
      expect(host.textContent?.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    }
  });
  it("emphasis within emphasis, ten thousand times", () => {
    const root = document.createElement("div");
    new MarkdownView(root).append(`${"*".repeat(20_000)}a${"*".repeat(20_000)} **b**`, true);
    let depth = 0;
    for (let at: Element | null = root; at; at = at.firstElementChild) depth++;
    expect(depth).toBeLessThan(200);
    expect(root.textContent).toBe("a b");
    expect(root.querySelector("p")?.lastElementChild?.textContent).toBe("b");
  });
  it("colours within colours", () => {
    const made = code.render("template<a<b<c(".repeat(1000), "cpp");
    let depth = 0;
    const walk = (node: Node, at: number): void => {
      depth = Math.max(depth, at);
      for (const child of node.childNodes) walk(child, at + 1);
    };
    walk(made as Node, 0);
    expect(depth).toBeLessThan(60);
    expect(made?.textContent).toBe("template<a<b<c(".repeat(1000));
  });
  it("a word of a megabyte, which no pattern is to be tried on", () => {
    expect(code.render("0x".repeat(15_000), "java")).toBeNull();
  });
  it("what a library cannot follow keeps nothing else from being done", async () => {
    const root = document.createElement("div");
    provideAsset("code", {
      render(text: string, language: string) {
        if (text === "deep\n") throw new RangeError("Maximum call stack size exceeded");
        return code.render(text, language);
      },
    });
    const extras = new LazyExtras({ live: true } as Link, new AbortController().signal);
    new MarkdownView(root, { extras }).append("```js\ndeep\n```\n\n```js\nreturn 1\n```\n", true);
    await vi.runAllTimersAsync();
    expect(root.textContent).toContain("deep");
    expect(root.querySelector(".sw-h-keyword")?.textContent).toBe("return");
  });
});

describe("names of a server's making", () => {
  it.each([
    ["plain", "plain"],
    ["a\u202ecod.exe", "a\ufffdcod.exe"],
    ["\u2069\u202e\u0000\u001b[31m\u2028x", "\ufffd\ufffd\ufffd\ufffd[31m\ufffdx"],
    ["\u05e9\u05dc\u05d5\u05dd", "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"],
    ["👩‍🍳 日本語 é", "👩‍🍳 日本語 é"],
    ["x".repeat(1000), `${"x".repeat(199)}…`],
  ])("%j are shown as %j", (name, shownAs) => {
    expect(named(name)).toBe(shownAs);
  });
});
