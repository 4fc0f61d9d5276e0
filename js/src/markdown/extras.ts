/** Colours for code and set formulas, once what makes them has come. Until then, and without a kernel, both are text that can be read. */

import { asset, fetchAsset } from "../assets";
import { h } from "../dom";
import { whenIdle } from "../frame";
import type { Link } from "../link";
import { type Extras, finish, textsIn } from "./dom";

/** Characters of code that are coloured, and of a formula that is set: longer ones would hold up the page. */
const LONGEST = { code: 30_000, math: 4000 };
/** Markdown in Markdown costs the third power of its length where every mark opens something in the one before. */
const LONGEST_MARKDOWN = 2000;
/** Milliseconds of work at a time, and after which it is no longer put off because text flows: what is only nicer waits. */
const SLICE = 8;
const AT_LAST = 1000;
/** Milliseconds until a kernel that was busy is asked again, and the most that this becomes. */
const PAUSE = 3000;
const PAUSE_MAX = 60_000;
/** Formulas that are kept: the open text is painted again and again. */
const KEPT = 500;

type Job = () => void;
type AssetName = keyof typeof LONGEST;

/** By source. They are the same for all widgets of a page. */
const formulas = new Map<string, Element | null>();

/** Makes code and formulas of one view more than text. */
export class LazyExtras implements Extras {
  readonly #link: Link;
  readonly #signal: AbortSignal;
  #waiting: Record<AssetName, Map<Element, Job>> = { code: new Map(), math: new Map() };
  #asking = new Set<AssetName>();
  #jobs: Job[] = [];

  /** @param signal ends it: nothing is asked and nothing is changed any more */
  constructor(link: Link, signal: AbortSignal) {
    this.#link = link;
    this.#signal = signal;
  }

  code(element: HTMLElement, text: string, language: string): void {
    const longest = /^(markdown|mk?d|mkdown)$/i.test(language) ? LONGEST_MARKDOWN : LONGEST.code;
    if (text.length <= LONGEST.code && markTurns(element)) finish(element, text);
    if (language === "" || text.length > longest) return;
    this.#later("code", element, () => {
      const made = element.textContent === text ? asset("code")?.render(text, language.toLowerCase()) : null;
      if (!made) return;
      element.replaceChildren(made);
      markTurns(element);
      finish(element, text);
    });
  }

  math(element: HTMLElement, source: string, display: boolean): void {
    if (source.length > LONGEST.math) return;
    const shown = element.textContent ?? "";
    const known = formulas.get(`${display} ${source}`);
    if (known !== undefined) {
      put(element, shown, known);
      return;
    }
    this.#later("math", element, () => {
      const source_ = element.firstElementChild;
      if (!source_ || element.childElementCount !== 1 || source_.textContent !== shown) return;
      put(element, shown, formula(source, display));
    });
  }

  /** Do this when the asset is there, in a task of its own. */
  #later(name: AssetName, element: Element, job: Job): void {
    if (asset(name)) {
      this.#queue(job);
      return;
    }
    this.#waiting[name].set(element, job);
    this.#ask(name, PAUSE);
  }

  #ask(name: AssetName, pause: number): void {
    if (this.#asking.has(name) || this.#signal.aborted || !(this.#link.live || this.#link.stocked)) return;
    this.#asking.add(name);
    // What has come is read and compiled: not while the first words are to be shown.
    whenIdle(() => this.#load(name, pause), AT_LAST);
  }

  #load(name: AssetName, pause: number): void {
    if (this.#signal.aborted) return;
    fetchAsset(name, this.#link).then(
      () => {
        this.#asking.delete(name);
        const jobs = [...this.#waiting[name].values()];
        this.#waiting[name].clear();
        for (const job of jobs) this.#queue(job);
      },
      () => {
        if (this.#signal.aborted) return;
        const timer = setTimeout(() => {
          this.#asking.delete(name);
          this.#ask(name, Math.min(pause * 2, PAUSE_MAX));
        }, pause);
        this.#signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
      },
    );
  }

  #queue(job: Job): void {
    if (this.#jobs.push(job) === 1) whenIdle(() => this.#work(), AT_LAST);
  }

  #work(): void {
    const end = performance.now() + SLICE;
    while (!this.#signal.aborted && performance.now() < end) {
      const job = this.#jobs[0];
      if (!job) return;
      try {
        job();
      } catch {
        // Nested more deeply than a library can follow: it stays the text that it is, and the next one gets its turn.
      }
      this.#jobs.shift();
    }
    if (this.#jobs.length > 0 && !this.#signal.aborted) whenIdle(() => this.#work(), AT_LAST);
  }
}

function formula(source: string, display: boolean): Element | null {
  const key = `${display} ${source}`;
  const known = formulas.get(key);
  if (known !== undefined) return known;
  const made = asset("math")?.render(source, display) ?? null;
  if (formulas.size >= KEPT) formulas.clear();
  formulas.set(key, made);
  return made;
}

/** Set a formula beside its source, which the style sheet hides then. */
function put(element: HTMLElement, shown: string, made: Element | null): void {
  if (made) element.append(made.cloneNode(true));
  finish(element, shown);
}

/** What turns letters round for the eye, in code that a compiler reads straight on. */
const TURN = /([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)/;
/** Such signs that stand together and are named. */
const NAMED = 4;

/** Give such signs a mark that is seen, and an end to what they do. Whether there are any. */
function markTurns(element: HTMLElement): boolean {
  if (!TURN.test(element.textContent ?? "")) return false;
  for (const node of textsIn(element)) {
    if (!TURN.test(node.data) || node.parentElement?.className === "sw-turn") continue;
    const pieces = node.data
      .split(TURN)
      .map((piece, i) => (i % 2 === 0 ? piece : h("span", { class: "sw-turn", title: named(piece) }, piece)));
    const made = document.createDocumentFragment();
    for (const piece of pieces) made.append(piece);
    node.replaceWith(made);
  }
  return true;
}

function named(signs: string): string {
  const names = [...signs.slice(0, NAMED)].map((sign) => `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  return names.join(" ") + (signs.length > NAMED ? ` and ${signs.length - NAMED} more` : "");
}
