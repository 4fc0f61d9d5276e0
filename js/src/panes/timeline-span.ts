/** What the chosen span holds, in a row below the timeline, and what can be done with it. */

import { h, listen, setAttribute, setHidden, setText } from "../dom";
import type { Lane, Store } from "../store";
import * as format from "./format";
import { choose, type Span, type SpanStats, spanOf, statsOf } from "./span";
import { trackOf } from "./timeline-track";

type Fact = [name: string, word: string, about: string];

/** What the span holds: value, noun, and what exactly is counted. */
export function factsOf(lane: Lane, stats: SpanStats): Fact[] {
  const { tokens, tokens_source } = lane.state.metrics;
  const track = trackOf(lane);
  const all = track.characters(0, lane.head);
  // A provider counts tokens for the whole answer only; a span gets its share by characters.
  const share = tokens_source === "usage" && tokens && all > 0 ? (tokens * stats.characters) / all : null;
  const perSecond = format.overTime(share ?? stats.pieces, stats.duration);
  return [
    [format.count(stats.events), stats.events === 1 ? "event" : "events", "Events in this span"],
    [format.count(stats.characters), "characters", "Characters that these events added"],
    share === null
      ? [format.amount(perSecond), "fragments/s", "Events with content, by the length of the span"]
      : [
          perSecond === null ? format.NONE : `≈ ${format.amount(perSecond)}`,
          "tokens/s",
          "The provider's count of tokens, shared out by characters, by the length of the span",
        ],
    [format.bytes(stats.bytes), "", "Bytes of everything in this span, framing included"],
    [format.gap(stats.gapMedian), "gap", "Median of the gaps between events with content"],
    [format.gap(stats.gapP95), "p95", "95 of 100 gaps between events with content are shorter"],
  ];
}

/** A span in one sentence, for who does not see it. */
export function sentenceOf(lane: Lane, span: Span): string {
  const stats = statsOf(lane, trackOf(lane), span);
  const facts = factsOf(lane, stats).map(([value, noun]) => `${value} ${noun}`.trim());
  return `span of ${format.seconds(stats.duration)} from ${format.instant(span.from)}: ${facts.join(", ")}`;
}

/** @param zoom shows the span alone */
export function spanBar(host: HTMLElement, store: Store, zoom: () => void, signal: AbortSignal): { draw(): void } {
  const length = h("b");
  const where = h("span", { class: "sw-span-where" });
  const facts = h("span", { class: "sw-span-facts" });
  const button = (name: string, text: string, title: string): HTMLButtonElement =>
    h("button", { type: "button", class: "sw-small", title, "data-sw": name }, text);
  const zoomIn = button("span-zoom", "Zoom in", "Show this span alone (Z)");
  const clear = button("span-clear", "Clear", "Choose nothing (Escape)");
  const bar = h(
    "div",
    { class: "sw-span", role: "group", "aria-label": "Chosen span", hidden: true, "data-sw": "span" },
    length,
    where,
    facts,
    h("span", { class: "sw-span-keys" }, zoomIn, clear),
  );
  host.append(bar);
  listen(zoomIn, "click", zoom, signal);
  listen(clear, "click", () => choose(store, null), signal);

  let drawn = "";
  return {
    draw() {
      const lane = store.focus;
      const span = spanOf(store);
      const gone = !lane || span === null;
      // A row that vanishes under the focus would leave it to the notebook, where the next letter is a shortcut.
      if (gone && bar.contains(document.activeElement)) host.querySelector("canvas")?.focus({ preventScroll: true });
      setHidden(bar, gone);
      if (!lane || !span) {
        drawn = "";
        return;
      }
      // What a span holds does not change with what comes behind it; its share of the tokens does, once the provider has counted.
      const key = `${lane.id} ${lane.epoch} ${span.from} ${span.to} ${span.moving} ${lane.columns.firstAtOrAfter(span.to)} ${lane.state.metrics.tokens_source}`;
      if (key === drawn) return;
      drawn = key;
      const stats = statsOf(lane, trackOf(lane), span);
      setText(length, format.gap(stats.duration));
      setText(where, `${format.instant(span.from)} to ${format.instant(span.to)}`);
      const words = factsOf(lane, stats);
      while (facts.children.length < words.length) facts.append(h("span", null, h("b"), " ", h("span")));
      for (const [i, [value, noun, about]] of words.entries()) {
        const [number, word] = (facts.children[i] as Element).children;
        setText(number as Element, value);
        setText(word as Element, noun);
        setAttribute(facts.children[i] as Element, "title", about);
      }
    },
  };
}
