import { describe, expect, it } from "vitest";
import { difference, words } from "../src/lazy/grid-diff";
import { random } from "./random";

const texts = (base: string, text: string, open = false, baseOpen = false) =>
  difference(base, text, open, baseOpen).segments.map(({ kind, text }) => `${kind}:${text}`);

describe("word diff", () => {
  it("cuts a text into words that are the text when joined", () => {
    for (const text of ["", "  two  words\n", "Don't stop — 3.5 kg!", "把面团放 two 小时。", "naïve café 👩‍🍳", "a\u0301b \ud800"])
      expect(words(text).join("")).toBe(text);
    expect(words("把面团")).toHaveLength(3);
    expect(words("Don't stop.")).toEqual(["Don't ", "stop", "."]);
  });

  it("says what only one of them has", () => {
    expect(texts("the quick fox", "the slow fox")).toEqual(["same:the ", "del:quick ", "ins:slow ", "same:fox"]);
    expect(texts("a b c", "a b c")).toEqual(["same:a b c"]);
    expect(texts("", "new")).toEqual(["ins:new"]);
    expect(texts("old", "")).toEqual(["del:old"]);
    expect(difference("one two three", "one three four five")).toMatchObject({ inserted: 2, deleted: 1, coarse: false });
  });

  it("does not miss what is still to come", () => {
    expect(texts("one two three four", "one two thr", true)).toEqual(["same:one two thr"]);
    expect(texts("one two thr", "one two three four", false, true).join("")).toBe("same:one two same:three four");
    expect(difference("one two three four", "one two thr", true)).toMatchObject({ inserted: 0, deleted: 0 });
    expect(texts("one two three four", "one 2 thr", true)).toEqual(["same:one ", "del:two three four", "ins:2 ", "same:thr"]);
  });

  it("takes another white space for no difference", () => {
    expect(texts("a b\nc", "a  b c")).toEqual(["same:a  b c"]);
  });

  it("gives both texts back, by the shortest way, whatever they are", () => {
    const next = random(7);
    for (let round = 0; round < 400; round++) {
      const make = () => Array.from({ length: Math.floor(next() * 12) }, () => "abcd"[Math.floor(next() * 4)]).join(" ");
      const [base, text] = [make(), make()];
      const { segments, inserted, deleted } = difference(base, text);
      const of = (kind: string) =>
        segments
          .filter((one) => one.kind === "same" || one.kind === kind)
          .map((one) => one.text)
          .join("")
          .split(/\s+/)
          .filter(Boolean);
      expect(of("ins")).toEqual(text.split(" ").filter(Boolean));
      const [a, b] = [base.split(" ").filter(Boolean), text.split(" ").filter(Boolean)];
      expect(inserted + deleted).toBe(a.length + b.length - 2 * common(a, b));
    }
  });

  it("is bounded: texts that have nothing in common are two pieces", () => {
    const many = (name: string) => Array.from({ length: 5000 }, (_, i) => `${name}${i}`).join(" ");
    const found = difference(`begin ${many("a")} end`, `begin ${many("b")} end`);
    expect(found.coarse).toBe(true);
    expect(found.segments.map((one) => one.kind)).toEqual(["same", "del", "ins", "same"]);
    const unlike = difference(
      "Give the dough time and the oven heat; the rest is easy, and this makes two.",
      "Hello! It is a sunny day for a walk in the park, isn't it?",
    );
    expect(unlike).toMatchObject({ coarse: true });
    expect(unlike.segments).toHaveLength(2);
  });
});

/** Length of the longest common subsequence, the plain way. */
function common(a: string[], b: string[]): number {
  const row = new Array<number>(b.length + 1).fill(0);
  for (const one of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      row[j] = one === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] as number);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}
