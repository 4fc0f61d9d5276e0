import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget from "../src/index";
import type { Model } from "../src/link-kernel";
import { feed, rows } from "./feeds";

let ending: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** A model as a host has it, and the objects that the host hands out for it: a new one each time. */
function host(key: string) {
  const traits: { [name: string]: unknown } = { key, snapshot: feed(0, [{ lane: "a" }], { whole: true }), batch: null };
  const listeners: [name: string, callback: (...values: unknown[]) => void][] = [];
  const said: unknown[] = [];
  const handle = (): Model => ({
    get: (name) => traits[name],
    on: (name, callback) => listeners.push([name, callback]),
    off: (name, callback) => {
      const i = listeners.findIndex((each) => each[0] === name && each[1] === callback);
      if (i >= 0) listeners.splice(i, 1);
    },
    send: (content) => said.push(content),
  });
  const set = (name: string, value: unknown): void => {
    traits[name] = value;
    for (const [what, callback] of [...listeners]) if (what === `change:${name}`) callback();
  };
  return { handle, set, said };
}

function view(model: Model, signal = ending.signal): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  widget.render({ model, el, signal });
  return el;
}

const text = (seq: number, words: string) =>
  feed(seq, [
    {
      lane: "a",
      first: seq - 1,
      rows: rows(1),
      ops: [...(seq === 1 ? [[0, 1, "open", { kind: "text" }] as const] : []), [seq - 1, 1, [words]]] as never,
    },
  ]);

describe("the views of one widget", () => {
  it("have one store and one link, and a view that comes later shows what the first has", async () => {
    const it = host("one");
    widget.initialize({ model: it.handle(), signal: ending.signal });
    const first = view(it.handle());
    it.set("batch", text(1, "Hello"));
    it.set("batch", text(2, " you"));
    const second = view(it.handle());
    await vi.advanceTimersByTimeAsync(2000);
    for (const each of [first, second]) expect(each.querySelector('[data-sw="answer"]')?.textContent).toBe("Hello you");
    expect(it.said).toEqual([
      { type: "ack", seq: 1 },
      { type: "ack", seq: 2 },
    ]);
  });

  it("are not those of another widget", async () => {
    const one = host("one");
    const other = host("other");
    for (const each of [one, other]) widget.initialize({ model: each.handle(), signal: ending.signal });
    one.set("batch", text(1, "Hello"));
    const shown = view(other.handle());
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown.textContent).not.toContain("Hello");
  });

  it("begin by themselves where a host never calls initialize, and leave nothing behind", async () => {
    const it = host("");
    const leaving = new AbortController();
    const shown = view(it.handle(), leaving.signal);
    it.set("batch", text(1, "Hello"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown.textContent).toContain("Hello");
    leaving.abort();
    expect(shown.childElementCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
