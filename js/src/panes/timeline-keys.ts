/** The timeline by keys alone: stepping from event to event, choosing a span, zooming and moving. */

import { listen } from "../dom";
import type { Lane, Store } from "../store";
import { choose, spanOf } from "./span";
import { frameOfKey } from "./timeline-hit";
import { STEP } from "./timeline-input";

/** Share of the window that Page Up and Page Down move. */
const PAGE = 0.8;

export interface KeyActions {
  zoom(factor: number): void;
  /** Move by so many windows; whether anything moved. */
  pan(windows: number): boolean;
  showAll(): void;
  zoomToSpan(): void;
}

export function keys(canvas: HTMLElement, store: Store, to: KeyActions, signal: AbortSignal): void {
  /** The frame from which Shift stretches a span; it stays while the other end walks. */
  let anchor: number | null = null;

  listen(
    canvas,
    "keydown",
    (event) => {
      const lane = store.focus;
      if (!lane || event.ctrlKey || event.metaKey || event.altKey) return;
      if (press(event, lane)) event.preventDefault();
    },
    signal,
  );

  function press(event: KeyboardEvent, lane: Lane): boolean {
    const selected = store.selection?.lane === lane.id ? store.selection.frame : null;
    switch (event.key) {
      case "+":
      case "=":
        to.zoom(STEP);
        return true;
      case "-":
      case "_":
        to.zoom(1 / STEP);
        return true;
      case "0":
        to.showAll();
        return true;
      case "z":
      case "Z":
        to.zoomToSpan();
        return true;
      case "PageUp":
      case "PageDown":
        if (to.pan(event.key === "PageUp" ? -PAGE : PAGE)) return true;
        break;
      case "Escape":
        if (spanOf(store) === null) return false; // the page takes the selection away
        choose(store, null);
        event.stopPropagation();
        return true;
    }
    const next = frameOfKey(lane.columns, selected, event.key, lane.shown + 1);
    if (next === null) return false;
    if (event.shiftKey) stretch(lane, selected ?? next, next);
    else anchor = null;
    store.select(lane.id, next);
    return true;
  }

  function stretch(lane: Lane, from: number, end: number): void {
    if (anchor === null || spanOf(store) === null || anchor >= lane.head) anchor = from;
    const [a, b] = [lane.columns.time(anchor), lane.columns.time(end)];
    choose(store, { lane: lane.id, from: Math.min(a, b), to: Math.max(a, b) });
  }
}
