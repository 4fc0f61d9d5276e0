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

/** Go to an instant, as the pane does. */
function go(view: MarkdownView, text: string, length: number): void {
  if (length < view.length) view.rewind(length);
  view.again(text.slice(0, length));
  expect(view.length).toBeLessThanOrEqual(length);
  view.append(text.slice(view.length, length), false);
}

describe("Markdown that goes back", () => {
  it.each(Object.entries(DOCUMENTS))("%s", (_, text) => {
    const next = random(7);
    const view = new MarkdownView(document.createElement("div"));
    view.append(text, false);
    for (let i = 0; i < 24; i++) {
      // Far away, and near by.
      const there = i % 2 === 0 ? next() * (text.length + 1) : view.length + (next() - 0.5) * 60;
      const length = Math.floor(Math.min(Math.max(there, 0), text.length));
      go(view, text, length);
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
    for (let length = text.length; length > text.length / 2; length -= 500) go(view, text, length);
    expect(parsed.blocks + parsed.inline - before).toBeLessThan(text.length);
    expect(written(view.root)).toBe(shown(text.slice(0, view.length)));
  });
});

describe("Markdown that goes on again", () => {
  const text = Array.from({ length: 300 }, (_, i) => `## Part ${i}\n\nA paragraph of **some** words.\n\n- one\n- two\n\n`).join("");

  it("puts back the blocks that were taken away, and parses what is open alone", () => {
    const view = new MarkdownView(document.createElement("div"));
    view.append(text, true);
    const headings = [...view.root.querySelectorAll("h2")];
    for (const length of [text.length / 2, text.length / 3, text.length / 4]) go(view, text, Math.floor(length));
    const before = parsed.blocks + parsed.inline;
    go(view, text, text.length);
    expect(parsed.blocks + parsed.inline - before).toBeLessThan(200);
    const again = [...view.root.querySelectorAll("h2")];
    expect(again).toHaveLength(headings.length);
    // What stood open at one of the instants was made there.
    expect(again.filter((heading, i) => heading !== headings[i]).length).toBeLessThan(9);
    expect(written(view.root)).toBe(shown(text));
  });

  it("forgets them when the text becomes another one", () => {
    const other = text.replaceAll("words", "things");
    const view = new MarkdownView(document.createElement("div"));
    view.append(text, false);
    go(view, text, 500);
    view.reset();
    go(view, other, other.length);
    expect(written(view.root)).toBe(shown(other));
  });

  it("makes them anew where a definition may have changed them", () => {
    const defined = `${text}See [it].\n\nMore.\n\n[it]: https://x.example\n\nThe end.\n\n`;
    const view = new MarkdownView(document.createElement("div"));
    for (const length of [defined.length, 900, defined.length - 40, 30, defined.length, text.length]) {
      go(view, defined, length);
      expect(written(view.root)).toBe(shown(defined.slice(0, length)));
    }
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
