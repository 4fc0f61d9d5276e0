/** What lies over all strips: one clock at the foot, one cursor through all lanes, and the arrows between them. */

import { h, listen, replace, setAttribute, setText, svg } from "../dom";
import * as format from "../panes/format";
import type { Colours } from "../panes/timeline-paint";
import { type Scale, tickLabel, ticks } from "../panes/timeline-scale";
import type { BoardLink } from "../protocol";

const HEIGHT = 22;
/** Links that are drawn; of more, the last ones. */
const MOST_LINKS = 200;
/** Of the whole clock, how far an arrow key goes. */
const STEP = 1 / 100;

export class Axis {
  readonly canvas = h("canvas", { class: "sl-axis-canvas", "aria-hidden": "true" });
  /** The clock, which is also the handle of the cursor for the keyboard. */
  readonly element = h(
    "div",
    { class: "sl-axis-in", role: "slider", tabindex: 0, "aria-label": "Time cursor through all streams", "data-sw": "lanes-cursor" },
    this.canvas,
  );
  #painted: unknown[] = [];

  draw(scale: Scale, font: string, colours: Colours): void {
    const key = [scale, font, colours, window.devicePixelRatio];
    if (key.every((value, i) => value === this.#painted[i])) return;
    this.#painted = key;
    const g = this.canvas.getContext("2d");
    if (!g || scale.width < 20) return;
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(scale.width * ratio);
    this.canvas.height = Math.round(HEIGHT * ratio);
    g.setTransform(this.canvas.width / scale.width, 0, 0, ratio, 0, 0);
    g.font = font;
    g.textAlign = "center";
    const length = scale.end - scale.start;
    for (const at of ticks(length, scale.width)) {
      const x = scale.x(scale.start + at);
      g.fillStyle = colours.faint;
      g.fillRect(Math.min(Math.round(x), scale.width - 1), 0, 1, 4);
      const label = tickLabel(at, length);
      const half = g.measureText(label).width / 2;
      g.fillStyle = colours.dim;
      g.fillText(label, Math.min(Math.max(x, half), scale.width - half), 17);
    }
  }
}

/** The foot of the lanes: the clock under the strips, and what the numbers are. */
export function legend(axis: HTMLElement): HTMLElement {
  return h(
    "div",
    { class: "sl-legend" },
    h("span", { class: "sl-gone" }),
    h("span", { class: "sl-gone" }),
    axis,
    h(
      "span",
      { class: "sl-nums", "aria-hidden": "true" },
      h("span", null, "first token"),
      h("span", null, "speed"),
      h("span", { class: "sl-spare" }, "events"),
    ),
    h("span", { class: "sl-acts" }),
  );
}

/** A cursor at a time of the session, over the strips of all lanes. */
export class Cursor {
  readonly element = h("div", { class: "sl-cursor", hidden: true, "aria-hidden": "true" }, h("span"));
  /** Seconds of the session; null: there is none. */
  time: number | null = null;
  readonly #changed: () => void;

  /**
   * @param over the element in which the strips lie
   * @param axis hears the arrow keys
   * @param scale the clock as it is drawn now, and pixels from the left of `over` to it
   * @param chosen a time was clicked, or Enter pressed on it
   */
  constructor(
    over: HTMLElement,
    axis: HTMLElement,
    scale: () => { scale: Scale; left: number },
    changed: () => void,
    chosen: (time: number) => void,
    signal: AbortSignal,
  ) {
    this.#changed = changed;
    listen(
      over,
      "pointermove",
      (event) => {
        const { scale: clock, left } = scale();
        const x = event.clientX - over.getBoundingClientRect().left - left;
        const among = (event.target as Element).closest(".sl-strip, .sl-axis-in") !== null;
        this.show(among && x >= 0 && x <= clock.width ? clock.time(x) : null);
      },
      signal,
    );
    listen(over, "pointerleave", () => this.show(null), signal);
    listen(axis, "blur", () => this.show(null), signal);
    listen(
      axis,
      "keydown",
      (event) => {
        const clock = scale().scale;
        const step = (clock.end - clock.start) * STEP * (event.shiftKey ? 10 : 1);
        const at = this.time ?? clock.start;
        const to = { ArrowRight: at + step, ArrowLeft: at - step, Home: clock.start, End: clock.end }[event.key];
        if (to !== undefined) this.show(Math.max(clock.start, Math.min(clock.end, to)));
        else if (event.key === "Enter" && this.time !== null) chosen(this.time);
        else if (event.key === "Escape" && this.time !== null) this.show(null);
        else return;
        event.preventDefault();
        event.stopPropagation();
      },
      signal,
    );
  }

  show(time: number | null): void {
    if (time === this.time) return;
    this.time = time;
    this.#changed();
  }

  /** @param words what was then, for who does not see it */
  draw(scale: Scale, left: number, axis: HTMLElement, words: string): void {
    const { time } = this;
    const since = time === null ? 0 : time - scale.start;
    this.element.hidden = time === null;
    setAttribute(axis, "aria-valuemin", 0);
    setAttribute(axis, "aria-valuemax", Number((scale.end - scale.start).toFixed(3)));
    setAttribute(axis, "aria-valuenow", Number(since.toFixed(3)));
    setAttribute(axis, "aria-valuetext", time === null ? "not shown" : `${format.seconds(since)}${words}`);
    if (time === null) return;
    const x = left + scale.x(time);
    this.element.style.transform = `translateX(${x.toFixed(1)}px)`;
    const label = this.element.firstElementChild as HTMLElement;
    setText(label, format.instant(since));
    setAttribute(this.element, "data-turned", scale.x(time) > scale.width - 70);
  }
}

/** Arrows between lanes. */
export class Links {
  readonly element = svg("svg", { class: "sl-links", role: "img" });
  #painted: unknown[] = [];

  /**
   * @param links as the board has them: whatever is no link is passed over
   * @param rowOf the row of a lane, counted from 0; undefined: it is not here
   */
  draw(links: unknown, scale: Scale, left: number, height: number, rowOf: (lane: string) => number | undefined, order: string): void {
    const key = [links, scale, left, height, order];
    if (key.every((value, i) => value === this.#painted[i])) return;
    this.#painted = key;
    const known = (Array.isArray(links) ? links : []).filter(isLink).slice(-MOST_LINKS);
    const drawn: SVGElement[] = [];
    for (const link of known) {
      const [from, to] = [rowOf(link.from), rowOf(link.to)];
      if (from === undefined || to === undefined || from === to) continue;
      const x = left + scale.x(link.time);
      if (x < left - 1 || x > left + scale.width + 1) continue;
      drawn.push(arrow(link, Math.round(x) + 0.5, (from + 0.5) * height, (to + 0.5) * height));
    }
    setAttribute(this.element, "aria-label", `${format.counted(drawn.length, "link")} between the streams`);
    this.element.style.display = drawn.length > 0 ? "" : "none";
    replace(this.element, ...drawn);
  }
}

function arrow(link: BoardLink, x: number, from: number, to: number): SVGElement {
  const down = to > from ? 1 : -1;
  const tip = to - down * 5;
  const group = svg("g", { class: "sl-link", "data-kind": link.kind, "data-sw": "lane-link" });
  const title = svg("title");
  title.textContent = format.named(`${link.kind} at ${format.seconds(link.time)}${link.text ? `: ${link.text}` : ""}`);
  group.append(title, svg("path", { class: "sl-link-line", d: `M${x} ${from}V${tip}` }), svg("circle", { cx: x, cy: from, r: 2.5 }));
  if (link.kind !== "barrier")
    group.append(
      svg("path", { class: "sl-link-tip", d: `M${x - 4} ${tip - down * 4}L${x} ${tip + down * 3}L${x + 4} ${tip - down * 4}Z` }),
    );
  return group;
}

function isLink(value: unknown): value is BoardLink {
  const link = value as BoardLink | null;
  return (
    typeof link === "object" && link !== null && typeof link.from === "string" && typeof link.to === "string" && Number.isFinite(link.time)
  );
}
