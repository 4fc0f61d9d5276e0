import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { provideAsset } from "../src/assets";
import { pizza } from "../src/fixtures-runs";
import * as charts from "../src/lazy/charts";
import { Course, countedTokens, Figures, Histogram, utf8Length } from "../src/lazy/charts-model";
import { Channel, Kind, type Op } from "../src/protocol";
import { type Lane, Store } from "../src/store";
import { feed, rows } from "./feeds";
import { endPage, openPage, startPage } from "./panes-open";

describe("a histogram", () => {
  const of = (...values: number[]): Histogram => {
    const made = new Histogram(1, 2, 8);
    for (const value of values) made.add(value);
    return made;
  };

  it.each([
    [0, 0],
    [1, 0],
    [1.99, 0],
    [2, 1],
    [7.9, 2],
    [8, 3],
    [1e9, 7],
  ])("puts %d into class %d", (value, at) => expect(of().classOf(value)).toBe(at));

  it("knows its range, its largest and its sum", () => {
    const made = of(3, 5, 100);
    expect([made.range, made.largest, made.sum, made.total, made.most]).toEqual([[1, 6], 100, 108, 3, 1]);
    expect(of().range).toBeNull();
  });

  it("gives quantiles as near as its classes are wide", () => {
    const made = new Histogram(1e-5, 10 ** 0.2, 40);
    const values = Array.from({ length: 1001 }, (_, i) => 0.001 * 1.005 ** i);
    for (const value of values) made.add(value);
    for (const share of [0.05, 0.5, 0.95]) {
      const exact = values[Math.round(share * 1000)] ?? 0;
      expect(Math.abs(Math.log10((made.quantile(share) ?? 0) / exact))).toBeLessThan(0.0126);
    }
    expect(of().quantile(0.5)).toBeNull();
  });
});

describe("a course over time", () => {
  it("widens its bins as the time grows, and loses nothing", () => {
    const course = new Course();
    for (let i = 0; i < 10_000; i++) course.add(i * 0.01, 1);
    expect(course.sums.reduce((a, b) => a + b, 0)).toBe(10_000);
    expect([course.width, course.sums[0], course.sums[124]]).toEqual([0.8, 80, 80]);
    expect(course.sums.length).toBe(128);
  });
});

describe("the figures of a stream", () => {
  const OPEN: Op = [0, 1, "open", { kind: "text" }];

  it("count gaps between content, sizes of events, characters, and bytes of text", () => {
    const store = new Store(() => 0);
    const list = [
      { time: 0, size: 100 },
      { time: 0.1, size: 10, kind: Kind.comment, channel: 0 },
      { time: 0.5, size: 200 },
      { time: 0.6, size: 50, channel: Channel.meta },
      { time: 1.5, size: 300, channel: Channel.reasoning },
    ];
    store.apply(feed(1, [{ rows: list, ops: [OPEN, [0, 1, ["ab", "", "né😀", "", "x"]]] }]));
    const figures = new Figures();
    figures.advance(store.focus as Lane);
    expect([figures.gaps.total, figures.gaps.largest, figures.gaps.sum]).toEqual([2, 1, 1.5]);
    expect([figures.sizes.total, figures.sizes.largest, figures.events]).toEqual([4, 300, 4]);
    expect([figures.characters.total, figures.characters.sum]).toEqual([3, 7]);
    expect([figures.bytes, figures.payload]).toEqual([660, 2 + 7 + 1]);
  });

  it("are the same whether the stream comes at once or bit by bit, and read nothing twice", () => {
    const text = Array.from({ length: 40 }, (_, i) => "x".repeat(i % 7));
    const whole = new Store(() => 0);
    whole.apply(feed(1, [{ rows: rows(40), ops: [OPEN, [0, 1, text]] }]));
    const parts = new Store(() => 0);
    const [once, steps] = [new Figures(), new Figures()];
    once.advance(whole.focus as Lane);
    for (let i = 0; i < 40; i++) {
      parts.apply(feed(i + 1, [{ first: i, rows: rows(1, i), ops: i === 0 ? [OPEN, [0, 1, [""]]] : [[i, 1, [text[i] as string]]] }]));
      const lane = parts.focus as Lane;
      const read = vi.spyOn(lane.columns, "time");
      steps.advance(lane);
      expect(read).toHaveBeenCalledTimes(1);
      read.mockRestore();
    }
    expect(steps).toEqual(once);
  });

  it.each(["", "abc", "né", "€", "😀", "a😀b"])("know the bytes of %j", (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });

  it("know the bytes of a character that came in two halves", () => {
    expect(utf8Length("😀".slice(0, 1)) + utf8Length("😀".slice(1))).toBe(4);
  });

  it("take the provider's count of tokens, and no other", () => {
    const store = new Store(() => 0);
    store.apply(feed(1, [{ rows: rows(1), state: { metrics: { tokens: 5, tokens_source: "chunks" } } }]));
    expect(countedTokens(store.focus as Lane)).toBeNull();
    store.apply(feed(2, [{ first: 1, state: { metrics: { tokens: 7, tokens_source: "usage" } } }]));
    expect(countedTokens(store.focus as Lane)).toBe(7);
  });
});

describe("the Charts pane", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
  });
  afterEach(() => {
    endPage(ending);
    provideAsset("charts", undefined);
  });

  it("says that they come from the kernel, and asks again after a while", async () => {
    const shown = await openPage(pizza(), ending.signal);
    document.querySelector<HTMLElement>('[data-tab="charts"]')?.click();
    await shown.settle();
    expect(shown.text("charts-note")).toBe("There is no kernel that has it.");
    provideAsset("charts", charts);
    await vi.advanceTimersByTimeAsync(3500);
    expect(shown.get("charts").querySelectorAll('[data-sw="chart"]').length).toBe(4);
  });

  it("says in a sentence what each chart shows, and by keys what a bar is", async () => {
    provideAsset("charts", charts);
    const shown = await openPage(pizza(), ending.signal);
    document.querySelector<HTMLElement>('[data-tab="charts"]')?.click();
    await shown.settle();
    const canvases = [...shown.get("charts").querySelectorAll<HTMLElement>('[data-sw="chart"]')];
    const said = canvases.map((each) => each.getAttribute("aria-label") ?? "");
    expect(said.length).toBe(4);
    for (const [i, words] of [
      /^Gaps .*Half of \d+ gaps/,
      /^Speed .*tokens\/s on average/,
      /^Size .*Half of \d+ events/,
      /^Characters .*characters/,
    ].entries())
      expect(said[i]).toMatch(words);
    expect(shown.text("payload")).toMatch(/[\d.]+ K?B of [\d.]+ KB \([\d.]+ %\) are text/);
    canvases[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
    await shown.settle();
    expect(canvases[0]?.getAttribute("aria-label")).toMatch(/^Gaps between fragments\. \d+ gaps? from .+ to .+\.$/);
  });
});
