/** Several streams on one board: order and totals by tables, and the board by its hooks. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { provideAsset } from "../src/assets";
import type { Fixture } from "../src/fixtures";
import * as lanes from "../src/lazy/lanes";
import { Choice } from "../src/lazy/lanes-order";
import { whatWas } from "../src/lazy/lanes-row";
import { totalsOf } from "../src/lazy/lanes-totals";
import type { Feed, LaneState } from "../src/protocol";
import { type Lane, Store } from "../src/store";
import { feed, type PartOfFeed, rows } from "./feeds";
import { endPage, openPage, type Page, startPage } from "./panes-open";

describe("the choice of a person", () => {
  it("puts new lanes last, forgets those that are gone, and keeps the order that was made", () => {
    const choice = new Choice();
    choice.keep(["a", "b", "c"]);
    expect(choice.move("c", 0)).toBe(true);
    choice.keep(["a", "b", "c", "d"]);
    expect(choice.order).toEqual(["c", "a", "b", "d"]);
    choice.keep(["a", "c", "d"]);
    expect(choice.order).toEqual(["c", "a", "d"]);
    expect(choice.move("d", 99)).toBe(false); // it is the last already
    expect(choice.move("c", 99)).toBe(true);
    expect(choice.move("x", 0)).toBe(false);
    expect(choice.order).toEqual(["a", "d", "c"]);
  });

  it("shows one alone, or all but what is folded", () => {
    const choice = new Choice();
    choice.keep(["a", "b"]);
    choice.fold("a", true);
    expect([choice.shows("a"), choice.shows("b")]).toEqual([false, true]);
    choice.toggleSolo("a");
    expect([choice.shows("a"), choice.shows("b")]).toEqual([true, false]);
    choice.keep(["b"]);
    expect([choice.solo, choice.shows("b")]).toEqual([null, true]);
  });
});

function state(name: string, more: Partial<LaneState> = {}): Partial<LaneState> {
  return { name, status: "writing", start: 0, ...more };
}

/** A lane of five words, ten a second from 0.1 s on. */
function lane(id: string, more: Partial<LaneState> = {}): PartOfFeed {
  return {
    lane: id,
    rows: rows(5, 1, 0.1),
    ops: [
      [0, 1, "open", { kind: "text", choice: 0 }],
      [0, 1, ["Knead ", "the ", "dough ", "of ", id]],
    ],
    state: state(id, more),
  };
}

const DONE: Partial<LaneState> = {
  status: "done",
  end: 5,
  metrics: { first_token: 0.1, first_content: 0.1, last_token: 0.5, end: 0.6, tokens: 5, tokens_source: "chunks", tokens_per_s: 10 },
};
const board = { id: "5f1c2a90", name: "Pizza", layout: "lanes", revision: 1 };

function known(...parts: PartOfFeed[]): Lane[] {
  const store = new Store(() => 0);
  store.apply(feed(1, parts, { whole: true }));
  return [...store.lanes.values()];
}

describe("totals", () => {
  const elapsed = (one: Lane): number => one.state.metrics.end ?? 2;

  it("are those of all streams on one clock", () => {
    const usage = { ...DONE, start: 1, metrics: { ...DONE.metrics, tokens: 20, tokens_source: "usage" as const, first_token: 0.3 } };
    const found = totalsOf(known(lane("a", DONE), lane("b", usage), lane("c", { status: "failed", end: 5 })), elapsed);
    expect(found).toMatchObject({ streams: 3, live: 0, failed: 1, events: 15, tokens: 25, source: "mixed", elapsed: 2 });
    expect(found.firstToken).toBeCloseTo(0.2);
    expect(found.rate).toBeCloseTo(24 / (1.5 - 0.1));
    expect(found.inARow).toBeCloseTo(0.6 + 0.6 + 2);
  });

  it("count what is split once, and are nothing of nothing", () => {
    expect(totalsOf(known(lane("all"), lane("x", { parent: "all" })), elapsed).streams).toBe(1);
    expect(totalsOf([], elapsed)).toMatchObject({ streams: 0, elapsed: 0, rate: null, firstToken: null });
  });
});

describe("what was at a time of a lane", () => {
  it.each([
    [-1, "not begun"],
    [0.05, "50 ms · no event yet"],
    [0.1, "0.10 s · event 0"],
    [0.35, "0.35 s · event 2"],
    [9, "9.00 s · done"],
  ])("%s s: %s", (time, words) => {
    expect(whatWas(known(lane("a", DONE))[0] as Lane, time)).toBe(words);
  });
});

describe("the board", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
    vi.stubGlobal("IntersectionObserver", undefined); // the one of this DOM never says anything
    provideAsset("lanes", lanes);
  });
  afterEach(() => {
    provideAsset("lanes", undefined);
    vi.unstubAllGlobals();
    endPage(ending);
  });

  const page = (...feeds: Feed[]): Promise<Page> => {
    const fixture = { feeds: feeds.map((each) => ({ time: 0, feed: each })), detail: () => undefined } as unknown as Fixture;
    return openPage(fixture, ending.signal);
  };
  const all = (name: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-sw="${name}"]`)];
  const names = (): string[] => all("lane").map((row) => row.querySelector("b")?.textContent ?? "");
  const card = (): HTMLElement => document.querySelector(".sw-card") as HTMLElement;

  it("stands where several streams are, with the card behind the lane that is opened", async () => {
    const shown = await page(feed(1, [lane("a"), lane("b", DONE)], { whole: true, board }));
    expect(names()).toEqual(["a", "b"]);
    expect(shown.text("session-name")).toBe("Pizza");
    expect(shown.text("session-id")).toBe("5f1c2a90");
    expect(shown.text("session-count")).toBe("2 streams, 1 live");
    expect(all("lane-output").map((out) => out.textContent?.includes("dough of"))).toEqual([true, true]);
    expect(card().hidden).toBe(true);
    all("lane-name")[1]?.click();
    await shown.settle();
    expect(card().hidden).toBe(false);
    expect(shown.text("name")).toBe("b");
    expect(all("lane-name").map((each) => each.getAttribute("aria-pressed"))).toEqual(["false", "true"]);
    all("lane-open")[1]?.click();
    await shown.settle();
    expect(card().hidden).toBe(true);
  });

  it("is not there for one stream, and comes with the second", async () => {
    const shown = await page(feed(1, [lane("a")], { whole: true }));
    expect(all("lane")).toEqual([]);
    expect(card().hidden).toBe(false);
    shown.store.apply(feed(2, [lane("b")]));
    await shown.settle();
    expect(names()).toEqual(["a", "b"]);
  });

  it("gives way to the card where nobody has what draws it", async () => {
    provideAsset("lanes", undefined);
    const shown = await page(feed(1, [lane("a"), lane("b")], { whole: true, board }));
    expect(all("lane")).toEqual([]);
    expect(shown.text("name")).toBe("a");
    expect(card().hidden).toBe(false);
    provideAsset("lanes", lanes);
    for (let i = 0; i < 10 && all("lane").length === 0; i++) await shown.settle();
    expect(names()).toEqual(["a", "b"]);
  });

  it("stops one, and all that go on", async () => {
    const shown = await page(feed(1, [lane("a"), lane("b", DONE), lane("c")], { whole: true, board }));
    all("lane-stop")[1]?.click(); // it is over
    all("lane-stop")[0]?.click();
    shown.get("stop-all").click();
    await shown.settle();
    expect(shown.commands.filter((each) => each.type === "stop")).toEqual([
      { type: "stop", lane: "a" },
      { type: "stop", lane: "a" },
      { type: "stop", lane: "c" },
    ]);
    expect(all("lane-status").map((each) => each.textContent)).toEqual(["Stopping", "Done", "Stopping"]);
    expect(shown.get("stop-all").hidden).toBe(true);
  });

  it("moves a lane by keys, folds one and shows one alone", async () => {
    const shown = await page(feed(1, [lane("a"), lane("b"), lane("c")], { whole: true, board }));
    const visible = (): string[] =>
      all("lane-panel")
        .filter((each) => !each.hidden)
        .map((each) => each.querySelector("b")?.textContent ?? "");
    all("lane-name")[2]?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", altKey: true, bubbles: true }));
    await shown.settle();
    expect(names()).toEqual(["a", "c", "b"]);
    expect(visible()).toEqual(["a", "c", "b"]);
    all("lane-fold")[0]?.click();
    await shown.settle();
    expect(visible()).toEqual(["c", "b"]);
    all("lane-solo")[0]?.click();
    await shown.settle();
    expect(visible()).toEqual(["a"]);
  });

  it("takes names and links as they are: text, and nothing that is no link", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    const links = [{ from: "a", to: "b", time: 0.2, kind: "handoff", text: evil }, { from: "a" }, null, 7, { from: "a", to: "z", time: 1 }];
    const shown = await page(
      feed(1, [lane("a", { name: evil, tag: "\u202eevil" }), lane("b")], { whole: true, board: { ...board, name: evil, links } as never }),
    );
    expect(document.querySelector("img")).toBe(null);
    expect(shown.text("session-name")).toBe(evil);
    expect(names()[0]).toBe("\ufffdevil");
  });
});
