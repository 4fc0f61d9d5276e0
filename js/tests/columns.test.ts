import { describe, expect, it } from "vitest";
import { Columns } from "../src/columns";
import { Kind } from "../src/protocol";
import { feed, type Row } from "./feeds";

const ROWS: Row[] = [
  { time: 0.1, size: 10, kind: Kind.event, channel: 1 },
  { time: 0.2, size: 0xfffffff0, kind: Kind.comment, channel: 0 },
  { time: 0.2, size: 30, kind: Kind.event, channel: 2 },
  { time: 1e9, size: 40, kind: Kind.mark, channel: 7 },
  { time: 1e9 + 0.25, size: 50, kind: Kind.event, channel: 3 },
];

/** The rows in appends of `size` frames each. */
function columns(list: Row[], size: number): Columns {
  const made = new Columns();
  for (let i = 0; i < list.length; i += size) {
    const { cols, lanes } = feed(1, [{ rows: [] }, { lane: "b", rows: list.slice(i, i + size) }]);
    made.append(cols as DataView, lanes[1]?.at ?? 0, lanes[1]?.count ?? 0);
  }
  return made;
}

describe.each([1, 2, 5])("in appends of %i", (size) => {
  const made = columns(ROWS, size);
  it("keeps every value", () => {
    expect(made.count).toBe(ROWS.length);
    const got = ROWS.map((_, i) => ({ time: made.time(i), size: made.size(i), kind: made.kind(i), channel: made.channel(i) }));
    expect(got).toEqual(ROWS);
  });
  it("numbers the events", () => {
    expect(made.eventCount).toBe(3);
    expect(ROWS.map((_, i) => made.eventNumber(i))).toEqual([0, null, 1, null, 2]);
    expect([-1, 0, 1, 2, 3].map((n) => made.frameOfEvent(n))).toEqual([-1, 0, 2, 4, -1]);
    expect([0, 1, 2, 3, 4, 5].map((frame) => made.eventsBefore(frame))).toEqual([0, 1, 1, 2, 2, 3]);
  });
  it("finds instants", () => {
    expect([0, 0.1, 0.15, 0.2, 0.3, 1e9 + 0.25, 2e9].map((time) => made.firstAtOrAfter(time))).toEqual([0, 0, 1, 1, 3, 4, 5]);
  });
});

it("grows past its first capacity", () => {
  const many = Array.from({ length: 1000 }, (_, i) => ({ time: i / 7, size: i, kind: i % 7, channel: i % 8 }));
  const made = columns(many, 33);
  expect(many.map((_, i) => ({ time: made.time(i), size: made.size(i), kind: made.kind(i), channel: made.channel(i) }))).toEqual(many);
  expect(made.eventNumber(994)).toBe(142);
});
