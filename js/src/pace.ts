/**
 * The pace at which the page shows what has arrived. Nothing else changes: what is recorded has the times at which it came, and the
 * header says how far the display is behind.
 *
 * raw: as it arrives. smooth: at an even pace; streams that come in lumps are spread over the time between two of them. slow: for an
 * audience, with pauses where a speaker would make them.
 */

import { onFrame } from "./frame";
import type { Lane, Store } from "./store";

export type Pacing = "raw" | "smooth" | "slow";
export const PACINGS: readonly Pacing[] = ["raw", "smooth", "slow"];

/** Seconds in which "smooth" shows what is waiting: one and a half times the usual pause between two arrivals, within these bounds. */
const SPREAD = { least: 0.15, most: 1, pauses: 1.5 };
/** Characters a second that "smooth" shows at least, so that the last few do not creep. */
const LEAST = 40;
/** Seconds after the end of a stream in which "smooth" has shown the rest. */
const CATCH_UP = 1.5;
/** Characters a second of "slow": the pace of reading aloud, and a little over it. */
const SLOW = 40;
/** Seconds that "slow" waits after the end of a sentence or of a line, and after a comma. */
const PAUSES: [ends: RegExp, seconds: number][] = [
  [/[.!?…:][)\]"'»”’*_`]*\s|[。！？]|\n/g, 0.45],
  [/[,;–—]\s|[、，；]/g, 0.2],
];
/** Fragments of up to so many characters are shown whole; longer ones grow. */
const WHOLE = 12;
/** Seconds that count of one step: after a longer sleep (a hidden tab) the display goes on and does not jump. */
const LONGEST_STEP = 0.25;

/** How one lane's display walks from where it stands to the head. Pure: time is passed in. */
export class Walk {
  /** Characters that are shown beyond the whole frames; below 0: shown before their time. */
  #carry = 0;
  #speed = 0;
  #pause = 0;
  #head = -1;
  /** Usual seconds between two arrivals, and how long the last one is ago. */
  #between = 0.1;
  #since = 0;
  #endSpeed = 0;

  /**
   * Go on.
   *
   * @param seconds since the last step
   * @returns the instant to show (`Lane.paced`); null: the head
   */
  step(lane: Lane, pacing: Pacing, seconds: number): number | null {
    const dt = Math.min(seconds, LONGEST_STEP);
    this.#listen(lane, dt);
    const from = lane.paced;
    if (from === null || pacing === "raw") {
      this.#carry = this.#pause = this.#endSpeed = 0;
      return null;
    }
    const here = Math.floor(from);
    const base = weight(lane, here);
    const total = weight(lane, lane.head - 1);
    let reach = base + this.#carry;
    if (pacing === "slow") reach = this.#slow(lane, here, reach, dt);
    else reach += this.#smooth(total - reach, lane.finished, dt) * dt;
    if (reach >= total) {
      this.#carry = 0;
      return null;
    }
    const frame = lastWithin(lane, here, reach);
    const passed = weight(lane, frame);
    const next = weight(lane, frame + 1) - passed;
    this.#carry = reach - passed;
    return next > WHOLE ? frame + Math.max(0, this.#carry) / next : frame;
  }

  #listen(lane: Lane, dt: number): void {
    this.#since += dt;
    if (lane.head === this.#head) return;
    this.#head = lane.head;
    this.#between += (Math.min(this.#since, SPREAD.most) - this.#between) * 0.3;
    this.#since = 0;
  }

  /** Characters a second: what waits is spread, and the speed itself changes gently. */
  #smooth(waiting: number, finished: boolean, dt: number): number {
    const spread = Math.min(SPREAD.most, Math.max(SPREAD.least, this.#between * SPREAD.pauses));
    const wanted = Math.max(LEAST, waiting / spread);
    this.#speed += (wanted - this.#speed) * (1 - Math.exp(-dt / 0.15));
    if (!finished) return this.#speed;
    this.#endSpeed ||= waiting / CATCH_UP;
    return Math.max(this.#speed, this.#endSpeed);
  }

  /** Walk on, up to the next place where a speaker would pause. */
  #slow(lane: Lane, here: number, from: number, dt: number): number {
    if (this.#pause > 0) {
      this.#pause -= dt;
      return from;
    }
    const reach = from + SLOW * dt;
    // From a frame before, since a sentence may end in one fragment and its space begin the next.
    const base = weight(lane, here - 1);
    const text = textBetween(lane, Math.max(0, here), Math.min(lane.head - 1, lastWithin(lane, here, reach) + 1));
    let stop = reach;
    for (const [ends, seconds] of PAUSES) {
      for (const match of text.matchAll(ends)) {
        const end = base + match.index + match[0].length;
        if (end <= from || end > stop) continue;
        stop = end;
        this.#pause = seconds;
        break;
      }
    }
    return stop;
  }
}

/** Lets every lane of a store follow its head at the chosen pace, until the signal aborts. One for a store, however many views it has. */
export function pace(store: Store, signal: AbortSignal): void {
  const walks = new WeakMap<Lane, Walk>();
  const still = typeof matchMedia === "function" ? matchMedia("(prefers-reduced-motion: reduce)") : null;
  let last = store.clock();
  let walking = false;
  const request = onFrame(step, signal);

  function step(): void {
    const now = store.clock();
    const seconds = walking ? (now - last) / 1000 : 1 / 60;
    last = now;
    walking = false;
    for (const lane of store.lanes.values()) {
      const walk = walks.get(lane) ?? new Walk();
      walks.set(lane, walk);
      store.setPaced(lane, walk.step(lane, still?.matches ? "raw" : store.pacing, seconds));
      walking ||= lane.paced !== null;
    }
    if (walking) request();
  }

  store.subscribe((change) => {
    if (change !== "selection" && change !== "state" && (store.pacing !== "raw" || walking)) request();
  }, signal);
}

/** Characters of all parts up to a frame. */
function weight(lane: Lane, frame: number): number {
  let sum = 0;
  for (const part of lane.parts) sum += part.reach(frame);
  return sum;
}

/** The last frame, from `from` on, up to which no more than `reach` characters came. */
function lastWithin(lane: Lane, from: number, reach: number): number {
  let low = from;
  let high = lane.head - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (weight(lane, middle) <= reach) low = middle;
    else high = middle - 1;
  }
  return low;
}

function textBetween(lane: Lane, first: number, last: number): string {
  let text = "";
  for (let frame = first; frame <= last; frame++)
    for (const part of lane.partsOfFrame(frame)) {
      const range = part.rangeOfFrame(frame);
      if (range) text += part.text().slice(range.start, range.end);
    }
  return text;
}
