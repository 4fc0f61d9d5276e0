import { describe, expect, it } from "vitest";
import { MarkdownView } from "../src/markdown/driver";
import { DOCUMENTS } from "./documents";

function shown(text: string): MarkdownView {
  const view = new MarkdownView(document.createElement("div"));
  view.update(text, true);
  return view;
}

/** The text of each range, so that "several nodes" can be told from "the whole block". */
function texts(view: MarkdownView, start: number, end: number): string[] {
  return view.locate(start, end).ranges.map((range) => range.toString());
}

describe("a stretch of the source", () => {
  it.each<[name: string, text: string, part: string, ranges: string[]]>([
    ["plain", "one two three", "two", ["two"]],
    ["the second of the same words", "a word, another «word»", "«word»", ["«word»"]],
    ["inside bold", "a **bold** word", "bol", ["bol"]],
    ["across bold", "a **bold** word", "a **bold** w", ["a ", "bold", " w"]],
    ["markup with text", "a **bold** word", " **b", [" ", "b"]],
    ["text that looks like markup", "2*3 = **6**", "*3 =", ["*3 ="]],
    ["a heading", "## One ##", "ne ", ["ne"]],
    ["a list item", "- one\n- two", "- two", ["two"]],
    ["a number like its marker", "1. 1 apple\n2. 2 pears", "2 pears", ["2 pears"]],
    ["a link's text", "see [the book](https://the.example/book) book", "book]", ["book"]],
    ["after a link", "see [the book](https://the.example/book) book", ") book", [" book"]],
    ["after a link with brackets", "[a](https://x.example/(b)) b", " b", [" b"]],
    ["after a reference", "[a][ab] b\n\n[ab]: https://x.example", " b", [" b"]],
    ["a refused link's text", "[a](javascript:a) b", "a](", ["a"]],
    ["an automatic link", "<https://x.example> b", "x.example> b", ["x.example", " b"]],
    ["an image", "![cat](https://c.example/cat) cat", "https://c", ["cat (https://c.example/cat)"]],
    ["after an image", "![cat](https://c.example/cat) cat", ") cat", ["cat (https://c.example/cat)", " cat"]],
    ["code", "run `a*b` now", "*b", ["*b"]],
    ["an escape", "a \\*b\\* c", "b\\* c", ["b* c"]],
    ["an entity", "a &amp; b", "&am", ["&"]],
    ["after an entity", "a &amp; b", "; b", ["& b"]],
    ["a fence", "```py\npy = 1\n```\n", "py = 1", ["py = 1"]],
    ["a fence in a list", "- x\n\n  ```\n  a\n  b\n  ```\n", "b", ["b"]],
    ["a second line of a quote", "> one\n> two", "two", ["two"]],
    ["a table cell", "| a | b |\n|---|---|\n| 1 | 2 |", "| 2", ["2"]],
    ["line ends of another kind", "one\r\ntwo", "two", ["two"]],
    ["pairs of code units", "a 🍕 b", "🍕", ["🍕"]],
    ["two blocks", "one\n\ntwo", "ne\n\ntw", ["ne", "tw"]],
    ["markup alone: the word beside it", "a **bold** word", "**", ["bold"]],
    ["markup before a word", "a\n\n## bold word\n\nb", "## ", ["bold"]],
    ["a blank line: the word before it", "one two\n\nthree", "\n\n", ["two"]],
    ["markup beside nothing: the block", "***\n", "***", [""]],
    ["raw html", "a <b>c</b>", "<b>", ["<b>"]],
  ])("%s", (_, text, part, ranges) => {
    const start = text.lastIndexOf(part);
    expect(texts(shown(text), start, start + part.length)).toEqual(ranges);
  });

  it("is nothing where there is nothing", () => {
    expect(texts(shown("one"), 1, 1)).toEqual([]);
    expect(texts(shown(""), 0, 1)).toEqual([]);
  });
  it("is the whole block where source and shown text do not align", () => {
    const view = shown("> [x]: https://x.example\n> text\n\nnext");
    expect(texts(view, 27, 30)).toEqual(["text"].map((text) => expect.stringContaining(text)));
  });
  it("goes on working in settled and open blocks while the text grows", () => {
    const view = new MarkdownView(document.createElement("div"));
    view.update("one *two*\n\nthree", false);
    expect(texts(view, 5, 8)).toEqual(["two"]);
    view.update("one *two*\n\nthree **four**\n\nfive [x]\n\n", false);
    expect([texts(view, 5, 8), texts(view, 17, 25), texts(view, 27, 31)]).toEqual([["two"], ["four"], ["five"]]);
    view.update("one *two*\n\nthree **four**\n\nfive [x]\n\n[x]: https://x.example\n", false);
    expect(texts(view, 27, 34)).toEqual(["five ", "x"]);
  });
});

describe.each(Object.entries(DOCUMENTS))("%s", (_, text) => {
  it("leads from every shown character back to itself", () => {
    const view = shown(text);
    const walker = document.createTreeWalker(view.root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
      if (node.parentElement?.tagName === "BUTTON") continue; // "Copy" is none of it
      for (let i = 0; i < node.data.length; i++) {
        const offset = view.offsetAt(node, i);
        expect(offset).not.toBeNull();
        const hit = view.locate(offset as number, (offset as number) + 1).ranges.some((range) => holds(range, node as Text, i));
        expect(hit, `${JSON.stringify(node.data)} at ${i}`).toBe(true);
      }
    }
  });
});

function holds(range: Range, node: Text, i: number): boolean {
  if (range.startContainer !== node) return range.startContainer instanceof Element && range.startContainer.contains(node);
  return range.startOffset <= i && i < range.endOffset;
}

it("knows its blocks by offset", () => {
  const view = shown("one\n\n# two\n\n- three");
  const tags = [0, 2, 5, 8, 12, 18, 99].map((offset) => view.blockOfOffset(offset)?.tagName);
  expect(tags).toEqual(["P", "P", "H1", "H1", "DIV", "DIV", "DIV"]);
  expect(shown("").blockOfOffset(0)).toBeNull();
});

it("knows no offset outside its blocks", () => {
  const view = shown("one");
  expect(view.offsetAt(document.createTextNode("x"), 0)).toBeNull();
  expect(view.offsetAt(view.root.firstElementChild as Element, 0)).toBe(0);
});
