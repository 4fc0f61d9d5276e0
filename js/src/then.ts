/**
 * The numbers as they were at an instant, from the columns. The definitions are those of `metrics.py`.
 *
 * Times that are known now (`first_token`, …) were known at an instant unless they are later than it; what is counted is counted up to
 * there. The provider's usage tells of all tokens at once, so before everything had come there are only fragments to count.
 */

import type { Finding, Metrics } from "./protocol";
import { Channel, Kind } from "./protocol";
import type { Lane } from "./store";

const CONTENT = new Set<number>([Channel.text, Channel.reasoning, Channel.tool, Channel.refusal]);
/** Times are rounded on their way in one place and not in the other. */
const SLACK = 1e-6;
const TIMES = ["headers", "first_byte", "first_event", "first_token", "first_answer", "first_content"] as const;

/** What came up to a frame; it walks to another one at the cost of the frames between. */
class Tally {
  /** Frames by their `Kind`. */
  readonly kinds: number[] = new Array(Object.keys(Kind).length).fill(0);
  bytes = 0;
  /** Events with content, and the first of them. */
  chunks = 0;
  first = -1;
  #count = 0;

  constructor(
    readonly lane: Lane,
    readonly epoch: number,
  ) {}

  /** @param count frames from the first on */
  to(count: number): this {
    while (this.#count < count) this.#add(this.#count++, 1);
    while (this.#count > count) this.#add(--this.#count, -1);
    return this;
  }

  isContent(frame: number): boolean {
    return this.lane.columns.kind(frame) === Kind.event && CONTENT.has(this.lane.columns.channel(frame));
  }

  #add(frame: number, by: 1 | -1): void {
    const { columns } = this.lane;
    const kind = columns.kind(frame);
    this.kinds[kind] = (this.kinds[kind] ?? 0) + by;
    this.bytes += by * columns.size(frame);
    if (!this.isContent(frame)) return;
    if (by > 0 && this.chunks === 0) this.first = frame;
    this.chunks += by;
  }
}

const tallies = new WeakMap<Lane, Tally>();

/** What came of a lane up to what it shows while it is looked back on; else all of it. */
export function tallyOf(lane: Lane): Tally {
  let tally = tallies.get(lane);
  if (tally?.epoch !== lane.epoch) {
    tally = new Tally(lane, lane.epoch);
    tallies.set(lane, tally);
  }
  return tally.to(lane.at === null ? lane.head : lane.shown + 1);
}

/** The lane's metrics at the instant that is looked back on; else as they are. What cannot be said of it is null. */
export function metricsOf(lane: Lane): Partial<Metrics> {
  const { metrics } = lane.state;
  if (lane.at === null) return metrics;
  const { columns, shown } = lane;
  const now = columns.time(shown);
  const tally = tallyOf(lane);
  const found: Partial<Metrics> = { tokens_source: "chunks", tokens: tally.chunks, chunks: tally.chunks, bytes: tally.bytes };
  for (const name of TIMES) {
    const time = metrics[name];
    found[name] = time != null && time <= now + SLACK ? time : null;
  }
  let last = shown;
  while (last >= 0 && !tally.isContent(last)) last--;
  found.last_token = last < 0 ? null : columns.time(last);
  const span = last < 0 ? 0 : columns.time(last) - columns.time(tally.first);
  found.tokens_per_s = tally.chunks > 1 && span > 0 ? (tally.chunks - 1) / span : null;
  return found;
}

/** Seconds since the request was sent, at the instant that is looked back on. */
export function instantSeconds(lane: Lane): number {
  return Math.max(0, lane.columns.time(lane.shown));
}

/** Whether a finding was to be seen already at the instant shown. */
export function foundBy(lane: Lane, { time, frames }: Finding): boolean {
  if (lane.at === null) return true;
  return frames !== null ? frames[0] <= lane.shown : time === null || time <= instantSeconds(lane);
}
