import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Recorder } from "../src/fixtures";
import { KernelLink } from "../src/link";
import { BY_FUNCTION, BY_PATH, formOf, matchedWords, ruleOf } from "../src/panes/rule-form";
import { Channel, type Command, Kind, type LaneState, type Preview, type Rule, type RuleState } from "../src/protocol";
import { readAnswer, validateFeed } from "../src/validate";
import { endPage, openPage, type Page, startPage } from "./panes-open";

const AUTO: RuleState = { dialect: "auto", extract: null, parse: null, join: "" };
const state = (rule: Partial<RuleState>, suggestions: string[] = []): LaneState =>
  ({ rule: { ...AUTO, ...rule }, suggestions }) as LaneState;

describe("the form", () => {
  it.each([
    ["what was detected", state({}), false, { format: "auto", extract: "", join: "" }],
    ["what was forced", state({ dialect: "text", join: " " }), false, { format: "text", extract: "", join: " " }],
    ["a path", state({ extract: "$.a" }), false, { format: BY_PATH, extract: "$.a", join: "" }],
    ["paths", state({ extract: { text: "$.a" } }), false, { format: BY_PATH, extract: '{"text":"$.a"}', join: "" }],
    ["a function", state({ parse: "read" }), false, { format: BY_FUNCTION, extract: "", join: "" }],
    ["the likeliest place", state({ extract: "$.none" }, ["$.x", "$.y"]), true, { format: BY_PATH, extract: "$.x", join: "" }],
    ["no place, if there is none", state({}), true, { format: "auto", extract: "", join: "" }],
    ["a guess only where it is asked for", state({}, ["$.x"]), false, { format: "auto", extract: "", join: "" }],
  ])("begins with %s", (_, from, suggest, form) => {
    expect(formOf(from, suggest)).toEqual(form);
  });

  it.each([
    [
      { format: "auto", extract: "$.old", join: "" },
      { dialect: "auto", join: "" },
    ],
    [
      { format: "text", extract: "", join: "\n" },
      { dialect: "text", join: "\n" },
    ],
    [
      { format: BY_PATH, extract: " $.a ", join: " " },
      { extract: "$.a", join: " " },
    ],
    [
      { format: BY_PATH, extract: "a", join: "" },
      { extract: "a", join: "" },
    ],
    [
      { format: BY_PATH, extract: '{"text": "$.a"}', join: "" },
      { extract: { text: "$.a" }, join: "" },
    ],
    [{ format: BY_PATH, extract: "  ", join: "" }, /Say where the text stands/],
    [{ format: BY_PATH, extract: '{"text": ', join: "" }, /a JSON object/],
    [{ format: BY_PATH, extract: '{"text": 3}', join: "" }, /a JSON object/],
    [{ format: BY_FUNCTION, extract: "", join: "" }, /Reset brings it back/],
  ])("%j means a rule, or says what is missing", (form, rule) => {
    if (rule instanceof RegExp) expect(ruleOf(form)).toMatch(rule);
    else expect(ruleOf(form)).toEqual(rule);
  });

  it.each([
    [12, 40, 40, "matched 12 of 40 events"],
    [0, 1, 1, "matched 0 of 1 event"],
    [150, 200, 2930, "matched 150 of the last 200 events"],
    [0, 0, 0, "There are no events yet to try it on"],
  ])("%i of %i of %i", (matched, tried, all, words) => {
    expect(matchedWords(matched, tried, all)).toBe(words);
  });
});

describe("what travels", () => {
  const preview = { type: "preview", id: 1, text: "a", matched: 1, events: 2 };
  it.each([
    [preview, true],
    [{ ...preview, error: "no path" }, true],
    [{ ...preview, error: 3 }, false],
    [{ ...preview, matched: "1" }, false],
    [{ ...preview, text: null }, false],
    [{ type: "read", id: 2 }, true],
    [{ type: "read" }, false],
  ])("answer %j", (answer, good) => {
    expect(readAnswer(answer)).toEqual(good ? answer : null);
  });

  it.each([
    [{ marks: [[0, "open"]] }, true],
    [{ marks: [{}] }, false],
    [{ dialects: [["text", "plain text"]], rule: AUTO, suggestions: ["$.a"] }, true],
    [{ dialects: ["text"] }, false],
    [{ suggestions: "$.a" }, false],
    [{ rule: null }, false],
  ])("state %j", (part, good) => {
    const lane = { lane: "1", reading: 1, first: 0, count: 0, at: 0, ops: [], state: part };
    const check = () => validateFeed({ v: 1, seq: 1, now: 0, lanes: [lane], cols: null });
    if (good) expect(check).not.toThrow();
    else expect(check).toThrow("The page cannot read");
  });

  it.each([
    ["the answer", { type: "preview", text: "a", matched: 1, events: 2 }, "a"],
    ["an error", { type: "error", message: "There is no such stream." }, /no such stream/],
    ["an answer to something else", { type: "read" }, /gave no answer/],
  ])("a question gets %s", async (_, said, expected) => {
    const hear: ((message: unknown) => void)[] = [];
    const sent: Command[] = [];
    const model = {
      get: () => null,
      on: (_n: string, f: (m: unknown) => void) => hear.push(f),
      off: () => {},
      send: (c: unknown) => sent.push(c as Command),
    };
    const ends = new AbortController();
    const link = new KernelLink(model, ends.signal);
    const asked = link.preview("1", { extract: "$.a", join: "" });
    expect(sent).toEqual([{ type: "preview", id: 1, lane: "1", extract: "$.a", join: "" }]);
    for (const each of hear) each({ id: 1, ...said });
    if (expected instanceof RegExp) await expect(asked).rejects.toThrow(expected);
    else expect((await asked).text).toBe(expected);
    ends.abort();
  });
});

describe("the panel", () => {
  let ending: AbortController;
  let tried: Rule[];
  beforeEach(() => {
    ending = startPage();
    tried = [];
  });
  afterEach(() => endPage(ending));

  /** A finished stream of JSON that nobody knows. */
  async function open(more: Partial<LaneState> = {}): Promise<Page> {
    const recorder = new Recorder();
    recorder.state(0, {
      dialect: "unknown",
      dialect_label: "unknown JSON",
      dialects: [["text", "plain <b>text</b>"]],
      suggestions: ["$.result.text", "$.x"],
      findings: [{ kind: "unknown", severity: "warning", message: "JSON of an unknown format", frames: null, time: null, duration: null }],
      ...more,
    });
    recorder.frame(0.1, Kind.event, Channel.meta, "{}");
    recorder.status(0.2, "done");
    recorder.end(0.2, {});
    const preview = (_: string, rule: Rule): Preview => {
      tried.push(rule);
      if (rule.extract === "bad") return { text: "", matched: 0, events: 0, error: "'bad' is not a JSONPath." };
      return { text: "<img src=x onerror=alert(1)>", matched: 1, events: 1 };
    };
    return openPage(recorder.finish(), ending.signal, undefined, preview);
  }
  function type(page: Page, text: string): void {
    const field = page.get("rule-extract") as HTMLInputElement;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const press = (page: Page, name: string, key: string, more = {}): boolean =>
    page.get(name).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));

  it("opens where nothing could be read, with the likeliest place", async () => {
    const page = await open();
    expect(page.get("rule-panel").hidden).toBe(true);
    page.get("choose").click();
    await page.settle();
    expect(page.get("rule-panel").hidden).toBe(false);
    expect((page.get("rule-extract") as HTMLInputElement).value).toBe("$.result.text");
    expect(document.activeElement).toBe(page.get("rule-extract"));
    expect(tried).toEqual([{ extract: "$.result.text", join: "" }]);
    expect(page.text("rule-preview")).toBe("matched 1 of 1 event<img src=x onerror=alert(1)>");
    expect(page.get("rule-panel").querySelector("img, b b")).toBeNull();
  });

  it("opens at the label in the foot, and says what was detected", async () => {
    const page = await open();
    const label = page.get("dialect");
    label.click();
    expect(label.getAttribute("aria-expanded")).toBe("true");
    const format = page.get("rule-dialect") as HTMLSelectElement;
    expect([...format.options].map((option) => option.text)).toEqual([
      "Detected: unknown JSON",
      "By rule: a JSONPath",
      "plain <b>text</b>",
    ]);
    expect(format.value).toBe("auto");
    label.click();
    expect(page.get("rule-panel").hidden).toBe(true);
    expect(label.getAttribute("aria-expanded")).toBe("false");
  });

  it("asks once the hand rests, and takes no old answer for a new one", async () => {
    const page = await open();
    page.get("dialect").click();
    await page.settle();
    tried.length = 0;
    for (const text of ["$", "$.", "bad"]) {
      type(page, text);
      await vi.advanceTimersByTimeAsync(150);
    }
    expect(tried).toEqual([]);
    await page.settle();
    expect(tried).toEqual([{ extract: "bad", join: "" }]);
    expect(page.text("rule-preview")).toBe("'bad' is not a JSONPath.");
    expect((page.get("rule-apply") as HTMLButtonElement).disabled).toBe(true);
    expect((page.get("rule-dialect") as HTMLSelectElement).value).toBe(BY_PATH);
  });

  it("tries events that come while it is open, now and then, and not over an answer that is awaited", async () => {
    const recorder = new Recorder();
    recorder.state(0, { dialect: "unknown", dialect_label: "unknown JSON", suggestions: ["$.x"] });
    for (let n = 0; n < 40; n++) recorder.frame(0.1 + n, Kind.event, Channel.meta, "{}");
    recorder.end(60, {});
    const fixture = recorder.finish();
    const page = await openPage(fixture, ending.signal, 0.5, (_, rule) => {
      tried.push(rule);
      return { text: `${page.store.focus?.eventCount}`, matched: 1, events: 1 };
    });
    const later = fixture.feeds.filter((item) => item.time > 0.5);
    const come = async (ms: number): Promise<void> => {
      const item = later.shift();
      if (item) page.store.apply(item.feed);
      await vi.advanceTimersByTimeAsync(ms);
    };
    page.get("dialect").click();
    type(page, "$.x");
    await page.settle();
    tried.length = 0;
    await vi.advanceTimersByTimeAsync(5000);
    expect(tried).toEqual([]); // nothing has come
    for (let n = 0; n < 30; n++) await come(100);
    await vi.advanceTimersByTimeAsync(1500);
    expect(tried.length).toBeGreaterThanOrEqual(3);
    expect(tried.length).toBeLessThanOrEqual(5);
    expect(new Set(tried.map((rule) => rule.extract))).toEqual(new Set(["$.x"]));
    expect(page.get("rule-preview").lastElementChild?.textContent).toBe(`${page.store.focus?.eventCount}`);
    expect(page.get("rule-count").getAttribute("aria-live")).toBe("off");
    type(page, "$.y");
    expect(page.get("rule-count").getAttribute("aria-live")).toBeNull();
    press(page, "rule-extract", "Escape");
    tried.length = 0;
    for (let n = 0; n < 5; n++) await come(1000);
    expect(tried).toEqual([]);
  });

  it.each([
    ["Apply", (page: Page) => page.get("rule-apply").click(), { extract: "$.x", join: "" }],
    ["Enter", (page: Page) => void press(page, "rule-extract", "Enter"), { extract: "$.x", join: "" }],
    ["Reset", (page: Page) => page.get("rule-reset").click(), {}],
  ])("%s reads anew and closes", async (_, act, rule) => {
    const page = await open();
    page.get("dialect").click();
    type(page, "$.x");
    act(page);
    await page.settle();
    expect(page.commands).toEqual([{ type: "read", id: 0, lane: "1", ...rule }]);
    expect(page.get("rule-panel").hidden).toBe(true);
    expect(document.activeElement).toBe(page.get("dialect"));
  });

  it("closes by Escape without taking the selection away, and by a press elsewhere", async () => {
    const page = await open();
    page.store.select("1", 0);
    page.get("dialect").click();
    press(page, "rule-extract", "Escape");
    expect(page.get("rule-panel").hidden).toBe(true);
    expect(page.store.selection).not.toBeNull();
    page.get("dialect").click();
    document.body.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    expect(page.get("rule-panel").hidden).toBe(true);
    expect(page.commands).toEqual([]);
  });

  it("keeps Tab inside", async () => {
    const page = await open();
    page.get("dialect").click();
    await page.settle();
    page.get("rule-apply").focus();
    press(page, "rule-apply", "Tab");
    expect(document.activeElement).toBe(page.get("rule-close"));
    press(page, "rule-close", "Tab", { shiftKey: true });
    expect(document.activeElement).toBe(page.get("rule-apply"));
  });

  it("offers a rule only where nothing could be read", async () => {
    const page = await open({ findings: [], dialect: "openai_chat", dialect_label: "OpenAI chat" });
    expect(() => page.get("choose")).toThrow("nothing is called choose");
    expect(page.text("dialect")).toBe("OpenAI chat");
  });
});
