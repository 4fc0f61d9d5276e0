/**
 * What the timeline and the charts count of a lane, as running sums by frame: any stretch of time costs two look-ups, whatever its
 * length, and a new frame costs itself. So zooming, panning and spans are as quick in 100,000 events as in 100.
 */

import { grown } from "../columns";
import { Channel, Kind } from "../protocol";
import type { Lane, Part } from "../store";

/** The rows of a column of the picture, from the bottom up. */
export const STACK = [Channel.text, Channel.reasoning, Channel.tool, Channel.refusal, Channel.step, Channel.error] as const;
/** Rows of the sums behind those of `STACK`. */
const QUIET = STACK.length;
const IGNORED = QUIET + 1;
const CHARACTERS = QUIET + 2;
const PIECES = QUIET + 3;
const ROWS = QUIET + 4;

const ROW_OF_CHANNEL = new Int8Array(16).fill(-1);
for (const [row, channel] of STACK.entries()) ROW_OF_CHANNEL[channel] = row;

/** A stretch of content of one channel: a phase of the band above the marks. */
export interface Stretch {
  channel: number;
  from: number;
  to: number;
}

/** Whether a channel carries what a model generates; these are the events whose gaps are counted, as in `metrics.py`. */
export function isContent(channel: number): boolean {
  return channel >= Channel.text && channel <= Channel.refusal;
}

/** How far a part has been read. */
interface Read {
  pieces: number;
  version: number;
  last: number;
}

/** The running sums of one lane. */
export class Track {
  stretches: Stretch[] = [];
  #count = 0;
  #capacity = 256;
  #added = new Uint32Array(256);
  /** Of each row that was ever needed: the sum over all frames before this one. */
  #sums: (Uint32Array | null)[] = new Array(ROWS).fill(null);
  #bytes = new Float64Array(257);
  #read = new Map<Part, Read>();
  /** Leading parts that are closed and read: of a thousand tool calls all but the last few are. */
  #settled = 0;

  /** Frames that are counted. */
  get count(): number {
    return this.#count;
  }

  /** Count what is new. */
  advance(lane: Lane): void {
    const head = lane.head;
    let from = this.#count;
    this.#reserve(head);
    for (let i = this.#settled; i < lane.parts.length; i++) {
      const part = lane.parts[i] as Part;
      from = Math.min(from, this.#measure(part, head));
      if (i === this.#settled && part.closed && this.#read.get(part)?.pieces === part.length) {
        this.#settled++;
        this.#read.delete(part);
      }
    }
    const table = lane.columns;
    for (let frame = from; frame < head; frame++) {
      const channel = table.channel(frame);
      const added = this.#added[frame] ?? 0;
      const row = ROW_OF_CHANNEL[channel] ?? -1;
      const kind = table.kind(frame);
      // A fragment of one character still needs a mark that can be seen; structure without text counts as a few.
      const weighed = row >= 0 ? row : kind === Kind.ignored || kind === Kind.tail ? IGNORED : QUIET;
      this.#sum(CHARACTERS, frame, added);
      this.#sum(PIECES, frame, isContent(channel) ? 1 : 0);
      for (let each = 0; each <= IGNORED; each++) this.#sum(each, frame, each === weighed ? (row >= 0 ? 2 + (added || 2) : 1) : 0);
      this.#bytes[frame + 1] = (this.#bytes[frame] ?? 0) + table.size(frame);
      if (row >= 0 && frame >= this.#count) this.#stretch(channel, table.time(frame));
    }
    this.#count = head;
  }

  /** Weight of a row of `STACK` in the frames from `a` to before `b`. */
  weight(row: number, a: number, b: number): number {
    return this.#between(row, a, b);
  }

  /** Frames from `a` to before `b` that add nothing, and ignored lines among them. */
  quiet(a: number, b: number): { quiet: number; ignored: number } {
    return { quiet: this.#between(QUIET, a, b), ignored: this.#between(IGNORED, a, b) };
  }

  /** Characters that the frames from `a` to before `b` added. */
  characters(a: number, b: number): number {
    return this.#between(CHARACTERS, a, b);
  }

  /** Frames from `a` to before `b` that bring content. */
  pieces(a: number, b: number): number {
    return this.#between(PIECES, a, b);
  }

  /** Bytes of the frames from `a` to before `b`. */
  bytes(a: number, b: number): number {
    return (this.#bytes[b] ?? 0) - (this.#bytes[a] ?? 0);
  }

  /** Whether a row of `STACK` has anything at all. */
  has(row: number): boolean {
    return this.#sums[row] !== null;
  }

  #between(row: number, a: number, b: number): number {
    const sums = this.#sums[row];
    return sums ? (sums[b] ?? 0) - (sums[a] ?? 0) : 0;
  }

  /** Read a part's new pieces; gives the first frame among them, which may be one that was counted before its text came. */
  #measure(part: Part, head: number): number {
    const pieces = part.piecesAt();
    let read = this.#read.get(part);
    if (!read) {
      read = { pieces: 0, version: part.version, last: -1 };
      this.#read.set(part, read);
    }
    // Text was replaced: what earlier frames had added stays counted, and what stands in its place is behind them.
    if (read.version !== part.version) read.pieces = pieces.firstFrom(read.last + 1);
    read.version = part.version;
    let first = head;
    for (let i = read.pieces; i < pieces.length; i++) {
      const frame = pieces.frame(i);
      if (frame >= head) break; // of a frame that never came
      this.#added[frame] = (this.#added[frame] ?? 0) + pieces.end(i) - pieces.start(i);
      first = Math.min(first, frame);
      read.last = frame;
      read.pieces = i + 1;
    }
    return first;
  }

  #sum(row: number, frame: number, amount: number): void {
    let sums = this.#sums[row];
    if (!sums) {
      if (amount === 0) return;
      sums = this.#sums[row] = new Uint32Array(this.#capacity + 1);
    }
    sums[frame + 1] = (sums[frame] ?? 0) + amount;
  }

  #stretch(channel: number, time: number): void {
    const stretch = this.stretches[this.stretches.length - 1];
    if (stretch) stretch.to = time;
    if (stretch?.channel !== channel) this.stretches.push({ channel, from: time, to: time });
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return;
    this.#capacity = Math.max(count, this.#capacity * 2);
    this.#added = grown(this.#added, new Uint32Array(this.#capacity));
    this.#bytes = grown(this.#bytes, new Float64Array(this.#capacity + 1));
    this.#sums = this.#sums.map((sums) => sums && grown(sums, new Uint32Array(this.#capacity + 1)));
  }
}

const tracks = new WeakMap<Lane, { epoch: number; track: Track }>();

/** The running sums of a lane, up to now; one for all panes. */
export function trackOf(lane: Lane): Track {
  let known = tracks.get(lane);
  if (known?.epoch !== lane.epoch) {
    known = { epoch: lane.epoch, track: new Track() };
    tracks.set(lane, known);
  }
  known.track.advance(lane);
  return known.track;
}
