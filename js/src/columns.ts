/** The frames of one lane as columns: 100,000 frames are four typed arrays, not 100,000 objects. */

import { BYTES_PER_FRAME, Kind } from "./protocol";

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Times, sizes, kinds and channels by frame index. Frames are only ever appended; a lane that starts anew makes new columns. */
export class Columns {
  #count = 0;
  #events = 0;
  #times = new Float64Array(64);
  #sizes = new Uint32Array(64);
  #kinds = new Uint8Array(64);
  #channels = new Uint8Array(64);
  /** Frame index of each event, so that both directions between the two numberings are cheap. */
  #eventFrames = new Uint32Array(64);

  /** Number of frames. */
  get count(): number {
    return this.#count;
  }

  /** Number of frames that are events. */
  get eventCount(): number {
    return this.#events;
  }

  /** Seconds since the lane's request was sent. */
  time(i: number): number {
    return this.#times[i] ?? Number.NaN;
  }

  /** Bytes of the frame's block. */
  size(i: number): number {
    return this.#sizes[i] ?? 0;
  }

  /** One of `Kind`. */
  kind(i: number): number {
    return this.#kinds[i] ?? 0;
  }

  /** One of `Channel`. */
  channel(i: number): number {
    return this.#channels[i] ?? 0;
  }

  /** Index of the first frame with `time >= seconds`; `count` if there is none. */
  firstAtOrAfter(seconds: number): number {
    return lowerBound(this.#times, this.#count, seconds);
  }

  /** Number of the event that this frame is (from 0), or null if it is no event. */
  eventNumber(frame: number): number | null {
    if (frame < 0 || frame >= this.#count || this.#kinds[frame] !== Kind.event) return null;
    return lowerBound(this.#eventFrames, this.#events, frame);
  }

  /** Frame index of event `n`, or -1 if there is no such event. */
  frameOfEvent(n: number): number {
    return n >= 0 && n < this.#events ? (this.#eventFrames[n] as number) : -1;
  }

  /** Number of events among the frames before this one; with `eventNumber` it tells where an event list stands at any instant. */
  eventsBefore(frame: number): number {
    return lowerBound(this.#eventFrames, this.#events, frame);
  }

  /**
   * Append `count` frames: count × f64 time, count × u32 size, count × u8 kind, count × u8 channel, little-endian, not aligned.
   *
   * @param at byte offset in `view`; the caller has checked that `count * BYTES_PER_FRAME` bytes follow it
   */
  append(view: DataView, at: number, count: number): void {
    if (count === 0) return;
    const from = this.#count;
    this.#reserve(from + count);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, count * BYTES_PER_FRAME);
    if (LITTLE_ENDIAN) {
      // Copied byte by byte since a Float64Array cannot stand on an address that is no multiple of eight.
      new Uint8Array(this.#times.buffer, from * 8, count * 8).set(bytes.subarray(0, count * 8));
      new Uint8Array(this.#sizes.buffer, from * 4, count * 4).set(bytes.subarray(count * 8, count * 12));
    } else {
      for (let i = 0; i < count; i++) {
        this.#times[from + i] = view.getFloat64(at + i * 8, true);
        this.#sizes[from + i] = view.getUint32(at + count * 8 + i * 4, true);
      }
    }
    this.#kinds.set(bytes.subarray(count * 12, count * 13), from);
    this.#channels.set(bytes.subarray(count * 13), from);
    for (let frame = from; frame < from + count; frame++) {
      if (this.#kinds[frame] === Kind.event) this.#eventFrames[this.#events++] = frame;
    }
    this.#count = from + count;
  }

  #reserve(count: number): void {
    if (count <= this.#times.length) return;
    const capacity = Math.max(count, this.#times.length * 2);
    this.#times = grown(this.#times, new Float64Array(capacity));
    this.#sizes = grown(this.#sizes, new Uint32Array(capacity));
    this.#kinds = grown(this.#kinds, new Uint8Array(capacity));
    this.#channels = grown(this.#channels, new Uint8Array(capacity));
    this.#eventFrames = grown(this.#eventFrames, new Uint32Array(capacity));
  }
}

/** First index below `count` whose value is at least `value`, in an ascending column; `count` if there is none. */
export function lowerBound(column: ArrayLike<number>, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((column[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `next`, with the values of `old` at its beginning. */
export function grown<T extends Float64Array | Uint32Array | Uint8Array>(old: T, next: T): T {
  next.set(old);
  return next;
}
