/** Whether what arrived is what `protocol.ts` says it is. The page and the kernel may be of different versions, or a notebook edited. */

import type { Answer, Feed } from "./protocol";
import { BYTES_PER_FRAME, VERSION } from "./protocol";

/** What arrived is not a feed. The message is a sentence that the page can show. */
export class FeedError extends Error {
  override readonly name = "FeedError";
}

/**
 * Check the shape of a feed from top to bottom, and nothing about what came before it.
 *
 * @throws {FeedError} naming the first thing that is wrong
 */
export function validateFeed(value: unknown): asserts value is Feed {
  const feed = object(value, "the message");
  validateHead(feed);
  finite(feed.now, "now");
  if (feed.whole !== undefined && typeof feed.whole !== "boolean") fail("whole", feed.whole);
  if (feed.flow !== undefined) object(feed.flow, "flow");
  if (feed.board !== undefined && typeof object(feed.board, "board").layout !== "string") fail("board", feed.board);
  if (feed.cols !== null && !(feed.cols instanceof DataView)) fail("cols", feed.cols);
  const bytes = feed.cols === null ? 0 : feed.cols.byteLength;
  for (const part of array(feed.lanes, "lanes")) validatePart(part, bytes);
}

/**
 * Turn what a widget's trait holds into a feed: buffers may arrive as any view.
 *
 * Only what a link needs is checked here; `validateFeed` goes through the rest once, where the feed is applied.
 *
 * @returns the feed; null if the trait is empty
 * @throws {FeedError} it has no number, or is of another version
 */
export function readFeed(value: unknown): Feed | null {
  if (value === null || value === undefined) return null;
  const feed = object(value, "the message");
  if (Object.keys(feed).length === 0) return null;
  validateHead(feed);
  return { ...feed, cols: columns(feed.cols) } as unknown as Feed;
}

/** An answer of the kernel to a question of the page; null if the message is something else. */
export function readAnswer(value: unknown, buffers?: unknown): Answer | null {
  if (typeof value !== "object" || value === null) return null;
  const answer = value as Record<string, unknown>;
  if (typeof answer.id !== "number") return null;
  if (answer.type === "error") return typeof answer.message === "string" ? (answer as Answer) : null;
  if (answer.type === "read") return { type: "read", id: answer.id };
  if (answer.type === "asset" || answer.type === "export") {
    const view = Array.isArray(buffers) ? columns(buffers[0]) : null;
    if (!(view instanceof DataView)) return null;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (answer.type === "asset") return { type: "asset", id: answer.id, bytes };
    return typeof answer.name === "string" ? { type: "export", id: answer.id, name: answer.name, bytes } : null;
  }
  if (answer.type === "find") {
    const numbers = Array.isArray(answer.frames) && answer.frames.every(Number.isSafeInteger);
    return numbers && Number.isSafeInteger(answer.next) ? (answer as Answer) : null;
  }
  if (answer.type === "lines") return typeof answer.text === "string" && Number.isSafeInteger(answer.count) ? (answer as Answer) : null;
  if (answer.type === "preview") {
    const said = answer.error === undefined || typeof answer.error === "string";
    const counted = typeof answer.matched === "number" && typeof answer.events === "number";
    return typeof answer.text === "string" && counted && said ? (answer as Answer) : null;
  }
  if (answer.type !== "event" || typeof answer.frame !== "number" || typeof answer.data !== "string") return null;
  return { adds: [], raw: "", ...answer } as unknown as Answer;
}

function validateHead(feed: Record<string, unknown>): void {
  // A batch need not say it: it follows on a snapshot, which has.
  if (feed.v !== VERSION && (feed.v !== undefined || feed.whole === true)) {
    throw new FeedError(
      `The kernel speaks version ${String(feed.v)} of the protocol and this page version ${VERSION}: restart the kernel and reload the page.`,
    );
  }
  whole(feed.seq, "seq");
}

function validatePart(value: unknown, bytes: number): void {
  const part = object(value, "a lane");
  if (typeof part.lane !== "string") fail("lane", part.lane);
  whole(part.reading, "reading");
  whole(part.first, "first");
  whole(part.count, "count");
  const at = part.at ?? 0;
  whole(at, "at");
  if (part.count > 0 && at + part.count * BYTES_PER_FRAME > bytes) fail(`cols (${bytes} bytes for ${part.count} frames)`, at);
  const end = part.first + part.count;
  for (const op of array(part.ops, "ops")) validateOp(op, end);
  for (const label of part.labels === undefined ? [] : array(part.labels, "labels")) {
    const [frame, name] = array(label, "a label");
    whole(frame, "frame of a label");
    if (typeof name !== "string") fail("label", name);
  }
  if (part.state !== undefined) validateState(object(part.state, "state"));
}

/** @param end frames that are known after this feed; a frame beyond it does not exist. A response's end may point at `end` itself. */
function validateOp(value: unknown, end: number): void {
  const op = array(value, "an operation");
  whole(op[0], "frame of an operation");
  whole(op[1], "part of an operation");
  const what = op[2];
  if (Array.isArray(what)) {
    for (const text of what) if (typeof text !== "string") fail("text of an append", text);
    if (op[0] + what.length > end + 1) fail(`frame of an append (${end} frames)`, op[0] + what.length - 1);
    return;
  }
  if (op[0] > end) fail(`frame of an operation (${end} frames)`, op[0]);
  if (what === "open" || what === "set") object(op[3], `value of ${what}`);
  else if (what === "replace") {
    if (typeof op[3] !== "string") fail("value of replace", op[3]);
  } else if (what !== "close") fail("operation", what);
}

/** Only what would break drawing is checked: the state's words are shown, never acted upon. */
function validateState(state: Record<string, unknown>): void {
  if (state.status !== undefined && typeof state.status !== "string") fail("status", state.status);
  if (state.start !== undefined) finite(state.start, "start");
  if (state.end !== undefined && state.end !== null) whole(state.end, "end");
  if (state.metrics !== undefined) object(state.metrics, "metrics");
  for (const name of ["findings", "attempts"])
    if (state[name] !== undefined) for (const item of array(state[name], name)) object(item, name);
  for (const name of ["marks", "dialects"]) if (state[name] !== undefined) for (const item of array(state[name], name)) array(item, name);
  if (state.suggestions !== undefined) array(state.suggestions, "suggestions");
  if (state.rule !== undefined) object(state.rule, "rule");
  for (const name of ["error", "request", "response"]) if (state[name] !== undefined && state[name] !== null) object(state[name], name);
}

function columns(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new DataView(value);
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? value : new DataView(value.buffer, value.byteOffset, value.byteLength);
  return value ?? null;
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) fail(what, value);
  return value as Record<string, unknown>;
}

function array(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) fail(what, value);
  return value as unknown[];
}

function whole(value: unknown, what: string): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) fail(what, value);
}

function finite(value: unknown, what: string): asserts value is number {
  if (typeof value !== "number" || !Number.isFinite(value)) fail(what, value);
}

function fail(what: string, value: unknown): never {
  const shown =
    typeof value === "string"
      ? JSON.stringify(value.slice(0, 40))
      : Array.isArray(value)
        ? "a list"
        : typeof value === "object" && value
          ? "an object"
          : String(value);
  throw new FeedError(`The page cannot read what the kernel sent: ${what} is ${shown}.`);
}
