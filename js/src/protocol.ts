/**
 * What travels between the kernel and the page, and the check that it is what it says it is.
 *
 * The kernel sends `Feed`s through two synced traits (`batch`: only what is new; `snapshot`: everything, computed when asked
 * for); the page sends `Command`s as custom messages and never writes a trait.
 */

export const VERSION = 1;

/** Kinds of frames; the numbers are those of `wire.py`. */
export const Kind = { event: 0, comment: 1, retry: 2, ignored: 3, empty: 4, tail: 5, mark: 6 } as const;
export const KIND_NAMES = ["event", "comment", "retry", "ignored", "empty", "tail", "mark"] as const;

/** Channels of frames; the numbers are those of `deltas.py`. */
export const Channel = { meta: 0, text: 1, reasoning: 2, tool: 3, refusal: 4, error: 5, usage: 6, step: 7 } as const;
export const CHANNEL_NAMES = ["meta", "text", "reasoning", "tool", "refusal", "error", "usage", "step"] as const;

export type Status =
  | "connecting"
  | "waiting"
  | "thinking"
  | "writing"
  | "reconnecting"
  | "paused"
  | "done"
  | "stopped"
  | "cut off"
  | "failed";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };

/** One operation. The three-part form appends to consecutive frames, one string a frame, "" for none. */
export type Op =
  | [frame: number, part: number, texts: string[]]
  | [frame: number, part: number, op: "open" | "set", fields: Fields]
  | [frame: number, part: number, op: "replace", text: string]
  | [frame: number, part: number, op: "close", nothing: null];

export interface RunError {
  type: string;
  message: string;
  hint: string;
  status?: number | null;
  body?: string;
}
export interface Finding {
  kind: string;
  severity: "info" | "warning" | "error";
  message: string;
  frames: [number, number] | null;
  time: number | null;
  duration: number | null;
}
/** Seconds since the request was sent; null: not yet, or never. */
export interface Metrics {
  headers: number | null;
  first_byte: number | null;
  first_event: number | null;
  first_token: number | null;
  first_answer: number | null;
  /** The first piece of anything, a tool call's arguments included. */
  first_content: number | null;
  last_token: number | null;
  end: number | null;
  events: number;
  frames: number;
  bytes: number;
  chunks: number;
  tokens: number | null;
  tokens_source: "usage" | "chunks";
  tokens_per_s: number | null;
  thinking: number | null;
  /** Of what was generated, 0 to 1. */
  thinking_share: number | null;
  gap_p50: number | null;
  gap_p95: number | null;
  gap_p99: number | null;
  gap_max: number | null;
}
export interface RequestInfo {
  method: string;
  url: string;
  headers: [string, string][];
  body: Json;
}
export interface ResponseInfo {
  status: number;
  reason: string;
  http_version: string;
  headers: [string, string][];
  request_id: string | null;
  url: string;
}
/** Where the text stands: one JSONPath, or one by channel (text, reasoning, usage, step). */
export type Extract = string | { [channel: string]: string };
/** How a stream is to be read. What is left out is as if nobody had said anything about it. */
export interface Rule {
  dialect?: string;
  extract?: Extract;
  join?: string;
}
/** How a stream is read, as it was asked for. */
export interface RuleState {
  dialect: string;
  extract: Extract | null;
  /** Name of the function that reads it in the kernel. */
  parse: string | null;
  join: string;
}
export interface LaneState {
  name: string;
  /** What it is among the lanes: "", "conductor" or "agent"; who speaks in it; and the lane that it is part of. */
  role?: string;
  tag?: string;
  parent?: string;
  model: string;
  status: Status;
  start: number;
  /** Wall clock at the lane's time 0, seconds since the epoch; 0: not known. */
  started: number;
  error: RunError | null;
  metrics: Partial<Metrics>;
  findings: Finding[];
  request: RequestInfo | null;
  response: ResponseInfo | null;
  /** Our own marks among the frames: frame number, what it notes, and of some what is to be said of it. */
  marks: [frame: number, name: string, words?: string][];
  attempts: { url: string; status: number | null; time: number; note: string }[];
  dialect: string;
  dialect_label: string;
  /** Name and label of every dialect that can be forced. */
  dialects: [name: string, label: string][];
  rule: RuleState;
  /** JSONPaths where there is text, the likeliest first; none where the dialect knows. */
  suggestions: string[];
  framing: string;
  source: string;
  /** Number of frames of the finished run; null while it goes on. A page that has fewer has lost the tail. */
  end: number | null;
  stopped_by: string;
  loop_bound: boolean;
  /** The attempt that is waited for, at this time of the lane (s): the connection was lost. */
  pending: { at: number; attempt: number; of: number; why: string } | null;
  /** The clock of a replay: it stood at `from` (s) when the session's clock said `since`, and goes `moving` times as fast. */
  replay: { from: number; since: number; moving: number } | null;
}
export interface LanePart {
  lane: string;
  reading: number;
  first: number;
  count: number;
  /** Byte offset of this lane's columns in `cols`. */
  at?: number;
  ops: Op[];
  /** What events call themselves: each from its frame on, until the next says something else. */
  labels?: [frame: number, label: string][];
  state?: Partial<LaneState>;
}
/** What the kernel counts of its own sending to this widget. */
export interface Flow {
  /** Batches that went out. */
  batches: number;
  /** Frames of which no batch had told when this one was made ready, and the most there ever were. */
  waiting: number;
  most: number;
  /** Batches that would have gone out and were merged into later ones, and why the last of them was. */
  merged: number;
  why: "" | "hidden" | "behind" | "unheard" | "shared";
}
/** What the session shows beyond single lanes: the part of the front end that draws it, and whatever that needs. */
export interface Board {
  /** Of the session. */
  id: string;
  name: string;
  layout: string;
  revision: number;
  [key: string]: Json | undefined;
}
/** An arrow between lanes, at a second of the session. */
export interface BoardLink {
  from: string;
  to: string;
  time: number;
  kind: "handoff" | "barrier" | "wait";
  text?: string;
}
export interface Feed {
  /** The protocol's version; a batch leaves it out. */
  v?: number;
  seq: number;
  now: number;
  lanes: LanePart[];
  cols: DataView | null;
  whole?: boolean;
  /** At most twice a second. */
  flow?: Flow;
  /** When it has changed, and in every snapshot. */
  board?: Board;
}

export type Command =
  /** For the session's board; the rest is between the two. */
  | { type: "board"; [key: string]: Json }
  | { type: "stop" | "pause" | "resume"; lane: string }
  | { type: "speed"; lane: string; speed: number }
  /**
   * hidden: nobody can see any view of the widget; focus: the lane that is shown, where there are several; frame: what is sent then (by
   * the session's clock, milliseconds, modulo a frame of 60 a second) comes right with a frame of the page.
   */
  | { type: "ack"; seq: number; frame?: number; hidden?: true; focus?: string }
  | { type: "resync" }
  | { type: "event"; id: number; lane: string; frame: number }
  | ({ type: "find"; id: number; lane: string; from: number } & Query)
  | { type: "lines"; id: number; lane: string; frames: number[] }
  /** A part of the front end: what it is comes as a buffer. */
  | { type: "asset"; id: number; name: string }
  /** What came of a stream, as a file: its bytes come as a buffer. */
  | { type: "export"; id: number; lane: string; form: ExportForm }
  | ({ type: "preview"; id: number; lane: string } & Rule)
  /** Without a rule: as the run was started. */
  | ({ type: "read"; id: number; lane: string } & Rule);

/** recording: `.ssejsonl`; page: `.html`. */
export type ExportForm = "recording" | "page";

export interface FrameDetail {
  frame: number;
  event: number | null;
  kind: number;
  event_type: string;
  id_in_force: string;
  data: string;
  truncated: number | null;
  time: number;
  delta: number | null;
  size: number;
  start: number;
  end: number;
  chunk: number;
  chunk_size: number;
  adds: { part: number; kind: string; text: string }[];
  /** Tokens with the logarithms of their probabilities, and what else might have stood there. */
  logprobs?: [...Likely, others: Likely[]][];
  raw: string;
}
export type Likely = [token: string, logprob: number | null];
/** What to look for in the data of frames: a text, a JSONPath that names something, or the type of an event. */
export type Query = { text: string } | { path: string } | { event_type: string };
/** The frames of one slice of a search that match, and the frame from which the next slice goes on. */
export interface Found {
  frames: number[];
  next: number;
}
/** The first `count` of the frames that were asked for, as JSON lines. */
export interface Lines {
  text: string;
  count: number;
}
/** What a rule would read. */
export interface Preview {
  text: string;
  /** Events that add something, of those that were tried. */
  matched: number;
  events: number;
  /** Why this is no rule, as a sentence. */
  error?: string;
}
export type Answer =
  | ({ type: "event"; id: number } & FrameDetail)
  | ({ type: "preview"; id: number } & Preview)
  | { type: "read"; id: number }
  | { type: "asset"; id: number; bytes: Uint8Array }
  | { type: "export"; id: number; name: string; bytes: Uint8Array }
  | ({ type: "find"; id: number } & Found)
  | ({ type: "lines"; id: number } & Lines)
  | { type: "error"; id: number; message: string };

export const BYTES_PER_FRAME = 8 + 4 + 1 + 1;
