import { describe, expect, it } from "vitest";
import * as format from "../src/panes/format";
import { layout } from "../src/panes/json";
import { FragmentReader, gapLevel } from "../src/panes/tokens-model";
import type { Op } from "../src/protocol";
import { type Lane, Store } from "../src/store";
import { feed } from "./feeds";

describe("numbers", () => {
  it.each([
    [null, "–"],
    [undefined, "–"],
    [Number.NaN, "–"],
    [0, "0 ms"],
    [0.0082, "8 ms"],
    [0.0994, "99 ms"],
    [0.0996, "0.10 s"],
    [0.414, "0.41 s"],
    [9.996, "10.0 s"],
    [62.44, "62.4 s"],
    [125, "2:05"],
    [3725, "1:02:05"],
  ])("%s seconds", (value, text) => expect(format.seconds(value)).toBe(text));

  it.each([
    [0.00001, "0 ms"],
    [0.0004, "0.4 ms"],
    [0.011, "11 ms"],
    [0.9994, "999 ms"],
    [0.9996, "1.00 s"],
    [1.2, "1.20 s"],
  ])("a gap of %s seconds", (value, text) => expect(format.gap(value)).toBe(text));

  it.each([
    [248, "248 B"],
    [999, "999 B"],
    [51_834, "51.8 KB"],
    [999_949, "999.9 KB"],
    [999_950, "1.0 MB"],
    [18_400_000, "18.4 MB"],
  ])("%s bytes", (value, text) => expect(format.bytes(value)).toBe(text));

  it.each([
    [0, "0 events"],
    [1, "1 event"],
    [1234567, "1,234,567 events"],
  ])("%s events", (value, text) => expect(format.counted(value, "event")).toBe(text));

  it.each([
    [100, 0.0009, null],
    [100, 0.0999, null],
    [100, null, null],
    [100, 0.5, 200],
  ])("%s over %s s", (amount, lasted, value) => expect(format.overTime(amount, lasted)).toBe(value));

  it("the flow of content, thinking or a tool call alone", () => {
    expect(format.flow({ first_token: 1, last_token: 3 })).toBe(2);
    expect(format.flow({ first_token: null, first_content: 2, last_token: 3 })).toBe(1);
    expect(format.flow({ first_token: 1, last_token: null })).toBe(null);
  });

  it.each([
    [86.2, "86 /s"],
    [4.21, "4.2 /s"],
    [9999, "9,999 /s"],
    [35_493, "35.5k /s"],
    [194_647, "195k /s"],
    [null, "–"],
  ])("%s a second", (value, text) => expect(format.rate(value)).toBe(text));

  it.each([
    ["a\nb\r\nc", "a⏎b⏎c"],
    ["x".repeat(90), `${"x".repeat(79)}…`],
  ])("a preview on one line", (text, shown) => expect(format.preview(text)).toBe(shown));
});

describe("JSON", () => {
  const text = (source: string): string =>
    layout(source)
      .map((token) => token.text)
      .join("");

  it.each([
    ['{"a":1,"b":[]}', '{\n  "a": 1,\n  "b": []\n}'],
    ['{"a":{"b":true}}', '{\n  "a": { "b": true }\n}'],
    ['[1, "x, {y"]', '[\n  1,\n  "x, {y"\n]'],
    ['{"a":"say \\"hi\\": ok"}', '{\n  "a": "say \\"hi\\": ok"\n}'],
    ['{"city": "Nap', '{\n  "city": "Nap'],
    ['{"a": {"b": "not yet clo', '{\n  "a": {\n    "b": "not yet clo'],
    ["{", "{\n  "],
    ["}}]", "\n}\n}\n]"],
  ])("lays out %s", (source, expected) => expect(text(source)).toBe(expected));

  it("keeps every character that is not white space, wherever the text is cut", () => {
    const source = '{"a":[1,2,{"b":null}],"c":"d \\\\ e","f":-1.5e3}';
    const bare = (value: string): string => value.replace(/\s/g, "");
    for (let end = 0; end <= source.length; end++) expect(bare(text(source.slice(0, end)))).toBe(bare(source.slice(0, end)));
  });

  it("knows a key from a string", () => {
    expect(
      layout('{"a":"b","c":3}')
        .filter((token) => !["mark", "space"].includes(token.kind))
        .map((token) => token.kind),
    ).toEqual(["key", "string", "key", "number"]);
  });
});

describe("fragments", () => {
  it.each([
    [0, 0],
    [0.099, 0],
    [0.1, 1],
    [0.3, 2],
    [1, 3],
    [60, 3],
  ])("a gap of %s s has tint %s", (gap, level) => expect(gapLevel(gap)).toBe(level));

  const ROWS = [0, 0.1, 0.2, 1.5, 1.6].map((time) => ({ time }));
  const OPS: Op[] = [
    [0, 1, "open", { kind: "reasoning" }],
    [0, 1, ["a", "b"]],
    [2, 2, "open", { kind: "text" }],
    [2, 2, ["c"]],
    [3, 1, ["d"]],
    [4, 2, ["e"]],
  ];
  function store(): Store {
    const made = new Store(() => 0);
    made.apply(feed(1, [{ rows: ROWS, ops: OPS }]));
    return made;
  }

  it("come in the order of the wire over all parts, with the gap before each", () => {
    const lane = store().focus as Lane;
    const read = new FragmentReader().take(lane, lane.shown) ?? [];
    expect(read.map((each) => [each.text, each.part.number, Number(each.gap.toFixed(1))])).toEqual([
      ["a", 1, 0],
      ["b", 1, 0.1],
      ["c", 2, 0.1],
      ["d", 1, 1.3],
      ["e", 2, 0.1],
    ]);
  });

  it("are read once", () => {
    const lane = store().focus as Lane;
    const reader = new FragmentReader();
    const texts = (upTo: number): string[] | undefined => reader.take(lane, upTo)?.map((each) => each.text);
    expect([texts(1), texts(1), texts(4)]).toEqual([["a", "b"], [], ["c", "d", "e"]]);
  });

  it("are read again when text was replaced, when the instant goes back, and when frames were thrown away", () => {
    const made = store();
    const lane = made.focus as Lane;
    const reader = new FragmentReader();
    reader.take(lane, 4);
    expect(reader.take(lane, 2)).toBeNull();
    reader.restart();
    expect(reader.take(lane, 4)?.length).toBe(5);
    made.apply(feed(2, [{ first: 5, rows: [{ time: 2 }], ops: [[5, 2, "replace", "new"]] }]));
    expect(reader.take(lane, 5)).toBeNull();
    reader.restart();
    expect(reader.take(lane, 5)?.map((each) => each.text)).toEqual(["a", "b", "d", "new"]);
    made.apply(feed(3, [{ reading: 2, rows: [{ time: 0 }] }]));
    expect(reader.take(lane, 0)).toBeNull();
  });
});
