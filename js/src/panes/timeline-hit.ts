/** Which frame a pointer means, and how the keyboard walks from event to event. Pure. */

import type { Columns } from "../columns";
import { Channel, Kind } from "../protocol";

/** Does the frame add something that a person reads? Those stand tall on the timeline; everything else is a tick at its base. */
export function adds(columns: Columns, frame: number): boolean {
  const channel = columns.channel(frame);
  return channel !== Channel.meta && channel !== Channel.usage;
}

/**
 * The frame nearest to an instant.
 *
 * @param time seconds
 * @param slack seconds to either side in which frames are looked for
 * @param low the pointer is in the row of the small ticks: those frames come first there, and last elsewhere
 * @param limit frames from this index on do not count
 * @returns its index, or -1 if there is none within `slack`
 */
export function nearest(columns: Columns, time: number, slack: number, low: boolean, limit = columns.count): number {
  const first = columns.firstAtOrAfter(time - slack);
  let best = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let frame = first; frame < limit; frame++) {
    const distance = columns.time(frame) - time;
    if (distance > slack) break;
    // A frame of the other row must be much nearer to be meant.
    const cost = Math.abs(distance) + (adds(columns, frame) === low ? slack * 0.7 : 0);
    if (cost < bestCost) {
      best = frame;
      bestCost = cost;
    }
    if (frame - first > 4000) break; // thousands under one pixel: any of them will do
  }
  return best;
}

/** Frames between two instants, the second excluded. */
export function framesBetween(columns: Columns, from: number, to: number): number {
  return Math.max(0, columns.firstAtOrAfter(to) - columns.firstAtOrAfter(from));
}

/**
 * The frame that a key leads to.
 *
 * @param from the selected frame, or null
 * @param key name of the key, as in `KeyboardEvent.key`
 * @param limit number of frames that can be seen
 * @returns the new frame, or null if the key means nothing here
 */
export function frameOfKey(columns: Columns, from: number | null, key: string, limit: number, page = 20): number | null {
  if (limit === 0) return null;
  switch (key) {
    case "ArrowRight":
      return from === null ? edge(columns, 1, limit) : step(columns, from, 1, limit);
    case "ArrowLeft":
      return from === null ? edge(columns, -1, limit) : step(columns, from, -1, limit);
    case "PageDown":
      return Math.min(limit - 1, (from ?? -1) + page);
    case "PageUp":
      return Math.max(0, (from ?? limit) - page);
    case "Home":
      return edge(columns, 1, limit);
    case "End":
      return edge(columns, -1, limit);
    default:
      return null;
  }
}

/** The first event seen in a direction: keys lead to events, as the steps between them do; without any, to what there is. */
function edge(columns: Columns, by: 1 | -1, limit: number): number {
  const frame = step(columns, by === 1 ? -1 : limit, by, limit);
  return frame >= 0 && frame < limit ? frame : by === 1 ? 0 : limit - 1;
}

/** The next event in a direction; comments and other frames are passed over. The frame itself if there is none. */
export function step(columns: Columns, from: number, by: 1 | -1, limit: number): number {
  for (let frame = from + by; frame >= 0 && frame < limit; frame += by) {
    const kind = columns.kind(frame);
    if (kind === Kind.event || kind === Kind.tail) return frame;
  }
  return from;
}
