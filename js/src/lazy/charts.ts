/** The stream in five pictures: gaps, speed, sizes, characters, and what of the bytes is text. Each says in a sentence what it shows. */

import { h, listen, setAttribute, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import type { ChartsPane } from "../panes/charts";
import { palette } from "../panes/colours";
import * as format from "../panes/format";
import { tickLabel, ticks } from "../panes/timeline-scale";
import type { Lane, Store } from "../store";
import { type Course, countedTokens, Figures, type Histogram } from "./charts-model";
import { CHART, type Chart, type Mark, paintChart } from "./charts-paint";
import { STYLE } from "./charts-style";

/** Words that people read in a minute, silently, in English: the mean of 190 studies. */
const WORDS_PER_MINUTE = 238;
/** Tokens of an English word, by the rule of thumb that a token is three quarters of a word. */
const TOKENS_PER_WORD = 4 / 3;
const READING = (WORDS_PER_MINUTE / 60) * TOKENS_PER_WORD;
const SOURCE =
  "238 words a minute: the mean silent reading rate of adults in English, from 190 studies (M. Brysbaert, How many words do we read per minute?, Journal of Memory and Language 109, 2019), at four tokens for three words";

interface Drawing extends Chart {
  /** The picture in a sentence, for everybody. */
  sentence: string;
  /** What a bar says when it is pointed at. */
  bar(i: number): string;
}
interface View {
  title: string;
  about: string;
  of(lane: Lane, figures: Figures): Drawing | null;
  canvas: HTMLCanvasElement;
  words: HTMLElement;
  box: HTMLElement;
  hover: number;
  painted: unknown[];
  drawing: Drawing | null;
  sized: string;
}

export function mount(host: HTMLElement, store: Store, _link: Link, signal: AbortSignal): ChartsPane {
  const empty = h("p", { class: "sw-empty" }, "Charts appear with the first events.");
  const share = h("div", { class: "sw-share", "aria-hidden": "true" }, h("i"));
  const scroller = h("div", { class: "sw-scroll sw-charts", tabindex: 0, role: "region", "aria-label": "Charts" }, empty);
  const inks = palette(host);
  const views = CHARTS.map(({ title, about, of }): View => {
    const canvas = h("canvas", { class: "sw-chart", role: "img", tabindex: 0, "data-sw": "chart" });
    const words = h("p", { class: "sw-chart-words" });
    const box = h("figure", { class: "sw-figure" }, h("figcaption", { title: about }, title), canvas, words);
    scroller.append(box);
    return { title, about, of, canvas, words, box, hover: -1, painted: [], drawing: null, sized: "" };
  });
  const bytes = h("p", { class: "sw-chart-words" });
  const bytesBox = h(
    "figure",
    { class: "sw-figure", "data-sw": "payload" },
    h("figcaption", { title: PAYLOAD }, "Text in the bytes"),
    share,
    bytes,
  );
  scroller.append(bytesBox);
  host.append(h("style", null, STYLE), h("div", { class: "sw-frame" }, scroller));
  let figures = new Figures();
  let owner = "";
  let width = 0;
  const soon = onFrame(draw, signal);
  const sizes = new ResizeObserver((entries) => {
    width = entries[entries.length - 1]?.contentRect.width ?? 0;
    soon();
  });
  sizes.observe(scroller);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });

  for (const view of views) {
    const point = (bar: number): void => {
      view.hover = bar;
      soon();
    };
    listen(view.canvas, "pointermove", (event) => point(barAt(view, event.offsetX)), signal);
    listen(view.canvas, "pointerleave", () => point(-1), signal);
    listen(view.canvas, "blur", () => point(-1), signal);
    listen(
      view.canvas,
      "keydown",
      (event) => {
        const last = (view.drawing?.bars.length ?? 0) - 1;
        const to = { ArrowRight: view.hover + 1, ArrowLeft: view.hover < 0 ? last : view.hover - 1, Home: 0, End: last }[event.key];
        if (to === undefined || last < 0) return;
        event.preventDefault();
        point(Math.max(0, Math.min(last, to)));
      },
      signal,
    );
  }

  function barAt(view: View, x: number): number {
    const count = view.drawing?.bars.length ?? 0;
    const at = Math.floor(((x - CHART.left) / (width - CHART.left - CHART.right)) * count);
    return at >= 0 && at < count ? at : -1;
  }

  function draw(): void {
    if (host.hidden) return;
    const lane = store.focus;
    const name = lane ? `${lane.id} ${lane.epoch}` : "";
    if (name !== owner) {
      owner = name;
      figures = new Figures();
    }
    if (lane) figures.advance(lane);
    empty.hidden = figures.events > 0;
    const state = [name, figures.frames, figures.payload, lane?.state.metrics.tokens_source, lane?.finished, width, inks.read()];
    for (const view of views) if (lane) drawOne(view, lane, state);
    drawBytes();
  }

  function drawOne(view: View, lane: Lane, state: unknown[]): void {
    const key = [...state, view.hover];
    if (key.every((value, i) => value === view.painted[i])) return;
    view.painted = key;
    const drawing = view.of(lane, figures);
    view.drawing = drawing;
    view.box.hidden = drawing === null;
    if (!drawing) return;
    const pointed = view.hover >= 0 && view.hover < drawing.bars.length;
    setText(view.words, pointed ? drawing.bar(view.hover) : drawing.sentence);
    setAttribute(view.canvas, "aria-label", `${view.title}. ${pointed ? drawing.bar(view.hover) : drawing.sentence}`);
    const g = view.canvas.getContext("2d");
    if (!g || width < 40) return;
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const sized = `${width} ${ratio}`;
    if (sized !== view.sized) {
      view.sized = sized;
      view.canvas.width = Math.round(width * ratio);
      view.canvas.height = Math.round(CHART.height * ratio);
    }
    paintChart(g, width, ratio, { ...drawing, hover: pointed ? view.hover : -1 }, inks.read(), inks.font());
  }

  function drawBytes(): void {
    bytesBox.hidden = figures.bytes === 0;
    if (bytesBox.hidden) return;
    const part = Math.min(1, figures.payload / figures.bytes);
    const percent = part > 0 && part < 0.1 ? (part * 100).toFixed(1) : Math.round(part * 100);
    (share.firstElementChild as HTMLElement).style.width = `${part * 100}%`;
    setText(
      bytes,
      `${format.bytes(figures.payload)} of ${format.bytes(figures.bytes)} (${percent} %) are text; the other ${format.bytes(Math.max(0, figures.bytes - figures.payload))} are its envelope: field names, JSON and ids.`,
    );
  }

  return {
    draw,
    /** The theme changed: read the colours again. */
    repaint() {
      inks.forget();
      draw();
    },
  };
}

const PAYLOAD = "Bytes of the fragments in UTF-8, among all bytes of events, comments and other lines";

const CHARTS: { title: string; about: string; of(lane: Lane, figures: Figures): Drawing | null }[] = [
  {
    title: "Gaps between fragments",
    about: "Time between an event with content and the one before it; logarithmic",
    of: (_lane, { gaps }) => {
      const range = gaps.range;
      if (!range) return null;
      const [median, p95] = [gaps.quantile(0.5), gaps.quantile(0.95)];
      const downs = [
        { at: placeOf(gaps, range, median ?? 0), label: "median" },
        { at: placeOf(gaps, range, p95 ?? 0), label: "p95" },
      ];
      return {
        ...histogram(gaps, range, "text", shortGap, "gap"),
        downs: (downs[1]?.at ?? 0) - (downs[0]?.at ?? 0) > 0.2 * (range[1] - range[0] + 1) ? downs : downs.slice(0, 1),
        sentence: `Half of ${format.counted(gaps.total, "gap")} are under ${format.gap(median)}, 95 of 100 under ${format.gap(p95)}; the longest is ${format.gap(gaps.largest)}.`,
      };
    },
  },
  {
    title: "Speed over time",
    about: `Fragments a second or, where the provider counts tokens, those, shared out evenly. The line is reading speed. ${SOURCE}.`,
    of: (lane, { pieces, gaps }) => (gaps.total > 0 ? speed(lane, pieces, gaps.total + 1) : null),
  },
  {
    title: "Size of events",
    about: "Bytes of an event on the wire, framing included; logarithmic",
    of: (_lane, { sizes }) => {
      const range = sizes.range;
      return (
        range && {
          ...histogram(sizes, range, "meta", format.bytes, "event"),
          sentence: `Half of ${format.counted(sizes.total, "event")} are under ${format.bytes(sizes.quantile(0.5))}; the largest has ${format.bytes(sizes.largest)}.`,
        }
      );
    },
  },
  {
    title: "Characters in a fragment",
    about:
      "Characters that an event with content brought; logarithmic. How many tokens that is on average is known where the provider counts",
    of: (lane, { characters }) => {
      const range = characters.range;
      if (!range) return null;
      const tokens = countedTokens(lane);
      const mean = characters.sum / characters.total;
      const about =
        tokens === null ? "" : ` and ${(tokens / characters.total).toFixed(2)} tokens (${format.count(tokens)} by the provider's count)`;
      return {
        ...histogram(characters, range, "think", (value) => format.count(Math.ceil(value - 1e-9)), "fragment"),
        sentence: `A fragment has ${mean.toFixed(1)} characters${about} on average; the longest has ${format.count(characters.largest)}.`,
      };
    },
  },
];

/** As `format.gap`, and below a tenth of a millisecond in microseconds. */
function shortGap(seconds: number): string {
  return seconds < 0.95e-4 ? `${Math.round(seconds * 1e6)} µs` : format.gap(seconds);
}

function placeOf(histogram: Histogram, range: [number, number], value: number): number {
  const exact = Math.log(Math.max(value, histogram.least) / histogram.least) / Math.log(histogram.ratio);
  return Math.min(range[1] - range[0] + 1, Math.max(0, exact - range[0]));
}

function histogram(
  of: Histogram,
  [first, last]: [number, number],
  colour: Chart["colour"],
  words: (value: number) => string,
  noun: string,
): Omit<Drawing, "sentence"> {
  // A lone class would be one block: some air on both sides makes it a bar.
  const from = Math.max(0, Math.min(first, last - 5));
  const bars = of.counts.subarray(from, Math.max(last, from + 5) + 1);
  const marks: Mark[] = [];
  const decades = (bars.length * Math.log10(of.ratio)) / 6;
  for (let power = Math.floor(Math.log10(of.low(from))); of.low(from + bars.length) >= 10 ** power; power++)
    // Few decades have ticks inside, too.
    for (const digit of decades < 0.25 ? [1, 2, 5] : decades < 0.4 ? [1, 3] : [1]) {
      const at = Math.log((digit * 10 ** power) / of.low(from)) / Math.log(of.ratio);
      if (at > -1e-6 && at <= bars.length) marks.push({ at, label: words(digit * 10 ** power) });
    }
  return {
    bars,
    colour,
    ticks: marks,
    downs: [],
    across: null,
    hover: -1,
    bar: (i) => `${format.counted(bars[i] ?? 0, noun)} from ${words(of.low(from + i))} to ${words(of.low(from + i + 1))}.`,
  };
}

function speed(lane: Lane, course: Course, pieces: number): Drawing | null {
  const tokens = countedTokens(lane);
  const unit = tokens === null ? "fragment" : "token";
  const scale = (tokens ?? pieces) / pieces / course.width;
  const end = lane.columns.time(lane.head - 1);
  const count = Math.max(1, Math.min(course.sums.length, Math.ceil(end / course.width + 1e-9)));
  const bars = course.sums.subarray(0, count).map((sum) => sum * scale);
  // What came in one lump has no speed, and no course of it.
  if (format.overTime(1, format.flow(lane.state.metrics)) === null) return null;
  const most = bars.reduce((a, b) => Math.max(a, b), 0);
  const busy = bars.filter((value) => value > 0);
  const mean = busy.reduce((a, b) => a + b, 0) / Math.max(1, busy.length);
  const times = (mean / READING).toFixed(mean < 10 * READING ? 1 : 0);
  const length = count * course.width;
  const round = ticks(length, 300, 60).map((at) => ({ at: at / course.width, label: tickLabel(at, length) }));
  return {
    bars,
    colour: "text",
    ticks: round,
    downs: [],
    across: { at: READING, label: `reading ${READING.toFixed(1)} /s` },
    hover: -1,
    sentence: `${format.amount(mean)} ${unit}s/s on average while it flows, ${format.amount(most)} at most: ${times} times as fast as people read (${WORDS_PER_MINUTE} words a minute).`,
    bar: (i) =>
      `${format.amount(bars[i])} ${unit}s/s from ${format.seconds(i * course.width)} to ${format.seconds((i + 1) * course.width)}.`,
  };
}
