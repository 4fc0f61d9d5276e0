/** What the page adds: from when something is due until it is painted. */

import { median } from "./theatre-model";
import type { Measured } from "./theatre-table";

/** Frames without anything new after which a whole answer counts as painted: a long one is laid out over several. */
const STILL = 3;
/** Seconds of the page's clock. */
const now = (): number => performance.now() / 1000;

export class Gauge {
  readonly measured: Measured = { stream: null, block: null };
  #lags: number[] = [];
  #whole: { due: number; size: number; grown: number; still: number } | null = null;

  /** A play begins. */
  begin(): void {
    this.#lags = [];
    this.#whole = null;
  }

  /** Fragments are drawn in this frame that were due at these times (s). */
  fragments(dues: number[]): void {
    const lags = this.#lags;
    afterPaint(() => {
      const painted = now();
      for (const due of dues) lags.push(painted - due);
    });
  }

  /** The whole answer is drawn from this frame on; it was due at this time (s). */
  whole(due: number): void {
    this.#whole = { due, size: -1, grown: 0, still: 0 };
  }

  /** Whether a whole answer is still watched. */
  get busy(): boolean {
    return this.#whole !== null;
  }

  /** Look, once a frame, how much of it stands there. True when it is all there: then `measured` is new. */
  watch(size: number): boolean {
    const whole = this.#whole;
    if (!whole) return false;
    if (size !== whole.size) {
      whole.size = size;
      whole.still = 0;
      afterPaint(() => {
        whole.grown = now();
      });
      return false;
    }
    if (++whole.still < STILL || whole.grown === 0) return false;
    this.#whole = null;
    this.measured.block = whole.grown - whole.due;
    this.measured.stream = median(this.#lags);
    return true;
  }
}

/** Call after the next paint: a message that is sent in a frame comes after it. */
function afterPaint(then: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    then();
  };
  requestAnimationFrame(() => port2.postMessage(null));
}
