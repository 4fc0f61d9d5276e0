/** Which frames the list of events shows, and in which order. New frames cost themselves; nothing is gone through twice. Pure. */

import { grown, lowerBound } from "../columns";
import { CHANNEL_NAMES, Channel, KIND_NAMES, Kind } from "../protocol";
import type { Lane } from "../store";

export type SortBy = "time" | "delta" | "size";
export interface Order {
  by: SortBy;
  down: boolean;
}
export const IN_TIME: Order = { by: "time", down: false };

/** Sorts of frames that can be shown or left out: an event by its channel, everything else by its kind. */
export const SORTS = CHANNEL_NAMES.length + KIND_NAMES.length;
/** All of them. */
export const EVERYTHING = 2 ** SORTS - 1;

/** The sort of a frame: a bit of the mask. */
export function sortOf(lane: Lane, frame: number): number {
  const kind = lane.columns.kind(frame);
  return kind === Kind.event ? lane.columns.channel(frame) : CHANNEL_NAMES.length + kind;
}

/** What a sort is called, and whether it is content. */
export function nameOf(sort: number): string {
  if (sort >= CHANNEL_NAMES.length) return OTHERS[sort - CHANNEL_NAMES.length] ?? "others";
  return CHANNELS[sort] ?? CHANNEL_NAMES[sort] ?? "events";
}
const CHANNELS: Record<number, string> = {
  [Channel.meta]: "events without content",
  [Channel.text]: "answer",
  [Channel.reasoning]: "thinking",
  [Channel.tool]: "tool calls",
  [Channel.refusal]: "refusals",
  [Channel.error]: "errors",
  [Channel.usage]: "usage and finish",
  [Channel.step]: "steps",
};
const OTHERS = ["events", "comments and pings", "retry fields", "ignored lines", "empty events", "unfinished", "our marks"];

/** Frames that a search has found so far, ascending. */
export interface Hits {
  frames: readonly number[];
}

/** Share of the time that sorting by Δ or size may take while a stream goes on: it costs all rows, so it waits for its turn. */
const SHARE = 1 / 20;
const SOONEST = 400;

export class Listing {
  /** Frames of each sort, over the whole lane. */
  counts = new Uint32Array(SORTS);
  #counted = 0;
  #mask = EVERYTHING;
  #span: { from: number; to: number } | null = null;
  #hits: Hits | null = null;
  #order: Order = IN_TIME;
  #owner = "";
  /** Frames that pass the filters, ascending; not used while everything passes. */
  #passed = new Uint32Array(64);
  #passes = 0;
  #looked = 0;
  #sorted: Uint32Array | null = null;
  #places: Uint32Array | null = null;
  #sortedOf = "";
  #sortAgain = 0;
  #limit = 0;
  /** Grows whenever rows may have changed their places. */
  version = 0;

  constructor(readonly clock: () => number) {}

  /** Whether every frame is shown. */
  get everything(): boolean {
    return this.#mask === EVERYTHING && this.#span === null && this.#hits === null;
  }

  get order(): Order {
    return this.#order;
  }

  get mask(): number {
    return this.#mask;
  }

  /** Show only these sorts, what lies in this span, and what was found (null: no search). */
  filter(mask: number, span: { from: number; to: number } | null, hits: Hits | null): void {
    const same = span === this.#span || (span !== null && span.from === this.#span?.from && span.to === this.#span.to);
    if (mask === this.#mask && same && hits === this.#hits) return;
    this.#mask = mask;
    this.#span = span;
    this.#hits = hits;
    this.#again();
  }

  sort(order: Order): void {
    this.#order = order;
    this.version++;
    this.#sorted = null;
    this.#sortAgain = 0;
  }

  /** Take in what is new. limit: number of frames that may be shown. Returns milliseconds after which to call again; null: not by itself. */
  advance(lane: Lane, limit: number): number | null {
    const owner = `${lane.id} ${lane.epoch}`;
    if (owner !== this.#owner || lane.head < this.#counted) {
      this.#owner = owner;
      this.counts.fill(0);
      this.#counted = 0;
      this.#again();
    }
    for (; this.#counted < lane.head; this.#counted++) {
      const sort = sortOf(lane, this.#counted);
      this.counts[sort] = (this.counts[sort] ?? 0) + 1;
    }
    this.#limit = limit;
    if (!this.everything) this.#pass(lane);
    return this.#order.by === "time" ? null : this.#sort(lane);
  }

  /** Number of rows. */
  get length(): number {
    if (this.#sorted) return this.#sorted.length;
    return this.everything ? this.#limit : lowerBound(this.#passed, this.#passes, this.#limit);
  }

  /** The frame in a row. */
  frame(row: number): number {
    const place = this.#order.by === "time" && this.#order.down ? this.length - 1 - row : row;
    if (this.#sorted) return this.#sorted[place] ?? -1;
    return this.everything ? place : (this.#passed[place] ?? -1);
  }

  /** The row of a frame; -1: it is not shown. */
  rowOf(frame: number): number {
    if (this.#sorted) {
      if (!this.#places) {
        this.#places = new Uint32Array(this.#limit);
        for (const [row, each] of this.#sorted.entries()) this.#places[each] = row + 1;
      }
      return (this.#places[frame] ?? 0) - 1;
    }
    let place = frame;
    if (!this.everything) {
      place = lowerBound(this.#passed, this.#passes, frame);
      if (this.#passed[place] !== frame || place >= this.#passes) return -1;
    }
    if (place >= this.length) return -1;
    return this.#order.down ? this.length - 1 - place : place;
  }

  #again(): void {
    this.version++;
    this.#passes = 0;
    this.#looked = 0;
    this.#sorted = null;
    this.#sortAgain = 0;
  }

  /** Look at the frames, or at the hits, that were not looked at. */
  #pass(lane: Lane): void {
    const hits = this.#hits?.frames;
    const stop = hits ? hits.length : lane.head;
    const span = this.#span;
    for (; this.#looked < stop; this.#looked++) {
      const frame = hits ? (hits[this.#looked] as number) : this.#looked;
      if (frame >= lane.head) return;
      if (((this.#mask >>> sortOf(lane, frame)) & 1) === 0) continue;
      if (span) {
        const time = lane.columns.time(frame);
        if (time < span.from || time > span.to) continue;
      }
      if (this.#passes === this.#passed.length) this.#passed = grown(this.#passed, new Uint32Array(this.#passes * 2));
      this.#passed[this.#passes++] = frame;
    }
  }

  #sort(lane: Lane): number | null {
    const rows = this.everything ? this.#limit : lowerBound(this.#passed, this.#passes, this.#limit);
    const state = `${this.#owner} ${rows} ${this.#order.by} ${this.#order.down}`;
    if (this.#sorted && state === this.#sortedOf) return null;
    const begin = this.clock();
    if (this.#sorted && begin < this.#sortAgain) return this.#sortAgain - begin;
    // Numbers that hold the value and the frame sort ten times as fast as frames with a comparison.
    const keys = new Float64Array(rows);
    const { by, down } = this.#order;
    for (let i = 0; i < rows; i++) {
      const frame = this.everything ? i : (this.#passed[i] as number);
      const value = by === "size" ? lane.columns.size(frame) : microseconds(lane, frame);
      keys[i] = (down ? LARGEST - value : value) * FRAMES + frame;
    }
    keys.sort();
    this.#sorted = Uint32Array.from(keys, (key) => key % FRAMES);
    this.#places = null;
    this.#sortedOf = state;
    this.version++;
    const cost = this.clock() - begin;
    this.#sortAgain = begin + Math.max(SOONEST, cost / SHARE);
    return null;
  }
}

/** More frames than a lane will have, and a value larger than any size in bytes or gap in microseconds; their product is a safe integer. */
const FRAMES = 2 ** 21;
const LARGEST = 2 ** 32 - 1;

function microseconds(lane: Lane, frame: number): number {
  if (frame === 0) return 0;
  return Math.min(LARGEST, Math.max(0, Math.round((lane.columns.time(frame) - lane.columns.time(frame - 1)) * 1e6)));
}
