import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { provideAsset } from "../src/assets";
import type { Fixture } from "../src/fixtures";
import { choices, cut, failed, pizza, tools } from "../src/fixtures-runs";
import * as charts from "../src/lazy/charts";
import * as rule from "../src/lazy/rule";
import { endPage, openPage, type Page, startPage } from "./panes-open";

let ending: AbortController;
beforeEach(() => {
  ending = startPage();
});
afterEach(() => endPage(ending));

const page = (fixture: Fixture, at?: number): Promise<Page> => openPage(fixture, ending.signal, at);

describe("the page", () => {
  it.each([
    ["connecting", 0.05, "Connecting", "Connecting to 127.0.0.1:41873"],
    ["waiting", 0.2, "Waiting", "Waiting for the first token"],
    ["thinking", 1, "Thinking", "Parsing the query"],
    ["writing", 2.6, "Writing", "How to make pizza"],
    ["done", 99, "Done", "Serve at once, with basil."],
  ])("says that it is %s, and shows what there is", async (_, at, word, words) => {
    const shown = await page(pizza(), at);
    expect(shown.text("status")).toBe(word);
    expect(shown.text("output")).toContain(words);
    expect(shown.get("output").getAttribute("aria-busy")).toBe(String(word !== "Done"));
  });

  it("shows every fragment once, exactly as it came", async () => {
    const shown = await page(pizza());
    const lane = shown.store.focus;
    const fragments = [...shown.get("tokens-list").querySelectorAll(".sw-tok")].map((each) => (each.textContent ?? "").replaceAll("⏎", ""));
    expect(fragments.join("")).toBe(lane?.parts.map((part) => part.text()).join(""));
    expect(shown.text("count")).toBe(`${fragments.length} fragments`);
  });

  it("opens the rule panel once it has come, and says why it does not come", async () => {
    provideAsset("rule", undefined);
    const shown = await page(pizza());
    shown.get("dialect").click();
    await shown.settle();
    expect(shown.text("problem")).toContain("There is no kernel that has it.");
    provideAsset("rule", rule);
    shown.get("dialect").click();
    expect(shown.get("rule-panel").hidden).toBe(false);
  });

  it("gives no speed for what came in one lump, in the header and in the charts", async () => {
    provideAsset("charts", charts);
    const shown = await page(pizza());
    expect(shown.text("metric-tokens_per_s")).toMatch(/\d \/s$/);
    shown.store.focus?.merge({ metrics: { first_token: 1, last_token: 1.004, tokens_per_s: 259_000 } });
    document.querySelector<HTMLElement>('[data-tab="charts"]')?.click();
    await shown.settle();
    provideAsset("charts", undefined);
    expect(shown.text("metric-tokens_per_s")).toBe("at once");
    const titles = [...shown.get("charts").querySelectorAll("figure:not([hidden]) figcaption")].map((each) => each.textContent);
    expect(titles).toContain("Size of events");
    expect(titles).not.toContain("Speed over time");
  });

  it("offers Stop before the first token and says at once that it was heard", async () => {
    const shown = await page(pizza(), 0.05);
    shown.get("stop").click();
    shown.get("stop").click();
    expect(shown.commands).toEqual([{ type: "stop", lane: "1" }]);
    expect(shown.text("stop")).toBe("Stopping…");
  });

  it.each([
    ["closes it after", false, false],
    ["leaves it open for who has touched it", true, true],
  ])("opens the thought while it is thought, and %s", async (_, touched, open) => {
    const fixture = pizza();
    const shown = await page(fixture, 1);
    const fold = shown.get("thinking") as HTMLDetailsElement;
    expect(fold.open).toBe(true);
    expect(fold.textContent).toMatch(/^Thinking for \d\.\d s… · \d+ fragments/);
    if (touched) fold.querySelector(".sw-fold-body")?.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    for (const item of fixture.feeds) if (item.time > 1) shown.store.apply(item.feed);
    await shown.settle();
    expect(fold.open).toBe(open);
    expect(fold.textContent).toMatch(/^Thought for 1\.8\d s · \d+ fragments · Parsing the query/);
  });

  it("selects everywhere", async () => {
    const shown = await page(pizza());
    const token = [...shown.get("tokens-list").querySelectorAll<HTMLElement>(".sw-tok")].find((each) => each.textContent === " dough");
    token?.click();
    await shown.settle();
    expect(shown.store.selection?.frame).toBe(Number(token?.dataset.f));
    expect(token?.classList.contains("sw-sel")).toBe(true);
    expect(shown.get("detail-card").hidden).toBe(false);
    expect(shown.text("detail-title")).toBe(`event ${shown.store.focus?.eventNumber(Number(token?.dataset.f))}`);
    expect(shown.get("detail-data").querySelector(".sw-json-hit")?.textContent).toBe('" dough"');
    expect(shown.get("timeline-canvas").getAttribute("aria-valuetext")).toContain("dough");
    shown.get("detail-close").click();
    await shown.settle();
    expect(shown.store.selection).toBeNull();
    expect(shown.get("detail-card").hidden).toBe(true);
  });

  it("puts the error where the text ends, with what to check and the server's own words", async () => {
    const shown = await page(failed());
    const card = shown.text("error");
    for (const words of ["401 Unauthorized", "is it set in this kernel", "OPENAI_API_KEY", "The server answered 401", "invalid_api_key"])
      expect(card).toContain(words);
    expect(shown.get("stop").classList.contains("sw-gone")).toBe(true);
  });

  it("keeps what came before a cut", async () => {
    const shown = await page(cut());
    expect(shown.text("status")).toBe("Cut off");
    expect(shown.text("output")).toContain("How to make pizza");
    expect(shown.text("error")).toContain("The connection broke");
    expect(shown.text("finding")).toContain("cut off in the middle of an event");
  });

  it("shows tool calls with their arguments laid out as they stream", async () => {
    const shown = await page(tools(), 1.2);
    expect(shown.text("tool-call")).toMatch(/^Call(ing|ed) get_weather/);
    expect(shown.get("tool-call").querySelector("pre")?.textContent).toMatch(/^\{\n {2}"city": "Napoli"/);
  });

  it("shows one choice at a time, and why each ended", async () => {
    const shown = await page(choices());
    expect(shown.text("output")).toContain("Give the dough");
    expect(shown.text("output")).not.toContain("token limit");
    shown.get("choices").querySelector<HTMLElement>('[data-tab="1"]')?.click();
    await shown.settle();
    expect(shown.text("output")).toContain("Buy a good one");
    expect(shown.text("output")).toContain("token limit");
  });

  it("leaves nothing behind", async () => {
    await page(pizza(), 1);
    ending.abort();
    await vi.advanceTimersByTimeAsync(1000);
    expect(document.querySelector(".sse-widget")).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps its keys from the notebook's shortcuts", async () => {
    const shown = await page(pizza(), 1);
    const heard = vi.fn();
    document.addEventListener("keydown", heard, { signal: ending.signal });
    shown.get("timeline-canvas").dispatchEvent(new KeyboardEvent("keydown", { key: "b", bubbles: true }));
    expect(heard).not.toHaveBeenCalled();
    const canvas = shown.get("timeline-canvas");
    canvas.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    expect(canvas.hasAttribute("data-lm-suppress-shortcuts")).toBe(true); // for Notebook 7, which hears keys first
  });
});
