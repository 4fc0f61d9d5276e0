/** The merged answer: the largest thing on the page. Everything else points at it. */

import { h, listen, replace, setAttribute, setHidden } from "../dom";
import { onFrame } from "../frame";
import type { Link } from "../link";
import { warmUp } from "../markdown/warm";
import type { Lane, Part, Store } from "../store";
import { addedText } from "./about";
import { toClipboard } from "./copy";
import { follow, reveal } from "./follow";
import { boxOf, marker, positionAt } from "./highlight";
import { End } from "./output-end";
import { type PartView, viewOf } from "./output-parts";
import { PaneShare } from "./share";
import { tabs } from "./tabs";

/** A marked text that is longer than twice what the event added, and this many characters, is only where to look. */
const SLACK = 12;
/** Milliseconds for which a button says that it has copied. */
const COPIED = 1600;
/** Milliseconds without anything new after which the caret blinks. While text flows it does not: a blink has the page painted for it. */
const STILL = 600;
/** What a text stands in, and what the caret is the end of. */
const BLOCKS = "p, h1, h2, h3, h4, h5, h6, li, th, td, code, blockquote, .sw-md-part, :is(.sw-md, .sw-md-chapter) > *";

/** draw: says whether there is more text than this frame had time for. */
export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): { draw(): boolean } {
  const choices = h("div", { class: "sw-tabs sw-choices", hidden: true, "data-sw": "choices" });
  const parts = h("div", { class: "sw-parts" });
  const end = new End(link);
  const paper = h("div", { class: "sw-paper" }, parts, end.element);
  const scroller = h("div", { class: "sw-scroll", tabindex: 0, role: "region", "aria-label": "Output", "data-sw": "output-text" }, paper);
  const frame = h("div", { class: "sw-frame" }, scroller);
  host.append(choices, frame);

  const follower = follow(scroller, frame, signal, paper);
  const mark = marker(paper, signal);
  const share = new PaneShare();
  const choiceTabs = tabs(choices, "Choices", (id) => show(Number(id)), signal);
  let views = new Map<Part, PartView>();
  let ending = new AbortController();
  let owner = "";
  let choice = 0;
  let marked = "";
  let revealed: unknown = null;
  let shownCard: Element | null = null;
  /** The block at whose end the caret stands, how long the text was, and when it became so. */
  let writing: Element | null = null;
  let written = -1;
  let writtenAt = 0;

  signal.addEventListener("abort", () => ending.abort(), { once: true });
  warmUp(signal);
  const drawAgain = onFrame(draw, signal);
  listen(scroller, "click", (event) => point(event), signal);
  listen(scroller, "click", (event) => copyCode(event), signal);

  function show(next: number): void {
    choice = next;
    follower.reset();
    draw();
  }

  /** A click into the text selects the event that brought it; selecting text with the mouse does not. */
  function point(event: MouseEvent): void {
    const lane = store.focus;
    const target = event.target as Element;
    if (!lane || target.closest("a, summary, button") || !(document.getSelection()?.isCollapsed ?? true)) return;
    const position = positionAt(event.clientX, event.clientY);
    if (!position) return;
    for (const view of views.values()) {
      const found = view.frameAt(position.node, position.offset);
      if (found === null) continue;
      revealed = `${lane.id} ${found}`; // it is where the person looks already
      store.select(lane.id, found);
      return;
    }
  }

  /** Copy a block of code, by the button that stands in its box. */
  async function copyCode(event: MouseEvent): Promise<void> {
    const button = (event.target as Element).closest<HTMLElement>(".sw-code-copy");
    const code = button?.parentElement?.querySelector("code");
    if (!button || !code) return;
    let word = "Not allowed here";
    try {
      if (await toClipboard(Promise.resolve([code.textContent ?? ""]), host)) word = "Copied";
    } catch {
      // The word says it.
    }
    button.textContent = word;
    setAttribute(button, "aria-label", word);
    setTimeout(() => {
      button.textContent = "Copy";
      setAttribute(button, "aria-label", "Copy code");
    }, COPIED);
  }

  function restart(lane: Lane | undefined): void {
    owner = ownerOf(lane);
    ending.abort();
    ending = new AbortController();
    views = new Map();
    replace(parts);
    marked = "";
    follower.reset();
  }

  function drawChoices(lane: Lane): void {
    const numbers = [...new Set(lane.parts.map((part) => part.choice))].sort((a, b) => a - b);
    setHidden(choices, numbers.length < 2);
    if (!numbers.includes(choice)) choice = numbers[0] ?? 0;
    if (!choices.hidden)
      choiceTabs.set(
        numbers.map((n) => ({ id: String(n), text: `choice ${n}` })),
        String(choice),
      );
  }

  function drawParts(lane: Lane): Part | null {
    const at = lane.instant;
    const limit = Math.ceil(at ?? lane.shown);
    const now = at === undefined ? store.elapsed(lane) : lane.columns.time(lane.shown);
    const here = lane.parts.filter((part) => part.choice === choice && part.firstFrame <= limit);
    const last = here.reduce<Part | null>(
      (best, part) => (part.lengthAt(at) > 0 && lastOf(part, at) >= (best ? lastOf(best, at) : -1) ? part : best),
      null,
    );
    let before: Element | null = null;
    const wanted = new Set<Element>();
    for (const part of here) {
      if (part.kind === "error" && lane.state.error) continue; // the card at the end says it
      if (part.kind === "text" && part.length === 0) continue;
      let view = views.get(part);
      if (!view) {
        view = viewOf(part, link, ending.signal, share);
        views.set(part, view);
      }
      view.draw(lane, part === last && !lane.settled && !part.closedAt(lane.instant), now);
      const place: Element | null = before ? before.nextElementSibling : parts.firstElementChild;
      if (place !== view.element) parts.insertBefore(view.element, place);
      before = view.element;
      wanted.add(view.element);
    }
    for (const child of [...parts.children]) if (!wanted.has(child)) child.remove();
    return last;
  }

  /** What went wrong is read from its first line, however long the server's own words are. */
  function drawError(): void {
    const card = end.card;
    if (card === shownCard) return;
    shownCard = card;
    if (!card) return;
    const box = card.getBoundingClientRect();
    reveal(scroller, { top: box.top, bottom: Math.min(box.bottom, box.top + scroller.clientHeight / 2) }, 14);
    follower.letGo(true); // in a pane that gets narrower its end would take the place of its beginning
  }

  /** The caret is drawn by the style sheet at the end of the block that is written: to ask where that is would lay out the page. */
  function drawCaret(lane: Lane | undefined, last: Part | null): void {
    const open = lane && last && !lane.settled && lane.at === null && last.kind === "text" && !last.closedAt(lane.instant);
    const text = open ? lastText(views.get(last)?.element ?? null) : null;
    const block = text?.parentElement?.closest(BLOCKS) ?? null;
    if (block !== writing) writing?.removeAttribute("data-caret");
    writing = block;
    if (!block || !open) return;
    const size = last.sizeAt(lane.instant);
    if (size !== written) writtenAt = performance.now();
    written = size;
    setAttribute(block, "data-caret", performance.now() - writtenAt < STILL ? "writes" : "waits");
  }

  function drawSelection(lane: Lane | undefined): void {
    const selected = lane && store.selection?.lane === lane.id ? store.selection.frame : null;
    const key = `${owner} ${choice} ${selected} ${lane?.head} ${lane?.at} ${lane?.finished}`;
    if (key === marked) return;
    marked = key;
    if (selected === null) {
      revealed = null;
      mark.show([]);
      for (const view of views.values()) view.element.classList.remove("sw-fold-hit");
      return;
    }
    const ranges: Range[] = [];
    let marks = 0;
    let exact = true;
    for (const view of views.values()) {
      const own = view.element.isConnected ? view.ranges(selected) : { ranges: [], exact: true };
      view.element.classList.toggle("sw-fold-hit", own.ranges.length > 0);
      ranges.push(...own.ranges);
      exact &&= own.exact;
      marks += own.ranges.reduce((sum, range) => sum + range.toString().length, 0);
    }
    mark.show(ranges, exact && marks <= SLACK + 2 * (lane ? addedText(lane, selected).length : 0));
    const name = `${lane?.id} ${selected}`;
    const box = revealed === name ? null : boxOf(ranges);
    if (box && reveal(scroller, box)) follower.letGo();
    revealed = name;
  }

  function draw(): boolean {
    const lane = store.focus;
    if (ownerOf(lane) !== owner) restart(lane);
    const live = lane ? !lane.settled : true;
    setAttribute(host, "aria-busy", String(live));
    if (lane) drawChoices(lane);
    share.begin(() => scroller.scrollHeight);
    const last = lane ? drawParts(lane) : null;
    end.draw(lane, store, parts.childElementCount === 0, choice);
    follower.settle(live);
    drawError();
    drawCaret(lane, last);
    drawSelection(lane);
    const behind = [...views.values()].some((view) => view.behind);
    if (behind) drawAgain();
    return behind;
  }
  return { draw };
}

/** The last frame that changed a part, at an instant. */
function lastOf(part: Part, at: number | undefined): number {
  return at === undefined || part.lastFrame <= at ? part.lastFrame : part.piecesAt(at).frame(part.lengthAt(at) - 1);
}

function ownerOf(lane: Lane | undefined): string {
  return lane ? `${lane.id} ${lane.epoch}` : "";
}

/** The last text node that has something to see. */
function lastText(root: Node | null): Text | null {
  if (!root) return null;
  if (root.nodeType === Node.TEXT_NODE) return (root as Text).data.trim() === "" ? null : (root as Text);
  for (let child = root.lastChild; child; child = child.previousSibling) {
    const found = lastText(child);
    if (found) return found;
  }
  return null;
}
