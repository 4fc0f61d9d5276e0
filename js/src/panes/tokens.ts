/** The wire as text: every fragment exactly as it came, its boundaries visible, tinted by the gap before it. */

import { h, listen, replace, setHidden, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import type { Lane, Part, Store } from "../store";
import { follow, reveal } from "./follow";
import * as format from "./format";
import { legend } from "./tokens-element";
import { Groups } from "./tokens-groups";
import { type Fragment, FragmentReader } from "./tokens-model";

/** Elements that one frame makes: a long run that was over before it was seen appears over several frames, and nothing freezes. */
const AT_ONCE = 2000;
/** Of what comes at once, so many at its end get elements: the rest has gone by before anybody could see it. */
const LAST = 160;
/** Fragments without elements that cost as much as one with. */
const CHEAP = 12;
/** Milliseconds between two looks at what came, while a stream goes on. */
const CALM = 80;
/** Frames in which a fragment that was brought into view is looked for again. */
const LOOKS = 4;

const HEADINGS: Record<string, string> = { text: "answer", reasoning: "thinking", tool_call: "tool calls", refusal: "refusal" };

export function mount(host: HTMLElement, store: Store, _link: Link, signal: AbortSignal): { draw(): void; count(): string } {
  const list = h("div", { class: "sw-toks", "data-sw": "tokens-list" });
  const empty = h("p", { class: "sw-empty" });
  const scroller = h("div", { class: "sw-scroll", tabindex: 0, role: "region", "aria-label": "Fragments as they came" }, empty, list);
  const frame = h("div", { class: "sw-frame" }, scroller);
  host.append(frame, legend());
  const follower = follow(scroller, frame, signal, list);

  const reader = new FragmentReader();
  let owner = "";
  const groups = new Groups(scroller);
  /** Read, and not shown yet: they wait for their frame. */
  let waiting: Fragment[] = [];
  let section: HTMLElement | null = null;
  let sectionKind = "";
  /** Whose fragment was the last one in the section: a choice, or a tool call. */
  let whose = 0;
  /** The tool calls of the section. */
  let calls: Part[] = [];
  let looked = Number.NEGATIVE_INFINITY;
  let outlined = "";
  let revealed = "";

  const sizes = new ResizeObserver((entries) => {
    const box = entries[entries.length - 1]?.contentRect;
    if (box && box.width > 0) groups.resize(box.width, box.height);
  });
  sizes.observe(scroller);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  listen(scroller, "scroll", () => groups.look(), signal, { passive: true });

  listen(
    list,
    "click",
    (event) => {
      const token = (event.target as Element).closest<HTMLElement>("[data-f]");
      const lane = store.focus;
      if (!token || !lane || !(document.getSelection()?.isCollapsed ?? true)) return;
      const picked = Number(token.dataset.f);
      revealed = `${lane.id} ${picked}`;
      store.select(lane.id, picked);
    },
    signal,
  );

  function restart(): void {
    reader.restart();
    replace(list);
    groups.restart();
    waiting = [];
    section = null;
    sectionKind = outlined = "";
  }

  /** Go back to this frame, if that is less than to begin again. Where calls are numbered it is not. */
  function rewind(lane: Lane): boolean {
    const cut = lane.shown >= 0 && waiting.length === 0 ? groups.cut(lane.shown) : null;
    if (!cut || cut.last.part.kind === "tool_call") return false;
    while (list.lastElementChild && list.lastElementChild !== cut.section) list.lastElementChild.remove();
    section = cut.section;
    sectionKind = cut.last.part.kind;
    whose = cut.last.part.choice;
    outlined = "";
    return reader.rewind(lane, lane.shown, lane.columns.time(cut.last.frame));
  }

  /** Parts of one kind run on under one heading; where choices or tool calls come interleaved, the line says whose a fragment is. */
  function sectionOf(part: Part): HTMLElement {
    if (section && part.kind === sectionKind) return section;
    section = h("section", { class: `sw-run sw-run-${part.kind}` }, h("div", { class: "sw-run-name" }, HEADINGS[part.kind] ?? part.kind));
    sectionKind = part.kind;
    groups.close();
    whose = part.kind === "tool_call" ? 1 : 0;
    calls = [];
    list.append(section);
    return section;
  }

  /** Whose a fragment is, if that is someone else than for the one before it. */
  function markOf(part: Part): number | null {
    const mark = part.kind === "tool_call" ? callNumber(part) : part.choice;
    if (mark === whose) return null;
    whose = mark;
    return mark;
  }

  /** Calls are numbered in the section's heading, where their names stand; from 1, as the first of them needs no mark. */
  function callNumber(part: Part): number {
    let number = calls.indexOf(part) + 1;
    if (number > 0) return number;
    number = calls.push(part);
    const name = typeof part.fields.name === "string" && part.fields.name !== "" ? format.named(part.fields.name) : "a tool";
    section?.firstElementChild?.append(h("span", null, h("span", { class: "sw-whose" }, number), name));
    return number;
  }

  /** Gives whether it got elements. */
  function add(fragment: Fragment, far: boolean): boolean {
    const parent = sectionOf(fragment.part);
    const mark = markOf(fragment.part);
    const odd = fragment.part.kind === "tool_call" ? whose % 2 === 0 : whose % 2 === 1;
    return groups.add(parent, { ...fragment, mark, odd }, far);
  }

  /** Groups on the way to it get their true height only as they come into sight, so it is looked for again until it stays. */
  function bringIntoView(token: Element, looks: number): void {
    if (signal.aborted || !token.isConnected || !reveal(scroller, token.getBoundingClientRect())) return;
    follower.letGo();
    if (looks > 0) requestAnimationFrame(() => bringIntoView(token, looks - 1));
  }

  function drawSelection(lane: Lane | undefined): void {
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    groups.selected = selected;
    const name = `${owner} ${selected}`;
    const key = selected === null || revealed === name ? name : `${name} ${groups.total}`;
    if (key === outlined) return;
    outlined = key;
    for (const token of list.querySelectorAll(".sw-sel")) token.classList.remove("sw-sel");
    const tokens = selected === null ? [] : groups.tokensOf(selected);
    for (const token of tokens) token.classList.add("sw-sel");
    const first = tokens[0];
    if (first && revealed !== name) bringIntoView(first, LOOKS);
    if (first || selected === null) revealed = selected === null ? "" : name;
  }

  function draw(): void {
    const lane = store.focus;
    if ((lane?.id ?? "") !== owner) {
      owner = lane?.id ?? "";
      restart();
      follower.reset();
    }
    // The page draws again within a tenth of a second as long as a stream goes on.
    const calm = groups.total > 0 && !groups.lacks && waiting.length === 0 && lane?.finished === false && performance.now() - looked < CALM;
    if (lane && !calm) {
      looked = performance.now();
      let fresh = reader.take(lane, lane.shown);
      if (fresh === null) {
        if (!rewind(lane)) restart();
        fresh = reader.take(lane, lane.shown) ?? [];
      }
      waiting = waiting.length > 0 ? waiting.concat(fresh) : fresh;
      let next = 0;
      for (let made = 0; next < waiting.length && made < AT_ONCE; next++) {
        made += add(waiting[next] as Fragment, waiting.length - next > LAST) ? 1 : 1 / CHEAP;
      }
      waiting = waiting.slice(next);
      if (groups.lacks && fresh.length === 0) groups.fillAll();
      if (waiting.length > 0 || groups.lacks) goOn();
    }
    setHidden(empty, groups.total > 0);
    setText(empty, lane?.finished ? "No fragment came." : "Fragments appear here exactly as they arrive.");
    if (!calm) follower.settle(lane ? !lane.settled : true);
    groups.settle();
    drawSelection(lane);
  }
  const goOn = onFrame(draw, signal);
  return { draw, count: () => format.counted(groups.total + waiting.length, "fragment") };
}
