/** A panel over the page, beside what opened it. It lies in the top layer, so neither the card nor a scrolled cell cuts it off. */

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
