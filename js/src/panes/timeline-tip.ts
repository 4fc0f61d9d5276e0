/** What the pointer is told on the timeline. */

import { h } from "../dom";
import { Kind } from "../protocol";
import type { Lane } from "../store";
import { deltaOf, pauseOf, previewOf, titleOf, wordOf } from "./about";
import * as format from "./format";
import { framesBetween } from "./timeline-hit";
import type { Scale } from "./timeline-scale";

/** Fill the tip with what is known of a frame. */
export function fillTip(tip: HTMLElement, lane: Lane, frame: number, scale: Scale): void {
  const { text, quiet } = previewOf(lane, frame, 60);
  const pause = pauseOf(lane, frame);
  const time = lane.columns.time(frame);
  const here = framesBetween(lane.columns, time - scale.pixel / 2, time + scale.pixel / 2);
  tip.replaceChildren(
    h(
      "div",
      { class: "sw-tip-head" },
      h("b", null, titleOf(lane, frame)),
      h("span", null, format.instant(time)),
      h("span", null, `Δ ${format.gap(deltaOf(lane, frame))}`),
      pause !== null && h("span", null, `${format.gap(pause)} after the last text`),
      h("span", null, format.bytes(lane.columns.size(frame))),
      lane.columns.kind(frame) === Kind.event && h("span", null, wordOf(lane, frame)),
      !quiet && lane.label(frame) && h("span", null, lane.label(frame)),
      here > 1 && h("span", null, `${format.count(here)} on this pixel`),
    ),
    h("div", { class: quiet ? "sw-tip-quiet" : "sw-tip-text" }, text),
  );
}
