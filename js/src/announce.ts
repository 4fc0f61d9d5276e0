/** What a screen reader hears: whole sentences, politely, and not more often than a person can follow. The panes themselves are never live. */

import { h } from "./dom";

/** Milliseconds between two announcements. */
const PAUSE = 3000;
/** Characters of the text that are spoken at once; a model may write faster than anyone can listen, and what waits longer is left out. */
const MOST = 400;
/** The end of a sentence or of a line, with what closes it. */
const SENTENCE_END = /[.!?…:][)\]"'»”’*_`]*(?=\s)|[。！？]|\n/g;

export interface Announcer {
  /** The region itself; put it into the page before anything is said, since a region that appears with its text is often not read. */
  readonly element: HTMLElement;
  /** Speak about the state ("writing", "done"): takes the place of a state that still waits. */
  say(sentence: string): void;
  /**
   * Speak a text that is being written, as whole sentences.
   *
   * @param fresh what is new of it
   * @param done whether it is complete: then its unfinished end is spoken too
   */
  follow(fresh: string, done: boolean): void;
}

/**
 * Make a visually hidden polite status region.
 *
 * @param signal ends it: nothing is spoken after it aborts
 */
export function announcer(signal: AbortSignal): Announcer {
  const element = h("div", { class: "sw-announce", role: "status", "aria-live": "polite", "aria-atomic": "true", "data-sw": "announce" });
  // Inline, so that it is hidden even where the style sheet did not load; `display: none` would silence it.
  element.style.cssText = "position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";
  let state = "";
  let text = "";
  let complete = false;
  let timer: ReturnType<typeof setTimeout> | null = null;

  function speak(): void {
    timer = null;
    const said = [takeText(), state].filter((part) => part !== "").join(" ");
    state = "";
    if (said === "") return;
    element.textContent = said;
    timer = setTimeout(speak, PAUSE);
  }
  function takeText(): string {
    const end = complete ? text.length : lastSentenceEnd(text);
    const ready = text.slice(0, end).replace(/\s+/g, " ").trim();
    text = text.slice(end);
    return ready.length > MOST ? `… ${ready.slice(ready.indexOf(" ", ready.length - MOST) + 1)}` : ready;
  }
  /** In a task of its own, so that what is said in the same moment is said together. */
  function wake(): void {
    if (timer === null && !signal.aborted) timer = setTimeout(speak, 0);
  }
  signal.addEventListener("abort", () => timer !== null && clearTimeout(timer), { once: true });

  return {
    element,
    say(sentence) {
      state = sentence;
      wake();
    },
    follow(fresh, done) {
      text += fresh;
      complete = done;
      // A text without any sentence end (code, another script) must not pile up.
      if (text.length > 8 * MOST) text = text.slice(-4 * MOST);
      wake();
    },
  };
}

function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(SENTENCE_END)) end = match.index + match[0].length;
  return end;
}
