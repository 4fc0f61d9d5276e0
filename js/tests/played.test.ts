/**
 * What the kernel really sends, played to the real link and store over a line that loses, doubles, reorders and delays, both ways, with
 * reloads and a second view: every page must end with what the kernel has.
 *
 * The scripts are made by `tests/played.py` in the Python of the project. SSE_WIDGET_FUZZ=20 plays twenty times as many.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { connect, KernelLink } from "../src/link";
import type { Model } from "../src/link-kernel";
import { Store } from "../src/store";
import { random } from "./random";

const ROOT = resolve(import.meta.dirname, "../..");
const VENV = resolve(ROOT, ".venv/bin/python");
const TIMES = Number(process.env.SSE_WIDGET_FUZZ ?? "1");
const COUNT = Math.max(1, Math.round(30 * TIMES));
/** Any other finds other scripts; a failure names the one it was. */
const SEED = Number(process.env.SSE_WIDGET_SEED ?? "1");
/** Seconds after which a page that lacks something has asked for it, however long it had to wait. */
const PATIENCE = 100;

interface Trait {
  name: "snapshot" | "batch";
  feed: Record<string, unknown>;
  cols: string | null;
}
type Facts = Record<string, unknown>;
interface LaneTruth {
  reading: number;
  frames: [time: number, size: number, kind: number, channel: number][];
  parts: [number: number, kind: string, choice: number, text: string, fields: Facts, closed: boolean][];
  labels: unknown[];
  response: Facts;
  state: Facts;
}
interface Script {
  seed: number;
  messages: Trait[];
  /** For each message the snapshot that the kernel would have given at that moment. */
  snapshots: Trait[];
  truth: Record<string, LaneTruth>;
  /** The texts as they stood at some frame. */
  then: Record<string, { frame: number; texts: [number: number, text: string][] }>;
}

function scripts(): Script[] {
  const python = existsSync(VENV) ? VENV : "python3";
  const made = execFileSync(python, ["-m", "tests.played", String(SEED), String(COUNT)], { cwd: ROOT, maxBuffer: 2 ** 30 });
  return JSON.parse(made.toString());
}

/** A feed as the manager puts it into the model: its columns are a view into a larger buffer, at any place. */
function feedOf(trait: Trait): unknown {
  if (trait.cols === null) return structuredClone(trait.feed);
  const bytes = Buffer.from(trait.cols, "base64");
  const padded = new Uint8Array(bytes.length + 3);
  padded.set(bytes, 3);
  return { ...structuredClone(trait.feed), cols: new DataView(padded.buffer, 3) };
}

/** One page: a model, the link and the store on it, and what is on its way to it and from it. */
class Page implements Model {
  store = new Store();
  coming: Trait[] = [];
  going: { type: string }[] = [];
  #values = new Map<string, unknown>();
  #listeners = new Map<string, Set<(...values: unknown[]) => void>>();
  #ends = new AbortController();

  /** @param snapshot the state with which the page begins */
  constructor(snapshot: Trait) {
    this.#values.set("snapshot", feedOf(snapshot));
    this.#values.set("batch", null);
    connect(new KernelLink(this, this.#ends.signal), this.store, this.#ends.signal);
  }
  get(name: string): unknown {
    return this.#values.get(name);
  }
  on(name: string, callback: (...values: unknown[]) => void): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(callback));
  }
  off(name: string, callback: (...values: unknown[]) => void): void {
    this.#listeners.get(name)?.delete(callback);
  }
  send(content: unknown): void {
    this.going.push(content as { type: string });
  }
  receive(trait: Trait): void {
    this.#values.set(trait.name, feedOf(trait));
    for (const callback of [...(this.#listeners.get(`change:${trait.name}`) ?? [])]) callback();
  }
  close(): void {
    this.#ends.abort();
  }
}

/** What a page knows, in the form of the truth. */
function shown(store: Store): Record<string, LaneTruth> {
  const lanes = store.order.map((id): [string, LaneTruth] => {
    const lane = store.lanes.get(id);
    if (!lane) throw new Error(id);
    const { columns } = lane;
    return [
      id,
      {
        reading: lane.reading,
        frames: Array.from({ length: lane.head }, (_, i) => [columns.time(i), columns.size(i), columns.kind(i), columns.channel(i)]),
        parts: lane.parts.map((part) => [part.number, part.kind, part.choice, part.text(), part.fields, part.closed]),
        labels: lane.labels,
        response: lane.response,
        state: lane.state as unknown as Facts,
      },
    ];
  });
  return Object.fromEntries(lanes);
}

/** Play a script to one or two pages over a bad line. */
function play(script: Script, next: () => number): Page[] {
  const pages: Page[] = [new Page(script.snapshots[0] as Trait)];
  const chance = (probability: number) => next() < probability;
  const pick = (length: number) => Math.floor(next() * length);
  const rough = next() * 0.5; // how bad the line is
  for (let at = 1; at < script.messages.length; at++) {
    vi.advanceTimersByTime(pick(chance(0.1) ? 5000 : 120));
    const snapshot = script.snapshots[at] as Trait;
    if (pages.length < 2 && chance(0.05)) pages.push(new Page(snapshot));
    else {
      const reloaded = chance(0.05) ? pick(pages.length) : -1;
      pages[reloaded]?.close();
      if (reloaded >= 0) pages[reloaded] = new Page(snapshot);
      for (const page of pages.slice()) page.coming.push(script.messages[at] as Trait);
    }
    for (const page of pages) {
      spoil(page.coming, rough, next, pick);
      for (const trait of page.coming.splice(0, chance(0.6) ? page.coming.length : pick(page.coming.length + 1))) page.receive(trait);
      const asked = page.going.splice(0).filter(({ type }) => type === "resync" && !chance(rough)).length;
      // What one page asks for comes to all of them.
      for (let i = 0; i < asked; i++) for (const other of pages) other.coming.push(snapshot);
    }
    for (const { store } of pages) expect(store.problem).toBeNull();
  }
  return pages;
}

function spoil(queue: Trait[], rough: number, next: () => number, pick: (length: number) => number): void {
  for (let i = queue.length - 1; i >= 0; i--) {
    const one = queue[i] as Trait;
    const what = next() / rough;
    if (what < 0.5) queue.splice(i, 1);
    else if (what < 0.8) queue.splice(pick(queue.length + 1), 0, one);
    else if (what < 1) queue.splice(pick(queue.length), 0, ...queue.splice(i, 1));
  }
}

/** The line is good again, and the kernel's last word gets through: each page asks for what it lacks. */
function heal(script: Script, pages: Page[]): void {
  const last = script.messages.length - 1;
  for (const page of pages) {
    page.coming.push(script.messages[last] as Trait);
    for (let second = 0; second < PATIENCE && (second < 2 || page.store.seq < (script.messages[last]?.feed.seq as number)); second++) {
      for (const trait of page.coming.splice(0)) page.receive(trait);
      vi.advanceTimersByTime(1000);
      if (page.going.splice(0).some(({ type }) => type === "resync")) page.coming.push(script.snapshots[last] as Trait);
    }
  }
}

const made = scripts();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function check(script: Script, page: Page): void {
  const found = shown(page.store);
  expect(Object.keys(found)).toEqual(Object.keys(script.truth));
  for (const [id, truth] of Object.entries(script.truth)) {
    expect({ ...found[id], state: null }).toEqual({ ...truth, state: null });
    expect(found[id]?.state).toMatchObject(truth.state);
    const { frame, texts } = script.then[id] ?? { frame: 0, texts: [] };
    const parts = (page.store.lanes.get(id)?.parts ?? []).filter((part) => part.firstFrame <= frame);
    expect(parts.map((part) => [part.number, part.text(frame)])).toEqual(texts);
  }
}

it("shows what the kernel has, over a line that is good", () => {
  for (const script of made) {
    const page = new Page(script.snapshots[0] as Trait);
    for (const trait of script.messages.slice(1)) page.receive(trait);
    check(script, page);
    expect(page.going.filter(({ type }) => type === "resync")).toEqual([]);
    page.close();
  }
});

it("shows it from any snapshot on", () => {
  for (const script of made) {
    const next = random(script.seed);
    for (let i = 0; i < 4; i++) {
      const at = Math.floor(next() * script.messages.length);
      const page = new Page(script.snapshots[at] as Trait);
      for (const trait of script.messages.slice(at)) page.receive(trait);
      check(script, page);
      page.close();
    }
  }
});

it("comes to the same over a line that loses, doubles and reorders", () => {
  for (const script of made) {
    for (let round = 0; round < 8; round++) {
      const pages = play(script, random(script.seed * 1000 + round));
      heal(script, pages);
      for (const page of pages) {
        expect.soft(page.store.seq, `script ${script.seed}, round ${round}`).toBe(script.messages.at(-1)?.feed.seq);
        check(script, page);
        page.close();
      }
    }
  }
});

it("is looked at: a page that lacks a message is not what the kernel has", () => {
  const script = made.find(({ messages }) => messages.length > 8) as Script;
  const page = new Page(script.snapshots[0] as Trait);
  for (const trait of script.messages.slice(1, 4)) page.receive(trait);
  expect(() => check(script, page)).toThrow();
  page.close();
});
