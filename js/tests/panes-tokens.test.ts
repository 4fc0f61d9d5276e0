import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as pane from "../src/panes/tokens";
import { Store } from "../src/store";
import { feed, rows } from "./feeds";

/** CSS pixels of the pane and, as a browser would lay them out, of each group. */
const PANE = 300;
const GROUP = 200;

describe("the fragments of a very long stream", () => {
  let ending: AbortController;
  let host: HTMLElement;
  let scrolled = 0;
  beforeEach(() => {
    vi.stubGlobal(
      "ResizeObserver",
      class {
        constructor(readonly tell: (entries: unknown[]) => void) {}
        observe(): void {
          this.tell([{ contentRect: { width: 400, height: PANE } }]);
        }
        disconnect(): void {}
      },
    );
    scrolled = 0;
    vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(function (this: Element) {
      if (!this.classList.contains("sw-group")) return { top: 0, bottom: PANE } as DOMRect;
      const top = [...host.querySelectorAll(".sw-group")].indexOf(this) * GROUP - scrolled;
      return { top, bottom: top + GROUP } as DOMRect;
    });
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(GROUP);
    vi.useFakeTimers();
    ending = new AbortController();
    host = document.body.appendChild(document.createElement("div"));
  });
  afterEach(() => {
    ending.abort();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    host.remove();
  });
  const scrollTo = (top: number): void => {
    scrolled = top;
    host.querySelector(".sw-scroll")?.dispatchEvent(new Event("scroll"));
  };
  const tokens = (within: Element): string[] =>
    [...within.querySelectorAll(".sw-tok")].map((each) => (each.textContent ?? "").replaceAll("⏎", ""));
  interface Long {
    store: Store;
    drawn: ReturnType<typeof pane.mount>;
    groups: HTMLElement[];
    text: string;
  }
  async function long(count: number): Promise<Long> {
    const store = new Store(() => 0);
    const texts = Array.from({ length: count }, (_, i) => (i % 40 === 39 ? "\n" : ` w${i}`));
    store.apply(
      feed(1, [
        {
          rows: rows(count),
          ops: [
            [0, 1, "open", { kind: "text" }],
            [0, 1, texts],
          ],
        },
      ]),
    );
    const drawn = pane.mount(host, store, {} as never, ending.signal);
    drawn.draw();
    await vi.advanceTimersByTimeAsync(1000);
    const groups = [...host.querySelectorAll<HTMLElement>(".sw-group")];
    return { store, drawn, groups, text: texts.join("") };
  }

  it("have elements only near the view, and a height everywhere", async () => {
    const { drawn, groups, text } = await long(20_000);
    expect(drawn.count()).toBe("20,000 fragments");
    expect(tokens(host).length).toBeLessThan(2000);
    const bare = groups.filter((group) => group.childElementCount === 0);
    expect(bare.length).toBeGreaterThan(100);
    for (const group of bare) expect(Number.parseInt(group.style.height, 10)).toBeGreaterThan(50);
    scrollTo(100 * GROUP);
    const near = groups.filter((group) => group.childElementCount > 0);
    expect([near.length < 12, near.includes(groups[100] as HTMLElement), near.includes(groups[0] as HTMLElement)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(text).toContain(tokens(host).join(""));
  });

  it("keep the height they had when they leave the view, and come back the same", async () => {
    const { groups } = await long(3000);
    const group = groups[1] as HTMLElement;
    const before = tokens(group);
    expect(before.length).toBeGreaterThan(60);
    scrollTo(20 * GROUP);
    expect([group.childElementCount, group.style.height]).toEqual([0, `${GROUP}px`]);
    scrollTo(0);
    expect([tokens(group), group.style.height]).toEqual([before, ""]);
  });

  it("all stay where there are few of them", async () => {
    const { text } = await long(800);
    scrollTo(50 * GROUP);
    expect(tokens(host).join("")).toBe(text);
  });

  it("get elements when one of them is selected", async () => {
    const { store, drawn } = await long(6000);
    for (const frame of [3000, 3001]) {
      expect(host.querySelectorAll(`[data-f="${frame}"]`).length).toBe(frame - 3000);
      store.select("a", frame);
      drawn.draw();
      const selected = [...host.querySelectorAll<HTMLElement>(".sw-sel")];
      expect(selected.map((each) => each.dataset.f)).toEqual([String(frame)]);
    }
  });
});
