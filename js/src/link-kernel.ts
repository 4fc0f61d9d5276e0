/** The link over a widget's comm: traits come in, custom messages go out. */

import type { Link } from "./link";
import { Phase } from "./phase";
import type { Answer, Command, ExportForm, Feed, Found, FrameDetail, Lines, Preview, Query, Rule } from "./protocol";
import { FeedError, readAnswer, readFeed } from "./validate";

/** As much of anywidget's model as is used here; a test gives its own. */
export interface Model {
  get(name: string): unknown;
  on(name: string, callback: (...values: unknown[]) => void): void;
  off(name: string, callback: (...values: unknown[]) => void): void;
  send(content: unknown): void;
}

/** Milliseconds between acknowledgements: each costs the kernel two status messages, so more of them would cost more than the data. */
const ACK_PAUSE = 1250;
/** The same after the first one, and after a silence of so many: the sooner the kernel knows of the page's frames the better. */
const ACK_SOON = 250;
const SILENCE = 5000;
/** Milliseconds between requests for everything; doubled while none is answered, since a busy kernel only queues them. */
const RESYNC_PAUSE = 1000;
const RESYNC_PAUSE_MAX = 30_000;
/** Milliseconds after which a question to the kernel is given up. */
const ANSWER_TIMEOUT = 10_000;
/** The same for a file, which is made while others have their turns. */
const FILE_TIMEOUT = 300_000;

const CLOSED = "This widget is closed.";
const GONE = "The kernel that held this stream is gone.";
const BUSY = "The kernel is busy: a cell is running. Ask again when it has ended.";

interface Question {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** Everything that is sent to the kernel is small, rare, and never a trait. */
export class KernelLink implements Link {
  #model: Model;
  #signal: AbortSignal;
  #clock: () => number;
  #sequence = 0;
  /** Something is missing: batches are of no use until a snapshot comes. */
  #waiting = false;
  #resyncPause = RESYNC_PAUSE;
  #resyncFrom = Number.NEGATIVE_INFINITY;
  #resyncTimer: ReturnType<typeof setTimeout> | null = null;
  #acked = Number.NEGATIVE_INFINITY;
  #ackFrom = Number.NEGATIVE_INFINITY;
  #ackTimer: ReturnType<typeof setTimeout> | null = null;
  #questions = new Map<number, Question>();
  #lastQuestion = 0;
  #gone = false;
  #phase = new Phase();
  #attention: { hidden?: true; focus?: string } = {};
  #whenGone: (() => void) | null = null;

  /**
   * @param model the widget's model
   * @param signal ends the link: no timer, listener or question is left after it aborts
   * @param clock milliseconds that never go back
   */
  constructor(model: Model, signal: AbortSignal, clock: () => number = () => performance.now()) {
    this.#model = model;
    this.#signal = signal;
    this.#clock = clock;
    this.#listen("msg:custom", (message, buffers) => this.#answer(message, buffers), signal);
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  get live(): boolean {
    return !this.#signal.aborted && !this.#gone;
  }

  feed(callback: (feed: Feed) => unknown, signal: AbortSignal, problem: (error: Error) => void = () => {}): void {
    const take = (name: string) => {
      if (!signal.aborted && !this.#signal.aborted) this.#take(this.#model.get(name), callback, problem);
    };
    // The snapshot first: after a reload both traits hold a value, and the batch is part of the snapshot or follows it.
    take("snapshot");
    take("batch");
    for (const name of ["snapshot", "batch"]) this.#listen(`change:${name}`, () => take(name), signal);
  }

  send(command: Command): void {
    if (!this.live) return;
    try {
      this.#model.send(command);
    } catch {
      // A restarted or ended kernel takes its comms with it, and nobody tells the page: the next message just cannot be sent.
      this.#gone = true;
      this.#reject(GONE);
      this.#whenGone?.();
    }
  }

  probe(whenGone: () => void): void {
    this.#whenGone = whenGone;
    if (this.#gone)
      whenGone(); // an acknowledgement has found out already, when nobody had asked yet
    else this.send({ type: "ack", seq: this.#sequence, ...this.#attention });
  }

  attend(hidden: boolean, focus: string | null): void {
    const next: { hidden?: true; focus?: string } = {};
    if (hidden) next.hidden = true;
    if (focus !== null) next.focus = focus;
    if (next.hidden === this.#attention.hidden && next.focus === this.#attention.focus) return;
    this.#attention = next;
    if (this.#sequence > 0) this.#sendAck(); // said at once: a page that comes back into sight wants what it missed
  }

  async event(lane: string, frame: number): Promise<FrameDetail> {
    return this.#ask("event", (id) => ({ type: "event", id, lane, frame }));
  }

  async find(lane: string, query: Query, from: number): Promise<Found> {
    return this.#ask("find", (id) => ({ type: "find", id, lane, from, ...query }));
  }

  async lines(lane: string, frames: number[]): Promise<Lines> {
    return this.#ask("lines", (id) => ({ type: "lines", id, lane, frames }));
  }

  async asset(name: string): Promise<Uint8Array> {
    return (await this.#ask("asset", (id) => ({ type: "asset", id, name }))).bytes;
  }

  async save(lane: string, form: ExportForm): Promise<{ name: string; bytes: Uint8Array }> {
    return this.#ask("export", (id) => ({ type: "export", id, lane, form }), FILE_TIMEOUT);
  }

  async preview(lane: string, rule: Rule): Promise<Preview> {
    return this.#ask("preview", (id) => ({ type: "preview", id, lane, ...rule }));
  }

  async read(lane: string, rule: Rule): Promise<void> {
    await this.#ask("read", (id) => ({ type: "read", id, lane, ...rule }));
  }

  /** Send a command and wait for its answer; one that never comes, or one of another type, is an error. */
  async #ask<T extends Answer["type"]>(
    type: T,
    command: (id: number) => Command,
    patience = ANSWER_TIMEOUT,
  ): Promise<Answer & { type: T }> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (!this.live) {
        reject(new Error(this.#gone ? GONE : CLOSED));
        return;
      }
      const id = ++this.#lastQuestion;
      const timer = setTimeout(() => {
        this.#questions.delete(id);
        reject(new Error(BUSY));
      }, patience);
      this.#questions.set(id, { resolve, reject, timer });
      this.send(command(id));
    });
    if (answer.type !== type) throw new Error("The kernel gave no answer to this.");
    return answer as Answer & { type: T };
  }

  #take(value: unknown, callback: (feed: Feed) => unknown, problem: (error: Error) => void): void {
    try {
      const feed = readFeed(value);
      if (feed === null || this.#isOld(feed)) return;
      const follows = feed.whole || (!this.#waiting && feed.seq === this.#sequence + 1);
      if (!follows || callback(feed) === "hole") {
        this.#resync();
        return;
      }
      this.#sequence = feed.seq;
      if (feed.whole) this.#mended();
      else this.#phase.arrived(feed.now * 1000);
      if (feed.seq > 0) this.#ack(); // 0 is the empty snapshot that opens a new widget
    } catch (error) {
      problem(error instanceof FeedError ? error : new FeedError(`The page failed on what the kernel sent: ${String(error)}`));
      this.#resync();
    }
  }

  #isOld(feed: Feed): boolean {
    if (feed.whole) return feed.seq < this.#sequence || (feed.seq === this.#sequence && this.#sequence > 0 && !this.#waiting);
    return feed.seq <= this.#sequence;
  }

  #mended(): void {
    this.#waiting = false;
    this.#resyncPause = RESYNC_PAUSE;
    if (this.#resyncTimer !== null) clearTimeout(this.#resyncTimer);
    this.#resyncTimer = null;
  }

  /** Ask for a snapshot, and again until one comes: the request, or the answer, may be lost too. */
  #resync(): void {
    this.#waiting = true;
    if (this.#resyncTimer !== null || this.#signal.aborted) return;
    const wait = Math.max(0, this.#resyncFrom - this.#clock());
    if (wait === 0) {
      this.send({ type: "resync" });
      this.#resyncFrom = this.#clock() + RESYNC_PAUSE;
    }
    const pause = wait === 0 ? this.#resyncPause : wait;
    if (wait === 0) this.#resyncPause = Math.min(this.#resyncPause * 2, RESYNC_PAUSE_MAX);
    this.#resyncTimer = setTimeout(() => {
      this.#resyncTimer = null;
      if (this.#waiting) this.#resync();
    }, pause);
  }

  /** Say how far we are: at once if the last word is long enough ago, else when it is; one number stands for all before it. */
  #ack(): void {
    if (this.#ackTimer !== null) return;
    const wait = this.#ackFrom - this.#clock();
    if (wait > 0) {
      this.#ackTimer = setTimeout(() => {
        this.#ackTimer = null;
        this.#sendAck();
      }, wait);
    } else {
      this.#sendAck();
    }
  }

  #sendAck(): void {
    const now = this.#clock();
    this.#ackFrom = now + (now - this.#acked > SILENCE ? ACK_SOON : ACK_PAUSE);
    this.#acked = now;
    const frame = this.#phase.take();
    this.send({ type: "ack", seq: this.#sequence, ...(frame === null ? {} : { frame }), ...this.#attention });
  }

  #answer(message: unknown, buffers: unknown): void {
    const answer = readAnswer(message, buffers);
    const question = answer && this.#questions.get(answer.id);
    if (!answer || !question) return;
    this.#questions.delete(answer.id);
    clearTimeout(question.timer);
    if (answer.type === "error") question.reject(new Error(answer.message));
    else question.resolve(answer);
  }

  #listen(name: string, callback: (...values: unknown[]) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#model.on(name, callback);
    signal.addEventListener("abort", () => this.#model.off(name, callback), { once: true });
  }

  #end(): void {
    for (const timer of [this.#ackTimer, this.#resyncTimer]) if (timer !== null) clearTimeout(timer);
    this.#phase.stop();
    this.#reject(CLOSED);
  }

  #reject(reason: string): void {
    for (const { timer, reject } of this.#questions.values()) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    this.#questions.clear();
  }
}
