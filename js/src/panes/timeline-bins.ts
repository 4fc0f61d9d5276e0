/** What the timeline paints, a pixel column at a time: it costs the width of the picture, and not the length of the stream. */

import type { Columns } from "../columns";
import type { Scale } from "./timeline-scale";
import { STACK, type Track } from "./timeline-track";

/** Small ticks at the base. */
export const Tick = { none: 0, quiet: 1, ignored: 2 } as const;

export class Bins {
  /** Weight per column and row: `heights[row][column]`. */
  heights: Float32Array[] = [];
  /** One of `Tick` per column. */
  ticks = new Uint8Array(0);
  /** Largest sum of a column, rounded up to a power of two. It only grows while the scale stays or moves: the picture must not tremble. */
  peak = 16;
  columns = 0;
  /** Frames in the picture. */
  frames = 0;
  #span = 0;

  /**
   * Count the frames of each pixel column.
   *
   * @param columns pixel columns over the width of the scale
   */
  count(track: Track, table: Columns, scale: Scale, columns: number): void {
    if (columns !== this.columns) {
      this.columns = columns;
      this.heights = STACK.map(() => new Float32Array(columns));
      this.ticks = new Uint8Array(columns);
    }
    const span = scale.end - scale.start;
    // A window that moves by a pixel has the same length but for the noise of its ends.
    if (Math.abs(span - this.#span) > span * 1e-6) this.peak = 16;
    this.#span = span;
    const head = track.count;
    const rows = STACK.map((_, row) => row).filter((row) => track.has(row));
    for (const heights of this.heights) heights.fill(0);
    const first = table.firstAtOrAfter(scale.start);
    let from = first;
    for (let column = 0; column < columns; column++) {
      // What stands exactly at the right edge belongs to the last column.
      const edge = column === columns - 1 ? scale.end * (1 + 1e-12) + 1e-12 : scale.start + ((column + 1) * span) / columns;
      const to = Math.min(head, from < head && table.time(from) >= edge ? from : table.firstAtOrAfter(edge));
      let sum = 0;
      if (to > from) {
        for (const row of rows) {
          const weight = track.weight(row, from, to);
          (this.heights[row] as Float32Array)[column] = weight;
          sum += weight;
        }
        const { quiet, ignored } = track.quiet(from, to);
        this.ticks[column] = ignored > 0 ? Tick.ignored : quiet > 0 ? Tick.quiet : Tick.none;
        from = to;
      } else this.ticks[column] = Tick.none;
      while (sum > this.peak) this.peak *= 2;
    }
    this.frames = from - first;
  }
}
