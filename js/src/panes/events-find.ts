/** Searching the data of events, which is in the kernel: slice by slice, as far as the stream has come, and no frame twice. */

import type { Link } from "../link";
import type { Query } from "../protocol";
import type { Lane } from "../store";

/** Milliseconds between two slices that look at what has come since: a live stream must not be followed by a question for each batch. */
const PAUSE = 500;

/** What was typed as what is looked for: `$.path`, `type:name`, else a text; null: nothing. */
export function queryOf(typed: string): Query | null {
  const text = typed.trim();
  if (text === "") return null;
  if (text.startsWith("$")) return { path: text };
  const type = text.match(/^type:\s*(.*)$/i);
  if (type) return type[1] ? { event_type: type[1] } : null;
  return { text: typed };
}

export class Search {
  /** Frames found so far, ascending. */
  readonly frames: number[] = [];
  /** Why it could not go on, as a sentence. */
  problem = "";
  /** Frames that were looked at. */
  next = 0;
  readonly epoch: number;
  #busy = false;
  #last = Number.NEGATIVE_INFINITY;

  /** @param news called when there is more to show */
  constructor(
    readonly lane: Lane,
    readonly query: Query,
    private readonly link: Link,
    private readonly news: () => void,
    private readonly signal: AbortSignal,
    private readonly clock: () => number,
  ) {
    this.epoch = lane.epoch;
  }

  /** Whether there is something left to look at. */
  get going(): boolean {
    return this.problem === "" && this.next < this.lane.head;
  }

  /** Look at what has come. Call it at every draw. Returns milliseconds after which to call again; null: not by itself. */
  pump(): number | null {
    if (this.#busy || !this.going || this.signal.aborted || this.lane.epoch !== this.epoch) return null;
    const wait = this.#last + PAUSE - this.clock();
    if (wait > 0) return wait;
    void this.#run();
    return null;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    const goal = this.lane.head;
    try {
      while (this.next < goal && !this.signal.aborted && this.lane.epoch === this.epoch) {
        const { frames, next } = await this.link.find(this.lane.id, this.query, this.next);
        if (next <= this.next) break; // the kernel has not read so far
        for (const frame of frames) this.frames.push(frame);
        this.next = next;
        this.news();
      }
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.#busy = false;
    this.#last = this.clock();
    if (!this.signal.aborted) this.news();
  }
}
