/** What the lanes come to together, on one clock. Pure; the same definitions as `sessions/totals.py`. */

import { flow } from "../panes/format";
import type { Lane } from "../store";

export interface Totals {
  streams: number;
  live: number;
  failed: number;
  events: number;
  /** Seconds from a request to its first token, the one in the middle. */
  firstToken: number | null;
  tokens: number;
  source: "usage" | "chunks" | "mixed";
  /** Tokens over the time from the first content of any lane to the last of any. */
  rate: number | null;
  /** Seconds from the first request to the last end, or to now. */
  elapsed: number;
  /** Seconds that the lanes would have taken one after the other. */
  inARow: number;
}

/** A stretch of the session's clock, in its seconds. */
export interface Span {
  from: number;
  to: number;
}

/** @param elapsed seconds of a lane since its request, see `Store.elapsed` */
export function spanOf(lanes: readonly Lane[], elapsed: (lane: Lane) => number): Span {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const lane of lanes) {
    from = Math.min(from, lane.state.start);
    to = Math.max(to, lane.state.start + elapsed(lane));
  }
  return from <= to ? { from, to } : { from: 0, to: 0 };
}

export function totalsOf(lanes: readonly Lane[], elapsed: (lane: Lane) => number): Totals {
  // What carries the streams of others is no stream beside them.
  const split = new Set(lanes.map((lane) => lane.state.parent).filter(Boolean));
  const counted = lanes.filter((lane) => !split.has(lane.id));
  const firsts: number[] = [];
  const sources = new Set<string>();
  let [events, tokens, live, failed, inARow] = [0, 0, 0, 0, 0];
  let begun = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const lane of counted) {
    const metrics = lane.state.metrics;
    events += lane.eventCount;
    live += lane.finished ? 0 : 1;
    failed += lane.state.status === "failed" ? 1 : 0;
    inARow += elapsed(lane);
    if (metrics.first_token != null) firsts.push(metrics.first_token);
    if (metrics.tokens) {
      tokens += metrics.tokens;
      sources.add(metrics.tokens_source ?? "chunks");
    }
    if (flow(metrics) !== null) {
      begun = Math.min(begun, lane.state.start + (metrics.first_content ?? metrics.first_token ?? 0));
      last = Math.max(last, lane.state.start + (metrics.last_token ?? 0));
    }
  }
  const span = spanOf(counted, elapsed);
  return {
    streams: counted.length,
    live,
    failed,
    events,
    firstToken: median(firsts),
    tokens,
    source: sources.size > 1 ? "mixed" : ((([...sources][0] as Totals["source"]) ?? "chunks") as Totals["source"]),
    rate: tokens > 1 && last > begun ? (tokens - 1) / (last - begun) : null,
    elapsed: span.to - span.from,
    inARow,
  };
}

function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
