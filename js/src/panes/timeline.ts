/** The spine of the page: every frame on one time axis, to be looked at, zoomed into, pointed at and walked along. */

import { h, listen, setAttribute, setHidden } from "../dom";
import { afterDraws } from "../frame";
import type { Link } from "../link";
import type { Finding } from "../protocol";
import type { Lane, Store } from "../store";
import { previewOf, titleOf, wordOf } from "./about";
import { palette } from "./colours";
import { frameOfFinding } from "./findings";
import * as format from "./format";
import { choose, onSpan, spanOf } from "./span";
import { Bins } from "./timeline-bins";
import { nearest } from "./timeline-hit";
import { hands, STEP } from "./timeline-input";
import { keys } from "./timeline-keys";
import { phases, stalls } from "./timeline-model";
import { type Picture, paint, ROWS } from "./timeline-paint";
import { axisEnd, Scale } from "./timeline-scale";
import { sentenceOf, spanBar } from "./timeline-span";
import { fillTip } from "./timeline-tip";
import { trackOf } from "./timeline-track";
import { View } from "./timeline-view";

/** CSS pixels left and right of the axis. */
const MARGIN = 14;
/** CSS pixels around the pointer in which frames are found. */
const REACH = 6;
/** Milliseconds between two pictures while all that happens is that the stream goes on: more of them are work that nobody sees. */
const CALM = 100;
/** Share of the axis that a finished run fills at least, if the axis stays as it was while the run was live. */
const ENOUGH = 0.4;

export function mount(host: HTMLElement, store: Store, _link: Link, signal: AbortSignal): { draw(): void; repaint(): void } {
  const canvas = h("canvas", {
    class: "sw-canvas",
    tabindex: 0,
    role: "slider",
    "aria-label":
      "Timeline. Arrow keys step through the events, with Shift they choose a span; plus, minus and 0 zoom, Page Up and Page Down move. Enter opens the selected event. The Events tab has the same as a table.",
    "aria-orientation": "horizontal",
    "data-sw": "timeline-canvas",
  });
  const tip = h("div", { class: "sw-tip", hidden: true, "aria-hidden": "true", "data-sw": "tip" });
  const key = (name: string, sign: string, label: string): HTMLButtonElement =>
    h("button", { type: "button", class: "sw-key", "aria-label": label, title: label, "data-sw": name }, sign);
  const wider = key("zoom-out", "−", "Zoom out (−)");
  const nearer = key("zoom-in", "+", "Zoom in (+, or Ctrl and the wheel)");
  const everything = h("button", { type: "button", class: "sw-small", title: "Show everything (0)", "data-sw": "zoom-all" }, "All");
  // Before the canvas, in the order of reading; they lie over its upper right corner.
  host.append(h("div", { class: "sw-zoom", role: "group", "aria-label": "Zoom" }, everything, wider, nearer), canvas, tip);
  const inks = palette(host);
  const bar = spanBar(host, store, zoomToSpan, signal);

  const g = canvas.getContext("2d");
  let bins = new Bins();
  const view = new View();
  let owner = "";
  let width = 0;
  let seen = true;
  let pointer: { x: number; y: number } | null = null;
  let whole = new Scale(2, MARGIN, 100);
  let scale = whole;
  let size = "";
  let painted: unknown[] = [];
  /** What changed by itself since the last picture, and when that was. */
  let flowed: unknown[] = [];
  let last = 0;
  /** Seconds that the axis had reached while the run was live: it does not shrink when the run ends, unless it stands mostly empty. */
  let grown = 0;
  let brought: number | null = null;

  const sizes = new ResizeObserver((entries) => {
    width = entries[entries.length - 1]?.contentRect.width ?? 0;
    draw();
  });
  sizes.observe(host);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  if (typeof IntersectionObserver === "function") {
    // A timeline that is scrolled away costs nothing.
    const sight = new IntersectionObserver((entries) => {
      seen = entries[entries.length - 1]?.isIntersecting ?? true;
      if (seen) draw();
    });
    sight.observe(host);
    signal.addEventListener("abort", () => sight.disconnect(), { once: true });
  }
  onSpan(store, () => draw(), signal);

  const zoom = (factor: number, at: number): void => {
    view.zoom(factor, at);
    draw();
  };
  const pan = (by: number): boolean => {
    const moved = view.pan(by);
    if (moved) draw();
    return moved;
  };
  const showAll = (): void => {
    view.reset();
    draw();
  };
  /** Where a button zooms: at what is looked at, else at the live edge, else at the middle. */
  const centre = (): number => {
    const lane = store.focus;
    const selected = store.selection;
    const inside = (time: number): boolean => time >= scale.start && time <= scale.end;
    if (lane && selected?.lane === lane.id && selected.frame < lane.head) {
      const time = lane.columns.time(selected.frame);
      if (inside(time)) return time;
    }
    const now = lane && !lane.finished ? store.elapsed(lane) : Number.NaN;
    return inside(now) ? now : (scale.start + scale.end) / 2;
  };
  const zoomHere = (factor: number): void => zoom(factor, centre());
  listen(wider, "click", () => zoomHere(1 / STEP), signal);
  listen(nearer, "click", () => zoomHere(STEP), signal);
  listen(
    everything,
    "click",
    () => {
      showAll();
      nearer.focus({ preventScroll: true }); // this button goes
    },
    signal,
  );

  hands(
    canvas,
    {
      scale: () => scale,
      zoomed: () => view.zoomed,
      zoom,
      pan,
      jump: (share) => pan(share * whole.end - (scale.start + scale.end) / 2),
      hover(at) {
        if (at === null && pointer === null) return; // a brush draws by itself
        pointer = at;
        draw();
      },
      click: () => pick(),
      brush(from, to, last) {
        const lane = store.focus;
        if (!lane) return;
        const limit = lane.head > 0 ? lane.columns.time(lane.head - 1) : 0;
        const inside = (time: number): number => Math.max(0, Math.min(limit, time));
        const [low, high] = from < to ? [inside(from), inside(to)] : [inside(to), inside(from)];
        choose(store, high > low ? { lane: lane.id, from: low, to: high, moving: !last } : null);
      },
    },
    signal,
  );
  keys(canvas, store, { zoom: zoomHere, pan: (windows) => pan(windows * (scale.end - scale.start)), showAll, zoomToSpan }, signal);

  function zoomToSpan(): void {
    const span = spanOf(store);
    if (!span) return;
    view.show(span.from, span.to);
    draw();
  }

  function hit(lane: Lane): number {
    if (!pointer) return -1;
    return nearest(lane.columns, scale.time(pointer.x), REACH * scale.pixel, pointer.y > ROWS.base, lane.shown + 1);
  }

  function pick(): void {
    const lane = store.focus;
    if (!lane) return;
    const frame = hit(lane);
    const stall = frame < 0 ? stallAt(lane) : null;
    if (frame >= 0) store.select(lane.id, frame);
    else if (stall) store.select(lane.id, frameOfFinding(stall));
    else choose(store, null);
  }

  /** The stall under the pointer: a field without marks says what it is, too. */
  function stallAt(lane: Lane): Finding | null {
    if (!pointer || pointer.y < ROWS.top || pointer.y > ROWS.base) return null;
    const time = scale.time(pointer.x);
    const over = lane.state.findings.find(
      (each) =>
        (each.kind === "stall" || each.kind === "reconnect") &&
        each.time !== null &&
        time >= each.time &&
        time <= each.time + (each.duration ?? 0),
    );
    return over ?? null;
  }

  function drawTip(lane: Lane, frame: number): void {
    const stall = frame < 0 ? stallAt(lane) : null;
    setHidden(tip, (frame < 0 && !stall) || pointer === null);
    if (tip.hidden || !pointer) return;
    if (stall) tip.replaceChildren(h("div", { class: "sw-tip-stall" }, stall.message));
    else fillTip(tip, lane, frame, scale);
    const x = stall ? pointer.x : scale.x(lane.columns.time(frame));
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.max(6, Math.min(width - 2 * half - 6, x - half))}px`;
  }

  function describe(lane: Lane | undefined, selected: number | null): void {
    const span = spanOf(store);
    setAttribute(canvas, "aria-valuemin", 0);
    setAttribute(canvas, "aria-valuemax", Math.max(0, (lane?.head ?? 0) - 1));
    setAttribute(canvas, "aria-valuenow", selected ?? 0);
    const words =
      lane && selected !== null
        ? `${titleOf(lane, selected)} at ${format.instant(lane.columns.time(selected))}, ${wordOf(lane, selected)}: ${previewOf(lane, selected, 60).text}`
        : `${format.counted(lane?.eventCount ?? 0, "event")}, none selected`;
    setAttribute(canvas, "aria-valuetext", lane && span ? `${sentenceOf(lane, span)}; ${words}` : words);
  }

  function draw(): void {
    const lane = store.focus;
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    bar.draw();
    if (width < 2 * MARGIN + 10 || !g || !seen) {
      describe(lane, selected);
      return;
    }
    const live = lane ? !lane.finished : true;
    const now = lane ? store.elapsed(lane) : 0;
    const name = lane ? `${lane.id} ${lane.epoch}` : "";
    if (name !== owner) {
      owner = name;
      bins = new Bins();
      view.reset();
      grown = 0;
      painted = [];
    }
    let end = Math.max(axisEnd(now, live), lane && lane.head > 0 ? axisEnd(lane.columns.time(lane.head - 1), false) : 0);
    if (!live && end > ENOUGH * grown) end = Math.max(end, grown);
    if (live) grown = Math.max(grown, end);
    whole = new Scale(end, MARGIN, width - 2 * MARGIN);
    // Before the picture is made, or the one who steps along would be drawn where nobody looks.
    if (lane && selected !== null && selected !== brought && selected < lane.head) view.bringIn(lane.columns.time(selected));
    brought = selected;
    scale = view.scale(whole, live ? now : null);
    const track = lane ? trackOf(lane) : null;
    const frame = lane ? hit(lane) : -1;
    const span = lane ? spanOf(store) : null;
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const colours = inks.read();
    if (lane) drawTip(lane, frame);
    else setHidden(tip, true);
    setHidden(everything, !view.zoomed);
    setAttribute(wider, "aria-disabled", !view.zoomed && "true"); // not disabled: that would take its focus away, to the notebook
    canvas.style.cursor =
      view.zoomed && pointer && pointer.y > ROWS.axis - 4 ? "grab" : frame >= 0 || (lane && stallAt(lane)) ? "pointer" : "default";
    // The live edge moves by whole pixels: between them there is nothing to paint.
    const edge = Math.round(scale.x(now) * ratio);
    const flow = [edge, track?.count, track?.characters(0, track.count), lane?.state.metrics.headers, lane?.state.findings];
    const chosen = span && `${span.from} ${span.to} ${span.moving}`;
    const key: unknown[] = [name, scale.start, scale.end, width, ratio, live, selected, frame, chosen, lane?.at, colours];
    const calm = same(key, painted);
    if (calm && (same(flow, flowed) || (live && performance.now() - last < CALM))) return;
    painted = key;
    flowed = flow;
    last = performance.now();
    describe(lane, selected);
    if (lane && track) bins.count(track, lane.columns, scale, Math.max(1, Math.floor(scale.width)));
    const picture: Picture = {
      width,
      scale,
      whole: view.zoomed ? whole : null,
      bins,
      phases: lane && track ? phases(lane.state.metrics, track.stretches, now, live, scale) : [],
      stalls: lane ? stalls(lane, selected) : [],
      now,
      live,
      shown: lane && lane.at !== null ? lane.columns.time(lane.at) : null,
      selected: lane && selected !== null && selected < lane.head ? lane.columns.time(selected) : null,
      hover: lane && frame >= 0 ? lane.columns.time(frame) : null,
      span,
      colours,
      font: inks.font(),
    };
    const wanted = `${Math.round(width * ratio)}×${Math.round(ROWS.height * ratio)}`;
    if (wanted !== size) {
      size = wanted;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(ROWS.height * ratio);
    }
    // A canvas's font asks for the style of where it stands, which has the page laid out: once all is drawn, that is to be done anyway.
    afterDraws(() => paint(g, picture, ratio));
  }

  function same(one: unknown[], other: unknown[]): boolean {
    return one.length === other.length && one.every((value, i) => value === other[i]);
  }

  return {
    draw,
    /** The theme changed: read the colours again. */
    repaint() {
      inks.forget();
      painted = [];
      draw();
    },
  };
}
