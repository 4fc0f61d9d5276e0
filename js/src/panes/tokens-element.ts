/** A fragment as an element, and what its tints mean. */

import { h, setText } from "../dom";
import * as format from "./format";
import { type Fragment, gapLevel } from "./tokens-model";

/** Characters of one fragment that are shown; some servers send the whole answer as one. */
export const LONGEST = 4000;
/** Pieces of one fragment between which line ends have a sign; behind them they are only line ends. */
const SIGNS = 200;

/** `odd`: of every other choice or call, so that two texts that come interleaved are two for the eye. */
export function tokenOf(fragment: Fragment, odd: boolean): HTMLElement {
  const level = gapLevel(fragment.gap);
  const token = h("span", { class: `sw-tok${level > 0 ? ` sw-g${level}` : ""}${odd ? " sw-odd" : ""}`, "data-f": fragment.frame });
  const text =
    fragment.text.length > LONGEST
      ? `${fragment.text.slice(0, LONGEST)}… (${format.count(fragment.text.length)} characters)`
      : fragment.text;
  if (!/[\r\n]/.test(text)) {
    setText(token, text);
    return token;
  }
  const pieces = text.split(/(\r\n|\r|\n)/);
  for (const piece of pieces.slice(0, SIGNS)) {
    if (/^[\r\n]/.test(piece)) token.append(h("i", { class: "sw-nl" }, "⏎"), "\n");
    else if (piece) token.append(piece);
  }
  if (pieces.length > SIGNS) token.append(pieces.slice(SIGNS).join(""));
  return token;
}

export function legend(): HTMLElement {
  return h(
    "div",
    { class: "sw-legend" },
    h("span", null, "gap before"),
    h("span", null, h("i"), "< 0.1 s"),
    h("span", null, h("i", { class: "sw-g1" }), "0.1 s"),
    h("span", null, h("i", { class: "sw-g2" }), "0.3 s"),
    h("span", null, h("i", { class: "sw-g3" }), "1 s and more"),
  );
}
