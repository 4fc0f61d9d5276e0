/** A small chart on a canvas: bars over a logarithmic or a time axis, with lines and labels. Knows nothing of streams. */

import type { Colours } from "../panes/timeline-paint";

/** CSS pixels of a chart, its margins, and of the room above the axis. */
export const CHART = { height: 92, left: 4, right: 4, top: 14, base: 74 } as const;

/** A line across (by its height) or down (by its place), with words at its end. */
export interface Mark {
  at: number;
  label: string;
}
export interface Chart {
  /** Height of each bar; the tallest fills the room. */
  bars: ArrayLike<number>;
  colour: keyof Colours;
  /** Words under the axis, at a place between 0 (left) and the number of bars. */
  ticks: Mark[];
  /** Lines down, at a place among the bars. */
  downs: Mark[];
  /** A line across, in the bars' unit; null: none. */
  across: Mark | null;
  /** Bar under the pointer; -1: none. */
  hover: number;
}

export function paintChart(g: CanvasRenderingContext2D, width: number, ratio: number, chart: Chart, colours: Colours, font: string): void {
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, CHART.height);
  g.font = font;
  g.textBaseline = "alphabetic";
  const { bars } = chart;
  const inner = width - CHART.left - CHART.right;
  const pitch = inner / Math.max(1, bars.length);
  const room = CHART.base - CHART.top;
  let most = chart.across ? chart.across.at * 1.15 : 0;
  for (let i = 0; i < bars.length; i++) most = Math.max(most, bars[i] ?? 0);
  const snap = (x: number): number => Math.round(x * ratio) / ratio;
  const place = (at: number): number => CHART.left + at * pitch;

  g.fillStyle = colours[chart.colour];
  for (let i = 0; i < bars.length; i++) {
    const value = bars[i] ?? 0;
    if (value <= 0 || most <= 0) continue;
    // A single one among thousands is still to be seen.
    const height = Math.max(1.5, (room * value) / most);
    const from = snap(place(i));
    const gap = pitch > 4 ? 1 : 0;
    g.globalAlpha = chart.hover < 0 || chart.hover === i ? 0.88 : 0.45;
    g.fillRect(from, CHART.base - height, Math.max(1 / ratio, snap(place(i + 1)) - from - gap), height);
  }
  g.globalAlpha = 1;
  g.fillStyle = colours.faint;
  g.fillRect(CHART.left, CHART.base, inner, 1);
  g.fillStyle = colours.dim;
  g.textAlign = "center";
  for (const { at, label } of chart.ticks) {
    const x = place(at);
    const half = g.measureText(label).width / 2;
    g.fillRect(snap(x), CHART.base, 1, 3);
    g.fillText(label, Math.min(Math.max(x, half + 2), width - half - 2), CHART.base + 14);
  }
  for (const mark of chart.downs) paintDown(g, place(mark.at), mark.label, width, colours);
  if (chart.across && most > 0) paintAcross(g, CHART.base - (room * chart.across.at) / most, chart.across.label, width, colours);
}

function paintDown(g: CanvasRenderingContext2D, x: number, label: string, width: number, colours: Colours): void {
  g.fillStyle = colours.fg;
  g.fillRect(Math.round(x), CHART.top - 12, 1, CHART.base - CHART.top + 12);
  const room = g.measureText(label).width + 5;
  const right = x + room < width;
  g.textAlign = right ? "left" : "right";
  paper(g, label, right ? x + 4 : x - 4, CHART.top - 4, colours);
}

function paintAcross(g: CanvasRenderingContext2D, y: number, label: string, width: number, colours: Colours): void {
  g.strokeStyle = colours["warn-ink"];
  g.lineWidth = 1;
  g.setLineDash([4, 3]);
  g.beginPath();
  g.moveTo(CHART.left, Math.round(y) + 0.5);
  g.lineTo(width - CHART.right, Math.round(y) + 0.5);
  g.stroke();
  // Above the bars, with a piece of the line before it: on them it could not be read.
  const end = width - CHART.right - 2;
  const begin = end - g.measureText(label).width - 26;
  g.beginPath();
  g.moveTo(begin, CHART.top - 7.5);
  g.lineTo(begin + 20, CHART.top - 7.5);
  g.stroke();
  g.setLineDash([]);
  g.textAlign = "right";
  paper(g, label, end, CHART.top - 4, { ...colours, fg: colours["warn-ink"] });
}

/** Words with a rim of the ground's colour, so that bars behind them do not eat them. */
function paper(g: CanvasRenderingContext2D, text: string, x: number, y: number, colours: Colours): void {
  g.lineJoin = "round";
  g.lineWidth = 3;
  g.strokeStyle = colours.bg;
  g.strokeText(text, x, y);
  g.fillStyle = colours.fg;
  g.fillText(text, x, y);
}
