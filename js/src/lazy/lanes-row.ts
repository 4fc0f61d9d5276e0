/** One swimlane: who it is, how it is, its strip, its numbers, and what can be done with it. */

import { h, setAttribute, setText, svg } from "../dom";
import * as format from "../panes/format";
import { STATUS_WORDS } from "../panes/header";
import type { Colours } from "../panes/timeline-paint";
import type { Scale } from "../panes/timeline-scale";
import type { Lane, Store } from "../store";
import type { Choice } from "./lanes-order";
import { Strip } from "./lanes-strip";

/** Colours that are told apart by most eyes; beyond them they come again, and the number tells. */
export const COLOURS = 8;
const ICONS = {
  solo: "M8 3C4.5 3 2 8 2 8s2.500 5 6 5 6-5 6-5-2.500-5-6-5zm0 8a3 3 0 1 1 0-6 3 3 0 0 1 0 6z",
  fold: "M3.500 5.500 8 10l4.500-4.500 1 1L8 12 2.500 6.500z",
  stop: "M4 4h8v8H4z",
};

export class Row {
  readonly element: HTMLElement;
  readonly canvas = h("canvas", { "aria-hidden": "true" });
  /** Opens the lane, moves it. */
  readonly name: HTMLButtonElement;
  readonly #badge = h("i", { class: "sl-badge", "aria-hidden": "true" });
  readonly #title = h("b");
  readonly #about = h("span", { class: "sl-about" });
  readonly #word = h("span");
  readonly #first = h("span", { class: "sl-num", "data-sw": "lane-first" });
  readonly #rate = h("span", { class: "sl-num", "data-sw": "lane-rate" });
  readonly #events = h("span", { class: "sl-num sl-spare", "data-sw": "lane-events" });
  readonly #at = h("span", { class: "sl-at", "data-sw": "lane-at", hidden: true });
  readonly #solo = icon("solo");
  readonly #fold = icon("fold");
  readonly #stop = icon("stop");
  readonly #strip = new Strip();

  constructor(
    readonly lane: Lane,
    number: number,
  ) {
    this.name = h(
      "button",
      { type: "button", class: "sl-name", "data-do": "open", "data-sw": "lane-name" },
      this.#badge,
      h("span", { class: "sl-names" }, this.#title, this.#about),
    );
    setText(this.#badge, String(number));
    const state = h(
      "span",
      { class: "sl-state", "data-sw": "lane-status" },
      h("i", { class: "sw-dot", "aria-hidden": "true" }),
      this.#word,
    );
    this.element = h(
      "div",
      { class: "sl-row", role: "listitem", "data-sw": "lane", "data-lane": lane.id, style: `--lane: var(--sl-${(number - 1) % COLOURS})` },
      this.name,
      state,
      h("div", { class: "sl-strip", "data-sw": "lane-strip" }, this.canvas),
      h("span", { class: "sl-nums" }, this.#first, this.#rate, this.#events, this.#at),
      h("span", { class: "sl-acts" }, this.#solo, this.#fold, this.#stop),
    );
  }

  /** @param stopping Stop was pressed, and the kernel has not said yet that it heard it */
  draw(store: Store, choice: Choice, open: boolean, stopping: boolean, live: boolean): void {
    const { lane } = this;
    const { state } = lane;
    const name = titleOf(lane);
    const word = stopping && !lane.finished ? "Stopping" : STATUS_WORDS[state.status];
    setText(this.#title, name);
    setText(this.#about, aboutOf(lane));
    setText(this.#word, word);
    setAttribute(this.element, "data-status", state.status);
    setAttribute(this.element, "data-live", !lane.finished);
    setAttribute(this.element, "data-dim", choice.solo !== null && choice.solo !== lane.id);
    setAttribute(this.element, "data-open", open);
    setAttribute(this.name, "aria-pressed", String(open));
    setAttribute(this.name, "title", `${name}${aboutOf(lane) && ` · ${aboutOf(lane)}`}`);
    const { metrics } = state;
    const first = format.seconds(metrics.first_token ?? metrics.first_content);
    const rate =
      metrics.tokens_per_s != null && format.overTime(1, format.flow(metrics)) !== null ? format.rate(metrics.tokens_per_s) : format.NONE;
    setText(this.#first, first);
    setText(this.#rate, rate);
    setText(this.#events, format.count(lane.eventCount));
    setAttribute(
      this.element,
      "aria-label",
      `${name}: ${word}, ${format.seconds(store.elapsed(lane))}. First token ${first}, ${rate}, ${format.counted(lane.eventCount, "event")}.`,
    );
    toggle(this.#solo, choice.solo === lane.id, `Show the output of ${name} alone`);
    toggle(this.#fold, !choice.shows(lane.id), `Fold the output of ${name}`);
    setAttribute(this.#stop, "aria-label", `Stop ${name}`);
    setAttribute(this.#stop, "title", state.parent ? "Stop: it shares its connection, which ends for all of them" : "Stop");
    setAttribute(this.#stop, "aria-disabled", String(lane.finished || stopping || !live));
  }

  /** Draw the strip, if what it shows has changed. */
  paint(scale: Scale, elapsed: number, colours: Colours): void {
    this.#strip.draw(this.canvas, this.lane, scale, elapsed, colours);
  }

  /** Say what was at a time of the session; null: the numbers again. */
  point(time: number | null): void {
    this.#at.hidden = time === null;
    if (time !== null) setText(this.#at, whatWas(this.lane, time - this.lane.state.start));
  }
}

/** The name of a lane: who speaks in it, else its name, else its model. */
export function titleOf(lane: Lane): string {
  const { tag, name, model, source } = lane.state;
  return format.named(tag || name || model || source || "stream");
}

function aboutOf(lane: Lane): string {
  const { tag, name, model, role } = lane.state;
  return format.named(
    [role === "conductor" ? "all together" : "", tag && name !== tag ? name : "", tag || name ? model : ""].filter(Boolean).join(" · "),
  );
}

/** The last event at or before a time of the lane, in words. */
export function whatWas(lane: Lane, time: number): string {
  if (time < 0) return "not begun";
  const frame = lane.columns.firstAtOrAfter(time + 1e-9) - 1;
  const ended = lane.finished && time > (lane.state.metrics.end ?? Number.POSITIVE_INFINITY);
  const number = frame < 0 ? null : lane.columns.eventsBefore(frame + 1) - 1;
  const event = number === null || number < 0 ? "no event yet" : `event ${format.count(number)}`;
  return `${format.seconds(time)} · ${ended ? STATUS_WORDS[lane.state.status].toLowerCase() : event}`;
}

function icon(name: keyof typeof ICONS): HTMLButtonElement {
  const button = h("button", { type: "button", class: "sl-icon", "data-do": name, "data-sw": `lane-${name}` });
  button.append(svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] })));
  return button;
}

function toggle(button: HTMLElement, on: boolean, label: string): void {
  setAttribute(button, "aria-pressed", String(on));
  setAttribute(button, "aria-label", label);
  setAttribute(button, "title", label);
}
