/** The span of time that a person has chosen: on the timeline, by a brush or by keys; the list of events and the copy know it too. */

import type { Lane, Store } from "../store";
import { isContent, type Track } from "./timeline-track";

/** Events of which the gaps are looked at while a span is still being drawn: of more, once it is. */
const AT_ONCE = 5000;

/** Seconds, `from` before `to`, both included. */
export interface Span {
  lane: string;
  from: number;
  to: number;
  /** It is still being drawn. */
  moving?: boolean;
}

interface Chosen {
  span: Span | null;
  listeners: Set<() => void>;
}
const chosen = new WeakMap<Store, Chosen>();

function of(store: Store): Chosen {
  const known = chosen.get(store) ?? { span: null, listeners: new Set() };
  chosen.set(store, known);
  return known;
}

/** The span of the lane that is shown; null: none. */
export function spanOf(store: Store): Span | null {
  const span = of(store).span;
  return span !== null && span.lane === store.focus?.id ? span : null;
}

/** Choose a span; null: none. */
export function choose(store: Store, span: Span | null): void {
  const known = of(store);
  if (known.span === span) return;
  known.span = span;
  for (const listener of [...known.listeners]) listener();
}

/** Hear of another span until the signal aborts. */
export function onSpan(store: Store, listener: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const { listeners } = of(store);
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
}

/** The frames of a span, `stop` excluded. */
export function framesOf(lane: Lane, span: { from: number; to: number }): { first: number; stop: number } {
  const first = lane.columns.firstAtOrAfter(span.from);
  // The next larger number: what came at the very end of the span is part of it.
  return { first, stop: Math.max(first, lane.columns.firstAtOrAfter(span.to + Math.abs(span.to) * 2e-16 + 1e-15)) };
}

/** What a span holds. Gaps are those between events with content inside it (seconds); null: there are none, or too many to look at now. */
export interface SpanStats {
  duration: number;
  events: number;
  pieces: number;
  characters: number;
  bytes: number;
  gapMedian: number | null;
  gapP95: number | null;
}

/** The stats of the last span that was asked for: what is drawn and what is read out ask for the same. */
let last: { key: unknown[]; stats: SpanStats } | null = null;

export function statsOf(lane: Lane, track: Track, span: Omit<Span, "lane">): SpanStats {
  const { first, stop } = framesOf(lane, span);
  const characters = track.characters(first, stop);
  const pieces = track.pieces(first, stop);
  const later = span.moving === true && pieces > AT_ONCE;
  const key = [lane, lane.epoch, first, stop, characters, span.from, span.to, later];
  if (last && key.every((value, i) => value === last?.key[i])) return last.stats;
  const columns = lane.columns;
  const gaps = new Float64Array(later ? 0 : Math.max(0, pieces - 1));
  let before = Number.NaN;
  let count = 0;
  for (let frame = later ? stop : first; frame < stop; frame++) {
    if (!isContent(columns.channel(frame))) continue;
    const time = columns.time(frame);
    if (!Number.isNaN(before)) gaps[count++] = time - before;
    before = time;
  }
  const stats = {
    duration: span.to - span.from,
    events: columns.eventsBefore(stop) - columns.eventsBefore(first),
    pieces,
    characters,
    bytes: track.bytes(first, stop),
    gapMedian: percentile(gaps, 50),
    gapP95: percentile(gaps, 95),
  };
  last = { key, stats };
  return stats;
}

/** The percentile of numbers, interpolated linearly, as `metrics.py` does it; null if there are none. Puts them in another order. */
export function percentile(values: Float64Array, percent: number): number | null {
  if (values.length === 0) return null;
  const place = ((values.length - 1) * percent) / 100;
  const low = Math.floor(place);
  partition(values, low);
  const at = values[low] as number;
  let next = low + 1 < values.length ? Number.POSITIVE_INFINITY : at;
  for (let i = low + 1; i < values.length; i++) next = Math.min(next, values[i] as number);
  return at + (next - at) * (place - low);
}

/** Put the k-th smallest number in its place, smaller ones before and larger ones behind it (Hoare): a span is measured while it is drawn. */
function partition(values: Float64Array, k: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >>> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const value = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = value;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}
