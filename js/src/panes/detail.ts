/** One frame in full: what is known from the columns at once, its data as soon as the kernel has sent it. */

import { h, listen, replace, setAttribute, setHidden, setText } from "../dom";
import type { Link } from "../link";
import type { FrameDetail, Likely } from "../protocol";
import type { Lane, Store } from "../store";
import { channelClass, deltaOf, pauseOf, titleOf, wordOf } from "./about";
import * as format from "./format";
import { paintJson } from "./json";
import { step } from "./timeline-hit";

/** Milliseconds that a selection must last before its data is asked for: held arrow keys ask for nothing on their way. */
const PAUSE = 90;
/** Details that are remembered. */
const REMEMBERED = 64;

type Loaded = FrameDetail | Error;

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): { draw(): boolean; focus(): void } {
  const title = h("b", { "data-sw": "detail-title" });
  const facts = h("span", { class: "sw-facts" });
  const previous = button("‹", "Previous event", "detail-previous");
  const next = button("›", "Next event", "detail-next");
  const close = button("✕", "Close", "detail-close");
  const raw = h("button", { type: "button", class: "sw-small", "aria-pressed": "false", "data-sw": "detail-raw" }, "Raw");
  const copy = h("button", { type: "button", class: "sw-small", "data-sw": "detail-copy" }, "Copy");
  const about = h("span", { class: "sw-about" });
  const body = h("pre", { class: "sw-json", "data-sw": "detail-data" });
  const likely = h("ul", { class: "sw-likely", "aria-label": "Probabilities of the tokens", "data-sw": "detail-logprobs" });
  const scroller = h("div", { class: "sw-detail-body", tabindex: 0, role: "region", "aria-label": "Data of the event" }, likely, body);
  const card = h(
    "section",
    { class: "sw-detail", tabindex: -1, hidden: true, "aria-label": "Selected event", "data-sw": "detail-card" },
    h(
      "div",
      { class: "sw-detail-head" },
      h("i", { class: "sw-swatch", "aria-hidden": "true" }),
      title,
      facts,
      h("span", { class: "sw-detail-keys" }, previous, next, close),
    ),
    h("div", { class: "sw-detail-about" }, about, raw, copy),
    scroller,
  );
  host.append(card);

  const known = new Map<string, Loaded>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = "";
  let drawn: unknown[] = [];
  let showRaw = false;
  let cameFrom: HTMLElement | null = null;

  listen(
    card,
    "focusin",
    (event) => {
      const from = event.relatedTarget;
      if (from instanceof HTMLElement && !card.contains(from)) cameFrom = from;
    },
    signal,
  );
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  listen(previous, "click", () => walk(-1), signal);
  listen(next, "click", () => walk(1), signal);
  listen(close, "click", () => unselect(), signal);
  listen(
    raw,
    "click",
    () => {
      showRaw = !showRaw;
      setAttribute(raw, "aria-pressed", String(showRaw));
      draw();
    },
    signal,
  );
  listen(copy, "click", () => void copyText(), signal);
  listen(
    card,
    "keydown",
    (event) => {
      if (event.key === "Escape") unselect();
      else if (event.key === "ArrowLeft" && event.target === card) walk(-1);
      else if (event.key === "ArrowRight" && event.target === card) walk(1);
    },
    signal,
  );

  function current(): { lane: Lane; frame: number } | null {
    const lane = store.focus;
    const selection = store.selection;
    return lane && selection?.lane === lane.id && selection.frame < lane.head ? { lane, frame: selection.frame } : null;
  }

  function walk(by: 1 | -1): void {
    const now = current();
    if (now) store.select(now.lane.id, step(now.lane.columns, now.frame, by, now.lane.shown + 1));
  }

  function unselect(): void {
    const now = current();
    if (now) store.select(now.lane.id, null);
  }

  /** A card that vanishes under the focus would leave it to the notebook, where the next letter is a shortcut. */
  function giveFocusBack(): void {
    if (!card.contains(document.activeElement)) return;
    const to = cameFrom?.isConnected ? cameFrom : card.closest<HTMLElement>(".sse-widget");
    to?.focus({ preventScroll: true });
  }

  async function copyText(): Promise<void> {
    const detail = known.get(wanted);
    if (!detail || detail instanceof Error) return;
    try {
      await navigator.clipboard.writeText(showRaw ? detail.raw : detail.data);
      setText(copy, "Copied");
    } catch {
      setText(copy, "Not allowed");
    }
    setTimeout(() => setText(copy, "Copy"), 1500);
  }

  function load(lane: Lane, frame: number, key: string): void {
    clearTimeout(timer);
    wanted = key;
    if (known.has(key)) return;
    timer = setTimeout(() => {
      link.event(lane.id, frame).then(
        (detail) => arrived(key, detail),
        (error: unknown) => arrived(key, error instanceof Error ? error : new Error(String(error))),
      );
    }, PAUSE);
  }

  function arrived(key: string, loaded: Loaded): void {
    if (signal.aborted) return;
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value ?? "");
    known.set(key, loaded);
    if (key === wanted) draw();
  }

  function drawBody(loaded: Loaded | undefined): void {
    copy.disabled = raw.disabled = !loaded || loaded instanceof Error;
    body.classList.toggle("sw-pending", !loaded);
    if (!loaded) setText(body, "…");
    else if (loaded instanceof Error) {
      setText(body, loaded.message);
      known.delete(wanted); // asked again at the next selection: a busy kernel is free later
    } else if (showRaw) setText(body, loaded.raw);
    else {
      paintJson(body, loaded.data);
      pointAtAdded(loaded);
    }
    if (loaded && !(loaded instanceof Error) && loaded.truncated !== null) {
      body.append(h("span", { class: "sw-label" }, `\n… cut here; ${format.count(loaded.truncated)} characters in all`));
    }
  }

  /** What the frame added is a few characters among hundreds: show where they are. */
  function pointAtAdded(detail: FrameDetail): void {
    const added = new Set(detail.adds.map((each) => each.text));
    for (const element of body.querySelectorAll<HTMLElement>(".sw-json-string")) {
      if (!added.has(unquoted(element.textContent ?? ""))) continue;
      element.classList.add("sw-json-hit");
      scroller.scrollTop = Math.max(0, element.offsetTop - scroller.clientHeight / 2);
      return;
    }
  }

  /** Tells whether an event is open. */
  function draw(): boolean {
    const now = current();
    if (!now) giveFocusBack();
    setHidden(card, now === null);
    if (!now) {
      wanted = "";
      drawn = [];
      return false;
    }
    const { lane, frame } = now;
    const key = `${lane.id} ${lane.epoch} ${frame}`;
    if (key !== wanted) {
      load(lane, frame, key);
      scroller.scrollTop = 0;
    }
    const loaded = known.get(key);
    const state = [key, loaded, showRaw];
    if (state.every((value, i) => value === drawn[i])) return true;
    drawn = state;
    const detail = loaded instanceof Error ? undefined : loaded;
    setText(title, titleOf(lane, frame));
    setAttribute(card, "class", `sw-detail ${channelClass(lane, frame)}`);
    const words = [
      format.instant(lane.columns.time(frame)),
      `Δ ${format.gap(deltaOf(lane, frame))}`,
      format.bytes(lane.columns.size(frame)),
      pauseOf(lane, frame) === null ? "" : `pause ${format.gap(pauseOf(lane, frame))}`,
    ].filter(Boolean);
    replace(facts, ...words.map((fact) => h("span", null, fact)));
    setAttribute(facts, "title", words.join(" · "));
    setText(about, [adds(lane, frame), detail ? aboutOf(detail, lane.label(frame)) : wordOf(lane, frame)].join(" · "));
    replace(likely, ...(detail?.logprobs ?? []).map(([token, logprob, others]) => likelihood([token, logprob], others)));
    drawBody(loaded);
    return true;
  }
  return { draw, focus: () => card.focus({ preventScroll: true }) };
}

/** `adds 7 characters`, counted over all parts; what kind of frame it is, if it adds none. */
function adds(lane: Lane, frame: number): string {
  let size = 0;
  for (const part of lane.partsOfFrame(frame)) {
    const range = part.rangeOfFrame(frame);
    if (range) size += range.end - range.start;
  }
  return size > 0 ? `adds ${format.counted(size, "character")}` : "adds no text";
}

/** `"Hello" 93.1 %`, and beside it what the model might have said instead. */
function likelihood(chosen: Likely, others: Likely[]): HTMLElement {
  const rest = others.filter(([token]) => token !== chosen[0]).map(wordsOf);
  return h("li", null, wordsOf(chosen), rest.length > 0 && h("span", { class: "sw-label" }, ` · or ${rest.join(", ")}`));
}

function wordsOf([token, logprob]: Likely): string {
  return `${JSON.stringify(token)} ${logprob === null ? "" : `${(100 * Math.exp(logprob)).toFixed(1)} %`}`;
}

function aboutOf(detail: FrameDetail, label: string): string {
  const words = [
    detail.event_type && `type ${format.named(detail.event_type)}`,
    label && label !== detail.event_type && `calls itself ${format.named(label)}`,
    detail.id_in_force && `id ${format.named(detail.id_in_force)}`,
    `chunk ${detail.chunk}`,
  ];
  if (detail.chunk_size > detail.size) words.push(`of ${format.bytes(detail.chunk_size)}`);
  return words.filter(Boolean).join(" · ");
}

function button(sign: string, label: string, name: string): HTMLButtonElement {
  return h("button", { type: "button", class: "sw-key", "aria-label": label, title: label, "data-sw": name }, sign);
}

/** The text of a JSON string; "" if it is not complete. */
function unquoted(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return "";
  }
}
