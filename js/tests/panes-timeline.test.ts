import { describe, expect, it } from "vitest";
import { Bins, Lengths, STACK, Tick } from "../src/panes/timeline-bins";
import { frameOfKey, framesBetween, nearest } from "../src/panes/timeline-hit";
import { phases } from "../src/panes/timeline-model";
import { heightOf } from "../src/panes/timeline-paint";
import { axisEnd, Scale, tickLabel, ticks } from "../src/panes/timeline-scale";
import { Channel, Kind } from "../src/protocol";
import { type Lane, Store } from "../src/store";
import { feed, type Row } from "./feeds";

describe("the time axis", () => {
  it.each([
    [0, true, 2],
    [1.9, true, 2],
    [1.95, true, 3],
    [5.12, true, 6],
    [5.9, true, 8],
    [9.7, true, 15],
    [39, true, 60],
    [70, true, 90],
    [5000, true, 5400],
    [40_000, true, 54_000],
    [0.34, false, 0.4],
    [0.004, false, 0.01],
    [0.052, false, 0.06],
    [6.89, false, 8],
  ])("reaches far enough for %d s (live: %s)", (now, live, end) => {
    expect(axisEnd(now, live)).toBe(end);
  });

  it("never shrinks and grows in few steps while time goes on", () => {
    const ends = Array.from({ length: 60_000 }, (_, i) => axisEnd(i / 100, true));
    expect(ends.every((end, i) => end > i / 100 && end >= (ends[i - 1] ?? 0))).toBe(true);
    expect(new Set(ends).size).toBeLessThan(25);
  });

  it.each([
    [6, 1000, 72, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]],
    [6, 390, 72, [0, 2, 4, 6]],
    [0.4, 400, 72, [0, 0.1, 0.2, 0.3, 0.4]],
    [90, 390, 72, [0, 20, 40, 60, 80]],
    [5400, 1000, 72, [0, 600, 1200, 1800, 2400, 3000, 3600, 4200, 4800, 5400]],
    [0, 390, 72, []],
    [6, 0, 72, []],
  ])("has round ticks: %d s on %d px", (end, width, apart, expected) => {
    expect(ticks(end, width, apart)).toEqual(expected);
  });

  it.each([
    [0, 6, "0 s"],
    [0.30000000000000004, 0.4, "0.3 s"],
    [0.02, 0.06, "20 ms"],
    [80, 90, "80 s"],
    [90, 600, "1:30"],
    [3660, 5400, "1:01:00"],
  ])("says %d s as a person would", (at, end, label) => {
    expect(tickLabel(at, end)).toBe(label);
  });

  it("maps seconds to pixels and back", () => {
    const scale = new Scale(4, 14, 400);
    expect([scale.x(0), scale.x(4), scale.time(scale.x(1.25))]).toEqual([14, 414, 1.25]);
  });
});

/** t: text, r: reasoning, c: comment, i: ignored, e: error, a digit: empty delta; one character every 0.1 s. */
const LETTERS: { [letter: string]: Row } = {
  t: { time: 0, channel: Channel.text },
  r: { time: 0, channel: Channel.reasoning },
  e: { time: 0, channel: Channel.error },
  c: { time: 0, kind: Kind.comment, channel: 0 },
  i: { time: 0, kind: Kind.ignored, channel: 0 },
  "0": { time: 0, channel: Channel.meta },
};
function laneOf(letters: string, step = 0.1): Lane {
  const store = new Store(() => 0);
  const rows = [...letters].map((letter, i) => ({ ...(LETTERS[letter] as Row), time: i * step }));
  store.apply(feed(1, [{ rows, ops: [[0, 1, "open", { kind: "text", choice: 0 }]] }]));
  return store.focus as Lane;
}

describe("counting by pixel", () => {
  const sums = (bins: Bins, channel: number): number[] => [...(bins.heights[STACK.indexOf(channel as 1)] ?? [])];

  it("puts each frame into the column of its time and the row of its channel", () => {
    const lane = laneOf("rrtt");
    const bins = new Bins();
    bins.advance(lane, new Lengths(), new Scale(0.4, 0, 2), 2, lane.head);
    expect(sums(bins, Channel.reasoning)).toEqual([8, 0]);
    expect(sums(bins, Channel.text)).toEqual([0, 8]);
  });

  it("gives the same when frames come one by one as when they come at once", () => {
    const lane = laneOf("rrcrrttt0ttittett");
    const scale = new Scale(2, 0, 7);
    const once = new Bins();
    once.advance(lane, new Lengths(), scale, 7, lane.head);
    const steps = new Bins();
    for (let limit = 1; limit <= lane.head; limit++) steps.advance(lane, new Lengths(), scale, 7, limit);
    expect(steps.heights).toEqual(once.heights);
    expect(steps.ticks).toEqual(once.ticks);
    expect(steps.stretches).toEqual(once.stretches);
  });

  it("reads no frame twice while the scale stays", () => {
    const lane = laneOf("t".repeat(50));
    const bins = new Bins();
    const scale = new Scale(8, 0, 80);
    bins.advance(lane, new Lengths(), scale, 80, 40);
    const read: number[] = [];
    const spied = Object.assign(Object.create(lane), {
      columns: Object.assign(Object.create(lane.columns), {
        time: (i: number) => {
          read.push(i);
          return lane.columns.time(i);
        },
        channel: (i: number) => lane.columns.channel(i),
        kind: (i: number) => lane.columns.kind(i),
      }),
    }) as Lane;
    bins.advance(spied, new Lengths(), scale, 80, 50);
    expect(read).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
    bins.advance(spied, new Lengths(), new Scale(9, 0, 80), 80, 50);
    expect(read.length).toBe(60);
  });

  it("marks what adds nothing at the base, the ignored line before the comment", () => {
    const lane = laneOf("cit0");
    const bins = new Bins();
    bins.advance(lane, new Lengths(), new Scale(0.4, 0, 2), 2, lane.head);
    expect([...bins.ticks]).toEqual([Tick.ignored, Tick.quiet]);
  });

  it("makes a phase of each run of one channel", () => {
    const lane = laneOf("0rr0rcttt");
    const bins = new Bins();
    bins.advance(lane, new Lengths(), new Scale(1, 0, 10), 10, lane.head);
    expect(bins.stretches.map((each) => [each.channel, Math.round(each.from * 10)])).toEqual([
      [Channel.reasoning, 1],
      [Channel.text, 6],
    ]);
    const verbs = phases({ headers: 0.05 }, bins.stretches, 0.95, true).map((each) => [each.labels[1], Math.round(each.to * 100)]);
    expect(verbs).toEqual([
      ["connect", 5],
      ["wait", 10],
      ["think", 60],
      ["write", 95],
    ]);
  });

  it("weighs a frame by the characters it brought", () => {
    const store = new Store(() => 0);
    store.apply(
      feed(1, [
        {
          rows: [{ time: 0 }, { time: 0.5 }],
          ops: [
            [0, 1, "open", { kind: "text" }],
            [0, 1, ["a", "a longer one"]],
          ],
        },
      ]),
    );
    const lane = store.focus as Lane;
    const lengths = new Lengths();
    lengths.advance(lane);
    expect([lengths.of(0), lengths.of(1), lengths.of(9)]).toEqual([1, 12, 0]);
  });

  it.each([
    [0, 16, 0],
    [1, 1e6, 0.12],
    [16, 16, 1],
  ])("makes %d of %d a height that can be seen", (sum, peak, height) => {
    expect(heightOf(sum, peak)).toBe(height);
  });
});

describe("pointing", () => {
  const lane = laneOf("0ttcttt");

  it.each([
    ["exactly on a mark", 0.1, 0.04, false, 1],
    ["between two, nearer to the second", 0.46, 0.06, false, 5],
    ["at a tick, but in the row of the marks", 0.31, 0.12, false, 4],
    ["at a tick in its own row", 0.31, 0.12, true, 3],
    ["at a tick with nothing else in reach", 0.31, 0.03, false, 3],
    ["far from everything", 5, 0.1, false, -1],
  ])("%s", (_, time, slack, low, frame) => {
    expect(nearest(lane.columns, time, slack, low)).toBe(frame);
  });

  it("sees nothing after the instant shown", () => {
    expect(nearest(lane.columns, 0.6, 0.05, false, 6)).toBe(-1);
  });

  it("counts what lies under a pixel", () => {
    expect(framesBetween(lane.columns, 0.05, 0.35)).toBe(3);
  });

  it.each([
    ["ArrowRight", 2, 4],
    ["ArrowLeft", 4, 2],
    ["ArrowRight", 6, 6],
    ["ArrowRight", null, 0],
    ["ArrowLeft", null, 6],
    ["Home", 4, 0],
    ["End", 4, 6],
    ["PageDown", 0, 6],
    ["x", 4, null],
  ])("%s at %s", (key, from, to) => {
    expect(frameOfKey(lane.columns, from, key, lane.head)).toBe(to);
  });
});
