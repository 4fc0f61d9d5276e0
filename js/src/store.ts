/**
 * What the page knows: lanes, each with its frames as columns and its parts as pieces; what is selected; and the instant shown.
 *
 * `head` (what has arrived) is kept apart from `at` (what is shown): every pane draws `shown`, so looking back in time is no special case.
 */

import { Lane } from "./lane";
import type { Pacing } from "./pace";
import type { Board, Feed, Flow, LanePart } from "./protocol";
import { BYTES_PER_FRAME } from "./protocol";
import { FeedError, validateFeed } from "./validate";

export { Columns } from "./columns";
export { Lane } from "./lane";
export { Part } from "./part";
export { type Piece, Pieces } from "./pieces";
export { FeedError } from "./validate";

/**
 * data: frames or text; state: status, metrics, findings, or the store's `problem`; selection: the event a person looks at; at: the
 * instant shown, or how it follows the head; board: what is shown beyond single lanes.
 */
export type Change = "data" | "state" | "selection" | "at" | "board";
export type Listener = (change: Change, lane: Lane | undefined) => void;
export interface Selection {
  lane: string;
  frame: number;
}
/** Milliseconds from any origin, never going back: `performance.now`, or a test's own. */
export type Clock = () => number;

/** Everything of one widget; one per model, shared by all its views. */
export class Store {
  readonly lanes = new Map<string, Lane>();
  /** Lane ids in the order in which they appeared. */
  order: string[] = [];
  /** Number of the last feed that was applied; 0: none yet. */
  seq = 0;
  selection: Selection | null = null;
  /** Why the page may show less than the kernel has; null: nothing is wrong. */
  problem: Error | null = null;
  /** What the kernel counts of its own sending; null: not told yet. */
  flow: Flow | null = null;
  /** What is shown beyond single lanes; null: nothing. */
  board: Board | null = null;
  #pacing: Pacing = "raw";
  #focus: string | null = null;
  readonly clock: Clock;
  #listeners = new Set<Listener>();
  /** Session seconds minus clock seconds. */
  #offset = Number.NEGATIVE_INFINITY;
  /** A feed that failed half way left something behind; only a snapshot mends that. */
  #broken = false;

  constructor(clock: Clock = () => performance.now()) {
    this.clock = clock;
  }

  /** The lane that the panes show: the one chosen, else the first. */
  get focus(): Lane | undefined {
    return this.lanes.get(this.#focus ?? this.order[0] ?? "");
  }

  /** Show another lane. */
  focusOn(lane: string): void {
    if (!this.lanes.has(lane) || this.focus?.id === lane) return;
    this.#focus = lane;
    this.#tell("selection", this.focus);
  }

  /**
   * Take in a feed.
   *
   * @returns "ok": it is part of the store now; "stale": all of it was there already; "hole": something before it is missing, and
   *   nothing of it was taken (ask for a resync)
   * @throws {FeedError} it is not what it says it is. If it was recognised late, part of it may have been taken: the store then
   *   answers "hole" until a snapshot comes.
   */
  apply(feed: Feed): "ok" | "hole" | "stale" {
    validateFeed(feed);
    const whole = feed.whole === true;
    if (whole ? feed.seq < this.seq || (feed.seq === this.seq && this.order.length > 0 && !this.#broken) : feed.seq <= this.seq)
      return "stale";
    if (!whole && (this.#broken || feed.seq !== this.seq + 1 || feed.lanes.some((part) => this.#misses(part)))) return "hole";
    this.#broken = true;
    if (whole) this.#forgetLanesWithout(feed);
    for (const part of feed.lanes) this.#take(part, feed.cols, whole);
    this.#broken = false;
    this.seq = feed.seq;
    if (feed.flow) this.flow = feed.flow;
    if (feed.board) this.board = feed.board;
    this.#setClock(feed.now, whole);
    this.#keepSelection();
    if (this.problem !== null) this.report(null);
    this.#tellOf(feed);
    return "ok";
  }

  /** Seconds on the session's clock, as well as this page can know it. */
  now(): number {
    return Number.isFinite(this.#offset) ? this.#offset + this.clock() / 1000 : 0;
  }

  /** Seconds since the lane's request was sent; of a finished lane its whole duration. */
  elapsed(lane: Lane): number {
    if (lane.finished) return lane.state.metrics.end ?? (lane.head > 0 ? lane.columns.time(lane.head - 1) : 0);
    const replay = lane.state.replay;
    if (replay) return replay.from + Math.max(0, this.now() - replay.since) * replay.moving;
    return Math.max(0, this.now() - lane.state.start);
  }

  /** Whether any lane still goes on. */
  get live(): boolean {
    return this.order.some((id) => this.lanes.get(id)?.finished === false);
  }

  /** The kernel is gone: what goes on here will never end by itself, and the page must not pretend that it does. */
  lose(): void {
    for (const lane of this.lanes.values()) {
      if (lane.finished) continue;
      const end = lane.head > 0 ? lane.columns.time(lane.head - 1) : 0;
      lane.merge({
        status: "cut off",
        end: lane.head,
        metrics: { ...lane.state.metrics, end },
        error: {
          type: "KernelGone",
          message: "The kernel that read this stream is gone.",
          hint: "It was restarted or shut down. What came before stays here until the page is loaded anew.",
        },
      });
      this.#tell("state", lane);
    }
  }

  /** Select a frame; null takes the selection away. */
  select(lane: string, frame: number | null): void {
    const next = frame === null ? null : { lane, frame };
    if (next?.frame === this.selection?.frame && next?.lane === this.selection?.lane) return;
    this.selection = next;
    this.#tell("selection", this.lanes.get(lane));
  }

  /** Show a lane as it was at this frame; null: live. */
  setAt(lane: string, frame: number | null): void {
    const known = this.lanes.get(lane);
    if (!known || known.at === frame) return;
    known.at = frame === null ? null : Math.max(0, Math.min(frame, known.head - 1));
    this.#tell("at", known);
  }

  /** Stand still at what is shown now (the stream goes on), or go back to the head. */
  hold(lane: string, held: boolean): void {
    const known = this.lanes.get(lane);
    if (!known || (held && known.head === 0)) return;
    const shown = known.shown;
    known.paced = null;
    if (!held && known.at === null) this.#tell("at", known);
    this.setAt(lane, held ? shown : null);
  }

  /** How the display follows the head; `Pacer` does the walking. */
  get pacing(): Pacing {
    return this.#pacing;
  }

  /** Choose how the display follows the head, from what is shown now on. */
  setPacing(pacing: Pacing): void {
    if (pacing === this.#pacing) return;
    this.#pacing = pacing;
    this.#tell("at", this.focus);
  }

  /** Show a lane up to this instant (see `Lane.paced`); null: at the head. */
  setPaced(lane: Lane, paced: number | null): void {
    const next = paced !== null && paced < lane.head - 1 ? paced : null;
    if (lane.paced === next) return;
    lane.paced = next;
    this.#tell("at", lane);
  }

  /** Seconds for which the next thing to be shown of a lane has been here, because of its pace; 0 at the head, and while it is held. */
  lag(lane: Lane): number {
    if (lane.at !== null || lane.paced === null) return 0;
    return Math.max(0, this.now() - lane.state.start - lane.columns.time(lane.shown + 1));
  }

  /** Say what is wrong with what arrives (null: nothing any more). */
  report(problem: Error | null): void {
    if (this.problem === problem) return;
    this.problem = problem;
    this.#tell("state", undefined);
  }

  /** Hear of every change until the signal aborts. Several changes of one feed are told one after the other; draw once a frame. */
  subscribe(listener: Listener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Whether this part does not continue what is here. */
  #misses(part: LanePart): boolean {
    const lane = this.lanes.get(part.lane);
    return part.first !== (lane && lane.reading === part.reading ? lane.head : 0);
  }

  #take(part: LanePart, cols: DataView | null, whole: boolean): void {
    let lane = this.lanes.get(part.lane);
    if (!lane) {
      lane = new Lane(part.lane, part.reading);
      this.lanes.set(part.lane, lane);
      this.order.push(part.lane);
    } else if (whole || lane.reading !== part.reading) {
      lane.reset(part.reading);
    }
    // What comes now waits until the display gets there; what a snapshot brings was there before.
    if (this.#pacing !== "raw" && !whole && part.count > 0 && lane.at === null) lane.paced ??= lane.head - 1;
    if (part.count > 0) {
      const at = part.at ?? 0;
      if (cols === null || at + part.count * BYTES_PER_FRAME > cols.byteLength)
        throw new FeedError(`lane ${part.lane}: columns are missing`);
      lane.columns.append(cols, at, part.count);
    }
    for (const op of part.ops) lane.operate(op);
    for (const label of part.labels ?? []) lane.labels.push(label);
    if (part.state) lane.merge(part.state);
  }

  #forgetLanesWithout(feed: Feed): void {
    const kept = new Set(feed.lanes.map((part) => part.lane));
    for (const id of this.order) if (!kept.has(id)) this.lanes.delete(id);
    this.order = this.order.filter((id) => kept.has(id));
  }

  /** The kernel's `now` is always a little old when it arrives; the feed that was fastest tells the clock best. */
  #setClock(now: number, whole: boolean): void {
    const offset = now - this.clock() / 1000;
    this.#offset = whole ? offset : Math.max(this.#offset, offset);
  }

  /** A snapshot or a new reading may have fewer frames than what was selected or shown. */
  #keepSelection(): void {
    const selected = this.selection;
    if (selected && selected.frame >= (this.lanes.get(selected.lane)?.head ?? 0)) this.select(selected.lane, null);
    for (const lane of this.lanes.values()) {
      if (lane.at !== null && lane.at >= lane.head) this.setAt(lane.id, null);
      if (lane.paced !== null) this.setPaced(lane, lane.paced);
    }
  }

  #tellOf(feed: Feed): void {
    if (feed.board) this.#tell("board", undefined);
    for (const part of feed.lanes) {
      const lane = this.lanes.get(part.lane);
      if (feed.whole || part.count > 0 || part.ops.length > 0) this.#tell("data", lane);
      if (part.state) this.#tell("state", lane);
    }
  }

  #tell(change: Change, lane: Lane | undefined): void {
    for (const listener of [...this.#listeners]) listener(change, lane);
  }
}
