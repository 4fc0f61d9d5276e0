/** The top-level blocks of a view, and what of the source is shown where. */

import type { Chapters } from "./chapters";
import type { Segment } from "./dom";
import { type AlignedText, align, besides, rangesIn, startOf } from "./locate";

/** A top-level block as it stands in the page. Offsets are UTF-16 code units in the whole text. */
export interface Block {
  start: number;
  end: number;
  element: HTMLElement;
  segments: Segment[];
  /** Labels that may refer to a definition elsewhere: a definition that comes late changes this block. */
  labels: Set<string>;
  /** Found when first asked for; null: shown text and source do not align. */
  aligned?: AlignedText[] | null;
}

/** Where a stretch of the source is shown. `exact`: this is it; otherwise it is markup that shows nothing, and this stands beside it. */
export interface Located {
  ranges: Range[];
  exact: boolean;
}

/** The blocks of one text, in order: those that are settled, and those that the open text is shown in. */
export class Blocks {
  settled: Block[] = [];
  open: Block[] = [];

  /** @param source the text between two offsets */
  constructor(
    readonly chapters: Chapters,
    readonly source: (start: number, end: number) => string,
  ) {}

  at(i: number): Block | undefined {
    return i < this.settled.length ? this.settled[i] : this.open[i - this.settled.length];
  }

  /** Index of the last block that begins at or before this offset; -1: none. */
  indexAt(offset: number): number {
    let low = 0;
    let high = this.settled.length + this.open.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.at(middle) as Block).start <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The last block goes on up to here. */
  grow(end: number): void {
    const last = this.open[this.open.length - 1];
    if (!last) return;
    last.end = end;
    delete last.aligned;
  }

  locate(start: number, end: number): Located {
    const located: Located = { ranges: [], exact: true };
    if (end <= start) return located;
    const first = Math.max(0, this.indexAt(start));
    for (let i = first; ; i++) {
      const block = this.at(i);
      if (!block || block.start >= end) break;
      if (block.end <= start) continue;
      const texts = this.#aligned(block);
      if (texts === null) located.exact = false;
      located.ranges.push(...(texts === null ? [around(block.element)] : rangesIn(texts, start, end)));
    }
    const near = located.ranges.length === 0 ? this.at(first) : undefined;
    if (!near) return located;
    const beside = besides(this.#aligned(near) ?? [], start, end);
    return { ranges: beside.length > 0 ? beside : [around(near.element)], exact: false };
  }

  offsetAt(node: Node, offset: number): number | null {
    for (let i = 0; ; i++) {
      const block = this.at(i);
      if (!block) return null;
      if (block.element.contains(node)) return startOf(this.#aligned(block) ?? [], node, offset) ?? block.start;
    }
  }

  #aligned(block: Block): AlignedText[] | null {
    // Colours come late, and put other nodes in the place of those that were there.
    if (block.aligned?.some((text) => !text.node.isConnected && this.chapters.root.isConnected)) delete block.aligned;
    if (block.aligned === undefined) block.aligned = align(this.source(block.start, block.end), block.segments, block.start);
    return block.aligned;
  }
}

function around(element: HTMLElement): Range {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range;
}
