/** A comparison: prompts down, models across, each answer as it comes, and what is to be said of all of them. */

import type { Kit } from "../board";
import { h, listen, replace, setAttribute, setHidden, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import * as format from "../panes/format";
import type { Store } from "../store";
import { Head, nameOf } from "./grid-head";
import { figures, type Grid, gridOf, METRICS, type Metric, sorted } from "./grid-model";
import { type Choice, Row } from "./grid-row";
import { STYLE } from "./grid-style";

/** Milliseconds between two draws while cells go on and bring nothing: what remains counts down. */
const TICK = 500;
/** Milliseconds for which a word of ours stays. */
const SAID = 6000;

const SORTS: [value: string, text: string][] = [
  ["given", "as asked"],
  ...METRICS.map(({ metric, title }): [string, string] => [`columns ${metric}`, `models by ${title}`]),
  ...METRICS.map(({ metric, title }): [string, string] => [`rows ${metric}`, `prompts by ${title}`]),
];

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal, kit: Kit): void {
  const bar = h("div", { class: "sw-gr-bar", role: "progressbar", "aria-label": "Answers", "aria-valuemin": 0 }, h("i"));
  const done = h("b", { class: "sw-gr-done", "data-sw": "session-status" });
  const left = h("span", { class: "sw-gr-left", "data-sw": "left" });
  const money = h("span", { class: "sw-gr-left", "data-sw": "cost" });
  const fair = h("span", { class: "sw-gr-fair" });
  const act = h("button", { type: "button", class: "sw-gr-button", "data-sw": "stop-all" });
  const sort = select("Sort", SORTS);
  const base = select("Compare with", []);
  const filter = h("input", {
    type: "search",
    class: "sw-gr-input",
    placeholder: "Filter",
    "aria-label": "Show only prompts and answers with",
  });
  const blind = h(
    "button",
    {
      type: "button",
      class: "sw-gr-button",
      "data-sw": "blind",
      title: "Hide names and figures, shuffle the answers of each row; the keys 1, 2, … choose the best",
    },
    "Blind vote",
  );
  const all = h("button", { type: "button", class: "sw-gr-button", hidden: true });
  const said = h("p", { class: "sw-gr-said", role: "status", hidden: true, "data-sw": "said" });
  const heads = h("div", { class: "sw-gr-cells sw-gr-columns", role: "row" });
  const rows = h("div", { role: "rowgroup" });
  const none = h("p", { class: "sw-gr-none", hidden: true }, "Nothing has this text.");
  const table = h("div", { class: "sw-gr-table", role: "table", "aria-label": "Answers" }, h("div", { role: "rowgroup" }, heads), rows);
  const root = h(
    "div",
    { class: "sw-card sw-gr", role: "group", "aria-label": "Comparison", "data-sw": "grid" },
    h("div", { class: "sw-gr-top" }, done, left, money, fair, act),
    bar,
    h("div", { class: "sw-gr-menu" }, sort.label, base.label, filter, blind, all),
    said,
    table,
    none,
  );
  host.append(h("style", null, STYLE), root);
  signal.addEventListener("abort", () => host.replaceChildren(), { once: true });
  kit.showCard(false);

  const hidden = { columns: new Set<number>(), rows: new Set<number>() };
  let isBlind = false;
  let grid: Grid | null = null;
  let made: Row[] = [];
  const headed = new Map<number, Head>();
  let most: Choice["most"] = { first: 0, total: 0, speed: 0 };
  let heard: number | null = null; // what the kernel said last; null: what it said before we were here is no news
  let tick: ReturnType<typeof setTimeout> | undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let fresh: Set<string> | null = null; // lanes that have something new; null: everything is to be drawn

  const soon = onFrame(draw, signal);
  const drawAll = (): void => {
    fresh = null;
    soon();
  };
  const send = (command: { [key: string]: string | number | boolean | null | string[] }): void => link.send({ type: "board", ...command });

  store.subscribe((change, lane) => {
    if (change === "board" || change === "selection" || !lane || lane.finished) fresh = null;
    else fresh?.add(lane.id);
    soon();
  }, signal);
  listen(sort.select, "change", drawAll, signal);
  listen(filter, "input", drawAll, signal);
  listen(
    base.select,
    "change",
    () => {
      const column = base.select.value === "" ? null : Number(base.select.value);
      if (grid) grid.baseline = column; // at once; the kernel keeps it
      send({ do: "baseline", column });
      soon();
    },
    signal,
  );
  listen(
    blind,
    "click",
    () => {
      isBlind = !isBlind;
      if (isBlind) kit.showCard(false); // it would tell the name
      drawAll();
    },
    signal,
  );
  listen(act, "click", () => send({ do: grid?.progress.live ? "stop" : "resume" }), signal);
  listen(
    all,
    "click",
    () => {
      hidden.columns.clear();
      hidden.rows.clear();
      drawAll();
    },
    signal,
  );
  listen(
    heads,
    "click",
    (event) => {
      const column = (event.target as Element).closest<HTMLElement>("[data-hide]")?.dataset.hide;
      if (column === undefined) return;
      hidden.columns.add(Number(column));
      drawAll();
      if (!all.hidden) all.focus();
    },
    signal,
  );
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(tick);
      clearTimeout(quiet);
    },
    { once: true },
  );
  draw();

  function say(words: string): void {
    setText(said, words);
    setHidden(said, words === "");
    clearTimeout(quiet);
    if (words) quiet = setTimeout(() => say(""), SAID);
  }

  function row(prompt: number): Row {
    return new Row(prompt, store, kit, signal, {
      vote: (prompt, repetition, cell, note, among) => send({ do: "vote", prompt, repetition, cell, note, among, blind: isBlind }),
      hide: (prompt) => {
        hidden.rows.add(prompt);
        drawAll();
        all.focus();
      },
      say,
      again: drawAll,
    });
  }

  function draw(): void {
    const changed = fresh;
    fresh = new Set();
    if (changed === null) {
      const next = gridOf(store.board);
      if (next && grid?.baseline !== next.baseline && base.select === document.activeElement) next.baseline = grid?.baseline ?? null;
      grid = next;
    }
    if (!grid) return;
    if (made.length !== grid.prompts.length) {
      made = grid.prompts.map((_, prompt) => row(prompt));
      replace(rows, ...made.map((one) => one.element));
    }
    const columns = sorted(grid, store, sort.select.value, "columns").filter((column) => !hidden.columns.has(column));
    if (changed === null) most = mostOf(grid, store);
    const choice: Choice = { columns, blind: isBlind, diff: grid.baseline !== null, most, live: link.live };
    if (changed === null) {
      drawTop(grid);
      drawMenu(grid);
      drawHeads(grid, columns);
      arrange(grid);
    }
    for (const one of made) if (!one.element.hidden && (changed === null || choice.diff || one.shows(changed))) one.draw(grid, choice);
    clearTimeout(tick);
    if (grid.progress.live) tick = setTimeout(drawAll, TICK);
  }

  /** Rows in their order, without those that are hidden or have not the text. */
  function arrange(known: Grid): void {
    const text = filter.value.trim().toLowerCase();
    const places = sorted(known, store, sort.select.value, "rows");
    let shown = 0;
    for (const [i, place] of places.entries()) {
      const one = made[place] as Row;
      setHidden(one.element, hidden.rows.has(place) || (text !== "" && !one.has(text, known)));
      if (!one.element.hidden) shown++;
      if (rows.children[i] !== one.element) rows.insertBefore(one.element, rows.children[i] ?? null);
    }
    setHidden(none, shown > 0 || text === "");
    const count = hidden.columns.size + hidden.rows.size;
    setHidden(all, count === 0);
    setText(all, `Show all (${count} hidden)`);
  }

  function drawTop(known: Grid): void {
    const { done: count, total, eta, at, cost, cost_left, uncounted, live } = known.progress;
    const failed = known.cells.filter((cell) => cell.state === "failed" || cell.state === "cut off").length;
    setText(done, `${count} of ${total} done${failed ? `, ${failed} of them failed` : ""}`);
    (bar.firstElementChild as HTMLElement).style.width = `${(100 * count) / Math.max(1, total)}%`;
    setAttribute(bar, "aria-valuemax", total);
    setAttribute(bar, "aria-valuenow", count);
    const remains = eta === null ? null : Math.max(0, eta - (store.now() - at));
    const stopped = total - count;
    setText(left, live ? (remains === null ? "" : `about ${remaining(remains)} left`) : stopped ? `${stopped} not asked` : "");
    const whole = cost !== null && cost_left !== null && live ? ` of about ${amount(cost + cost_left)}` : "";
    const without = uncounted ? ` (without ${format.counted(uncounted, "answer")})` : "";
    setText(money, cost === null ? "" : `cost ${amount(cost)}${whole}${without}`);
    setAttribute(
      money,
      "title",
      uncounted ? "Of these the price, or the number of tokens, is not known" : "By the prices that were given, per million tokens",
    );
    const together =
      known.barrier && known.concurrency > 1 ? `${known.concurrency} at a time from one instant` : `${known.concurrency} at a time`;
    const order = known.order === "random" ? `random order (seed ${known.seed})` : "in the order given";
    setText(fair, [known.params, order, together].filter(Boolean).join(" · "));
    setText(act, live ? "Stop" : "Ask the rest");
    setHidden(act, !link.live || (!live && !known.cells.some((cell) => !["done", "planned"].includes(cell.state))));
    if (known.said && heard !== null && known.said.number !== heard) say(known.said.text);
    heard = known.said?.number ?? -1;
  }

  function drawMenu(known: Grid): void {
    const options: [string, string][] = [["", "nothing"], ...known.columns.map((_, i): [string, string] => [String(i), nameOf(known, i)])];
    base.set(options, known.baseline === null ? "" : String(known.baseline));
    setHidden(base.label, isBlind || known.columns.length < 2);
    setHidden(sort.label, isBlind);
    setAttribute(blind, "aria-pressed", String(isBlind));
    root.classList.toggle("sw-gr-blind", isBlind);
    setHidden(blind, known.columns.length < 2 || !link.live);
  }

  function drawHeads(known: Grid, columns: number[]): void {
    setHidden(heads, isBlind);
    if (isBlind) return;
    setAttribute(heads, "style", `--sw-gr-columns:${columns.length}`);
    for (const [i, column] of columns.entries()) {
      const made = headed.get(column) ?? new Head(column);
      headed.set(column, made);
      made.draw(known, store, columns.length > 1);
      if (heads.children[i] !== made.element) heads.insertBefore(made.element, heads.children[i] ?? null);
    }
    while (heads.children.length > columns.length) heads.lastElementChild?.remove();
  }
}

function mostOf(grid: Grid, store: Store): Choice["most"] {
  const of = (metric: Metric): number => Math.max(0, ...figures(store, grid.cells, metric));
  return { first: of("first"), total: of("total"), speed: of("speed") };
}

/** Seconds that are left, as a person says them. */
function remaining(seconds: number): string {
  return seconds < 99.5 ? `${Math.ceil(seconds)} s` : format.seconds(seconds);
}

/** A sum of money, in whatever currency the prices were: of small sums two digits that say something. */
function amount(value: number): string {
  if (value === 0) return "0";
  return value.toFixed(value >= 1 ? 2 : Math.min(9, 1 - Math.floor(Math.log10(value))));
}

/** A list to choose from, with its label. */
function select(title: string, options: [value: string, text: string][]) {
  const element = h("select", { class: "sw-gr-input" });
  const label = h("label", { class: "sw-gr-label" }, title, element);
  let known = "";
  const set = (next: [string, string][], value: string): void => {
    const key = JSON.stringify(next);
    if (key !== known) {
      known = key;
      element.replaceChildren(...next.map(([value, text]) => h("option", { value }, text)));
    }
    if (element.value !== value) element.value = value;
  };
  set(options, options[0]?.[0] ?? "");
  return { select: element, label, set };
}
