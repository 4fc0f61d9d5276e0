/**
 * The outputs of the lanes, side by side. Each is the output pane that the card has; of what is to be drawn, the lane that is looked at
 * comes first, the others in turns, so that ten streams cost little more than one.
 */

import type { Kit } from "../board";
import { h, setAttribute, setHidden, setText } from "../dom";
import { onFrame } from "../frame";
import type { Lane, Store } from "../store";
import type { Choice } from "./lanes-order";
import { COLOURS, titleOf } from "./lanes-row";

/** Milliseconds of a frame that may go into outputs, of which one at least is drawn: while the lane that is looked at writes, and else. */
const SLICE = 4;
const REST_SLICE = 12;
/** Milliseconds between two draws of a lane that nobody looks at in particular. */
const PAUSE = 180;

interface Panel {
  lane: Lane;
  element: HTMLElement;
  title: HTMLElement;
  out: HTMLElement;
  pane: { draw(): void } | null;
  seen: boolean;
  dirty: boolean;
  /** When it was drawn last. */
  at: number;
}

export class Panels {
  readonly element = h("div", { class: "sl-panels", "data-sw": "lane-outputs" });
  readonly #panels = new Map<string, Panel>();
  readonly #store: Store;
  readonly #kit: Kit;
  readonly #signal: AbortSignal;
  readonly #observer: IntersectionObserver | null;
  readonly #soon: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #card = false;

  constructor(store: Store, kit: Kit, signal: AbortSignal) {
    this.#store = store;
    this.#kit = kit;
    this.#signal = signal;
    this.#soon = onFrame(() => this.#work(), signal);
    this.#observer =
      typeof IntersectionObserver === "function"
        ? new IntersectionObserver((entries) => this.#look(entries), { rootMargin: "100px" })
        : null;
    signal.addEventListener(
      "abort",
      () => {
        this.#observer?.disconnect();
        clearTimeout(this.#timer);
      },
      { once: true },
    );
  }

  /** A lane brought something, or is shown at another instant. */
  changed(lane: Lane): void {
    const panel = this.#panels.get(lane.id);
    if (!panel || panel.dirty) return;
    panel.dirty = true;
    if (panel.seen) this.#soon();
  }

  /** Panels for the lanes in this order; only those that are to be seen stand there. card: the lane that is looked at is below, too. */
  arrange(lanes: Lane[], numbers: Map<string, number>, choice: Choice, card: boolean): void {
    this.#card = card;
    const wanted = new Set(lanes.map((lane) => lane.id));
    for (const [id, panel] of this.#panels) {
      if (wanted.has(id)) continue;
      this.#observer?.unobserve(panel.element);
      panel.element.remove();
      this.#panels.delete(id);
    }
    let place = this.element.firstElementChild;
    for (const lane of lanes) {
      const panel = this.#panels.get(lane.id) ?? this.#make(lane, numbers.get(lane.id) ?? 1);
      if (panel.element !== place) this.element.insertBefore(panel.element, place);
      else place = place.nextElementSibling;
      setHidden(panel.element, !choice.shows(lane.id));
      setText(panel.title, titleOf(lane));
      setAttribute(panel.element, "data-status", lane.state.status);
      setAttribute(panel.element, "data-live", !lane.finished);
      setAttribute(panel.element, "data-open", card && this.#store.focus === lane);
    }
    setAttribute(this.element, "data-few", choice.solo !== null || lanes.length - choice.folded.size <= 1);
  }

  #make(lane: Lane, number: number): Panel {
    const title = h("b");
    const out = h("div", { class: "sw-out", role: "group", "data-sw": "lane-output" });
    const head = h(
      "button",
      { type: "button", class: "sl-panel-head", "data-do": "open", "data-sw": "lane-open", title: "Show all of this stream below" },
      h("i", { class: "sl-badge", "aria-hidden": "true" }, String(number)),
      title,
      h("i", { class: "sw-dot", "aria-hidden": "true" }),
    );
    const element = h(
      "div",
      { class: "sl-panel", "data-lane": lane.id, "data-sw": "lane-panel", style: `--lane: var(--sl-${(number - 1) % COLOURS})` },
      head,
      out,
    );
    const panel: Panel = { lane, element, title, out, pane: null, seen: this.#observer === null, dirty: true, at: 0 };
    this.#panels.set(lane.id, panel);
    this.#observer?.observe(element);
    if (panel.seen) this.#soon();
    return panel;
  }

  #look(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const panel = this.#panels.get((entry.target as HTMLElement).dataset.lane ?? "");
      if (panel) panel.seen = entry.isIntersecting;
    }
    this.#soon();
  }

  /** Draw what waits: the lane that is looked at in every frame, the others a few times a second, those that waited longest first. */
  #work(): void {
    clearTimeout(this.#timer);
    const begun = performance.now();
    const focus = this.#card ? undefined : this.#store.focus;
    const waiting = [...this.#panels.values()].filter((panel) => panel.dirty && panel.seen && !panel.element.hidden);
    waiting.sort((a, b) => Number(b.lane === focus) - Number(a.lane === focus) || a.at - b.at);
    const slice = this.#store.focus?.settled === false ? SLICE : REST_SLICE;
    let next = Number.POSITIVE_INFINITY;
    for (const panel of waiting) {
      const due = panel.lane === focus || panel.lane.settled ? 0 : panel.at + PAUSE - begun;
      if (due > 0) next = Math.min(next, due);
      else if (performance.now() - begun > slice) next = 0;
      else this.#draw(panel);
    }
    if (next === 0) this.#soon();
    else if (next < Number.POSITIVE_INFINITY) this.#timer = setTimeout(this.#soon, next);
  }

  #draw(panel: Panel): void {
    panel.dirty = false;
    panel.at = performance.now();
    setAttribute(panel.out, "aria-label", `Answer of ${titleOf(panel.lane)}`);
    panel.pane ??= this.#kit.mountOutput(panel.out, panel.lane, this.#signal);
    const text = panel.out.querySelector('[data-sw="output-text"]');
    if (text) setAttribute(text, "aria-label", `Output of ${titleOf(panel.lane)}`);
    panel.pane.draw();
  }
}
