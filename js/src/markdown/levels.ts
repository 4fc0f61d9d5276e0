/**
 * Going on within a block: which containers are open where the open text begins, and the few lines that open them again.
 *
 * A list of ten thousand items is one block. So that not all of it has to be parsed for each word that follows, what cannot change any
 * more is left out *within* a block too, and the parser is brought into the same state by lines of our own: `- x` for the items before,
 * `# x` for what came before in this item, the head of a table, the first line of a fence. What these lines give is known token by token
 * (`expected`); if the parser gives anything else, the block is not what it seemed to be, and is parsed from its beginning.
 */

import type { Opened } from "./dom";
import type { Token } from "./parse";

export type Level = Opened & { elements: HTMLElement[] } & (
    | {
        kind: "list";
        tag: "ul" | "ol";
        /** `-`, or `.` after a number. */
        marker: string;
        paragraphs: boolean;
        /** A blank line in what is settled: no later text makes the list close again. */
        loose: boolean;
        /** Items that are settled in the part that grows, and the parts before it (`parts.ts`). */
        count: number;
        parts: HTMLElement[];
      }
    /** `opens`: its marker with the spaces around it, as wide as its content is indented. */
    | { kind: "item"; opens: string }
    | { kind: "quote" }
    /** `empty`: empty cells that are settled: markdown-it fills up short rows, but only so many. `count`: cells of the part that grows. */
    | { kind: "table"; head: string; ruler: string; columns: number; empty: number; count: number }
    /** `size`: characters that are settled and not yet in a part of their own. */
    | { kind: "fence"; line: string; size: number }
    | { kind: "code"; size: number }
    /** `within`: what is open begins within a line. */
    | { kind: "paragraph"; within: boolean; size: number }
  );

export interface Context {
  text: string;
  /** Whole lines of it. */
  lines: number;
  /** Types of the tokens that it gives. */
  expected: string[];
  /** Characters of the first open text that are not the text's own. */
  skip: number;
}

const ITEM = ["list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close"];

/** The lines that open these containers, and what they give. */
export function contextOf(levels: Level[]): Context {
  let text = "";
  let skip = 0;
  const expected: string[] = [];
  // What begins a line: in its first line a container is opened, in those that follow it is gone on with.
  let first = "";
  let next = "";
  const line = (rest: string): void => {
    text += first + rest;
    first = next;
  };
  const heading = (): void => {
    line("# x\n");
    expected.push("heading_open", "inline", "heading_close");
  };
  for (const level of levels) {
    // Spaces before code would count as the item's own if they stood behind its marker.
    if ((level.kind === "fence" || level.kind === "code") && first !== next) heading();
    switch (level.kind) {
      case "list":
        // Indented by five columns, so that whatever follows at up to three is the next item.
        line(`${(level.tag === "ol" ? `1${level.marker}` : level.marker).padEnd(5)}x\n`);
        expected.push(level.tag === "ol" ? "ordered_list_open" : "bullet_list_open", ...ITEM);
        break;
      case "item":
        first += level.opens;
        next += " ".repeat(level.opens.length);
        expected.push("list_item_open");
        break;
      case "quote":
        first += "> ";
        next += "> ";
        expected.push("blockquote_open");
        break;
      case "table": {
        line(`${level.head}\n`);
        line(`${level.ruler}\n`);
        const cells = Array.from({ length: level.columns }, () => ["th_open", "inline", "th_close"]).flat();
        expected.push("table_open", "thead_open", "tr_open", ...cells, "tr_close", "thead_close", "tbody_open");
        break;
      }
      case "fence":
        line(`${level.line}\n`);
        break;
      case "code":
        line("    x\n");
        skip = 2;
        break;
      case "paragraph":
        line(level.within ? "x" : "x\n");
        skip = level.within ? 1 : 2;
        expected.push("paragraph_open");
        break;
    }
  }
  const last = levels[levels.length - 1]?.kind;
  if (last === "item" || last === "quote") heading();
  return { text, lines: text.split("\n").length - 1, expected, skip };
}

/** Whether the parser went on where these levels say that it was. */
export function fits(levels: Level[], context: Context, tokens: Token[]): boolean {
  if (!context.expected.every((type, i) => tokens[i]?.type === type)) return false;
  const next = tokens[context.expected.length];
  switch (levels[levels.length - 1]?.kind) {
    case undefined:
      return true;
    case "paragraph":
      return next?.type === "inline" && next.content.length > context.skip && next.content.startsWith(context.skip === 1 ? "x" : "x\n");
    case "code":
      return next?.type === "code_block" && next.content.length > context.skip + 1 && next.content.startsWith("x\n");
    case "fence":
      return next?.type === "fence" && next.map?.[0] === context.lines - 1;
    default:
      return next !== undefined && next.nesting !== -1;
  }
}

/** The marker of an item with spaces around it: as wide as the item's content is indented. */
export function opening(marker: string, width: number): string | null {
  const spaces = Math.min(4, width - marker.length);
  const before = width - marker.length - spaces;
  return spaces >= 1 && before <= 3 ? " ".repeat(before) + marker + " ".repeat(spaces) : null;
}

/** Whether the open text of a list, in lines of our own and its own together, has blank lines between its items or in them. */
export function isLoose(levels: Level[], index: number, tokens: Token[]): boolean {
  let at = 0;
  for (const level of levels.slice(0, index + 1)) {
    if (level.kind === "list") {
      if (level === levels[index]) return tokens[at + 2]?.hidden === false;
      at += 1 + ITEM.length;
    } else at += 1;
  }
  return false;
}
