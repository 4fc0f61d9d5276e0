/** The timeline's picture. Knows nothing of streams: it paints a model made of seconds, columns and colours. */

import { type Bins, Tick } from "./timeline-bins";
import { type Scale, tickLabel, tickStep, ticks, windowLabel } from "./timeline-scale";
import { STACK } from "./timeline-track";

/** CSS pixels from the top. */
export const ROWS = { label: 17, band: 22, bandHeight: 5, top: 34, base: 82, quiet: 84, axis: 91, axisLabel: 104, height: 110 } as const;
/** CSS pixels at the right of the labels' row that belong to the buttons. */
export const BUTTONS = 104;
/** Fewer frames than pixels by this much: they are drawn as single marks, wide enough to be pointed at. */
const SPARSE = 8;

export const COLOUR_NAMES = [
  "fg",
  "dim",
  "faint",
  "line",
  "bg",
  "soft",
  "text",
  "think",
  "tool",
  "bad",
  "meta",
  "warn",
  "warn-ink",
  "accent",
] as const;
export type Colours = Record<(typeof COLOUR_NAMES)[number], string>;

/** A segment of the band above the marks. */
export interface Phase {
  from: number;
  to: number;
  colour: keyof Colours;
  /** Connect and wait are paler than what is content. */
  alpha: number;
  /** Words from the longest to the shortest; the first that fits is written. */
  labels: string[];
}
export interface Stall {
  from: number;
  to: number;
  labels: string[];
  selected: boolean;
}
export interface Picture {
  width: number;
  scale: Scale;
  /** The scale that shows everything: where the window stands in it is drawn below the axis. Null: `scale` shows everything. */
  whole: Scale | null;
  bins: Bins;
  phases: Phase[];
  stalls: Stall[];
  /** Seconds of the live edge, or of the end. */
  now: number;
  live: boolean;
  /** Seconds after which everything is dimmed (a person looks back in time); null: nothing is. */
  shown: number | null;
  selected: number | null;
  hover: number | null;
  /** The chosen span, in seconds. */
  span: { from: number; to: number } | null;
  colours: Colours;
  font: string;
}

/** Colour of each row of `STACK`. */
const ROW_COLOURS: (keyof Colours)[] = ["text", "think", "tool", "bad", "tool", "bad"];

export function paint(g: CanvasRenderingContext2D, picture: Picture, ratio: number): void {
  const { width, scale, colours } = picture;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, ROWS.height);
  g.font = picture.font;
  g.textBaseline = "alphabetic";
  paintAxis(g, picture);
  // What lies outside of a window must not run over the margins.
  g.save();
  if (picture.whole) {
    g.beginPath();
    g.rect(scale.left - 1, 0, scale.width + 4, ROWS.axisLabel - 12);
    g.clip();
  }
  if (picture.span) paintSpan(g, picture, picture.span);
  for (const stall of picture.stalls) paintStall(g, picture, stall);
  for (const phase of picture.phases) paintPhase(g, picture, phase);
  paintMarks(g, picture, ratio);
  if (picture.shown !== null) {
    g.globalAlpha = 0.72;
    g.fillStyle = colours.soft;
    const from = scale.x(picture.shown) + 1;
    g.fillRect(from, 0, width - from, ROWS.axis - 4);
    g.globalAlpha = 1;
  }
  paintCursors(g, picture, ratio);
  g.restore();
  if (picture.whole) paintWindow(g, picture, picture.whole);
}

/** Where the window stands in everything: a thumb on a line at the foot. */
function paintWindow(g: CanvasRenderingContext2D, { scale, colours }: Picture, whole: Scale): void {
  const from = whole.x(scale.start);
  const to = Math.max(from + 6, whole.x(scale.end));
  g.fillStyle = colours.line;
  g.fillRect(whole.left, ROWS.height - 3, whole.width, 2);
  g.fillStyle = colours.accent;
  g.fillRect(from, ROWS.height - 4, to - from, 4);
}

function paintSpan(g: CanvasRenderingContext2D, { scale, colours }: Picture, span: { from: number; to: number }): void {
  const from = scale.x(span.from) - 1;
  const to = Math.max(from + 2, scale.x(span.to) + 2);
  g.fillStyle = colours.accent;
  g.globalAlpha = 0.13;
  g.fillRect(from, ROWS.top - 4, to - from, ROWS.axis - ROWS.top + 2);
  g.globalAlpha = 0.8;
  for (const x of [from, to - 1]) g.fillRect(x, ROWS.top - 4, 1, ROWS.axis - ROWS.top + 2);
  g.globalAlpha = 1;
}

function paintAxis(g: CanvasRenderingContext2D, { width, scale, whole, colours }: Picture): void {
  g.textAlign = "center";
  const apart = whole ? 96 : 72;
  const all = ticks(scale.end, scale.width, apart, scale.start);
  const step = tickStep(scale.end - scale.start, scale.width, apart);
  for (const at of all) {
    const x = Math.round(scale.x(at));
    g.fillStyle = colours.line;
    g.fillRect(x, ROWS.top - 2, 1, ROWS.base - ROWS.top + 2);
    g.fillStyle = colours.faint;
    g.fillRect(x, ROWS.axis - 2, 1, 4);
    const label = whole ? windowLabel(at, step) : tickLabel(at, scale.end);
    const half = g.measureText(label).width / 2;
    g.fillStyle = colours.dim;
    g.fillText(label, Math.min(Math.max(x, half + 6), width - half - 6), ROWS.axisLabel);
  }
  g.fillStyle = colours.faint;
  g.globalAlpha = 0.5;
  g.fillRect(scale.left, ROWS.base, scale.width, 1);
  g.globalAlpha = 1;
}

/** A gap that a person must not miss: a tinted, hatched field with its length in words. */
function paintStall(g: CanvasRenderingContext2D, { scale, colours }: Picture, stall: Stall): void {
  const from = scale.x(stall.from) + 2;
  const to = Math.max(from + 2, scale.x(stall.to) - 1);
  const top = ROWS.top - 2;
  const height = ROWS.base - top;
  g.save();
  g.beginPath();
  g.roundRect(from, top, to - from, height, 3);
  g.clip();
  g.fillStyle = colours.warn;
  g.globalAlpha = stall.selected ? 0.26 : 0.14;
  g.fillRect(from, top, to - from, height);
  g.globalAlpha = 0.2;
  g.strokeStyle = colours.warn;
  g.lineWidth = 1;
  g.beginPath();
  for (let x = from - height; x < to; x += 8) {
    g.moveTo(x, top + height);
    g.lineTo(x + height, top);
  }
  g.stroke();
  g.restore();
  const label = stall.labels.find((text) => g.measureText(text).width + 10 < to - from);
  if (!label) return;
  g.textAlign = "center";
  const middle = (from + to) / 2;
  const half = g.measureText(label).width / 2 + 5;
  g.fillStyle = colours.soft;
  g.globalAlpha = 0.85;
  g.beginPath();
  g.roundRect(middle - half, (top + ROWS.base) / 2 - 9, half * 2, 18, 9);
  g.fill();
  g.globalAlpha = 1;
  g.fillStyle = colours["warn-ink"];
  g.fillText(label, middle, (top + ROWS.base) / 2 + 4);
}

function paintPhase(g: CanvasRenderingContext2D, { scale, colours, width }: Picture, phase: Phase): void {
  const from = Math.max(scale.left, scale.x(phase.from));
  const to = Math.min(scale.left + scale.width, scale.x(phase.to));
  if (to - from < 0.5) return;
  g.fillStyle = colours[phase.colour];
  g.globalAlpha = phase.alpha;
  // A hairline between two phases, so that they are two for eyes that see one colour.
  g.fillRect(from, ROWS.band, Math.max(1, to - from - 1), ROWS.bandHeight);
  g.globalAlpha = 1;
  const room = Math.min(to, width - BUTTONS) - from;
  const label = room > 20 ? phase.labels.find((text) => g.measureText(text).width + 8 < room) : undefined;
  if (!label) return;
  g.textAlign = "left";
  g.fillStyle = colours.dim;
  g.fillText(label, from, ROWS.label);
}

function paintMarks(g: CanvasRenderingContext2D, { scale, whole, bins, colours }: Picture, ratio: number): void {
  const columns = bins.columns;
  if (columns === 0) return;
  const pitch = scale.width / columns;
  const single = whole !== null && bins.frames * SPARSE < columns;
  const wide = Math.max(1, Math.round((single ? 3 : 1.5) * ratio)) / ratio;
  const room = ROWS.base - ROWS.top - 2;
  const snap = (x: number): number => Math.round(x * ratio) / ratio;
  const place = (i: number): number => snap(scale.left + i * pitch);
  const bottoms = new Float32Array(columns);
  const sums = new Float32Array(columns);
  for (const heights of bins.heights) for (let i = 0; i < columns; i++) sums[i] = (sums[i] ?? 0) + (heights[i] ?? 0);
  g.globalAlpha = 0.88;
  for (const [row, heights] of bins.heights.entries()) {
    g.fillStyle = colours[ROW_COLOURS[row] ?? "meta"];
    for (let i = 0; i < columns; i++) {
      const amount = heights[i] ?? 0;
      if (amount === 0) continue;
      const sum = sums[i] ?? amount;
      // A column is as tall as its sum allows, and its channels share that height.
      const height = (room * heightOf(sum, bins.peak) * amount) / sum;
      const bottom = bottoms[i] ?? 0;
      // Neighbours meet and do not overlap: a dense stretch is one field without stripes.
      const free = sums[i + 1] ? place(i + 1) - place(i) : wide;
      g.fillRect(place(i), ROWS.base - bottom - height, Math.min(wide, free), height);
      bottoms[i] = bottom + height;
    }
  }
  // An error is as tall as the row allows, whatever it weighs.
  const errors = bins.heights[STACK.length - 1];
  g.globalAlpha = 1;
  g.fillStyle = colours.bad;
  for (let i = 0; i < columns; i++) {
    if ((errors?.[i] ?? 0) > 0) g.fillRect(place(i), ROWS.top, 2, room + 2);
    const tick = bins.ticks[i] ?? 0;
    if (tick === Tick.none) continue;
    g.fillStyle = tick === Tick.ignored ? colours.warn : colours.meta;
    g.fillRect(place(i), ROWS.quiet, wide, tick === Tick.ignored ? 6 : 4);
    g.fillStyle = colours.bad;
  }
}

/** Share of the room that a column takes, 0 to 1: logarithmic, so that a single character is seen beside a thousand. */
export function heightOf(sum: number, peak: number): number {
  return sum <= 0 ? 0 : Math.max(0.12, Math.min(1, Math.log1p(sum) / Math.log1p(peak)));
}

function paintCursors(g: CanvasRenderingContext2D, { scale, colours, now, live, selected, hover }: Picture, ratio: number): void {
  const x = Math.round(scale.x(now) * ratio) / ratio;
  g.fillStyle = live ? colours.fg : colours.faint;
  g.fillRect(x, ROWS.band - 4, 1, ROWS.base - ROWS.band + 9);
  if (live) {
    g.beginPath();
    g.arc(x + 0.5, ROWS.band - 5, 2.5, 0, Math.PI * 2);
    g.fill();
  }
  if (hover !== null) {
    g.fillStyle = colours.fg;
    g.globalAlpha = 0.35;
    g.fillRect(Math.round(scale.x(hover)), ROWS.top - 2, 1, ROWS.base - ROWS.top + 8);
    g.globalAlpha = 1;
  }
  if (selected !== null) {
    g.strokeStyle = colours.accent;
    g.lineWidth = 1.5;
    g.beginPath();
    g.roundRect(scale.x(selected) - 3.25, ROWS.top - 3.25, 8, ROWS.base - ROWS.top + 10.5, 3);
    g.stroke();
  }
}
