/** The conversation of all lanes: who says what, in the order in which it began, with what is handed over in between. */

import { h, listen, setAttribute, setHidden, setText } from "../dom";
import * as format from "../panes/format";
import type { Lane, Store } from "../store";
import { type Block, Conversation } from "./conductor-model";
import { STYLE } from "./conductor-style";
import { titleOf } from "./lanes-row";

/** Blocks that stand in the document at once, and how many another look at older or newer ones brings. */
const SHOWN = 150;
const STEP = 100;
/** CSS pixels from the end within which a list counts as being at it. */
const NEAR = 24;

export class Talk {
  readonly element: HTMLElement;
  readonly #list = h("div", {
    class: "sc-list",
    role: "list",
    tabindex: 0,
    "aria-label": "What all lanes say",
    "data-sw": "conductor-list",
  });
  readonly #earlier = h("button", { type: "button", class: "sl-button sc-more", "data-sw": "conductor-earlier" });
  readonly #later = h("button", { type: "button", class: "sl-button sc-end", "data-sw": "conductor-end" }, "To the end ↓");
  readonly #conversation = new Conversation();
  readonly #rows = new Map<Block, { element: HTMLElement; text: HTMLElement | null; version: number }>();
  readonly #store: Store;
  readonly #colour: (lane: Lane) => string;
  /** Blocks from this one on are in the document; while the end is followed, the last ones. */
  #from = 0;
  #follows = true;
  #drawn = -1;
  #origin = 0;
  /** Where the list stood when it was scrolled last. */
  #top = 0;

  /**
   * @param colour the lane's, as CSS has it
   * @param pick a person chose what a lane said: its event is to be seen
   */
  constructor(store: Store, colour: (lane: Lane) => string, pick: (lane: Lane, frame: number) => void, signal: AbortSignal) {
    this.#store = store;
    this.#colour = colour;
    this.element = h(
      "div",
      { class: "sc-talk", role: "group", "aria-label": "Conversation", "data-sw": "conductor" },
      h("style", null, STYLE),
      this.#list,
      this.#later,
    );
    listen(this.#list, "scroll", () => this.#scrolled(), signal, { passive: true });
    listen(this.#earlier, "click", () => this.#move(-STEP), signal);
    listen(this.#later, "click", () => this.#toEnd(), signal);
    const chosen = (event: Event): void => {
      const element = (event.target as Element).closest('[role="listitem"]');
      const block = [...this.#rows].find(([, row]) => row.element === element)?.[0];
      if (block?.lane) pick(block.lane, block.frame);
    };
    listen(this.#list, "click", chosen, signal);
    listen(this.#list, "keydown", (event) => this.#key(event), signal);
  }

  /**
   * Draw what is new.
   *
   * @param from second of the session that is 0 s on the axis
   */
  draw(from: number): void {
    if (from !== this.#origin) for (const block of [...this.#rows.keys()]) this.#drop(block);
    this.#origin = from;
    this.#conversation.update(this.#store);
    const { blocks, epoch } = this.#conversation;
    if (this.#follows) this.#from = Math.max(0, blocks.length - SHOWN);
    this.#from = Math.max(0, Math.min(this.#from, blocks.length - 1));
    const shown = blocks.slice(this.#from, this.#from + SHOWN);
    if (epoch !== this.#drawn) {
      this.#drawn = epoch;
      const here = new Set(blocks);
      for (const block of this.#rows.keys()) if (!here.has(block)) this.#drop(block);
    }
    const wanted = new Set(shown);
    for (const block of [...this.#rows.keys()]) if (!wanted.has(block)) this.#drop(block);
    if (this.#from > 0) {
      setText(this.#earlier, `${format.count(this.#from)} earlier`);
      if (this.#list.firstChild !== this.#earlier) this.#list.prepend(this.#earlier);
    } else this.#earlier.remove();
    let place: Element | null = this.#from > 0 ? this.#earlier.nextElementSibling : this.#list.firstElementChild;
    let before: Block | undefined;
    for (const block of shown) {
      const row = this.#rows.get(block) ?? this.#make(block);
      if (row.text && row.version !== block.version) {
        row.version = block.version;
        setText(row.text, tidy(block.text));
      }
      setAttribute(row.element, "data-again", block.lane !== null && before?.lane === block.lane && before.kind === block.kind);
      if (row.element !== place) this.#list.insertBefore(row.element, place);
      else place = place.nextElementSibling;
      before = block;
    }
    setHidden(this.#later, this.#follows);
    if (!this.#follows) return;
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#top = this.#list.scrollTop;
  }

  #make(block: Block): { element: HTMLElement; text: HTMLElement | null; version: number } {
    const time = format.seconds(block.time - this.#origin);
    let row: { element: HTMLElement; text: HTMLElement | null; version: number };
    if (block.link || !block.lane) {
      row = {
        element: h("div", { class: "sc-link", role: "listitem", "data-sw": "conductor-link" }, `${this.#words(block)} · ${time}`),
        text: null,
        version: 0,
      };
    } else {
      const text = h("span", { class: "sc-text" }, tidy(block.text));
      const button = h(
        "button",
        {
          type: "button",
          class: "sc-item",
          tabindex: -1,
          "data-kind": block.kind,
          style: `--lane: ${this.#colour(block.lane)}`,
          title: "Show this event",
        },
        h("span", { class: "sc-who" }, h("i", { "aria-hidden": "true" }), h("span", null, titleOf(block.lane))),
        text,
        h("span", { class: "sc-time" }, time),
      );
      row = { element: h("div", { role: "listitem", "data-sw": "conductor-said" }, button), text, version: block.version };
    }
    this.#rows.set(block, row);
    return row;
  }

  #words({ link }: Block): string {
    if (!link) return "";
    const name = (id: string): string => {
      const lane = this.#store.lanes.get(id);
      return lane ? titleOf(lane) : "a lane";
    };
    const to = name(link.to);
    const from = link.from.map(name).join(", ");
    const about = link.text && link.text !== link.kind ? ` (${format.named(link.text)})` : "";
    return link.kind === "handoff" ? `${from} hands over to ${to}${about}` : `${to} waits for ${from}${about}`;
  }

  #drop(block: Block): void {
    this.#rows.get(block)?.element.remove();
    this.#rows.delete(block);
  }

  #scrolled(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.#list;
    const up = scrollTop < this.#top - 1;
    this.#top = scrollTop;
    if (this.#follows && !up) return; // lines broke anew, or more came than was scrolled to; nobody went anywhere
    const atEnd = scrollTop + clientHeight >= scrollHeight - NEAR;
    if (atEnd && !this.#follows && this.#from + SHOWN < this.#conversation.blocks.length) {
      this.#move(STEP);
      return;
    }
    this.#follows = atEnd && this.#from + SHOWN >= this.#conversation.blocks.length;
    setHidden(this.#later, this.#follows);
  }

  /** Show older or newer blocks; what was looked at stays where it is. */
  #move(by: number): void {
    const anchor = this.#list.querySelector<HTMLElement>('[role="listitem"]');
    const edge = by < 0 ? anchor : (this.#list.lastElementChild as HTMLElement | null);
    const before = edge?.getBoundingClientRect().top ?? 0;
    this.#follows = false;
    this.#from = Math.max(0, Math.min(this.#from + by, this.#conversation.blocks.length - SHOWN));
    this.draw(this.#origin);
    if (edge?.isConnected) this.#list.scrollTop += edge.getBoundingClientRect().top - before;
  }

  #toEnd(): void {
    this.#follows = true;
    this.draw(this.#origin);
    this.#list.focus();
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const items = [...this.#list.querySelectorAll<HTMLElement>(".sc-item")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = items[at < 0 ? items.length - 1 : at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

/** A block's text without white space around it and empty lines in it. */
function tidy(text: string): string {
  return text.trim().replace(/\n\s*\n/g, "\n");
}
