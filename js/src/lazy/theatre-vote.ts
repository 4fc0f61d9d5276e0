/** "Which felt faster?" for a class: votes are counted, and shown when they are asked for, so that nobody follows the others. */

import { h, listen, setHidden, setText } from "../dom";
import type { Link } from "../link";
import * as format from "../panes/format";
import type { Store } from "../store";

export type Side = "stream" | "block";
export type Votes = { [side in Side]: number };
const TITLES: { [side in Side]: string } = { stream: "Token by token", block: "All at once" };

/** The votes, as the kernel keeps them; where there is none, this page does. */
export class Tally {
  /** Votes of this page that the kernel has not told of yet. */
  #mine: Votes = { stream: 0, block: 0 };

  constructor(
    readonly store: Store,
    readonly link: Link,
  ) {}

  get votes(): Votes {
    const told = this.store.board?.votes as Partial<Votes> | undefined;
    return { stream: (told?.stream ?? 0) + this.#mine.stream, block: (told?.block ?? 0) + this.#mine.block };
  }

  add(side: Side): void {
    this.#mine[side]++;
    this.link.send({ type: "board", vote: side });
  }

  forget(): void {
    const { stream, block } = this.votes;
    this.#mine = { stream: this.#mine.stream - stream, block: this.#mine.block - block };
    this.link.send({ type: "board", forget: true });
  }

  /** The kernel has told of its own. */
  heard(): void {
    if (this.link.live) this.#mine = { stream: 0, block: 0 };
  }
}

export interface Ballot {
  element: HTMLElement;
  /** Whether votes are taken: both plays were seen to the end. */
  open: boolean;
  /** Whether the result is shown. */
  shown: boolean;
  draw(votes: Votes): void;
  /** As by its button; nothing happens while it is closed. */
  vote(side: Side): void;
}

/** @param changed somebody voted, or the result was shown or hidden */
export function ballot(tally: Tally, changed: () => void, signal: AbortSignal): Ballot {
  const bars = { stream: h("i"), block: h("i") };
  const counts = { stream: h("b"), block: h("b") };
  const buttons = (["stream", "block"] as const).map((side, i) =>
    h(
      "button",
      { type: "button", class: "sw-button sw-vote", "data-sw": `vote-${side}`, "aria-keyshortcuts": i + 1 },
      h("kbd", { "aria-hidden": "true" }, i + 1),
      TITLES[side],
    ),
  );
  const amount = h("span", { class: "sw-vote-count", "aria-live": "polite", "data-sw": "votes" });
  const reveal = h("button", { type: "button", class: "sw-button", "data-sw": "vote-result" }, "Show result");
  const again = h("button", { type: "button", class: "sw-button", "data-sw": "vote-again" }, "Vote anew");
  const result = h(
    "dl",
    { class: "sw-vote-bars", hidden: true, "data-sw": "vote-bars" },
    ...(["stream", "block"] as const).flatMap((side) => [
      h("dt", null, TITLES[side]),
      h("dd", null, h("span", { class: "sw-vote-bar", "aria-hidden": "true" }, bars[side]), counts[side]),
    ]),
  );
  const element = h(
    "div",
    { class: "sw-ballot", role: "group", "aria-label": "Which felt faster?", "data-sw": "ballot" },
    h("b", { class: "sw-vote-title" }, "Which felt faster?"),
    ...buttons,
    amount,
    h("span", { class: "sw-vote-tools" }, reveal, again),
    result,
  );
  const self: Ballot = {
    element,
    open: false,
    shown: false,
    vote(side) {
      if (!self.open) return;
      tally.add(side);
      changed();
    },
    draw(votes) {
      const total = votes.stream + votes.block;
      for (const button of buttons) if (button.disabled === self.open) button.disabled = !self.open;
      setText(amount, !self.open ? "after both have been seen to the end" : total === 0 ? "press 1 or 2" : format.counted(total, "vote"));
      setHidden(reveal, total === 0);
      setHidden(again, total === 0);
      setText(reveal, self.shown ? "Hide result" : "Show result");
      setHidden(result, !self.shown || total === 0);
      for (const side of ["stream", "block"] as const) {
        bars[side].style.width = `${total > 0 ? (votes[side] / total) * 100 : 0}%`;
        setText(counts[side], total > 0 ? `${votes[side]} (${Math.round((votes[side] / total) * 100)} %)` : "");
      }
    },
  };
  buttons.forEach((button, i) => {
    listen(button, "click", () => self.vote(i === 0 ? "stream" : "block"), signal);
  });
  listen(
    reveal,
    "click",
    () => {
      self.shown = !self.shown;
      changed();
    },
    signal,
  );
  listen(
    again,
    "click",
    () => {
      self.shown = false;
      tally.forget();
      changed();
    },
    signal,
  );
  return self;
}
