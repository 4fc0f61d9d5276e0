/** A panel over the page, beside what opened it. It lies in the top layer, so neither the card nor a scrolled cell cuts it off. */

import { listen, setAttribute } from "../dom";

/** CSS pixels that are kept free around it. */
const MARGIN = 8;
const GAP = 6;

/**
 * Put a panel (`position: fixed`) beside its opener.
 *
 * @param side where it goes if there is room, else it goes to the other
 * @returns whether the opener is still to be seen; a panel without it would hang in the air
 */
export function placeAt(panel: HTMLElement, opener: HTMLElement, side: "above" | "below"): boolean {
  if (!opener.isConnected) return true;
  const at = opener.getBoundingClientRect();
  if (at.height > 0 && (at.bottom < 0 || at.top > innerHeight)) return false;
  const { width, height } = panel.getBoundingClientRect();
  const above = at.top - GAP - height;
  const below = at.bottom + GAP;
  const fitsBelow = below <= innerHeight - MARGIN - height;
  const up = side === "above" ? above >= MARGIN || !fitsBelow : above >= MARGIN && !fitsBelow;
  const top = Math.min(up ? above : below, innerHeight - MARGIN - height);
  const left = Math.min(at.left - GAP, innerWidth - MARGIN - width);
  panel.style.top = `${Math.round(Math.max(MARGIN, top))}px`;
  panel.style.left = `${Math.round(Math.max(MARGIN, left))}px`;
  return true;
}

export interface Popup {
  readonly isOpen: boolean;
  /** Open beside `opener`, or close if it is open. */
  toggle(opener: HTMLElement): void;
  /** @param back whether the focus returns to what opened it */
  close(back?: boolean): void;
}

/**
 * Make a panel (`popover="manual"`, hidden) one that opens beside a button, closes by Escape and by a press elsewhere, and keeps Tab inside.
 *
 * @param opened called before it is shown, and gives what gets the focus
 */
export function popup(panel: HTMLElement, side: "above" | "below", opened: () => HTMLElement | null, signal: AbortSignal): Popup {
  let opener: HTMLElement | null = null;

  function close(back = true): void {
    if (!opener) return;
    const from = opener;
    opener = null;
    setAttribute(from, "aria-expanded", "false");
    panel.hidden = true;
    if (panel.isConnected && panel.matches(":popover-open")) panel.hidePopover();
    if (back) from.focus({ preventScroll: true });
  }
  function follow(): void {
    if (opener && !placeAt(panel, opener, side)) close(false);
  }
  listen(
    panel,
    "keydown",
    (event) => {
      event.stopPropagation(); // Escape closes the panel and does not take the selection away too
      if (event.key !== "Escape") return keepTab(panel, event);
      event.preventDefault();
      close();
    },
    signal,
  );
  listen(panel, "toggle", (event) => (event as ToggleEvent).newState === "closed" && close(false), signal);
  const outside = (target: Node) => opener && !panel.contains(target) && !opener.contains(target) && close(false);
  listen(document, "pointerdown", (event) => outside(event.target as Node), signal, { capture: true });
  for (const moved of ["scroll", "resize"] as const) listen(window, moved, follow, signal, { capture: true, passive: true });

  return {
    get isOpen() {
      return opener !== null;
    },
    toggle(from) {
      if (opener) return close();
      opener = from;
      const focus = opened();
      panel.hidden = false;
      panel.showPopover?.();
      setAttribute(from, "aria-expanded", "true");
      follow();
      focus?.focus({ preventScroll: true });
    },
    close,
  };
}

/** Let Tab walk round inside a panel: behind it is the whole notebook. */
export function keepTab(panel: HTMLElement, event: KeyboardEvent): void {
  if (event.key !== "Tab") return;
  const stops = [...panel.querySelectorAll<HTMLElement>("button, input, select, [tabindex]")].filter(
    (each) => !(each as HTMLButtonElement).disabled && each.closest("[hidden]") === null,
  );
  const last = stops[stops.length - 1];
  const leaving = event.shiftKey ? stops[0] : last;
  if (document.activeElement !== leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : stops[0])?.focus();
}
