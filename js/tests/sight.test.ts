import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect, KernelLink } from "../src/link";
import type { Model } from "../src/link-kernel";
import { sightOf } from "../src/sight";
import { Store } from "../src/store";
import { feed } from "./feeds";

/** The observers of the page, in the order in which they were made. */
let observers: { report(seen: boolean): void }[] = [];
let ending: AbortController;

class Observer {
  constructor(readonly callback: IntersectionObserverCallback) {
    observers.push(this);
  }
  report(seen: boolean): void {
    this.callback([{ isIntersecting: seen } as IntersectionObserverEntry], this as unknown as IntersectionObserver);
  }
  observe(): void {}
  disconnect(): void {
    observers = observers.filter((each) => each !== this);
  }
}

function setHidden(hidden: boolean): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("IntersectionObserver", Observer);
  observers = [];
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A store on a model, and what was said to the kernel. */
function linked(lanes = ["a"]): { store: Store; said: unknown[] } {
  const said: unknown[] = [];
  const first = feed(
    1,
    lanes.map((lane) => ({ lane })),
    { whole: true },
  );
  const model: Model = {
    get: (name) => (name === "snapshot" ? first : null),
    on: () => {},
    off: () => {},
    send: (content) => said.push(content),
  };
  const store = new Store(() => 0);
  connect(new KernelLink(model, ending.signal), store, ending.signal);
  said.length = 0;
  return { store, said };
}

describe("what nobody sees", () => {
  it("is told to the kernel after a moment, and what is seen again at once", async () => {
    const { store, said } = linked();
    sightOf(store).watch(document.body, () => {}, ending.signal);
    observers[0]?.report(true);
    observers[0]?.report(false);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(said).toEqual([{ type: "ack", seq: 1, hidden: true }]);
    observers[0]?.report(true);
    expect(said[1]).toEqual({ type: "ack", seq: 1 });
  });

  it("is not told of a view that is scrolled past", async () => {
    const { store, said } = linked();
    sightOf(store).watch(document.body, () => {}, ending.signal);
    observers[0]?.report(false);
    await vi.advanceTimersByTimeAsync(100);
    observers[0]?.report(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(said).toEqual([]);
  });

  it("is a tab in the background, too", async () => {
    const { store, said } = linked();
    const back = vi.fn();
    sightOf(store).watch(document.body, back, ending.signal);
    setHidden(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(said).toEqual([{ type: "ack", seq: 1, hidden: true }]);
    expect(sightOf(store).sees(document.body)).toBe(false);
    expect(back).not.toHaveBeenCalled();
    setHidden(false);
    expect(said[1]).toEqual({ type: "ack", seq: 1 });
    expect(back).toHaveBeenCalledTimes(1);
  });

  it("is seen as long as one view of it is, and when that view has gone is what the others are", async () => {
    const { store } = linked();
    const view = new AbortController();
    const other = document.createElement("div");
    sightOf(store).watch(document.body, () => {}, ending.signal);
    sightOf(store).watch(other, () => {}, view.signal);
    observers[0]?.report(false);
    observers[1]?.report(true);
    expect(sightOf(store).hidden).toBe(false);
    expect(sightOf(store).sees(document.body)).toBe(false);
    view.abort();
    expect(sightOf(store).hidden).toBe(true);
    expect(observers).toHaveLength(1);
  });

  it("is unknown until somebody has looked", () => {
    const { store } = linked();
    expect(sightOf(store).hidden).toBe(false);
    sightOf(store).watch(document.body, () => {}, ending.signal);
    expect(sightOf(store).hidden).toBe(false);
    expect(sightOf(store).sees(document.body)).toBe(true);
  });
});

describe("the lane that is shown", () => {
  it("is told to the kernel where there are several", () => {
    const { store, said } = linked(["a", "b"]);
    store.focusOn("b");
    expect(said).toEqual([{ type: "ack", seq: 1, focus: "b" }]);
  });
});
