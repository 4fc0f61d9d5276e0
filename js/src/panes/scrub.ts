/** The scrubber under the timeline: play again, step by events, stand at any instant, go back to now. */

import { h, listen, setAttribute, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import { Play, SPEEDS } from "../play";
import type { Lane, Store } from "../store";
import * as format from "./format";

/** Steps of the slider: finer than any screen has pixels for it. */
const FINE = 2000;

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): { draw(): void } {
  const play = new Play();
  const button = (name: string, label: string, sign = ""): HTMLButtonElement =>
    h("button", { type: "button", class: "sw-key", "aria-label": label, title: label, "data-sw": name }, sign);
  const back = button("step-back", "One event back (,)", "‹");
  const toggle = button("play", "Play again from here (space)", "▶");
  const forth = button("step-forth", "One event on (.)", "›");
  const slider = h("input", {
    type: "range",
    class: "sw-scrub",
    min: 0,
    max: FINE,
    value: FINE,
    "aria-label": "Instant shown",
    "data-sw": "scrub",
  });
  const clock = h("span", { class: "sw-scrub-time", "data-sw": "scrub-time" });
  const speed = h(
    "select",
    { class: "sw-scrub-speed", "aria-label": "Speed", title: "Speed of playing", "data-sw": "speed" },
    ...SPEEDS.map((each) => h("option", { value: each, selected: each === 1 }, `${each}×`)),
  );
  const loop = button("loop", "Begin again at the end", "⟲");
  const bar = h(
    "div",
    { class: "sw-scrub-bar", role: "group", "aria-label": "Play again", "data-empty": true },
    back,
    toggle,
    forth,
    slider,
    clock,
    speed,
    loop,
  );
  host.append(bar);

  const step = onFrame(() => {
    if (play.step(store, now())) step();
    draw();
  }, signal);
  const now = (): number => performance.now() / 1000;
  /** Do something to the lane that is shown. */
  const on = (element: HTMLElement, type: "click" | "input" | "change", act: (lane: Lane) => void): void =>
    listen(
      element,
      type,
      () => {
        const lane = store.focus;
        if (lane) act(lane);
        draw();
      },
      signal,
    );
  on(back, "click", (lane) => play.stepEvent(store, lane, -1));
  on(forth, "click", (lane) => play.stepEvent(store, lane, 1));
  on(toggle, "click", (lane) => {
    if (play.playing(lane)) play.stop();
    else {
      play.start(store, lane, now());
      step();
    }
  });
  on(slider, "input", (lane) => {
    play.seek(store, lane, (Number(slider.value) / FINE) * endOf(lane));
  });
  on(speed, "change", (lane) => {
    play.speed = Number(speed.value);
    // A replay that still comes from the kernel goes as fast as it is told to there.
    if (lane.state.replay && !lane.finished) link.send({ type: "speed", lane: lane.id, speed: play.speed });
  });
  on(loop, "click", () => {
    play.loop = !play.loop;
  });
  listen(
    bar,
    "keydown",
    (event) => {
      const lane = store.focus;
      if (!lane || (event.key !== "," && event.key !== ".")) return;
      event.preventDefault();
      play.stepEvent(store, lane, event.key === "." ? 1 : -1);
      draw();
    },
    signal,
  );

  function endOf(lane: Lane): number {
    return lane.head > 0 ? lane.columns.time(lane.head - 1) : 0;
  }

  function draw(): void {
    const lane = store.focus;
    const some = (lane?.head ?? 0) > 1;
    setAttribute(bar, "data-empty", !some);
    if (!lane || !some) return;
    const end = endOf(lane);
    const at = lane.shown < 0 ? 0 : lane.columns.time(lane.shown);
    const value = String(lane.at === null ? FINE : Math.round(end > 0 ? (at / end) * FINE : FINE));
    if (slider.value !== value) slider.value = value;
    setAttribute(slider, "aria-valuetext", `${format.seconds(at)} of ${format.seconds(end)}`);
    setText(clock, lane.at === null ? format.seconds(end) : `${format.seconds(at)} / ${format.seconds(end)}`);
    const playing = play.playing(lane);
    setText(toggle, playing ? "❚❚" : "▶");
    setAttribute(toggle, "aria-label", playing ? "Stand still (space)" : "Play again from here (space)");
    setAttribute(loop, "aria-pressed", play.loop ? "true" : "false");
    setAttribute(back, "aria-disabled", lane.columns.eventsBefore(lane.shown + 1) < 2 ? "true" : null);
    setAttribute(forth, "aria-disabled", lane.at === null ? "true" : null);
  }
  return { draw };
}
