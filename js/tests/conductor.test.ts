/** The conversation of all lanes: what stands in it, in which order, and how much of it stands in the document. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Talk } from "../src/lazy/conductor";
import { Conversation, linksOf } from "../src/lazy/conductor-model";
import type { Op } from "../src/protocol";
import { Store } from "../src/store";
import { feed, type PartOfFeed } from "./feeds";

let ending: AbortController;
beforeEach(() => {
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  document.body.replaceChildren();
});

const OPEN = { kind: "text", choice: 0 };

/** A lane that begins at `start` and says each text at its time. */
function says(lane: string, start: number, said: [time: number, text: string][], state: PartOfFeed["state"] = {}): PartOfFeed {
  return {
    lane,
    rows: said.map(([time]) => ({ time })),
    ops: [[0, 1, "open", OPEN], ...said.map(([, text], frame): Op => [frame, 1, [text]])] as Op[],
    state: { name: lane, start, ...state },
  };
}

function storeOf(...parts: PartOfFeed[]): Store {
  const store = new Store(() => 0);
  store.apply(feed(1, parts, { whole: true }));
  return store;
}

function said(store: Store): string[] {
  const conversation = new Conversation();
  conversation.update(store);
  return conversation.blocks.map((block) => `${block.lane?.id ?? "–"}: ${block.text.trim() || (block.link?.kind ?? "")}`);
}

const LONG = "A sentence that is long enough to stand by itself, as most sentences are. ";

describe("what is said", () => {
  test("two who write at once have a block each, in the order in which they began", () => {
    const store = storeOf(
      says("b", 0, [
        [0.2, "Uno "],
        [0.4, "due"],
      ]),
      says("a", 0, [
        [0.1, "One "],
        [0.3, "two"],
      ]),
    ); // prettier-ignore
    expect(said(store)).toEqual(["a: One two", "b: Uno due"]);
  });

  test("lanes that began at other times stand on one clock", () => {
    const store = storeOf(says("a", 5, [[0.1, "later"]]), says("b", 1, [[0.1, "earlier"]]));
    expect(said(store)).toEqual(["b: earlier", "a: later"]);
  });

  test("a sentence, a silence or another kind of part begins another block", () => {
    const store = storeOf({
      lane: "a",
      rows: [0, 0.1, 0.2, 9, 9.1].map((time) => ({ time })),
      ops: [
        [0, 1, "open", OPEN],
        [0, 1, [LONG, "Next "]],
        [2, 1, ["one. "]],
        [3, 1, ["After a silence "]],
        [4, 2, "open", { kind: "reasoning", choice: 0 }],
        [4, 2, ["hm"]],
      ],
      state: { name: "a" },
    }); // prettier-ignore
    expect(said(store)).toEqual([`a: ${LONG.trim()}`, "a: Next one.", "a: After a silence", "a: hm"]);
  });

  test("a stream that is split speaks in its lanes alone", () => {
    const store = storeOf(
      says("all", 0, [[0.1, "One Uno"]], { role: "conductor" }),
      says("a", 0, [[0.1, "One"]], { role: "agent", parent: "all" }),
    );
    expect(said(store)).toEqual(["a: One"]);
  });

  test("what comes later of an earlier time finds its place, and what has been replaced is said anew", () => {
    const store = storeOf(says("a", 0, [[0.5, "late"]]), says("b", 0, [[0.1, "x"]]));
    const conversation = new Conversation();
    conversation.update(store);
    store.apply(
      feed(2, [
        {
          lane: "c",
          rows: [{ time: 0.3 }],
          ops: [
            [0, 1, "open", OPEN],
            [0, 1, ["between"]],
          ],
          state: { name: "c" },
        },
      ]),
    ); // prettier-ignore
    expect(conversation.update(store)).toBe(true);
    expect(conversation.blocks.map((block) => block.text)).toEqual(["x", "between", "late"]);
    store.apply(feed(3, [{ lane: "b", first: 1, rows: [{ time: 0.2 }], ops: [[1, 1, "replace", "y"]] }]));
    conversation.update(store);
    expect(conversation.blocks.map((block) => block.text)).toEqual(["y", "between", "late"]);
    expect(conversation.update(store)).toBe(false);
  });

  test("it does not matter in how many feeds it comes", () => {
    const words = Array.from({ length: 400 }, (_, i) => ({
      lane: "abc"[i % 3] as string,
      text: i % 17 === 0 ? LONG : `w${i} `,
      time: i / 50,
    }));
    const of = (lane: string) => words.filter((word) => word.lane === lane);
    const whole = storeOf(
      ...["a", "b", "c"].map((lane) =>
        says(
          lane,
          0,
          of(lane).map((w) => [w.time, w.text]),
        ),
      ),
    ); // prettier-ignore
    const store = new Store(() => 0);
    const conversation = new Conversation();
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (const [i, { lane, text, time }] of words.entries()) {
      const first = counts[lane] as number;
      counts[lane] = first + 1;
      const ops: Op[] =
        first === 0
          ? [
              [0, 1, "open", OPEN],
              [0, 1, [text]],
            ]
          : [[first, 1, [text]]]; // prettier-ignore
      store.apply(feed(i + 1, [{ lane, first, rows: [{ time }], ops, state: { name: lane } }], i === 0 ? { whole: true } : {}));
      conversation.update(store);
    }
    expect(conversation.blocks.map((block) => `${block.lane?.id}: ${block.text.trim()}`)).toEqual(said(whole));
  });
});

describe("links", () => {
  test("those whom one waits for are one line, at the last of them; handoffs stand alone", () => {
    const links = [
      { from: "a", to: "c", time: 1, kind: "barrier" },
      { from: "b", to: "c", time: 3, kind: "barrier" },
      { from: "a", to: "b", time: 2, kind: "handoff", text: "go" },
      { from: "a", to: "b", time: 4, kind: "handoff" },
    ];
    expect(linksOf(links).map(({ from, to, time, kind }) => [from.join(), to, time, kind])).toEqual([
      ["a,b", "c", 3, "barrier"],
      ["a", "b", 2, "handoff"],
      ["a", "b", 4, "handoff"],
    ]);
  });

  test("what is no link is passed over", () => {
    const odd = [
      null,
      3,
      {},
      { from: "a" },
      { from: "a", to: "b", time: "x", kind: "handoff" },
      { from: "a", to: "b", time: 1, kind: "x" },
    ];
    expect(linksOf(odd)).toEqual([]);
    expect(linksOf("x")).toEqual([]);
  });

  test("they stand among what is said", () => {
    const store = storeOf(says("a", 0, [[0.1, "x"]]), says("b", 0, [[0.9, "y"]]));
    store.board = { id: "s", name: "", layout: "lanes", revision: 1, links: [{ from: "a", to: "b", time: 0.5, kind: "handoff" }] };
    expect(said(store)).toEqual(["a: x", "–: handoff", "b: y"]);
  });
});

describe("the page", () => {
  function show(store: Store, picked: [string, number][] = []): Talk {
    const talk = new Talk(
      store,
      () => "red",
      (lane, frame) => picked.push([lane.id, frame]),
      ending.signal,
    ); // prettier-ignore
    document.body.append(talk.element);
    talk.draw(0);
    return talk;
  }
  const items = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-sw="conductor-said"]')];

  test("hundred thousand pieces stand there as so many as fit, the newest, and the others on demand", () => {
    const many = Array.from({ length: 100_000 }, (_, i): [number, string] => [i / 100, i % 10 === 0 ? LONG : "word "]);
    const store = storeOf(says("a", 0, many), says("b", 0, [[1001, "the end"]]));
    show(store);
    expect(items()).toHaveLength(150);
    expect(items().at(-1)?.textContent).toContain("the end");
    const earlier = document.querySelector<HTMLElement>('[data-sw="conductor-earlier"]');
    const before = earlier?.textContent;
    earlier?.click();
    expect(items()).toHaveLength(150);
    expect(items().at(-1)?.textContent).not.toContain("the end");
    expect(earlier?.textContent).not.toBe(before);
    document.querySelector<HTMLElement>('[data-sw="conductor-end"]')?.click();
    expect(items().at(-1)?.textContent).toContain("the end");
  });

  test("a click shows the event; arrow keys go from one to the next", () => {
    const picked: [string, number][] = [];
    show(
      storeOf(
        says("a", 0, [
          [0.1, LONG],
          [0.2, LONG],
        ]),
        says("b", 0, [[0.15, "y"]]),
      ),
      picked,
    ); // prettier-ignore
    const buttons = items().map((item) => item.querySelector("button") as HTMLButtonElement);
    buttons[2]?.click();
    expect(picked).toEqual([["a", 1]]);
    buttons[2]?.focus();
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
    expect(document.activeElement).toBe(buttons[1]);
  });

  test("text of a model is text", () => {
    show(storeOf(says("<b>a</b>", 0, [[0.1, "<img src=x onerror=alert(1)>"]])));
    expect(items()[0]?.querySelector("img, b")).toBeNull();
    expect(items()[0]?.textContent).toContain("<img src=x onerror=alert(1)>");
  });

  test("what grows is drawn on", () => {
    const store = storeOf(says("a", 0, [[0.1, "One "]]));
    const talk = show(store);
    store.apply(feed(2, [{ lane: "a", first: 1, rows: [{ time: 0.2 }], ops: [[1, 1, ["two"]]] }]));
    talk.draw(0);
    expect(items().map((item) => item.querySelector(".sc-text")?.textContent)).toEqual(["One two"]);
  });
});
