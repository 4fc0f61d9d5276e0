import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { many, pizza } from "../src/fixtures-runs";
import { toClipboard } from "../src/panes/copy";
import { queryOf, Search } from "../src/panes/events-find";
import { EVERYTHING, IN_TIME, Listing, type Order, sortOf } from "../src/panes/events-list";
import * as format from "../src/panes/format";
import { choose } from "../src/panes/span";
import { Channel, type Found, Kind } from "../src/protocol";
import { type Lane, Store } from "../src/store";
import { feed, type Row, rows } from "./feeds";
import { endPage, openPage, type Page, startPage } from "./panes-open";

/** Times, sizes and kinds that all differ: an answer, a ping, a thought, an ignored line, an answer, usage. */
const ROWS: Row[] = [
  { time: 0, size: 50 },
  { time: 0.5, size: 5, kind: Kind.comment, channel: 0 },
  { time: 0.6, size: 2000, channel: Channel.reasoning },
  { time: 2, size: 7, kind: Kind.ignored, channel: 0 },
  { time: 2.1, size: 300 },
  { time: 2.4, size: 40, channel: Channel.usage },
];
function laneOf(list: Row[] = ROWS): { store: Store; lane: Lane } {
  const store = new Store(() => 0);
  store.apply(feed(1, [{ rows: list }]));
  return { store, lane: store.focus as Lane };
}
const shownBy = (listing: Listing): number[] => Array.from({ length: listing.length }, (_, row) => listing.frame(row));
const bits = (...sorts: number[]): number => sorts.reduce((mask, sort) => mask | (1 << sort), 0);

describe("the list of events", () => {
  let now = 0;
  const listingOf = (lane: Lane, limit = lane.head): Listing => {
    const listing = new Listing(() => now);
    listing.advance(lane, limit);
    return listing;
  };

  it("has every frame at first, up to the instant shown", () => {
    const { lane } = laneOf();
    expect(shownBy(listingOf(lane))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(shownBy(listingOf(lane, 3))).toEqual([0, 1, 2]);
    expect([listingOf(lane).rowOf(4), listingOf(lane, 3).rowOf(4)]).toEqual([4, -1]);
  });

  it.each<[Order, number[]]>([
    [{ by: "time", down: true }, [5, 4, 3, 2, 1, 0]],
    [{ by: "size", down: true }, [2, 4, 0, 5, 3, 1]],
    [{ by: "size", down: false }, [1, 3, 5, 0, 4, 2]],
    [{ by: "delta", down: true }, [3, 1, 5, 2, 4, 0]],
    [{ by: "delta", down: false }, [0, 2, 4, 5, 1, 3]],
  ])("sorts by %j", (order, expected) => {
    const { lane } = laneOf();
    const listing = listingOf(lane);
    listing.sort(order);
    listing.advance(lane, lane.head);
    expect(shownBy(listing)).toEqual(expected);
    expect(expected.map((frame) => listing.rowOf(frame))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each<[string, number, { from: number; to: number } | null, number[] | null, number[]]>([
    ["by channel", bits(Channel.text, Channel.usage), null, null, [0, 4, 5]],
    ["by kind", bits(8 + Kind.comment), null, null, [1]],
    ["by span, both ends included", EVERYTHING, { from: 0.5, to: 2 }, null, [1, 2, 3]],
    ["by what was found", EVERYTHING, null, [2, 3, 5], [2, 3, 5]],
    ["by all of them", bits(Channel.reasoning, 8 + Kind.ignored), { from: 0.5, to: 1 }, [2, 3, 5], [2]],
    ["to nothing", 0, null, null, []],
  ])("filters %s", (_, mask, span, frames, expected) => {
    const { lane } = laneOf();
    const listing = listingOf(lane);
    listing.filter(mask, span, frames && { frames });
    listing.advance(lane, lane.head);
    expect(shownBy(listing)).toEqual(expected);
    listing.sort({ by: "size", down: true });
    listing.advance(lane, lane.head);
    expect(shownBy(listing)).toEqual([...expected].sort((a, b) => lane.columns.size(b) - lane.columns.size(a)));
    listing.filter(EVERYTHING, null, null);
    listing.sort(IN_TIME);
    listing.advance(lane, lane.head);
    expect(listing.length).toBe(6);
  });

  it("counts each sort, and looks at a new frame once and at an old one never again", () => {
    const { store, lane } = laneOf(rows(3000));
    const listing = listingOf(lane);
    listing.filter(bits(Channel.text), null, null);
    listing.advance(lane, lane.head);
    const looked = vi.spyOn(lane.columns, "kind");
    store.apply(feed(2, [{ first: 3000, rows: rows(5, 3000) }]));
    looked.mockClear();
    listing.advance(lane, lane.head);
    expect(new Set(looked.mock.calls.map(([frame]) => frame))).toEqual(new Set([3000, 3001, 3002, 3003, 3004]));
    expect([listing.counts[Channel.text], listing.length]).toEqual([3005, 3005]);
  });

  it("sorts a stream that goes on now and then, and says when", () => {
    const { store, lane } = laneOf();
    const listing = listingOf(lane);
    listing.sort({ by: "size", down: true });
    expect(listing.advance(lane, lane.head)).toBeNull();
    store.apply(feed(2, [{ first: 6, rows: [{ time: 3, size: 9999 }] }]));
    now = 100;
    expect([listing.advance(lane, lane.head), listing.length]).toEqual([300, 6]);
    now = 401;
    expect([listing.advance(lane, lane.head), listing.frame(0), listing.length]).toEqual([null, 6, 7]);
    now = 0;
  });

  it("begins anew when the lane does", () => {
    const { store, lane } = laneOf();
    const listing = listingOf(lane);
    store.apply(feed(2, [{ reading: 2, rows: [{ time: 0, channel: Channel.tool }] }]));
    listing.advance(lane, lane.head);
    expect([listing.length, listing.counts[Channel.tool], listing.counts[Channel.text]]).toEqual([1, 1, 0]);
    expect(sortOf(lane, 0)).toBe(Channel.tool);
  });
});

describe("searching", () => {
  it.each([
    ["", null],
    ["  ", null],
    ["dough ", { text: "dough " }],
    [" $.a.b", { path: "$.a.b" }],
    ["type:delta", { event_type: "delta" }],
    ["Type: delta", { event_type: "delta" }],
    ["type:", null],
  ])("%j", (typed, query) => expect(queryOf(typed)).toEqual(query));

  it("goes slice by slice to the end, and later looks at what has come since, and at nothing twice", async () => {
    const { store, lane } = laneOf(rows(10));
    const asked: number[] = [];
    let now = 0;
    const find = (_lane: string, _query: unknown, from: number): Promise<Found> => {
      asked.push(from);
      return Promise.resolve({ frames: [from], next: Math.min(from + 4, lane.head) });
    };
    const news = vi.fn();
    const search = new Search(lane, { text: "a" }, { find } as never, news, new AbortController().signal, () => now);
    expect(search.pump()).toBeNull();
    await vi.waitFor(() => expect(search.going).toBe(false));
    expect([asked, search.frames]).toEqual([
      [0, 4, 8],
      [0, 4, 8],
    ]);
    await vi.waitFor(() => expect(news).toHaveBeenCalledTimes(4));
    store.apply(feed(2, [{ first: 10, rows: rows(1, 10) }]));
    expect([search.pump(), asked.length]).toEqual([500, 3]);
    now = 500;
    search.pump();
    await vi.waitFor(() => expect(search.frames).toEqual([0, 4, 8, 10]));
  });

  it("says why it cannot", async () => {
    const { lane } = laneOf();
    const find = () => Promise.reject(new Error("This is not a JSONPath."));
    const search = new Search(
      lane,
      { path: "$[" },
      { find } as never,
      () => {},
      new AbortController().signal,
      () => 0,
    );
    search.pump();
    await vi.waitFor(() => expect(search.problem).toBe("This is not a JSONPath."));
    expect([search.going, search.pump()]).toEqual([false, null]);
  });
});

describe("the Events pane", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
  });
  afterEach(() => {
    endPage(ending);
    vi.unstubAllGlobals();
  });
  const listed = (shown: Page): string[] =>
    [...shown.get("events").querySelectorAll<HTMLElement>(".sw-rows .sw-row:not([hidden])")].map(
      (row) => row.children[5]?.textContent ?? "",
    );
  async function events(fixture = pizza()): Promise<Page> {
    const shown = await openPage(fixture, ending.signal);
    document.querySelector<HTMLElement>('[data-tab="events"]')?.click();
    await shown.settle();
    return shown;
  }
  function type(shown: Page, text: string): Promise<void> {
    const input = shown.get("find") as HTMLInputElement;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return shown.settle();
  }

  it("finds text in the data, says how many, and shows everything again", async () => {
    const shown = await events();
    const total = shown.store.focus?.head;
    await type(shown, '" dough"');
    await shown.settle();
    expect(new Set(listed(shown))).toEqual(new Set([" dough"]));
    expect(shown.text("count")).toBe(`${listed(shown).length} of ${total} frames`);
    expect(shown.get("events-grid").getAttribute("aria-rowcount")).toBe(String(listed(shown).length + 1));
    await type(shown, "");
    expect(shown.text("count")).toBe(`${total} frames`);
  });

  it("says what is wrong with a search, and that nothing was found", async () => {
    const shown = await events();
    await type(shown, "$.a");
    expect([shown.text("find-note"), shown.get("find").getAttribute("aria-invalid")]).toEqual([
      "There is no kernel that could search the data.",
      "true",
    ]);
    await type(shown, "no such text anywhere");
    await shown.settle();
    expect([shown.get("find-note").hidden, shown.get("events").querySelector(".sw-empty")?.textContent]).toEqual([
      true,
      "Nothing that came is like this.",
    ]);
  });

  it("leaves out what is unchecked, and says how many of each there are", async () => {
    const shown = await events();
    shown.get("show").click();
    await shown.settle();
    const labels = [...shown.get("show-menu").querySelectorAll<HTMLElement>("label:not([hidden])")].map((each) => each.textContent);
    expect(labels).toContain("comments and pings2");
    expect(labels).not.toContain("tool calls0");
    const before = shown.store.focus?.head ?? 0;
    (shown.get(`show-${8 + Kind.comment}`) as HTMLInputElement).click();
    await shown.settle();
    expect(shown.text("count")).toBe(`${before - 2} of ${before} frames`);
  });

  it("offers the types that came, and searches for the one that is chosen", async () => {
    const shown = await events();
    shown.store.focus?.labels.push([0, "chunk"], [3, "usage"], [5, ""], [6, "chunk"]);
    shown.get("show").click();
    await shown.settle();
    const types = shown.get("show-type") as HTMLSelectElement;
    const names = [...types.options].map((option) => option.value);
    expect(names).toEqual(["", "chunk", "usage"]);
    types.value = "usage";
    types.dispatchEvent(new Event("change"));
    await shown.settle();
    expect((shown.get("find") as HTMLInputElement).value).toBe("type:usage");
    await type(shown, "something else");
    expect(types.value).toBe("");
  });

  it("sorts by a press on a heading, and walks in that order by keys", async () => {
    const shown = await events();
    const heading = shown.get("events-grid").querySelector<HTMLElement>('[data-sort="size"]');
    heading?.click();
    await shown.settle();
    expect(heading?.parentElement?.getAttribute("aria-sort")).toBe("descending");
    const { columns } = shown.store.focus as Lane;
    const press = (key: string) => shown.get("events-grid").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) {
      press("ArrowDown");
      sizes.push(columns.size(shown.store.selection?.frame ?? -1));
    }
    const largest = Array.from({ length: columns.count }, (_, frame) => columns.size(frame)).sort((a, b) => b - a);
    expect(sizes).toEqual(largest.slice(0, 4));
    press("End");
    expect(columns.size(shown.store.selection?.frame ?? -1)).toBe(largest.at(-1));
  });

  it("lists only the chosen span if that is wanted", async () => {
    const shown = await events();
    expect(shown.get("span-only").hidden).toBe(true);
    choose(shown.store, { lane: "1", from: 0.4, to: 0.6 });
    await shown.settle();
    expect([shown.get("span").hidden, shown.get("span-only").hidden]).toEqual([false, false]);
    shown.get("span-only").click();
    await shown.settle();
    expect(Number(shown.get("events-grid").getAttribute("aria-rowcount")) - 1).toBe(
      Array.from({ length: shown.store.focus?.head ?? 0 }, (_, i) => shown.store.focus?.columns.time(i) ?? 0).filter(
        (t) => t >= 0.4 && t <= 0.6,
      ).length,
    );
    shown.get("span-clear").click();
    await shown.settle();
    expect(shown.text("count")).toBe(`${shown.store.focus?.head} frames`);
  });

  it("copies what is listed, and the selected event by C, as JSON lines", async () => {
    const written: string[] = [];
    vi.stubGlobal("ClipboardItem", undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => void written.push(text) } });
    const shown = await events();
    await type(shown, '" dough"');
    await shown.settle();
    shown.get("copy-listed").click();
    await vi.waitFor(() => expect(shown.text("copy-listed")).toBe("Copied"));
    const lines = (written[0] ?? "").trim().split("\n");
    expect(lines.length).toBe(listed(shown).length);
    for (const line of lines) expect(JSON.parse(line).data).toContain('" dough"');
    shown.store.select("1", 3);
    shown.get("events-grid").dispatchEvent(new KeyboardEvent("keydown", { key: "c", bubbles: true }));
    await vi.waitFor(() => expect(written.length).toBe(2));
    expect(JSON.parse(written[1] ?? "").frame).toBe(3);
  });

  it("makes only rows that can be seen, of however many", async () => {
    const shown = await events(many(5000));
    expect(shown.get("events").querySelectorAll(".sw-rows .sw-row").length).toBeLessThan(60);
    expect(shown.get("events-grid").getAttribute("aria-rowcount")).toBe("5003");
  });
});

describe("the clipboard", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("gets the text by a promise where the browser knows how", async () => {
    const put: unknown[] = [];
    const Item = class {
      constructor(readonly items: Record<string, Promise<Blob>>) {}
    };
    vi.stubGlobal("ClipboardItem", Item);
    vi.stubGlobal("navigator", {
      clipboard: { write: async ([item]: InstanceType<typeof Item>[]) => void put.push(await item?.items["text/plain"]) },
    });
    expect(await toClipboard(Promise.resolve(["a", "b"]), document.body)).toBe(true);
    expect(await (put[0] as Blob).text()).toBe("ab");
  });

  it.each([
    ["is told why the text could not be made", () => Promise.reject(new Error("no kernel")), "no kernel"],
    ["is told that nothing is allowed", () => Promise.resolve(["a"]), "The browser does not allow copying here."],
  ])("%s", async (_, parts, message) => {
    vi.stubGlobal("ClipboardItem", undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("denied")) } });
    await expect(toClipboard(parts() as Promise<string[]>, document.body)).rejects.toThrow(message);
    expect(document.querySelector("textarea")).toBeNull();
  });

  it("leaves what is too long to a file", async () => {
    expect(await toClipboard(Promise.resolve(["x".repeat(20_000_001)]), document.body)).toBe(false);
  });
});

describe("times of day", () => {
  it("have milliseconds", () => {
    const at = new Date(2026, 10, 20, 4, 3, 2, 7).getTime() / 1000;
    expect(format.timeOfDay(at)).toBe("04:03:02.007");
  });
});
