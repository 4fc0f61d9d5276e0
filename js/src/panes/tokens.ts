/** The wire as text: every fragment exactly as it came, its boundaries visible, tinted by the gap before it. */

import { h, listen, replace, setText } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import type { Lane, Part, Store } from "../store";
import { follow, reveal } from "./follow";
import * as format from "./format";
import { legend, tokenOf } from "./tokens-element";
import { type Fragment, FragmentReader } from "./tokens-model";

/** Fragments after which a group is closed at the next line end, and at which it is closed in any case. */
const GROUP = 64;
const GROUP_MOST = 480;
/** For the guess at a group's height: CSS pixels of a line, and of a character. */
const LINE = 25.6;
const LETTER = 7.6;
/** Fragments of which all have elements. Of a longer stream only the groups near the view have any; the others keep their height. */
const EAGER = 1000;
/** Groups with elements from which on those that are not near lose them, also if nobody scrolls. */
const MANY = 60;
/** CSS pixels around the view within which groups have elements. */
const NEAR = 500;
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

/** A fragment as it is drawn: whose it is, if that is to be said, and whether it is of every other choice or call. */
interface Drawn extends Fragment {
  mark: number | null;
  odd: boolean;
}
/** Fragments that come and go together. */
interface Group {
  element: HTMLElement;
  all: Drawn[];
  /** Its fragments have elements. */
  filled: boolean;
  open: boolean;
  /** Lines that its text takes, by a guess. */
  lines: number;
}

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
  let group: Group | null = null;
  let groups: Group[] = [];
  let column = 0;
  let wrap = 52;
  /** Whose fragment was the last one in the section: a choice, or a tool call. */
  let whose = 0;
  /** The tool calls of the section. */
  let calls: Part[] = [];
  let selected: number | null = null;
  let looked = Number.NEGATIVE_INFINITY;
  let outlined = "";
  let revealed = "";

  /** Groups with elements that may lose them. */
  let filled = new Set<Group>();
  /** Of the pane; 0: not known, and then nothing is left out. */
  let height = 0;
  const sizes = new ResizeObserver((entries) => {
    const box = entries[entries.length - 1]?.contentRect;
    if (!box || box.width === 0) return;
    height = box.height;
    const next = Math.max(12, Math.floor((box.width - 28) / LETTER));
    if (next !== wrap)
      for (const each of groups) {
        each.lines *= wrap / next;
        if (!each.filled) setHeight(each);
      }
    wrap = next;
    look();
  });
  sizes.observe(scroller);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  listen(scroller, "scroll", () => look(), signal, { passive: true });

  /** Give elements to the groups near the view, and take them from the others. Called where the layout is known. */
  function look(): void {
    if (height === 0 || total <= EAGER) return;
    const { top } = scroller.getBoundingClientRect();
    let first = 0;
    for (let high = groups.length; first < high; ) {
      const middle = (first + high) >>> 1;
      if ((groups[middle]?.element.getBoundingClientRect().bottom ?? 0) < top - NEAR) first = middle + 1;
      else high = middle;
    }
    const near = new Set<Group>();
    for (let each = groups[first]; each; each = groups[++first]) {
      if (each.element.getBoundingClientRect().top > top + height + NEAR) break;
      near.add(each);
    }
    const gone = [...filled].filter((each) => !near.has(each) && !each.open).map((each) => ({ each, tall: each.element.offsetHeight }));
    for (const { each, tall } of gone) leave(each, tall);
    for (const each of near) fill(each);
  }

  function fill(into: Group): void {
    if (into.filled) return;
    into.filled = true;
    filled.add(into);
    into.element.style.height = "";
    for (const each of into.all) put(into, each);
  }

  function leave(from: Group, tall: number): void {
    if (tall === 0) return;
    from.filled = false;
    filled.delete(from);
    from.lines = tall / LINE;
    setHeight(from);
    from.element.replaceChildren();
  }

  function setHeight(of: Group): void {
    of.element.style.height = `${Math.ceil(of.lines * LINE)}px`;
  }

  /** Make the elements of a fragment. */
  function put(into: Group, each: Drawn): void {
    const { element } = into;
    if (each.mark !== null) element.append(h("span", { class: "sw-whose", "aria-hidden": "true" }, each.mark));
    if (each.gap >= 1) element.append(h("span", { class: "sw-gap", "data-gap": format.seconds(each.gap), "aria-hidden": "true" }));
    const token = tokenOf(each, each.odd);
    if (each.frame === selected) token.classList.add("sw-sel");
    element.append(token);
  }

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
    sectionKind = outlined = "";
    groups = [];
    filled = new Set();
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
    if (!group) return;
    group.open = false;
    group.lines++;
    if (group.filled) group.element.style.setProperty("contain-intrinsic-block-size", `auto ${Math.ceil(group.lines * LINE)}px`);
    else setHeight(group);
    group = null;
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
    const name = typeof part.fields.name === "string" && part.fields.name !== "" ? part.fields.name : "a tool";
    section?.firstElementChild?.append(h("span", null, h("span", { class: "sw-whose" }, number), name));
    return number;
  }

  /** @param far it will not be looked at soon: others follow it, and the view is at the end or at the beginning */
  function add(fragment: Fragment, far: boolean): void {
    const parent = sectionOf(fragment.part);
    if (!group || group.all.length >= GROUP_MOST) {
      closeGroup();
      const shown = !far || total < EAGER || height === 0;
      group = { element: h("div", { class: "sw-group" }), all: [], filled: shown, open: true, lines: 0 };
      column = 0;
      groups.push(group);
      if (shown) filled.add(group);
      parent.append(group.element);
    }
    const mark = markOf(fragment.part);
    const odd = fragment.part.kind === "tool_call" ? whose % 2 === 0 : whose % 2 === 1;
    const each: Drawn = { ...fragment, mark, odd };
    group.all.push(each);
    if (group.filled) put(group, each);
    total++;
    const ends = fragment.text.endsWith("\n");
    column = ends ? 0 : column + fragment.text.length;
    if (ends || column > wrap) {
      group.lines++;
      column = 0;
    }
    // Closing a group at a line end leaves no seam in the text.
    if (group.all.length >= GROUP && ends) closeGroup();
  }

  /** Groups on the way to it get their true height only as they come into sight, so it is looked for again until it stays. */
  function bringIntoView(token: Element, looks: number): void {
    if (signal.aborted || !token.isConnected || !reveal(scroller, token.getBoundingClientRect())) return;
    follower.letGo();
    if (looks > 0) requestAnimationFrame(() => bringIntoView(token, looks - 1));
  }

  /** The elements of a frame; its group gets elements if it has none. */
  function tokensOf(frame: number): Element[] {
    let low = 0;
    for (let high = groups.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((groups[middle]?.all.at(-1)?.frame ?? 0) < frame) low = middle + 1;
      else high = middle;
    }
    const found: Element[] = [];
    for (let each = groups[low]; each && (each.all[0]?.frame ?? 0) <= frame; each = groups[++low]) {
      fill(each);
      found.push(...each.element.querySelectorAll(`[data-f="${frame}"]`));
    }
    return found;
  }

  function drawSelection(lane: Lane | undefined): void {
    selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    const name = `${owner} ${selected}`;
    const key = selected === null || revealed === name ? name : `${name} ${total}`;
    if (key === outlined) return;
    outlined = key;
    for (const token of list.querySelectorAll(".sw-sel")) token.classList.remove("sw-sel");
    const tokens = selected === null ? [] : tokensOf(selected);
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
    const calm = total > 0 && waiting.length === 0 && lane?.finished === false && performance.now() - looked < CALM;
    if (lane && !calm) {
      looked = performance.now();
      let fresh = reader.take(lane, lane.shown);
      if (fresh === null) {
        restart();
        fresh = reader.take(lane, lane.shown) ?? [];
      }
      waiting = waiting.length > 0 ? waiting.concat(fresh) : fresh;
      let next = 0;
      for (let made = 0; next < waiting.length && made < AT_ONCE; next++) {
        add(waiting[next] as Fragment, waiting.length - next > LAST);
        made += group?.filled === false ? 1 / CHEAP : 1;
      }
      waiting = waiting.slice(next);
      if (group?.filled === false) setHeight(group);
      if (waiting.length > 0) goOn();
    }
    empty.hidden = total > 0;
    setText(empty, lane?.finished ? "No fragment came." : "Fragments appear here exactly as they arrive.");
    if (!calm) follower.settle(lane ? !lane.settled && lane.at === null : true);
    // Who has scrolled up scrolls no more, and yet the groups that come at the end must not pile up.
    if (filled.size > MANY) queueMicrotask(look);
    drawSelection(lane);
  }
  const goOn = onFrame(draw, signal);
  return { draw, count: () => format.counted(total + waiting.length, "fragment") };
}
