/** Every frame as a row: the timeline in words, for reading, for the keyboard and for screen readers. Only rows that can be seen exist. */

import { h, listen, setAttribute, setText } from "../dom";
import type { Link } from "../link";
import { Kind } from "../protocol";
import type { Lane, Store } from "../store";
import { channelClass, deltaOf, previewOf, wordOf } from "./about";
import { follow } from "./follow";
import * as format from "./format";
import { frameOfKey } from "./timeline-hit";

/** CSS pixels of a row; the style sheet has the same number. */
const ROW = 24;
/** Rows kept above and below what can be seen. */
const SPARE = 6;
const COLUMNS = ["#", "time", "Δ", "size", "kind", "text"] as const;

interface Row {
  element: HTMLElement;
  cells: HTMLElement[];
  frame: number;
}

let serial = 0;

export function mount(host: HTMLElement, store: Store, _link: Link, signal: AbortSignal): { draw(): void; count(): string } {
  const id = `sw-events-${++serial}`;
  const rows: Row[] = [];
  const window_ = h("div", { class: "sw-rows", role: "rowgroup" });
  const room = h("div", { class: "sw-rows-room", role: "presentation" }, window_);
  const scroller = h("div", { class: "sw-scroll", role: "presentation" }, room);
  const head = h(
    "div",
    { class: "sw-row sw-row-head", role: "row", "aria-rowindex": 1 },
    ...COLUMNS.map((name) => h("span", { role: "columnheader" }, name)),
  );
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
    h("div", { role: "rowgroup" }, head),
    scroller,
  );
  const frame = h("div", { class: "sw-frame" }, grid);
  host.append(frame);
  const follower = follow(scroller, frame, signal);
  let owner = "";
  let revealed: number | null = null;
  let drawn = "";

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
    "keydown",
    (event) => {
      const lane = store.focus;
      if (!lane || event.ctrlKey || event.metaKey || event.altKey) return;
      const selected = store.selection?.lane === lane.id ? store.selection.frame : null;
      const limit = lane.shown + 1;
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next =
        by !== undefined && limit > 0
          ? Math.max(0, Math.min(limit - 1, (selected ?? (by > 0 ? -1 : limit)) + by))
          : /^(Page|Home|End)/.test(event.key)
            ? frameOfKey(lane.columns, selected, event.key, limit, Math.max(1, Math.floor(scroller.clientHeight / ROW) - 1))
            : null;
      if (next === null) return;
      event.preventDefault();
      store.select(lane.id, next);
    },
    signal,
  );

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

  function fill(row: Row, lane: Lane, index: number, selected: number | null): void {
    row.frame = index;
    const columns = lane.columns;
    const { text, quiet } = previewOf(lane, index, 70);
    const event = lane.eventNumber(index);
    const words = [
      event === null ? "·" : String(event),
      columns.time(index).toFixed(3),
      index === 0 ? format.NONE : format.gap(deltaOf(lane, index)),
      format.bytes(columns.size(index)),
      wordOf(lane, index),
      text,
    ];
    for (const [i, cell] of row.cells.entries()) setText(cell, words[i] ?? "");
    setAttribute(
      row.element,
      "class",
      `sw-row ${channelClass(lane, index)}${quiet ? " sw-quiet" : ""}${columns.kind(index) === Kind.event ? "" : " sw-no-event"}`,
    );
    setAttribute(row.element, "id", `${id}-${index}`);
    setAttribute(row.element, "aria-rowindex", index + 2);
    setAttribute(row.element, "aria-selected", String(index === selected));
    row.element.hidden = false;
  }

  function drawRows(): void {
    const lane = store.focus;
    const limit = lane ? lane.shown + 1 : 0;
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
    const many = Math.min(limit - first, Math.ceil(scroller.clientHeight / ROW) + 2 * SPARE);
    const key = `${lane?.id} ${lane?.epoch} ${lane?.reading} ${limit} ${selected} ${first} ${many}`;
    if (key === drawn) return;
    drawn = key;
    window_.style.transform = `translateY(${first * ROW}px)`;
    for (let i = 0; i < many; i++) if (lane) fill(rowAt(i), lane, first + i, selected);
    for (let i = Math.max(0, many); i < rows.length; i++) {
      const row = rows[i];
      if (row) row.element.hidden = true;
    }
    const active = selected !== null && selected >= first && selected < first + many;
    setAttribute(grid, "aria-activedescendant", active ? `${id}-${selected}` : null);
  }

  function bringIntoView(index: number): void {
    const top = index * ROW;
    const height = scroller.clientHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = Math.max(0, top - ROW);
    else if (top + ROW > scroller.scrollTop + height) scroller.scrollTop = top + 2 * ROW - height;
    follower.letGo();
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
    const limit = lane ? lane.shown + 1 : 0;
    setAttribute(grid, "aria-rowcount", limit + 1);
    room.style.height = `${limit * ROW}px`;
    follower.settle(lane ? !lane.finished && lane.at === null : true);
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    if (selected !== null && selected !== revealed) bringIntoView(selected);
    revealed = selected;
    drawRows();
  }
  return { draw, count: () => format.counted(store.focus ? store.focus.shown + 1 : 0, "frame") };
}
