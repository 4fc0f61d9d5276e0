/** What the charts count, each frame once: histograms by the logarithm, and a rate over time in bins that widen as the time grows. Pure. */

import { isContent } from "../panes/timeline-track";
import { type Fields, Kind } from "../protocol";
import type { Lane, Part } from "../store";

/** Counts in classes that are equally wide on a logarithmic scale. */
export class Histogram {
  readonly counts: Uint32Array;
  /** The same in narrower classes: bars are to be seen, quantiles are to be right. */
  readonly #fine: Uint32Array;
  total = 0;
  /** Of the largest class. */
  most = 0;
  sum = 0;
  largest = 0;

  /**
   * @param least lower end of the first class; what is smaller falls into it
   * @param ratio of the upper end of a class to its lower end
   * @param classes what is larger than the last falls into it
   */
  constructor(
    readonly least: number,
    readonly ratio: number,
    classes: number,
  ) {
    this.counts = new Uint32Array(classes);
    this.#fine = new Uint32Array(classes * FINE);
  }

  add(value: number): void {
    const fine = Math.min(this.#fine.length - 1, this.#place(value, FINE));
    this.#fine[fine] = (this.#fine[fine] ?? 0) + 1;
    const at = this.classOf(value);
    const count = (this.counts[at] ?? 0) + 1;
    this.counts[at] = count;
    this.most = Math.max(this.most, count);
    this.total++;
    this.sum += value;
    this.largest = Math.max(this.largest, value);
  }

  classOf(value: number): number {
    return Math.min(this.counts.length - 1, this.#place(value, 1));
  }

  #place(value: number, finer: number): number {
    return value <= this.least ? 0 : Math.floor((finer * Math.log(value / this.least)) / Math.log(this.ratio) + 1e-9);
  }

  /** Lower end of a class. */
  low(i: number): number {
    return this.least * this.ratio ** i;
  }

  /** First and last class that hold anything; null: none. */
  get range(): [first: number, last: number] | null {
    const first = this.counts.findIndex((count) => count > 0);
    return first < 0 ? null : [first, this.counts.findLastIndex((count) => count > 0)];
  }

  /** The value below which this share of all lies, as well as classes can tell; null: nothing was counted. */
  quantile(share: number): number | null {
    let left = share * this.total;
    for (const [i, count] of this.#fine.entries()) {
      if (count > 0 && left <= count) return Math.min(this.largest, this.low((i + left / count) / FINE));
      left -= count;
    }
    return null;
  }
}

const FINE = 8;

/** Sums over time in a fixed number of bins. When the time outgrows them, two become one: each value is added once, and moved rarely. */
export class Course {
  readonly sums = new Float64Array(BINS);
  /** Seconds of a bin. */
  width = 0.05;

  add(time: number, amount: number): void {
    while (time >= this.width * BINS) {
      for (let i = 0; i < BINS / 2; i++) this.sums[i] = (this.sums[2 * i] as number) + (this.sums[2 * i + 1] as number);
      this.sums.fill(0, BINS / 2);
      this.width *= 2;
    }
    const bin = Math.max(0, Math.floor(time / this.width));
    this.sums[bin] = (this.sums[bin] as number) + amount;
  }
}
const BINS = 128;

/** Everything the charts show of one lane. */
export class Figures {
  /** Seconds between events with content. */
  gaps = new Histogram(1e-5, 10 ** 0.2, 40);
  /** Bytes of an event. */
  sizes = new Histogram(8, 2 ** 0.5, 52);
  /** Characters that an event with content brought. */
  characters = new Histogram(1, 2 ** 0.5, 48);
  /** Events with content over time. */
  pieces = new Course();
  events = 0;
  /** Bytes of all that came, and of the text in it (UTF-8). */
  bytes = 0;
  payload = 0;
  frames = 0;
  #before = Number.NaN;
  #read = new Map<Part, { pieces: number; version: number; last: number }>();
  #settled = 0;

  /** Count what is new. */
  advance(lane: Lane): void {
    const table = lane.columns;
    for (; this.frames < lane.head; this.frames++) {
      const frame = this.frames;
      const time = table.time(frame);
      const size = table.size(frame);
      this.bytes += size;
      if (table.kind(frame) === Kind.event) {
        this.events++;
        this.sizes.add(size);
      }
      if (!isContent(table.channel(frame))) continue;
      if (!Number.isNaN(this.#before)) this.gaps.add(time - this.#before);
      this.#before = time;
      this.pieces.add(time, 1);
    }
    for (let i = this.#settled; i < lane.parts.length; i++) {
      const part = lane.parts[i] as Part;
      this.#measure(part);
      if (i === this.#settled && part.closed) this.#settled++;
    }
  }

  #measure(part: Part): void {
    const pieces = part.piecesAt();
    const read = this.#read.get(part) ?? { pieces: 0, version: part.version, last: -1 };
    this.#read.set(part, read);
    if (read.version !== part.version) read.pieces = pieces.firstFrom(read.last + 1);
    read.version = part.version;
    for (; read.pieces < pieces.length; read.pieces++) {
      const text = pieces.text(read.pieces);
      read.last = pieces.frame(read.pieces);
      this.characters.add(text.length);
      this.payload += utf8Length(text);
    }
  }
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // The two halves of a surrogate pair make four bytes together.
    bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** Generated tokens as the provider counted them; null: it did not say, and a fragment is what there is to count. */
export function countedTokens(lane: Lane): number | null {
  const { tokens, tokens_source } = lane.state.metrics as Fields;
  return tokens_source === "usage" && typeof tokens === "number" && tokens > 0 ? tokens : null;
}
