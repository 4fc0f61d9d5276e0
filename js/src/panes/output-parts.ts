/** How each kind of part is shown in the output: the answer as Markdown, thinking and tool calls as folds, the rest as quiet lines. */

import { h, listen, setAttribute, setText } from "../dom";
import type { Link } from "../link";
import type { Located } from "../markdown/blocks";
import { MarkdownView } from "../markdown/driver";
import { LazyExtras } from "../markdown/extras";
import type { Lane, Part } from "../store";
import * as format from "./format";
import { looksLikeJson, paintJson } from "./json";
import { ALL, type Share } from "./share";

/**
 * Milliseconds that showing an answer may take in one frame, and characters that are taken in between two looks at the clock: fewer
 * where each of them makes an element, since what was made is also to be laid out.
 */
const BUDGET = 10;
const SLICE = { least: 1024, most: 4096 };
/** Arguments longer than this are shown as they came: laying them out again at every fragment would be quadratic. */
const LAID_OUT = 20_000;

export interface PartView {
  readonly element: HTMLElement;
  /** There is more of it than one frame has time for: it is to be drawn again in the next. */
  readonly behind?: boolean;
  /** Draw the part. `open`: it is still being written. `now`: seconds since the request was sent. */
  draw(lane: Lane, open: boolean, now: number): void;
  /** Where the text that a frame brought is shown. */
  ranges(frame: number): Located;
  /** The frame that brought the text at a position; null: the position is not in this part's text. */
  frameAt(node: Node, offset: number): number | null;
}

/** @param share how much text it may take in when it is drawn */
export function viewOf(part: Part, link: Link, signal: AbortSignal, share: Share = ALL): PartView {
  switch (part.kind) {
    case "text":
      return new Answer(part, link, signal, share);
    case "reasoning":
      return new Thought(part, signal, share);
    case "tool_call":
      return new ToolCall(part, signal);
    case "refusal":
      return new Refusal(part);
    default:
      return new Line(part);
  }
}

/** The frame up to which a lane is shown, in the form that parts take: undefined while live. */
export function instantOf(lane: Lane): number | undefined {
  return lane.instant;
}

/** What has to be drawn of a part: if it is the same as last time, nothing has. */
function keyOf(part: Part, lane: Lane): string {
  const at = instantOf(lane);
  return `${part.versionAt(at)} ${part.sizeAt(at)} ${part.closedAt(at)}`;
}

class Answer implements PartView {
  readonly element = h("div", { class: "sw-md", "data-sw": "answer" });
  behind = false;
  #view: MarkdownView;
  #version = 0;
  #key = "";
  #slice = SLICE.most;

  constructor(
    readonly part: Part,
    link: Link,
    signal: AbortSignal,
    readonly share: Share,
  ) {
    this.#view = new MarkdownView(this.element, { extras: new LazyExtras(link, signal) });
  }

  draw(lane: Lane, open: boolean): void {
    const key = `${keyOf(this.part, lane)} ${open}`;
    if (key === this.#key && !this.behind) return;
    this.#key = key;
    const at = instantOf(lane);
    const version = this.part.versionAt(at);
    const size = this.part.sizeAt(at);
    if (version !== this.#version) this.#view.reset();
    else if (size < this.#view.length) this.#view.rewind(size);
    this.#version = version;
    this.#view.again(this.part.text(at));
    const fresh = this.part.tailText(this.#view.length, at);
    this.behind = fresh !== "" && this.share.left <= 0;
    if (this.behind) return;
    const end = performance.now() + BUDGET;
    let taken = 0;
    let now = end - BUDGET;
    do {
      const next = Math.min(taken + this.#slice, taken + this.share.left, fresh.length);
      this.#view.append(fresh.slice(taken, next), !open && next === fresh.length);
      const begun = now;
      now = performance.now();
      const other = this.#slice * (now - begun > 0.75 * BUDGET ? 0.5 : 2);
      this.#slice = Math.min(Math.max(other, SLICE.least), SLICE.most);
      this.share.left -= next - taken;
      taken = next;
    } while (taken < fresh.length && this.share.left > 0 && now < end);
    this.behind = taken < fresh.length;
  }

  ranges(frame: number): Located {
    const range = this.part.rangeOfFrame(frame);
    return range ? this.#view.locate(range.start, range.end) : exactly();
  }

  frameAt(node: Node, offset: number): number | null {
    return this.element.contains(node) ? frameOf(this.part, this.#view.offsetAt(node, offset)) : null;
  }
}

/** Text as it is, in one text node that only grows. */
class Plain {
  readonly text = document.createTextNode("");
  behind = false;
  #version = -1;

  constructor(
    readonly part: Part,
    readonly share: Share = ALL,
  ) {}

  draw(at: number | undefined): void {
    const version = this.part.versionAt(at);
    const size = this.part.sizeAt(at);
    if (version !== this.#version) this.text.data = "";
    else if (size < this.text.length) this.text.data = this.text.data.slice(0, size);
    this.#version = version;
    const fresh = this.part.tailText(this.text.length, at);
    const taken = Math.max(0, Math.min(this.share.left, fresh.length));
    if (taken > 0) this.text.appendData(fresh.slice(0, taken));
    this.share.left -= taken;
    this.behind = taken < fresh.length;
  }

  ranges(frame: number): Located {
    const range = this.part.rangeOfFrame(frame);
    if (!range || range.end > this.text.length) return exactly();
    const made = document.createRange();
    made.setStart(this.text, range.start);
    made.setEnd(this.text, range.end);
    return exactly(made);
  }

  frameAt(node: Node, offset: number): number | null {
    return node === this.text ? frameOf(this.part, offset) : null;
  }
}

/** A fold that opens and closes by itself until a person has touched it. */
class Fold {
  readonly title = h("b");
  readonly about = h("span", { class: "sw-fold-about" });
  readonly body = h("div", { class: "sw-fold-body" });
  readonly element: HTMLDetailsElement;
  #touched = false;

  constructor(kind: string, name: string, signal: AbortSignal) {
    const summary = h("summary", null, this.title, this.about);
    this.element = h("details", { class: `sw-fold sw-fold-${kind}`, "data-sw": name }, summary, this.body);
    listen(summary, "click", () => this.#touch(), signal);
    // Who reads or selects in it wants it to stay.
    listen(this.body, "pointerdown", () => this.#touch(), signal);
  }

  suggest(open: boolean): void {
    if (!this.#touched && this.element.open !== open) this.element.open = open;
  }

  #touch(): void {
    this.#touched = true;
  }
}

class Thought implements PartView {
  readonly element: HTMLElement;
  #fold: Fold;
  #plain: Plain;
  #key = "";

  constructor(
    readonly part: Part,
    signal: AbortSignal,
    share: Share,
  ) {
    this.#fold = new Fold("think", "thinking", signal);
    this.#plain = new Plain(part, share);
    this.#fold.body.append(this.#plain.text);
    this.element = this.#fold.element;
  }

  get behind(): boolean {
    return this.#plain.behind;
  }

  draw(lane: Lane, open: boolean, now: number): void {
    const at = instantOf(lane);
    const length = this.part.lengthAt(at);
    const duration = thoughtFor(lane, this.part, open ? now : null, lane.at === null ? undefined : now);
    setText(this.#fold.title, open ? `Thinking for ${duration.toFixed(1)} s…` : `Thought for ${format.seconds(duration)}`);
    const share =
      open || lane.at !== null || lane.parts.some((other) => other !== this.part && other.kind === "reasoning")
        ? null
        : lane.state.metrics.thinking_share;
    const key = `${keyOf(this.part, lane)} ${open} ${share}`;
    if (key === this.#key && !this.behind) return;
    this.#key = key;
    this.#plain.draw(at);
    const part = share ? `, ${Math.round(share * 100)} % of the ${lane.state.metrics.tokens_source === "usage" ? "tokens" : "whole"}` : "";
    const words = ` · ${format.counted(length, "fragment")}${part}`;
    setText(this.#fold.about, open ? words : `${words} · ${format.firstLine(this.#plain.text.data.slice(0, 400))}`);
    this.#fold.suggest(open);
    setAttribute(this.element, "data-open", open);
    // While it is written, its tail is what can be seen.
    if (open) this.#fold.body.scrollTop = this.#fold.body.scrollHeight;
  }

  ranges(frame: number): Located {
    return this.#plain.ranges(frame);
  }

  frameAt(node: Node, offset: number): number | null {
    return this.#plain.frameAt(node, offset);
  }
}

/**
 * Seconds from a thought's first fragment to `now` or, if it is over, to what came after it: the next part, or its own last fragment.
 * Of what comes after `most` (s) nothing is known.
 */
export function thoughtFor(lane: Lane, part: Part, now: number | null, most = Number.POSITIVE_INFINITY): number {
  if (part.length === 0) return 0;
  const from = lane.columns.time(part.piece(0).frame);
  if (now !== null) return Math.max(0, now - from);
  const last = part.piece(part.length - 1).frame;
  const next = lane.parts.find((other) => other.firstFrame >= last && other !== part && other.choice === part.choice && other.length > 0);
  return Math.max(0, Math.min(most, lane.columns.time(next ? next.piece(0).frame : last)) - from);
}

class ToolCall implements PartView {
  readonly element: HTMLElement;
  #fold: Fold;
  #pre = h("pre", { class: "sw-json" });
  #key = "";

  constructor(
    readonly part: Part,
    signal: AbortSignal,
  ) {
    this.#fold = new Fold("tool", "tool-call", signal);
    this.#fold.body.append(this.#pre);
    this.element = this.#fold.element;
  }

  draw(lane: Lane, open: boolean): void {
    const at = instantOf(lane);
    const name = typeof this.part.fields.name === "string" && this.part.fields.name !== "" ? format.named(this.part.fields.name) : "a tool";
    const key = `${keyOf(this.part, lane)} ${open} ${name}`;
    if (key === this.#key) return;
    this.#key = key;
    setText(this.#fold.title, open ? `Calling ${name}…` : `Called ${name}`);
    setText(this.#fold.about, ` · ${format.counted(this.part.lengthAt(at), "fragment")}`);
    const text = this.part.text(at);
    if (text.length <= LAID_OUT && looksLikeJson(text)) paintJson(this.#pre, text);
    else setText(this.#pre, text);
    this.#fold.suggest(true);
    setAttribute(this.element, "data-open", open);
    if (open) this.#fold.body.scrollTop = this.#fold.body.scrollHeight;
  }

  /** The arguments are laid out anew, so a fragment is not found again in them: all of them are marked. */
  ranges(frame: number): Located {
    if (this.part.pieceOfFrame(frame) < 0) return exactly();
    const range = document.createRange();
    range.selectNodeContents(this.#pre);
    return exactly(range);
  }

  frameAt(node: Node): number | null {
    return this.#pre.contains(node) && this.part.length > 0 ? this.part.piece(0).frame : null;
  }
}

class Refusal implements PartView {
  readonly element = h("div", { class: "sw-refusal", "data-sw": "refusal" }, h("b", null, "Refused"));
  #plain: Plain;

  constructor(part: Part) {
    this.#plain = new Plain(part);
    this.element.append(h("p", null, this.#plain.text));
  }

  draw(lane: Lane): void {
    this.#plain.draw(instantOf(lane));
  }

  ranges(frame: number): Located {
    return this.#plain.ranges(frame);
  }

  frameAt(node: Node, offset: number): number | null {
    return this.#plain.frameAt(node, offset);
  }
}

/** Citations, media, steps and whatever a format adds: named, never loaded. */
class Line implements PartView {
  readonly element = h("div", { class: "sw-line-part", "data-sw": "part" });
  #kind = h("b");
  #what = h("span");
  #plain: Plain;

  constructor(readonly part: Part) {
    this.#plain = new Plain(part);
    this.element.append(this.#kind, " ", this.#what, h("span", null, this.#plain.text));
  }

  draw(lane: Lane): void {
    const { kind, fields, closed } = this.part;
    setText(this.#kind, kind === "citation" ? "source" : kind.replace("tool_", ""));
    // That something is done is no news, and what was left open by a stream that ended is not going on.
    const state = fields.state === "completed" || (fields.state === "in_progress" && closed) ? null : fields.state;
    const words = [fields.title, fields.name, fields.message, fields.url, state].filter((word) => typeof word === "string");
    setText(this.#what, words.map(format.named).join(" · ").replace("in_progress", "in progress"));
    this.#plain.draw(instantOf(lane));
  }

  ranges(frame: number): Located {
    return this.#plain.ranges(frame);
  }

  frameAt(node: Node, offset: number): number | null {
    return this.#plain.frameAt(node, offset);
  }
}

function exactly(...ranges: Range[]): Located {
  return { ranges, exact: true };
}

function frameOf(part: Part, offset: number | null): number | null {
  if (offset === null) return null;
  const piece = part.pieceAtOffset(Math.min(offset, part.size - 1));
  return piece < 0 ? null : part.piece(piece).frame;
}
