/** What stands at the place where the text ends: nothing yet, why it ended, or what went wrong and what to check. */

import { h, replace } from "../dom";
import type { Link } from "../link";
import type { Json, RunError } from "../protocol";
import type { Lane, Store } from "../store";
import * as format from "./format";
import { paintJson } from "./json";

/** Characters of a server's own sentence; the event holds all of it. */
const LONGEST = 4000;
/** Finish reasons that need no words. */
const USUAL = new Set(["stop", "tool_calls", "function_call", "end_turn", "tool_use", "STOP"]);
const REASONS = new Map([
  ["length", "The answer ends at the token limit (finish reason: length)."],
  ["content_filter", "The answer was cut by a content filter (finish reason: content_filter)."],
]);

/** Who stopped a run, if the word that travels needs others. */
const STOPPERS = new Map([
  ["the page", "you on the page"],
  ["interrupt", "an interruption of the cell"],
  ["cancelled", "the end of its task"],
]);

/** Draws what stands at the end of a lane's output. */
export class End {
  readonly element = h("div", { class: "sw-end" });
  readonly #link: Link;

  /** @param link where nothing could be read, a rule is offered if there is a kernel to read by it */
  constructor(link: Link) {
    this.#link = link;
  }

  /** The card that says what went wrong, while there is one. */
  get card(): Element | null {
    return this.element.querySelector(":scope > .sw-error");
  }
  #key: unknown[] = [];

  draw(lane: Lane | undefined, store: Store, empty: boolean, choice: number): void {
    const state = lane?.state;
    const past = lane !== undefined && lane.shown < lane.head - 1;
    const key = [
      lane?.id,
      state?.status,
      state?.error,
      state?.stopped_by,
      cutOff(lane),
      JSON.stringify(lane?.response.finish_reason ?? null),
      empty,
      empty && [lane?.eventCount, lane && unread(lane)].join(),
      choice,
      this.#link.live,
      past,
      state?.request,
    ];
    if (key.every((value, i) => value === this.#key[i]) && this.#key.length > 0) return;
    this.#key = key;
    if (past) replace(this.element);
    else replace(this.element, ...(lane ? this.#content(lane, store, empty, choice) : [waiting("Connecting")]));
  }

  #content(lane: Lane, store: Store, empty: boolean, choice: number): HTMLElement[] {
    const { state } = lane;
    const choose = empty && unread(lane) !== undefined && this.#link.live ? [chooser()] : [];
    if (state.error) return [errorCard(state.status === "cut off" ? "Cut off" : "Failed", state.error), ...choose];
    switch (state.status) {
      case "connecting":
        return empty ? [waiting(`Connecting to ${hostOf(state.request?.url) ?? (state.source || "the stream")}`)] : [];
      case "waiting":
        if (!empty) return [];
        if (lane.eventCount === 0) return [waiting("Waiting for the first token")];
        return [ending(unread(lane) ?? `${format.counted(lane.eventCount, "event")} so far, and no text in them yet.`), ...choose];
      case "thinking": // of some models nothing is shown
        return empty ? [waiting("Thinking")] : [];
      case "reconnecting":
        return [waiting("The connection was lost; trying again")];
      case "stopped":
        return [
          ending(
            `Stopped${stopper(lane)} after ${format.seconds(store.elapsed(lane))}${empty ? ", before any text came" : ". What had come is kept"}.`,
          ),
        ];
      case "cut off":
        return [ending(cutOff(lane) ?? "The stream ended before its end was announced. What had come is kept.", true)];
      case "done": {
        const reason = unusualReason(lane, choice);
        if (reason) return [ending(REASONS.get(reason) ?? `Finish reason: ${format.named(reason)}.`, true)];
        return empty ? [ending(unread(lane) ?? "The stream ended without any text.", unread(lane) !== undefined), ...choose] : [];
      }
      default:
        return [];
    }
  }
}

/** Why the stream counts as cut off, in the finding's words. */
function cutOff(lane: Lane | undefined): string | undefined {
  return lane?.state.findings.find((finding) => finding.kind === "cut_off")?.message;
}

/** Why nothing of what came could be read as text, and what to try, in the finding's words. */
function unread(lane: Lane): string | undefined {
  return lane.state.findings.find((finding) => finding.kind === "unknown" || finding.kind === "extract")?.message;
}

function stopper(lane: Lane): string {
  const by = lane.state.stopped_by;
  return by && ` by ${STOPPERS.get(by) ?? format.named(by)}`;
}

/** Why a choice ended, if that needs words. */
function unusualReason(lane: Lane, choice: number): string | null {
  const reasons = lane.response.finish_reason;
  if (typeof reasons !== "object" || reasons === null) return null;
  const reason = (reasons as { [choice: string]: Json })[String(choice)];
  return typeof reason === "string" && !USUAL.has(reason) ? reason : null;
}

function waiting(text: string): HTMLElement {
  return h("p", { class: "sw-waiting" }, text, h("span", { class: "sw-ellipsis", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
}

/** Opens the rule panel with the likeliest place of the text; the page listens for it. */
function chooser(): HTMLElement {
  return h("button", { type: "button", class: "sw-button sw-choose", "data-rule": "suggest", "data-sw": "choose" }, "Choose what to read…");
}

function ending(text: string, warn = false): HTMLElement {
  return h("p", { class: `sw-ending${warn ? " sw-ending-warn" : ""}`, "data-sw": "ending" }, text);
}

function errorCard(word: string, error: RunError): HTMLElement {
  const card = h(
    "section",
    { class: "sw-error", "data-sw": "error", "aria-label": word },
    h(
      "div",
      { class: "sw-error-head" },
      h("b", null, cut(error.message) || word),
      h("span", { class: "sw-error-type" }, format.named(error.type)),
    ),
  );
  if (error.hint) card.append(h("p", { class: "sw-error-hint" }, cut(error.hint)));
  if (error.status || error.body) {
    const body = h("pre", { class: "sw-json" });
    paintJson(body, error.body ?? "");
    card.append(
      h(
        "div",
        { class: "sw-error-answer" },
        h("span", { class: "sw-label" }, error.status ? `The server answered ${error.status}` : "The server answered"),
      ),
      error.body ? body : "",
    );
  }
  return card;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function hostOf(url: string | undefined): string | null {
  try {
    return url ? new URL(url).host : null;
  } catch {
    return null;
  }
}
