/**
 * Where each shown character stands in the source.
 *
 * markdown-it knows lines, not columns, so shown text and source are walked side by side: every shown character must be the next one
 * of the source once markup is skipped. If the two drift apart the block has no alignment, and its callers take the whole block.
 */

import { type Segment, textsIn } from "./dom";
import { decodeText } from "./parse";

/** Characters of a word to each side of a place. */
const WORD = 24;

/** A text node, and for each of its UTF-16 code units the source range [start, end) that it stands for. */
export interface AlignedText {
  node: Text;
  starts: Uint32Array;
  ends: Uint32Array;
}

/** What may be skipped between two shown characters: white space and markup that `dom.ts` does not name exactly. No letter, no digit. */
const MARKUP = /[\s*_~`[\]<>#|\-+=:!\\]/;
const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iy;

/**
 * Align a block.
 *
 * @param source the block's Markdown
 * @param segments what is shown of it, in order
 * @param offset where `source` begins in the whole text; added to all results
 * @returns its text nodes in order; null if they do not align
 */
export function align(source: string, segments: Segment[], offset: number): AlignedText[] | null {
  const walk = new Walk(source, offset);
  const texts: AlignedText[] = [];
  for (const segment of segments) {
    if (segment.kind === "markup") {
      if (!walk.markup(segment.markup)) return null;
    } else if (segment.kind === "line") {
      walk.line();
    } else if (segment.kind === "target") {
      if (!walk.target()) return null;
    } else if (segment.kind === "code") {
      for (const node of textsIn(segment.element)) {
        const text = walk.text(node);
        if (!text) return null;
        texts.push(text);
      }
    } else {
      const text = segment.kind === "image" ? walk.image(segment.node) : walk.text(segment.node);
      if (!text) return null;
      texts.push(text);
    }
  }
  return texts;
}

/** First index of a code unit whose source ends after `position`. */
function firstAfter(text: AlignedText, position: number): number {
  let low = 0;
  let high = text.ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((text.ends[middle] as number) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a stretch of the source is shown: one range for each text node that shows some of it. A formula is shown whole. */
export function rangesIn(texts: AlignedText[], start: number, end: number): Range[] {
  const ranges: Range[] = [];
  for (const text of texts) {
    const first = firstAfter(text, start);
    let last = first;
    while (last < text.starts.length && (text.starts[last] as number) < end) last++;
    if (first >= last) continue;
    const range = document.createRange();
    const formula = formulaOf(text.node);
    if (formula) range.selectNode(formula);
    else {
      range.setStart(text.node, first);
      range.setEnd(text.node, last);
    }
    ranges.push(range);
  }
  return ranges;
}

/** Of a stretch that shows nothing: the word that stands next to it, or as much of it as is in one text node. */
export function besides(texts: AlignedText[], start: number, end: number): Range[] {
  let best: { text: AlignedText; at: number; away: number } | null = null;
  for (const text of texts) {
    const next = firstAfter(text, end);
    for (const at of [next, next - 1]) {
      const from = text.starts[at];
      const to = text.ends[at];
      if (from === undefined || to === undefined || /\s/.test(text.node.data[at] as string)) continue;
      const away = from >= end ? from - end : start - to;
      if (!best || away < best.away) best = { text, at, away };
    }
  }
  if (!best) return [];
  const { text, at } = best;
  const { data } = text.node;
  const left = /\S*$/.exec(data.slice(Math.max(0, at - WORD), at))?.[0].length ?? 0;
  const right = /^\S*/.exec(data.slice(at, at + WORD))?.[0].length ?? 1;
  return rangesIn([text], text.starts[at - left] as number, text.ends[at + right - 1] as number);
}

/** Where in the source a place in the page stands; null: source and shown text are not known to align there. */
export function startOf(texts: AlignedText[], node: Node, offset: number): number | null {
  const formula = (node instanceof Element ? node : node.parentElement)?.closest(".sw-math");
  const text = texts.find((candidate) => (formula ? formula.contains(candidate.node) : candidate.node === node));
  if (!text) return null;
  return text.starts[formula ? 0 : offset] ?? text.ends[text.ends.length - 1] ?? null;
}

/** A formula that is set stands beside its source, which is then hidden. */
function formulaOf(node: Text): Element | null {
  const source = node.parentElement;
  return source?.className === "sw-math-source" ? source.nextElementSibling : null;
}

class Walk {
  #at = 0;

  constructor(
    readonly source: string,
    readonly offset: number,
  ) {}

  /** Skip to behind this markup; between here and there only other markup may stand. */
  markup(markup: string): boolean {
    const found = this.source.indexOf(markup, this.#at);
    if (found < 0 || !this.#skippable(found)) return false;
    this.#at = found + markup.length;
    return true;
  }

  /** Skip the rest of the line. */
  line(): void {
    const rest = /[^\r\n]*(\r\n?|\n|$)/y;
    rest.lastIndex = this.#at;
    rest.exec(this.source);
    this.#at = rest.lastIndex;
  }

  /** Skip `](url "title")`, `][label]` or `]`. */
  target(): boolean {
    if (!this.markup("]")) return false;
    const opens = this.source[this.#at];
    if (opens === "(") this.#at = this.#behind("(", ")");
    else if (opens === "[") this.#at = this.#behind("[", "]");
    return true;
  }

  image(node: Text): AlignedText | null {
    const start = this.source.indexOf("![", this.#at);
    if (start < 0 || !this.#skippable(start)) return null;
    this.#at = start + 1;
    this.#at = this.#behind("[", "]");
    const opens = this.source[this.#at];
    if (opens === "(") this.#at = this.#behind("(", ")");
    else if (opens === "[") this.#at = this.#behind("[", "]");
    const length = node.data.length;
    return {
      node,
      starts: new Uint32Array(length).fill(start + this.offset),
      ends: new Uint32Array(length).fill(this.#at + this.offset),
    };
  }

  text(node: Text): AlignedText | null {
    const shown = node.data;
    const starts = new Uint32Array(shown.length);
    const ends = new Uint32Array(shown.length);
    for (let i = 0; i < shown.length; ) {
      const units = this.#match(shown, i);
      if (units === 0) return null;
      const [start, end] = this.#matched;
      starts.fill(start + this.offset, i, i + units);
      ends.fill(end + this.offset, i, i + units);
      i += units;
    }
    return { node, starts, ends };
  }

  #matched: [number, number] = [0, 0];

  /** Match what is shown at `i` with the next of the source. Returns how many shown code units that was; 0: they differ. */
  #match(shown: string, i: number): number {
    const source = this.source;
    const unit = shown[i] as string;
    for (let at = this.#at; at < source.length; at++) {
      const here = source[at] as string;
      const entity = here === "&" ? entityAt(source, at) : null;
      if (entity !== null && shown.startsWith(entity.text, i)) return this.#take(at, at + entity.length, entity.text.length);
      if (same(here, unit)) {
        const end = here === "\r" && source[at + 1] === "\n" ? at + 2 : at + 1;
        return this.#take(at, end, 1);
      }
      if (!MARKUP.test(here)) return 0;
    }
    return 0;
  }

  #take(start: number, end: number, units: number): number {
    this.#matched = [start, end];
    this.#at = end;
    return units;
  }

  #skippable(until: number): boolean {
    for (let at = this.#at; at < until; at++) if (!MARKUP.test(this.source[at] as string)) return false;
    return true;
  }

  /** Index behind the bracket that closes the one at the current place; escapes and nesting count. */
  #behind(opens: string, closes: string): number {
    let depth = 0;
    for (let at = this.#at; at < this.source.length; at++) {
      const here = this.source[at];
      if (here === "\\") at++;
      else if (here === opens) depth++;
      else if (here === closes && --depth === 0) return at + 1;
    }
    return this.source.length;
  }
}

/** A line end is shown as "\n" (in a code span as a space), a NUL as U+FFFD, a tab of an indentation as a space. */
function same(source: string, shown: string): boolean {
  if (source === shown) return true;
  if (source === "\n" || source === "\r") return shown === "\n" || shown === " ";
  return (source === "\0" && shown === "\ufffd") || (source === "\t" && shown === " ");
}

function entityAt(source: string, at: number): { text: string; length: number } | null {
  ENTITY.lastIndex = at;
  const match = ENTITY.exec(source);
  return match ? { text: decodeText(match[0]), length: match[0].length } : null;
}
