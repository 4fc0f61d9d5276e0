/**
 * The place of the board: what a session shows beyond the one lane that is looked at. What draws it is a part of the front end that the
 * kernel keeps, under the name of the layout; until it is here, the card stands alone.
 */

import { type BoardName, fetchAsset } from "./assets";
import { h, setHidden } from "./dom";
import type { Link } from "./link";
import { mount as mountOutput } from "./panes/output";
import type { Lane, Store } from "./store";

/** Milliseconds until a kernel that was busy is asked again. */
const PAUSE = 3000;

/**
 * What a board is given of this module, because a copy of its own would be heavy. What is small (`dom`, `format`, `frame`, `sight`,
 * the timeline's scale and colours) it imports.
 */
export interface Kit {
  /** Put the output of a lane, as the card shows it, into an element; draw it whenever that lane has changed. */
  mountOutput(host: HTMLElement, lane: Lane, signal: AbortSignal): { draw(): void };
  /** Show or hide the card of the lane that is looked at; while there is a board it is hidden at first. */
  showCard(shown: boolean): void;
  /** Look at a lane: the card shows it, all of its tabs, and comes into sight. */
  openLane(lane: Lane): void;
}

/** A part of the front end that draws boards. */
export interface BoardView {
  /**
   * @param host an empty element above the card
   * @param signal aborts when the view goes, or another layout takes the place
   */
  mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal, kit: Kit): void;
}

/**
 * Put the board's place before the card, and a board into it as soon as the store has one.
 *
 * @param redraw draws the card: nothing is drawn of it while it is hidden
 */
export function mountBoard(card: HTMLElement, store: Store, link: Link, signal: AbortSignal, redraw: () => void): void {
  const host = h("div", { "data-sw": "board", hidden: true });
  card.before(host);
  let layout = "";
  let view = new AbortController();
  signal.addEventListener("abort", () => view.abort(), { once: true });
  const kit: Kit = {
    mountOutput: (el, lane, until) =>
      mountOutput(
        el,
        // The same store, in which this lane is the one that is looked at.
        new Proxy(store, {
          get(_, name: keyof Store) {
            const value = store[name];
            return name === "focus" ? lane : typeof value === "function" ? value.bind(store) : value;
          },
        }),
        link,
        until,
      ),
    showCard(shown) {
      setHidden(card, !shown);
      redraw();
    },
    openLane(lane) {
      kit.showCard(true);
      store.focusOn(lane.id);
      card.scrollIntoView({ block: "nearest" });
    },
  };

  function look(): void {
    const next = store.board?.layout ?? (store.order.length > 1 ? "lanes" : "");
    if (next === layout) return;
    layout = next;
    view.abort();
    view = new AbortController();
    host.replaceChildren();
    setHidden(host, true);
    kit.showCard(!next); // it would be there for a moment only
    if (next) put(next as BoardName, view.signal);
  }

  function put(name: BoardName, until: AbortSignal): void {
    fetchAsset(name, link).then(
      (module) => {
        if (until.aborted) return;
        setHidden(host, false);
        kit.showCard(false);
        module.mount(host, store, link, until, kit);
      },
      () => {
        if (until.aborted) return;
        kit.showCard(true);
        if (link.live) setTimeout(() => until.aborted || put(name, until), PAUSE);
      },
    );
  }
  store.subscribe(look, signal);
  look();
}
