/** Streams that never were: feeds as the kernel would send them, for the page without Jupyter and for tests. */

import type { FixtureFeed } from "./link";
import {
  BYTES_PER_FRAME,
  Channel,
  type Fields,
  type Finding,
  type FrameDetail,
  Kind,
  type LaneState,
  type Metrics,
  type Op,
  type Status,
} from "./protocol";

/** Seconds between two feeds. */
const FLUSH = 1 / 30;

export interface Fixture {
  feeds: FixtureFeed[];
  detail(lane: string, frame: number): FrameDetail | undefined;
  /** Seconds until the last feed. */
  duration: number;
}

interface FakeFrame {
  time: number;
  kind: number;
  channel: number;
  type: string;
  id: string;
  data: string;
  raw: string;
  ops: Op[];
  adds: { part: number; kind: string; text: string }[];
}
interface Change {
  time: number;
  state: Partial<LaneState>;
}

/** Pseudo-random numbers in [0, 1), the same in every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

/** Writes down one stream, frame by frame, and cuts it into feeds. */
export class Recorder {
  frames: FakeFrame[] = [];
  #changes: Change[] = [];
  #parts = new Map<number, string>();
  #bytes = 0;
  #metrics: Partial<Metrics> = { events: 0, frames: 0, bytes: 0, chunks: 0, tokens: null, tokens_source: "chunks" };
  #lastContent: number | null = null;

  constructor(readonly lane = "1") {}

  state(time: number, state: Partial<LaneState>): void {
    this.#changes.push({ time, state });
  }

  status(time: number, status: Status): void {
    this.state(time, { status });
  }

  metric(time: number, metrics: Partial<Metrics>): void {
    Object.assign(this.#metrics, metrics);
    this.state(time, { metrics: { ...this.#metrics } });
  }

  open(frame: number, part: number, fields: Fields): void {
    this.#parts.set(part, String(fields.kind));
    this.frames[frame]?.ops.push([frame, part, "open", fields]);
  }

  frame(time: number, kind: number, channel: number, data: string, type = "message", raw?: string): number {
    const wire = raw ?? `${type === "message" ? "" : `event: ${type}\n`}data: ${data}\n\n`;
    this.#bytes += wire.length;
    this.frames.push({ time, kind, channel, type: kind === Kind.event ? type : "", id: "", data, raw: wire, ops: [], adds: [] });
    const m = this.#metrics;
    m.first_byte ??= time;
    m.frames = this.frames.length;
    m.bytes = this.#bytes;
    if (kind === Kind.event) {
      m.first_event ??= time;
      m.events = (m.events ?? 0) + 1;
    }
    this.metric(time, {});
    return this.frames.length - 1;
  }

  /** An event of OpenAI's chat format that adds a fragment to a part; `open` opens it first. */
  delta(time: number, part: number, field: string, text: string, channel: number, open?: Fields): number {
    const delta = field === "arguments" ? { tool_calls: [{ index: 0, function: { arguments: text } }] } : { [field]: text };
    const choice = Number(open?.choice ?? 0);
    const frame = this.frame(time, Kind.event, channel, chunk({ index: choice, delta, finish_reason: null }));
    if (open) this.open(frame, part, open);
    const m = this.#metrics;
    if (text) {
      this.frames[frame]?.ops.push([frame, part, [text]]);
      this.frames[frame]?.adds.push({ part, kind: this.#parts.get(part) ?? "", text });
      m.first_token ??= time;
      if (channel === Channel.text) m.first_answer ??= time;
      m.last_token = time;
      m.chunks = (m.chunks ?? 0) + 1;
      const span = time - m.first_token;
      if (span > 0) m.tokens_per_s = (m.chunks - 1) / span;
      this.#lastContent = time;
    }
    this.metric(time, {});
    return frame;
  }

  get lastContent(): number {
    return this.#lastContent ?? 0;
  }

  end(time: number, state: Partial<LaneState>): void {
    this.metric(time, { end: time });
    this.state(time, { ...state, end: this.frames.length });
  }

  /** Cut everything into feeds. */
  finish(): Fixture {
    const last = [...this.frames, ...this.#changes].reduce((latest, each) => Math.max(latest, each.time), 0);
    const feeds: FixtureFeed[] = [];
    let frame = 0;
    let change = 0;
    for (let seq = 1, now = 0; ; now += FLUSH) {
      const first = frame;
      while (frame < this.frames.length && (this.frames[frame]?.time ?? 0) <= now) frame++;
      let state: Partial<LaneState> | undefined;
      while (change < this.#changes.length && (this.#changes[change]?.time ?? 0) <= now)
        state = { ...state, ...this.#changes[change++]?.state };
      if (frame > first || state || seq === 1) {
        const lane = {
          lane: this.lane,
          reading: 1,
          first,
          count: frame - first,
          at: 0,
          ops: this.frames.slice(first, frame).flatMap((f) => f.ops),
        };
        const feed = { v: 1, seq: seq++, now, lanes: [state ? { ...lane, state } : lane], cols: this.#columns(first, frame) };
        feeds.push({ time: now, feed: first === 0 && seq === 2 ? { ...feed, whole: true } : feed });
      }
      if (now > last) break;
    }
    return { feeds, duration: last, detail: (lane, index) => (lane === this.lane ? this.#detail(index) : undefined) };
  }

  #columns(first: number, last: number): DataView {
    const count = last - first;
    const view = new DataView(new ArrayBuffer(count * BYTES_PER_FRAME));
    for (let i = 0; i < count; i++) {
      const frame = this.frames[first + i] as FakeFrame;
      view.setFloat64(i * 8, frame.time, true);
      view.setUint32(count * 8 + i * 4, frame.raw.length, true);
      view.setUint8(count * 12 + i, frame.kind);
      view.setUint8(count * 13 + i, frame.channel);
    }
    return view;
  }

  #detail(index: number): FrameDetail | undefined {
    const frame = this.frames[index];
    if (!frame) return undefined;
    const before = this.frames.slice(0, index);
    const start = before.reduce((sum, each) => sum + each.raw.length, 0);
    const size = frame.raw.length;
    return {
      frame: index,
      event: frame.kind === Kind.event ? before.filter((each) => each.kind === Kind.event).length : null,
      kind: frame.kind,
      event_type: frame.type,
      id_in_force: frame.id,
      data: frame.data,
      truncated: null,
      time: frame.time,
      delta: index > 0 ? frame.time - (this.frames[index - 1]?.time ?? 0) : null,
      size,
      start,
      end: start + size,
      chunk: index + 1,
      chunk_size: size,
      adds: frame.adds,
      raw: frame.raw,
    };
  }
}

/** One event of OpenAI's chat completions format. */
export function chunk(choice: Fields | null, more: Fields = {}): string {
  return JSON.stringify({
    id: "chatcmpl-7f3a91c2",
    object: "chat.completion.chunk",
    created: 1767225600,
    model: "deepseek-chat",
    choices: choice ? [choice] : [],
    ...more,
  });
}

/** Cut a text as a model's tokens would: words with their leading space, marks alone, now and then two in one. */
export function fragments(text: string, next: () => number): string[] {
  const words = text.match(/\n+|[^\S\n]*[A-Za-zäöüé]{1,7}|[^\S\n]*\d+|[^\S\n]*[^\sA-Za-z\d]+|[^\S\n]+/g) ?? [text];
  const cut: string[] = [];
  for (const word of words) {
    if (cut.length > 0 && next() < 0.07 && !word.includes("\n")) cut[cut.length - 1] += word;
    else cut.push(word);
  }
  return cut;
}

export function stall(frames: [number, number], time: number, duration: number): Finding {
  return { kind: "stall", severity: "warning", message: `stall ${duration.toFixed(2)} s at ${time.toFixed(1)} s`, frames, time, duration };
}
