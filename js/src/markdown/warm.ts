/**
 * What a browser does at the first use of a function, compiling it, done before there is anything to show: the first words of an answer
 * would otherwise wait for all of a parser at once.
 */

import { whenIdle } from "../frame";
import { MarkdownView } from "./driver";

/** A little of everything. A piece is a task's work. */
const SAMPLES = [
  "# One *and* **two** `three` ~~four~~\n\n",
  "Text [a](https://a.example 'b') <https://a.example> ![c](d) $e$ &amp; \\* [f]\nnext  \nline **open\n\n",
  "- one\n- two\n  1. three\n\n     four\n\n> five\n> - six\n\n",
  "| a | b |\n|---|:-:|\n| c | d |\n| e | f |\n\n",
  "```py\ncode\nmore\n```\n\n    code\n\n$$\ng\n$$\n\nTitle\n===\n\n[f]: /g\n",
];

let warm = false;

/** Show a few lines where nobody sees them, piece by piece whenever there is nothing else to do. Once for all widgets of a page. */
export function warmUp(signal: AbortSignal): void {
  if (warm) return;
  warm = true;
  const view = new MarkdownView(document.createElement("div"), { long: 1 });
  let next = 0;
  const step = (): void => {
    if (signal.aborted) return;
    const sample = SAMPLES[next++];
    if (sample === undefined) return;
    // By words, as they will come.
    for (const word of sample.split(/(?<= )/)) view.append(word, false);
    whenIdle(step);
  };
  whenIdle(step);
}
