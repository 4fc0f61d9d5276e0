import { beforeEach, describe, expect, it } from "vitest";
import { previewOf } from "../src/panes/about";
import type { Scale } from "../src/panes/timeline-scale";
import { fillTip } from "../src/panes/timeline-tip";
import type { Feed, Op } from "../src/protocol";
import { type Change, FeedError, Store } from "../src/store";
import { feed, rows } from "./feeds";

const OPEN: Op = [0, 1, "open", { kind: "text", choice: 0 }];
const first = () => feed(1, [{ rows: rows(3), ops: [OPEN, [0, 1, ["a", "b", "c"]]], state: { name: "demo", start: 2 } }], { now: 5 });
const second = () => feed(2, [{ first: 3, rows: rows(2, 3), ops: [[3, 1, ["d", ""]]] }], { now: 6 });

let clock = 0;
let store: Store;
let changes: Change[];
beforeEach(() => {
  clock = 1000;
  store = new Store(() => clock);
  changes = [];
  store.subscribe((change) => changes.push(change), new AbortController().signal);
});

function lane() {
  const found = store.focus;
  if (!found) throw new Error("no lane");
  return found;
}

describe("feeds in order", () => {
  it("add frames, text and state", () => {
    expect(store.apply(first())).toBe("ok");
    expect(store.apply(second())).toBe("ok");
    expect(lane().head).toBe(5);
    expect(lane().shown).toBe(4);
    expect(lane().parts.map((part) => part.text())).toEqual(["abcd"]);
    expect(lane().state.name).toBe("demo");
    expect(
      lane()
        .partsOfFrame(3)
        .map((part) => part.number),
    ).toEqual([1]);
    expect(lane().partsOfFrame(4)).toEqual([]);
    expect(changes).toEqual(["data", "state", "data"]);
  });

  it.each<[string, () => Feed, "stale" | "hole"]>([
    ["the same again", first, "stale"],
    ["one is missing", () => feed(3, [{ first: 5, rows: rows(1, 5) }]), "hole"],
    ["frames are missing", () => feed(2, [{ first: 4, rows: rows(1, 4) }]), "hole"],
    ["a new lane that does not begin at 0", () => feed(2, [{ lane: "b", first: 1, rows: rows(1, 1) }]), "hole"],
    ["an old snapshot", () => feed(0, [], { whole: true }), "stale"],
    ["the snapshot of what is here", () => feed(1, [{ rows: rows(1) }], { whole: true }), "stale"],
  ])("%s: nothing is taken", (_, next, answer) => {
    store.apply(first());
    changes = [];
    expect(store.apply(next())).toBe(answer);
    expect([lane().head, lane().parts[0]?.text(), store.seq, store.order]).toEqual([3, "abc", 1, ["a"]]);
    expect(changes).toEqual([]);
  });

  it("a snapshot takes the place of everything, in the same lane object", () => {
    store.apply(first());
    const before = lane();
    store.select("a", 2);
    store.setAt("a", 1);
    expect(store.apply(feed(9, [{ rows: rows(8), ops: [OPEN, [7, 1, ["z"]]] }], { whole: true }))).toBe("ok");
    expect(lane()).toBe(before);
    expect([lane().epoch, lane().head, lane().parts.map((part) => part.text()), lane().at]).toEqual([1, 8, ["z"], 1]);
    expect(store.selection).toEqual({ lane: "a", frame: 2 });
    expect(store.apply(feed(10, [{ first: 8, rows: rows(1, 8) }]))).toBe("ok");
  });

  it("a snapshot without a lane forgets it, and a selection that it has no frame for", () => {
    store.apply(feed(1, [{ rows: rows(3) }, { lane: "b", rows: rows(9) }]));
    store.select("b", 8);
    store.apply(feed(2, [{ lane: "b", rows: rows(4) }], { whole: true }));
    expect([store.order, [...store.lanes.keys()], store.selection]).toEqual([["b"], ["b"], null]);
  });

  it("a new reading starts the lane anew, live", () => {
    store.apply(first());
    store.setAt("a", 1);
    store.apply(feed(2, [{ reading: 2, rows: rows(2), ops: [OPEN, [1, 1, ["new"]]] }]));
    expect([lane().reading, lane().head, lane().at, lane().parts.map((part) => part.text())]).toEqual([2, 2, null, ["new"]]);
    expect(store.apply(feed(3, [{ reading: 2, first: 2, rows: rows(1, 2) }]))).toBe("ok");
  });
});

describe("what events call themselves", () => {
  const named = (): (string | undefined)[] => Array.from({ length: lane().head }, (_, frame) => lane().label(frame));

  it("holds from a frame on until the next says something else, for events alone", () => {
    const more = rows(4);
    store.apply(feed(1, [{ rows: [...more.slice(0, 3), { time: 1, kind: 1 }], labels: [[1, "start"]] }]));
    expect(named()).toEqual(["", "start", "start", ""]);
    const next: [number, string][] = [
      [5, "delta"],
      [6, ""],
    ];
    store.apply(feed(2, [{ first: 4, rows: rows(4, 4), labels: next }]));
    expect(named()).toEqual(["", "start", "start", "", "start", "delta", "", ""]);
  });

  it("is forgotten with the frames", () => {
    store.apply(feed(1, [{ rows: rows(2), labels: [[0, "start"]] }]));
    store.apply(feed(2, [{ reading: 2, rows: rows(2), labels: [[1, "x"]] }]));
    expect(named()).toEqual(["", "x"]);
  });

  it("is said of an event without text, and must be text", () => {
    store.apply(feed(1, [{ rows: [{ time: 0, channel: 0 }, { time: 1 }], ops: [OPEN, [1, 1, ["a"]]], labels: [[0, "start"]] }]));
    expect([previewOf(lane(), 0, 60), previewOf(lane(), 1, 60).text]).toEqual([{ text: "adds no text · start", quiet: true }, "a"]);
    const tip = document.createElement("div");
    fillTip(tip, lane(), 1, { pixel: 0 } as Scale);
    expect(tip.textContent).toContain("answerstart");
    expect(() => store.apply(feed(2, [{ first: 2, labels: [[0, 3]] as never }]))).toThrow(FeedError);
  });
});

describe("the response", () => {
  it("merges finish reasons by choice and replaces the rest", () => {
    const ops: Op[] = [
      [0, 0, "set", { model: "m", usage: { output: 1, input: 2 }, finish_reason: { "0": "stop" } }],
      [1, 0, "set", { usage: { output: 9 }, finish_reason: { "1": "length" } }],
    ];
    store.apply(feed(1, [{ rows: rows(2), ops }]));
    expect(lane().response).toEqual({ model: "m", usage: { output: 9 }, finish_reason: { "0": "stop", "1": "length" } });
  });
  it("keeps a part's other fields, sets more and closes", () => {
    const ops: Op[] = [
      [0, 1, "open", { kind: "tool_call", choice: 1, join: " ", name: "f" }],
      [1, 1, "set", { id: "x" }],
      [2, 1, "close", null],
    ];
    store.apply(feed(1, [{ rows: rows(3), ops }]));
    const part = lane().parts[0];
    expect(part).toMatchObject({ kind: "tool_call", choice: 1, join: " ", fields: { name: "f", id: "x" }, closed: true, closedFrame: 2 });
  });
  it("keeps metrics that a feed does not repeat", () => {
    store.apply(feed(1, [{ state: { metrics: { events: 1, first_byte: 0.5 } } }]));
    store.apply(feed(2, [{ state: { metrics: { events: 2 } } }]));
    expect(lane().state.metrics).toEqual({ events: 2, first_byte: 0.5 });
  });
});

describe("what is malformed", () => {
  const good = second() as unknown as Record<string, unknown>;
  const part = (change: object) => ({ ...good, lanes: [{ ...(good.lanes as object[])[0], ...change }] });
  it.each<[string, unknown]>([
    ["nothing", null],
    ["another version", { ...good, v: 2 }],
    ["no number", { ...good, seq: "2" }],
    ["no time", { ...good, now: Number.NaN }],
    ["no lanes", { ...good, lanes: {} }],
    ["a lane that is none", { ...good, lanes: [7] }],
    ["a negative count", part({ count: -1 })],
    ["a count beyond the columns", part({ count: 3 })],
    ["an offset beyond the columns", part({ at: 5 })],
    ["columns that are none", { ...good, cols: [1, 2] }],
    ["a count without columns", { ...good, cols: null }],
    ["an unknown operation", part({ ops: [[3, 1, "explode", {}]] })],
    ["an operation that is none", part({ ops: ["open"] })],
    ["a text that is none", part({ ops: [[3, 1, ["x", 7]]] })],
    ["a replacement without text", part({ ops: [[3, 1, "replace", null]] })],
    ["an open without facts", part({ ops: [[3, 2, "open", null]] })],
    ["a frame that does not exist", part({ ops: [[99, 1, ["x"]]] })],
    ["a part that was never opened", part({ ops: [[3, 5, ["x"]]] })],
    ["a part opened twice", part({ ops: [[3, 1, "open", {}]] })],
    ["a state that is none", part({ state: [] })],
    ["findings that are none", part({ state: { findings: "none" } })],
    ["a start that is none", part({ state: { start: null } })],
  ])("%s is a FeedError, and a snapshot mends it", (_, bad) => {
    store.apply(first());
    expect(() => store.apply(bad as Feed)).toThrow(FeedError);
    expect(store.seq).toBe(1);
    expect(store.apply({ ...first(), seq: 2, whole: true })).toBe("ok");
    expect(lane().parts.map((found) => found.text())).toEqual(["abc"]);
  });

  it("found late leaves a hole until a snapshot comes, even one of the same number", () => {
    store.apply(first());
    expect(() => store.apply(part({ ops: [[3, 5, ["x"]]] }) as unknown as Feed)).toThrow(FeedError);
    expect(store.apply(second())).toBe("hole");
    expect(store.apply({ ...first(), whole: true })).toBe("ok");
    expect(store.apply(second())).toBe("ok");
  });

  it("is told, until something good comes", () => {
    store.report(new FeedError("bad"));
    expect([store.problem?.message, changes]).toEqual(["bad", ["state"]]);
    store.apply(first());
    expect(store.problem).toBeNull();
  });
});

describe("clock", () => {
  it("goes on between feeds and never back for a feed that was late", () => {
    store.apply(first()); // now = 5
    clock += 500;
    expect(store.now()).toBeCloseTo(5.5);
    clock += 1000;
    store.apply(second()); // now = 6, though 6.5 is known to have passed
    expect(store.now()).toBeCloseTo(6.5);
    expect(store.elapsed(lane())).toBeCloseTo(4.5);
  });
  it("stands still for a lane that is over", () => {
    store.apply(first());
    store.apply(feed(2, [{ state: { status: "done", end: 3, metrics: { end: 1.25 } }, first: 3 }]));
    clock += 60_000;
    expect(store.elapsed(lane())).toBe(1.25);
  });
});

describe("selection and instant", () => {
  it("tell once, and only changes", () => {
    store.apply(first());
    changes = [];
    store.select("a", 1);
    store.select("a", 1);
    store.setAt("a", 1);
    store.setAt("a", 1);
    store.setAt("a", null);
    store.select("a", null);
    expect(changes).toEqual(["selection", "at", "at", "selection"]);
  });
  it("an instant beyond the frames is the last one", () => {
    store.apply(first());
    store.setAt("a", 99);
    expect(lane().shown).toBe(2);
  });
  it("focus another lane", () => {
    store.apply(feed(1, [{ rows: rows(1) }, { lane: "b", rows: rows(2) }]));
    expect(store.focus?.id).toBe("a");
    store.focusOn("b");
    expect(store.focus?.id).toBe("b");
  });
  it("end with the signal", () => {
    const controller = new AbortController();
    let heard = 0;
    store.subscribe(() => heard++, controller.signal);
    store.apply(first());
    controller.abort();
    store.apply(second());
    expect(heard).toBe(2);
  });
});
