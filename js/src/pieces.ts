/** Fragments of a text in the order in which they came. */

import { grown, lowerBound } from "./columns";

/** A fragment: which frame brought it and where it stands in the part's text, in UTF-16 code units, `end` exclusive. */
export interface Piece {
  frame: number;
  start: number;
  end: number;
}

/**
 * Fragments in order, each kept as it came; between two of them may stand the part's `join`.
 *
 * Text is never grown by `+=` per fragment and read back, since reading flattens the whole of it: that is quadratic. The whole is
 * joined when someone asks for it, and `tail` joins only what is new.
 */
export class Pieces {
  #length = 0;
  #texts: string[] = [];
  #frames = new Uint32Array(16);
  #starts = new Uint32Array(16);
  #ends = new Uint32Array(16);
  #joined = "";
  #joinedPieces = 0;

  constructor(readonly join = "") {}

  get length(): number {
    return this.#length;
  }

  /** Length of the text in UTF-16 code units. */
  get size(): number {
    return this.end(this.#length - 1);
  }

  frame(i: number): number {
    return this.#frames[i] ?? -1;
  }

  start(i: number): number {
    return i < this.#length ? (this.#starts[i] ?? 0) : this.size;
  }

  end(i: number): number {
    return i < this.#length ? (this.#ends[i] ?? 0) : this.size;
  }

  /** The fragment itself, without any `join`. */
  text(i: number): string {
    return this.#texts[i] ?? "";
  }

  /** The first `count` pieces as one text. The whole is remembered; a shorter one is a slice of it. */
  merged(count = this.#length): string {
    if (this.#joinedPieces < this.#length) {
      this.#joined += this.#between(this.#joinedPieces, this.#length);
      this.#joinedPieces = this.#length;
    }
    return count >= this.#length ? this.#joined : this.#joined.slice(0, this.end(count - 1));
  }

  /** The text from `offset` (UTF-16 code units) on, at a cost that depends on its own length alone. */
  tail(offset: number, count = this.#length): string {
    const end = this.end(count - 1);
    if (offset <= 0) return this.merged(count);
    if (offset >= end) return "";
    const first = this.at(offset);
    const gapBefore = first > 0 ? this.end(first - 1) : 0;
    return this.#between(first, count).slice(offset - gapBefore);
  }

  /** Index of the piece that holds this offset (a `join` belongs to the piece after it); -1 if there is none. */
  at(offset: number): number {
    if (offset < 0 || offset >= this.size) return -1;
    return lowerBound(this.#ends, this.#length, offset + 1);
  }

  /** How many pieces came up to and including this frame; of an instant inside a frame (12.4) the pieces of whole frames. */
  countUpTo(frame: number): number {
    return lowerBound(this.#frames, this.#length, Math.floor(frame) + 1);
  }

  /** Index of the first piece of this frame or a later one; `length` if there is none. */
  firstFrom(frame: number): number {
    return lowerBound(this.#frames, this.#length, frame);
  }

  /** Append a fragment, after the `join` unless it is the first (`glued`: without). Empty ones are not pieces. */
  push(frame: number, text: string, glued = false): void {
    if (text === "") return;
    const i = this.#length;
    if (i === this.#frames.length) {
      this.#frames = grown(this.#frames, new Uint32Array(i * 2));
      this.#starts = grown(this.#starts, new Uint32Array(i * 2));
      this.#ends = grown(this.#ends, new Uint32Array(i * 2));
    }
    const start = this.size + (i > 0 && !glued ? this.join.length : 0);
    this.#texts.push(text);
    this.#frames[i] = frame;
    this.#starts[i] = start;
    this.#ends[i] = start + text.length;
    this.#length = i + 1;
  }

  /** Take away the pieces from `count` on, and give them as records that `restore` understands. */
  cut(count: number): Removed[] {
    const removed: Removed[] = [];
    for (let i = count; i < this.#length; i++) {
      removed.push({ frame: this.frame(i), text: this.text(i), glued: this.start(i) === this.end(i - 1) });
    }
    this.#texts.length = count;
    this.#length = count;
    if (this.#joinedPieces > count) {
      this.#joined = this.#joined.slice(0, this.size);
      this.#joinedPieces = count;
    }
    return removed;
  }

  /** A copy of the first `count` pieces. */
  copy(count: number): Pieces {
    const copy = new Pieces(this.join);
    for (let i = 0; i < count; i++) copy.push(this.frame(i), this.text(i), i === 0 || this.start(i) === this.end(i - 1));
    return copy;
  }

  #between(first: number, count: number): string {
    if (this.join === "") return this.#texts.slice(first, count).join("");
    let text = "";
    for (let i = first; i < count; i++) {
      if (i > 0 && this.start(i) > this.end(i - 1)) text += this.join;
      text += this.#texts[i];
    }
    return text;
  }
}

/** A piece that was taken away; `glued`: no `join` stood before it. */
export interface Removed {
  frame: number;
  text: string;
  glued: boolean;
}
