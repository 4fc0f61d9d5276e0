/**
 * What the theatre shows in numbers, and its clock. Pure: time is passed in. The definitions are those of `sse_widget/readers.py`, and the
 * same cases test both.
 */

import type { Lane, Part } from "../store";

/** Words that people read in a minute, silently, in English: the mean of 190 studies. */
export const WORDS_PER_MINUTE = 238;
const EAST = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
/** Characters without spaces, with a letter or a digit among them; of Chinese and Japanese, which part no words, two characters. */
export const WORD = new RegExp(`[${EAST}]{1,2}|[^\\s${EAST}]*(?:(?![${EAST}])[\\p{L}\\p{N}])[^\\s${EAST}]*`, "gu");

/** Seconds since the request was sent; null: there was none. */
export interface Figures {
  headers: number | null;
  firstToken: number | null;
  lastToken: number | null;
  /** When each word of the answer can be read: its last character has come. */
  there: number[];
  wordsPerMinute: number;
  beginStream: number | null;
  /** The whole answer is there when its last token is. */
  beginBlock: number | null;
  finishStream: number | null;
  finishBlock: number | null;
  /** Before the first read. */
  saved: number | null;
}

/** The parts that make the answer: the first choice's text, or its refusal. */
export function answerOf(lane: Lane): Part[] {
  return lane.parts.filter((part) => part.choice === 0 && (part.kind === "text" || part.kind === "refusal"));
}

/** When each word of a text can be read. pieces: time (s) and fragment, in order. */
export function arrivals(pieces: [time: number, text: string][]): number[] {
  const ends: number[] = [];
  let text = "";
  for (const [, piece] of pieces) {
    text += piece;
    ends.push(text.length);
  }
  const found: number[] = [];
  let i = 0;
  for (const match of text.matchAll(WORD)) {
    const end = match.index + match[0].length;
    while ((ends[i] ?? Number.POSITIVE_INFINITY) < end) i++;
    found.push(pieces[i]?.[0] ?? 0);
  }
  return found;
}

export function figuresOf(lane: Lane, wordsPerMinute: number): Figures {
  const pieces: [number, string][] = [];
  for (const part of answerOf(lane))
    for (let i = 0; i < part.length; i++) {
      const before = i > 0 ? part.join : pieces.length > 0 ? "\n" : "";
      pieces.push([lane.columns.time(part.piece(i).frame), before + part.pieceText(i)]);
    }
  const { metrics } = lane.state;
  const there = arrivals(pieces);
  const last = metrics.last_token ?? null;
  const beginStream = there[0] ?? null;
  const beginBlock = there.length > 0 ? last : null;
  return {
    headers: metrics.headers ?? null,
    firstToken: metrics.first_token ?? null,
    lastToken: last,
    there,
    wordsPerMinute,
    beginStream,
    beginBlock,
    finishStream: readingEnds(there, wordsPerMinute).at(-1) ?? null,
    finishBlock: beginBlock === null ? null : beginBlock + (there.length * 60) / wordsPerMinute,
    saved: beginStream === null || beginBlock === null ? null : beginBlock - beginStream,
  };
}

/** When somebody who reads at an even speed, and waits for words that are not there yet, is done with each word. */
export function readingEnds(there: number[], wordsPerMinute: number): number[] {
  const each = 60 / wordsPerMinute;
  let at = 0;
  return there.map((time) => {
    at = Math.max(at, time) + each;
    return at;
  });
}

/** How many words are read at an instant. ends: see `readingEnds`. */
export function readAt(ends: number[], at: number): number {
  let low = 0;
  for (let high = ends.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Seconds that count of one step: after a longer sleep (a hidden tab) the play goes on where it was. */
const LONGEST_STEP = 0.25;

/** Where the play stands, in seconds of the recording. */
export class Show {
  speed = 1;
  /** Where it ends: a reader of both is done. */
  end = 0;
  position = 0;
  playing = false;
  /** Whether the last step took as long as it seemed to. */
  smooth = true;
  #last = 0;

  /** Go on from here; from the beginning where the end is. now: any clock, s. */
  start(now: number): void {
    if (this.position >= this.end) this.position = 0;
    this.playing = this.end > 0;
    this.#last = now;
  }

  step(now: number): void {
    if (!this.playing) return;
    const dt = Math.max(now - this.#last, 0);
    this.smooth = dt <= LONGEST_STEP;
    this.#last = now;
    this.position = Math.min(this.position + Math.min(dt, LONGEST_STEP) * this.speed, this.end);
    if (this.position >= this.end) this.playing = false;
  }
}

/** The last frame that had come at this instant (s); -1 before the first. */
export function frameAt(lane: Lane, at: number): number {
  return lane.columns.firstAtOrAfter(at + 1e-6) - 1;
}

/** The median of some numbers; null: there are none. */
export function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
