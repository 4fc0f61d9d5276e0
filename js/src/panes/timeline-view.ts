/** Which stretch of time the timeline shows: all of it, or a window that a person has zoomed to. Pure. */

import { Scale } from "./timeline-scale";

/** Seconds of the narrowest window: events of a local server are microseconds apart. */
const NARROWEST = 0.0005;
/** Share of the window left free before its right edge while it goes along with a live stream. */
const AHEAD = 0.06;

export class View {
  /** Seconds; null: everything is shown. */
  #window: { start: number; span: number } | null = null;
  /** The window goes along with the live edge, since that was in it when it was chosen. */
  #follows = false;
  #whole = new Scale(1, 0, 1);
  #now = 0;

  /** Whether this is a window and not everything. */
  get zoomed(): boolean {
    return this.#window !== null;
  }

  /**
   * The scale to draw with.
   *
   * @param whole the scale that shows everything
   * @param now seconds of the live edge; null: the stream is over
   */
  scale(whole: Scale, now: number | null): Scale {
    this.#whole = whole;
    this.#now = now ?? whole.end;
    const window = this.#window;
    if (!window) return whole;
    if (window.span >= whole.end) {
      this.reset();
      return whole;
    }
    if (now === null) this.#follows = false;
    else if (this.#follows) this.#place(now + window.span * AHEAD - window.span, window.span);
    return new Scale(window.start + window.span, whole.left, whole.width, window.start);
  }

  /** Make the window `factor` times as long, so that the instant `at` stays where it is. */
  zoom(factor: number, at: number): void {
    const { start, span } = this.#window ?? { start: 0, span: this.#whole.end };
    const next = Math.max(NARROWEST, span * factor);
    if (next >= this.#whole.end) {
      this.reset();
      return;
    }
    this.#place(at - ((at - start) / span) * next, next);
    this.#heed();
  }

  /** Move the window by so many seconds. Returns whether it moved. */
  pan(by: number): boolean {
    const window = this.#window;
    if (!window) return false;
    const before = window.start;
    this.#place(window.start + by, window.span);
    this.#heed();
    return window.start !== before;
  }

  /** Show this stretch, with a little room on both sides. */
  show(from: number, to: number): void {
    const span = Math.min(this.#whole.end, Math.max(NARROWEST, (to - from) * 1.08));
    this.#place((from + to - span) / 2, span);
    this.#follows = false;
    if (span >= this.#whole.end) this.reset();
  }

  /** Move the window as far as is needed to have this instant in it. */
  bringIn(time: number): void {
    const window = this.#window;
    if (!window) return;
    const edge = window.span * 0.08;
    if (time < window.start) this.#place(time - edge, window.span);
    else if (time > window.start + window.span) this.#place(time + edge - window.span, window.span);
    else return;
    this.#follows = false;
  }

  reset(): void {
    this.#window = null;
    this.#follows = false;
  }

  /** Columns stand at whole multiples of a pixel's time: an event stays in its column while the window moves, and nothing shimmers. */
  #place(start: number, span: number): void {
    const pixel = span / Math.max(1, Math.floor(this.#whole.width));
    const most = Math.max(0, this.#whole.end - span);
    this.#window ??= { start: 0, span };
    this.#window.start = Math.round(Math.min(most, Math.max(0, start)) / pixel) * pixel;
    this.#window.span = span;
  }

  #heed(): void {
    const window = this.#window;
    this.#follows = window !== null && window.start + window.span >= this.#now;
  }
}
