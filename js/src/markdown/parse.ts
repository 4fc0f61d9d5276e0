/** CommonMark text → blocks with their tokens, by markdown-it. */

import MarkdownIt, { type Token } from "markdown-it";

export type { Token };

/** A link's target by its normalised label, as markdown-it keeps them. */
export interface Reference {
  href: string;
  title: string;
}
export type References = { [label: string]: Reference };

/** A top-level block. Offsets are UTF-16 code units in the text that was parsed; `end` is after its last line end. */
export interface ParsedBlock {
  start: number;
  end: number;
  tokens: Token[];
}

export interface Parsed {
  blocks: ParsedBlock[];
  /** The definitions found in this text that do not repeat an earlier one: the first of a label wins. */
  references: References;
}

/**
 * `html: false` makes raw HTML text. Links are not judged here (`validateLink`): `dom.ts` does that, in one place, and what it refuses
 * still reads as text instead of as broken Markdown.
 */
const markdown = new MarkdownIt("default", { html: false, linkify: false, typographer: false });
markdown.validateLink = () => true;

/**
 * Parse a text.
 *
 * @param references definitions from before this text; not changed
 */
export function parse(text: string, references: References): Parsed {
  // Those given stand behind the new object as its prototype: copying them at every parse would cost their number each time.
  const env = { references: Object.create(references) as References };
  const tokens = markdown.parse(text, env);
  return { blocks: group(tokens, lineStarts(text)), references: env.references };
}

/** The form in which two labels are compared. */
export function normalizeLabel(label: string): string {
  return markdown.utils.normalizeReference(label);
}

/** Decode the entities and escapes of a text. */
export function decodeText(text: string): string {
  return markdown.utils.unescapeAll(text);
}

/** No definitions; without a prototype, since labels are any text. */
export function noReferences(): References {
  return Object.create(null) as References;
}

function group(tokens: Token[], lines: number[]): ParsedBlock[] {
  const blocks: ParsedBlock[] = [];
  let first = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    // A block ends where the nesting is back at the top: at a token that stands alone, or at the one that closes.
    if (token.level !== 0 || token.nesting === 1) continue;
    const range = tokens[first]?.map;
    if (range) {
      const [from, to] = range;
      blocks.push({ start: lines[from] ?? 0, end: lines[to] ?? (lines[lines.length - 1] as number), tokens: tokens.slice(first, i + 1) });
    }
    first = i + 1;
  }
  return blocks;
}

/** Offsets at which lines begin, and the text's length at the end. Line ends are those of CommonMark: LF, CR, CR LF. */
function lineStarts(text: string): number[] {
  const starts = [0];
  const ends = /\r\n?|\n/g;
  while (ends.exec(text) !== null) starts.push(ends.lastIndex);
  if (starts[starts.length - 1] !== text.length) starts.push(text.length);
  return starts;
}
