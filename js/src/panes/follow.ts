/** Following the end of what arrives: as long as a person is at the end, and not a moment longer. */

import { h, listen, setAttribute, setHidden } from "../dom";
import { afterDraws } from "../frame";

/** Pixels from the end within which a person counts as being there. */
const NEAR = 24;

export interface Follower {
  /** Call after drawing: goes to the end if it is followed, before the frame is shown. */
  settle(live: boolean): void;
  /** Stop following: something else was brought into view. `entirely`: also where that is at the end, since nothing will follow. */
  letGo(entirely?: boolean): void;
  /** Follow again, from the beginning of a new text. */
  reset(): void;
}

/**
 * @param scroller the element that scrolls
 * @param host where the "Jump to latest" pill goes: a positioned parent of the scroller
 * @param content grows after it was drawn, as what comes into sight is laid out; its end is followed then, too
 */
export function follow(scroller: HTMLElement, host: HTMLElement, signal: AbortSignal, content?: HTMLElement): Follower {
  let following = true;
  let seenLive = false;
  let lastTop = 0;
  let room = 0;
  const pill = h("button", { type: "button", class: "sw-pill", hidden: true, "data-sw": "latest" }, "↓ Jump to latest");
  host.append(pill);

  const distance = (): number => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
  const toEnd = (): void => {
    scroller.scrollTop = scroller.scrollHeight;
    lastTop = scroller.scrollTop;
    room = scroller.clientHeight;
  };
  /** Where the end is not followed, what is seen stays where it is while blocks above it get their true height: the browser's own work. */
  const hold = (): void => setAttribute(scroller, "data-held", !(following && seenLive));
  hold();
  listen(
    scroller,
    "scroll",
    () => {
      const top = scroller.scrollTop;
      // Only a move towards the beginning lets go: text that grows, or a pane that gets smaller, moves the end and not the person;
      // and one that gets taller moves the place itself.
      const resized = scroller.clientHeight !== room;
      room = scroller.clientHeight;
      if (top < lastTop - 1 && distance() > NEAR && !resized) following = false;
      else if (distance() <= NEAR) following = true;
      lastTop = top;
      if (following) setHidden(pill, true);
      hold();
    },
    signal,
    { passive: true },
  );
  listen(
    pill,
    "click",
    () => {
      following = true;
      toEnd();
      setHidden(pill, true);
      scroller.focus({ preventScroll: true });
    },
    signal,
  );
  if (content) {
    const sizes = new ResizeObserver(() => {
      if (following && seenLive && distance() > 0) toEnd();
    });
    sizes.observe(content);
    signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  }
  let settling: boolean | null = null;
  function settle(): void {
    const live = settling;
    settling = null;
    if (signal.aborted || live === null) return;
    const away = distance();
    if (following && away > 0) toEnd();
    setAttribute(pill, "hidden", following || !live || away <= NEAR);
  }
  return {
    settle(live) {
      // A run that was already over when it was first seen is read from its beginning.
      if (!live && !seenLive) return;
      seenLive = true;
      hold();
      // Once everything is drawn, still in the same frame: to ask for the end lays the page out, and once is enough.
      if (settling === null) afterDraws(settle);
      settling = live;
    },
    letGo(entirely = false) {
      following = !entirely && distance() <= NEAR && following;
    },
    reset() {
      following = true;
      seenLive = false;
      setHidden(pill, true);
    },
  };
}

/** Scroll so that an element is seen within its scroller; nothing outside of the scroller moves (a notebook must not jump). */
export function reveal(scroller: HTMLElement, box: { top: number; bottom: number }, margin = 28): boolean {
  const frame = scroller.getBoundingClientRect();
  let move = 0;
  if (box.top < frame.top + margin) move = box.top - frame.top - margin;
  else if (box.bottom > frame.bottom - margin) move = box.bottom - frame.bottom + margin;
  if (move === 0) return false;
  scroller.scrollTop += move;
  return true;
}
