/**
 * What the timeline paints, counted per pixel column, so that a frame of the animation costs the width of the picture and not the
 * length of the stream: new frames are added to their column, and only a new scale counts again from the beginning.
 */

import { Channel, Kind } from "../protocol";
import type { Lane } from "../store";
import type { Scale } from "./timeline-scale";

/** The rows of a column, from the bottom up. */
export const STACK = [Channel.text, Channel.reasoning, Channel.tool, Channel.refusal, Channel.step, Channel.error] as const;

/** A stretch of content of one channel: a phase of the band above the marks. */
export interface Stretch {
  channel: number;
  from: number;
  to: number;
}

const ROW_OF_CHANNEL = new Int8Array(16).fill(-1);
for (const [row, channel] of STACK.entries()) ROW_OF_CHANNEL[channel] = row;

/** Small ticks at the base. */
export const Tick = { none: 0, quiet: 1, ignored: 2 } as const;

/** Characters that each frame added, by frame, kept in step with the parts of a lane. */
export class Lengths {
  #values = new Float32Array(256);
  #done: number[] = [];
  #versions: number[] = [];

  /** Add the pieces that are new. */
  advance(lane: Lane): void {
    for (const [index, part] of lane.parts.entries()) {
      if (this.#versions[index] !== part.version) {
        this.#versions[index] = part.version;
        this.#done[index] = 0; // the text was replaced; what earlier frames had added stays counted
      }
      for (let i = this.#done[index] ?? 0; i < part.length; i++) {
        const piece = part.piece(i);
        this.#reserve(piece.frame);
        this.#values[piece.frame] = Math.max(this.#values[piece.frame] ?? 0, piece.end - piece.start);
      }
      this.#done[index] = part.length;
    }
  }

  of(frame: number): number {
    return this.#values[frame] ?? 0;
  }

  #reserve(frame: number): void {
    if (frame < this.#values.length) return;
    const next = new Float32Array(Math.max(frame + 1, this.#values.length * 2));
    next.set(this.#values);
    this.#values = next;
  }
}

export class Bins {
  #frames = 0;
  #scale: Scale | null = null;
  #last = -1;
  /** Characters per column and row: `heights[row][column]`. */
  heights: Float32Array[] = [];
  /** One of `Tick` per column. */
  ticks = new Uint8Array(0);
  /** Largest sum of a column, rounded up to a power of two (the height of the picture must not tremble). */
  peak = 16;
  stretches: Stretch[] = [];
  columns = 0;

  /**
   * Count the frames that are new, or all of them if the scale or the number of columns is another one.
   *
   * @param columns pixel columns over the width of the scale
   * @param limit frames from this index on are not counted
   */
  advance(lane: Lane, lengths: Lengths, scale: Scale, columns: number, limit: number): void {
    if (!scale.same(this.#scale) || columns !== this.columns || limit < this.#frames) this.#restart(scale, columns);
    const table = lane.columns;
    const perSecond = columns / scale.end;
    for (let frame = this.#frames; frame < limit; frame++) {
      const time = table.time(frame);
      const column = Math.min(columns - 1, Math.max(0, Math.floor(time * perSecond)));
      const channel = table.channel(frame);
      const kind = table.kind(frame);
      const row = ROW_OF_CHANNEL[channel] ?? -1;
      if (row >= 0) {
        // A fragment of one character still needs a mark that can be seen; structure without text counts as a few.
        this.#add(row, column, 2 + (lengths.of(frame) || 2));
        this.#stretch(channel, time);
      } else {
        const tick = kind === Kind.ignored || kind === Kind.tail ? Tick.ignored : Tick.quiet;
        if (tick > (this.ticks[column] ?? 0)) this.ticks[column] = tick;
      }
    }
    this.#frames = Math.max(this.#frames, limit);
  }

  #add(row: number, column: number, amount: number): void {
    const heights = this.heights[row];
    if (!heights) return;
    heights[column] = (heights[column] ?? 0) + amount;
    let sum = 0;
    for (const each of this.heights) sum += each[column] ?? 0;
    while (sum > this.peak) this.peak *= 2;
  }

  #stretch(channel: number, time: number): void {
    const stretch = this.stretches[this.#last];
    if (stretch && stretch.channel === channel) {
      stretch.to = time;
      return;
    }
    if (stretch) stretch.to = time;
    this.#last = this.stretches.push({ channel, from: time, to: time }) - 1;
  }

  #restart(scale: Scale, columns: number): void {
    this.#scale = scale;
    this.columns = columns;
    this.#frames = 0;
    this.#last = -1;
    this.heights = STACK.map(() => new Float32Array(columns));
    this.ticks = new Uint8Array(columns);
    this.peak = 16;
    this.stretches = [];
  }
}
