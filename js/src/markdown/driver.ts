/**
 * Markdown that grows: blocks that no later text can change keep their elements, and only the open tail is parsed again.
 *
 * A block is settled once another block follows it in whole lines. An unfinished last line settles nothing, since it may still turn
 * into something else: `foo⏎#` is a paragraph and a heading, `foo⏎#1 of 3` one paragraph. The same holds within a block (`settle.ts`),
 * so that the cost of a character does not depend on how long its block is.
 */

import { type Block, Blocks, type Located } from "./blocks";
import { Chapters } from "./chapters";
import { type Extras, type Opened, type Painted, Painter } from "./dom";
import { heldBack } from "./held";
import { type Context, contextOf, fits, isLoose, type Level } from "./levels";
import { lineStarts, noReferences, type Parsed, parseBlocks, type References } from "./parse";
import { agree } from "./parts";
import { changedLabels, labelsOf, usesAny } from "./references";
import { Ahead } from "./rewind";
import { blocksOf, isFinal, settledWithin } from "./settle";
import { type Tip, tipOf } from "./tip";

/** What was parsed: lines of our own that open what is open, and the text from `offset + context.text.length` on. */
interface Look {
  text: string;
  parsed: Parsed;
  context: Context;
  lines: number[];
  /** Lines that are complete. */
  whole: number;
  offset: number;
}

interface Shown {
  look: Look;
  painter: Painter;
  blocks: Block[];
}

export interface Options {
  extras?: Extras | null;
  /** Characters of a block from which on it is settled in parts. Shorter ones are as cheaply parsed again. */
  long?: number;
}

const LONG = 160;
/** Lines that show nothing of which it is worth while to be rid. */
const MANY = 16;
/** After a long line could not be cut, it is looked at again when the open text has grown by this factor. */
const PATIENCE = 1.15;
/** So many times a long block may go on as plain text before it is looked at again. */
const ROOM = 4;

/** One growing Markdown text in one element, which belongs to the view alone. */
export class MarkdownView {
  #source = "";
  readonly #chapters: Chapters;
  readonly #blocks: Blocks;
  readonly #ahead = new Ahead();
  #tail = "";
  #tailStart = 0;
  /** Where the last whole line that was taken in ends. */
  #whole = 0;
  /** The containers that are open where the tail begins, and what is settled of the block that they are in. */
  #levels: Level[] = [];
  #within: Pick<Block, "start" | "segments" | "labels"> | null = null;
  /** Definitions in settled text; those of the tail may still change with every character. */
  #references = noReferences();
  #tailReferences = noReferences();
  /** Settled blocks by the labels in them. */
  #users = new Map<string, Set<Block>>();
  readonly #extras: Extras | null;
  readonly #long: number;
  /** Where text that only goes on is put; null: everything is parsed. */
  #tip: Tip | null = null;
  /** Characters at the end that are not shown yet. */
  #held = 0;
  /** Characters of a paragraph, and of a line, below which looking for a place to cut it is not worth while. */
  #patience = { next: 0, line: 0 };

  constructor(
    readonly root: HTMLElement,
    options: Options = {},
  ) {
    this.#extras = options.extras ?? null;
    this.#long = options.long ?? LONG;
    this.#chapters = new Chapters(root);
    this.#blocks = new Blocks(this.#chapters, (start, end) => this.#source.slice(start, end));
  }

  /** Length of what is shown, in UTF-16 code units of the source. */
  get length(): number {
    return this.#tailStart + this.#tail.length;
  }

  /**
   * Show this text.
   *
   * @param text the whole text; if it begins with the text before, only what is new costs anything but a comparison
   * @param done whether it is complete
   */
  update(text: string, done: boolean): void {
    if (!text.startsWith(this.#source)) this.reset();
    this.append(text.slice(this.#source.length), done);
  }

  /** Show `fresh` after what is there: the same as `update`, at a cost that knows nothing of the text before the open tail. */
  append(fresh: string, done: boolean): void {
    this.root.toggleAttribute("data-open", !done);
    this.#source += fresh;
    this.#tail += fresh;
    if (fresh !== "" && this.#tip?.goesOn(fresh)) this.#blocks.grow(this.length);
    else if (fresh !== "" || (done && this.#held > 0)) this.#take(done);
    if (done) this.#finishCode(this.#levels, []);
  }

  /**
   * Show less: at most this much of what is shown. Settled blocks before it keep their elements, so that going back costs what was open
   * there and not all of the text; what is to be appended after it begins at `length`, which may be less than what was asked for.
   */
  rewind(length: number): void {
    const { settled } = this.#blocks;
    let keep = settled.length;
    while (keep > 0 && (settled[keep - 1] as Block).end > length) keep--;
    keep = Math.max(keep - 1, 0); // where a block ends may be known by the next one alone
    // Definitions that are no longer there may have been what settled blocks refer to.
    if (hasAny(this.#references) || hasAny(this.#tailReferences)) {
      this.reset();
      return;
    }
    const gone = settled.splice(keep);
    for (const block of gone) for (const label of block.labels) this.#users.get(label)?.delete(block);
    this.#ahead.add(gone);
    this.#leaveOut();
  }

  /**
   * Show again what going back took away, as far as it is settled in this text. What is to be appended begins at `length` then, which may
   * be less than before.
   *
   * @param text the whole text to be shown, which begins with what is shown
   */
  again(text: string): void {
    let block = this.#ahead.take(text.length);
    if (!block) return;
    this.#leaveOut();
    for (; block; block = this.#ahead.take(text.length)) {
      this.#chapters.open.append(block.element);
      this.#keep(block);
      this.#chapters.settle(block.element, block.end);
      this.#begin(block.end);
    }
    this.#source = text.slice(0, this.#tailStart);
  }

  /** Take away what is not settled. */
  #leaveOut(): void {
    const last = this.#blocks.settled.at(-1);
    if (last) this.#chapters.cut(last.element);
    else this.#chapters.reset();
    this.#blocks.open = [];
    this.#tail = "";
    this.#begin(last?.end ?? 0);
    this.#source = this.#source.slice(0, this.#tailStart);
  }

  #begin(at: number): void {
    this.#tip = null;
    this.#held = 0;
    this.#tailStart = this.#whole = at;
    this.#levels = [];
    this.#within = null;
    this.#patience = { next: 0, line: 0 };
  }

  /** Show nothing. */
  reset(): void {
    this.#chapters.reset();
    this.#source = this.#tail = "";
    this.#blocks.settled = [];
    this.#blocks.open = [];
    this.#begin(0);
    this.#references = noReferences();
    this.#tailReferences = noReferences();
    this.#users.clear();
    this.#ahead.clear();
  }

  /** The element of the block at this offset, or of the one before it if nothing there is shown; null: none. */
  blockOfOffset(offset: number): HTMLElement | null {
    return this.#blocks.at(this.#blocks.indexAt(offset))?.element ?? null;
  }

  /**
   * Where a stretch of the source is shown.
   *
   * @param start UTF-16 code units in the text
   * @param end exclusive
   * @returns one range for each text node that shows some of it; where nothing of it is shown (markup alone), the word beside it; for a
   *   block in which source and shown text do not align, the whole block; no range if there is no block
   */
  locate(start: number, end: number): Located {
    return this.#blocks.locate(start, end);
  }

  /**
   * Where in the source a place in the page stands.
   *
   * @param node a node under `root`, as a selection gives it
   * @param offset of a text node: in its text; of an element: ignored, the block's beginning is meant
   * @returns UTF-16 code units in the text; null: the node is not in a block
   */
  offsetAt(node: Node, offset: number): number | null {
    return this.#blocks.offsetAt(node, offset);
  }

  /** Take in what has come. */
  #take(done: boolean): void {
    const level = this.#levels[this.#levels.length - 1];
    const waits = done ? 0 : heldBack(this.#tail, level?.kind === "paragraph" && level.within);
    const until = this.length - waits;
    this.#held = waits;
    this.#tip = null;
    const whole = this.#tailStart + wholeLines(this.#tail);
    const lines = whole > Math.max(this.#whole, this.#tailStart);
    // Of a short text it shows whether anything can be settled, so that it is parsed once and not once more for its whole lines.
    let shown = !lines || this.#tail.length <= this.#long ? this.#show(until) : null;
    if (lines && (!shown || this.#maySettle(shown))) {
      this.#whole = whole;
      const before = shown && whole === until ? shown : this.#show(whole);
      const settled = this.#settle(before, false);
      shown = whole === until && !settled ? before : null;
    }
    this.#draw(shown ?? this.#show(until), until);
  }

  /** Whether it is worth while to look at the whole lines alone, from which things are settled. */
  #maySettle({ look, blocks }: Shown): boolean {
    const { tokens } = look.parsed;
    const groups = blocksOf(tokens).filter((group) => group.start < look.whole);
    const last = groups[groups.length - 1];
    const block = blocks[groups.length - 1];
    if (!last || !block) return look.whole > MANY;
    return groups.length > 1 || block.end - block.start > this.#long || isFinal(tokens, last, look.whole);
  }

  /** Everything up to here is drawn: settle of it what is settled within a long line, and find where it goes on. */
  #draw(shown: Shown, until: number): void {
    const { look, blocks, painter } = shown;
    this.#blocks.open = blocks;
    const line = look.text.length - (look.lines[look.whole] ?? look.text.length);
    if (line >= Math.max(2 * this.#long, this.#patience.line)) {
      this.#patience.line = line * PATIENCE;
      if (this.#settle(shown, true)) {
        this.#patience.line = 0;
        this.#draw(this.#show(until), until);
        return;
      }
    }
    const room = Math.max(ROOM * this.#long, this.#tail.length >> 2);
    this.#tip = until === this.length ? tipOf({ ...look, painter }, room) : null;
  }

  /** Show the text up to here, from where it is open. */
  #show(until: number): Shown {
    for (;;) {
      const look = this.#parse(until);
      const { parsed, context } = look;
      const changed = changedLabels(this.#tailReferences, parsed.references);
      this.#tailReferences = parsed.references;
      if (changed.size > 0) this.#redraw(changed);
      if (this.#within && usesAny(this.#within.labels, changed)) {
        this.#retreat();
        continue;
      }
      const painter = new Painter(this.#opened(this.#levels), parsed.references, this.#extras);
      this.#levels.forEach((level, i) => {
        if (level.kind === "list") painter.list(level.element, level.paragraphs, level.loose || isLoose(this.#levels, i, parsed.tokens));
      });
      painter.paint(parsed.tokens, context.expected.length, context.skip, look.whole);
      for (const level of this.#levels) if (level.kind === "list") agree(level);
      return { look, painter, blocks: this.#painted(look, painter) };
    }
  }

  /** Parse the text up to here; if it does not go on with the containers that are open, from the beginning of their block. */
  #parse(until: number): Look {
    for (;;) {
      const context = contextOf(this.#levels);
      const text = context.text + this.#tail.slice(0, until - this.#tailStart);
      const parsed = parseBlocks(text, this.#references);
      if (fits(this.#levels, context, parsed.tokens)) {
        const lines = lineStarts(text);
        const whole = lines.length - (wholeLines(text) === text.length ? 1 : 2);
        return { text, parsed, context, lines, whole, offset: this.#tailStart - context.text.length };
      }
      if (!this.#within) throw new Error("blocks that are not in any other must always fit");
      this.#retreat();
    }
  }

  /** Go back to the beginning of the open block: what was settled in it is open again, and is to be taken in again. */
  #retreat(): void {
    if (!this.#within) return;
    this.#tailStart = this.#whole = this.#within.start;
    this.#tail = this.#source.slice(this.#tailStart);
    this.#levels = [];
    this.#within = null;
    this.#patience = { next: 0, line: 0 };
  }

  /** The elements that are open, from the root on, each with its last child that stays. */
  #opened(levels: Level[]): Opened[] {
    const element = this.#chapters.open;
    const last = this.#blocks.settled[this.#blocks.settled.length - 1]?.element;
    const opened: Opened[] = [{ element, last: last?.parentElement === element ? last : null }];
    for (const level of levels) {
      for (const element of level.elements) {
        (opened[opened.length - 1] as Opened).last = element;
        opened.push({ element, last: null });
      }
      (opened[opened.length - 1] as Opened).last = level.last;
    }
    return opened;
  }

  /** The top-level blocks that were painted. */
  #painted({ parsed, lines, offset, text }: Look, painter: Painter): Block[] {
    return blocksOf(parsed.tokens).map(({ start, end }, i) => {
      const { element, segments, texts } = painter.blocks[i] as Painted;
      const within = i === 0 ? this.#within : null;
      return {
        start: within?.start ?? offset + (lines[start] ?? 0),
        end: offset + (lines[end] ?? text.length),
        element,
        segments: within ? within.segments.concat(segments) : segments,
        labels: labelsOf(texts, within?.labels),
      };
    });
  }

  /** Settle what nothing that follows can change. Returns whether there was anything. */
  #settle({ look, painter, blocks }: Shown, partial: boolean): boolean {
    const { parsed, context, lines, text, offset } = look;
    const group = blocksOf(parsed.tokens).pop();
    const last = blocks[blocks.length - 1];
    const painted = painter.blocks[painter.blocks.length - 1];
    this.#blocks.open = blocks;
    if (!group && !partial && lines.length > MANY) {
      // Nothing but blank lines, or definitions, of which the last may go on.
      this.#moveTo(offset + (lines[parsed.lines.size > 0 ? Math.max(...parsed.lines.values()) : look.whole] as number), look);
      return true;
    }
    if (!group || !last || !painted) return false;
    const open = this.#levels;
    if (!partial && isFinal(parsed.tokens, group, look.whole)) {
      this.#leave(blocks.length, last.end, look);
      this.#finishCode(open, []);
      return true;
    }
    const goesOn = blocks.length === 1;
    const found =
      last.end - last.start > this.#long
        ? settledWithin(
            {
              parsed,
              context,
              painter,
              levels: goesOn ? open : [],
              lineText: (line) => text.slice(lines[line], lines[line + 1]).replace(/[\r\n]+$/, ""),
              opened: (levels) => this.#opened(levels),
              references: parsed.references,
              long: this.#long,
              patience: this.#patience,
              partial,
            },
            group,
          )
        : null;
    if (!found && (goesOn || partial)) return false;
    const within = goesOn ? this.#within : null;
    if (!goesOn) this.#leave(blocks.length - 1, blocks[blocks.length - 2]?.end as number, look);
    if (found) {
      const segments = (within?.segments ?? []).concat(painted.segments.slice(0, found.shown), found.more);
      this.#within = { start: last.start, segments, labels: last.labels };
      this.#levels = found.levels;
      this.#moveTo(offset + (lines[found.line] as number) + found.column, look);
    }
    this.#finishCode(open, this.#levels);
    return true;
  }

  /** The first `count` of the open blocks are settled. */
  #leave(count: number, end: number, look: Look): void {
    for (const block of this.#blocks.open.splice(0, count)) this.#keep(block);
    this.#ahead.pass(end);
    const last = this.#blocks.settled[this.#blocks.settled.length - 1];
    if (last) this.#chapters.settle(last.element, end);
    this.#levels = [];
    this.#within = null;
    this.#patience = { next: 0, line: 0 };
    this.#moveTo(end, look);
  }

  #keep(block: Block): void {
    this.#blocks.settled.push(block);
    for (const label of block.labels) {
      const users = this.#users.get(label);
      if (users) users.add(block);
      else this.#users.set(label, new Set([block]));
    }
  }

  /** The tail begins here from now on. Definitions before it are settled. */
  #moveTo(start: number, { parsed, lines, offset }: Look): void {
    for (const [label, line] of parsed.lines) {
      if (offset + (lines[line] as number) >= start || Object.hasOwn(this.#references, label)) continue;
      this.#references[label] = parsed.references[label] as References[string];
      delete this.#tailReferences[label];
    }
    this.#tail = this.#tail.slice(start - this.#tailStart);
    this.#tailStart = start;
  }

  /** Code that was open and is not any more is complete. */
  #finishCode(before: Level[], now: Level[]): void {
    const level = before[before.length - 1];
    if (level?.kind !== "fence" || now.includes(level)) return;
    this.#extras?.code(level.element, level.element.textContent ?? "", level.element.dataset.language ?? "");
  }

  /** A definition came, changed or went: the settled blocks that use its label are made again, the others are not touched. */
  #redraw(changed: Set<string>): void {
    const blocks = new Set<Block>();
    for (const label of changed) for (const block of this.#users.get(label) ?? []) blocks.add(block);
    for (const block of blocks) {
      const source = this.#source.slice(block.start, block.end);
      const holder = document.createElement("div");
      const painter = new Painter([{ element: holder, last: null }], this.#tailReferences, this.#extras);
      painter.paint(parseBlocks(source, this.#tailReferences).tokens, 0, 0, Number.POSITIVE_INFINITY);
      const painted = painter.blocks[0];
      if (!painted) continue;
      block.element.replaceWith(painted.element);
      block.element = painted.element;
      block.segments = painted.segments;
      delete block.aligned;
    }
  }
}

function hasAny(references: References): boolean {
  return Object.keys(references).length > 0;
}

/** Length of what is complete in a text: a "\r" at its end may be half of a line end. */
function wholeLines(text: string): number {
  const end = text.endsWith("\r") ? text.length - 1 : text.length;
  return Math.max(text.lastIndexOf("\n", end - 1), text.lastIndexOf("\r", end - 1)) + 1;
}
