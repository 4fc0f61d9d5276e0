/** The strip of one lane: its events on the clock of all. It costs the width of the picture, and not the length of the stream. */

import { Bins } from "../panes/timeline-bins";
import { phases } from "../panes/timeline-model";
import type { Colours } from "../panes/timeline-paint";
import { Scale, ticks } from "../panes/timeline-scale";
import { STACK, Track } from "../panes/timeline-track";
import type { Lane } from "../store";

/** CSS pixels from the top of a strip. */
export const STRIP = { height: 30, band: 4, bandHeight: 3, top: 10, base: 26 } as const;
/** CSS pixels of a column. */
const COLUMN = 2;
const ROW_COLOURS: (keyof Colours)[] = ["text", "think", "tool", "bad", "tool", "bad"];

export class Strip {
  readonly #bins = new Bins();
  #track = new Track();
  #epoch = -1;
  #painted: unknown[] = [];
  #sized = "";

  /**
   * @param scale the session's seconds on CSS pixels
   * @param elapsed seconds since the lane's request, or its whole duration
   */
  draw(canvas: HTMLCanvasElement, lane: Lane, scale: Scale, elapsed: number, colours: Colours): void {
    const live = !lane.finished;
    const key = [lane.id, lane.epoch, lane.head, scale, live && Math.round(elapsed / scale.pixel), lane.state.status, colours];
    if (key.every((value, i) => value === this.#painted[i])) return;
    this.#painted = key;
    const g = canvas.getContext("2d");
    if (!g || scale.width < 20) return;
    if (this.#epoch !== lane.epoch) {
      this.#epoch = lane.epoch;
      this.#track = new Track();
    }
    this.#track.advance(lane);
    const { start } = lane.state;
    const own = new Scale(scale.end - start, 0, scale.width, scale.start - start);
    this.#bins.count(this.#track, lane.columns, own, Math.max(1, Math.floor(scale.width / COLUMN)));
    this.#size(canvas, scale.width);
    const ratio = canvas.width / scale.width;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, scale.width, STRIP.height);
    this.#paint(g, lane, own, scale, elapsed, live, colours);
  }

  #size(canvas: HTMLCanvasElement, width: number): void {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const sized = `${width} ${ratio}`;
    if (sized === this.#sized) return;
    this.#sized = sized;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(STRIP.height * ratio);
  }

  #paint(g: CanvasRenderingContext2D, lane: Lane, own: Scale, all: Scale, elapsed: number, live: boolean, colours: Colours): void {
    g.fillStyle = colours.line;
    for (const at of ticks(all.end - all.start, all.width)) g.fillRect(Math.round(all.x(all.start + at)), 0, 1, STRIP.height);
    const end = own.x(elapsed);
    g.fillStyle = colours.faint;
    g.globalAlpha = 0.5;
    g.fillRect(own.x(0), STRIP.base, Math.max(1, end - own.x(0)), 1);
    for (const phase of phases(lane.state.metrics, this.#track.stretches, elapsed, live, own)) {
      g.globalAlpha = phase.alpha;
      g.fillStyle = colours[phase.colour];
      const from = own.x(phase.from);
      g.fillRect(from, STRIP.band, Math.max(1, own.x(phase.to) - from - 1), STRIP.bandHeight);
    }
    this.#marks(g, own, colours);
    if (!live) {
      g.globalAlpha = 1;
      g.fillStyle = lane.state.status === "failed" ? colours.bad : lane.state.status === "cut off" ? colours.warn : colours.faint;
      g.fillRect(Math.min(all.width - 2, end), STRIP.band, 2, STRIP.base - STRIP.band + 1);
    }
    g.globalAlpha = 1;
  }

  #marks(g: CanvasRenderingContext2D, own: Scale, colours: Colours): void {
    const { heights, columns, peak } = this.#bins;
    const step = own.width / columns;
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const row of heights) sum += row[column] ?? 0;
      if (sum === 0) continue;
      // The square root: or one burst would flatten all the rest.
      const tall = Math.max(5, (STRIP.base - STRIP.top) * Math.sqrt(sum / peak));
      let y = STRIP.base;
      g.globalAlpha = 0.92;
      for (let row = 0; row < STACK.length; row++) {
        const part = ((heights[row]?.[column] ?? 0) / sum) * tall;
        if (part === 0) continue;
        g.fillStyle = colours[ROW_COLOURS[row] as keyof Colours];
        g.fillRect(column * step, y - part, Math.max(1, step - 0.5), part);
        y -= part;
      }
    }
  }
}
