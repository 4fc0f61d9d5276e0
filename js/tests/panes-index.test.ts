import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget from "../src/index";
import type { Feed } from "../src/protocol";
import { feed, rows } from "./feeds";

/** A model as anywidget gives it: one trait that was there before, and changes. */
class FakeModel {
  sent: unknown[] = [];
  #values: { [name: string]: unknown };
  #listeners = new Map<string, Set<(...values: unknown[]) => void>>();

  constructor(snapshot: Feed) {
    this.#values = { snapshot };
  }
  get(name: string): unknown {
    return this.#values[name];
  }
  set(name: string, value: unknown): void {
    this.#values[name] = value;
    for (const listener of this.#listeners.get(`change:${name}`) ?? []) listener();
  }
  on(name: string, callback: (...values: unknown[]) => void): void {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(callback));
  }
  off(name: string, callback: (...values: unknown[]) => void): void {
    this.#listeners.get(name)?.delete(callback);
  }
  send(content: unknown): void {
    this.sent.push(content);
  }
}

const SNAPSHOT = feed(
  4,
  [
    {
      rows: rows(2),
      ops: [
        [0, 1, "open", { kind: "text" }],
        [0, 1, ["Hello", " world"]],
      ],
      state: { status: "writing", name: "first" },
    },
  ],
  { whole: true },
);
const BATCH = feed(5, [{ first: 2, rows: rows(1, 2), ops: [[2, 1, ["!"]]], state: { status: "done", end: 3 } }]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the widget", () => {
  it("shows the snapshot in each view, follows the batches, and lets a view go without the other", async () => {
    const model = new FakeModel(SNAPSHOT);
    const life = new AbortController();
    widget.initialize({ model, signal: life.signal });
    const [one, two] = [document.createElement("div"), document.createElement("div")];
    document.body.append(one, two);
    const close = widget.render({ model, el: one, signal: life.signal });
    widget.render({ model, el: two, signal: life.signal });
    const answer = (el: Element): string | undefined => el.querySelector('[data-sw="answer"]')?.textContent?.trim();
    expect([answer(one), answer(two)]).toEqual(["Hello world", "Hello world"]);
    close();
    model.set("batch", BATCH);
    await vi.advanceTimersByTimeAsync(300);
    expect([one.childElementCount, answer(two)]).toEqual([0, "Hello world!"]);
    expect(two.querySelector('[data-sw="status"]')?.textContent).toBe("Done");
    life.abort();
    expect(two.childElementCount).toBe(0);
  });
});
