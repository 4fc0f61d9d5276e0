import { describe, expect, it, vi } from "vitest";
import { PaneShare } from "../src/panes/share";

/** Takes in so much a frame, which costs so many milliseconds, until there is no more; gives what each frame took. */
async function frames(text: number, cost: (taken: number) => number): Promise<number[]> {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const share = new PaneShare();
  const taken: number[] = [];
  for (let rest = text; rest > 0; ) {
    share.begin(() => {});
    const left = share.left;
    const part = Math.min(left, rest);
    share.left -= part;
    now += cost(part);
    share.begin(() => {}); // drawn twice in one frame it gets no second share
    expect(share.left).toBe(left - part);
    rest -= part;
    taken.push(part);
    await Promise.resolve();
  }
  return taken;
}

describe("what a frame takes in", () => {
  it("is little at first, and then what there is room for", async () => {
    expect(await frames(200_000, () => 1)).toEqual([1024, 4096, 16_384, 65_536, 65_536, 47_424]);
  });
  it("becomes less where it takes long, and stays enough to get on", async () => {
    expect(await frames(60_000, (taken) => taken / 256)).toEqual([1024, 4096, 8192, 8192, 8192, 8192, 8192, 8192, 5728]);
    expect((await frames(60_000, () => 500)).every((taken) => taken <= 4096)).toBe(true);
  });
});
