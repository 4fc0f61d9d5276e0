/** What stands above the list of events: what to look for, which sorts to show, and copying what is listed. */

import { freshId, h, listen, replace, setAttribute, setHidden, setText } from "../dom";
import type { Link } from "../link";
import type { Store } from "../store";
import { download, fetchLines, toClipboard } from "./copy";
import { EVERYTHING, type Listing, nameOf, SORTS } from "./events-list";
import * as format from "./format";
import { popup } from "./popover";
import { spanOf } from "./span";

/** Milliseconds after the last letter until a search begins, and for which a word about a copy stays. */
const TYPING = 250;
const SAID = 2500;
/** Types that can be chosen; a stream that gives each event a name of its own is searched by typing. */
const MOST_TYPES = 60;

export interface Choice {
  typed: string;
  mask: number;
  spanOnly: boolean;
  wallClock: boolean;
}

/** @param changed called when something else was chosen */
export function eventsBar(
  host: HTMLElement,
  store: Store,
  link: Link,
  listing: Listing,
  changed: () => void,
  signal: AbortSignal,
): { readonly choice: Choice; draw(problem: string): void; copyOne(frame: number): void } {
  const id = freshId("list");
  const choice: Choice = { typed: "", mask: EVERYTHING, spanOnly: false, wallClock: false };
  const input = h("input", {
    type: "search",
    class: "sw-find",
    "aria-label": "Find events by text, by a JSONPath that begins with $, or by type:name",
    placeholder: "Find text, $.path or type:name",
    spellcheck: "false",
    autocomplete: "off",
    "data-sw": "find",
  });
  const button = (name: string, text: string, title: string, state: string): HTMLButtonElement =>
    h("button", { type: "button", class: "sw-small", title, [state]: "false", "data-sw": name }, text);
  const spanOnly = button("span-only", "Span", "List only what lies in the chosen span", "aria-pressed");
  const show = button("show", "Show", "Choose what is listed", "aria-expanded");
  const copy = button("copy-listed", "Copy", "Copy what is listed as JSON lines (C: the selected event alone)", "aria-busy");
  const note = h("p", { class: "sw-find-note", role: "status", hidden: true, "data-sw": "find-note" });
  host.append(h("div", { class: "sw-list-bar", role: "group", "aria-label": "List of events" }, input, spanOnly, show, copy), note);

  const check = (name: string, sort: number | null): { row: HTMLElement; box: HTMLInputElement; count: HTMLElement } => {
    const box = h("input", { type: "checkbox", id: `${id}-${sort ?? name}`, "data-sw": sort === null ? name : `show-${sort}` });
    const count = h("span", { class: "sw-menu-count" });
    return { row: h("label", { for: box.id }, box, h("span", null, sort === null ? name : nameOf(sort)), count), box, count };
  };
  const sorts = Array.from({ length: SORTS }, (_, sort) => check("", sort));
  const clock = check("wall-clock", null);
  (clock.row.children[1] as HTMLElement).textContent = "times of day";
  const line = h("hr");
  const types = h("select", { id: `${id}-type`, "data-sw": "show-type" });
  const typeRow = h(
    "label",
    { for: types.id, class: "sw-menu-type", title: "What events call themselves, by their type or in their JSON" },
    h("span", null, "type"),
    types,
  );
  let typesOf: unknown[] = [];
  const panel = h(
    "div",
    {
      class: "sw-menu",
      role: "dialog",
      "aria-label": "What is listed",
      popover: "manual",
      hidden: true,
      "data-sw": "show-menu",
      "data-lm-suppress-shortcuts": "true",
    },
    ...sorts.map((each) => each.row),
    typeRow,
    line,
    clock.row,
  );
  host.append(panel);
  const menu = popup(panel, "below", () => drawMenu() ?? panel.querySelector("label:not([hidden]) input"), signal);
  listen(show, "click", () => menu.toggle(show), signal);
  listen(copy, "click", () => void give(listing.length, (i) => listing.frame(i)), signal);

  let timer: ReturnType<typeof setTimeout> | undefined;
  let said: ReturnType<typeof setTimeout> | undefined;
  for (const end of [() => clearTimeout(timer), () => clearTimeout(said)]) signal.addEventListener("abort", end, { once: true });
  const take = (): void => {
    clearTimeout(timer);
    if (input.value === choice.typed) return;
    choice.typed = input.value;
    changed();
  };
  listen(
    input,
    "input",
    () => {
      clearTimeout(timer);
      timer = setTimeout(take, input.value === "" ? 0 : TYPING);
    },
    signal,
  );
  listen(
    input,
    "keydown",
    (event) => {
      if (event.key === "Enter") take();
      else if (event.key === "Escape" && input.value !== "") {
        event.stopPropagation();
        input.value = "";
        take();
      }
    },
    signal,
  );
  listen(
    types,
    "change",
    () => {
      input.value = types.value === "" ? "" : `type:${types.value}`;
      take();
    },
    signal,
  );
  for (const [sort, { box }] of sorts.entries())
    listen(
      box,
      "change",
      () => {
        choice.mask = box.checked ? choice.mask | (1 << sort) : choice.mask & ~(1 << sort);
        changed();
      },
      signal,
    );
  listen(
    clock.box,
    "change",
    () => {
      choice.wallClock = clock.box.checked;
      changed();
    },
    signal,
  );
  listen(
    spanOnly,
    "click",
    () => {
      choice.spanOnly = !choice.spanOnly;
      changed();
    },
    signal,
  );
  function say(text: string, stays = false): void {
    setText(copy, text);
    clearTimeout(said);
    if (!stays) said = setTimeout(() => setText(copy, "Copy"), SAID);
  }

  /** To the clipboard or, if it is too much for that, into a file. */
  async function give(count: number, frameOf: (i: number) => number): Promise<void> {
    const lane = store.focus;
    if (!lane || count === 0 || copy.getAttribute("aria-busy") === "true") return;
    setAttribute(copy, "aria-busy", "true");
    // The rows as they are now: the list goes on while they are fetched.
    const frames = Uint32Array.from({ length: count }, (_, i) => frameOf(i));
    const parts = fetchLines(link, lane, frames, (share) => say(`${Math.round(share * 100)} %`, true), signal);
    const name = `${lane.state.name || "stream"}-${lane.id}.jsonl`.replace(/[^\w.-]+/g, "-");
    try {
      const copied = await toClipboard(parts, host);
      if (!copied) download(await parts, name);
      say(copied ? "Copied" : "Saved as a file");
    } catch (error) {
      say("Copy");
      failed = error instanceof Error ? error.message : String(error);
      draw(shownProblem);
    }
    setAttribute(copy, "aria-busy", "false");
  }

  let failed = "";
  let shownProblem = "";

  /** Gives null: what gets the focus is told by who opens the menu. */
  function drawMenu(): null {
    for (const [sort, { row, box, count }] of sorts.entries()) {
      const many = listing.counts[sort] ?? 0;
      const on = ((choice.mask >>> sort) & 1) === 1;
      setHidden(row, many === 0 && on);
      if (box.checked !== on) box.checked = on;
      setText(count, format.count(many));
    }
    drawTypes();
    setHidden(line, !store.focus?.state.started);
    setHidden(clock.row, !store.focus?.state.started);
    return null;
  }

  function drawTypes(): void {
    const lane = store.focus;
    const state = [lane?.id, lane?.epoch, lane?.labels.length];
    if (state.some((value, i) => value !== typesOf[i])) {
      typesOf = state;
      const names = [...new Set(lane?.labels.map(([, name]) => name).filter(Boolean))].sort().slice(0, MOST_TYPES);
      replace(types, h("option", { value: "" }, "all"), ...names.map((name) => h("option", { value: name }, format.named(name))));
      setHidden(typeRow, names.length === 0);
    }
    const typed = choice.typed.match(/^type:\s*(.*)$/i)?.[1] ?? "";
    types.value = typed;
    if (types.value !== typed) types.value = "";
  }

  function draw(problem: string): void {
    if (problem !== shownProblem) failed = "";
    shownProblem = problem;
    const words = problem || failed;
    setHidden(note, words === "");
    setText(note, words);
    setAttribute(input, "aria-invalid", problem !== "" ? "true" : null);
    setAttribute(show, "data-on", choice.mask !== EVERYTHING);
    const span = spanOf(store);
    setHidden(spanOnly, span === null);
    setAttribute(spanOnly, "aria-pressed", String(choice.spanOnly));
    if (menu.isOpen) drawMenu();
  }
  return { choice, draw, copyOne: (frame) => void give(1, () => frame) };
}
