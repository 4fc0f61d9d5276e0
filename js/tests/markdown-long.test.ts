import { describe, expect, it } from "vitest";
import { MarkdownView } from "../src/markdown/driver";
import { parsed } from "../src/markdown/parse";
import { LONG } from "./long";
import { random } from "./random";
import { reference, written } from "./reference";
import { visible } from "./visible";

function view(long?: number): MarkdownView {
  return new MarkdownView(document.createElement("div"), long === undefined ? {} : { long });
}

/** Characters that are parsed while a text of this size arrives in pieces of these sizes, for each of its own. */
function cost(text: string, least: number, most: number): number {
  const next = random(text.length);
  const growing = view();
  const before = parsed.blocks + parsed.inline;
  for (let at = 0; at < text.length; ) {
    const end = Math.min(text.length, at + least + Math.floor(next() * (most - least + 1)));
    growing.append(text.slice(at, end), end === text.length);
    at = end;
  }
  return (parsed.blocks + parsed.inline - before) / text.length;
}

/** Milliseconds after which such a test hangs rather than works. */
const PATIENT = 120_000;

describe.each(Object.entries(LONG))("%s", (_, make) => {
  it.each([30, 200])(
    "shows at every prefix what a whole parse shows, when blocks of %i characters are long",
    (long) => {
      const text = make(long * 6);
      const growing = view(long);
      for (let end = 1; end <= text.length; end++) {
        growing.update(text.slice(0, end), end === text.length);
        expect(written(growing.root), JSON.stringify(text.slice(0, end).slice(-120))).toBe(
          reference(end === text.length ? text : visible(text.slice(0, end))),
        );
      }
    },
    PATIENT,
  );

  it(
    "shows the same after many thousand words",
    () => {
      const text = make(30_000);
      const growing = view();
      const next = random(7);
      let checked = 0;
      for (let end = 0; end < text.length; ) {
        end = Math.min(text.length, end + 1 + Math.floor(next() * 60));
        growing.append(text.slice(growing.length, end), end === text.length);
        if (end < checked && end < text.length) continue;
        expect(written(growing.root) === reference(end === text.length ? text : visible(text.slice(0, end))), `after ${end}`).toBe(true);
        checked = end + 15_000;
      }
    },
    PATIENT,
  );

  it(
    "costs a word the same however long the text before it is",
    () => {
      const [short, long] = [cost(make(6_000), 5, 25), cost(make(40_000), 5, 25)];
      expect(long / short).toBeLessThan(1.25);
    },
    PATIENT,
  );
});
