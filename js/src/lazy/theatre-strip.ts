/** The two plays on one clock: when the answer comes, and when it is read. Below it, the place to go to any instant. */

import { h, replace, setAttribute, setText, svg } from "../dom";
import * as format from "../panes/format";
import { tickLabel, ticks } from "../panes/timeline-scale";
import { Channel } from "../protocol";
import type { Lane } from "../store";
import { type Figures, readingEnds } from "./theatre-model";

const FINE = 2000;
/** Bars of the picture of when tokens came. */
const BINS = 240;

export class Strip {
  readonly slider = h("input", {
    type: "range",
    class: "sw-scrub sw-strip-slider",
    min: 0,
    max: FINE,
    value: 0,
    "aria-label": "Instant of the play",
    "data-sw": "theatre-at",
  });
  readonly #rows = h("div", { class: "sw-strip-rows" });
  readonly #head = h("i", { class: "sw-strip-head" });
  readonly #axis = h("div", { class: "sw-strip-axis", "aria-hidden": "true" });
  readonly #words = h("p", { class: "sw-strip-words" });
  readonly element = h(
    "div",
    { class: "sw-strip", role: "group", "aria-label": "Both on one clock", "data-sw": "theatre-strip" },
    this.#rows,
    this.#axis,
    h("div", { class: "sw-strip-row" }, h("span"), this.slider),
    this.#words,
  );
  #end = 0;
  #read: { element: HTMLElement; from: number; ends: number[] }[] = [];

  /** Draw the bars. width: pixels of the track. words: what is said of it. */
  lay(lane: Lane, figures: Figures, end: number, width: number, words: string): void {
    this.#end = end;
    this.#read = [];
    const { beginStream, beginBlock, lastToken, there, wordsPerMinute } = figures;
    const last = lastToken ?? end;
    const stream = this.#row("Token by token", beginStream, [tokens(lane, end)]);
    const block = this.#row("All at once", beginBlock, lastToken === null ? [] : [this.#bar("sw-strip-block", last, last)]);
    this.#reading(stream, readingEnds(there, wordsPerMinute), beginStream);
    this.#reading(
      block,
      readingEnds(
        there.map(() => last),
        wordsPerMinute,
      ),
      beginBlock,
    );
    replace(this.#rows, stream, block, h("div", { class: "sw-strip-over" }, this.#head));
    replace(
      this.#axis,
      ...ticks(end, width, 64).map((at) => {
        const tick = h("span", null, tickLabel(at, end));
        tick.style.left = `${(at / end) * 100}%`;
        return tick;
      }),
    );
    setText(this.#words, words);
  }

  /** Move the head. */
  at(position: number): void {
    const part = this.#end > 0 ? position / this.#end : 0;
    this.#head.style.left = `${part * 100}%`;
    const value = String(Math.round(part * FINE));
    if (this.slider.value !== value) this.slider.value = value;
    setAttribute(this.slider, "aria-valuetext", `${Math.round(position)} of ${format.counted(Math.round(this.#end), "second")}`);
    for (const { element, from, ends } of this.#read) {
      const to = Math.min(Math.max(position, from), ends.at(-1) ?? from);
      element.style.width = `${((to - from) / this.#end) * 100}%`;
    }
  }

  /** The instant that the slider stands at, s. */
  get chosen(): number {
    return (Number(this.slider.value) / FINE) * this.#end;
  }

  #row(title: string, begin: number | null, marks: Node[]): HTMLElement {
    const track = h("div", { class: "sw-strip-track" }, this.#bar("sw-strip-wait", 0, begin ?? this.#end), ...marks);
    return h("div", { class: "sw-strip-row" }, h("span", null, title), track);
  }

  #reading(row: HTMLElement, ends: number[], begin: number | null): void {
    const end = ends.at(-1);
    if (begin === null || end === undefined) return;
    const done = this.#bar("sw-strip-read", begin, begin);
    row.lastElementChild?.append(this.#bar("sw-strip-toread", begin, end), done);
    this.#read.push({ element: done, from: begin, ends });
  }

  #bar(name: string, from: number, to: number): HTMLElement {
    const bar = h("i", { class: name });
    bar.style.left = `${(from / this.#end) * 100}%`;
    bar.style.width = `${((to - from) / this.#end) * 100}%`;
    return bar;
  }
}

/** When tokens came, as a picture: the more, the higher. */
function tokens(lane: Lane, end: number): SVGElement {
  const counts = new Array<number>(BINS).fill(0);
  for (let frame = 0; frame < lane.head; frame++) {
    const bin = Math.min(BINS - 1, Math.floor((lane.columns.time(frame) / end) * BINS));
    const channel = lane.columns.channel(frame);
    if (channel >= Channel.text && channel <= Channel.refusal) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const path = counts.map((count, i) => (count ? `M${i} 10h1v-${(2 + (8 * count) / most).toFixed(2)}h-1z` : "")).join("");
  return svg(
    "svg",
    { class: "sw-strip-tokens", viewBox: `0 0 ${BINS} 10`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { d: path }),
  );
}

/** What there is to see, once it was seen: before that, the figures would vote for everybody. */
export function sentence({ saved, finishStream, finishBlock, wordsPerMinute }: Figures, seen: boolean, speed: number): string {
  if (saved === null || finishStream === null || finishBlock === null) return "There is no text to read in this recording.";
  const how = speed === 1 ? "" : ` The clock runs at ${speed}×.`;
  if (!seen) return `Both start together. The upper marks are tokens, the line below them is somebody who reads.${how}`;
  return (
    `The last token comes at the same time. Reading begins ${format.seconds(saved)} sooner token by token, and at ` +
    `${Math.round(wordsPerMinute)} words a minute it is done ${format.seconds(finishBlock - finishStream)} sooner.${how}`
  );
}
