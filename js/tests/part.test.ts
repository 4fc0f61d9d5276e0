import { describe, expect, it } from "vitest";
import { Part } from "../src/part";

type Step = [frame: number, op: "append" | "replace", text: string];

/** What a part would be if every text were kept: the model against which the pieces are checked. */
function texts(steps: Step[], join: string): Map<number, string> {
  const after = new Map<number, string>();
  let text = "";
  let begun = false;
  for (const [frame, op, value] of steps) {
    if (op === "replace") {
      text = value;
      begun = value !== "";
    } else if (value !== "") {
      text += (begun ? join : "") + value;
      begun = true;
    }
    after.set(frame, text);
  }
  return after;
}

function build(steps: Step[], join = ""): Part {
  const part = new Part(1, 0, "text", 0, join, {});
  for (const [frame, op, value] of steps) part[op](frame, value);
  return part;
}

const CASES: { name: string; join?: string; steps: Step[] }[] = [
  {
    name: "appends",
    steps: [
      [1, "append", "Hel"],
      [2, "append", "lo"],
      [5, "append", " 🍕"],
    ],
  },
  {
    name: "appends with a join",
    join: " ",
    steps: [
      [1, "append", "Hello!"],
      [2, "append", ""],
      [3, "append", "Sunny."],
      [4, "append", "Go."],
    ],
  },
  {
    name: "a join of two characters",
    join: ", ",
    steps: [
      [1, "append", "a"],
      [2, "append", "b"],
      [2, "append", "c"],
    ],
  },
  {
    name: "a snapshot that only grows",
    steps: [
      [1, "replace", "a"],
      [2, "replace", "ab"],
      [3, "replace", "abc"],
    ],
  },
  {
    name: "a snapshot that repeats itself",
    steps: [
      [1, "replace", "abc"],
      [2, "replace", "abc"],
      [3, "append", "d"],
    ],
  },
  {
    name: "a snapshot that corrects its end",
    steps: [
      [1, "replace", "the cat"],
      [2, "replace", "the cat sa"],
      [3, "replace", "the cat sits"],
      [4, "replace", "the cow"],
    ],
  },
  {
    name: "a snapshot that empties",
    steps: [
      [1, "append", "a"],
      [2, "replace", ""],
      [3, "append", "b"],
      [4, "append", "c"],
    ],
  },
  {
    name: "a snapshot that shortens",
    steps: [
      [1, "append", "ab"],
      [2, "append", "cd"],
      [3, "replace", "abc"],
      [4, "append", "x"],
    ],
  },
  {
    name: "a snapshot over joined pieces",
    join: " ",
    steps: [
      [1, "append", "a"],
      [2, "append", "b"],
      [3, "replace", "a c"],
      [4, "append", "d"],
    ],
  },
  {
    name: "a difference in the join",
    join: "--",
    steps: [
      [1, "append", "a"],
      [2, "append", "b"],
      [3, "replace", "a-b"],
      [4, "append", "c"],
    ],
  },
  {
    name: "two replacements in one frame",
    steps: [
      [1, "append", "one"],
      [2, "replace", "two"],
      [2, "replace", "three"],
      [3, "append", "!"],
    ],
  },
];

describe.each(CASES)("$name", ({ join = "", steps }) => {
  const part = build(steps, join);
  const expected = texts(steps, join);
  const last = steps.at(-1)?.[0] ?? 0;

  it("gives the text of every frame", () => {
    let now = "";
    for (let at = 0; at <= last + 1; at++) {
      now = expected.get(at) ?? now;
      expect(part.text(at), `at ${at}`).toBe(now);
    }
    expect(part.text()).toBe(expected.get(last));
    expect(part.size).toBe(part.text().length);
  });

  it("gives every tail of it, now and then", () => {
    for (const at of [undefined, ...expected.keys()]) {
      const whole = part.text(at);
      for (let from = 0; from <= whole.length; from++) expect(part.tailText(from, at)).toBe(whole.slice(from));
    }
  });

  it("has pieces that cut the text", () => {
    const whole = part.text();
    for (let i = 0; i < part.length; i++) {
      const { frame, start, end } = part.piece(i);
      expect(whole.slice(start, end)).toBe(part.pieceText(i));
      for (let offset = start; offset < end; offset++) expect(part.pieceAtOffset(offset)).toBe(i);
      expect(part.piece(part.pieceOfFrame(frame)).frame).toBe(frame);
    }
    expect(part.pieceAtOffset(whole.length)).toBe(-1);
    expect(part.pieceAtOffset(-1)).toBe(-1);
  });
});

describe("reading while it grows", () => {
  it("is right whenever the whole text was read in between", () => {
    const steps = CASES.flatMap(({ steps }, i) => steps.map(([frame, op, text]): Step => [frame + i * 10, op, text]));
    const expected = texts(steps, "");
    for (let every = 1; every <= 4; every++) {
      const part = new Part(1, 0, "text", 0, "", {});
      steps.forEach(([frame, op, value], i) => {
        part[op](frame, value);
        if (i % every === 0) expect(part.text(), `step ${i}, every ${every}`).toBe(texts(steps.slice(0, i + 1), "").get(frame));
      });
      for (const [frame, text] of expected) expect(part.text(frame)).toBe(text);
    }
  });
});

describe("versions", () => {
  it("do not grow when a snapshot only continues the text", () => {
    expect(
      build([
        [1, "append", "a"],
        [2, "replace", "ab"],
      ]).version,
    ).toBe(0);
  });
  it("grow when text was taken back, and keep the pieces before the difference", () => {
    const part = build([
      [1, "append", "the "],
      [2, "append", "cat"],
      [3, "replace", "the cow"],
    ]);
    expect(part.version).toBe(1);
    expect(part.versionAt(2)).toBe(0);
    expect([part.piece(0), part.piece(1)]).toEqual([
      { frame: 1, start: 0, end: 4 },
      { frame: 3, start: 4, end: 7 },
    ]);
    expect(part.lengthAt(2)).toBe(2);
    expect(part.piecesAt(2).text(1)).toBe("cat");
  });
});

it("knows which frames brought nothing", () => {
  const part = build([
    [3, "append", "a"],
    [5, "append", "b"],
    [5, "append", "c"],
  ]);
  expect([2, 3, 4, 5, 6].map((frame) => part.pieceOfFrame(frame))).toEqual([-1, 0, -1, 1, -1]);
  expect(part.rangeOfFrame(5)).toEqual({ start: 1, end: 3 });
  expect(part.rangeOfFrame(4)).toBeNull();
});
