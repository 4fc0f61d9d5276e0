/** Where formulas stand in Markdown: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` in a line or as a block of their own. */

import type { MarkdownIt } from "markdown-it";

type InlineRule = ReturnType<MarkdownIt["inline"]["ruler"]["getRules"]>[number];
type BlockRule = ReturnType<MarkdownIt["block"]["ruler"]["getRules"]>[number];

/** A formula within a line is no longer than this, and ends there: a lone "$" must not have to wait for the end of a long paragraph. */
export const MATH_REACH = 600;

const DOLLAR = 36;
const BACKSLASH = 92;

/** A block begins with one of these and ends with a line that ends with its fellow, or before a blank line. */
const BLOCKS: [opens: string, closes: string][] = [
  ["$$", "$$"],
  ["\\[", "\\]"],
];

/** The same for formulas in a line. */
const INLINE: [opens: string, closes: string, display: boolean][] = [
  ["$$", "$$", true],
  ["$", "$", false],
  ["\\(", "\\)", false],
  ["\\[", "\\]", true],
];

/** What a formula has at least one of: `\[\\\]` is three escaped characters. */
const SAYS = /[\p{L}\p{N}]/u;

/** Teach a parser of Markdown to see formulas. What is in them is not looked at here. */
export function useMath(markdown: MarkdownIt): void {
  markdown.inline.ruler.before("escape", "math", inline);
  markdown.block.ruler.before("fence", "math_block", block, { alt: ["paragraph", "reference", "blockquote", "list"] });
}

/** By pandoc's rule a dollar opens only before, and closes only after, something that is no space, and a digit after it says: money. */
const inline: InlineRule = (state, silent) => {
  const { src, pos } = state;
  const code = src.charCodeAt(pos);
  if (code !== DOLLAR && code !== BACKSLASH) return false;
  for (const [opens, closes, display] of INLINE) {
    if (!src.startsWith(opens, pos)) continue;
    const start = pos + opens.length;
    const end = closing(src, start, closes, Math.min(state.posMax, pos + MATH_REACH));
    if (end < 0) return false;
    if (!silent) {
      const token = state.push("math_inline", "math", 0);
      token.content = src.slice(start, end);
      token.markup = opens;
      token.info = closes;
      token.meta = { display };
    }
    state.pos = end + closes.length;
    return true;
  }
  return false;
};

function closing(src: string, start: number, closes: string, limit: number): number {
  const dollar = closes === "$";
  if (dollar && /[\s$]/.test(src[start] ?? " ")) return -1;
  for (let at = start; at + closes.length <= limit; at++) {
    if (src.startsWith(closes, at)) {
      const spaced = dollar && (/\s/.test(src[at - 1] as string) || /\d/.test(src[at + 1] ?? ""));
      if (!spaced) return SAYS.test(src.slice(start, at)) ? at : -1;
    }
    if (src[at] === "\n") return -1;
    if (src.charCodeAt(at) === BACKSLASH) at++;
  }
  return -1;
}

const block: BlockRule = (state, startLine, endLine, silent) => {
  if ((state.sCount[startLine] as number) - state.blkIndent >= 4) return false;
  const first = lineOf(state, startLine);
  const pair = BLOCKS.find(([opens]) => first.startsWith(opens));
  if (!pair) return false;
  const [opens, closes] = pair;
  const rest = first.slice(opens.length);
  const inFirst = rest.indexOf(closes);
  // Something behind the formula: it stands in a line of text. Over several lines only what looks like it from its first line.
  if (inFirst >= 0 ? inFirst + closes.length < rest.length || !SAYS.test(rest.slice(0, inFirst)) : !/^\s*$|[\\=^_]/.test(rest))
    return false;
  if (silent) return true;
  let line = startLine;
  let closed = inFirst >= 0;
  while (!closed && line + 1 < endLine && !state.isEmpty(line + 1) && (state.sCount[line + 1] as number) >= state.blkIndent) {
    line++;
    closed = lineOf(state, line).endsWith(closes);
  }
  const source = state.getLines(startLine, line + 1, state.blkIndent, false).trim();
  state.line = line + 1;
  const token = state.push("math_block", "math", 0);
  token.map = [startLine, state.line];
  token.markup = opens;
  token.info = closed ? closes : "";
  token.content = closed ? source.slice(opens.length, -closes.length) : source.slice(opens.length);
  token.meta = { display: true };
  return true;
};

function lineOf(state: Parameters<BlockRule>[0], line: number): string {
  return state.src.slice((state.bMarks[line] as number) + (state.tShift[line] as number), state.eMarks[line] as number).trim();
}
