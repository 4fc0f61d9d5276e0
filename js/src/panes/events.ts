/** Every frame as a row: the timeline in words, for reading, for the keyboard and for screen readers. Only rows that can be seen exist. */

import { freshId, h, listen, setAttribute, setHidden, setText } from "../dom";
import type { Link } from "../link";
import { Kind } from "../protocol";
import type { Lane, Store } from "../store";
import { channelClass, deltaOf, previewOf, wordOf } from "./about";
import { eventsBar } from "./events-bar";
import { queryOf, Search } from "./events-find";
import { IN_TIME, Listing, type SortBy } from "./events-list";
import { follow } from "./follow";
import * as format from "./format";
import { onSpan, spanOf } from "./span";

/** CSS pixels of a row; the style sheet has the same number. */
const ROW = 24;
/** Rows kept above and below what can be seen. */
const SPARE = 6;
/** Bytes from which a size stands out. */
const LARGE = 1000;
const COLUMNS = ["#", "time", "Δ", "size", "kind", "text"] as const;
const SORTABLE: Record<string, [by: SortBy, about: string]> = {
  time: ["time", "Sort by time"],
  Δ: ["delta", "Sort by the time since the frame before"],
  size: ["size", "Sort by bytes"],
};

interface Row {
  element: HTMLElement;
  cells: HTMLElement[];
  frame: number;
}

export function mount(
  host: HTMLElement,
  store: Store,
  link: Link,
  signal: AbortSignal,
  redraw: () => void,
): { draw(): void; count(): string } {
  const id = freshId("events");
  const rows: Row[] = [];
  const window_ = h("div", { class: "sw-rows", role: "rowgroup" });
  const room = h("div", { class: "sw-rows-room", role: "presentation" }, window_);
  const empty = h("p", { class: "sw-empty", hidden: true });
  const scroller = h("div", { class: "sw-scroll", role: "presentation" }, empty, room);
  const heads = COLUMNS.map((name) => {
    const sortable = SORTABLE[name];
    const label = sortable ? h("button", { type: "button", class: "sw-sort", title: sortable[1], "data-sort": sortable[0] }, name) : name;
    return h("span", { role: "columnheader" }, label);
  });
  const grid = h(
    "div",
    {
      class: "sw-grid",
      role: "grid",
      tabindex: 0,
      "aria-label": "Everything that came, one row a frame",
      "aria-colcount": COLUMNS.length,
      "data-sw": "events-grid",
    },
    h("div", { role: "rowgroup" }, h("div", { class: "sw-row sw-row-head", role: "row", "aria-rowindex": 1 }, ...heads)),
    scroller,
  );
  const frame = h("div", { class: "sw-frame" }, grid);
  const listing = new Listing(() => performance.now());
  const bar = eventsBar(host, store, link, listing, redraw, signal);
  host.append(frame);
  const follower = follow(scroller, frame, signal);
  let owner = "";
  let revealed: number | null = null;
  let drawn: unknown[] = [];
  let search: Search | null = null;
  let searched = "";
  let searching = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(timer);
      searching.abort();
    },
    { once: true },
  );
  onSpan(store, redraw, signal);

  listen(scroller, "scroll", () => drawRows(), signal, { passive: true });
  listen(
    window_,
    "click",
    (event) => {
      const element = (event.target as Element).closest("[role=row]");
      const row = rows.find((each) => each.element === element);
      const lane = store.focus;
      if (row && lane) store.select(lane.id, row.frame);
    },
    signal,
  );
  listen(
    grid,
    "click",
    (event) => {
      const by = (event.target as Element).closest<HTMLElement>("[data-sort]")?.dataset.sort as SortBy | undefined;
      if (!by) return;
      const { order } = listing;
      // Time begins upward, the others with the largest; a third press leads back to time.
      if (by === order.by) listing.sort(by === "time" ? { by, down: !order.down } : order.down ? { by, down: false } : IN_TIME);
      else listing.sort({ by, down: by !== "time" });
      revealed = null;
      follower.reset();
      scroller.scrollTop = 0;
      redraw();
    },
    signal,
  );
  listen(grid, "keydown", (event) => key(event), signal);

  function key(event: KeyboardEvent): void {
    const lane = store.focus;
    if (!lane || event.altKey || (event.target as Element).closest("button")) return;
    const selected = selectionOf(lane);
    if (event.key.toLowerCase() === "c" && selected !== null && (document.getSelection()?.isCollapsed ?? true)) {
      event.preventDefault();
      bar.copyOne(selected);
      return;
    }
    if (event.ctrlKey || event.metaKey || listing.length === 0) return;
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 1);
    const last = listing.length - 1;
    const at = selected === null ? -1 : listing.rowOf(selected);
    const from = at >= 0 ? at : event.key === "ArrowUp" || event.key === "PageUp" ? last + 1 : -1;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + page, PageUp: from - page, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    store.select(lane.id, listing.frame(Math.max(0, Math.min(last, to))));
  }

  function selectionOf(lane: Lane | undefined): number | null {
    return lane && store.selection?.lane === lane.id ? store.selection.frame : null;
  }

  function rowAt(i: number): Row {
    let row = rows[i];
    if (!row) {
      const cells = COLUMNS.map(() => h("span", { role: "gridcell" }));
      row = { element: h("div", { class: "sw-row", role: "row" }, ...cells), cells, frame: -1 };
      rows.push(row);
      window_.append(row.element);
    }
    return row;
  }

  function fill(row: Row, lane: Lane, place: number, selected: number | null): void {
    const index = listing.frame(place);
    row.frame = index;
    const columns = lane.columns;
    const { text, quiet } = previewOf(lane, index, 70);
    const event = lane.eventNumber(index);
    const time = columns.time(index);
    const day = lane.state.started > 0 ? format.timeOfDay(lane.state.started + time) : "";
    const words = [
      event === null ? "·" : String(event),
      bar.choice.wallClock && day ? day : time.toFixed(3),
      index === 0 ? format.NONE : format.gap(deltaOf(lane, index)),
      format.bytes(columns.size(index)),
      wordOf(lane, index),
      text,
    ];
    for (const [i, cell] of row.cells.entries()) setText(cell, words[i] ?? "");
    setAttribute(row.cells[1] as Element, "title", day ? `${format.instant(time)} after the request, at ${day}` : null);
    setAttribute(row.cells[4] as Element, "title", lane.label(index) || null);
    setAttribute(row.cells[3] as Element, "class", columns.size(index) > LARGE ? "sw-large" : null);
    setAttribute(
      row.element,
      "class",
      `sw-row ${channelClass(lane, index)}${quiet ? " sw-quiet" : ""}${columns.kind(index) === Kind.event ? "" : " sw-no-event"}`,
    );
    setAttribute(row.element, "id", `${id}-${index}`);
    setAttribute(row.element, "aria-rowindex", place + 2);
    setAttribute(row.element, "aria-selected", String(index === selected));
    setHidden(row.element, false);
  }

  function drawRows(): void {
    const lane = store.focus;
    const length = lane ? listing.length : 0;
    const selected = selectionOf(lane);
    const first = Math.max(0, Math.min(length - 1, Math.floor(scroller.scrollTop / ROW) - SPARE));
    const many = Math.max(0, Math.min(length - first, Math.ceil(scroller.clientHeight / ROW) + 2 * SPARE));
    const { version } = listing;
    const key = [lane?.id, lane?.epoch, lane?.reading, length, selected, first, many, version, bar.choice.wallClock, lane?.state.marks];
    if (key.length === drawn.length && key.every((value, i) => value === drawn[i])) return;
    drawn = key;
    window_.style.transform = `translateY(${first * ROW}px)`;
    for (let i = 0; i < many; i++) if (lane) fill(rowAt(i), lane, first + i, selected);
    for (let i = many; i < rows.length; i++) {
      const row = rows[i];
      if (row) setHidden(row.element, true);
    }
    const at = selected === null ? -1 : listing.rowOf(selected);
    setAttribute(grid, "aria-activedescendant", at >= first && at < first + many ? `${id}-${selected}` : null);
  }

  function bringIntoView(row: number): void {
    const top = row * ROW;
    const height = scroller.clientHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = Math.max(0, top - ROW);
    else if (top + ROW > scroller.scrollTop + height) scroller.scrollTop = top + 2 * ROW - height;
    follower.letGo();
  }

  /** The search that was asked for, of this lane and this reading of it. */
  function drawSearch(lane: Lane): number | null {
    const query = queryOf(bar.choice.typed);
    const wanted = query ? `${lane.id} ${lane.epoch} ${JSON.stringify(query)}` : "";
    if (wanted !== searched) {
      searched = wanted;
      searching.abort();
      searching = new AbortController();
      search = query ? new Search(lane, query, link, redraw, searching.signal, () => performance.now()) : null;
    }
    return search?.pump() ?? null;
  }

  function draw(): void {
    if (host.hidden) {
      revealed = null;
      return;
    }
    const lane = store.focus;
    if ((lane?.id ?? "") !== owner) {
      owner = lane?.id ?? "";
      follower.reset();
      scroller.scrollTop = 0;
    }
    let again: number | null = null;
    if (lane) {
      const waits = [drawSearch(lane)];
      const span = spanOf(store);
      listing.filter(bar.choice.mask, bar.choice.spanOnly ? span : null, search);
      waits.push(listing.advance(lane, lane.shown + 1));
      for (const wait of waits) if (wait !== null) again = Math.min(again ?? wait, wait);
    }
    clearTimeout(timer);
    if (again !== null) timer = setTimeout(redraw, again);
    bar.draw(search?.problem ?? "");
    const length = lane ? listing.length : 0;
    setHidden(empty, length > 0 || !lane || lane.shown < 0);
    setText(empty, search?.going ? "Searching…" : "Nothing that came is like this.");
    setAttribute(grid, "aria-rowcount", length + 1);
    setAttribute(grid, "data-clock", bar.choice.wallClock && Boolean(lane?.state.started));
    const { by, down } = listing.order;
    for (const [i, name] of COLUMNS.entries())
      setAttribute(
        heads[i] as Element,
        "aria-sort",
        SORTABLE[name] ? (SORTABLE[name][0] === by ? (down ? "descending" : "ascending") : "none") : null,
      );
    room.style.height = `${length * ROW}px`;
    // The end of a list that is sorted otherwise is not what came last.
    follower.settle(by === "time" && !down && (lane ? !lane.settled && lane.at === null : true));
    const selected = selectionOf(lane);
    if (selected !== null && selected !== revealed) {
      const row = listing.rowOf(selected);
      if (row >= 0) bringIntoView(row);
    }
    revealed = selected;
    drawRows();
  }

  function count(): string {
    const total = store.focus ? store.focus.shown + 1 : 0;
    if (listing.everything) return format.counted(total, "frame");
    const found = `${format.count(listing.length)} of ${format.counted(total, "frame")}`;
    return search?.going && total > 0
      ? `${found}, ${Math.floor((100 * search.next) / Math.max(1, store.focus?.head ?? 1))} % searched`
      : found;
  }
  return { draw, count };
}
