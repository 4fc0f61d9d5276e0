// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Kit } from "../src/board";
import { mount } from "../src/lazy/grid";
import { shuffled } from "../src/lazy/grid-model";
import type { Link } from "../src/link";
import type { Board, LaneState } from "../src/protocol";
import { Store } from "../src/store";
import { feed, type PartOfFeed } from "./feeds";

/** A lane that has answered. */
function answer(lane: string, text: string, first: number, status: LaneState["status"] = "done"): PartOfFeed {
  const metrics = { first_token: first, last_token: first + 1, end: first * 10, tokens_per_s: 100 / first };
  return {
    lane,
    rows: [{ time: first }],
    ops: [
      [0, 1, "open", { kind: "text" }],
      [0, 1, [text]],
    ],
    state: { status, metrics, end: status === "done" ? 1 : null },
  };
}

const MODELS = ["slow", "quick"];

/** Two prompts, two models, asked twice; `states` in the order of cells, and lanes named after their places. */
function board(revision: number, states: string[], more: { [name: string]: unknown } = {}): Board {
  const cells = states.map((state, i) => [state === "planned" ? "" : `${i}`, state, 0, true]);
  const done = states.filter((state) => state === "done").length;
  return {
    id: "s",
    name: "",
    layout: "grid",
    revision,
    plan: {
      prompts: [
        { name: "one", text: "First <b>prompt</b>" },
        { name: "two", text: "Second" },
      ],
      models: MODELS,
      params: ["rate=1"],
      n: 2,
      order: "random",
      seed: 3,
      concurrency: 4,
      barrier: true,
    },
    cells,
    progress: { done, total: 8, eta: 12, at: 0, cost: 0.0123, cost_left: 0.01, uncounted: 0, live: done < 8 },
    votes: [],
    baseline: null,
    said: null,
    ...more,
  } as unknown as Board;
}

const DONE = new Array<string>(8).fill("done");

describe("grid", () => {
  let ending: AbortController;
  let host: HTMLElement;
  let store: Store;
  let sent: { [name: string]: unknown }[];
  let card: boolean[];
  let opened: string[];
  let seq: number;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("IntersectionObserver", undefined);
    ending = new AbortController();
    host = document.createElement("div");
    document.body.replaceChildren(host);
    store = new Store(() => 0);
    [sent, card, opened, seq] = [[], [], [], 0];
  });
  afterEach(() => {
    ending.abort();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const tell = (parts: PartOfFeed[], told?: Board): void => {
    seq++;
    store.apply(feed(seq, parts, { ...(told ? { board: told } : {}), ...(seq === 1 ? { whole: true } : {}) }));
    vi.advanceTimersByTime(1000);
  };
  const open = (states = DONE, more = {}, live = true): void => {
    const parts = states.flatMap((state, i) =>
      state === "planned"
        ? []
        : [
            answer(
              `${i}`,
              `answer ${i} of ${MODELS[(i >> 1) % 2]}`,
              (i >> 1) % 2 ? 0.1 + i / 100 : 0.5 + i / 100,
              state === "done" ? "done" : "writing",
            ),
          ],
    );
    const kit: Kit = {
      mountOutput: (el, lane) => ({
        draw() {
          el.textContent = lane.parts.map((part) => part.text()).join("");
        },
      }),
      showCard: (shown) => card.push(shown),
      openLane: (lane) => opened.push(lane.id),
    };
    const link = { live, send: (command: { [name: string]: unknown }) => sent.push(command) } as unknown as Link;
    tell(parts, board(1, states, more));
    mount(host, store, link, ending.signal, kit);
    vi.advanceTimersByTime(1000);
  };
  const all = (hook: string): HTMLElement[] => [...host.querySelectorAll<HTMLElement>(`[data-sw="${hook}"]`)];
  const one = (hook: string): HTMLElement => all(hook)[0] as HTMLElement;
  const shownRows = (): HTMLElement[] => all("row").filter((row) => !row.hidden);
  const click = (element: Element): void => {
    (element as HTMLElement).click();
    vi.advanceTimersByTime(1000);
  };
  const choose = (element: HTMLSelectElement, value: string): void => {
    element.value = value;
    element.dispatchEvent(new Event("change"));
    vi.advanceTimersByTime(1000);
  };
  const [SORT, BASE] = [0, 1];
  const select = (i: number): HTMLSelectElement => host.querySelectorAll("select")[i] as HTMLSelectElement;

  it("shows every prompt with the answers of every model, and the card only when one is opened", () => {
    open();
    expect(card).toEqual([false]);
    expect(all("row")).toHaveLength(2);
    expect(all("column").map((column) => column.querySelector("b")?.textContent)).toEqual(MODELS);
    expect(all("cell").map((cell) => cell.querySelector(".sw-gr-out")?.textContent)).toEqual([
      "answer 0 of slow",
      "answer 2 of quick",
      "answer 4 of slow",
      "answer 6 of quick",
    ]);
    expect(one("session-status").textContent).toBe("8 of 8 done");
    expect(one("cost").textContent).toBe("cost 0.012");
    expect(host.querySelector("b b")).toBeNull(); // what a prompt says is a text
    click(all("open")[1] as HTMLElement);
    expect(opened).toEqual(["2"]);
  });

  it("says how far it is, and what waits", () => {
    open(["done", "done", "running", "planned", "planned", "planned", "failed", "planned"]);
    expect(one("session-status").textContent).toBe("2 of 8 done, 1 of them failed");
    expect(one("left").textContent).toBe("about 12 s left");
    expect(one("cost").textContent).toBe("cost 0.012 of about 0.022");
    expect(all("cell").map((cell) => cell.dataset.status)).toEqual(["done", "writing", "planned", "failed"]);
    click(one("stop-all"));
    expect(sent.pop()).toEqual({ type: "board", do: "stop" });
  });

  it("fills while answers come", () => {
    open(["running", ...new Array<string>(7).fill("planned")]);
    expect(all("cell")[0]?.querySelector(".sw-gr-out")?.textContent).toBe("answer 0 of slow");
    tell([{ lane: "0", first: 1, rows: [{ time: 2 }], ops: [[1, 1, [" and more"]]] }]);
    expect(all("cell")[0]?.querySelector(".sw-gr-out")?.textContent).toBe("answer 0 of slow and more");
    tell([answer("2", "the other", 0.3)], board(2, ["running", "planned", "done", ...new Array<string>(5).fill("planned")]));
    expect(all("cell")[1]?.querySelector(".sw-gr-out")?.textContent).toBe("the other");
  });

  it("switches between repetitions, and shows how they spread", () => {
    open();
    const second = all("row")[0]?.querySelector('[data-repetition="1"]') as Element;
    click(second);
    expect(second.getAttribute("aria-pressed")).toBe("true");
    expect(all("cell")[0]?.querySelector(".sw-gr-out")?.textContent).toBe("answer 1 of slow");
    expect(all("cell")[0]?.querySelector(".sw-gr-spread .sw-hidden")?.textContent).toBe("median 0.51 s, 0.50 s to 0.51 s");
  });

  it("sorts models and prompts by a figure", () => {
    open();
    choose(select(SORT), "columns first");
    expect(all("column").map((column) => column.querySelector("b")?.textContent)).toEqual(["quick", "slow"]);
    expect(all("cell")[0]?.querySelector(".sw-gr-out")?.textContent).toBe("answer 2 of quick");
    choose(select(SORT), "rows speed");
    expect(all("row").map((row) => row.querySelector("b")?.textContent)).toEqual(["one", "two"]);
    choose(select(SORT), "columns speed");
    expect(all("column").map((column) => column.querySelector("b")?.textContent)).toEqual(["quick", "slow"]);
  });

  it("knows no speed of what came in one lump", () => {
    open();
    const speed = () => all("cell")[0]?.querySelector('[data-metric="speed"] dd')?.textContent;
    expect(speed()).toBe("200");
    tell([{ lane: "0", first: 1, state: { metrics: { first_token: 0.5, last_token: 0.55, end: 5, tokens_per_s: 208_000 } } }]);
    expect(speed()).toBe("–");
  });

  it("filters by what prompts and answers say, and hides what is not wanted", () => {
    open();
    const filter = host.querySelector("input[type=search]") as HTMLInputElement;
    filter.value = "ANSWER 6";
    filter.dispatchEvent(new Event("input"));
    vi.advanceTimersByTime(1000);
    expect(shownRows().map((row) => row.querySelector("b")?.textContent)).toEqual(["two"]);
    filter.value = "nowhere";
    filter.dispatchEvent(new Event("input"));
    vi.advanceTimersByTime(1000);
    expect(shownRows()).toHaveLength(0);
    expect(host.textContent).toContain("Nothing has this text.");
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
    vi.advanceTimersByTime(1000);
    click(host.querySelector('[data-hide="0"]') as Element);
    expect(all("column")).toHaveLength(1);
    expect(all("cell")).toHaveLength(2);
    const show = [...host.querySelectorAll("button")].find((button) => button.textContent === "Show all (1 hidden)") as Element;
    click(show);
    expect(all("column")).toHaveLength(2);
  });

  it("marks the words that differ from the baseline", () => {
    open();
    choose(select(BASE), "0");
    expect(sent.pop()).toEqual({ type: "board", do: "baseline", column: 0 });
    tell([], board(2, DONE, { baseline: 0 }));
    const diff = all("diff").filter((one) => !one.hidden);
    expect(diff).toHaveLength(2);
    expect([...(diff[0]?.querySelectorAll("ins") ?? [])].map((one) => one.textContent)).toEqual(["2 ", "quick"]);
    expect([...(diff[0]?.querySelectorAll("del") ?? [])].map((one) => one.textContent)).toEqual(["0 ", "slow"]);
    expect(host.textContent).toContain("+2 −2 words");
    expect(all("cell")[0]?.textContent).toContain("baseline");
  });

  it("hides names and figures from who judges blindly, and shuffles the answers", () => {
    open();
    click(one("blind"));
    const text = [...host.querySelectorAll<HTMLElement>("[data-sw=grid] *")]
      .filter((element) => element.childElementCount === 0 && !element.closest("[hidden]") && !element.closest(".sw-gr-out, option"))
      .map((element) => `${element.textContent} ${element.title}`)
      .join(" ");
    for (const hint of [...MODELS, "0.50", "0.12"]) expect(text).not.toContain(hint);
    const labels = all("cell").map((cell) => cell.getAttribute("aria-label"));
    expect(labels).toEqual(["Answer 1: Done", "Answer 2: Done", "Answer 1: Done", "Answer 2: Done"]);
    const order = shuffled([0, 1], 3, 0, 0);
    expect(all("cell")[0]?.querySelector(".sw-gr-out")?.textContent).toBe(`answer ${order[0] ? 2 : 0} of ${MODELS[order[0] as number]}`);
    all("row")[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "2", bubbles: true }));
    expect(sent.pop()).toMatchObject({ do: "vote", prompt: 0, repetition: 0, cell: `0.${order[1]}.0.0`, blind: true, note: "" });
  });

  it("orders blind rows by chance, each by its own", () => {
    const orders = Array.from({ length: 60 }, (_, prompt) => shuffled([0, 1, 2], 5, prompt, 0).join(""));
    expect(new Set(orders).size).toBe(6);
    expect(shuffled([0, 1, 2], 5, 7, 1)).toEqual(shuffled([0, 1, 2], 5, 7, 1));
  });

  it("does not take a vote while an answer of the row is being written", () => {
    open(["done", "done", "running", "done", "done", "done", "done", "done"]);
    click(all("vote")[0] as HTMLElement);
    expect(sent).toEqual([]);
    expect(one("said").textContent).toBe("A vote waits until every answer of its row has ended.");
    click(all("vote")[2] as HTMLElement);
    expect(sent.pop()).toMatchObject({ do: "vote", cell: "1.0.0.0", among: ["1.0.0.0", "1.1.0.0"], blind: false });
  });

  it("shows votes and notes, and what the kernel says to them", () => {
    open(DONE, { votes: [{ prompt: 0, repetition: 0, cell: "0.1.0.0", note: "crisp", blind: true }] });
    expect(all("cell").map((cell) => cell.hasAttribute("data-best"))).toEqual([false, true, false, false]);
    expect((all("vote-note")[0] as HTMLInputElement).value).toBe("crisp");
    expect(all("column")[1]?.textContent).toContain("★ 1");
    click(all("vote")[1] as HTMLElement); // once more takes it back
    expect(sent.pop()).toMatchObject({ do: "vote", cell: "", note: "crisp" });
    const note = all("vote-note")[1] as HTMLInputElement;
    note.value = "both dull";
    note.dispatchEvent(new Event("change"));
    expect(sent.pop()).toMatchObject({ do: "vote", prompt: 1, cell: "", note: "both dull" });
    tell([], board(2, DONE, { said: { text: "Not now.", number: 7 } }));
    expect(one("said").textContent).toBe("Not now.");
  });

  it("takes no votes where nobody keeps them", () => {
    open(DONE, { votes: [{ prompt: 0, repetition: 0, cell: "0.1.0.0", note: "crisp", blind: true }] }, false);
    expect(all("vote").map((vote) => vote.hidden)).toEqual([true, false, true, true]);
    expect(all("vote-note").map((note) => note.hidden)).toEqual([false, true]);
    expect((all("vote-note")[0] as HTMLInputElement).readOnly).toBe(true);
    expect([one("blind").hidden, one("stop-all").hidden]).toEqual([true, true]);
  });

  it("says of a cell what a server asked to wait for, and what failed", () => {
    const states = ["running", "done", "failed", "done", "done", "done", "done", "done"];
    open(states);
    tell([
      { lane: "0", first: 1, state: { status: "reconnecting", pending: { at: 6, attempt: 2, of: 8, why: "The server answered 429" } } },
      { lane: "2", first: 1, state: { status: "failed", error: { type: "StatusError", message: "No such model.", hint: "" } } },
    ]);
    expect(all("cell")[0]?.textContent).toContain("Waits 6.00 s, then asks again (2 of 8): The server answered 429");
    expect(all("cell")[1]?.textContent).toContain("No such model.");
  });

  it("shows nothing of a board that is no comparison", () => {
    open();
    tell([], { id: "s", name: "", layout: "grid", revision: 9, plan: null } as unknown as Board);
    expect(host.querySelector("[data-sw=grid]")).not.toBeNull();
  });
});
