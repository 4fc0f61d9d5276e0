/** The latency theatre: its numbers by the same cases as in Python, its clock, and what a person sees of it. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import cases from "../../tests/readers.json";
import { provideAsset } from "../src/assets";
import { pizza } from "../src/fixtures-runs";
import * as theatre from "../src/lazy/theatre";
import { arrivals, figuresOf, frameAt, median, readAt, readingEnds, Show } from "../src/lazy/theatre-model";
import type { Board } from "../src/protocol";
import { Store } from "../src/store";
import { feed } from "./feeds";
import { endPage, openPage, type Page, startPage } from "./panes-open";

provideAsset("theatre", theatre);

describe("a reader", () => {
  test.each(cases)("$name", ({ pieces, words_per_minute, there, ends }) => {
    const found = arrivals(pieces as [number, string][]);
    expect(found).toEqual(there);
    expect(readingEnds(found, words_per_minute)).toEqual(ends.map((end) => expect.closeTo(end, 9)));
  });

  test("has read so many words at an instant", () => {
    expect([0, 1.99, 2, 3.5, 9].map((at) => readAt([2, 3, 4], at))).toEqual([0, 0, 1, 2, 3]);
  });
});

test("figures are those of the first answer", () => {
  const store = new Store(() => 0);
  const state = { status: "done" as const, end: 3, metrics: { headers: 0.25, first_token: 1, last_token: 2 } };
  const ops = [
    [0, 1, "open", { kind: "reasoning", choice: 0 }],
    [0, 1, ["Hm, dough."]],
    [1, 2, "open", { kind: "text", choice: 0 }],
    [1, 2, ["Give the ", "dough"]],
    [2, 3, "open", { kind: "text", choice: 1 }],
    [2, 3, ["other words"]],
  ];
  store.apply(feed(1, [{ rows: [{ time: 1 }, { time: 1.5 }, { time: 2 }], ops: ops as never, state }], { whole: true }));
  const figures = figuresOf(store.focus as never, 60);
  expect(figures).toEqual({
    headers: 0.25,
    firstToken: 1,
    lastToken: 2,
    there: [1.5, 1.5, 2],
    wordsPerMinute: 60,
    beginStream: 1.5,
    beginBlock: 2,
    finishStream: 4.5,
    finishBlock: 5,
    saved: 0.5,
  });
  expect([0, 1, 1.7, 2, 9].map((at) => frameAt(store.focus as never, at))).toEqual([-1, 0, 1, 2, 2]);
});

test("the median", () => {
  expect([median([]), median([3]), median([3, 1]), median([5, 1, 3])]).toEqual([null, 3, 2, 3]);
});

describe("the clock of a play", () => {
  test("goes at its speed to the end, and begins anew there", () => {
    const show = new Show();
    show.end = 10;
    show.speed = 2;
    show.start(100);
    show.step(100.2);
    expect(show.position).toBeCloseTo(0.4);
    show.position = 9.9;
    show.step(100.4);
    expect([show.position, show.playing]).toEqual([10, false]);
    show.start(200);
    expect([show.position, show.playing]).toEqual([0, true]);
  });

  test("does not leap over a sleep", () => {
    const show = new Show();
    show.end = 100;
    show.start(0);
    show.step(50);
    expect([show.position, show.smooth]).toEqual([0.25, false]);
    show.step(50.1);
    expect([show.position, show.smooth]).toEqual([expect.closeTo(0.35), true]);
  });

  test("of nothing does not begin", () => {
    const show = new Show();
    show.start(0);
    expect(show.playing).toBe(false);
  });
});

describe("on the page", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
  });
  afterEach(() => endPage(ending));

  const board = (revision = 1, votes = { stream: 0, block: 0 }): Board => ({
    id: "s",
    name: "how to make pizza",
    layout: "theatre",
    revision,
    speed: 1,
    words_per_minute: 238,
    votes,
  });

  /** The theatre of the pizza, which was read to its end; `live`: of one that goes on. */
  async function open(at?: number): Promise<Page & { key(key: string): void; now(seconds: number): Promise<void> }> {
    const fixture = pizza();
    const [first, ...rest] = fixture.feeds;
    if (!first) throw new Error("no feed");
    const page = await openPage(
      { ...fixture, feeds: [{ ...first, feed: { ...first.feed, board: board() } }, ...rest] },
      ending.signal,
      at ?? Number.POSITIVE_INFINITY,
    );
    return {
      ...page,
      key: (key) => void page.get("root").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })),
      now: async (seconds) => {
        for (let i = 0; i < seconds * 10; i++) await vi.advanceTimersByTimeAsync(100);
      },
    };
  }

  const last = (page: Page): number => page.store.focus?.state.metrics.last_token ?? Number.NaN;

  test("the curtain stays down while the stream goes on", async () => {
    const page = await open(1);
    expect(page.text("stage-stream")).toContain("The curtain rises when the stream has ended");
    expect((page.get("theatre-play") as HTMLButtonElement).disabled).toBe(true);
  });

  test("one side comes as it was written, the other when it is whole", async () => {
    const page = await open();
    expect(page.text("theatre-play")).toBe("Play both");
    page.get("theatre-play").click();
    await page.now(0.2);
    expect(page.text("stage-stream")).toContain("Waiting for the first token");
    await page.now(last(page) / 2);
    const half = page.text("stage-stream").length;
    expect(half).toBeGreaterThan(60);
    expect(page.text("stage-block")).toContain("Waiting for the whole answer");
    expect(page.text("theatre-play")).toBe("Pause");
    await page.now(last(page) / 2 + 0.5);
    expect(page.text("stage-stream").length).toBeGreaterThan(half);
    expect(page.text("stage-block")).toBe(page.text("stage-stream").replace("Token by token", "All at once"));
  });

  test("it is voted on when it was seen, and the result is shown when it is asked for", async () => {
    const page = await open();
    page.key("1");
    expect(page.commands).toEqual([]);
    expect((page.get("vote-stream") as HTMLButtonElement).disabled).toBe(true);
    page.get("theatre-play").click();
    await page.now(last(page) + 0.5);
    page.key("1");
    page.key("2");
    page.get("vote-stream").click();
    await page.settle();
    expect(page.commands.filter((command) => "vote" in command)).toEqual([
      { type: "board", vote: "stream" },
      { type: "board", vote: "block" },
      { type: "board", vote: "stream" },
    ]);
    expect(page.text("votes")).toBe("3 votes");
    expect(page.get("vote-bars").hidden).toBe(true);
    page.get("vote-result").click();
    await page.settle();
    expect(page.text("vote-bars")).toBe("Token by token2 (67 %)All at once1 (33 %)");
    page.get("vote-again").click();
    await page.settle();
    expect(page.commands.at(-1)).toEqual({ type: "board", forget: true });
    expect(page.text("votes")).toBe("press 1 or 2");
  });

  test("what the kernel tells counts", async () => {
    const page = await open();
    page.get("theatre-play").click();
    await page.now(last(page) + 0.5);
    page.key("1");
    page.store.apply(feed(page.store.seq + 1, [], { board: board(2, { stream: 5, block: 2 }) }));
    await page.settle();
    expect(page.text("votes")).toBe("7 votes");
  });

  test("the figures and the sentence do not vote: they come after the play", async () => {
    const page = await open();
    expect(page.text("theatre-strip")).toContain("Both start together");
    page.get("theatre-play").click();
    await page.now(last(page) + 0.5);
    expect(page.text("theatre-strip")).toContain("sooner token by token");
    expect(page.text("theatre-table")).toContain("A reader at 238 words/min is done");
  });

  test("it is gone to any instant, forward and back", async () => {
    const page = await open();
    const slider = page.get("theatre-at") as HTMLInputElement;
    const go = async (part: number): Promise<void> => {
      slider.value = String(part * 2000);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await page.settle();
    };
    await go(0.9);
    expect(page.text("stage-block")).toContain("All there");
    await go(0.001);
    expect(page.text("stage-block")).toContain("Waiting for the whole answer");
    expect(page.text("theatre-play")).toBe("Go on");
    expect(page.commands.filter((command) => "measured" in command)).toEqual([]); // a leap measures nothing
  });

  test("the wire is opened when it is asked for", async () => {
    const page = await open();
    const card = page.get("header").parentElement as HTMLElement;
    expect(card.hidden).toBe(true);
    page.get("theatre-wire").click();
    expect([card.hidden, page.get("theatre-wire").getAttribute("aria-expanded")]).toEqual([false, "true"]);
  });
});
