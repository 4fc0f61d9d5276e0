import { describe, expect, it } from "vitest";
import { MarkdownView } from "../src/markdown/driver";
import { parsed } from "../src/markdown/parse";
import { DOCUMENTS, HOSTILE } from "./documents";
import { random } from "./random";
import { written } from "./reference";
import { visible } from "./visible";

function view(): MarkdownView {
  return new MarkdownView(document.createElement("div"));
}

/** What a view shows that was given the text at once. */
function whole(text: string): string {
  const fresh = view();
  fresh.update(text, true);
  return written(fresh.root);
}

const documents = Object.entries({ ...DOCUMENTS, ...HOSTILE });

describe.each(documents)("%s", (_, text) => {
  it("shows at every prefix what a whole parse shows", () => {
    const growing = view();
    for (let end = 1; end <= text.length; end++) {
      const prefix = text.slice(0, end);
      growing.update(prefix, end === text.length);
      const shown = end === text.length ? prefix : visible(prefix);
      expect(written(growing.root), JSON.stringify(prefix)).toBe(whole(shown));
    }
  });

  it("shows the same however it is cut", () => {
    const expected = whole(text);
    const next = random(text.length);
    for (let round = 0; round < 20; round++) {
      const growing = view();
      for (let at = 0; at < text.length; ) {
        const end = Math.min(text.length, at + 1 + Math.floor(next() * 12));
        growing.append(text.slice(at, end), end === text.length);
        at = end;
      }
      expect(written(growing.root)).toBe(expected);
    }
  });
});

describe("any mixture of lines", () => {
  const lines = documents
    .flatMap(([, text]) => text.split("\n"))
    .concat("", "", "", "    x", "  - y", "[late]: https://x.example", "[late]", "===", "-|-");
  it.each(Array.from({ length: 60 }, (_, seed) => seed))("seed %i", (seed) => {
    const next = random(seed);
    const text = Array.from({ length: 14 }, () => lines[Math.floor(next() * lines.length)]).join("\n");
    const growing = view();
    for (let end = 1; end <= text.length; end += 1 + Math.floor(next() * 4)) {
      growing.update(text.slice(0, end), false);
      expect(written(growing.root), JSON.stringify(text.slice(0, end))).toBe(whole(visible(text.slice(0, end))));
    }
  });
});

describe("settled blocks", () => {
  it("keep their elements, and unchanged open ones too", () => {
    const growing = view();
    growing.update("# one\n\ntwo\n\nthr", false);
    const [one, two, three] = growing.root.children;
    const words = three?.firstChild;
    growing.update("# one\n\ntwo\n\nthree\n\nfour [x]", false);
    expect([growing.root.children[0], growing.root.children[1]]).toEqual([one, two]);
    expect(growing.root.children[0]).toBe(one);
    expect(growing.root.children[1]).toBe(two);
    // What only grew grew, in the element and in the text node that it had.
    expect(growing.root.children[2]).toBe(three);
    expect(three?.firstChild).toBe(words);
  });

  it("are made again for a late definition, and only those that use it", () => {
    const growing = view();
    const text = "see [x]\n\nsee [y]\n\nsee none\n\nend\n\n";
    growing.update(text, false);
    const before = [...growing.root.children];
    growing.update(`${text}[x]: https://x.example\n`, false);
    const after = [...growing.root.children];
    expect(after.map((element, i) => element === before[i])).toEqual([false, true, true, true]);
    expect(growing.root.querySelector("a")?.getAttribute("href")).toBe("https://x.example");
  });

  it("cost no more parsing when there are many", () => {
    const growing = view();
    for (let i = 0; i < 300; i++) growing.append(`paragraph ${i}\n\n`, false);
    const before = [...growing.root.querySelectorAll("p")];
    growing.append("more", false);
    const after = [...growing.root.querySelectorAll("p")];
    expect(after).toHaveLength(301);
    expect(after.every((each, i) => i === 300 || each === before[i])).toBe(true);
  });

  it("stand in chapters, of which those far from the end are left out while nobody sees them", () => {
    const growing = view();
    for (let i = 0; i < 300; i++) growing.append(`paragraph ${i}\n\n`, false);
    const chapters = [...growing.root.querySelectorAll(":scope > .sw-md-chapter")];
    expect(chapters.length).toBeGreaterThan(4);
    expect(chapters.map((each) => each.classList.contains("sw-md-far"))).toEqual(chapters.map((_, i) => i < chapters.length - 2));
    growing.rewind(growing.length / 2);
    expect(growing.root.lastElementChild?.className).toBe("sw-md-chapter");
    expect(growing.root.textContent).toMatch(/^paragraph 0.*paragraph 1(?!.*paragraph 2\d\d)/);
    growing.append("the end", true);
    expect(growing.root.lastElementChild?.lastElementChild?.textContent).toBe("the end");
  });
});

it("a text that does not go on from the one before is shown anew", () => {
  const growing = view();
  growing.update("# one\n\ntwo\n\nthree", false);
  growing.update("# one\n\ntw", false);
  expect(written(growing.root)).toBe(whole("# one\n\ntw"));
  growing.update("", false);
  expect(written(growing.root)).toBe("");
});

const TAGS = new Set(
  "DIV P H1 H2 H3 H4 H5 H6 BLOCKQUOTE UL OL LI HR PRE CODE EM STRONG S A SPAN BR TABLE THEAD TBODY TR TH TD BUTTON".split(" "),
);
const ATTRIBUTES = new Set("href rel target title class start dir data-align data-language data-loose type data-sw aria-label".split(" "));

describe.each(documents)("%s is inert", (_, text) => {
  const made = view();
  made.update(text, true);
  const elements = [...made.root.querySelectorAll("*")];
  it("has only elements and attributes of the list", () => {
    expect(elements.map((element) => element.tagName).filter((tag) => !TAGS.has(tag))).toEqual([]);
    expect(elements.flatMap((element) => element.getAttributeNames()).filter((name) => !ATTRIBUTES.has(name))).toEqual([]);
  });
  it("links to the web or mail alone, in a new tab that knows nothing of this one", () => {
    for (const link of made.root.querySelectorAll("a")) {
      expect(link.getAttribute("href")).toMatch(/^(https?:\/\/|mailto:)/i);
      expect([link.getAttribute("rel"), link.getAttribute("target")]).toEqual(["noopener noreferrer nofollow", "_blank"]);
    }
  });
});

it.each([
  ["[x](javascript:alert(1))", "x"],
  ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["![a cat](https://evil.example/p.png)", "a cat (https://evil.example/p.png)"],
  [`![](data:image/png;base64,${"A".repeat(5000)})`, `image (data:image/png;base64,${"A".repeat(178)}…)`],
])("%.40s reads as text", (text, shown) => {
  const made = view();
  made.update(text, true);
  expect(made.root.textContent).toBe(shown);
  expect(made.root.querySelector("a, img, script")).toBeNull();
});

describe("what would hold up the page", () => {
  const table = (columns: number) => `${"|a".repeat(columns)}|\n${"|-".repeat(columns)}|\n${"|b".repeat(columns)}|\n\nend`;

  it("is text with a mark, if it is a table of too many columns", () => {
    const growing = view();
    growing.append(table(200), true);
    expect(growing.root.querySelectorAll("td")).toHaveLength(200);
    const wide = view();
    for (const piece of table(300).split(/(?<=\|a\|a\|a)/)) wide.append(piece, false);
    expect(wide.root.querySelector("table")).toBeNull();
    expect(wide.root.textContent).toBe(table(300).replace("\n\n", ""));
    expect([...wide.root.children].map((each) => each.hasAttribute("data-wide"))).toEqual([true, false]);
  });

  it.each([
    ["definitions", (i: number) => `[r${i}]: https://a.example/${i} 'title'\n`],
    ["blank lines", () => " \n"],
  ])("is not parsed again and again, if it is %s", (_, line) => {
    const growing = view();
    const before = parsed.blocks;
    let size = 0;
    for (let i = 0; i < 1000; i++) {
      growing.append(line(i), false);
      size += line(i).length;
    }
    growing.append("[r7] [r998]\n'no title'\n", true);
    expect(parsed.blocks - before).toBeLessThan(60 * size);
    expect(growing.root.querySelectorAll("a")).toHaveLength(_ === "definitions" ? 2 : 0);
  });
});
