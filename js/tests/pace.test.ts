import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pizza } from "../src/fixtures-runs";
import { type Pacing, pace } from "../src/pace";
import type { Op } from "../src/protocol";
import { Store } from "../src/store";
import { feed, rows } from "./feeds";
import { endPage, openPage, startPage } from "./panes-open";

const FRAME = 1000 / 60;

let ending: AbortController;
beforeEach(() => {
  ending = startPage();
  sessionStorage.clear();
});
afterEach(() => endPage(ending));

/** A store whose clock goes with the fake timers, at a pace, with a part that is open. */
function paced(pacing: Pacing): Store {
  const begin = Date.now();
  const store = new Store(() => Date.now() - begin);
  store.setPacing(pacing);
  pace(store, ending.signal);
  store.apply(feed(1, [{ rows: rows(1), ops: [[0, 1, "open", { kind: "text" }]], state: { status: "writing" } }]));
  return store;
}

/** Fragments arrive now, one a frame. */
function arrive(store: Store, texts: string[]): void {
  const lane = store.focus;
  const first = lane?.head ?? 0;
  store.apply(
    feed(store.seq + 1, [{ first, rows: rows(texts.length, first, 0), ops: [[first, 1, texts]] }], { now: store.clock() / 1000 }),
  );
}

function finish(store: Store): void {
  store.apply(feed(store.seq + 1, [{ first: store.focus?.head ?? 0, state: { status: "done", end: store.focus?.head ?? 0 } }]));
}

const shown = (store: Store): string => store.focus?.part(1)?.text(store.focus.instant) ?? "";
const all = (store: Store): string => store.focus?.part(1)?.text() ?? "";
const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));

describe("the pace of the display", () => {
  it("is the stream's own, unless a person chooses", async () => {
    const store = paced("raw");
    arrive(store, ["one ", "two "]);
    expect(shown(store)).toBe("one two ");
    expect(store.focus?.paced).toBeNull();
  });

  it.each<Pacing>(["smooth", "slow"])("%s: shows every text in its order, never another one, and all of it in the end", async (pacing) => {
    const store = paced(pacing);
    let before = "";
    for (let i = 0; i < 60; i++) {
      if (i < 8) arrive(store, [`word${i} `, "with, a comma. ", `and a long fragment that is shown bit by bit 👩‍🚀${"é🎉".repeat(9)}\n`]);
      await pass(50);
      const now = shown(store);
      expect(all(store).startsWith(now)).toBe(true);
      expect(now.startsWith(before)).toBe(true);
      expect(now).not.toMatch(/[\ud800-\udbff]$/); // half of a character
      before = now;
    }
    finish(store);
    await pass(60_000);
    expect(shown(store)).toBe(all(store));
    expect(store.focus?.paced).toBeNull();
  });

  it("spreads what comes in lumps", async () => {
    const store = paced("smooth");
    const lengths: number[] = [];
    for (let lump = 0; lump < 8; lump++) {
      arrive(
        store,
        Array.from({ length: 40 }, () => "word "),
      );
      for (let i = 0; i < 10; i++) {
        await pass(60);
        lengths.push(shown(store).length);
      }
    }
    const steps = lengths.slice(20).map((length, i) => length - (lengths[i + 19] ?? 0));
    const lump = 40 * 5;
    expect(Math.max(...steps)).toBeLessThan(lump / 2);
    expect(steps.filter((step) => step === 0).length).toBeLessThan(steps.length / 4);
    expect(all(store).length - shown(store).length).toBeLessThan(2 * lump);
  });

  it("smooth: has shown all of it soon after the end, however much waits", async () => {
    const store = paced("smooth");
    for (let i = 0; i < 6; i++) {
      if (i > 0) await pass(1000); // a stream that pauses long is spread widely, while it goes on
      arrive(store, ["x".repeat(100_000), ...Array.from({ length: 10_000 }, () => "tok ")]);
    }
    finish(store);
    await pass(FRAME * 2);
    expect(shown(store).length).toBeLessThan(all(store).length - 50_000);
    await pass(2000);
    expect(shown(store)).toBe(all(store));
    expect(store.focus?.settled).toBe(true);
  });

  it("slow: pauses where a speaker would", async () => {
    const store = paced("slow");
    arrive(store, ["First", " thing", ".", " Second", " thing", " follows", "."]);
    finish(store);
    const waits = new Map<string, number>();
    for (let i = 0; i < 400; i++) {
      await pass(10);
      waits.set(shown(store), (waits.get(shown(store)) ?? 0) + 10);
    }
    expect(waits.get("First thing.")).toBeGreaterThan(2 * (waits.get("First thing. Second") ?? 0));
    expect([...waits.keys()].pop()).toBe(all(store));
  });

  it("says how long the next thing to be shown has been here", async () => {
    const store = paced("slow");
    arrive(store, ["A sentence that takes its time to be shown, since it is long.", " And another", " one"]);
    const lane = store.focus;
    if (!lane) throw new Error("no lane");
    await pass(700);
    expect(store.lag(lane)).toBeCloseTo(0.7, 1);
    store.hold(lane.id, false);
    expect(store.lag(lane)).toBe(0);
    expect(shown(store)).toBe(all(store));
  });

  it("can be taken back: what waits is shown at once", async () => {
    const store = paced("slow");
    arrive(store, ["A sentence", " that takes", " its time"]);
    await pass(100);
    expect(shown(store)).not.toBe(all(store));
    store.setPacing("raw");
    await pass(FRAME * 2);
    expect(shown(store)).toBe(all(store));
  });

  it("does not walk through what a snapshot brings, nor what is read again", async () => {
    const store = paced("slow");
    arrive(store, ["A sentence", " that takes", " its time"]);
    const ops: Op[] = [
      [0, 1, "open", { kind: "text" }],
      [0, 1, ["another reading of all of it"]],
    ];
    store.apply(feed(store.seq + 1, [{ reading: 2, first: 0, rows: rows(1), ops }], { whole: true }));
    await pass(FRAME * 2);
    expect(shown(store)).toBe("another reading of all of it");
  });

  it("is raw for who asked for stillness", async () => {
    vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: () => {} }));
    try {
      const store = paced("slow");
      arrive(store, ["A sentence that takes its time to be shown", " since it is long"]);
      await pass(FRAME * 2);
      expect(shown(store)).toBe(all(store));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("moves no recorded time", async () => {
    const store = paced("slow");
    arrive(store, ["A sentence", " that takes", " its time"]);
    await pass(300);
    expect([0, 1, 2, 3].map((frame) => store.focus?.columns.time(frame))).toEqual([0, 0, 0, 0]);
    expect(store.focus?.head).toBe(4);
  });

  it("holds the view while the stream goes on, and goes back to the head", async () => {
    const store = paced("raw");
    arrive(store, ["one "]);
    store.hold("a", true);
    arrive(store, ["two "]);
    finish(store);
    expect(shown(store)).toBe("one ");
    expect(store.focus?.settled).toBe(false);
    store.hold("a", false);
    expect(shown(store)).toBe("one two ");
    expect(store.focus?.settled).toBe(true);
  });
});

describe("the controls of the view", () => {
  it("hold it, say what came since, and go back", async () => {
    const fixture = pizza();
    const page = await openPage(fixture, ending.signal, 2.6);
    page.get("view").click();
    page.get("hold").click();
    await page.settle();
    const before = page.text("answer");
    for (const item of fixture.feeds) if (item.time > 2.6) page.store.apply(item.feed);
    await page.settle();
    expect(page.text("answer")).toBe(before);
    expect(page.text("status")).toBe("Done");
    expect(page.text("note")).toMatch(/^held, \d+ events since$/);
    page.get("live").click();
    await page.settle();
    expect(page.text("answer")).toContain("with basil");
    expect(page.get("live").hidden).toBe(true);
    expect(page.get("note").hidden).toBe(true);
  });

  it("show the pace that is chosen, say the lag, and keep the choice for the next stream of the tab", async () => {
    const fixture = pizza();
    const page = await openPage(fixture, ending.signal, 0.1);
    page.get("view").click();
    expect(document.activeElement).toBe(page.get("pace-raw"));
    page.get("pace-slow").click();
    for (const item of fixture.feeds) if (item.time > 0.1) page.store.apply(item.feed);
    await page.settle();
    expect(page.text("status")).toBe("Done");
    expect(page.text("note")).toMatch(/^showing \d+\.\d s behind$/);
    expect(page.text("output")).not.toContain("with basil");
    page.get("live").click();
    await page.settle();
    expect(page.text("output")).toContain("with basil");
    const next = await openPage(pizza(), ending.signal, 0.1);
    expect(next.store.pacing).toBe("slow");
  });

  it("close by Escape and give the focus back", async () => {
    const page = await openPage(pizza(), ending.signal, 1);
    page.get("view").click();
    page.get("pace-raw").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
    expect(page.get("view-menu").hidden).toBe(true);
    expect(document.activeElement).toBe(page.get("view"));
  });

  it("pause the reading and go on", async () => {
    const page = await openPage(pizza(), ending.signal, 1);
    page.get("pause").click();
    page.store.apply(feed(page.store.seq + 1, [{ lane: "1", first: page.store.focus?.head ?? 0, state: { status: "paused" } }]));
    await page.settle();
    expect(page.get("pause").getAttribute("aria-label")).toBe("Go on reading");
    page.get("pause").click();
    expect(page.commands).toEqual([
      { type: "pause", lane: "1" },
      { type: "resume", lane: "1" },
    ]);
  });

  it("tell what the sending came to", async () => {
    const page = await openPage(pizza(), ending.signal, 1);
    const flow = { batches: 1312, waiting: 3, most: 40, merged: 25, why: "behind" } as const;
    page.store.apply(feed(page.store.seq + 1, [], { flow }));
    page.get("view").click();
    await page.settle();
    expect(page.text("flow")).toBe(
      "1,312 batches from the kernel; 3 events waited for the last, 40 at most. 25 batches merged into later ones, since the page was behind. Nothing was dropped.",
    );
  });
});
