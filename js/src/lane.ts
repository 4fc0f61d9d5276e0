/** One stream of the session on the page: its state, its frames and its parts. */

import { Columns } from "./columns";
import { Part } from "./part";
import { type Fields, Kind, type LaneState, type Op } from "./protocol";
import { FeedError } from "./validate";

/** One stream. A pane may keep it: a snapshot refills the same object (see `epoch`). */
export class Lane {
  state: LaneState = emptyState();
  columns = new Columns();
  /** In order of opening. */
  parts: Part[] = [];
  /** What events call themselves, as runs (see `label`). */
  labels: [frame: number, label: string][] = [];
  /** Part 0: model, usage, finish reasons, error. */
  response: Fields = {};
  /** The instant that a person holds, as a frame index; null: none. Set it by `Store.setAt`. */
  at: number | null = null;
  /**
   * Where a display stands that shows the text at a pace of its own; null: at the head. It may lie inside the next frame: 12.4 is
   * frame 12 and four tenths of what 13 adds, and -1 is before the first. Set it by `Store.setPaced`.
   */
  paced: number | null = null;
  /** Grows whenever frames or parts were thrown away: what a pane has drawn of this lane is then wrong. */
  epoch = 0;
  #byNumber = new Map<number, Part>();

  constructor(
    readonly id: string,
    public reading: number,
  ) {}

  /** Number of frames that are here. */
  get head(): number {
    return this.columns.count;
  }

  /** The instant to draw, in the form that parts take: undefined at the head. A pane that draws whole frames takes `shown`. */
  get instant(): number | undefined {
    return this.at ?? this.paced ?? undefined;
  }

  /** Index of the last frame to draw; -1 while there is none. */
  get shown(): number {
    return Math.floor(this.instant ?? this.head - 1);
  }

  /** Whether the run is over and all of it is shown: a display may go on writing after the stream has ended. */
  get settled(): boolean {
    return this.finished && (this.instant === undefined || this.instant >= this.head - 1);
  }

  /** Number of events among all frames here. */
  get eventCount(): number {
    return this.columns.eventCount;
  }

  /** Whether the run is over. */
  get finished(): boolean {
    return this.state.end !== null || FINISHED.has(this.state.status);
  }

  /** Number of the event that this frame is (from 0); null: it is no event. */
  eventNumber(frame: number): number | null {
    return this.columns.eventNumber(frame);
  }

  /** Frame index of event `n`; -1: there is none. */
  frameOfEvent(n: number): number {
    return this.columns.frameOfEvent(n);
  }

  /** What the event that is this frame calls itself, by its type or in its JSON; "": nothing, or it is no event. */
  label(frame: number): string {
    if (this.columns.kind(frame) !== Kind.event) return "";
    let low = 0;
    for (let high = this.labels.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.labels[middle]?.[0] ?? 0) <= frame) low = middle + 1;
      else high = middle;
    }
    return this.labels[low - 1]?.[1] ?? "";
  }

  /** The part of this number. */
  part(number: number): Part | undefined {
    return this.#byNumber.get(number);
  }

  /** The parts to which this frame added text. */
  partsOfFrame(frame: number): Part[] {
    return this.parts.filter((part) => part.firstFrame <= frame && frame <= part.lastFrame && part.pieceOfFrame(frame) >= 0);
  }

  /** Forget frames and parts: another reading of the same recording begins, or a snapshot brings everything anew. The state stays. */
  reset(reading: number): void {
    if (reading !== this.reading) this.at = this.paced = null;
    this.reading = reading;
    this.columns = new Columns();
    this.parts = [];
    this.labels = [];
    this.#byNumber.clear();
    this.response = {};
    this.epoch++;
  }

  /** Take in the keys of the state that changed; `metrics` is merged too, since it may come in parts. */
  merge(state: Partial<LaneState>): void {
    const metrics = state.metrics ? { ...this.state.metrics, ...state.metrics } : this.state.metrics;
    this.state = { ...this.state, ...state, metrics };
  }

  /**
   * Take in one operation.
   *
   * @throws {FeedError} it speaks of a part that was never opened, or opens one twice
   */
  operate(op: Op): void {
    const [frame, number, what] = op;
    if (Array.isArray(what)) {
      const part = this.#known(number);
      for (let i = 0; i < what.length; i++) part.append(frame + i, what[i] as string);
    } else if (what === "open") {
      if (number === 0 || this.#byNumber.has(number)) throw new FeedError(`lane ${this.id}: part ${number} is opened twice`);
      this.#open(frame, number, op[3] as Fields);
    } else if (what === "replace") {
      this.#known(number).replace(frame, op[3] as string);
    } else if (what === "close") {
      if (number !== 0) this.#known(number).close(frame);
    } else if (number === 0) {
      this.#setResponse(op[3] as Fields);
    } else {
      this.#known(number).set(frame, op[3] as Fields);
    }
  }

  #open(frame: number, number: number, about: Fields): void {
    const { kind, choice, join, ...fields } = about;
    const part = new Part(
      number,
      frame,
      typeof kind === "string" ? kind : "custom",
      typeof choice === "number" ? choice : 0,
      typeof join === "string" ? join : "",
      fields,
    );
    this.parts.push(part);
    this.#byNumber.set(number, part);
  }

  /** Finish reasons come one choice at a time and are merged; everything else takes the place of what was there. */
  #setResponse(fields: Fields): void {
    const reasons = fields.finish_reason;
    const before = this.response.finish_reason;
    Object.assign(this.response, fields);
    if (isObject(reasons) && isObject(before)) this.response.finish_reason = { ...before, ...reasons };
  }

  #known(number: number): Part {
    const part = this.#byNumber.get(number);
    if (!part) throw new FeedError(`lane ${this.id}: part ${number} was never opened`);
    return part;
  }
}

const FINISHED = new Set(["done", "stopped", "cut off", "failed"]);

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function emptyState(): LaneState {
  return {
    name: "",
    model: "",
    status: "connecting",
    start: 0,
    started: 0,
    error: null,
    metrics: {},
    findings: [],
    request: null,
    response: null,
    attempts: [],
    marks: [],
    dialect: "",
    dialect_label: "",
    dialects: [],
    rule: { dialect: "auto", extract: null, parse: null, join: "" },
    suggestions: [],
    framing: "",
    source: "",
    end: null,
    stopped_by: "",
    loop_bound: false,
    pending: null,
    replay: null,
  };
}
