/** The menu of the view: at which pace the page shows what came, whether it stands still, and what sending it has cost. */

import { fetchAsset } from "../assets";
import { freshId, h, listen, setAttribute, setHidden, setText } from "../dom";
import type { Link } from "../link";
import { PACINGS, type Pacing } from "../pace";
import type { Flow } from "../protocol";
import type { Lane, Store } from "../store";
import * as format from "./format";
import { popup } from "./popover";

const WORDS: Record<Pacing, [name: string, about: string]> = {
  raw: ["Raw", "as it arrives"],
  smooth: ["Smooth", "at an even pace, a little behind"],
  slow: ["Slow", "for an audience, with pauses"],
};
/** Why batches were merged, as the end of a sentence. */
const WHY: Record<Flow["why"], string> = {
  "": "",
  hidden: ", since nobody could see the page",
  behind: ", since the page was behind",
  unheard: ", since the kernel was too busy to hear the page",
  shared: ", since many streams share the way",
};
/** Under this name the choice is kept for the other streams of this browser tab: a presenter makes it once. */
const KEPT = "sse_widget.pacing";

export interface ViewMenu {
  /** Opens the menu. */
  readonly button: HTMLElement;
  draw(lane: Lane | undefined): void;
}

/** @param root where the panel is put */
export function viewMenu(root: HTMLElement, store: Store, link: Link, signal: AbortSignal): ViewMenu {
  const id = freshId("view");
  const button = h("button", {
    type: "button",
    class: "sw-icon sw-more",
    "aria-label": "View",
    "aria-haspopup": "dialog",
    "aria-expanded": "false",
    title: "How this is shown: pace, holding the view, keeping it, delivery",
    "data-sw": "view",
  });
  const choices = PACINGS.map((pacing) => {
    const input = h("input", { type: "radio", name: `${id}-pace`, value: pacing, id: `${id}-${pacing}`, "data-sw": `pace-${pacing}` });
    const [name, about] = WORDS[pacing];
    return { pacing, input, row: h("label", { for: `${id}-${pacing}` }, input, h("b", null, name), h("span", null, about)) };
  });
  const hold = h("button", { type: "button", class: "sw-button", "data-sw": "hold" });
  const files = h("div");
  const counts = h("p", { class: "sw-view-counts", "data-sw": "flow" });
  const panel = h(
    "div",
    // Lab's shortcuts are single letters, and a radio button is no text field to it.
    {
      class: "sw-view-menu",
      role: "dialog",
      "aria-label": "View",
      popover: "manual",
      hidden: true,
      "data-sw": "view-menu",
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { role: "radiogroup", "aria-label": "Pace of the display" }, ...choices.map((choice) => choice.row)),
    h("div", { class: "sw-view-hold" }, hold, h("span", null, "The stream goes on, and all of it is kept.")),
    files,
    counts,
  );
  root.append(panel);
  const menu = popup(panel, "below", () => choices.find((choice) => choice.pacing === store.pacing)?.input ?? null, signal);

  store.setPacing(kept());
  listen(
    button,
    "click",
    () => {
      menu.toggle(button);
      void offerFiles();
      draw(store.focus); // of a run that is over nothing else asks for a draw
    },
    signal,
  );
  for (const { pacing, input } of choices)
    listen(
      input,
      "change",
      () => {
        store.setPacing(pacing);
        keep(pacing);
      },
      signal,
    );
  listen(
    hold,
    "click",
    () => {
      const lane = store.focus;
      if (lane) store.hold(lane.id, lane.at === null);
    },
    signal,
  );

  let offering = false;
  async function offerFiles(): Promise<void> {
    if (offering || !link.save || !link.live) return;
    offering = true;
    try {
      (await fetchAsset("keep", link)).files(files, store, link, signal);
    } catch {
      offering = false; // a busy kernel: the next time the menu opens
    }
  }

  function draw(lane: Lane | undefined): void {
    setAttribute(button, "data-pace", store.pacing);
    if (!menu.isOpen) return;
    for (const { pacing, input } of choices) if (input.checked !== (pacing === store.pacing)) input.checked = pacing === store.pacing;
    const held = (lane?.at ?? null) !== null;
    setText(hold, held ? "Back to live" : "Hold the view");
    hold.disabled = !lane || (!held && lane.settled);
    setText(counts, store.flow ? wordsOf(store.flow) : "");
    setHidden(counts, store.flow === null);
  }
  return { button, draw };
}

/** `312 batches were sent; 3 events wait, 40 at most. 25 more batches were merged, since …; nothing was dropped.` */
function wordsOf(flow: Flow): string {
  const waiting = `${format.counted(flow.waiting, "event")} waited for the last, ${format.count(flow.most)} at most`;
  const merged =
    flow.merged > 0
      ? `${format.counted(flow.merged, "batch").replace(/batchs$/, "batches")} merged into later ones${WHY[flow.why] ?? ""}. `
      : "";
  return `${format.count(flow.batches)} batches from the kernel; ${waiting}. ${merged}Nothing was dropped.`;
}

function kept(): Pacing {
  try {
    return PACINGS.find((pacing) => pacing === sessionStorage.getItem(KEPT)) ?? "raw";
  } catch {
    return "raw"; // a host that allows no storage
  }
}

function keep(pacing: Pacing): void {
  try {
    sessionStorage.setItem(KEPT, pacing);
  } catch {
    // It holds for this widget alone, then.
  }
}
