/** The wire as text: every fragment exactly as it came, its boundaries visible, tinted by the gap before it. */

import { h, listen, replace, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import type { Lane, Part, Store } from "../store";
import { follow, reveal } from "./follow";
import * as format from "./format";
import { type Fragment, FragmentReader, gapLevel } from "./tokens-model";

/** Fragments after which a group is closed at the next line end, and at which it is closed in any case. Groups that are out of sight cost no layout. */
const GROUP = 160;
const GROUP_MOST = 480;
/** For the guess at a group's height: CSS pixels of a line, and characters that fit in one. */
const LINE = 25.6;
const WRAP = 52;
/** Fragments that one frame adds: a long run that was over before it was seen appears over several frames, and nothing freezes. */
const AT_ONCE = 2000;
/** Frames in which a fragment that was brought into view is looked for again. */
const LOOKS = 4;
/** Characters of one fragment that are shown; some servers send the whole answer as one. */
const LONGEST = 4000;

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
  /** Fragments that are shown, and those that are read and wait for their frame. */
  let total = 0;
  let waiting: Fragment[] = [];
  let section: HTMLElement | null = null;
  let sectionKind = "";
  let group: HTMLElement | null = null;
  let inGroup = 0;
  let lines = 0;
  let column = 0;
  /** Whose fragment was the last one in the section: a choice, or a tool call. */
  let whose = 0;
  /** The tool calls of the section. */
  let calls: Part[] = [];
  let outlined: Element[] = [];
  let outlinedKey = "";
  let revealed = "";

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
    total = 0;
    waiting = [];
    section = group = null;
    sectionKind = outlinedKey = "";
    outlined = [];
  }

  /** Parts of one kind run on under one heading; where choices or tool calls come interleaved, the line says whose a fragment is. */
  function sectionOf(part: Part): HTMLElement {
    if (section && part.kind === sectionKind) return section;
    section = h("section", { class: `sw-run sw-run-${part.kind}` }, h("div", { class: "sw-run-name" }, HEADINGS[part.kind] ?? part.kind));
    sectionKind = part.kind;
    closeGroup();
    whose = part.kind === "tool_call" ? 1 : 0;
    calls = [];
    list.append(section);
    return section;
  }

  /** A group that nobody has seen yet has no height of its own: tell the scroll bar about how tall it will be. */
  function closeGroup(): void {
    group?.style.setProperty("contain-intrinsic-block-size", `auto ${Math.ceil((lines + 1) * LINE)}px`);
    group = null;
  }

  /** Say whose a fragment is, if that is someone else than for the one before it. */
  function drawWhose(part: Part, parent: HTMLElement): void {
    const mark = part.kind === "tool_call" ? callNumber(part) : part.choice;
    if (mark === whose) return;
    whose = mark;
    parent.append(h("span", { class: "sw-whose", "aria-hidden": "true" }, mark));
  }

  /** Calls are numbered in the section's heading, where their names stand; from 1, as the first of them needs no mark. */
  function callNumber(part: Part): number {
    let number = calls.indexOf(part) + 1;
    if (number > 0) return number;
    number = calls.push(part);
    const name = typeof part.fields.name === "string" && part.fields.name !== "" ? part.fields.name : "a tool";
    section?.firstElementChild?.append(h("span", null, h("span", { class: "sw-whose" }, number), name));
    return number;
  }

  function add(fragment: Fragment): void {
    const parent = sectionOf(fragment.part);
    if (!group || inGroup >= GROUP_MOST) {
      closeGroup();
      group = h("div", { class: "sw-group" });
      inGroup = lines = column = 0;
      parent.append(group);
    }
    drawWhose(fragment.part, group);
    if (fragment.gap >= 1) group.append(h("span", { class: "sw-gap", "data-gap": format.seconds(fragment.gap), "aria-hidden": "true" }));
    const odd = fragment.part.kind === "tool_call" ? whose % 2 === 0 : whose % 2 === 1;
    group.append(tokenOf(fragment, odd));
    inGroup++;
    total++;
    const ends = fragment.text.endsWith("\n");
    column = ends ? 0 : column + fragment.text.length;
    if (ends || column > WRAP) {
      lines++;
      column = 0;
    }
    // Closing a group at a line end leaves no seam in the text.
    if (inGroup >= GROUP && ends) closeGroup();
  }

  /** Groups on the way to it get their true height only as they come into sight, so it is looked for again until it stays. */
  function bringIntoView(token: Element, looks: number): void {
    if (signal.aborted || !token.isConnected || !reveal(scroller, token.getBoundingClientRect())) return;
    follower.letGo();
    if (looks > 0) requestAnimationFrame(() => bringIntoView(token, looks - 1));
  }

  function drawSelection(lane: Lane | undefined): void {
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    const key = `${owner} ${selected} ${selected === null || outlined.length > 0 ? "" : total}`;
    if (key === outlinedKey) return;
    outlinedKey = key;
    for (const token of outlined) token.classList.remove("sw-sel");
    outlined = selected === null ? [] : [...list.querySelectorAll(`[data-f="${selected}"]`)];
    for (const token of outlined) token.classList.add("sw-sel");
    const name = `${lane?.id} ${selected}`;
    const first = outlined[0];
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
    if (lane) {
      let fresh = reader.take(lane, lane.shown);
      if (fresh === null) {
        restart();
        fresh = reader.take(lane, lane.shown) ?? [];
      }
      waiting = waiting.length > 0 ? waiting.concat(fresh) : fresh;
      for (const fragment of waiting.slice(0, AT_ONCE)) add(fragment);
      waiting = waiting.slice(AT_ONCE);
      if (waiting.length > 0) goOn();
    }
    empty.hidden = total > 0;
    setText(empty, lane?.finished ? "No fragment came." : "Fragments appear here exactly as they arrive.");
    follower.settle(lane ? !lane.finished && lane.at === null : true);
    drawSelection(lane);
  }
  const goOn = onFrame(draw, signal);
  return { draw, count: () => format.counted(total + waiting.length, "fragment") };
}

/** `odd`: of every other choice or call, so that two texts that come interleaved are two for the eye. */
function tokenOf(fragment: Fragment, odd: boolean): HTMLElement {
  const level = gapLevel(fragment.gap);
  const token = h("span", { class: `sw-tok${level > 0 ? ` sw-g${level}` : ""}${odd ? " sw-odd" : ""}`, "data-f": fragment.frame });
  const text =
    fragment.text.length > LONGEST
      ? `${fragment.text.slice(0, LONGEST)}… (${format.count(fragment.text.length)} characters)`
      : fragment.text;
  if (!/[\r\n]/.test(text)) {
    setText(token, text);
    return token;
  }
  for (const piece of text.split(/(\r\n|\r|\n)/)) {
    if (/^[\r\n]/.test(piece)) token.append(h("i", { class: "sw-nl" }, "⏎"), "\n");
    else if (piece) token.append(piece);
  }
  return token;
}

function legend(): HTMLElement {
  return h(
    "div",
    { class: "sw-legend" },
    h("span", null, "gap before"),
    h("span", null, h("i"), "< 0.1 s"),
    h("span", null, h("i", { class: "sw-g1" }), "0.1 s"),
    h("span", null, h("i", { class: "sw-g2" }), "0.3 s"),
    h("span", null, h("i", { class: "sw-g3" }), "1 s and more"),
  );
}
