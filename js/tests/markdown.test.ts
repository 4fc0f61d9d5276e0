import { describe, expect, it } from "vitest";
import { MarkdownView } from "../src/markdown/driver";
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
    const kept = growing.root.children[298];
    growing.append("more", false);
    expect(growing.root.children.length).toBe(301);
    expect(growing.root.children[298]).toBe(kept);
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
