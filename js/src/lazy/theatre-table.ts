/** The measured table: what the backend does is the same for both, what the page adds is little, and what a person feels is not the same. */

import { h, replace } from "../dom";
import * as format from "../panes/format";
import type { Figures } from "./theatre-model";

/** What the page added, s; null: it was not played yet. */
export interface Measured {
  stream: number | null;
  block: number | null;
}

const ABOUT = {
  headers: "From the request to the head of the response. It is one recording, so all of the backend's times are the same.",
  first: "From the request to the first text that is not empty, thought or answer.",
  last: "From the request to the last piece of content.",
  display:
    "Measured by this page while it played: from when a fragment was due until it was painted (the median of all), and the same for the whole answer.",
  begin: "The first whole word of the answer can be read. All at once, that is when the last token has come.",
  done: "Word after word at an even speed, waiting for words that are not there yet. A word is what has a letter or a digit; of Chinese and Japanese two characters count as one.",
  saved: "Time saved before the first read: the difference of the two above.",
};

export function drawTable(host: HTMLElement, figures: Figures, measured: Measured): void {
  const { seconds, gap } = format;
  const reader = `A reader at ${Math.round(figures.wordsPerMinute)} words/min is done`;
  const both = (value: number | null): [string, string] => [seconds(value), seconds(value)];
  replace(
    host,
    h("caption", { class: "sw-hidden" }, "The same answer token by token and all at once, in seconds since the request was sent"),
    h(
      "thead",
      null,
      h("tr", null, h("td"), h("td"), h("th", { scope: "col" }, "Token by token"), h("th", { scope: "col" }, "All at once")),
    ),
    group(
      "Backend",
      row("Response begins", ABOUT.headers, ...both(figures.headers)),
      row("First token", ABOUT.first, ...both(figures.firstToken)),
      row("Last token", ABOUT.last, ...both(figures.lastToken)),
    ),
    group("Display", row("Added by the page", ABOUT.display, gap(measured.stream), gap(measured.block))),
    group(
      "Perception",
      row("Reading can begin", ABOUT.begin, seconds(figures.beginStream), seconds(figures.beginBlock)),
      row(reader, ABOUT.done, seconds(figures.finishStream), seconds(figures.finishBlock)),
      row("Saved before the first read", ABOUT.saved, seconds(figures.saved), format.NONE),
    ),
  );
}

function group(name: string, ...rows: HTMLElement[]): HTMLElement {
  rows[0]?.prepend(h("th", { scope: "rowgroup", rowspan: rows.length }, name));
  return h("tbody", null, ...rows);
}

function row(name: string, about: string, stream: string, block: string): HTMLElement {
  return h("tr", null, h("th", { scope: "row", title: about }, name), h("td", null, stream), h("td", null, block));
}

/** Where the definitions come from. */
export function sources(): HTMLElement {
  return h(
    "p",
    { class: "sw-theatre-sources" },
    "238 words a minute: the mean silent reading rate of adults in English, from 190 studies (M. Brysbaert, How many words do we read per " +
      "minute?, Journal of Memory and Language 109, 2019). Nothing is faster by streaming: the backend takes as long. What is shorter is the " +
      "wait before there is something to do. Limits that people feel: 0.1 s is at once, 1 s keeps a thought, 10 s the attention " +
      "(J. Nielsen, Usability Engineering, 1993, after R. Miller, 1968).",
  );
}
