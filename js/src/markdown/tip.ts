/**
 * Text that only goes on: what neither holds a mark nor stands next to one is put behind the text that is shown last, and nothing is
 * parsed. Everything else is parsed again, so here it is enough to be sure.
 *
 * In a paragraph, a heading or a cell no inline rule is begun, ended or given another neighbour by such characters: all that waits for
 * its other half waits for a mark. No block is begun by them either once its line has a letter in it, since marks of blocks have none.
 */

import { forget, type Painter } from "./dom";
import type { Parsed, Token } from "./parse";

const PLAIN = /^(?: |[A-Za-z\d,.:!?'"(%@/-]|[^\0-\x7f\s\p{Cs}])*$/u;
/** A character of a word, or one that is no mark: the marks before it have got their neighbour. */
const STANDS = /(?:[a-z\d,.:!?'"(%@/-]|[^\0-\x7f\s\p{Cs}])$/iu;
/** Within a block of code everything is what it is, up to the end of the line. */
const LITERAL = /^[^\n\r\0]*$/;
/** A line of code that can no longer close it. */
const NO_FENCE = /[^\s`~]/;

const LEAVES = /^(paragraph_open|heading_open|td_open)$/;

/** What was parsed and painted, of a text that ends within a line. */
export interface Drawn {
  text: string;
  parsed: Parsed;
  /** Where its lines begin, and its length. */
  lines: number[];
  painter: Painter;
}

/** The text node that is shown last, and what may be put behind it. */
export class Tip {
  #node: Text;
  /** Spaces at the end of the text are not shown before something follows. */
  #spaces: string;
  #code: boolean;
  #room: number;

  /** @param room characters after which it is parsed again all the same: what is settled needs a look from time to time */
  constructor(node: Text, code: boolean, spaces: string, room: number) {
    this.#node = node;
    this.#code = code;
    this.#spaces = spaces;
    this.#room = room;
  }

  /** Put this behind it. Returns false, and does nothing, if it may be more than text that goes on. */
  goesOn(fresh: string): boolean {
    if (fresh.length > this.#room || !(this.#code ? LITERAL : PLAIN).test(fresh)) return false;
    this.#room -= fresh.length;
    const text = this.#spaces + fresh;
    const shown = this.#code ? text : text.replace(/ +$/, "");
    this.#spaces = text.slice(shown.length);
    if (shown !== "") this.#node.appendData(shown);
    forget(this.#node.parentElement);
    return true;
  }
}

/** The tip of what was drawn; null: it ends in something else than text. */
export function tipOf(drawn: Drawn, room: number): Tip | null {
  const { tokens } = drawn.parsed;
  let i = tokens.length - 1;
  let empty = false;
  // Behind the text are closing tokens, and the cells that a row has none of yet.
  for (; i >= 0; i--) {
    const { type, nesting, content } = tokens[i] as Token;
    if (type === "inline" && content === "") empty = true;
    else if (nesting !== -1 && type !== "td_open") break;
  }
  const token = tokens[i];
  if (token?.type === "fence") return codeTip(drawn, token, i, room);
  return token?.type === "inline" ? textTip(drawn, i, empty, room) : null;
}

function codeTip({ text, lines, painter }: Drawn, { content, map }: Token, i: number, room: number): Tip | null {
  const line = content.slice(content.lastIndexOf("\n") + 1);
  const node = painter.elements.get(i)?.lastChild;
  if (!endsIn(map, lines) || !NO_FENCE.test(line) || !text.endsWith(line)) return null;
  return node?.nodeType === Node.TEXT_NODE && (node as Text).data.endsWith(line) ? new Tip(node as Text, true, "", room) : null;
}

function textTip({ text, parsed, lines, painter }: Drawn, i: number, empty: boolean, room: number): Tip | null {
  const { content, map } = parsed.tokens[i] as Token;
  const leaf = parsed.tokens[i - 1] as Token;
  if (!LEAVES.test(leaf.type) || (leaf.type === "heading_open" && !leaf.markup.startsWith("#"))) return null;
  if (leaf.type === "td_open") {
    // Cells that a row has too many are not shown; so only of one that is not the last is it certain that it ends the text.
    if (!empty || !endsIn(rowOf(parsed.tokens, i), lines)) return null;
  } else if (!endsIn(map, lines)) return null;
  const line = content.slice(content.lastIndexOf("\n") + 1);
  const shown = text.replace(/ +$/, "");
  if (!/\p{L}/u.test(line) || !shown.endsWith(line) || !STANDS.test(shown.slice(-2))) return null;
  // Whether "[a](" is a link by its definition and a bracket, or neither, is told by what follows.
  if (shown.endsWith("](")) return null;
  // It may turn out to be a formula, or to define a link.
  if (/^(\[|\$\$|\\\[)/.test(content) || /^(\$\$|\\\[)/.test(line) || (parsed.lines.size > 0 && /^["'(]/.test(content))) return null;
  const segments = painter.blocks[painter.blocks.length - 1]?.segments;
  const last = segments?.[segments.length - 1];
  if (last?.kind !== "text" || last.node.data.slice(-1) !== shown.slice(-1)) return null;
  return new Tip(last.node, false, text.slice(shown.length), room);
}

function rowOf(tokens: Token[], i: number): [number, number] | null {
  for (let at = i; at >= 0; at--) if (tokens[at]?.type === "tr_open") return tokens[at]?.map ?? null;
  return null;
}

/** Whether something that has these lines has the last one, which is not whole. */
function endsIn(map: [number, number] | null | undefined, lines: number[]): boolean {
  return map?.[1] === lines.length - 1;
}
