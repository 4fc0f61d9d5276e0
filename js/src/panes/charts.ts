/** The place of the charts. What draws them is a part of the front end that the kernel keeps until somebody looks at them. */

import { asset, fetchAsset } from "../assets";
import { h, setText } from "../dom";
import type { Link } from "../link";
import type { Store } from "../store";
import * as format from "./format";

/** Milliseconds until a kernel that was busy is asked again, while the tab is open. */
const PAUSE = 3000;

export interface ChartsPane {
  draw(): void;
  repaint(): void;
}

export function mount(
  host: HTMLElement,
  store: Store,
  link: Link,
  signal: AbortSignal,
  redraw: () => void,
): { draw(): void; count(): string; repaint(): void } {
  const note = h("p", { class: "sw-empty", "data-sw": "charts-note" }, "…");
  host.append(note);
  let pane: ChartsPane | null = null;
  let asking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  function ask(): void {
    asking = true;
    fetchAsset("charts", link).then(redraw, (error: unknown) => {
      if (signal.aborted) return;
      setText(
        note,
        link.live
          ? `${error instanceof Error ? error.message : error}`
          : "The charts are with the kernel of this stream, and that is gone.",
      );
      timer = setTimeout(() => {
        asking = false;
        redraw();
      }, PAUSE);
    });
  }

  return {
    draw() {
      if (host.hidden) return;
      const module = asset("charts");
      if (!pane && module) {
        note.remove();
        pane = module.mount(host, store, link, signal);
      }
      if (pane) pane.draw();
      else if (!asking && !signal.aborted) ask();
    },
    count: () => format.counted(store.focus?.eventCount ?? 0, "event"),
    repaint: () => pane?.repaint(),
  };
}
