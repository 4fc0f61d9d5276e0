/** Moving a lane by its number with the mouse or a finger: the lanes make room while it moves. */

import { listen, setAttribute } from "../dom";

/** @param move called with a lane and the place that it is over, from 0 */
export function drag(list: HTMLElement, move: (lane: string, to: number) => void, signal: AbortSignal): void {
  let held: HTMLElement | null = null;
  let moved = false;

  listen(
    list,
    "pointerdown",
    (event) => {
      const badge = (event.target as Element).closest<HTMLElement>(".sl-badge");
      held = badge && event.button === 0 ? badge.closest<HTMLElement>(".sl-row") : null;
      moved = false;
    },
    signal,
  );
  listen(
    list,
    "pointermove",
    (event) => {
      if (!held) return;
      const box = list.getBoundingClientRect();
      const to = Math.floor((event.clientY - box.top) / held.offsetHeight);
      const own = [...list.querySelectorAll(".sl-row")].indexOf(held);
      if (to === own && !moved) return;
      // Only now: a click on the number opens the lane like one on its name.
      if (!moved) list.setPointerCapture(event.pointerId);
      moved = true;
      setAttribute(held, "data-drag", true);
      move(held.dataset.lane ?? "", to);
    },
    signal,
  );
  const end = (): void => {
    if (held) setAttribute(held, "data-drag", null);
    held = null;
  };
  listen(list, "pointerup", end, signal);
  listen(list, "pointercancel", end, signal);
  listen(
    list,
    "click",
    (event) => {
      if (moved) event.stopPropagation();
      moved = false;
    },
    signal,
    { capture: true },
  );
}
