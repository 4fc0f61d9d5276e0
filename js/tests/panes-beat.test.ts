import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { pizza } from "../src/fixtures-runs";
import { endPage, openPage, type Page, startPage } from "./panes-open";

let ending: AbortController;
beforeEach(() => {
  ending = startPage();
});
afterEach(() => endPage(ending));

/** The page in the midst of the answer, and how to let the next event come. */
async function writing(): Promise<{ shown: Page; next(): void; rest(): void }> {
  const fixture = pizza();
  const shown = await openPage(fixture, ending.signal, 2.6);
  const coming = fixture.feeds.filter((item) => item.time > 2.6);
  const next = (): void => {
    const item = coming.shift();
    if (item) shown.store.apply(item.feed);
  };
  return {
    shown,
    next,
    rest() {
      while (coming.length > 0) next();
    },
  };
}
const frame = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(17));

it("shows text in the next frame, and the numbers and the wire some times a second", async () => {
  const { shown, next } = await writing();
  const answer = shown.text("answer");
  const events = shown.text("metric-events");
  const fragments = shown.text("count");
  // Just after a beat: the one that comes with the clock.
  const drawn = new Promise<void>((resolve) =>
    new MutationObserver(() => resolve()).observe(shown.get("metric-events"), { childList: true }),
  );
  while (shown.text("metric-events") === events) {
    next();
    await vi.advanceTimersByTimeAsync(10);
  }
  await drawn;
  const before = [shown.text("answer"), shown.text("metric-events"), shown.text("count")];
  expect(before[0]).not.toBe(answer);
  expect(before[2]).not.toBe(fragments);
  for (let i = 0; i < 4; i++) next();
  await frame();
  expect(shown.text("answer")).not.toBe(before[0]);
  expect([shown.text("metric-events"), shown.text("count")]).toEqual(before.slice(1));
  await shown.settle();
  await shown.settle();
  expect(shown.text("metric-events")).not.toBe(before[1]);
  expect(shown.text("count")).not.toBe(before[2]);
});

it("draws the rest in a frame that has no text to show, if one comes soon", async () => {
  const { shown, next } = await writing();
  await shown.settle();
  const events = shown.text("metric-events");
  const answers = new Set([shown.text("answer")]);
  for (let i = 0; i < 12; i++) {
    next();
    await frame();
    answers.add(shown.text("answer"));
    expect(shown.text("metric-events")).toBe(events);
  }
  expect(answers.size).toBeGreaterThan(6);
  await frame();
  expect(shown.text("metric-events")).not.toBe(events);
});

it("shows what a person does, and the end, at once", async () => {
  const { shown, rest } = await writing();
  await frame();
  const frameOf = shown.store.focus?.frameOfEvent(20) ?? 0;
  shown.store.select("1", frameOf);
  await frame();
  expect(shown.get("detail-card").hidden).toBe(false);
  rest();
  await frame();
  expect(shown.text("output")).toContain("Serve at once, with basil.");
  await frame();
  expect(shown.text("status")).toBe("Done");
  expect(shown.text("metric-events")).toBe(String(shown.store.focus?.eventCount));
});

it("puts the caret at the end of what is written; it blinks while nothing comes, and goes with the end", async () => {
  const { shown, next, rest } = await writing();
  const carets = (): string[] =>
    [...shown.get("output").querySelectorAll<HTMLElement>("[data-caret]")].map((each) => each.dataset.caret ?? "");
  next();
  await frame();
  expect(carets()).toEqual(["writes"]);
  const block = shown.get("output").querySelector("[data-caret]");
  expect(
    shown
      .text("answer")
      .trimEnd()
      .endsWith((block?.textContent ?? "").trimEnd()),
  ).toBe(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(carets()).toEqual(["waits"]);
  next();
  await frame();
  expect(carets()).toEqual(["writes"]);
  rest();
  await frame();
  expect(carets()).toEqual([]);
});
