/** Going back: what is shown after it is what would be shown if nothing more had ever come, and little is done for it. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pizza } from "../src/fixtures-runs";
import { MarkdownView } from "../src/markdown/driver";
import { parsed } from "../src/markdown/parse";
import { DOCUMENTS } from "./documents";
import { endPage, openPage, startPage } from "./panes-open";
import { random } from "./random";
import { written } from "./reference";

function shown(text: string, done = false): string {
  const view = new MarkdownView(document.createElement("div"));
  view.append(text, done);
  return written(view.root);
}

function back(view: MarkdownView, text: string, length: number): void {
  view.rewind(length);
  expect(view.length).toBeLessThanOrEqual(length);
  view.append(text.slice(view.length, length), false);
}

describe("Markdown that goes back", () => {
  it.each(Object.entries(DOCUMENTS))("%s", (_, text) => {
    const next = random(7);
    const view = new MarkdownView(document.createElement("div"));
    view.append(text, false);
    for (let i = 0; i < 12; i++) {
      const length = Math.floor(next() * (text.length + 1));
      if (length < view.length) back(view, text, length);
      else view.append(text.slice(view.length, length), false);
      expect(written(view.root)).toBe(shown(text.slice(0, length)));
    }
    view.append(text.slice(view.length), true);
    expect(written(view.root)).toBe(shown(text, true));
  });

  it("parses what was open there, and not all of the text", () => {
    const text = "A paragraph of **some** words.\n\n- one\n- two\n\n".repeat(400);
    const view = new MarkdownView(document.createElement("div"));
    view.append(text, false);
    const before = parsed.blocks + parsed.inline;
    for (let length = text.length; length > text.length / 2; length -= 500) back(view, text, length);
    expect(parsed.blocks + parsed.inline - before).toBeLessThan(text.length);
    expect(written(view.root)).toBe(shown(text.slice(0, view.length)));
  });
});

describe("the page that goes back", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
  });
  afterEach(() => endPage(ending));

  it("shows at each instant what it showed on the way there, in every pane", async () => {
    const page = await openPage(pizza(), ending.signal);
    const lane = page.store.focus as NonNullable<typeof page.store.focus>;
    const look = async (at: number | null): Promise<string[]> => {
      page.store.setAt(lane.id, at);
      await page.settle();
      const text = (name: string): string => document.querySelector(`[data-sw="${name}"]`)?.textContent ?? "";
      return ["answer", "tokens-list", "metric-events", "metric-first_token", "metric-first_answer", "metric-elapsed", "amount"].map(text);
    };
    const instants = Array.from({ length: 9 }, (_, i) => Math.floor((i * (lane.head - 1)) / 9) + 3);
    const end = await look(null);
    const there: string[][] = [];
    await look(0);
    for (const at of instants) there.push(await look(at));
    expect(new Set(there.map(String)).size).toBe(instants.length);
    for (let i = instants.length - 1; i >= 0; i--) expect(await look(instants[i] as number)).toEqual(there[i]);
    for (const i of [5, 1, 7, 0, 8]) expect(await look(instants[i] as number)).toEqual(there[i]);
    expect(await look(null)).toEqual(end);
  });
});
