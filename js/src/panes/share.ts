/**
 * How much text one frame takes in. The first words are shown at once and the rest grows with what frames turn out to have room for, so
 * that neither a long text that was there before it was seen nor one that is slow to lay out holds up the page.
 */

import { afterDraws } from "../frame";

/** Milliseconds that drawing text, laid out, may take in a frame. */
const ROOM = 32;
/** Characters of the first frame, and the fewest and the most of a later one. */
const FIRST = 1024;
const LEAST = 4096;
const MOST = 65_536;
/** From one frame to the next it becomes at most so many times as much. */
const GROWTH = 4;

export interface Share {
  /** Characters that this frame still takes in. */
  left: number;
}

/** For a view that is drawn by itself. */
export const ALL: Share = { left: Number.POSITIVE_INFINITY };

/** The share of one pane: `begin` before all its texts are drawn; what that cost is seen once they are laid out. */
export class PaneShare implements Share {
  left = FIRST;
  #next = FIRST;
  #begun = false;

  /** May be called several times a frame. layOut: asks for a size, so that layout is done. */
  begin(layOut: () => void): void {
    if (this.#begun) return;
    this.#begun = true;
    const begun = performance.now();
    this.left = this.#next;
    afterDraws(() => {
      this.#begun = false;
      const taken = this.#next - this.left;
      if (taken === 0) return;
      if (this.left <= 0) layOut();
      const fits = (taken * ROOM) / Math.max(1, performance.now() - begun);
      // Of a little text it is not known what much of it would cost.
      if (this.left <= 0 || fits < this.#next) this.#next = Math.round(Math.min(Math.max(fits, LEAST), this.#next * GROWTH, MOST));
    });
  }
}
