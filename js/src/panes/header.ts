/** The top line: the state as a word, whose stream it is, the few numbers that matter, Pause, Stop, and the menu of the view. */

import { h, listen, setAttribute, setHidden, setText, svg } from "../dom";
import type { Link } from "../link";
import type { Metrics, Status } from "../protocol";
import type { Lane, Store } from "../store";
import { instantSeconds, metricsOf } from "../then";
import * as format from "./format";
import { tabs } from "./tabs";
import { viewMenu } from "./view";

/** The words for the states; Python's `run.status` is the same word in lower case. */
export const STATUS_WORDS: Record<Status, string> = {
  connecting: "Connecting",
  waiting: "Waiting",
  thinking: "Thinking",
  writing: "Writing",
  reconnecting: "Reconnecting",
  paused: "Paused",
  done: "Done",
  stopped: "Stopped",
  "cut off": "Cut off",
  failed: "Failed",
};

/** Seconds without data after which a stream that lives on the notebook's own loop is said to be blocked. */
const BLOCKED_AFTER = 1;
/** Seconds of lag that are worth a word. */
const LAGS = 0.1;
/** Two bars, and a triangle. */
const PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";
const GO_ON = "M4.5 2.5v11l9-5.5z";

interface Number_ {
  name: string;
  /** What exactly it counts. */
  about: string;
  spare: boolean;
  wide: boolean;
  /** @param metrics at the instant shown */
  label(metrics: Partial<Metrics>): string;
  value(metrics: Partial<Metrics>, lane: Lane, store: Store): string;
}

const NUMBERS: Number_[] = [
  {
    name: "first_token",
    about: "From sending the request to the first piece of thinking or answer",
    spare: false,
    wide: false,
    // Of an answer that is a tool call and nothing else, the first piece of the call.
    label: (m) => (m.first_token == null && m.first_content != null ? "first piece" : "first token"),
    value: (m) => format.seconds(m.first_token ?? m.first_content),
  },
  {
    name: "first_answer",
    about: "From sending the request to the first piece of the answer itself",
    spare: false,
    wide: false,
    label: () => "first answer",
    value: (m) => format.seconds(m.first_answer),
  },
  {
    name: "tokens_per_s",
    about:
      "From the first token to the last; tokens as the provider's usage counts them, or the fragments that came. Within a tenth of a second there is no speed",
    spare: false,
    wide: true,
    label: (m) => (m.tokens_source === "usage" ? "tokens (usage)" : "fragments"),
    value: (m, { finished, at }) => {
      if (m.tokens_per_s == null || format.overTime(1, format.flow(m)) !== null) return format.rate(m.tokens_per_s);
      return finished && at === null ? "at once" : format.NONE;
    },
  },
  {
    name: "events",
    about: "Events that a client dispatches; comments and other lines are not among them",
    spare: true,
    wide: false,
    label: () => "events",
    value: (_m, l) => format.count(l.at === null ? l.eventCount : l.columns.eventsBefore(l.shown + 1)),
  },
  {
    name: "elapsed",
    about: "Since the request was sent, until the stream ended",
    spare: false,
    wide: false,
    label: () => "elapsed",
    value: (_m, l, store) => format.seconds(l.at === null ? store.elapsed(l) : instantSeconds(l)),
  },
];

/** @param root where panels are put that open from here */
export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal, root: HTMLElement = host): { draw(): void } {
  const word = h("span");
  const state = h("span", { class: "sw-state", "data-sw": "status" }, h("i", { class: "sw-dot", "aria-hidden": "true" }), word);
  const name = h("b", { "data-sw": "name" });
  const model = h("span", { "data-sw": "model" });
  const note = h("span", { class: "sw-note", "data-sw": "note", hidden: true });
  const live = h("button", { type: "button", class: "sw-live", "data-sw": "live", hidden: true, title: "Show what has arrived" }, "Live");
  const who = h("span", { class: "sw-who" }, h("span", { class: "sw-names" }, name, model), note, live);
  const slots = NUMBERS.map((number) => {
    const label = h("dt");
    const value = h("dd", { "data-sw": `metric-${number.name}` });
    const slot = h(
      "div",
      { class: `sw-num${number.wide ? " sw-num-wide" : ""}`, "data-spare": number.spare, title: number.about },
      label,
      value,
    );
    return { number, label, value, slot };
  });
  const stop = h("button", { type: "button", class: "sw-stop", "data-sw": "stop" }, "Stop");
  const copy = h(
    "button",
    { type: "button", class: "sw-copy", "data-sw": "copy", title: "Copy the answer as it was written, in Markdown" },
    "Copy",
  );
  const sign = svg("path", { d: PAUSE });
  const pause = h("button", { type: "button", class: "sw-icon", "data-sw": "pause" });
  pause.append(svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, sign));
  const menu = viewMenu(root, store, link, signal);
  const act = h("div", { class: "sw-acts" }, pause, h("div", { class: "sw-act" }, stop, copy), menu.button);
  const line = h("div", { class: "sw-head" }, state, who, h("dl", { class: "sw-nums" }, ...slots.map((each) => each.slot)), act);
  const lanes = h("div", { class: "sw-lanes", hidden: true, "data-sw": "lanes" });
  const switcher = tabs(lanes, "Streams", (id) => store.focusOn(id), signal);
  host.append(line, lanes);

  /** Lanes whose Stop was pressed: said at once, since the kernel may be too busy to answer. */
  const stopping = new Set<string>();
  /** When each lane last brought something, on the session clock. */
  const lastData = { lane: "", head: -1, at: 0 };

  listen(
    stop,
    "click",
    () => {
      const lane = store.focus;
      if (!lane || lane.finished || stopping.has(lane.id)) return;
      stopping.add(lane.id);
      link.send({ type: "stop", lane: lane.id });
      draw();
    },
    signal,
  );

  listen(copy, "click", () => void copyAnswer(), signal);
  listen(
    pause,
    "click",
    () => {
      const lane = store.focus;
      if (lane && !lane.finished) link.send({ type: lane.state.status === "paused" ? "resume" : "pause", lane: lane.id });
    },
    signal,
  );
  listen(
    live,
    "click",
    () => {
      if (!store.focus) return;
      store.hold(store.focus.id, false);
      menu.button.focus({ preventScroll: true }); // the button is about to go, and the focus must not go with it
    },
    signal,
  );

  async function copyAnswer(): Promise<void> {
    try {
      await navigator.clipboard.writeText(store.focus ? answerOf(store.focus) : "");
      setText(copy, "Copied");
    } catch {
      setText(copy, "Not allowed");
    }
    setTimeout(() => setText(copy, "Copy"), 1500);
  }

  function drawLanes(): void {
    setHidden(lanes, store.order.length < 2);
    if (lanes.hidden) return;
    switcher.set(
      store.order.map((id) => {
        const each = store.lanes.get(id);
        return { id, text: format.named(each?.state.name || id), status: each?.state.status ?? "connecting" };
      }),
      store.focus?.id ?? "",
    );
  }

  function blocked(lane: Lane): boolean {
    const now = store.now();
    if (lastData.lane !== lane.id || lastData.head !== lane.head) Object.assign(lastData, { lane: lane.id, head: lane.head, at: now });
    return lane.state.loop_bound && !lane.finished && lane.state.status !== "paused" && now - lastData.at > BLOCKED_AFTER;
  }

  /** Why what is shown is not what has arrived, if that is so. */
  function noteOf(lane: Lane): string {
    if (lane.at !== null) {
      const missed = lane.eventCount - lane.columns.eventsBefore(lane.shown + 1);
      return missed > 0 ? `held, ${format.counted(missed, "event")} since` : "held";
    }
    const lag = store.lag(lane);
    if (lag >= LAGS) return `showing ${lag < 100 ? `${lag.toFixed(1)} s` : format.seconds(lag)} behind`;
    return blocked(lane) ? "paused while a cell blocks" : "";
  }

  function drawNote(lane: Lane | undefined): void {
    const words = lane ? noteOf(lane) : "";
    setText(note, words);
    setHidden(note, words === "");
    setHidden(live, !lane || (lane.at === null && store.lag(lane) < LAGS));
  }

  function draw(): void {
    const lane = store.focus;
    const status = lane?.state.status ?? "connecting";
    const goesOn = lane ? !lane.finished : true;
    setAttribute(state, "data-status", status);
    setAttribute(state, "data-live", String(goesOn));
    const pending = status === "reconnecting" ? lane?.state.pending : null;
    const left = lane && pending ? Math.ceil(pending.at - store.elapsed(lane)) : 0;
    setText(word, left > 0 ? `${STATUS_WORDS[status]} in ${left} s` : STATUS_WORDS[status]);
    setAttribute(state, "title", pending ? `${pending.why} (attempt ${pending.attempt} of ${pending.of})` : null);
    const names = lane
      ? [lane.state.name, lane.state.model].map(format.named).filter((text, i, all) => text && all.indexOf(text) === i)
      : [];
    setText(name, names[0] ?? "");
    const place = lane && names.length === 0 ? placeOf(lane) : "";
    setText(model, names[1] ? ` · ${names[1]}` : place);
    model.classList.toggle("sw-place", place !== "");
    setAttribute(who, "title", names.join(" · ") || place || null);
    drawNote(lane);
    menu.draw(lane);
    const metrics = lane ? metricsOf(lane) : {};
    for (const { number, label, value } of slots) {
      const text = lane ? number.value(metrics, lane, store) : format.NONE;
      setText(label, lane ? number.label(metrics) : number.name === "tokens_per_s" ? "fragments" : number.name.replace("_", " "));
      setText(value, text);
      value.classList.toggle("sw-none", text === format.NONE);
    }
    const pressed = lane !== undefined && stopping.has(lane.id);
    setText(stop, pressed ? "Stopping…" : "Stop");
    setAttribute(stop, "aria-disabled", pressed || !lane ? "true" : null);
    // Both keep their place when they are gone, so that the numbers beside them stay where they are.
    const paused = status === "paused";
    setAttribute(sign, "d", paused ? GO_ON : PAUSE);
    setAttribute(pause, "aria-label", paused ? "Go on reading" : "Pause reading");
    setAttribute(pause, "title", paused ? "Go on reading" : "Read no more for now: the server is held back, and the recording notes it");
    pause.classList.toggle("sw-gone", !goesOn || !link.live);
    stop.classList.toggle("sw-gone", !goesOn || !link.live);
    copy.classList.toggle("sw-gone", goesOn || !lane?.parts.some((part) => part.kind === "text" && part.length > 0));
    drawLanes();
  }
  return { draw };
}

/** Where the stream comes from: what tells runs apart that have no name, and no model yet. */
function placeOf(lane: Lane): string {
  const url = lane.state.request?.url ?? "";
  return URL.canParse(url) ? new URL(url).host + new URL(url).pathname : lane.state.source;
}

/** The answer's text of the first choice that has one, its parts joined as `run.text` joins them. */
function answerOf(lane: Lane): string {
  const texts = lane.parts.filter((part) => part.kind === "text" && part.length > 0);
  return texts
    .filter((part) => part.choice === texts[0]?.choice)
    .map((part) => part.text())
    .join("");
}
