/** One panel of the grid: an answer, what it took, how that compares with its repetitions, and what differs from the baseline. */

import type { Kit } from "../board";
import { h, listen, replace, setAttribute, setHidden, setText, svg } from "../dom";
import * as format from "../panes/format";
import type { Lane, Store } from "../store";
import { difference } from "./grid-diff";
import { answerOf, type Cell, type CellState, figure, figures, isOver, METRICS, type Metric, median } from "./grid-model";

/** Milliseconds between two comparisons while a text is being written. */
const DIFF_REST = 300;

export interface Look {
  name: string;
  /** Of the prompt. */
  prompt: string;
  /** Its number in a row that is judged without names; 0: names are shown. */
  blind: number;
  /** The lane that it is compared with; undefined: none, or it is the baseline itself. */
  base: Lane | undefined;
  isBase: boolean;
  best: boolean;
  /** Whether all of its row have ended. */
  ripe: boolean;
  /** Whether votes are taken. */
  votes: boolean;
  /** The largest figure of the whole grid: all spreads are drawn from 0 to there, so that they can be compared. */
  most: { [metric in Metric]: number };
}

const WORDS: Record<CellState, string> = {
  planned: "Waits its turn",
  preparing: "Connecting",
  ready: "Ready",
  running: "Asked",
  done: "Done",
  stopped: "Stopped",
  "cut off": "Cut off",
  failed: "Failed",
  skipped: "Not asked",
};

export class Panel {
  readonly element: HTMLElement;
  cell: Cell | null = null;
  #lane: Lane | undefined;
  #until = new AbortController();
  #output: { draw(): void } | null = null;
  #drawn = "";
  #diffed = "";
  #diffAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #name = h("b", { class: "sw-gr-name" });
  readonly #state = h("span", { class: "sw-gr-state" });
  readonly #note = h("p", { class: "sw-gr-note", hidden: true });
  readonly #base = h("span", { class: "sw-gr-tag", hidden: true }, "baseline");
  readonly #changes = h("span", { class: "sw-gr-changes", hidden: true, title: "Words that the baseline has not, and that only it has" });
  readonly #slots = METRICS.map(({ metric, title, about }) => ({
    metric,
    title,
    about,
    value: h("dd"),
    spread: h("dd", { class: "sw-gr-spread" }),
  }));
  readonly #numbers: HTMLElement;
  readonly #out = h("div", { class: "sw-out sw-gr-out" });
  readonly #diff = h("div", { class: "sw-gr-diff sw-scroll", tabindex: 0, role: "region", hidden: true, "data-sw": "diff" });
  readonly #empty = h("p", { class: "sw-gr-empty" });
  readonly #vote = h("button", { type: "button", class: "sw-gr-act", "data-sw": "vote" });
  readonly #open = h("button", { type: "button", class: "sw-gr-act", "data-sw": "open" }, "Open");

  constructor(
    readonly store: Store,
    readonly kit: Kit,
    signal: AbortSignal,
    vote: (cell: Cell) => void,
    readonly again: () => void,
  ) {
    this.#numbers = h(
      "dl",
      { class: "sw-gr-nums" },
      ...this.#slots.map(({ title, about, value, spread, metric }) =>
        h("div", { title: about, "data-metric": metric }, h("dt", null, title), value, spread),
      ),
    );
    this.element = h(
      "div",
      { class: "sw-gr-cell", role: "cell", "data-sw": "cell" },
      h("div", { class: "sw-gr-head" }, this.#name, this.#base, this.#state, this.#changes),
      this.#numbers,
      this.#note,
      h("div", { class: "sw-gr-body" }, this.#out, this.#diff, this.#empty),
      h("div", { class: "sw-gr-foot" }, this.#vote, this.#open),
    );
    listen(this.#vote, "click", () => this.cell && vote(this.cell), signal);
    listen(this.#open, "click", () => this.#lane && kit.openLane(this.#lane), signal);
    signal.addEventListener(
      "abort",
      () => {
        this.#until.abort();
        clearTimeout(this.#timer);
      },
      { once: true },
    );
  }

  /** Show a cell. all: it in every repetition. */
  draw(cell: Cell, all: Cell[], look: Look): void {
    const lane = this.store.lanes.get(cell.lane);
    if (lane !== this.#lane) this.#take(lane);
    this.cell = cell;
    this.#head(cell, lane, look);
    const whose = `${look.blind ? `Answer ${look.blind}` : look.name} to ${look.prompt}`;
    const region = this.#out.querySelector('[role="region"]');
    if (region) setAttribute(region, "aria-label", whose); // there are many: each needs a name of its own
    setHidden(this.#numbers, look.blind > 0);
    if (look.blind === 0) this.#figures(lane, all, look.most);
    const comparing = look.base !== undefined && lane !== undefined && !look.isBase;
    setHidden(this.#diff, !comparing);
    setHidden(this.#changes, !comparing);
    setHidden(this.#out, comparing || lane === undefined);
    if (comparing) this.#compare(lane, look.base as Lane, whose);
    else if (lane) {
      const key = `${lane.epoch} ${lane.head} ${lane.instant} ${lane.state.status} ${lane.finished}`;
      if (key !== this.#drawn || !lane.finished) this.#output?.draw();
      this.#drawn = key;
    }
    setHidden(this.#empty, lane !== undefined);
    setText(this.#empty, cell.state === "skipped" ? "Stopped before it was asked." : "");
  }

  #take(lane: Lane | undefined): void {
    this.#until.abort();
    this.#until = new AbortController();
    this.#lane = lane;
    this.#drawn = this.#diffed = "";
    replace(this.#out);
    this.#output = lane ? this.kit.mountOutput(this.#out, lane, this.#until.signal) : null;
  }

  #head(cell: Cell, lane: Lane | undefined, look: Look): void {
    setText(this.#name, look.blind ? `Answer ${look.blind}` : look.name);
    setHidden(this.#base, !look.isBase || look.blind > 0);
    const status = lane && !isOver(cell) && cell.state === "running" ? lane.state.status : cell.state;
    const shown = status === cell.state ? WORDS[cell.state] : status[0]?.toUpperCase() + status.slice(1);
    setText(this.#state, shown);
    setAttribute(this.element, "data-status", status);
    setAttribute(this.element, "data-best", look.best);
    setAttribute(this.element, "aria-label", `${look.blind ? `Answer ${look.blind}` : look.name}: ${shown}`);
    const note = noteOf(cell, lane, this.store);
    setText(this.#note, note);
    setHidden(this.#note, note === "" || (look.blind > 0 && cell.state === "done"));
    const name = look.blind ? `Answer ${look.blind} is best` : "Best";
    setText(this.#vote, look.best ? `★ ${name}` : `☆ ${name}`);
    setAttribute(this.#vote, "aria-pressed", String(look.best));
    setAttribute(this.#vote, "aria-disabled", look.ripe ? null : "true");
    setAttribute(this.#vote, "title", look.ripe ? null : "A vote waits until every answer of its row has ended");
    setHidden(this.#vote, !look.votes && !look.best);
    setHidden(this.#open, look.blind > 0 || lane === undefined);
  }

  #figures(lane: Lane | undefined, all: Cell[], most: Look["most"]): void {
    for (const { metric, value, spread } of this.#slots) {
      const own = figure(lane, metric);
      const live = metric === "total" && own === null && lane && !lane.finished && lane.head > 0;
      setText(value, live ? format.seconds(this.store.elapsed(lane)) : shownFigure(metric, own));
      setAttribute(value, "class", own === null && !live ? "sw-none" : null);
      const values = all.length > 1 ? figures(this.store, all, metric) : [];
      setHidden(spread, all.length < 2);
      if (all.length > 1) drawSpread(spread, values, own, metric, most[metric]);
    }
  }

  /** The texts word by word; while one of them grows, now and then. */
  #compare(lane: Lane, base: Lane, name: string): void {
    const key = `${base.id} ${base.epoch} ${base.head} ${base.finished} ${lane.epoch} ${lane.head} ${lane.finished}`;
    if (key === this.#diffed) return;
    const left = this.#diffAt + DIFF_REST - performance.now();
    if (left > 0 && !(lane.finished && base.finished)) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.again();
      }, left);
      return;
    }
    this.#diffed = key;
    const { segments, inserted, deleted, coarse } = difference(answerOf(base), answerOf(lane), !lane.finished, !base.finished);
    replace(
      this.#diff,
      coarse && h("p", { class: "sw-gr-note" }, "Hardly a word in common with the baseline, so the words are not compared."),
      ...segments
        .filter(({ kind }) => !coarse || kind !== "del")
        .map(({ kind, text }) => (kind === "same" || coarse ? text : h(kind, { class: "sw-gr-word" }, text))),
    );
    setAttribute(this.#diff, "aria-label", `${name}, compared with the baseline`);
    setText(this.#changes, inserted + deleted === 0 ? "the same" : `+${format.count(inserted)} −${format.count(deleted)} words`);
    this.#diffAt = performance.now();
  }
}

export function shownFigure(metric: Metric, value: number | null): string {
  return metric === "speed" ? format.amount(value) : format.seconds(value);
}

/** What is to be said of a cell beside its state, in a sentence; "": nothing. */
function noteOf(cell: Cell, lane: Lane | undefined, store: Store): string {
  const pending = lane?.state.pending;
  if (lane && pending && !lane.finished) {
    const left = Math.max(0, pending.at - store.elapsed(lane));
    return `Waits ${format.seconds(left)}, then asks again (${pending.attempt} of ${pending.of}): ${pending.why}`;
  }
  if (lane?.state.error) return lane.state.error.message;
  const said: string[] = [];
  const retries = (lane?.state.metrics as { reconnects?: number } | undefined)?.reconnects ?? 0;
  if (retries > 0) said.push(`Asked ${retries + 1} times: the times count from the first.`);
  if (cell.warmed === false && isOver(cell)) said.push("Its connection was opened within the time to the first token.");
  if (cell.kept) said.push("Kept from the file.");
  return said.join(" ");
}

/** Where every repetition stands between 0 and the most of the grid, and the one in the middle. */
function drawSpread(host: HTMLElement, values: number[], own: number | null, metric: Metric, end: number): void {
  const middle = median(values);
  const key = `${values.join(" ")} ${own} ${end}`;
  if (host.dataset.key === key) return;
  host.dataset.key = key;
  if (middle === null || values.length < 2 || end <= 0) {
    replace(host);
    return;
  }
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const words = `median ${shownFigure(metric, middle)}, ${shownFigure(metric, least)} to ${shownFigure(metric, most)}`;
  const at = (value: number): string => ((100 * value) / end).toFixed(2);
  replace(
    host,
    svg(
      "svg",
      { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "sw-gr-scale", d: "M0 5H100" }),
      svg("path", { class: "sw-gr-range", d: `M${at(least)} 5H${at(most)}` }),
      ...values.map((value) => svg("path", { class: value === own ? "sw-gr-own" : "sw-gr-one", d: `M${at(value)} 1V9` })),
    ),
    h("span", { class: "sw-gr-median", "aria-hidden": "true" }, `median ${shownFigure(metric, middle)}`),
    h("span", { class: "sw-hidden" }, words),
  );
  host.title = `${words} (${values.length} answers); the line ends at the most of all, ${shownFigure(metric, end)}`;
}
