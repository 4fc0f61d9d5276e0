/** One part of a response (an answer's text, a thought, a tool call) as the pieces it came in, at its head and at any earlier frame. */

import { type Piece, Pieces, type Removed } from "./pieces";
import type { Fields } from "./protocol";

/** What one replacement took away: enough to go back behind it. */
interface Undo {
  frame: number;
  kept: number;
  removed: Removed[];
}

/** One part of a response. */
export class Part {
  /** Kind-specific facts (a tool call's name and id, a citation's url), as they stand at the head. */
  readonly fields: Fields;
  /** Grows when text that was there was replaced: what a pane has drawn of this part is then wrong. */
  version = 0;
  /** The frame that closed it; null while it is open. */
  closedFrame: number | null = null;
  #pieces: Pieces;
  #undo: Undo[] = [];
  #last: number;
  /** The pieces of an earlier version, kept while someone looks at it; `head` is the version of which it was built. */
  #past: { head: number; version: number; pieces: Pieces } | null = null;

  /**
   * @param number counted from 1 in order of opening
   * @param firstFrame the frame that opened it
   * @param kind one of the part kinds of `deltas.py`
   * @param choice which of several answers it belongs to
   * @param join what stands between two fragments
   */
  constructor(
    readonly number: number,
    readonly firstFrame: number,
    readonly kind: string,
    readonly choice: number,
    readonly join: string,
    fields: Fields,
  ) {
    this.fields = fields;
    this.#pieces = new Pieces(join);
    this.#last = firstFrame;
  }

  get closed(): boolean {
    return this.closedFrame !== null;
  }

  /** Whether it was closed at an instant. */
  closedAt(at?: number): boolean {
    return this.closedFrame !== null && (at === undefined || this.closedFrame <= at);
  }

  /** The last frame that changed it. */
  get lastFrame(): number {
    return this.#last;
  }

  /** Number of pieces. */
  get length(): number {
    return this.#pieces.length;
  }

  /** Length of the text in UTF-16 code units. */
  get size(): number {
    return this.#pieces.size;
  }

  piece(i: number): Piece {
    return { frame: this.#pieces.frame(i), start: this.#pieces.start(i), end: this.#pieces.end(i) };
  }

  /** A fragment exactly as it came, without any `join`. */
  pieceText(i: number): string {
    return this.#pieces.text(i);
  }

  /** The merged text, up to and including frame `at` (default: all of it); 12.4 is up to frame 12 and four tenths of what 13 adds. */
  text(at?: number): string {
    return at === undefined ? this.#pieces.merged() : this.piecesAt(at).merged().slice(0, this.sizeAt(at));
  }

  /** What follows `offset` (UTF-16 code units): for panes that append only what is new. Ask `version` (or `versionAt`) first. */
  tailText(offset: number, at?: number): string {
    if (at === undefined) return this.#pieces.tail(offset);
    const pieces = this.piecesAt(at);
    return pieces.tail(offset, pieces.countUpTo(Math.ceil(at))).slice(0, Math.max(0, this.sizeAt(at) - offset));
  }

  /** Length of the text at an instant, in UTF-16 code units. */
  sizeAt(at?: number): number {
    if (at === undefined) return this.size;
    const pieces = this.piecesAt(at);
    const whole = pieces.end(pieces.countUpTo(at) - 1);
    const within = at - Math.floor(at);
    // A frame that put another text in the place of this one has no half way.
    if (within === 0 || this.versionAt(at) !== this.versionAt(Math.ceil(at))) return whole;
    return wholeCharacter(pieces, whole + Math.round(within * (pieces.end(pieces.countUpTo(Math.ceil(at)) - 1) - whole)));
  }

  /** How much of the text at the head was there at frame `at`, in UTF-16 code units: a measure that only grows, and costs little. */
  reach(at: number): number {
    return this.#pieces.end(this.#pieces.countUpTo(at) - 1);
  }

  /** The pieces as they were at frame `at`; the caller stops at `countUpTo(at)`, since the same object may hold later ones too. */
  piecesAt(at?: number): Pieces {
    const version = this.versionAt(at);
    if (at === undefined || version === this.version) return this.#pieces;
    if (this.#past?.version === version && this.#past.head === this.version) return this.#past.pieces;
    const pieces = this.#pieces.copy(this.#undo[this.#undo.length - 1]?.kept ?? 0);
    for (let i = this.#undo.length - 1; i >= version; i--) {
      const undo = this.#undo[i] as Undo;
      pieces.cut(undo.kept);
      for (const { frame, text, glued } of undo.removed) pieces.push(frame, text, glued);
    }
    this.#past = { head: this.version, version, pieces };
    return pieces;
  }

  /** How many pieces are shown at frame `at`. */
  lengthAt(at?: number): number {
    return at === undefined ? this.length : this.piecesAt(at).countUpTo(at);
  }

  /** The version of the text at frame `at`: how many replacements had happened by then. */
  versionAt(at?: number): number {
    if (at === undefined) return this.version;
    let version = this.version;
    while (version > 0 && (this.#undo[version - 1] as Undo).frame > at) version--;
    return version;
  }

  /** Index of the piece that holds this offset of the text; -1: none. */
  pieceAtOffset(offset: number): number {
    return this.#pieces.at(offset);
  }

  /** Index of the first piece that this frame brought; -1: none. */
  pieceOfFrame(frame: number): number {
    const i = this.#pieces.firstFrom(frame);
    return this.#pieces.frame(i) === frame && i < this.length ? i : -1;
  }

  /** The range of text that this frame brought, in UTF-16 code units; null: none. */
  rangeOfFrame(frame: number): { start: number; end: number } | null {
    const first = this.pieceOfFrame(frame);
    if (first < 0) return null;
    return { start: this.#pieces.start(first), end: this.#pieces.end(this.#pieces.countUpTo(frame) - 1) };
  }

  /** Append a fragment; "" is nothing. */
  append(frame: number, text: string): void {
    if (text === "") return;
    this.#pieces.push(frame, text);
    this.#last = frame;
  }

  /**
   * Put `text` in the place of all that was there.
   *
   * Formats that send the whole text each time mostly repeat it and add a little, so pieces that the new text begins with stay the
   * pieces they were (their frames too), and a text that only continues the old one is an append and no new version.
   */
  replace(frame: number, text: string): void {
    const old = this.#pieces.merged();
    this.#last = frame;
    if (text.startsWith(old)) {
      this.#pieces.push(frame, text.slice(old.length), true);
      return;
    }
    const same = commonPrefix(old, text);
    const kept = this.#pieces.at(same);
    const removed = this.#pieces.cut(kept);
    this.#undo.push({ frame, kept, removed });
    this.#pieces.push(frame, text.slice(this.#pieces.size), true);
    this.version++;
  }

  /** Merge facts. */
  set(frame: number, fields: Fields): void {
    Object.assign(this.fields, fields);
    this.#last = frame;
  }

  close(frame: number): void {
    this.closedFrame ??= frame;
  }
}

/** The same place, or the one before if it lies inside a surrogate pair. */
function wholeCharacter(pieces: Pieces, end: number): number {
  const i = pieces.at(end - 1);
  const code = i < 0 ? 0 : pieces.text(i).charCodeAt(end - 1 - pieces.end(i) + pieces.text(i).length);
  return code >= 0xd800 && code < 0xdc00 ? end - 1 : end;
}

/** Number of UTF-16 code units that both texts begin with. */
function commonPrefix(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  // Halving with startsWith compares memory, where a loop over characters would be many times slower on long texts.
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (a.startsWith(b.slice(low, middle), low)) low = middle;
    else high = middle - 1;
  }
  return low;
}
