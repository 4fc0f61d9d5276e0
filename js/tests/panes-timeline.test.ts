import { describe, expect, it, vi } from "vitest";
import { choose, framesOf, percentile, spanOf, statsOf } from "../src/panes/span";
import { Bins, Tick } from "../src/panes/timeline-bins";
import { frameOfKey, framesBetween, nearest } from "../src/panes/timeline-hit";
import { phases } from "../src/panes/timeline-model";
import { heightOf } from "../src/panes/timeline-paint";
import { axisEnd, Scale, tickLabel, ticks, windowLabel } from "../src/panes/timeline-scale";
import { STACK, Track, trackOf } from "../src/panes/timeline-track";
import { View } from "../src/panes/timeline-view";
import { Channel, Kind, type Op } from "../src/protocol";
import { type Lane, Store } from "../src/store";
import { feed, type Row, rows } from "./feeds";

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
  const binsOf = (lane: Lane, scale: Scale, columns: number, track = trackOf(lane)): Bins => {
    const bins = new Bins();
    bins.count(track, lane.columns, scale, columns);
    return bins;
  };

  it("puts each frame into the column of its time and the row of its channel", () => {
    const bins = binsOf(laneOf("rrtt"), new Scale(0.4, 0, 2), 2);
    expect(sums(bins, Channel.reasoning)).toEqual([8, 0]);
    expect(sums(bins, Channel.text)).toEqual([0, 8]);
    expect(bins.frames).toBe(4);
  });

  it("counts what a window shows, its last instant included, and nothing else", () => {
    const lane = laneOf("tttttttttt", 1);
    expect(sums(binsOf(lane, new Scale(8, 0, 3, 5), 3), Channel.text)).toEqual([4, 4, 8]);
    expect(binsOf(lane, new Scale(8, 0, 3, 5), 3).frames).toBe(4);
    expect(binsOf(lane, new Scale(30, 0, 3, 20), 3).frames).toBe(0);
  });

  it("keeps an event in its column while the window moves by whole pixels", () => {
    const lane = laneOf("t".repeat(200), 0.0731);
    const [before, after] = [new Scale(8, 0, 40, 4), new Scale(8.3, 0, 40, 4.3)].map((scale) =>
      sums(binsOf(lane, scale, 40), Channel.text),
    );
    expect(after?.slice(0, 36)).toEqual(before?.slice(3, 39));
  });

  it("gives the same when frames come one by one as when they come at once", () => {
    const letters = "rrcrrttt0ttittett";
    const lane = laneOf(letters);
    const store = new Store(() => 0);
    const steps = new Track();
    [...letters].forEach((letter, i) => {
      const ops: Op[] = i === 0 ? [[0, 1, "open", { kind: "text", choice: 0 }]] : [];
      store.apply(feed(i + 1, [{ first: i, rows: [{ ...(LETTERS[letter] as Row), time: i * 0.1 }], ops }]));
      steps.advance(store.focus as Lane);
    });
    const scale = new Scale(2, 0, 7);
    const [once, piecemeal] = [binsOf(lane, scale, 7), binsOf(store.focus as Lane, scale, 7, steps)];
    expect(piecemeal.heights).toEqual(once.heights);
    expect(piecemeal.ticks).toEqual(once.ticks);
    expect(steps.stretches).toEqual(trackOf(lane).stretches);
  });

  it("reads no frame twice, and to paint reads none but those at the edges of columns", () => {
    const store = new Store(() => 0);
    store.apply(feed(1, [{ rows: rows(4000) }]));
    const lane = store.focus as Lane;
    const track = new Track();
    track.advance(lane);
    store.apply(feed(2, [{ first: 4000, rows: rows(10, 4000) }]));
    const read = vi.spyOn(lane.columns, "channel");
    track.advance(lane);
    expect(read.mock.calls.map(([frame]) => frame)).toEqual(Array.from({ length: 10 }, (_, i) => 4000 + i));
    const looks = vi.spyOn(lane.columns, "firstAtOrAfter");
    new Bins().count(track, lane.columns, new Scale(50, 0, 80), 80);
    expect([looks.mock.calls.length <= 81, read.mock.calls.length]).toEqual([true, 10]);
  });

  it("marks what adds nothing at the base, the ignored line before the comment", () => {
    expect([...binsOf(laneOf("cit0"), new Scale(0.4, 0, 2), 2).ticks]).toEqual([Tick.ignored, Tick.quiet]);
  });

  it("makes a phase of each run of one channel", () => {
    const { stretches } = trackOf(laneOf("0rr0rcttt"));
    expect(stretches.map((each) => [each.channel, Math.round(each.from * 10)])).toEqual([
      [Channel.reasoning, 1],
      [Channel.text, 6],
    ]);
    const verbs = phases({ headers: 0.05 }, stretches, 0.95, true).map((each) => [each.labels[1], Math.round(each.to * 100)]);
    expect(verbs).toEqual([
      ["connect", 5],
      ["wait", 10],
      ["think", 60],
      ["write", 95],
    ]);
  });

  it("paints no more phases than pixels, however often the channel changes", () => {
    const { stretches } = trackOf(laneOf("rt".repeat(5000), 0.001));
    expect(stretches.length).toBe(10_000);
    expect(phases({}, stretches, 10, false, new Scale(10, 0, 100)).length).toBeLessThanOrEqual(202);
    const near = phases({}, stretches, 10, false, new Scale(5.004, 0, 100, 5));
    expect(near.filter((each) => each.from >= 5).map((each) => each.labels[1])).toEqual(["think", "write", "think", "write"]);
  });

  it("weighs a frame by the characters it brought, also if they came after the frame or in the place of others", () => {
    const store = new Store(() => 0);
    const open: Op = [0, 1, "open", { kind: "text" }];
    store.apply(feed(1, [{ rows: [{ time: 0 }, { time: 0.5 }], ops: [open, [0, 1, ["a", "a longer one"]]] }]));
    const lane = store.focus as Lane;
    const characters = (frame: number): number => trackOf(lane).characters(frame, frame + 1);
    expect([characters(0), characters(1)]).toEqual([1, 12]);
    store.apply(feed(2, [{ first: 2, ops: [[1, 1, [" with an end"]]] }]));
    expect([characters(0), characters(1), trackOf(lane).characters(0, 2)]).toEqual([1, 24, 25]);
    store.apply(feed(3, [{ first: 2, rows: [{ time: 1 }], ops: [[2, 1, "replace", "another"]] }]));
    expect([characters(1), characters(2)]).toEqual([24, "nother".length]);
  });

  it.each([
    [0, 16, 0],
    [1, 1e6, 0.12],
    [16, 16, 1],
  ])("makes %d of %d a height that can be seen", (sum, peak, height) => {
    expect(heightOf(sum, peak)).toBe(height);
  });
});

describe("the window", () => {
  const whole = new Scale(10, 0, 100);
  const ends = (view: View, now: number | null = null): number[] => {
    const { start, end } = view.scale(whole, now);
    return [start, end].map((value) => Number(value.toFixed(6)));
  };

  it("is everything at first", () => expect(ends(new View())).toEqual([0, 10]));

  it("keeps the instant under the pointer where it is", () => {
    const view = new View();
    view.scale(whole, null);
    view.zoom(0.5, 4);
    expect([ends(view), view.zoomed]).toEqual([[2, 7], true]);
    view.zoom(0.2, 3);
    expect(ends(view)).toEqual([2.8, 3.8]);
  });

  it("ends where everything ends, and is everything again when it is wide enough", () => {
    const view = new View();
    view.scale(whole, null);
    view.zoom(0.5, 5);
    expect([view.pan(-9), ends(view), view.pan(-1)]).toEqual([true, [0, 5], false]);
    expect([view.pan(99), ends(view)]).toEqual([true, [5, 10]]);
    view.zoom(3, 8);
    expect([view.zoomed, view.pan(1)]).toEqual([false, false]);
  });

  it("goes along with the live edge if that was in it, and stays where it was put", () => {
    const view = new View();
    view.scale(whole, 8);
    view.zoom(0.2, 8);
    expect(ends(view, 9)[1]).toBeCloseTo(9.12, 1);
    view.pan(-4);
    expect([ends(view, 9), ends(view, 9.9)]).toEqual([
      [3.12, 5.12],
      [3.12, 5.12],
    ]);
  });

  it("shows a span with room on both sides, and brings in what is stepped to", () => {
    const view = new View();
    view.scale(whole, null);
    view.show(4, 5);
    expect(ends(view)).toEqual([3.9636, 5.0436]);
    view.bringIn(4.5);
    expect(ends(view)).toEqual([3.9636, 5.0436]);
    view.bringIn(7);
    const [start = 0, end = 0] = ends(view);
    expect([start < 7, end > 7, Number((end - start).toFixed(3))]).toEqual([true, true, 1.08]);
  });

  it.each([
    [4.306, 0.001, "4.306 s"],
    [4.5, 0.5, "4.5 s"],
    [4, 1, "4 s"],
    [125.25, 0.05, "2:05.25"],
    [3725, 1, "1:02:05"],
  ])("reads %d at steps of %d", (at, step, label) => expect(windowLabel(at, step)).toBe(label));

  it("has ticks at round instants inside", () => {
    expect(ticks(4.41, 700, 72, 4.29)).toEqual([4.3, 4.32, 4.34, 4.36, 4.38, 4.4]);
  });
});

describe("a span", () => {
  it("counts what is inside, both ends included", () => {
    const store = new Store(() => 0);
    const rows = [0, 0.1, 0.2, 0.5, 0.9, 1].map((time, i) => ({
      time,
      size: 10 * (i + 1),
      channel: i === 2 ? Channel.meta : Channel.text,
    }));
    store.apply(
      feed(1, [
        {
          rows,
          ops: [
            [0, 1, "open", { kind: "text" }],
            [0, 1, ["ab", "cd", "", "e", "f", "g"]],
          ],
        },
      ]),
    );
    const lane = store.focus as Lane;
    expect(framesOf(lane, { from: 0.1, to: 0.9 })).toEqual({ first: 1, stop: 5 });
    const stats = statsOf(lane, trackOf(lane), { from: 0.1, to: 0.9 });
    expect(stats).toMatchObject({ duration: 0.8, events: 4, pieces: 3, characters: 4, bytes: 140 });
    expect([stats.gapMedian, stats.gapP95]).toEqual([expect.closeTo(0.4), expect.closeTo(0.4)]);
    expect(statsOf(lane, trackOf(lane), { from: 2, to: 3 })).toMatchObject({ events: 0, gapMedian: null });
  });

  it("belongs to its lane", () => {
    const store = new Store(() => 0);
    store.apply(feed(1, [{ lane: "a" }, { lane: "b" }]));
    choose(store, { lane: "a", from: 0, to: 1 });
    expect(spanOf(store)?.to).toBe(1);
    store.focusOn("b");
    expect(spanOf(store)).toBeNull();
  });

  it.each([
    [[], 50, null],
    [[3], 95, 3],
    [[4, 1, 3, 2], 50, 2.5],
    [[5, 5, 5, 1], 95, 5],
    [[9, 1, 8, 2, 7, 3, 6, 4, 5, 0, 10], 95, 9.5],
  ])("of %j the percentile %d", (values, percent, expected) => expect(percentile(Float64Array.from(values), percent)).toBe(expected));
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
