/** One stage of the theatre: the answer as it stands at an instant, and a reader who goes along it. */

import type { Kit } from "../board";
import { h, listen, replace, setText } from "../dom";
import * as format from "../panes/format";
import type { Status } from "../protocol";
import type { Lane } from "../store";
import { WORD } from "./theatre-model";

/** One highlight of each kind for all widgets of the document: their registry is global. */
const READ = "sw-read";
const READING = "sw-reading";
/** Of a stage's height: where the reader's line is kept, so that what comes next can be seen. */
const LOW = 0.7;

/** A lane that stands at an instant of its own, whatever the card shows of it. */
function standIn(lane: Lane): Lane & { paced: number | null } {
  // It shares everything that came; the private half of a lane is only for what takes in feeds.
  return Object.create(lane, {
    at: { value: null, writable: true },
    paced: { value: -1, writable: true },
    state: { value: lane.state, writable: true },
  }) as Lane & { paced: number | null };
}

export class Stage {
  readonly element: HTMLElement;
  readonly #body = h("div", { class: "sw-stage-body", tabindex: 0, role: "region" });
  readonly #clock = h("span", { class: "sw-stage-clock" }, format.NONE);
  readonly #word = h("span", { class: "sw-stage-word" });
  readonly #note = h("p", { class: "sw-stage-note" });
  readonly #reader: Reader;
  readonly #kit: Kit;
  #lane: Lane | null = null;
  #pane: { draw(): void } | null = null;
  #ending = new AbortController();
  #shown = Number.NaN;
  #draws = 0;
  #held = false;

  /** @param name its `data-sw`; title: for people */
  constructor(
    name: string,
    readonly title: string,
    kit: Kit,
    signal: AbortSignal,
  ) {
    this.#kit = kit;
    const head = h("div", { class: "sw-stage-head" }, h("h3", null, title), this.#word, this.#clock);
    this.#body.setAttribute("aria-label", title);
    this.element = h("div", { class: "sw-stage", role: "group", "aria-label": title, "data-sw": name }, head, this.#body);
    this.#reader = new Reader(this.#body, signal);
    const hold = (): void => {
      this.#held = true;
    };
    // A person who scrolls looks for something else than the reader's line.
    for (const type of ["wheel", "pointerdown", "keydown"] as const) listen(this.#body, type, hold, signal, { passive: true });
    signal.addEventListener("abort", () => this.#ending.abort(), { once: true });
  }

  /** Begin anew, with nothing but a note: what is to come, or a sign that it is waited for. */
  clear(note: string, waits = false): void {
    this.#ending.abort();
    this.#pane = null;
    this.#held = false;
    this.#shown = Number.NaN;
    this.#reader.show(-1);
    replace(this.#note, waits && h("i", { class: "sw-spinner", "aria-hidden": "true" }), note);
    replace(this.#body, this.#note);
    this.#body.scrollTop = 0;
  }

  /** Say where it stands. at: s. */
  tell(word: string, at: number): void {
    setText(this.#word, word);
    setText(this.#clock, format.seconds(at));
  }

  /** Draw what had come up to a frame; whether that is more than before. all: nothing comes after it. */
  draw(lane: Lane, frame: number, all: boolean): boolean {
    const at = all ? Number.POSITIVE_INFINITY : frame;
    if (this.#pane && at === this.#shown) return false;
    if (!this.#pane) {
      this.#ending = new AbortController();
      this.#lane = standIn(lane);
      const host = h("div", { class: "sw-stage-out" });
      replace(this.#body, host);
      this.#pane = this.#kit.mountOutput(host, this.#lane, this.#ending.signal);
      // The stage itself scrolls: what is in it is no region, and no stop on the way of the Tab key.
      const inner = host.querySelector('[data-sw="output-text"]');
      for (const name of ["role", "tabindex", "aria-label"]) inner?.removeAttribute(name);
    }
    const own = this.#lane as Lane;
    own.paced = all ? null : frame;
    own.state = all ? lane.state : { ...lane.state, status: "writing" as Status, end: null, error: null, findings: [] };
    this.#pane.draw();
    this.#draws++;
    this.#shown = at;
    return true;
  }

  /** Characters that stand there. */
  get size(): number {
    return this.#pane ? (this.#body.textContent ?? "").length : 0;
  }

  /** Show a reader who has read so many words; -1: none. following: the stage goes along, unless a person has scrolled it. */
  read(words: number): void {
    const line = this.#reader.show(this.#pane ? words : -1, this.#draws);
    if (!line || this.#held) return;
    const box = this.#body.getBoundingClientRect();
    if (line.bottom > box.top + box.height * LOW || line.top < box.top) this.#body.scrollTop += line.top - box.top - box.height * (1 - LOW);
  }

  /** Take the marks away. */
  close(): void {
    this.#ending.abort();
    this.#reader.show(-1);
  }
}

/** The reader's place in a text: what is read is marked, and the word that is being read once more. */
class Reader {
  readonly #root: HTMLElement;
  readonly #own = new Map<string, Range>();
  #key = "";
  #words = -1;
  #place: DOMRect | null = null;

  constructor(root: HTMLElement, signal: AbortSignal) {
    this.#root = root;
    signal.addEventListener("abort", () => this.show(-1), { once: true });
  }

  /**
   * Mark so many words as read; -1: no marks.
   *
   * @param draws how often the text was drawn: its nodes may be others since
   * @returns where the word after them stands, if that is on another line than before
   */
  show(words: number, draws = 0): DOMRect | null {
    const key = `${words} ${draws}`;
    const word = this.#own.get(READING);
    const stands = this.#words === words && word?.startContainer.isConnected === true && !word.collapsed;
    if (key === this.#key || stands) return null;
    this.#key = key;
    this.#words = words;
    const found = words < 0 ? null : this.#find(words);
    this.#mark(READ, found?.read ?? null);
    this.#mark(READING, found?.word ?? null);
    const place = found?.word?.getBoundingClientRect() ?? null;
    const moved = place && (!this.#place || place.top !== this.#place.top);
    this.#place = place;
    return moved ? place : null;
  }

  #find(words: number): { read: Range | null; word: Range | null } {
    let left = words;
    let first: Text | null = null;
    for (const node of textsOf(this.#root)) {
      first ??= node;
      for (const match of node.data.matchAll(WORD)) {
        if (left-- > 0) continue;
        return {
          read: words > 0 ? rangeOf(first, 0, node, match.index) : null,
          word: rangeOf(node, match.index, node, match.index + match[0].length),
        };
      }
    }
    const last = [...textsOf(this.#root)].at(-1);
    return { read: first && last && words > 0 ? rangeOf(first, 0, last, last.length) : null, word: null };
  }

  #mark(name: string, range: Range | null): void {
    const registry = typeof CSS !== "undefined" && "highlights" in CSS && typeof Highlight === "function" ? CSS.highlights : null;
    if (!registry) return;
    const all = registry.get(name) ?? new Highlight();
    registry.set(name, all);
    const before = this.#own.get(name);
    if (before) all.delete(before);
    this.#own.delete(name);
    if (!range) return;
    this.#own.set(name, range);
    all.add(range);
  }
}

/** The texts of the answer, in order; what buttons say is none. */
function* textsOf(root: HTMLElement): Generator<Text> {
  for (const part of root.querySelectorAll('[data-sw="answer"], [data-sw="refusal"]')) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null)
      if (!node.parentElement?.closest("button")) yield node;
  }
}

function rangeOf(from: Text, start: number, to: Text, end: number): Range {
  const range = document.createRange();
  range.setStart(from, start);
  range.setEnd(to, end);
  return range;
}
