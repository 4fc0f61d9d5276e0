/** CommonMark text → tokens, by markdown-it: its blocks and its inline markup apart, since a driver parses the two at different times. */

import MarkdownIt, { type Env, type Token } from "markdown-it";
import { MATH_REACH, useMath } from "./math";

export type { Token };

/** A link's target by its normalised label, as markdown-it keeps them. */
export interface Reference {
  href: string;
  title: string;
}
export type References = { [label: string]: Reference };

/** How a block stands in its container, in columns: what is needed to open the same container again. */
export interface Place {
  /** Where the content of the list item around it begins; 0: there is none. */
  indent: number;
  /** Where its first line begins. */
  column: number;
}

export interface Parsed {
  tokens: Token[];
  /** By index of the token with which a block begins. */
  places: Place[];
  /** Definitions found here that do not repeat an earlier one (the first of a label wins), and the line on which each begins. */
  references: References;
  lines: Map<string, number>;
}

export interface ParsedInline {
  tokens: Token[];
  /** No markup in it is waiting for its other half: text that follows cannot change what this is. */
  closed: boolean;
  /** How many pieces of markup and of text it is. */
  pieces: number;
}

interface Environment extends Env {
  references: References;
  places: Place[];
}

/** Characters that were parsed, of blocks and of inline markup, since the page was loaded: what the tests of cost count. */
export const parsed = { blocks: 0, inline: 0 };

type BlockRule = ReturnType<typeof markdown.block.ruler.getRules>[number];

/** markdown-it shows nothing of what is nested deeper than this; here it is shown as the text it is. */
const DEEPEST = 97;

/**
 * `html: false` makes raw HTML text. Links are not judged here (`validateLink`): `dom.ts` does that, in one place, and what it refuses
 * still reads as text instead of as broken Markdown.
 */
export const markdown = new MarkdownIt("default", { html: false, linkify: false, typographer: false, maxNesting: 100 });
markdown.validateLink = () => true;

/** A table of more columns than this stays text: nobody could read it, and to lay it out would hold up the page. */
const COLUMNS = 200;
const table = markdown.block.ruler.getRules("paragraph")[0] as BlockRule;
const narrow: BlockRule = (state, startLine, endLine, silent) => {
  const ruler = state.src.slice(state.bMarks[startLine + 1], state.eMarks[startLine + 1]);
  return (ruler.length < 2 * COLUMNS || ruler.split("|").length <= COLUMNS + 2) && table(state, startLine, endLine, silent);
};
markdown.block.ruler.at("table", narrow, { alt: ["paragraph", "reference"] });
useMath(markdown);

/** Never matches: it is only there to be asked first at the beginning of every block. */
const note: BlockRule = (state, startLine, endLine) => {
  const env = state.env as Environment;
  env.places[state.tokens.length] = { indent: state.blkIndent, column: state.sCount[startLine] as number };
  if (state.level < DEEPEST) return false;
  const open = state.push("paragraph_open", "p", 1);
  const inline = state.push("text", "", 0);
  state.push("paragraph_close", "p", -1);
  inline.content = state.getLines(startLine, endLine, state.blkIndent, false);
  open.map = [startLine, endLine];
  state.line = endLine;
  return true;
};
markdown.block.ruler.before("table", "note", note);

/**
 * Parse the blocks of a text; what is inline in them stays text.
 *
 * @param references definitions from before this text; not changed
 */
export function parseBlocks(text: string, references: References): Parsed {
  parsed.blocks += text.length;
  // Those given stand behind the new object as its prototype: copying them at every parse would cost their number each time.
  const env: Environment = { references: Object.create(references) as References, places: [] };
  const tokens: Token[] = [];
  markdown.block.parse(normalized(text), markdown, env as never, tokens);
  return withoutDefinitions(tokens, env);
}

function withoutDefinitions(tokens: Token[], { places, references }: Environment): Parsed {
  const kept: Parsed = { tokens: [], places: [], references, lines: new Map() };
  tokens.forEach((token, i) => {
    if (token.type === "reference_definition") {
      const label = String(token.meta?.label);
      if (!kept.lines.has(label)) kept.lines.set(label, token.map?.[0] ?? 0);
      return;
    }
    const place = places[i];
    if (place) kept.places[kept.tokens.length] = place;
    kept.tokens.push(token);
  });
  return kept;
}

/** Parse inline markup: a paragraph's text, or a stretch of it. */
export function parseInline(text: string, references: References): ParsedInline {
  parsed.inline += text.length;
  const tokens: Token[] = [];
  const state = new markdown.inline.State(text, markdown, { references } as never, tokens);
  markdown.inline.tokenize(state);
  for (const rule of markdown.inline.ruler2.getRules("")) rule(state);
  const closed = state.delimiters.every((delimiter) => !delimiter.open || delimiter.end >= 0) && isClosed(tokens);
  return { tokens: joined(tokens), closed, pieces: tokens.length };
}

/** The form in which two labels are compared. */
export function normalizeLabel(label: string): string {
  return markdown.utils.normalizeReference(label);
}

/** Whether there is a table in a paragraph that has too many columns to be one. */
export function isWide(text: string): boolean {
  return text.length > 2 * COLUMNS && text.split("|").length > COLUMNS && /^[-|: \t]{400,}$/m.test(text);
}

/** Decode the entities and escapes of a text. */
export function decodeText(text: string): string {
  return markdown.utils.unescapeAll(text);
}

/** No definitions; without a prototype, since labels are any text. */
export function noReferences(): References {
  return Object.create(null) as References;
}

/** Offsets at which lines begin, and the text's length at the end. Line ends are those of CommonMark: LF, CR, CR LF. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  if (text.includes("\r")) {
    const ends = /\r\n?|\n/g;
    while (ends.exec(text) !== null) starts.push(ends.lastIndex);
  } else {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  }
  if (starts[starts.length - 1] !== text.length) starts.push(text.length);
  return starts;
}

function normalized(text: string): string {
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  return lines.includes("\0") ? lines.replace(/\0/g, "\ufffd") : lines;
}

/**
 * Whether nothing that was read as plain text could still be the beginning of something.
 *
 * A run of backticks waits for its like, "[" for its "]", "](" for its ")"; escaped ones are no plain text here and wait for nothing.
 * A formula reaches only so far, and not into the next line. "<" and "&" wait for nothing behind white space, where texts are cut.
 */
function isClosed(tokens: Token[]): boolean {
  let behind = 0; // characters, or fewer: what is shown is never longer than its source
  for (let i = tokens.length - 1; i >= 0 && behind < MATH_REACH; i--) {
    const { type, content, markup } = tokens[i] as Token;
    if (type === "softbreak" || type === "hardbreak") break;
    const dollar = type === "text" ? content.lastIndexOf("$") : -1;
    if (dollar >= 0 && behind + content.length - dollar <= MATH_REACH) return false;
    if (type === "text_special" && /^\\[([]/.test(markup)) return false;
    behind += type === "image" ? 0 : content.length;
  }
  let brackets = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.type !== "text") continue;
    // `[label](` with a label that is known: a link already, and perhaps another one once its target is complete.
    if (token.content.startsWith("(") && /^(link_close|image)$/.test(tokens[i - 1]?.type ?? "")) return false;
    if (token.content.includes("`") || token.content.includes("](")) return false;
    for (const [bracket] of token.content.matchAll(/[[\]]/g)) {
      if (bracket === "[") brackets++;
      else if (brackets > 0) brackets--;
    }
  }
  return brackets === 0;
}

/** As markdown-it's rule `text_join` does it: escaped characters are text like any other, and text that stands together is one. */
function joined(tokens: Token[]): Token[] {
  const kept: Token[] = [];
  for (const token of tokens) {
    if (token.type === "text_special") token.type = "text";
    const last = kept[kept.length - 1];
    if (token.type === "text" && last?.type === "text") last.content += token.content;
    else kept.push(token);
  }
  return kept;
}
