/** What a frame is, in the words that all panes use. */

import { CHANNEL_NAMES, Channel, KIND_NAMES, Kind } from "../protocol";
import type { Lane } from "../store";
import * as format from "./format";
import { adds } from "./timeline-hit";

/** Characters of a fragment that are looked at for a preview. */
const ENOUGH = 160;

const CHANNEL_WORDS: Record<number, string> = {
  [Channel.text]: "answer",
  [Channel.reasoning]: "thinking",
  [Channel.tool]: "tool call",
  [Channel.usage]: "usage / finish",
  [Channel.meta]: "no content",
};
const NOTHING: Record<number, string> = {
  [Kind.event]: "adds no text",
  [Kind.comment]: "a comment line; clients pass over it",
  [Kind.retry]: "a retry field: how long to wait before reconnecting",
  [Kind.ignored]: "a line with an unknown field; clients pass over it",
  [Kind.empty]: "type or id without data; nothing is dispatched",
  [Kind.tail]: "the stream ended before this event was complete",
  [Kind.mark]: "noted by sse_widget, not sent by the server",
};

const MARKS: Record<string, string> = {
  request: "the request was sent",
  redirect: "the server sent us elsewhere",
  open: "the response began",
  body: "what came instead of a stream",
  pause: "reading was paused",
  resume: "reading went on",
  wait: "the connection was lost",
  reconnect: "the request was sent again",
  stop: "stopped",
  error: "the stream failed",
  close: "the stream ended",
};

/** What a mark of ours notes. */
function markOf(lane: Lane, frame: number): string | undefined {
  const mark = lane.state.marks.find(([marked]) => marked === frame);
  return mark && (mark[2] ?? MARKS[mark[1]] ?? mark[1]);
}

/** `answer`, `thinking`, `comment`, …: a word for a frame's kind or, if it is an event, for what it carries. */
export function wordOf(lane: Lane, frame: number): string {
  const kind = lane.columns.kind(frame);
  if (kind !== Kind.event) return KIND_NAMES[kind] ?? "frame";
  const channel = lane.columns.channel(frame);
  return CHANNEL_WORDS[channel] ?? CHANNEL_NAMES[channel] ?? "event";
}

/** The text that a frame added, merged over its parts; "" if it added none. */
export function addedText(lane: Lane, frame: number): string {
  let text = "";
  for (const part of lane.partsOfFrame(frame)) {
    for (let i = part.pieceOfFrame(frame); i >= 0 && i < part.length && part.piece(i).frame === frame; i++) {
      text += part.pieceText(i);
      if (text.length > ENOUGH) return text;
    }
  }
  return text;
}

/** What to show of a frame on one line. `quiet`: it is our explanation and not the stream's text. */
export function previewOf(lane: Lane, frame: number, limit: number): { text: string; quiet: boolean } {
  const text = addedText(lane, frame);
  if (text) return { text: format.preview(text, limit), quiet: false };
  const kind = lane.columns.kind(frame);
  if (kind === Kind.event && lane.columns.channel(frame) === Channel.usage)
    return { text: named("usage or finish reason", lane, frame), quiet: true };
  const mark = kind === Kind.mark ? markOf(lane, frame) : undefined;
  return { text: mark ?? named(NOTHING[kind] ?? "", lane, frame), quiet: true };
}

/** With what the event calls itself: `adds no text · response.created`. */
function named(text: string, lane: Lane, frame: number): string {
  return [text, format.named(lane.label(frame))].filter(Boolean).join(" · ");
}

/** `event 187`, or `comment (frame 12)`: events have the number that `run.events` gives them. */
export function titleOf(lane: Lane, frame: number): string {
  const event = lane.eventNumber(frame);
  return event === null ? `${KIND_NAMES[lane.columns.kind(frame)] ?? "frame"} · frame ${frame}` : `event ${event}`;
}

/** Seconds since the frame before; null for the first. */
export function deltaOf(lane: Lane, frame: number): number | null {
  return frame > 0 && frame < lane.head ? lane.columns.time(frame) - lane.columns.time(frame - 1) : null;
}

/**
 * Seconds since content last came before this frame, if something without content came in between: a ping must not make a pause
 * look short. Null if the frame adds nothing, or if `deltaOf` says the same.
 */
export function pauseOf(lane: Lane, frame: number): number | null {
  if (!adds(lane.columns, frame)) return null;
  let before = frame - 1;
  while (before >= 0 && !adds(lane.columns, before)) before--;
  return before < 0 || before === frame - 1 ? null : lane.columns.time(frame) - lane.columns.time(before);
}

/** Class that carries a frame's colour. */
export function channelClass(lane: Lane, frame: number): string {
  const kind = lane.columns.kind(frame);
  if (kind === Kind.ignored || kind === Kind.tail) return "sw-ch-ignored";
  return `sw-ch-${CHANNEL_NAMES[lane.columns.channel(frame)] ?? "meta"}`;
}
