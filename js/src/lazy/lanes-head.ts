/** The top line of the board: the session's name and id, and what its streams come to together. */

import { h, setAttribute, setHidden, setText } from "../dom";
import * as format from "../panes/format";
import type { Store } from "../store";
import type { Totals } from "./lanes-totals";

interface Number_ {
  name: string;
  about: string;
  spare?: boolean;
  label(totals: Totals): string;
  value(totals: Totals): string;
}

const NUMBERS: Number_[] = [
  {
    name: "first",
    about: "From a request to its first token, of the stream in the middle",
    label: () => "first token, median",
    value: (t) => format.seconds(t.firstToken),
  },
  {
    name: "rate",
    about:
      "All tokens from the first content of any stream to the last of any; tokens as the providers count them, or the fragments that came",
    label: (t) => (t.source === "usage" ? "tokens (usage)" : t.source === "mixed" ? "tokens (mixed)" : "fragments"),
    value: (t) => format.rate(t.rate),
  },
  {
    name: "events",
    about: "Events that a client dispatches, of all streams",
    spare: true,
    label: () => "events",
    value: (t) => format.count(t.events),
  },
  {
    name: "elapsed",
    about: "From the first request to the last end; in a row is what the streams would have taken one after the other",
    label: (t) => `of ${format.seconds(t.inARow)} in a row`,
    value: (t) => format.seconds(t.elapsed),
  },
];

export class Head {
  readonly #word = h("span");
  readonly #state = h(
    "span",
    { class: "sw-state sl-word", "data-sw": "session-status" },
    h("i", { class: "sw-dot", "aria-hidden": "true" }),
    this.#word,
  );
  readonly #name = h("b", { "data-sw": "session-name" });
  readonly #count = h("span", { "data-sw": "session-count" });
  readonly #id = h("code", { "data-sw": "session-id", title: "The session's id: it stands in each of its recordings" });
  readonly #outputs = h("button", { type: "button", class: "sl-button", "data-do": "outputs", "data-sw": "lanes-outputs" }, "Outputs");
  readonly #talk = h("button", { type: "button", class: "sl-button", "data-do": "talk", "data-sw": "lanes-talk" }, "Conversation");
  readonly #stop = h("button", { type: "button", class: "sl-button sw-stop", "data-do": "stop-all", "data-sw": "stop-all" }, "Stop all");
  readonly #slots = NUMBERS.map((number) => {
    const label = h("dt");
    const value = h("dd", { "data-sw": `total-${number.name}` });
    const slot = h("div", { class: "sw-num", "data-spare": number.spare, title: number.about }, label, value);
    return { number, label, value, slot };
  });
  readonly element = h(
    "div",
    { class: "sl-head", "data-sw": "session-head" },
    this.#state,
    h("div", { class: "sl-title" }, this.#name, this.#count, this.#id),
    h("dl", { class: "sw-nums" }, ...this.#slots.map((each) => each.slot)),
    h("div", { class: "sl-tools" }, this.#talk, this.#outputs, this.#stop),
  );

  /** @param stoppable there is something to stop @param outputs the outputs are to be seen @param talk so is what all say, as one */
  draw(store: Store, totals: Totals, stoppable: boolean, outputs: boolean, talk: boolean): void {
    const live = totals.live > 0;
    setText(this.#word, live ? "Live" : "Done");
    setAttribute(this.#state, "data-status", live ? "writing" : "done");
    setAttribute(this.#state, "data-live", String(live));
    setText(this.#name, format.named(store.board?.name || "Session"));
    const how = totals.live > 0 ? `, ${totals.live} live` : totals.failed > 0 ? `, ${totals.failed} failed` : "";
    setText(this.#count, `${format.counted(totals.streams, "stream")}${how}`);
    setText(this.#id, store.board?.id ?? "");
    for (const { number, label, value } of this.#slots) {
      setText(label, number.label(totals));
      setText(value, number.value(totals));
    }
    setAttribute(this.#outputs, "aria-pressed", String(outputs));
    setAttribute(this.#outputs, "title", outputs ? "Hide the outputs" : "Show the outputs");
    setAttribute(this.#talk, "aria-pressed", String(talk));
    setAttribute(
      this.#talk,
      "title",
      talk ? "Hide what all say, in the order in which they say it" : "Show what all say, in the order in which they say it",
    );
    setHidden(this.#stop, !stoppable);
  }
}
