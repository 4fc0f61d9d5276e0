/** Hands on the timeline: pointer, wheel and keys, told apart and turned into what they mean. The notebook's own scrolling stays its own. */

import { listen } from "../dom";
import { ROWS } from "./timeline-paint";
import type { Scale } from "./timeline-scale";

/** CSS pixels that a press must travel to be a drag and no click. */
const SLOP = 4;
/** How much a key or a button, and a full step of a wheel, change the length of the window. */
export const STEP = 0.5;
const WHEEL = 0.0022;
/** CSS pixels of a line and of a page, for wheels that count in those. */
const UNITS = [1, 16, 400];

export interface Hands {
  scale(): Scale;
  zoomed(): boolean;
  /** Make the window `factor` times as long around an instant. */
  zoom(factor: number, at: number): void;
  /** Move the window by seconds; whether it moved. */
  pan(by: number): boolean;
  /** Move the window so that its middle is at this share of everything. */
  jump(share: number): void;
  hover(at: { x: number; y: number } | null): void;
  click(event: PointerEvent | MouseEvent): void;
  /** A span from where the press began to where it is now. */
  brush(from: number, to: number, last: boolean): void;
}

type Drag = "none" | "press" | "brush" | "pan" | "window" | "pinch";

export function hands(canvas: HTMLCanvasElement, to: Hands, signal: AbortSignal): void {
  let drag: Drag = "none";
  let begin = { x: 0, y: 0, time: 0 };
  let last = 0;
  const fingers = new Map<number, number>();
  let spread = 0;

  listen(
    canvas,
    "wheel",
    (event) => {
      const unit = UNITS[event.deltaMode] ?? 1;
      if (event.ctrlKey || event.metaKey) {
        // A pinch on a trackpad arrives as a wheel with Ctrl, too; the browser would zoom the whole page.
        event.preventDefault();
        to.zoom(Math.exp(event.deltaY * unit * WHEEL), to.scale().time(event.offsetX));
        return;
      }
      const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (Math.abs(across) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return;
      if (to.pan(across * unit * to.scale().pixel)) event.preventDefault();
    },
    signal,
    { passive: false },
  );

  listen(
    canvas,
    "pointerdown",
    (event) => {
      if (event.button > 1) return;
      if (event.pointerType === "touch") fingers.set(event.pointerId, event.offsetX);
      if (fingers.size === 2) {
        drag = "pinch";
        spread = apart();
        return;
      }
      begin = { x: event.offsetX, y: event.offsetY, time: to.scale().time(event.offsetX) };
      last = event.offsetX;
      drag = to.zoomed() && event.offsetY >= ROWS.height - 8 ? "window" : "press";
      if (event.button === 1) event.preventDefault();
      if (typeof canvas.setPointerCapture === "function") canvas.setPointerCapture(event.pointerId);
      if (drag === "window") jumpTo(event.offsetX);
    },
    signal,
  );

  listen(
    canvas,
    "pointermove",
    (event) => {
      // While something is moved nothing is pointed at, and to lay out a tip costs more than the picture.
      to.hover(drag === "none" || drag === "press" ? { x: event.offsetX, y: event.offsetY } : null);
      if (drag === "none") return;
      if (drag === "pinch") {
        fingers.set(event.pointerId, event.offsetX);
        const now = apart();
        const middle = [...fingers.values()].reduce((sum, x) => sum + x, 0) / 2;
        if (now > 8 && spread > 8) to.zoom(spread / now, to.scale().time(middle));
        spread = now;
        return;
      }
      if (drag === "press" && Math.abs(event.offsetX - begin.x) > SLOP) drag = means(event);
      if (drag === "pan") to.pan((last - event.offsetX) * to.scale().pixel);
      else if (drag === "brush") to.brush(begin.time, to.scale().time(event.offsetX), false);
      else if (drag === "window") jumpTo(event.offsetX);
      last = event.offsetX;
    },
    signal,
  );

  /** A window is moved by its axis, by Shift, by the middle button or by a finger; everything else chooses a span. */
  function means(event: PointerEvent): Drag {
    const onAxis = begin.y > ROWS.axis - 4;
    return to.zoomed() && (onAxis || event.shiftKey || event.buttons === 4 || event.pointerType === "touch") ? "pan" : "brush";
  }

  function jumpTo(x: number): void {
    const { left, width } = to.scale();
    to.jump((x - left) / width);
  }

  function apart(): number {
    const [a = 0, b = 0] = fingers.values();
    return Math.abs(a - b);
  }

  listen(
    canvas,
    "pointerup",
    (event) => {
      fingers.delete(event.pointerId);
      if (drag === "brush") to.brush(begin.time, to.scale().time(event.offsetX), true);
      else if (drag === "press" && event.button === 0) to.click(event);
      drag = "none";
    },
    signal,
  );
  listen(
    canvas,
    "pointercancel",
    (event) => {
      fingers.delete(event.pointerId);
      drag = "none";
    },
    signal,
  );
  listen(canvas, "pointerleave", () => to.hover(null), signal);
  listen(
    canvas,
    "dblclick",
    (event) => {
      if (event.offsetY < ROWS.height - 8) to.zoom(STEP, to.scale().time(event.offsetX));
    },
    signal,
  );
}
