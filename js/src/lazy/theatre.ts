/**
 * The latency theatre: one answer token by token and all at once, on one clock, as often as somebody wants to see it. It is played by the
 * page from what was recorded, so it plays in a saved page too.
 */

import { announcer } from "../announce";
import type { Kit } from "../board";
import { h, listen, setAttribute, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import * as format from "../panes/format";
import type { Lane, Store } from "../store";
import { Gauge } from "./theatre-gauge";
import { answerOf, type Figures, figuresOf, frameAt, readAt, readingEnds, Show, WORDS_PER_MINUTE } from "./theatre-model";
import { Stage } from "./theatre-stage";
import { Strip, sentence } from "./theatre-strip";
import { STYLE } from "./theatre-style";
import { drawTable, sources } from "./theatre-table";
import { ballot, Tally } from "./theatre-vote";

const SPEEDS = [0.25, 0.5, 1, 2, 5, 10];
const READERS = [100, 600];
/** Milliseconds between two draws while nothing is written any more. */
const CALM = 60;

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal, kit: Kit): void {
  const show = new Show();
  const wpmGiven = number(store.board?.words_per_minute, WORDS_PER_MINUTE);
  show.speed = number(store.board?.speed, 1);
  const title = h("b", { class: "sw-theatre-name" });
  const play = h("button", { type: "button", class: "sw-button sw-button-main", disabled: true, "data-sw": "theatre-play" });
  const speeds = [...new Set([...SPEEDS, show.speed])].sort((a, b) => a - b);
  const speed = h(
    "select",
    { "aria-label": "Speed", "data-sw": "theatre-speed" },
    ...speeds.map((each) => h("option", { value: each, selected: each === show.speed }, `${each}×`)),
  );
  const wpm = h("input", {
    type: "range",
    min: Math.min(READERS[0] as number, wpmGiven),
    max: Math.max(READERS[1] as number, wpmGiven),
    value: wpmGiven,
    "data-sw": "theatre-wpm",
  });
  const wpmWords = h("span", { class: "sw-theatre-wpm" });
  const wire = h("button", { type: "button", class: "sw-button", "aria-expanded": "false", "data-sw": "theatre-wire" }, "The wire");
  const left = new Stage("stage-stream", "Token by token", kit, signal);
  const right = new Stage("stage-block", "All at once", kit, signal);
  const strip = new Strip();
  const tally = new Tally(store, link);
  const votes = ballot(tally, revealed, signal);
  const table = h("table", { class: "sw-theatre-table", "data-sw": "theatre-table" });
  const figuresBox = h(
    "details",
    { class: "sw-theatre-figures" },
    h("summary", null, "The figures"),
    h("div", { class: "sw-theatre-cols" }, table, sources()),
  );
  const voice = announcer(signal);
  const card = h(
    "div",
    { class: "sw-card sw-theatre", role: "group", "aria-label": "Latency theatre", "data-sw": "theatre" },
    h(
      "div",
      { class: "sw-theatre-bar" },
      play,
      h("span", { class: "sw-theatre-title" }, "Latency theatre", title),
      h("label", null, "Speed", speed),
      h("label", { title: "Words a minute; adults read about 238" }, "Reader", wpm, wpmWords),
      wire,
    ),
    h("div", { class: "sw-stages" }, left.element, right.element),
    strip.element,
    votes.element,
    figuresBox,
    voice.element,
  );
  host.append(h("style", null, STYLE), card);
  kit.showCard(false);

  let lane: Lane | undefined;
  let figures: Figures | null = null;
  let ends: { stream: number[]; block: number[] } = { stream: [], block: [] };
  let laid = "";
  let width = 0;
  let seen = false;
  const gauge = new Gauge();
  /** The last frame that was drawn. */
  let told = -1;
  let later: ReturnType<typeof setTimeout> | undefined;
  /** Whether it was played from the beginning without a leap: only then it is measured. */
  let fair = true;
  let spoken = 0;
  let finished = false;

  const now = (): number => performance.now() / 1000;
  const soon = onFrame(draw, signal);
  function soonAll(): void {
    laid = "";
    soon();
  }
  const sizes = new ResizeObserver((entries) => {
    width = entries[entries.length - 1]?.contentRect.width ?? 0;
    soonAll();
  });
  sizes.observe(strip.slider);
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(later);
      sizes.disconnect();
      left.close();
      right.close();
    },
    { once: true },
  );

  // --- what a person does -----------------------------------------------------------------------------------------------
  listen(play, "click", toggle, signal);
  listen(
    speed,
    "change",
    () => {
      show.speed = Number(speed.value);
      soonAll();
    },
    signal,
  );
  listen(wpm, "input", soonAll, signal);
  listen(wpm, "change", () => link.send({ type: "board", words_per_minute: Number(wpm.value) }), signal);
  listen(
    strip.slider,
    "input",
    () => {
      const to = strip.chosen;
      if (to < show.position || show.position === 0) restart();
      show.position = to;
      fair = false;
      soon();
    },
    signal,
  );
  listen(
    wire,
    "click",
    () => {
      const open = wire.getAttribute("aria-expanded") !== "true";
      setAttribute(wire, "aria-expanded", String(open));
      kit.showCard(open);
    },
    signal,
  );
  listen(
    host.parentElement ?? host,
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input:not([type=range]), select, textarea"))
        return;
      if (event.key === "1" || event.key === "2") votes.vote(event.key === "1" ? "stream" : "block");
      else if (event.key === " " && !(event.target as Element).closest("button, summary, a") && host.parentElement === event.target)
        toggle();
      else return;
      event.preventDefault();
    },
    signal,
  );

  function toggle(): void {
    if (!figures) return;
    if (show.playing) show.playing = false;
    else {
      if (show.position === 0 || show.position >= show.end) restart();
      show.start(now());
    }
    soon();
  }

  /** Both begin anew, at the same moment. */
  function restart(): void {
    show.position = 0;
    told = -1;
    fair = true;
    gauge.begin();
    spoken = 0;
    finished = false;
    left.clear("Waiting for the first token", true);
    right.clear("Waiting for the whole answer", true);
  }

  /** Who asks for the result asks for the reason too. */
  function revealed(): void {
    if (votes.shown) figuresBox.open = true;
    soonAll();
  }

  store.subscribe((change) => {
    if (change === "board") {
      tally.heard();
      const told = number(store.board?.words_per_minute, Number(wpm.value));
      if (document.activeElement !== wpm && told !== Number(wpm.value)) wpm.value = String(told);
      soonAll();
    } else if (change === "data" || change === "state") soonAll();
  }, signal);

  // --- drawing ------------------------------------------------------------------------------------------------------------
  function lay(): void {
    lane = store.lanes.get(store.order[0] ?? "");
    const key = [lane?.id, lane?.epoch, lane?.head, lane?.finished, wpm.value, width].join(" ");
    if (key === laid) return;
    laid = key;
    setText(title, format.named(store.board?.name || lane?.state.name || ""));
    setText(wpmWords, `${wpm.value} words/min`);
    setAttribute(wpm, "aria-label", "Reading speed, words a minute");
    votes.draw(tally.votes);
    if (!lane?.finished) {
      left.clear("The curtain rises when the stream has ended", true);
      right.clear("");
      return;
    }
    const first = figures === null;
    figures = figuresOf(lane, Number(wpm.value));
    ends = { stream: readingEnds(figures.there, figures.wordsPerMinute), block: [] };
    ends.block = readingEnds(
      figures.there.map(() => figures?.lastToken ?? 0),
      figures.wordsPerMinute,
    );
    show.end = Math.max(figures.finishBlock ?? 0, figures.lastToken ?? 0, lane.state.metrics.end ?? 0);
    if (first) {
      left.clear(show.end > 0 ? "The answer comes here as it was written" : "Nothing came, so there is nothing to play");
      right.clear(show.end > 0 ? "The answer comes here when all of it is there" : "");
    }
    play.disabled = show.end === 0;
    strip.lay(lane, figures, show.end, width || 600, sentence(figures, seen, show.speed));
    drawTable(table, figures, gauge.measured);
  }

  function draw(): void {
    lay();
    const at = now();
    show.step(at);
    if (lane && figures && (show.playing || show.position > 0)) perform(lane, figures, at);
    setText(play, show.playing ? "Pause" : show.position >= show.end && seen ? "Play again" : show.position > 0 ? "Go on" : "Play both");
    strip.at(show.position);
    clearTimeout(later);
    if (gauge.busy || (show.playing && show.position < (figures?.lastToken ?? 0))) soon();
    else if (show.playing) later = setTimeout(soon, CALM); // only the readers go on, four words a second
  }

  /** Both stages as they are at this instant. at: seconds of the page's clock. */
  function perform(lane: Lane, figures: Figures, at: number): void {
    const { position } = show;
    const last = figures.lastToken ?? 0;
    const there = position >= last;
    const frame = frameAt(lane, position);
    const begun = lane.parts.some((part) => part.firstFrame <= frame && part.lengthAt(frame) > 0);
    if (begun || there) {
      if (left.draw(lane, frame, there)) measure(lane, frame, at);
    }
    const writes = answerOf(lane).some((part) => part.lengthAt(frame) > 0);
    left.tell(there ? "All there" : writes ? "Writing" : begun ? "Thinking" : "Waiting", Math.min(position, last));
    if (there && right.draw(lane, frame, true) && show.smooth && show.playing && fair) gauge.whole(at - (position - last) / show.speed);
    right.tell(there ? "All there" : "Waiting", Math.min(position, last));
    told = frame;
    left.read(figures.beginStream !== null && position >= figures.beginStream ? readAt(ends.stream, position) : -1);
    right.read(there ? readAt(ends.block, position) : -1);
    speak(lane, frame, there, figures);
    if (gauge.busy && gauge.watch(right.size)) {
      link.send({ type: "board", measured: { ...gauge.measured } });
      soonAll();
    }
    if (there && !seen) {
      seen = votes.open = true;
      soonAll();
    }
  }

  /** What is drawn in this frame, and since when it was due. */
  function measure(lane: Lane, frame: number, at: number): void {
    if (!show.playing || !show.smooth || !fair) return;
    const dues: number[] = [];
    for (let i = told + 1; i <= frame; i++) dues.push(at - (show.position - lane.columns.time(i)) / show.speed);
    gauge.fragments(dues);
  }

  /** Sentences of the answer as they come, and what happened on the other stage. */
  function speak(lane: Lane, frame: number, there: boolean, figures: Figures): void {
    if (!show.playing) return;
    const at = there ? undefined : frame;
    const part = answerOf(lane)[0];
    const size = part?.sizeAt(at) ?? 0;
    if (part && (size > spoken || (there && !finished))) voice.follow(part.tailText(spoken, at), there);
    if (there && !finished) voice.say(`All at once: the whole answer, after ${format.seconds(figures.lastToken)}.`);
    spoken = size;
    finished = there;
  }

  draw();
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
