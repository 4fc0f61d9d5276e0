import { describe, expect, it } from "vitest";
import { Channel, Kind } from "../src/protocol";
import { Store } from "../src/store";
import { foundBy, metricsOf, tallyOf } from "../src/then";
import { feed, type Row } from "./feeds";

/** Time, channel and kind of each frame: a mark, a comment, two thoughts, a tool call's piece, two of the answer, usage. */
const ROWS: Row[] = [
  { time: 0.1, kind: Kind.mark, channel: Channel.meta, size: 0 },
  { time: 0.2, kind: Kind.comment, channel: Channel.meta, size: 10 },
  { time: 1, channel: Channel.reasoning },
  { time: 1.5, channel: Channel.reasoning },
  { time: 2, channel: Channel.tool },
  { time: 3, channel: Channel.text },
  { time: 3.5, channel: Channel.text },
  { time: 4, channel: Channel.usage },
];
const METRICS = {
  headers: 0.1,
  first_byte: 0.2,
  first_event: 1,
  first_token: 1,
  first_content: 1,
  first_answer: 3,
  last_token: 3.5,
  tokens_source: "usage" as const,
  tokens: 40,
  tokens_per_s: 15.6,
  bytes: 999,
};

function looked(): { store: Store; lane: NonNullable<Store["focus"]> } {
  const store = new Store(() => 0);
  store.apply(feed(1, [{ rows: ROWS, state: { status: "done", end: ROWS.length, metrics: METRICS } }]));
  return { store, lane: store.focus as NonNullable<Store["focus"]> };
}

describe("the numbers at an instant", () => {
  it.each([
    [1, { headers: 0.1, first_token: null, first_answer: null, first_content: null, tokens_per_s: null, chunks: 0, bytes: 10 }],
    [2, { first_token: 1, first_content: 1, first_answer: null, tokens_per_s: null, chunks: 1, last_token: 1, bytes: 110 }],
    [3, { first_token: 1, first_answer: null, tokens_per_s: 2, chunks: 2, last_token: 1.5 }],
    [4, { tokens_per_s: 2, chunks: 3, last_token: 2, tokens_source: "chunks" }],
    [5, { first_answer: 3, tokens_per_s: 1.5, chunks: 4, last_token: 3 }],
    [6, { tokens_per_s: 4 / 2.5, chunks: 5, tokens: 5, last_token: 3.5, bytes: 510 }],
  ])("frame %i", (frame, wanted) => {
    const { store, lane } = looked();
    for (const way of [[frame], [6, frame], [0, frame], [6, 0, 3, frame]]) {
      for (const at of way) {
        store.setAt(lane.id, at);
        metricsOf(lane);
      }
      expect(metricsOf(lane)).toMatchObject(wanted);
    }
  });

  it("are those of the kernel where nobody looks back", () => {
    const { store, lane } = looked();
    store.setAt(lane.id, 3);
    metricsOf(lane);
    store.setAt(lane.id, null);
    expect(metricsOf(lane)).toBe(lane.state.metrics);
    expect(tallyOf(lane).kinds[Kind.comment]).toBe(1);
    expect(tallyOf(lane).kinds[Kind.event]).toBe(6);
  });

  it("begin again with another reading, and follow a stream that goes on", () => {
    const { store, lane } = looked();
    expect(tallyOf(lane).chunks).toBe(5);
    store.apply(feed(2, [{ reading: 2, rows: ROWS.slice(0, 3) }]));
    expect(tallyOf(lane).chunks).toBe(1);
    store.setAt(lane.id, 2);
    store.apply(feed(3, [{ reading: 2, first: 3, rows: ROWS.slice(3) }]));
    expect(metricsOf(lane).chunks).toBe(1);
    store.setAt(lane.id, null);
    expect(tallyOf(lane).chunks).toBe(5);
  });

  it("know no finding that was yet to come", () => {
    const { store, lane } = looked();
    const finding = { kind: "stall", severity: "warning" as const, message: "", duration: null };
    const all = [
      { ...finding, frames: [3, 5] as [number, number], time: null },
      { ...finding, frames: null, time: 3 },
      { ...finding, frames: null, time: null },
    ];
    const seen = (at: number | null): boolean[] => {
      store.setAt(lane.id, at);
      return all.map((each) => foundBy(lane, each));
    };
    expect([seen(2), seen(3), seen(5), seen(null)]).toEqual([
      [false, false, true],
      [true, false, true],
      [true, true, true],
      [true, true, true],
    ]);
  });
});
