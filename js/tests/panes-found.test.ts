import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fixture } from "../src/fixtures";
import { choices, cut, many, pizza, tools } from "../src/fixtures-runs";
import { frameOfFinding, shortOf } from "../src/panes/findings";
import { type Finding, Kind } from "../src/protocol";
import { feed, rows } from "./feeds";
import { endPage, openPage, type Page, startPage } from "./panes-open";

let ending: AbortController;
beforeEach(() => {
  ending = startPage();
});
afterEach(() => endPage(ending));

const page = (fixture: Fixture, at?: number): Promise<Page> => openPage(fixture, ending.signal, at);
const NOTHING: Fixture = { feeds: [], detail: () => undefined, duration: 0 };

function finding(kind: string, message: string, more: Partial<Finding> = {}): Finding {
  return { kind, severity: "warning", message, frames: null, time: null, duration: null, ...more };
}
const STALL = "No content came for 1.41 s; the usual gap is 17 ms.";
const CUT = "The stream was cut off: the connection broke. What came before is kept.";

describe("a finding in a few words", () => {
  it.each([
    [finding("stall", STALL, { frames: [4, 9], time: 3.46, duration: 1.41 }), "stall 1.41 s at 3.5 s"],
    [finding("stall", "No content has come for 4.20 s.", { frames: [4, 4], time: 3.46, duration: 4.2 }), "stalled for 4.20 s"],
    [finding("stall", "12 more stalls, the longest 3.10 s.", { time: 40 }), "12 more stalls"],
    [finding("cut_off", CUT), "cut off"],
    [finding("invalid_utf8", "1 line held bytes that are not UTF-8; each such place reads as �."), "invalid UTF-8"],
    [finding("burst", "120 of 120 events came in one piece, 3.10 s after the request."), "all at once"],
    [finding("guess", "Nobody vouches for this format: by a guess the text at $.a is read."), "read by a guess"],
    [finding("empty_choices", "1 event had an empty list of choices."), "empty choices"],
    [finding("parse", "parse raised on 1 of 3 events, so they were left out."), "parse raised on 1 of 3 events"],
    [finding("extract", "The rule extract='$.a.b' matched none of 3 events."), "The rule extract='$.a.b' matched none of 3 events"],
  ])("%#", (found, short) => expect(shortOf(found)).toBe(short));

  it.each([
    [null, null],
    [[4, 9] as [number, number], 9],
  ])("is about the frame that ended it: %j", (frames, frame) => expect(frameOfFinding(finding("stall", "", { frames }))).toBe(frame));
});

describe("the foot", () => {
  it("opens a finding's sentence with its event, and closes it when another event is selected", async () => {
    const shown = await page(pizza());
    const chip = shown.get("finding");
    expect(chip.querySelector("span:nth-child(2)")?.textContent).toMatch(/^stall 1\.20 s at \d\.\d s$/);
    chip.click();
    await shown.settle();
    expect(shown.store.selection?.frame).toBe(Number(chip.dataset.frame));
    expect([chip.getAttribute("aria-expanded"), shown.get("finding-text").hidden]).toEqual(["true", false]);
    shown.store.select("1", 3);
    await shown.settle();
    expect([chip.getAttribute("aria-expanded"), shown.get("finding-text").hidden]).toEqual(["false", true]);
  });

  it("opens the sentence of a finding that has no event, too", async () => {
    const shown = await page(NOTHING);
    shown.store.apply(feed(1, [{ rows: rows(2), state: { status: "done", findings: [finding("cut_off", CUT)] } }], { whole: true }));
    await shown.settle();
    shown.get("finding").click();
    expect([shown.text("finding-text"), shown.store.selection]).toEqual([CUT, null]);
    shown.get("finding").click();
    expect(shown.get("finding-text").hidden).toBe(true);
  });

  it("keeps what is ordinary behind a quiet chip", async () => {
    const shown = await page(NOTHING);
    const note = (kind: string): Finding => finding(kind, `${kind} is ordinary.`, { severity: "info", frames: [0, 1] });
    const findings = [note("padding"), finding("cut_off", CUT), note("large_events")];
    shown.store.apply(feed(1, [{ rows: rows(2), state: { status: "done", findings } }], { whole: true }));
    await shown.settle();
    const chips = (): HTMLElement[] => [...(shown.get("notes").parentElement?.querySelectorAll<HTMLElement>("[data-sw=finding]") ?? [])];
    const kinds = (): (string | undefined)[] => chips().map((each) => each.dataset.kind);
    expect([kinds(), shown.text("notes")]).toEqual([["cut_off"], "2 notes"]);
    shown.get("notes").click();
    expect([kinds(), shown.get("notes").getAttribute("aria-expanded")]).toEqual([["cut_off", "padding", "large_events"], "true"]);
    chips()[2]?.click();
    await shown.settle();
    expect(shown.text("finding-text")).toBe("large_events is ordinary.");
    shown.get("notes").click();
    expect([kinds(), shown.get("finding-text").hidden]).toEqual([["cut_off"], true]);
  });

  it("keeps the chip that has the focus while its stall grows", async () => {
    const shown = await page(NOTHING);
    const grow = (seq: number, duration: number): void => {
      const state = { findings: [finding("stall", STALL, { frames: [1, 1], time: 0.1, duration })] };
      shown.store.apply(feed(seq, [{ first: 2, state }]));
    };
    shown.store.apply(feed(1, [{ rows: rows(2), state: { status: "writing" } }], { whole: true }));
    grow(2, 1.5);
    await shown.settle();
    shown.get("finding").focus();
    grow(3, 1.6);
    await shown.settle();
    expect(document.activeElement).toBe(shown.get("finding"));
    expect(shown.text("finding")).toContain("stalled for 1.60 s");
  });

  it("counts what came beside events, and not our own marks", async () => {
    const shown = await page(NOTHING);
    const kinds = [Kind.mark, Kind.event, Kind.comment, Kind.comment, Kind.ignored, Kind.mark];
    shown.store.apply(
      feed(1, [{ rows: kinds.map((kind, i) => ({ time: i, kind })), state: { metrics: { bytes: 212 } } }], { whole: true }),
    );
    await shown.settle();
    expect(shown.text("amount")).toBe("1 event · 2 comments · 1 ignored line · 212 B");
  });
});

describe("who it is", () => {
  it.each([
    ["dinner", "pizza", "dinner · pizza"],
    ["pizza", "pizza", "pizza"],
    ["", "pizza", "pizza"],
    ["", "", "127.0.0.1:8000/status/401"],
  ])("named %j, of the model %j", async (name, model, words) => {
    const shown = await page(NOTHING);
    const request = { method: "GET", url: "http://127.0.0.1:8000/status/401?key=x", headers: [], body: null };
    shown.store.apply(feed(1, [{ state: { name, model, request } }], { whole: true }));
    await shown.settle();
    expect(shown.text("name") + shown.text("model")).toBe(words);
  });
});

describe("the fragments", () => {
  const fragments = (shown: Page): NodeListOf<HTMLElement> => shown.get("tokens-list").querySelectorAll<HTMLElement>(".sw-tok");

  it("of a long run appear over several frames, all of them in the end", async () => {
    const shown = await page(NOTHING);
    const fixture = many(3000);
    for (const item of fixture.feeds) shown.store.apply(item.feed);
    await vi.advanceTimersByTimeAsync(17);
    expect(fragments(shown).length).toBe(0); // the text comes first
    for (let frame = 0; frame < 30 && fragments(shown).length === 0; frame++) await vi.advanceTimersByTimeAsync(17);
    expect(fragments(shown).length).toBeGreaterThan(0);
    expect(fragments(shown).length).toBeLessThan(3000);
    expect(shown.get("answer").textContent?.length).toBeGreaterThan(0);
    await shown.settle();
    await shown.settle();
    expect(fragments(shown).length).toBe(3000);
    expect([...fragments(shown)].map((each) => each.textContent?.replaceAll("⏎", "")).join("")).toBe(shown.store.focus?.parts[0]?.text());
  });

  it("of two choices are told apart", async () => {
    const shown = await page(choices());
    const marks = [...shown.get("tokens-list").querySelectorAll(".sw-whose")].map((each) => each.textContent);
    expect(marks.slice(0, 4)).toEqual(["1", "0", "1", "0"]);
    const odd = [...fragments(shown)].filter((each) => each.classList.contains("sw-odd")).map((each) => each.textContent);
    expect(odd.join("")).toBe("Buy a good one, and bake it on a hot stone.");
  });

  it("of tool calls are numbered, and the heading has the names", async () => {
    const shown = await page(tools());
    const heading = shown.get("tokens-list").querySelector(".sw-run-tool_call .sw-run-name");
    expect(heading?.textContent).toBe("tool calls1get_weather2get_weather");
    const marks = [...shown.get("tokens-list").querySelectorAll(".sw-group > .sw-whose")].map((each) => each.textContent);
    expect(marks).toEqual(["2"]);
  });
});

describe("the end", () => {
  it("says why the stream counts as cut off", async () => {
    const shown = await page(NOTHING);
    shown.store.apply(
      feed(1, [{ rows: rows(1), state: { status: "cut off", end: 1, findings: [finding("cut_off", CUT)] } }], { whole: true }),
    );
    await shown.settle();
    expect(shown.text("ending")).toBe(CUT);
  });

  it.each([
    [0, "before any text came"],
    [1, "What had come is kept"],
  ])("after Stop, %d fragments", async (count, words) => {
    const shown = await page(NOTHING);
    const text = [
      [0, 1, "open", { kind: "text" }],
      [0, 1, ["a"]],
    ] as const;
    const ops = count ? [...text] : [];
    shown.store.apply(feed(1, [{ rows: rows(1), ops: ops as never, state: { status: "stopped", end: 1 } }], { whole: true }));
    await shown.settle();
    expect(shown.text("ending")).toContain(words);
  });
});

describe("the focus", () => {
  it("goes back to where it came from when the event is closed by a key: the notebook must not get the next letter", async () => {
    const shown = await page(cut());
    const canvas = shown.get("timeline-canvas");
    shown.store.select("1", 5);
    await shown.settle();
    canvas.focus();
    const card = shown.get("detail-card");
    card.dispatchEvent(new FocusEvent("focusin", { bubbles: true, relatedTarget: canvas }));
    shown.get("detail-next").focus();
    shown.get("detail-next").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await shown.settle();
    expect(card.hidden).toBe(true);
    expect(document.activeElement).toBe(canvas);
  });
});
