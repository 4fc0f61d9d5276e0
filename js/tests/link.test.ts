import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, FixtureLink, KernelLink } from "../src/link";
import type { Model } from "../src/link-kernel";
import type { Feed, FrameDetail } from "../src/protocol";
import { Store } from "../src/store";
import { feed, rows } from "./feeds";

/** A widget's model without a kernel behind it. */
class FakeModel implements Model {
  sent: { time: number; content: unknown }[] = [];
  dead = false;
  #values = new Map<string, unknown>();
  #listeners = new Map<string, Set<(...values: unknown[]) => void>>();

  get(name: string): unknown {
    return this.#values.get(name);
  }
  on(name: string, callback: (...values: unknown[]) => void): void {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name)?.add(callback);
  }
  off(name: string, callback: (...values: unknown[]) => void): void {
    this.#listeners.get(name)?.delete(callback);
  }
  send(content: unknown): void {
    if (this.dead) throw new Error("Cannot send"); // what JupyterLab's comm does once its kernel is gone
    this.sent.push({ time: performance.now() - begin, content });
  }
  set(name: string, value: unknown): void {
    this.#values.set(name, value);
    this.emit(`change:${name}`);
  }
  emit(name: string, ...values: unknown[]): void {
    for (const callback of [...(this.#listeners.get(name) ?? [])]) callback(...values);
  }
  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
  times(type: string): number[] {
    return this.sent.filter(({ content }) => (content as { type: string }).type === type).map(({ time }) => time);
  }
}

let begin = 0;
let model: FakeModel;
let ends: AbortController;
let store: Store;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  begin = performance.now();
  model = new FakeModel();
  ends = new AbortController();
  store = new Store();
});
afterEach(() => {
  ends.abort();
  vi.useRealTimers();
});

function follow(): KernelLink {
  const link = new KernelLink(model, ends.signal);
  connect(link, store, ends.signal);
  return link;
}
const batch = (seq: number, first = seq - 1): Feed => feed(seq, [{ first, rows: rows(1, first) }]);
const snapshot = (seq: number, count = seq): Feed => feed(seq, [{ rows: rows(count) }], { whole: true });
const heads = () => [store.seq, store.focus?.head ?? 0];

describe("feeds", () => {
  it("a new widget begins with its first batch", () => {
    model.set("snapshot", { v: 1, seq: 0, now: 0, lanes: [], whole: true });
    model.set("batch", null);
    follow();
    expect(model.sent).toEqual([]);
    model.set("batch", batch(1));
    model.set("batch", batch(2));
    expect(heads()).toEqual([2, 2]);
    expect(model.times("resync")).toEqual([]);
  });
  it("a reloaded page begins with the snapshot; the batch that is part of it is not taken twice", () => {
    model.set("snapshot", snapshot(5));
    model.set("batch", batch(5));
    follow();
    model.set("batch", batch(6));
    expect(heads()).toEqual([6, 6]);
    expect(model.times("resync")).toEqual([]);
  });
  it("a reloaded page takes the batch that follows its snapshot", () => {
    model.set("snapshot", snapshot(5));
    model.set("batch", batch(6));
    follow();
    expect(heads()).toEqual([6, 6]);
  });
  it("buffers may be any view", () => {
    follow();
    const bytes = batch(1).cols as DataView;
    model.set("batch", { ...batch(1), cols: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) });
    expect(heads()).toEqual([1, 1]);
  });
});

describe("a hole", () => {
  it("asks for everything, drops batches until it comes, and goes on", () => {
    follow();
    model.set("batch", batch(1));
    model.set("batch", batch(3));
    model.set("batch", batch(4));
    expect(heads()).toEqual([1, 1]);
    expect(model.times("resync")).toEqual([0]);
    model.set("snapshot", snapshot(4));
    model.set("batch", batch(5));
    expect(heads()).toEqual([5, 5]);
    vi.advanceTimersByTime(60_000);
    expect(model.times("resync")).toEqual([0]);
  });
  it("asks again while nothing comes, less and less often", () => {
    follow();
    model.set("batch", batch(2));
    vi.advanceTimersByTime(120_000);
    expect(model.times("resync")).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000]);
  });
  it("asks at most once a second", () => {
    follow();
    for (let i = 0; i < 30; i++) {
      model.set("batch", batch(10 * i + 5, 0));
      vi.advanceTimersByTime(50);
      model.set("snapshot", snapshot(10 * i + 6));
      vi.advanceTimersByTime(50);
    }
    const times = model.times("resync");
    expect(times.length).toBeGreaterThan(1);
    for (let i = 1; i < times.length; i++) expect((times[i] as number) - (times[i - 1] as number)).toBeGreaterThanOrEqual(1000);
  });
  it("frames that do not continue count as one", () => {
    follow();
    model.set("batch", batch(1));
    model.set("batch", batch(2, 7));
    expect([heads(), model.times("resync")]).toEqual([[1, 1], [0]]);
  });
});

describe("what is malformed", () => {
  it("becomes the store's problem and is asked for anew; a good snapshot ends both", () => {
    follow();
    model.set("batch", batch(1));
    model.set("batch", { ...batch(2), lanes: "none" });
    expect(store.problem?.name).toBe("FeedError");
    expect(model.times("resync")).toEqual([0]);
    model.set("snapshot", snapshot(2));
    expect([store.problem, heads()]).toEqual([null, [2, 2]]);
  });
  it("drops batches until the snapshot, even one that would follow", () => {
    follow();
    model.set("batch", batch(1));
    model.set("batch", { ...batch(2), lanes: "none" });
    model.set("batch", batch(2));
    expect(heads()).toEqual([1, 1]);
  });
  it("from another version says what to do", () => {
    follow();
    model.set("batch", { ...batch(1), v: 99 });
    expect(store.problem?.message).toContain("version 99");
  });
  it("any other failure is shown too", () => {
    const problems: string[] = [];
    new KernelLink(model, ends.signal).feed(
      () => {
        throw new RangeError("oops");
      },
      ends.signal,
      (error) => problems.push(error.message),
    );
    model.set("batch", batch(1));
    expect(problems).toEqual([expect.stringContaining("oops")]);
  });
});

describe("acknowledgements", () => {
  it("go out at once, soon, then every 1.25 s, and the last one always", () => {
    follow();
    for (let seq = 1; seq <= 40; seq++) {
      model.set("batch", batch(seq));
      vi.advanceTimersByTime(50);
    }
    vi.advanceTimersByTime(5000);
    const acks = model.sent.map(({ content }) => content);
    expect(model.times("ack").filter((time) => time < 4000)).toEqual([0, 250, 1500, 2750]);
    expect(acks.at(-1)).toEqual({ type: "ack", seq: 40 });
  });
  it("are not sent for what was dropped", () => {
    follow();
    model.set("batch", batch(3));
    vi.advanceTimersByTime(600);
    expect(model.times("ack")).toEqual([]);
  });
});

describe("questions", () => {
  const detail = { frame: 3, data: "{}" };
  it("are answered by their number", async () => {
    const link = follow();
    const [one, two] = [link.event("a", 1), link.event("a", 2)];
    model.emit("msg:custom", { type: "event", id: 2, ...detail });
    model.emit("msg:custom", { type: "error", id: 1, message: "There is no frame 1." });
    await expect(two).resolves.toMatchObject(detail);
    await expect(one).rejects.toThrow("There is no frame 1.");
    expect(model.sent[0]?.content).toEqual({ type: "event", id: 1, lane: "a", frame: 1 });
  });
  it("are given up after ten seconds, and a late answer is no harm", async () => {
    const link = follow();
    const asked = link.event("a", 1);
    const given = expect(asked).rejects.toThrow("The kernel is busy");
    vi.advanceTimersByTime(10_000);
    await given;
    model.emit("msg:custom", { type: "event", id: 1, ...detail });
  });
  it.each([null, 7, { id: "1" }, { id: 1, type: "event" }, { id: 1, type: "other" }])("%j is no answer", async (message) => {
    const asked = follow().event("a", 1);
    model.emit("msg:custom", message);
    vi.advanceTimersByTime(10_000);
    await expect(asked).rejects.toThrow("busy");
  });
});

it("leaves nothing behind when it ends", async () => {
  const link = follow();
  model.set("batch", batch(1));
  model.set("batch", batch(2));
  model.set("batch", batch(9));
  const asked = link.event("a", 1);
  ends.abort();
  await expect(asked).rejects.toThrow("closed");
  expect([model.listening, vi.getTimerCount(), link.live]).toEqual([0, 0, false]);
  link.send({ type: "stop", lane: "a" });
  expect(model.times("stop")).toEqual([]);
});

describe("fixture", () => {
  const feeds = [1, 2, 3].map((seq) => ({ time: seq - 1, feed: batch(seq) }));
  it("gives feeds at their times, and none after stop", () => {
    const link = new FixtureLink(feeds, { speed: 2 });
    connect(link, store, ends.signal);
    expect(store.seq).toBe(1);
    vi.advanceTimersByTime(600);
    expect(store.seq).toBe(2);
    link.send({ type: "stop", lane: "a" });
    vi.advanceTimersByTime(5000);
    expect(store.seq).toBe(2);
  });
  it("gives all at once at infinite speed", () => {
    connect(new FixtureLink(feeds, { speed: Number.POSITIVE_INFINITY }), store, ends.signal);
    expect(store.seq).toBe(3);
  });
  it("answers from what it was given, else with a sentence", async () => {
    const link = new FixtureLink([], { detail: (_, frame) => (frame === 1 ? ({ frame } as FrameDetail) : undefined) });
    await expect(link.event("a", 1)).resolves.toEqual({ frame: 1 });
    await expect(link.event("a", 2)).rejects.toThrow("without the data");
  });
});

describe("a kernel that is gone", () => {
  const state = { status: "writing", end: null } as const;

  it("is noticed in the silence, and the stream no longer seems to go on", () => {
    const link = follow();
    model.set("snapshot", feed(1, [{ rows: rows(3), state }], { whole: true }));
    vi.advanceTimersByTime(2000);
    model.dead = true;
    expect(store.live).toBe(true);
    vi.advanceTimersByTime(6000);
    const lane = store.focus;
    expect([link.live, store.live, lane?.state.status, lane?.state.error?.type]).toEqual([false, false, "cut off", "KernelGone"]);
    const elapsed = lane ? store.elapsed(lane) : -1;
    vi.advanceTimersByTime(60_000);
    expect(lane ? store.elapsed(lane) : -2).toBe(elapsed);
  });

  it("is told also if a message found out before anybody asked", () => {
    const link = follow();
    model.set("snapshot", feed(1, [{ rows: rows(3), state }], { whole: true }));
    model.dead = true;
    link.send({ type: "stop", lane: "a" });
    expect([link.live, store.live]).toEqual([false, true]);
    vi.advanceTimersByTime(6000);
    expect(store.focus?.state.error?.type).toBe("KernelGone");
  });

  it("lets no command or question hang or raise", async () => {
    const link = follow();
    model.set("snapshot", feed(1, [{ rows: rows(3), state }], { whole: true }));
    model.dead = true;
    expect(() => link.send({ type: "stop", lane: "a" })).not.toThrow();
    await expect(link.event("a", 1)).rejects.toThrow("gone");
  });

  it("is not looked for while feeds come, nor after the end", () => {
    follow();
    model.set("snapshot", feed(1, [{ rows: rows(3), state: { status: "done", end: 3 } }], { whole: true }));
    vi.advanceTimersByTime(1000);
    const before = model.sent.length;
    vi.advanceTimersByTime(60_000);
    expect(model.sent.length).toBe(before);
  });
});
