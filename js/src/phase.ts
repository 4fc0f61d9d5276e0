/**
 * When this page's frames are, by the kernel's clock: what is sent right before one does not wait for the next.
 *
 * Of each batch it is known when the kernel made it and how long it lay here until a frame came. Both together, modulo a frame, are an
 * instant at which sending would just have been in time. They differ, since some batches take longer than others; the one is told, with
 * an acknowledgement, that most would have been in time with.
 */

/** Milliseconds between two frames; see `phase.py` for screens that have others. */
const FRAME = 1000 / 60;
const TURN = (2 * Math.PI) / FRAME;
/** Batches from which on something can be said, and how well they must agree (1: all the same, 0: not at all). */
const ENOUGH = 4;
const AGREED = 0.5;
/** Share of the batches that may come too late. */
const LATE = 0.15;

export class Phase {
  #found: number[] = [];
  #frame: number | null = null;

  /** A batch has come. made: the kernel's clock in it, in milliseconds. */
  arrived(made: number): void {
    if (this.#frame !== null || document.hidden) return;
    const at = performance.now();
    this.#frame = requestAnimationFrame((begun) => {
      this.#frame = null;
      this.#found.push(made + begun - at);
    });
  }

  /** What was found since the last call: milliseconds, from 0 to a frame; null if there is no rhythm. */
  take(): number | null {
    const found = this.#found;
    this.#found = [];
    const [x, y] = [Math.cos, Math.sin].map((part) => found.reduce((sum, at) => sum + part(at * TURN), 0) / found.length) as [
      number,
      number,
    ];
    if (found.length < ENOUGH || Math.hypot(x, y) < AGREED) return null;
    const mean = Math.atan2(y, x) / TURN;
    const apart = found.map((at) => modulo(at - mean + FRAME / 2) - FRAME / 2).sort((a, b) => a - b);
    return Math.round(modulo(mean + (apart[Math.floor(LATE * apart.length)] as number)) * 10) / 10;
  }

  stop(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }
}

function modulo(time: number): number {
  return ((time % FRAME) + FRAME) % FRAME;
}
