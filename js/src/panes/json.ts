/** JSON laid out for reading, also while it is still arriving: one pass over the characters that never asks whether the text is complete. */

import { h } from "../dom";

/** `key` and `string` keep their quotes; `space` is the layout that we add. */
export type TokenKind = "key" | "string" | "number" | "word" | "mark" | "space";
export interface Token {
  kind: TokenKind;
  text: string;
}

const SPACE = /\s/;
const END_OF_WORD = /[\s,:{}[\]"]/;

/** Short containers stay on one line up to this many characters. */
const INLINE = 44;
/** Characters that are laid out, and levels that have lines of their own: of JSON that is nothing but brackets, spaces would be gigabytes. */
const LONGEST = 70_000;
const DEEPEST = 20;

/** Does the text begin as a JSON object or array? */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

/**
 * Lay JSON out with an indentation of two spaces.
 *
 * The text may end anywhere, as the arguments of a tool call do while they stream: what is there is laid out, nothing is invented.
 */
export function layout(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let inline = 0; // depth from which a short container is kept on one line; 0: none
  let i = 0;
  const newline = (): void => {
    if (inline) tokens.push({ kind: "space", text: " " });
    else if (depth <= DEEPEST) tokens.push({ kind: "space", text: `\n${"  ".repeat(depth)}` });
  };
  while (i < text.length) {
    const char = text[i] as string;
    if (SPACE.test(char)) {
      i++;
    } else if (char === '"') {
      const end = endOfString(text, i);
      const rest = text.slice(end).match(/^\s*:/);
      tokens.push({ kind: rest ? "key" : "string", text: text.slice(i, end) });
      i = end;
    } else if (char === "{" || char === "[") {
      const closing = char === "{" ? "}" : "]";
      const empty = text.slice(i + 1).match(/^\s*([}\]])/);
      if (empty?.[1] === closing) {
        tokens.push({ kind: "mark", text: char + closing });
        i += 1 + empty[0].length;
        continue;
      }
      depth++;
      tokens.push({ kind: "mark", text: char });
      if (!inline && depth > 1 && isShort(text, i)) inline = depth;
      newline();
      i++;
    } else if (char === "}" || char === "]") {
      const wasInline = inline > 0;
      depth = Math.max(0, depth - 1);
      if (wasInline) tokens.push({ kind: "space", text: " " });
      if (inline > depth) inline = 0;
      if (!wasInline) newline();
      tokens.push({ kind: "mark", text: char });
      i++;
    } else if (char === ",") {
      tokens.push({ kind: "mark", text: "," });
      newline();
      i++;
    } else if (char === ":") {
      tokens.push({ kind: "mark", text: ": " });
      i++;
    } else {
      let end = i + 1;
      while (end < text.length && !END_OF_WORD.test(text[end] as string)) end++;
      const word = text.slice(i, end);
      tokens.push({ kind: /^-?\d/.test(word) ? "number" : "word", text: word });
      i = end;
    }
  }
  return tokens;
}

/** Paint JSON into an element with quiet colours, or the text as it is if it is no JSON, or too long. */
export function paintJson(host: Element, text: string): void {
  if (text.length > LONGEST || !looksLikeJson(text)) {
    host.replaceChildren(text);
    return;
  }
  // Not as arguments of one call: there may be more of them than a call can have.
  const made = document.createDocumentFragment();
  let plain = "";
  for (const token of layout(text)) {
    if (token.kind === "space" || token.kind === "mark") {
      plain += token.text;
      continue;
    }
    if (plain) made.append(plain);
    plain = "";
    made.append(h("span", { class: `sw-json-${token.kind}` }, token.text));
  }
  if (plain) made.append(plain);
  host.replaceChildren(made);
}

/** Index after the closing quote of the string that begins at `start`; the end of the text if it is still open. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length) {
    if (text[i] === "\\") i += 2;
    else if (text[i++] === '"') return i;
  }
  return text.length;
}

/** Is the container that begins at `start` closed within a line's length, with nothing nested more than once in it? */
function isShort(text: string, start: number): boolean {
  let depth = 0;
  let i = start;
  while (i < text.length && i - start < INLINE) {
    const char = text[i];
    if (char === '"') {
      i = endOfString(text, i);
      continue;
    }
    if (char === "{" || char === "[") depth++;
    if (depth > 2) return false;
    if ((char === "}" || char === "]") && --depth === 0) return true;
    i++;
  }
  return false;
}
