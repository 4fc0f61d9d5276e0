/** Feeds as the kernel would send them, for tests. */

import { BYTES_PER_FRAME, type Feed, type LanePart, type LaneState, type Op } from "../src/protocol";

/** One frame's columns; `kind` and `channel` are 0 and 1 (an event that brings text) unless given. */
export interface Row {
  time: number;
  size?: number;
  kind?: number;
  channel?: number;
}

export interface PartOfFeed {
  lane?: string;
  reading?: number;
  first?: number;
  rows?: Row[];
  ops?: Op[];
  labels?: [number, string][];
  state?: Partial<LaneState>;
}

/** A feed of version 1; the columns of all lanes lie in one buffer, behind one byte that makes them unaligned. */
export function feed(seq: number, parts: PartOfFeed[], more: Partial<Feed> = {}): Feed {
  const total = parts.reduce((sum, part) => sum + (part.rows?.length ?? 0), 0);
  const buffer = new ArrayBuffer(total * BYTES_PER_FRAME + 1);
  const cols = new DataView(buffer, 1);
  let at = 0;
  const lanes = parts.map((part): LanePart => {
    const rows = part.rows ?? [];
    const here = at;
    writeColumns(cols, at, rows);
    at += rows.length * BYTES_PER_FRAME;
    return {
      lane: part.lane ?? "a",
      reading: part.reading ?? 1,
      first: part.first ?? 0,
      count: rows.length,
      at: here,
      ops: part.ops ?? [],
      ...(part.labels ? { labels: part.labels } : {}),
      ...(part.state ? { state: part.state } : {}),
    };
  });
  return { v: 1, seq, now: 0, lanes, cols: total > 0 ? cols : null, ...more };
}

/** `count` rows at a steady pace of `step` seconds, from frame `first` on. */
export function rows(count: number, first = 0, step = 0.01): Row[] {
  return Array.from({ length: count }, (_, i) => ({ time: (first + i) * step }));
}

function writeColumns(view: DataView, at: number, list: Row[]): void {
  const count = list.length;
  list.forEach((row, i) => {
    view.setFloat64(at + i * 8, row.time, true);
    view.setUint32(at + count * 8 + i * 4, row.size ?? 100, true);
    view.setUint8(at + count * 12 + i, row.kind ?? 0);
    view.setUint8(at + count * 13 + i, row.channel ?? 1);
  });
}
