/** The fragments' elements, in groups that come and go: of a long stream only those near the view have any, the others keep their height. */

import { h } from "../dom";
import { afterDraws } from "../frame";
import * as format from "./format";
import { LONGEST, tokenOf } from "./tokens-element";
import type { Fragment } from "./tokens-model";

/** Fragments after which a group is closed at the next line end, and at which it is closed in any case. */
const GROUP = 64;
const GROUP_MOST = 240;
/** Lines after which it is closed in any case: of a group, all or nothing is laid out. */
const GROUP_LINES = 240;
/** For the guess at a group's height: CSS pixels of a line, and of a character. */
const LINE = 25.6;
const LETTER = 7.6;
/** Fragments of which all have elements, in the end: what is searched and selected by the browser's own means should be there. */
const ALL = 1000;
/** Of a stream that comes at once, so many at its beginning get theirs before the view is known. */
const FIRST = 300;
/** Groups with elements from which on those that are not near lose them, also if nobody scrolls. */
const MANY = 60;
/** CSS pixels around the view within which groups have elements. */
const NEAR = 500;

/** A fragment as it is drawn: whose it is, if that is to be said, and whether it is of every other choice or call. */
export interface Drawn extends Fragment {
  mark: number | null;
  odd: boolean;
}
/** Fragments that come and go together. */
interface Group {
  element: HTMLElement;
  all: Drawn[];
  /** Its fragments have elements. */
  filled: boolean;
  open: boolean;
  /** Lines that its text takes, by a guess. */
  lines: number;
}

export class Groups {
  /** Fragments in all groups. */
  total = 0;
  /** The frame whose fragments are to look selected. */
  selected: number | null = null;
  #all: Group[] = [];
  #filled = new Set<Group>();
  #open: Group | null = null;
  #column = 0;
  /** Characters of a line, by a guess. */
  #wrap = 52;
  /** CSS pixels of the pane; 0: not known, and then nothing is left out. */
  #height = 0;

  constructor(readonly scroller: HTMLElement) {}

  restart(): void {
    this.total = 0;
    this.#all = [];
    this.#filled = new Set();
    this.#open = null;
  }

  /** The pane has another size. */
  resize(width: number, height: number): void {
    this.#height = height;
    const wrap = Math.max(12, Math.floor((width - 28) / LETTER));
    if (wrap !== this.#wrap)
      for (const each of this.#all) {
        each.lines *= this.#wrap / wrap;
        if (!each.filled) setHeight(each);
      }
    this.#wrap = wrap;
    this.look();
  }

  /**
   * Append a fragment.
   *
   * @param parent where a new group would go
   * @param far it will not be looked at soon: others follow it, and the view is at the end or at the beginning
   * @returns whether elements were made for it
   */
  add(parent: HTMLElement, each: Drawn, far: boolean): boolean {
    let group = this.#open;
    if (!group || group.all.length >= GROUP_MOST) {
      this.close();
      const filled = !far || this.total < FIRST || this.#height === 0;
      group = this.#open = { element: h("div", { class: "sw-group" }), all: [], filled, open: true, lines: 0 };
      this.#column = 0;
      this.#all.push(group);
      if (filled) this.#filled.add(group);
      parent.append(group.element);
    }
    group.all.push(each);
    if (group.filled) this.#put(group, each);
    this.total++;
    const ends = each.text.endsWith("\n");
    this.#column += each.text.length;
    if (ends || this.#column > this.#wrap) {
      group.lines += Math.max(each.text.split("\n").length - 1, Math.min(this.#column, LONGEST) / this.#wrap, 1) | 0;
      this.#column = 0;
    }
    // Closing a group at a line end leaves no seam in the text.
    if ((group.all.length >= GROUP && ends) || group.lines >= GROUP_LINES) this.close();
    return group.filled;
  }

  /** Take away the fragments of all frames after this one. Gives the last of those that stay, and in which section it stands. */
  cut(frame: number): { last: Drawn; section: HTMLElement } | null {
    let group = this.#all.at(-1);
    for (; group && (group.all[0]?.frame ?? 0) > frame; group = this.#all.at(-1)) {
      this.total -= group.all.length;
      this.#filled.delete(group);
      this.#all.pop();
      group.element.remove();
      this.#open = null;
    }
    if (!group) return null;
    const { all, element } = group;
    const before = all.length;
    while ((all.at(-1)?.frame ?? 0) > frame) all.pop();
    this.total -= before - all.length;
    if (all.length < before) {
      // Marks and gaps stand before the fragment that they belong to.
      for (
        let end = element.lastElementChild as HTMLElement | null;
        end && !(Number(end.dataset.f) <= frame);
        end = element.lastElementChild as HTMLElement | null
      )
        end.remove();
      group.lines *= all.length / before;
      group.open = true;
      this.#open = group;
      this.#column = 0;
    }
    if (!group.filled) setHeight(group);
    afterDraws(() => this.look());
    return { last: all.at(-1) as Drawn, section: element.parentElement as HTMLElement };
  }

  /** What comes next begins a group of its own. */
  close(): void {
    const group = this.#open;
    if (!group) return;
    group.open = false;
    group.lines++;
    // A group that nobody has seen yet has no height of its own: tell the scroll bar about how tall it will be.
    if (group.filled) group.element.style.setProperty("contain-intrinsic-block-size", `auto ${heightOf(group)}`);
    else setHeight(group);
    this.#open = null;
  }

  /** All that came for now is added: tell the scroll bar how tall the last group is. */
  settle(): void {
    if (this.#open?.filled === false) setHeight(this.#open);
    // Who has scrolled up scrolls no more, and yet the groups that come at the end must not pile up.
    if (this.#filled.size > MANY) afterDraws(() => this.look());
  }

  /** Whether groups lack elements that all should have: there are few of them, but they came at once. */
  get lacks(): boolean {
    return this.total <= ALL && this.#filled.size < this.#all.length;
  }

  fillAll(): void {
    for (const each of this.#all) this.#fill(each);
  }

  /** Give elements to the groups near the view, and take them from the others. Called where the layout is known. */
  look(): void {
    if (this.#height === 0 || this.total <= ALL) return;
    const { top } = this.scroller.getBoundingClientRect();
    let first = 0;
    for (let high = this.#all.length; first < high; ) {
      const middle = (first + high) >>> 1;
      if ((this.#all[middle]?.element.getBoundingClientRect().bottom ?? 0) < top - NEAR) first = middle + 1;
      else high = middle;
    }
    const near = new Set<Group>();
    for (let each = this.#all[first]; each; each = this.#all[++first]) {
      if (each.element.getBoundingClientRect().top > top + this.#height + NEAR) break;
      near.add(each);
    }
    const gone = [...this.#filled]
      .filter((each) => !near.has(each) && !each.open)
      .map((each) => ({ each, tall: each.element.offsetHeight }));
    for (const { each, tall } of gone) this.#leave(each, tall);
    for (const each of near) this.#fill(each);
  }

  /** The elements of a frame; its group gets elements if it has none. */
  tokensOf(frame: number): Element[] {
    let low = 0;
    for (let high = this.#all.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle]?.all.at(-1)?.frame ?? 0) < frame) low = middle + 1;
      else high = middle;
    }
    const found: Element[] = [];
    for (let each = this.#all[low]; each && (each.all[0]?.frame ?? 0) <= frame; each = this.#all[++low]) {
      this.#fill(each);
      found.push(...each.element.querySelectorAll(`[data-f="${frame}"]`));
    }
    return found;
  }

  #fill(into: Group): void {
    if (into.filled) return;
    into.filled = true;
    this.#filled.add(into);
    into.element.style.height = "";
    for (const each of into.all) this.#put(into, each);
  }

  #leave(from: Group, tall: number): void {
    if (tall === 0) return;
    from.filled = false;
    this.#filled.delete(from);
    from.lines = tall / LINE;
    setHeight(from);
    from.element.replaceChildren();
  }

  /** Make the elements of a fragment. */
  #put({ element }: Group, each: Drawn): void {
    if (each.mark !== null) element.append(h("span", { class: "sw-whose", "aria-hidden": "true" }, each.mark));
    if (each.gap >= 1) element.append(h("span", { class: "sw-gap", "data-gap": format.seconds(each.gap), "aria-hidden": "true" }));
    const token = tokenOf(each, each.odd);
    if (each.frame === this.selected) token.classList.add("sw-sel");
    element.append(token);
  }
}

function heightOf(group: Group): string {
  return `${Math.ceil(group.lines * LINE)}px`;
}

function setHeight(of: Group): void {
  of.element.style.height = heightOf(of);
}
