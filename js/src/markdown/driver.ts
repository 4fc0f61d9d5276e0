/**
 * Markdown that grows: blocks that no later text can change keep their elements, and only the open tail is parsed again.
 *
 * A block is settled once another block follows it in whole lines. An unfinished last line settles nothing, since it may still turn
 * into something else: `foo⏎#` is a paragraph and a heading, `foo⏎#1 of 3` one paragraph.
 */

import { renderBlock, type Segment } from "./dom";
import { type AlignedText, align, firstAfter } from "./locate";
import { noReferences, normalizeLabel, type ParsedBlock, parse, type References } from "./parse";

/** A top-level block as it stands in the page. Offsets are UTF-16 code units in the whole text. */
interface Block {
  start: number;
  end: number;
  source: string;
  element: HTMLElement;
  segments: Segment[];
  /** Labels that may refer to a definition elsewhere: a definition that comes late changes this block. */
  labels: Set<string>;
  /** Found when first asked for; null: shown text and source do not align. */
  aligned?: AlignedText[] | null;
}

const LABEL = /\[((?:[^[\]\\]|\\[\s\S])+)\]/g;

/** One growing Markdown text in one element, which belongs to the view alone. */
export class MarkdownView {
  #source = "";
  #settled: Block[] = [];
  #open: Block[] = [];
  #tail = "";
  #tailStart = 0;
  /** Definitions in settled text; those of the tail may still change with every character. */
  #references = noReferences();
  #tailReferences = noReferences();
  /** Settled blocks by the labels in them. */
  #users = new Map<string, Set<Block>>();

  constructor(readonly root: HTMLElement) {}

  /**
   * Show this text.
   *
   * @param text the whole text; if it begins with the text before, only what is new costs anything but a comparison
   * @param done whether it is complete
   */
  update(text: string, done: boolean): void {
    if (!text.startsWith(this.#source)) this.reset();
    this.append(text.slice(this.#source.length), done);
  }

  /** Show `fresh` after what is there: the same as `update`, at a cost that knows nothing of the text before the open tail. */
  append(fresh: string, done: boolean): void {
    this.root.toggleAttribute("data-open", !done);
    if (fresh === "") return;
    this.#source += fresh;
    this.#tail += fresh;
    const { blocks, references } = parse(this.#tail, this.#references);
    const changed = changedLabels(this.#tailReferences, references);
    this.#tailReferences = references;
    this.#drawOpen(blocks, changed);
    this.#redrawSettled(changed);
    if (/[\r\n]/.test(fresh)) this.#settle(blocks);
  }

  /** Show nothing. */
  reset(): void {
    this.root.replaceChildren();
    this.#source = this.#tail = "";
    this.#settled = [];
    this.#open = [];
    this.#tailStart = 0;
    this.#references = noReferences();
    this.#tailReferences = noReferences();
    this.#users.clear();
  }

  /** The element of the block at this offset, or of the one before it if nothing there is shown; null: none. */
  blockOfOffset(offset: number): HTMLElement | null {
    return this.#blockAt(this.#indexAt(offset))?.element ?? null;
  }

  /**
   * Where a stretch of the source is shown.
   *
   * @param start UTF-16 code units in the text
   * @param end exclusive
   * @returns one range for each text node that shows some of it; for a block in which source and shown text do not align, and where
   *   nothing of it is shown (markup alone), the whole block; empty if there is no block
   */
  locate(start: number, end: number): Range[] {
    if (end <= start) return [];
    const ranges: Range[] = [];
    const first = Math.max(0, this.#indexAt(start));
    for (let i = first; ; i++) {
      const block = this.#blockAt(i);
      if (!block || block.start >= end) break;
      if (block.end <= start) continue;
      const texts = this.#aligned(block);
      if (texts === null) ranges.push(around(block.element));
      else for (const text of texts) ranges.push(...within(text, start, end));
    }
    const near = ranges.length === 0 ? this.#blockAt(first) : undefined;
    return near ? [around(near.element)] : ranges;
  }

  /**
   * Where in the source a place in the page stands.
   *
   * @param node a node under `root`, as a selection gives it
   * @param offset of a text node: in its text; of an element: ignored, the block's beginning is meant
   * @returns UTF-16 code units in the text; null: the node is not in a block
   */
  offsetAt(node: Node, offset: number): number | null {
    for (let i = 0; ; i++) {
      const block = this.#blockAt(i);
      if (!block) return null;
      if (!block.element.contains(node)) continue;
      const text = this.#aligned(block)?.find((candidate) => candidate.node === node);
      if (!text) return block.start;
      return text.starts[offset] ?? text.ends[text.ends.length - 1] ?? block.start;
    }
  }

  #drawOpen(parsed: ParsedBlock[], changed: Set<string>): void {
    const before = this.#open;
    this.#open = parsed.map((next, i) => {
      const source = this.#tail.slice(next.start, next.end);
      const start = this.#tailStart + next.start;
      const old = before[i];
      if (old && old.start === start && old.source === source && !usesAny(old, changed)) return old;
      const block = { start, end: start + source.length, source, labels: labelsOf(next), ...renderBlock(next.tokens) };
      if (old) old.element.replaceWith(block.element);
      else this.root.append(block.element);
      return block;
    });
    for (const gone of before.slice(parsed.length)) gone.element.remove();
  }

  /** A definition came, changed or went: the settled blocks that use its label are made again, the others are not touched. */
  #redrawSettled(changed: Set<string>): void {
    const blocks = new Set<Block>();
    for (const label of changed) for (const block of this.#users.get(label) ?? []) blocks.add(block);
    for (const block of blocks) {
      const again = parse(block.source, this.#tailReferences).blocks[0];
      if (!again) continue;
      const { element, segments } = renderBlock(again.tokens);
      block.element.replaceWith(element);
      block.element = element;
      block.segments = segments;
      delete block.aligned;
    }
  }

  /** Move blocks that can no longer change out of the tail, with the definitions among them. */
  #settle(parsed: ParsedBlock[]): void {
    const whole = this.#tail.slice(0, Math.max(this.#tail.lastIndexOf("\n"), this.#tail.lastIndexOf("\r")) + 1);
    const blocks = whole.length === this.#tail.length ? parsed : parse(whole, this.#references).blocks;
    let count = 0;
    while (count < blocks.length - 1 && blocks[count]?.end === parsed[count]?.end) count++;
    const last = blocks[count - 1];
    if (!last) return;
    const settled = this.#tail.slice(0, last.end);
    if (settled.includes("]:")) {
      const found = parse(settled, this.#references).references;
      for (const label of Object.keys(found)) delete this.#tailReferences[label];
      Object.assign(this.#references, found);
    }
    for (const block of this.#open.splice(0, count)) {
      this.#settled.push(block);
      for (const label of block.labels) {
        const users = this.#users.get(label);
        if (users) users.add(block);
        else this.#users.set(label, new Set([block]));
      }
    }
    this.#tail = this.#tail.slice(last.end);
    this.#tailStart += last.end;
  }

  #blockAt(i: number): Block | undefined {
    return i < this.#settled.length ? this.#settled[i] : this.#open[i - this.#settled.length];
  }

  /** Index of the last block that begins at or before this offset; -1: none. */
  #indexAt(offset: number): number {
    let low = 0;
    let high = this.#settled.length + this.#open.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blockAt(middle) as Block).start <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #aligned(block: Block): AlignedText[] | null {
    if (block.aligned === undefined) block.aligned = align(block.source, block.segments, block.start);
    return block.aligned;
  }
}

function usesAny(block: Block, labels: Set<string>): boolean {
  for (const label of labels) if (block.labels.has(label)) return true;
  return false;
}

function labelsOf(block: ParsedBlock): Set<string> {
  const labels = new Set<string>();
  for (const token of block.tokens) {
    if (token.type !== "inline" || !token.content.includes("]")) continue;
    for (const match of token.content.matchAll(LABEL)) labels.add(normalizeLabel(match[1] as string));
  }
  return labels;
}

/** Labels that are defined in one of the two only, or differently. */
function changedLabels(before: References, after: References): Set<string> {
  const changed = new Set<string>();
  for (const label of [...Object.keys(before), ...Object.keys(after)]) {
    const one = Object.hasOwn(before, label) ? before[label] : undefined;
    const other = Object.hasOwn(after, label) ? after[label] : undefined;
    if (one?.href !== other?.href || one?.title !== other?.title) changed.add(label);
  }
  return changed;
}

function around(element: HTMLElement): Range {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range;
}

function within(text: AlignedText, start: number, end: number): Range[] {
  const first = firstAfter(text, start);
  let last = first;
  while (last < text.starts.length && (text.starts[last] as number) < end) last++;
  if (first >= last) return [];
  const range = document.createRange();
  range.setStart(text.node, first);
  range.setEnd(text.node, last);
  return [range];
}
