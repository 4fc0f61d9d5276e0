/**
 * Playing what has arrived again, on the page: the instant shown (`at`) walks along the times that were recorded. It needs no kernel, so
 * a saved page plays too, and a live stream can be looked back on while it goes on.
 */

import type { Lane, Store } from "./store";

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 100];
/** Seconds that count of one step: after a longer sleep (a hidden tab) playing goes on where it was. */
const LONGEST_STEP = 0.25;

/** How the instant of one lane walks. Time is passed in. */
export class Play {
  speed = 1;
  loop = false;
  #lane = "";
  #playing = false;
  /** Seconds of the recording that have been played. */
  #position = 0;
  #last = 0;

  /** Whether this lane is being played. */
  playing(lane: Lane | undefined): boolean {
    return this.#playing && lane?.id === this.#lane;
  }

  /** Go on from the instant shown; from the beginning where the end is shown. now: any clock, in seconds. */
  start(store: Store, lane: Lane, now: number): void {
    const atEnd = lane.at === null || lane.at >= lane.head - 1;
    this.#lane = lane.id;
    this.#playing = lane.head > 0;
    this.#position = atEnd ? 0 : lane.columns.time(lane.at as number);
    this.#last = now;
    if (atEnd && lane.head > 0) store.setAt(lane.id, 0);
  }

  stop(): void {
    this.#playing = false;
  }

  /** Walk on. Returns whether another step is to come. */
  step(store: Store, now: number): boolean {
    const lane = store.lanes.get(this.#lane);
    if (!this.#playing || !lane || lane.head === 0) return false;
    const dt = Math.min(Math.max(now - this.#last, 0), LONGEST_STEP);
    this.#last = now;
    this.#position += dt * this.speed;
    const end = lane.columns.time(lane.head - 1);
    if (this.#position < end) {
      store.setAt(lane.id, lastAt(lane, this.#position));
      return true;
    }
    if (this.loop) {
      this.#position = 0;
      store.setAt(lane.id, 0);
      return true;
    }
    this.#playing = false;
    // A live stream is caught up with; of a finished one the end is what it was.
    store.setAt(lane.id, null);
    return false;
  }

  /** Stand at a time (s), playing or not. */
  seek(store: Store, lane: Lane, seconds: number): void {
    if (lane.head === 0) return;
    this.#position = seconds;
    const frame = lastAt(lane, seconds);
    store.setAt(lane.id, frame >= lane.head - 1 && lane.finished ? null : frame);
  }

  /** Stand at the next event, or the one before. */
  stepEvent(store: Store, lane: Lane, by: 1 | -1): void {
    this.stop();
    const before = lane.columns.eventsBefore(lane.shown + 1);
    const frame = lane.frameOfEvent(by > 0 ? before : before - 2);
    if (by > 0 && frame < 0) store.setAt(lane.id, null);
    else store.setAt(lane.id, Math.max(0, frame));
  }
}

/** The last frame that had come at this time (s); the first one before that. */
function lastAt(lane: Lane, seconds: number): number {
  return Math.max(0, lane.columns.firstAtOrAfter(seconds + 1e-6) - 1);
}
