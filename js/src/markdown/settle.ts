/** What can no longer change within a block that is still open. `driver.ts` asks when whole lines have come, or a very long one. */

import { isComplete, type Opened, Painter } from "./dom";
import { type Context, isLoose, type Level, opening } from "./levels";
import { type Parsed, parseInline, type References, type Token } from "./parse";
import { divide, gathered, isPart } from "./parts";

/** Markup that is not closed within so many characters, or pieces, is taken for text: a single star cannot make a long text slow. */
const FAR = 65_536;
const PIECES = 16_000;
/** A piece of inline markup is an element: it costs layout as much as so many characters. */
const PIECE = 6;
/** Characters between two looks at a paragraph that could not be cut, as a share of what is open. */
const PATIENCE = 1.15;
/** Empty cells that are settled: markdown-it ends a table at 65,536 cells that it had to add. */
const EMPTY_CELLS = 30_000;

/** Characters of a settled text node of code: a browser does not lay out the nodes before it again, and many small ones cost more. */
const TEXT = 4096;
/** Characters of an unfinished line from which on it cannot become the mark of anything. */
const LINE = 16;

/** A top-level block: its first token, the one behind its last, and its lines. */
export interface Group {
  first: number;
  behind: number;
  start: number;
  end: number;
}

export function blocksOf(tokens: Token[]): Group[] {
  const groups: Group[] = [];
  let first = 0;
  tokens.forEach((token, i) => {
    // A block ends where the nesting is back at the top: at a token that stands alone, or at the one that closes.
    if (token.level !== 0 || token.nesting === 1) return;
    const [start, end] = tokens[first]?.map ?? [0, 0];
    groups.push({ first, behind: i + 1, start, end });
    first = i + 1;
  });
  return groups;
}

/** Blocks that are what they are once their last line is whole, whatever follows. */
export function isFinal(tokens: Token[], { first }: Group, whole: number): boolean {
  const token = tokens[first] as Token;
  if (!token.map || token.map[1] > whole) return false;
  return (
    token.type === "hr" ||
    (token.type === "heading_open" && token.markup.startsWith("#")) ||
    (token.type === "math_block" && token.info !== "") ||
    isComplete(token, whole)
  );
}

/** Where the open text begins from now on. */
export interface Settled {
  levels: Level[];
  /** A line of what was parsed, and a place in it. */
  line: number;
  column: number;
  /** How much of what was painted of the block is settled, and what the settled stretch of a paragraph or of code shows instead. */
  shown: number;
  more: Painter["blocks"][number]["segments"];
}

interface Look {
  parsed: Parsed;
  context: Context;
  painter: Painter;
  levels: Level[];
  /** The texts that were parsed, line by line. */
  lineText: (line: number) => string;
  opened: (levels: Level[]) => Opened[];
  references: References;
  /** Characters from which on a paragraph is cut. */
  long: number;
  /** Length of the open text below which nothing is tried: what failed once will mostly fail again. */
  patience: { next: number };
  /** The last line is not whole. */
  partial: boolean;
}

/** Look for what is settled within the last block. Returns null if nothing more is. */
export function settledWithin(look: Look, group: Group): Settled | null {
  return new Descent(look).from(group.first);
}

class Descent {
  readonly #tokens: Token[];
  #found: Settled | null = null;
  /** Last children that stay, for when all is known. */
  #lasts: { level: Level; last: ChildNode | null; count: number }[] = [];
  /** Token of each list that is open, from the outermost on, for what is known of its items. */
  #lists: { level: Level & { kind: "list" }; index: number; token: number }[] = [];

  constructor(readonly look: Look) {
    this.#tokens = look.parsed.tokens;
  }

  from(token: number): Settled | null {
    this.#go(token, []);
    const found = this.#found;
    // A line that is not whole settles nothing but its own beginning, and what is before it.
    if (!found || (this.look.partial && found.levels[found.levels.length - 1]?.kind !== "paragraph")) return null;
    for (const { level, last, count } of this.#lasts) {
      level.last = last;
      if (level.kind === "list" || level.kind === "table") level.count += count;
    }
    this.#noteLists(found);
    for (const level of found.levels) divide(level);
    return found;
  }

  /** @param outer the levels around this token */
  #go(at: number, outer: Level[]): void {
    const token = this.#tokens[at] as Token;
    switch (token.type) {
      case "bullet_list_open":
      case "ordered_list_open":
        this.#list(at, outer);
        return;
      case "list_item_open":
      case "blockquote_open":
        this.#container(at, outer);
        return;
      case "table_open":
        this.#table(at, outer);
        return;
      case "fence":
      case "code_block":
        this.#code(at, outer);
        return;
      case "paragraph_open":
        this.#paragraph(at, outer);
        return;
    }
  }

  #list(at: number, outer: Level[]): void {
    const known = this.#known(at, outer.length);
    const level = known?.kind === "list" ? known : this.#newList(at);
    if (!level) return;
    this.#lists.push({ level, index: outer.length, token: at });
    const levels = [...outer, level];
    // The first item of a list that is gone on with is our own.
    const items = this.#children(at).slice(known ? 1 : 0);
    const last = items[items.length - 1];
    if (last === undefined) return;
    const before = items[items.length - 2];
    if (before !== undefined) {
      const element = this.#element(before, levels.length);
      if (!element) return;
      this.#settle(levels, (this.#tokens[last] as Token).map?.[0], last, element, items.length - 1);
    }
    this.#go(last, levels);
  }

  #newList(at: number): (Level & { kind: "list" }) | null {
    const token = this.#tokens[at] as Token;
    const element = this.look.painter.elements.get(at);
    // Whether a list is loose shows in its paragraphs alone.
    const known = this.#children(at).some((item) => this.#children(item).some((child) => this.#tokens[child]?.type === "paragraph_open"));
    if (!element || !known) return null;
    const tag = token.tag === "ol" ? "ol" : "ul";
    const box = this.look.painter.outermost.get(at) as HTMLElement;
    const elements = box === element ? [element] : [box, element];
    return { kind: "list", tag, marker: token.markup, paragraphs: false, loose: false, count: 0, parts: [], element, elements, last: null };
  }

  /** A list item or a block quote. */
  #container(at: number, outer: Level[]): void {
    const known = this.#known(at, outer.length);
    const level = known ?? this.#newContainer(at);
    if (!level) return;
    const levels = [...outer, level];
    // What stands before the open text is our own heading, or what is open within this container too.
    const ours = this.look.context.expected.length;
    const children = this.#children(at).filter((child) => child >= ours || this.#tokens[child]?.type !== "heading_open");
    const last = children[children.length - 1];
    if (last === undefined) return;
    const before = children[children.length - 2];
    if (before !== undefined) {
      const element = this.#element(before, levels.length);
      if (!element) return;
      this.#settle(levels, (this.#tokens[before] as Token).map?.[1], last, element);
    }
    this.#go(last, levels);
  }

  #newContainer(at: number): Level | null {
    const token = this.#tokens[at] as Token;
    const element = this.look.painter.elements.get(at);
    const list = this.#lists[this.#lists.length - 1];
    if (!element) return null;
    const opened = { element, elements: [element], last: null };
    if (token.type === "blockquote_open") return { kind: "quote", ...opened };
    const inside = this.look.parsed.places[at + 1]?.indent;
    const outside = list && this.look.parsed.places[list.token]?.indent;
    if (inside === undefined || outside === undefined) return null;
    const opens = opening(token.info + token.markup, inside - outside);
    return opens === null ? null : { kind: "item", opens, ...opened };
  }

  #table(at: number, outer: Level[]): void {
    const known = this.#known(at, outer.length);
    const [head, body] = this.#children(at);
    if (head === undefined || body === undefined) return;
    const rows = this.#children(body);
    const last = rows[rows.length - 1];
    const before = rows[rows.length - 2];
    if (last === undefined || before === undefined) return;
    const level = known?.kind === "table" ? known : this.#newTable(at, head, body);
    const element = this.look.painter.elements.get(before);
    if (!level || !element) return;
    for (let i = rows[0] as number; i < last; i++) {
      const token = this.#tokens[i] as Token;
      if (token.type === "inline" && token.content === "") level.empty++;
    }
    if (level.empty > EMPTY_CELLS) return;
    this.#settle([...outer, level], (this.#tokens[last] as Token).map?.[0], last, element, (rows.length - 1) * level.columns);
  }

  #newTable(at: number, head: number, body: number): (Level & { kind: "table" }) | null {
    const { painter } = this.look;
    const [box, table, rows] = [painter.outermost.get(at), painter.elements.get(at), painter.elements.get(body)];
    if (!box || !table || !rows) return null;
    const cells = this.#children((head + 1) as number);
    const ruler = cells.map((cell) => RULERS[String(this.#tokens[cell]?.attrGet("style") ?? "")] ?? "-");
    const columns = cells.length;
    const opened = { element: rows, elements: [box, table, rows], last: null };
    return { kind: "table", head: `|${"x|".repeat(columns)}`, ruler: `|${ruler.join("|")}|`, columns, empty: 0, count: 0, ...opened };
  }

  #code(at: number, outer: Level[]): void {
    const token = this.#tokens[at] as Token;
    const { content, map } = token;
    const { painter, parsed, partial } = this.look;
    const cut = content.length < 2 ? 0 : content.lastIndexOf("\n", content.length - 2) + 1;
    const element = painter.elements.get(at);
    const box = painter.outermost.get(at);
    const known = this.#known(at, outer.length);
    if (partial || cut === 0 || !map || !element || !content.endsWith("\n") || isComplete(token, map[1])) return;
    const shown = element.lastChild as Text;
    const rest = shown.data.slice(cut);
    if (known?.kind === "fence" || known?.kind === "code") {
      const { last } = known;
      let settled: ChildNode = shown;
      if (last?.nodeType === Node.TEXT_NODE && (last as Text).length < TEXT) {
        (last as Text).appendData(content.slice(0, cut));
        shown.data = rest;
        settled = last;
      } else {
        shown.splitText(cut);
      }
      known.size += cut;
      if (isPart(known.size, true)) {
        settled = gathered(settled, true);
        known.size = 0;
      }
      this.#settle([...outer, known], map[1] - 1, at, settled);
      return;
    }
    const place = parsed.places[at];
    if (!box || !place) return;
    shown.splitText(cut);
    const opened = { element, elements: [box, element.parentElement as HTMLElement, element], last: shown };
    const level: Level =
      token.type === "fence"
        ? { kind: "fence", line: " ".repeat(place.column - place.indent) + token.markup, size: cut, ...opened }
        : { kind: "code", size: cut, ...opened };
    const before = painter.before.get(at) ?? 0;
    this.#settle([...outer, level], map[1] - 1, at, shown);
    // The opening line, and the element with its text, what is open of it included.
    if (this.#found) this.#found.shown = before + (token.type === "fence" ? 3 : 1);
  }

  #paragraph(at: number, outer: Level[]): void {
    const inline = this.#tokens[at + 1] as Token;
    const known = this.#known(at, outer.length);
    const { content, map } = inline;
    const { look } = this;
    if (!map || content.length < Math.max(look.long, look.patience.next) || (!known && this.#mayDefine(content))) return;
    const place = look.partial ? this.#withinLine(content, map[1] - 1) : this.#betweenLines(content, map, known);
    if (!place) return;
    const element = known?.element ?? look.painter.elements.get(at);
    if (!element) return;
    const text = content.slice(0, place.length).replace(/^[ \t]+/, "");
    const parsed = parseInline(text, look.references);
    const plain = place.spaced || !/[<&]/.test(text);
    if ((!parsed.closed || !plain) && content.length < FAR && parsed.pieces < PIECES) {
      look.patience.next = content.length * PATIENCE;
      return;
    }
    const size = (known?.kind === "paragraph" ? known.size : 0) + Math.max(place.length, PIECE * parsed.pieces);
    const gathers = isPart(size, false);
    const level: Level = {
      kind: "paragraph",
      within: place.column > 0,
      size: gathers ? 0 : size,
      element,
      elements: [element],
      last: known?.last ?? null,
    };
    const levels = [...outer, level];
    look.patience.next = 0;
    const painter = new Painter(look.opened(levels), look.references, null);
    const end = painter.inline(text, parsed);
    const last = gathers && end ? gathered(end, false) : end;
    const before = known ? 0 : (look.painter.before.get(at + 1) ?? 0);
    this.#settle(levels, place.line, at, last);
    if (!this.#found) return;
    this.#found.column = place.column;
    this.#found.shown = before;
    this.#found.more = painter.blocks[0]?.segments ?? [];
  }

  /** Such a paragraph may still turn out to define a link, or to be the title of one that was defined before it. */
  #mayDefine(content: string): boolean {
    if (content.startsWith("[")) return !/^\[(?:[^[\]\\]|\\[\s\S])*(\](?!:)[\s\S]|\[)/.test(content);
    return this.look.parsed.lines.size > 0 && /^["'(]/.test(content);
  }

  /** Two lines stay: one may become the head of a table, with the next as its ruler. */
  #betweenLines(content: string, map: [number, number], known: Level | undefined): Cut | null {
    const lines = content.split("\n");
    const first = map[0] + (known?.kind === "paragraph" && !known.within ? 1 : 0);
    if (lines.length < 4 || map[1] - first !== lines.length) return null;
    const length = lines.slice(0, -2).reduce((sum, line) => sum + line.length + 1, 0);
    return length < this.look.long / 2 ? null : { length, line: map[1] - 2, column: 0, spaced: true };
  }

  /** In a line that is not whole and that can be nothing but text: before a word, or between two letters where there are no words. */
  #withinLine(content: string, line: number): Cut | null {
    const source = this.look.lineText(line);
    const begins = content.lastIndexOf("\n") + 1;
    const shown = content.slice(begins);
    if (shown.length < Math.max(LINE, this.look.long) || shown.includes("|") || !/[\p{L}\p{N}]/u.test(shown)) return null;
    if (/^(\$\$|\\\[)/.test(shown) || !source.trimEnd().endsWith(shown)) return null;
    const indent = source.trimEnd().length - shown.length;
    const word = /[ \t](?=\S+$)/.exec(shown.slice(-2000));
    let at = word ? shown.length - Math.min(2000, shown.length) + word.index + 1 : -1;
    for (let i = shown.length - 1; at <= 0 && i > shown.length - 200 && i > 0; i--) {
      if (/^[\p{L}\p{N}]{2}$/u.test(shown.slice(i - 1, i + 1))) at = i;
    }
    return at <= 0 ? null : { length: begins + at, line, column: indent + at, spaced: word !== null };
  }

  /** @param count items or cells of the innermost level that this adds to what is settled */
  #settle(levels: Level[], line: number | undefined, token: number, last: ChildNode | null, count = 0): void {
    if (line === undefined) return;
    this.#lasts.push({ level: levels[levels.length - 1] as Level, last, count });
    this.#found = { levels, line, column: 0, shown: this.look.painter.before.get(token) ?? 0, more: [] };
  }

  /** What is now settled of the lists that stay open: whether there are paragraphs in their items, and blank lines. */
  #noteLists(found: Settled): void {
    const { tokens } = this.look.parsed;
    for (const { level, index, token } of this.#lists) {
      if (!found.levels.includes(level)) continue;
      const depth = (tokens[token] as Token).level + 2;
      if (this.look.levels.includes(level)) level.loose ||= isLoose(this.look.levels, index, tokens);
      for (let i = Math.max(token, this.look.context.expected.length); i < tokens.length; i++) {
        const inner = tokens[i] as Token;
        if (inner.level < depth - 2) break;
        if (inner.type !== "paragraph_open" || inner.level !== depth) continue;
        if (!inner.hidden) level.loose = true;
        if ((inner.map?.[1] ?? 0) <= found.line || found.levels[found.levels.length - 1]?.kind === "paragraph") level.paragraphs = true;
      }
    }
  }

  /** The level that this token stands for, if it is one of those that were open. */
  #known(at: number, depth: number): Level | undefined {
    const { context, levels } = this.look;
    const leaf = depth === levels.length - 1 && at === context.expected.length;
    const level = levels[depth];
    return at < context.expected.length || (leaf && (level?.kind === "fence" || level?.kind === "code")) ? level : undefined;
  }

  #element(at: number, depth: number): HTMLElement | undefined {
    return this.#known(at, depth)?.elements[0] ?? this.look.painter.outermost.get(at);
  }

  /** Indices of the tokens with which the children of this one begin. */
  #children(at: number): number[] {
    const children: number[] = [];
    const depth = (this.#tokens[at] as Token).level + 1;
    for (let i = at + 1; i < this.#tokens.length; i++) {
      const token = this.#tokens[i] as Token;
      if (token.level < depth) break;
      if (token.level === depth && token.nesting !== -1) children.push(i);
    }
    return children;
  }
}

interface Cut {
  /** Characters of the paragraph before it. */
  length: number;
  line: number;
  column: number;
  /** It stands behind white space. */
  spaced: boolean;
}

const RULERS: Record<string, string> = { "text-align:left": ":-", "text-align:center": ":-:", "text-align:right": "-:" };
