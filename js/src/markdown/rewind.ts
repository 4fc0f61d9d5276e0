/** What going back took away: settled blocks, which look the same whenever they are shown, are put back instead of being made again. */

import type { Block } from "./blocks";

/** Blocks that follow the settled ones of a view, in the text that was shown before. */
export class Ahead {
  /** The next one is the last. */
  #blocks: Block[] = [];

  clear(): void {
    this.#blocks = [];
  }

  /** These were taken away, and those that are here already follow them. */
  add(blocks: Block[]): void {
    this.#blocks.push(...blocks.reverse());
  }

  /** What begins before this place has been made again. */
  pass(end: number): void {
    while ((this.#blocks.at(-1)?.start ?? end) < end) this.#blocks.pop();
  }

  /** The next one, if a text of this length settles it: where a block ends may be known by the one behind it alone. */
  take(length: number): Block | null {
    return (this.#blocks.at(-2)?.end ?? Number.POSITIVE_INFINITY) <= length ? (this.#blocks.pop() as Block) : null;
  }
}
