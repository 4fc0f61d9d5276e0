/** The fragments of a lane in the order in which they came, over all its parts. Pure. */

import type { Lane, Part } from "../store";

export interface Fragment {
  part: Part;
  frame: number;
  text: string;
  /** Seconds since the fragment before it, whatever part that belonged to; 0 for the first. */
  gap: number;
}

/** Seconds from which a gap is tinted one step more. */
export const GAP_STEPS = [0.1, 0.3, 1] as const;

/** 0: no tint, 3: the strongest. The scale is absolute, so a tint means the same in every stream. */
export function gapLevel(gap: number): number {
  let level = 0;
  for (const step of GAP_STEPS) if (gap >= step) level++;
  return level;
}

/** Reads what is new. When text was taken back, `take` says so and everything has to be read again. */
export class FragmentReader {
  #read = new Map<Part, { pieces: number; version: number }>();
  #lastTime: number | null = null;
  #epoch = -1;
  #upTo = -1;

  /**
   * The fragments that came since the last call, in order.
   *
   * @param upTo frame index up to which fragments are read
   * @returns null: what was read before is wrong; call `restart` and read again
   */
  take(lane: Lane, upTo: number): Fragment[] | null {
    if (this.#epoch !== lane.epoch || upTo < this.#upTo) {
      if (this.#upTo >= 0) return null;
      this.#epoch = lane.epoch;
    }
    const at = lane.instant;
    const found: Fragment[] = [];
    for (const part of lane.parts) {
      let read = this.#read.get(part);
      const version = part.versionAt(at);
      if (read && read.version !== version) return null;
      if (!read) {
        read = { pieces: 0, version };
        this.#read.set(part, read);
      }
      const pieces = part.piecesAt(at);
      const count = pieces.countUpTo(upTo);
      for (let i = read.pieces; i < count; i++) found.push({ part, frame: pieces.frame(i), text: pieces.text(i), gap: 0 });
      read.pieces = Math.max(read.pieces, count);
    }
    found.sort((a, b) => a.frame - b.frame || a.part.number - b.part.number);
    for (const fragment of found) {
      const time = lane.columns.time(fragment.frame);
      fragment.gap = this.#lastTime === null ? 0 : Math.max(0, time - this.#lastTime);
      this.#lastTime = time;
    }
    this.#upTo = upTo;
    return found;
  }

  /**
   * Go back: what came after this frame is to be read again when its time comes.
   *
   * @returns false: what stays is not what was read before; call `restart`
   */
  rewind(lane: Lane, upTo: number, lastTime: number): boolean {
    if (this.#epoch !== lane.epoch) return false;
    for (const [part, read] of this.#read) {
      if (part.versionAt(upTo) !== read.version) return false;
      read.pieces = Math.min(read.pieces, part.piecesAt(upTo).countUpTo(upTo));
    }
    this.#lastTime = lastTime;
    this.#upTo = upTo;
    return true;
  }

  restart(): void {
    this.#read.clear();
    this.#lastTime = null;
    this.#epoch = -1;
    this.#upTo = -1;
  }
}
