import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pizza } from "../src/fixtures-runs";
import { Play } from "../src/play";
import { Store } from "../src/store";
import { feed, rows } from "./feeds";
import { endPage, openPage, startPage } from "./panes-open";

/** Ten events, a second apart from second 1 on; the lane goes on or has ended. */
function stored(finished = true): Store {
  const store = new Store(() => 0);
  const texts = Array.from({ length: 9 }, (_, i) => `${i + 1} `);
  const ops: Parameters<typeof feed>[1][0]["ops"] = [
    [0, 1, "open", { kind: "text" }],
    [1, 1, texts],
  ];
  store.apply(feed(1, [{ rows: rows(10, 0, 1), ops, state: finished ? { status: "done", end: 10 } : { status: "writing" } }]));
  return store;
}

const lane = (store: Store) => store.focus as NonNullable<Store["focus"]>;
const shown = (store: Store): string => lane(store).part(1)?.text(lane(store).instant) ?? "";

describe("playing again", () => {
  it("walks along the recorded times, and ends where it began", () => {
    const [store, play] = [stored(), new Play()];
    const times = [0, 1, 2].map((frame) => lane(store).columns.time(frame));
    play.start(store, lane(store), 100);
    expect([lane(store).at, shown(store)]).toEqual([0, ""]);
    let now = 100;
    const seen: number[] = [];
    for (now += 0.05; play.step(store, now); now += 0.05) seen.push(lane(store).shown);
    expect([...new Set(seen)].slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(now - 100).toBeCloseTo(lane(store).columns.time(9), 0);
    expect([lane(store).at, play.playing(lane(store))]).toEqual([null, false]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("goes as fast as it is told, and from where it stands", () => {
    const [store, play] = [stored(), new Play()];
    play.speed = 10;
    play.seek(store, lane(store), lane(store).columns.time(4));
    expect(lane(store).at).toBe(4);
    play.start(store, lane(store), 0);
    play.step(store, 0.21);
    expect(lane(store).at).toBe(6);
  });

  it("does not jump after a long sleep", () => {
    const [store, play] = [stored(), new Play()];
    play.start(store, lane(store), 0);
    play.step(store, 3600);
    expect(lane(store).at).toBe(0);
  });

  it("begins again at the end, if it is to", () => {
    const [store, play] = [stored(), new Play()];
    play.loop = true;
    play.speed = 100;
    play.start(store, lane(store), 0);
    expect(play.step(store, 0.25)).toBe(true);
    expect(lane(store).at).toBe(0);
  });

  it("steps by events, on and back, also over what is no event", () => {
    const [store, play] = [stored(), new Play()];
    play.stepEvent(store, lane(store), -1);
    expect(shown(store)).toBe("1 2 3 4 5 6 7 8 ");
    play.stepEvent(store, lane(store), -1);
    expect(lane(store).at).toBe(7);
    play.stepEvent(store, lane(store), 1);
    play.stepEvent(store, lane(store), 1);
    expect(lane(store).at).toBe(9);
    play.stepEvent(store, lane(store), 1);
    expect(lane(store).at).toBeNull();
    for (let i = 0; i < 20; i++) play.stepEvent(store, lane(store), -1);
    expect(lane(store).at).toBe(0);
  });

  it("catches up with a stream that goes on", () => {
    const [store, play] = [stored(false), new Play()];
    play.speed = 100;
    play.start(store, lane(store), 0);
    expect(play.step(store, 0.2)).toBe(false);
    expect(lane(store).at).toBeNull();
  });
});

describe("the scrubber", () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = startPage();
  });
  afterEach(() => endPage(ending));

  it("moves every pane to the instant, and back to the end", async () => {
    const page = await openPage(pizza(), ending.signal);
    const slider = page.get("scrub") as HTMLInputElement;
    const whole = page.text("answer");
    expect(slider.value).toBe(slider.max);
    slider.value = "1000";
    slider.dispatchEvent(new Event("input"));
    await page.settle();
    const part = page.text("answer");
    expect(part.length).toBeLessThan(whole.length);
    expect(page.text("scrub-time")).toMatch(/ \/ /);
    slider.value = slider.max;
    slider.dispatchEvent(new Event("input"));
    await page.settle();
    expect(page.text("answer")).toBe(whole);
    expect(lane(page.store).at).toBeNull();
  });

  it("plays and stands still by the same button", async () => {
    const page = await openPage(pizza(), ending.signal);
    page.get("play").click();
    expect(lane(page.store).at).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    const at = lane(page.store).at;
    expect(at).toBeGreaterThan(0);
    expect(page.get("play").getAttribute("aria-label")).toContain("Stand still");
    page.get("play").click();
    await vi.advanceTimersByTimeAsync(2000);
    expect(lane(page.store).at).toBe(at);
  });

  it("steps by keys, and loops by its button", async () => {
    const page = await openPage(pizza(), ending.signal);
    const head = lane(page.store).head;
    for (const key of [",", ",", "."]) page.get("scrub").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    expect(lane(page.store).at).toBeLessThan(head - 1);
    page.get("loop").click();
    expect(page.get("loop").getAttribute("aria-pressed")).toBe("true");
  });

  it("tells a replay that still comes from the kernel how fast it is to go", async () => {
    const page = await openPage(pizza(), ending.signal, 3);
    lane(page.store).merge({ replay: { from: 0, since: 0, moving: 1 } });
    const speed = page.get("speed") as HTMLSelectElement;
    speed.value = "5";
    speed.dispatchEvent(new Event("change"));
    expect(page.commands).toContainEqual({ type: "speed", lane: lane(page.store).id, speed: 5 });
  });
});
