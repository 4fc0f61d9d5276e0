/** Marking ranges of text without touching the text's elements: the CSS Custom Highlight API, or boxes laid over it where that is missing. */

import { h } from "../dom";

/** One highlight of each kind for all widgets of the document: their registry is global, the names are ours. */
const EXACT = "sw-selected";
const AROUND = "sw-around";

export interface Marker {
  /** Mark these ranges, and no others. `exact`: they are the text itself and not just the block that it is somewhere in. */
  show(ranges: Range[], exact?: boolean): void;
}

/** @param layer a positioned element that scrolls with the text; only used without the API */
export function marker(layer: HTMLElement, signal: AbortSignal): Marker {
  const registry = typeof CSS !== "undefined" && "highlights" in CSS && typeof Highlight === "function" ? CSS.highlights : null;
  let mine: Range[] = [];
  const boxes = h("div", { class: "sw-boxes", "aria-hidden": "true" });
  if (!registry) layer.append(boxes);

  function show(ranges: Range[], exact = true): void {
    if (registry) {
      for (const name of [EXACT, AROUND]) {
        const all = registry.get(name) ?? new Highlight();
        registry.set(name, all);
        for (const range of mine) all.delete(range);
        if (exact === (name === EXACT)) for (const range of ranges) all.add(range);
      }
    } else {
      const origin = layer.getBoundingClientRect();
      const rects = ranges.flatMap((range) => [...range.getClientRects()]);
      boxes.replaceChildren(
        ...rects.map((rect) => {
          const box = h("i", { class: !exact && "sw-around" });
          box.style.cssText = `left:${rect.left - origin.left}px;top:${rect.top - origin.top}px;width:${rect.width}px;height:${rect.height}px`;
          return box;
        }),
      );
    }
    mine = ranges;
  }
  signal.addEventListener("abort", () => show([]), { once: true });
  return { show };
}

/** The text position under a point: standard first, then the older name that Safari and Chromium before 128 know. */
export function positionAt(x: number, y: number): { node: Node; offset: number } | null {
  const found = document as Document & { caretRangeFromPoint?: (x: number, y: number) => Range | null };
  if (typeof document.caretPositionFromPoint === "function") {
    const position = document.caretPositionFromPoint(x, y);
    return position ? { node: position.offsetNode, offset: position.offset } : null;
  }
  const range = found.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/** The box that ranges cover together; null if they cover nothing that is laid out. */
export function boxOf(ranges: Range[]): { top: number; bottom: number } | null {
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const range of ranges) {
    for (const rect of range.getClientRects()) {
      top = Math.min(top, rect.top);
      bottom = Math.max(bottom, rect.bottom);
    }
  }
  return top < bottom ? { top, bottom } : null;
}
