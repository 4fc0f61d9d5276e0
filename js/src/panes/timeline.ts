/** The spine of the page: every frame on one time axis, to be looked at, pointed at and walked along. */

import { h, listen, setAttribute, setText } from "../dom";
import type { Link } from "../link";
import { type Finding, Kind } from "../protocol";
import type { Lane, Store } from "../store";
import { deltaOf, pauseOf, previewOf, titleOf, wordOf } from "./about";
import { frameOfFinding } from "./findings";
import * as format from "./format";
import { Bins, Lengths } from "./timeline-bins";
import { frameOfKey, framesBetween, nearest } from "./timeline-hit";
import { phases, stalls } from "./timeline-model";
import { COLOUR_NAMES, type Colours, type Picture, paint, ROWS } from "./timeline-paint";
import { axisEnd, Scale } from "./timeline-scale";

/** CSS pixels left and right of the axis. */
const MARGIN = 14;
/** CSS pixels around the pointer in which frames are found. */
const REACH = 6;
/** Share of the axis that a finished run fills at least, if the axis stays as it was while the run was live. */
const ENOUGH = 0.4;

export function mount(host: HTMLElement, store: Store, _link: Link, signal: AbortSignal): { draw(): void; repaint(): void } {
  const canvas = h("canvas", {
    class: "sw-canvas",
    tabindex: 0,
    role: "slider",
    "aria-label": "Timeline. Arrow keys step through the events, Enter opens the selected one. The Events tab has the same as a table.",
    "aria-orientation": "horizontal",
    "data-sw": "timeline-canvas",
  });
  const tip = h("div", { class: "sw-tip", hidden: true, "aria-hidden": "true", "data-sw": "tip" });
  const probes = h("span", { class: "sw-probes", hidden: true, "aria-hidden": "true" });
  const probeOf = Object.fromEntries(
    COLOUR_NAMES.map((name) => [name, h("i", { style: `color:var(--sw-${name});background:var(--sw-${name})` })]),
  );
  probes.append(...Object.values(probeOf));
  host.append(canvas, tip, probes);

  const g = canvas.getContext("2d");
  let lengths = new Lengths();
  let bins = new Bins();
  let owner = "";
  let width = 0;
  let colours: Colours | null = null;
  let font = "";
  let pointer: { x: number; y: number } | null = null;
  let scale = new Scale(2, MARGIN, 100);
  let painted = "";

  const sizes = new ResizeObserver((entries) => {
    width = entries[entries.length - 1]?.contentRect.width ?? 0;
    draw();
  });
  sizes.observe(host);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });

  listen(canvas, "pointermove", (event) => point(event.offsetX, event.offsetY), signal);
  listen(canvas, "pointerleave", () => point(null, 0), signal);
  listen(canvas, "click", () => choose(), signal);
  listen(canvas, "keydown", (event) => key(event), signal);

  function point(x: number | null, y: number): void {
    pointer = x === null ? null : { x, y };
    draw();
  }

  function hit(lane: Lane): number {
    if (!pointer) return -1;
    return nearest(lane.columns, scale.time(pointer.x), (REACH / scale.width) * scale.end, pointer.y > ROWS.base, lane.shown + 1);
  }

  function choose(): void {
    const lane = store.focus;
    if (!lane) return;
    const frame = hit(lane);
    const stall = frame < 0 ? stallAt(lane) : null;
    if (frame >= 0) store.select(lane.id, frame);
    else if (stall) store.select(lane.id, frameOfFinding(stall));
  }

  /** The stall under the pointer: a field without marks says what it is, too. */
  function stallAt(lane: Lane): Finding | null {
    if (!pointer || pointer.y < ROWS.top || pointer.y > ROWS.base) return null;
    const time = scale.time(pointer.x);
    const over = lane.state.findings.find(
      (each) => each.kind === "stall" && each.time !== null && time >= each.time && time <= each.time + (each.duration ?? 0),
    );
    return over ?? null;
  }

  function key(event: KeyboardEvent): void {
    const lane = store.focus;
    if (!lane || event.ctrlKey || event.metaKey || event.altKey) return;
    const selected = store.selection?.lane === lane.id ? store.selection.frame : null;
    if (event.key === "Escape" && selected !== null) {
      store.select(lane.id, null);
      return;
    }
    const next = frameOfKey(lane.columns, selected, event.key, lane.shown + 1);
    if (next === null) return;
    event.preventDefault();
    store.select(lane.id, next);
  }

  function drawTip(lane: Lane, frame: number): void {
    const stall = frame < 0 ? stallAt(lane) : null;
    tip.hidden = (frame < 0 && !stall) || pointer === null;
    if (tip.hidden || !pointer) return;
    if (stall) tip.replaceChildren(h("div", { class: "sw-tip-stall" }, stall.message));
    else fillTip(lane, frame);
    const x = stall ? pointer.x : scale.x(lane.columns.time(frame));
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.max(6, Math.min(width - 2 * half - 6, x - half))}px`;
  }

  function fillTip(lane: Lane, frame: number): void {
    const { text, quiet } = previewOf(lane, frame, 60);
    const pause = pauseOf(lane, frame);
    const pixel = scale.end / scale.width;
    const time = lane.columns.time(frame);
    const here = framesBetween(lane.columns, time - pixel / 2, time + pixel / 2);
    tip.replaceChildren(
      h(
        "div",
        { class: "sw-tip-head" },
        h("b", null, titleOf(lane, frame)),
        h("span", null, format.instant(time)),
        h("span", null, `Δ ${format.gap(deltaOf(lane, frame))}`),
        pause !== null && h("span", null, `${format.gap(pause)} after the last text`),
        h("span", null, format.bytes(lane.columns.size(frame))),
        lane.columns.kind(frame) === Kind.event && h("span", null, wordOf(lane, frame)),
        here > 1 && h("span", null, `${format.count(here)} on this pixel`),
      ),
      h("div", { class: quiet ? "sw-tip-quiet" : "sw-tip-text" }, text),
    );
  }

  function readColours(): Colours {
    const read = {} as Colours;
    for (const name of COLOUR_NAMES) {
      const style = getComputedStyle(probeOf[name] as Element);
      // Where the system forces its own colours, ink and ground stay two.
      read[name] = name === "bg" || name === "soft" ? style.backgroundColor : style.color;
    }
    font = `11px ${getComputedStyle(host).fontFamily}`;
    return read;
  }

  function describe(lane: Lane | undefined, selected: number | null): void {
    setAttribute(canvas, "aria-valuemin", 0);
    setAttribute(canvas, "aria-valuemax", Math.max(0, (lane?.head ?? 0) - 1));
    setAttribute(canvas, "aria-valuenow", selected ?? 0);
    const words =
      lane && selected !== null
        ? `${titleOf(lane, selected)} at ${format.instant(lane.columns.time(selected))}, ${wordOf(lane, selected)}: ${previewOf(lane, selected, 60).text}`
        : `${format.counted(lane?.eventCount ?? 0, "event")}, none selected`;
    setAttribute(canvas, "aria-valuetext", words);
  }

  function draw(): void {
    const lane = store.focus;
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    describe(lane, selected);
    if (width < 2 * MARGIN + 10 || !g) return;
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    colours ??= readColours();
    const live = lane ? !lane.finished : true;
    const now = lane ? store.elapsed(lane) : 0;
    let end = Math.max(axisEnd(now, live), lane && lane.head > 0 ? axisEnd(lane.columns.time(lane.head - 1), false) : 0);
    if (lane && !live && end > ENOUGH * scaleFloor(lane)) end = Math.max(end, scaleFloor(lane));
    const next = new Scale(end, MARGIN, width - 2 * MARGIN);
    scale = next.same(scale) ? scale : next;
    const name = lane ? `${lane.id} ${lane.epoch}` : "";
    if (name !== owner) {
      owner = name;
      lengths = new Lengths();
      bins = new Bins();
      grown = 0;
    }
    if (live) grown = Math.max(grown, end);
    const columns = Math.max(1, Math.floor(scale.width));
    if (lane) {
      lengths.advance(lane);
      bins.advance(lane, lengths, scale, columns, lane.head);
    }
    const frame = lane ? hit(lane) : -1;
    const picture: Picture = {
      width,
      scale,
      bins,
      phases: lane ? phases(lane.state.metrics, bins.stretches, now, live) : [],
      stalls: lane ? stalls(lane, selected) : [],
      now,
      live,
      shown: lane && lane.at !== null ? lane.columns.time(lane.at) : null,
      selected: lane && selected !== null && selected < lane.head ? lane.columns.time(selected) : null,
      hover: lane && frame >= 0 ? lane.columns.time(frame) : null,
      colours,
      font,
    };
    const size = `${Math.round(width * ratio)}×${Math.round(ROWS.height * ratio)}`;
    if (size !== painted) {
      painted = size;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(ROWS.height * ratio);
    }
    paint(g, picture, ratio);
    canvas.style.cursor = frame >= 0 || (lane && stallAt(lane)) ? "pointer" : "default";
    if (lane) drawTip(lane, frame);
    else setText(tip, "");
  }

  /** Seconds that the axis had reached while the run was live: it does not shrink when the run ends, unless it stands mostly empty. */
  let grown = 0;
  function scaleFloor(lane: Lane): number {
    return `${lane.id} ${lane.epoch}` === owner ? grown : 0;
  }

  return {
    draw,
    /** The theme changed: read the colours again. */
    repaint() {
      colours = null;
      draw();
    },
  };
}
