import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Recorder } from "../src/fixtures";
import { Channel, type FrameDetail, Kind, type LaneState } from "../src/protocol";
import { endPage, openPage, startPage } from "./panes-open";

describe("what an event says beside its data", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
  });
  afterEach(() => endPage(ending));

  it("shows how likely its tokens were, as text", async () => {
    const recorder = new Recorder();
    recorder.frame(0.1, Kind.event, Channel.text, "{}");
    recorder.frame(0.2, Kind.event, Channel.text, "{}");
    recorder.end(0.3, {});
    const fixture = recorder.finish();
    const likely: FrameDetail["logprobs"] = [
      [
        "<b>A</b>",
        -0.0712,
        [
          ["<b>A</b>", -0.0712],
          ["B\n", -3],
          ["C", null],
        ],
      ],
      ["D", null, []],
    ];
    const detail = (lane: string, frame: number): FrameDetail | undefined => {
      const known = fixture.detail(lane, frame);
      return known && frame === 0 ? { ...known, logprobs: likely } : known;
    };
    const page = await openPage({ ...fixture, detail }, ending.signal);
    page.store.select("1", 0);
    await page.settle();
    const lines = [...page.get("detail-logprobs").children].map((line) => line.textContent);
    expect(lines).toEqual(['"<b>A</b>" 93.1 % · or "B\\n" 5.0 %, "C" ', '"D" ']);
    expect(page.get("detail-logprobs").querySelector("b")).toBeNull();
    page.store.select("1", 1);
    await page.settle();
    expect(page.get("detail-logprobs").children.length).toBe(0);
  });

  it("says what the event calls itself in its data, as its row does", async () => {
    const recorder = new Recorder();
    recorder.frame(0.1, Kind.event, Channel.meta, "{}");
    recorder.end(0.3, {});
    const fixture = recorder.finish();
    const page = await openPage(fixture, ending.signal);
    const seq = Math.max(...fixture.feeds.map((item) => item.feed.seq));
    const lane = { lane: "1", reading: 1, first: page.store.focus?.head, count: 0, at: 0, ops: [], labels: [[0, "response.created"]] };
    page.store.apply({ v: 1, seq: seq + 1, now: 1, lanes: [lane], cols: new DataView(new ArrayBuffer(0)) } as never);
    document.querySelector<HTMLElement>('[data-tab="events"]')?.click();
    page.store.select("1", 0);
    await page.settle();
    expect(page.text("detail-card")).toContain("type message · calls itself response.created");
    expect(page.get("events-grid").querySelector("[title='response.created']")?.textContent).toBe("no content");
  });

  it.each([
    ["step", { name: "search", state: "failed" }, false, "step search · failed"],
    ["step", { name: "search", state: "in_progress" }, false, "step search · in progress"],
    ["step", { name: "search", state: "in_progress" }, true, "step search"],
    ["step", { name: "search", state: "completed" }, true, "step search"],
    ["tool_result", { name: "weather", state: "denied" }, true, "result weather · denied"],
    ["citation", { title: "A page", url: "https://a" }, true, "source A page · https://a"],
  ])("a %s says how far it is: %j, closed: %s", async (kind, fields, closed, words) => {
    const recorder = new Recorder();
    const state: Partial<LaneState> = { dialect: "ag_ui" };
    recorder.state(0, state);
    recorder.frame(0.1, Kind.event, Channel.step, "{}");
    recorder.end(0.3, {});
    const fixture = recorder.finish();
    const page = await openPage(fixture, ending.signal);
    const seq = Math.max(...fixture.feeds.map((item) => item.feed.seq));
    const ops = [[0, 9, "open", { kind, choice: 0 }], [0, 9, "set", fields], ...(closed ? [[0, 9, "close", null]] : [])];
    const lane = { lane: "1", reading: 1, first: 1, count: 0, at: 0, ops };
    page.store.apply({ v: 1, seq: seq + 1, now: 1, lanes: [lane], cols: new DataView(new ArrayBuffer(0)) } as never);
    await page.settle();
    expect(page.text("part").trim()).toBe(words);
  });
});
