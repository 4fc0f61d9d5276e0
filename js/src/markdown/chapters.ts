/**
 * A long text stands in chapters: what is far from its end is not laid out while it is out of sight. For each block alone that would
 * cost more than to lay it out, since a browser asks of each such element, in every frame, whether it is seen.
 */

import { far, near } from "./parts";

/** Characters and blocks from which on a chapter is full. */
const FULL = 2048;
const MANY = 32;

interface Chapter {
  element: HTMLElement;
  /** Where it begins in the text. */
  start: number;
}

/** The elements that blocks stand in: of a text that is not long, the root alone. */
export class Chapters {
  #all: Chapter[];

  constructor(readonly root: HTMLElement) {
    this.#all = [{ element: root, start: 0 }];
  }

  /** Where the next block goes. */
  get open(): HTMLElement {
    return this.#last.element;
  }

  get #last(): Chapter {
    return this.#all[this.#all.length - 1] as Chapter;
  }

  reset(): void {
    this.root.replaceChildren();
    this.#all.length = 1;
  }

  /** What is settled ends here, with this block: begin a new chapter if it is time for it. What is open moves there. */
  settle(block: HTMLElement, end: number): void {
    const { element, start } = this.#last;
    if (end - start < FULL && element.childElementCount < MANY) return;
    const next = document.createElement("div");
    next.className = "sw-md-chapter";
    while (block.nextSibling) next.append(block.nextSibling);
    this.root.append(next);
    this.#all.push({ element: next, start: end });
    // Not sooner: what is new is seen, and a browser that leaves it out until it knows that moves everything for a moment.
    if (this.#all.length > 3) far(this.#all[this.#all.length - 3]?.element);
  }

  /** Take away what follows this block. */
  cut(block: HTMLElement): void {
    const chapter = block.parentElement as HTMLElement;
    for (const element of [block, chapter]) if (element !== this.root) while (element.nextSibling) element.nextSibling.remove();
    while (this.open !== chapter) this.#all.pop();
    for (const { element } of this.#all.slice(-2)) near(element);
  }
}
