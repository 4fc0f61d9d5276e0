/** The page: one card made of panes, drawn once a frame from the store. */

import { announcer } from "./announce";
import { mountBoard } from "./board";
import { freshId, h, listen, setAttribute, setHidden, setText } from "./dom";
import { onFrame, turn } from "./frame";
import type { Link } from "./link";
import * as charts from "./panes/charts";
import * as detail from "./panes/detail";
import * as events from "./panes/events";
import * as footer from "./panes/footer";
import { named, seconds } from "./panes/format";
import * as header from "./panes/header";
import * as output from "./panes/output";
import * as request from "./panes/request";
import * as rule from "./panes/rule-open";
import * as scrub from "./panes/scrub";
import { tabs } from "./panes/tabs";
import * as timeline from "./panes/timeline";
import * as tokens from "./panes/tokens";
import { sightOf } from "./sight";
import type { Lane, Store } from "./store";

/** Milliseconds between two draws while a stream is live and brings nothing: clocks go on. */
const TICK = 100;
/** Milliseconds between two draws of the numbers and of the wire while text flows: nobody reads them faster, and each costs a layout. */
const BEAT = 200;
/** The same while events come faster than any eye follows them one by one, and from how many a second on they do. */
const FLOOD_BEAT = 400;
const FLOOD = 50;
/** So many times the wire's last draw is its rest: what is shown of it must not hold up the text. */
const SHARE = 4;
/** Events that come at once from which on the text is shown first in any case, and the wire in the frame after. */
const MANY = 200;
/** The same for a view that nobody sees, whatever comes. */
const UNSEEN = 1000;
/** Milliseconds from which on a draw is costly: then as long a rest follows it, so that the notebook, and what arrives, get their turn. */
const COSTLY = 50;
const LONGEST_REST = 120;

/** A view of the wire. redraw: asks for the page to be drawn again, for a view that has something new by itself. */
interface Panel {
  name: string;
  title: string;
  mount(
    host: HTMLElement,
    store: Store,
    link: Link,
    signal: AbortSignal,
    redraw: () => void,
  ): { draw(): void; count(): string; repaint?(): void };
}
const PANELS: Panel[] = [
  { name: "tokens", title: "Tokens", mount: tokens.mount },
  { name: "events", title: "Events", mount: events.mount },
  { name: "charts", title: "Charts", mount: charts.mount },
  { name: "request", title: "Request", mount: request.mount },
];

/**
 * Put the page into an element.
 *
 * @param el gets the page as its only child
 * @param store what is known; the page only reads it, selects in it and looks back in it
 * @param link for commands and for the data of single frames
 * @param signal aborts when this view goes; other views of the same store live on
 */
export function mountPage(el: HTMLElement, store: Store, link: Link, signal: AbortSignal): void {
  const id = freshId("page");
  // Groups and no landmarks: a notebook with ten streams must not have ten banners.
  const head = h("div", { "data-sw": "header" });
  const time = h("div", { class: "sw-time", "data-sw": "timeline" });
  const out = h("div", { class: "sw-out", role: "group", "aria-label": "Answer", "data-sw": "output" });
  const side = h("div", { class: "sw-side-in" });
  const body = h("div", { class: "sw-body" }, out, h("div", { class: "sw-side", role: "group", "aria-label": "The wire" }, side));
  const foot = h("div", { class: "sw-foot", "data-sw": "footer" });
  const voice = announcer(signal);
  const again = h("div", { "data-sw": "scrubber" });
  const card = h("div", { class: "sw-card", role: "group", "aria-label": "Stream" }, head, time, again, body, foot);
  const root = h("div", { class: "sse-widget", tabindex: -1, "data-sw": "root" }, card, voice.element);

  const panels = PANELS.map(({ name, title, mount }) => {
    const host = h("div", { class: "sw-panel", role: "tabpanel", id: `${id}-${name}`, "aria-label": title, "data-sw": name, hidden: true });
    return { name, title, host, pane: mount(host, store, link, signal, drawAll) };
  });
  const bar = h("div", { class: "sw-tabs" });
  const amount = h("span", { class: "sw-tab-count", title: "What this tab shows, counted", "data-sw": "count" });
  const tabRow = h("div", { class: "sw-tabs-row" }, bar, amount);
  const detailHost = h("div", { class: "sw-detail-host", "data-sw": "detail" });
  side.append(tabRow, ...panels.map((panel) => panel.host), detailHost);
  let shown = "tokens";
  const row = tabs(bar, "Views of the wire", choose, signal);

  const headerPane = header.mount(head, store, link, signal, root);
  const timelinePane = timeline.mount(time, store, link, signal);
  const scrubPane = scrub.mount(again, store, link, signal);
  const outputPane = output.mount(out, store, link, signal);
  const detailPane = detail.mount(detailHost, store, link, signal);
  const footerPane = footer.mount(foot, store, link, signal);
  const rulePanel = rule.mount(root, store, link, signal);

  const soon = onFrame(draw, signal);
  const sight = sightOf(store);
  /** Ask for a draw: in the next frame, after a rest, or within a second if nobody sees it. */
  const requestDraw = (): void => {
    const rest = sight.sees(root) ? restUntil - performance.now() : UNSEEN;
    if (rest <= 0) soon();
    else unseen ??= setTimeout(draw, rest);
  };
  /** The same for everything, and not for the text alone. */
  function drawAll(): void {
    urgent = true;
    requestDraw();
  }
  let restUntil = 0;
  let unseen: ReturnType<typeof setTimeout> | undefined;
  store.subscribe((change, lane) => {
    // Whatever a person does is seen at once, everywhere; a pace that walks along is no person's doing.
    if (change === "selection" || (change === "at" && (lane?.paced ?? null) === null)) drawAll();
    else requestDraw();
  }, signal);
  sight.watch(root, soon, signal);

  function choose(name: string): void {
    shown = name;
    drawAll();
  }

  /** The body only grows while a stream is live: a fold that closes must not pull the notebook up. */
  let grown = 0;
  let owner = "";
  let width = -1;
  const sizes = new ResizeObserver((entries) => {
    const lane = store.focus;
    const box = entries[entries.length - 1]?.contentRect;
    const height = out.offsetHeight;
    if (lane && !lane.settled && height > grown) {
      grown = height;
      body.style.setProperty("--sw-grown", `${grown}px`);
    }
    // A text that grows has just been drawn; another width is drawn anew.
    if (box?.width !== width) drawAll();
    width = box?.width ?? -1;
  });
  sizes.observe(out);

  /** Something else than text that flows: everything is to be drawn. `late`: the text is drawn already, the rest is not. */
  let urgent = true;
  let late = false;
  /** Until when the rest waits for a frame that has no text to show. */
  let patience = 0;
  /** Frames of which the text is drawn; what the rest was drawn for, and when it is due again. */
  let drawn = 0;
  let beaten = "";
  let beat = 0;
  let last = { at: 0, head: 0 };
  let tick: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(tick);
      clearTimeout(unseen);
      sizes.disconnect();
      root.remove();
    },
    { once: true },
  );

  function draw(): void {
    clearTimeout(unseen);
    unseen = undefined;
    if (card.hidden) return; // there is a board instead
    const begun = performance.now();
    const lane = store.focus;
    if ((lane?.id ?? "") !== owner) {
      owner = lane?.id ?? "";
      grown = 0;
      body.style.removeProperty("--sw-grown");
    }
    const behind = outputPane.draw();
    const head = lane?.head ?? 0;
    const fresh = head !== drawn;
    const many = head - drawn > (drawn > 0 ? MANY : 0);
    drawn = head;
    const name = `${owner} ${lane?.epoch} ${lane?.state.status} ${lane?.settled}`;
    const now = urgent || late || lane?.settled || name !== beaten;
    const first = lane?.at === null && beaten !== "";
    if (first && !late && (many || (fresh && !now && begun >= beat))) {
      late = true; // text is not to wait for what is said about it; batches come with every second frame at most
      patience = begun + FLOOD_BEAT;
      soon();
    } else if (first && late && !urgent && (behind || fresh) && begun < patience) {
      soon(); // a frame without text is about to come
    } else if (urgent || ((now || begun >= beat) && turn())) {
      late = urgent = false;
      beaten = name;
      drawRest(lane);
    } else if (now) soon();
    speak(lane);
    clearTimeout(tick);
    if (!lane?.settled) tick = setTimeout(requestDraw, TICK);
    const ended = performance.now();
    restUntil = ended - begun > COSTLY ? ended + Math.min(ended - begun, LONGEST_REST) : 0;
  }

  /** All but the text. */
  function drawRest(lane: Lane | undefined): void {
    const begun = performance.now();
    const head = lane?.head ?? 0;
    const flood = head - last.head > (FLOOD * Math.min(FLOOD_BEAT, begun - last.at)) / 1000;
    last = { at: begun, head };
    row.set(
      panels.map((panel) => ({ id: panel.name, text: panel.title, panel: panel.host.id })),
      shown,
    );
    headerPane.draw();
    timelinePane.draw();
    scrubPane.draw();
    setAttribute(body, "data-open", detailPane.draw());
    setAttribute(body, "data-tab", shown);
    for (const panel of panels) {
      setHidden(panel.host, panel.name !== shown);
      if (panel.host.hidden) continue; // what is not shown is drawn when it is chosen
      panel.pane.draw();
      setText(amount, panel.pane.count());
    }
    footerPane.draw();
    rulePanel.draw();
    setAttribute(card, "data-bare", Boolean(lane?.finished) && !lane?.parts.some((part) => part.length > 0));
    beat = begun + Math.max(flood ? FLOOD_BEAT : BEAT, SHARE * (performance.now() - begun));
  }

  let said = "";
  function speak(lane: Lane | undefined): void {
    if (!lane) return;
    const key = `${lane.id} ${lane.state.status}`;
    if (key === said) return;
    const first = said === "";
    said = key;
    // A page that is opened on a finished run says nothing: nothing has happened.
    if (!(first && lane.finished)) voice.say(sentenceOf(lane, store));
  }

  // JupyterLab's shortcuts are single letters: without this "b" or "dd" in the widget would add or delete cells.
  listen(root, "keydown", (event) => event.stopPropagation(), signal);
  // Notebook 7 hears keys before we do, and keeps its hands off an element that is marked (but not off what is in one).
  listen(root, "focusin", (event) => (event.target as Element).setAttribute("data-lm-suppress-shortcuts", ""), signal);
  listen(
    root,
    "keydown",
    (event) => {
      const from = event.target as Element;
      if (event.key === "Enter" && store.selection && from.closest(".sw-time, .sw-grid")) {
        event.preventDefault();
        requestAnimationFrame(() => detailPane.focus());
      } else if (event.key === "Escape" && store.selection) store.select(store.selection.lane, null);
    },
    signal,
  );
  listen(
    root,
    "click",
    (event) => {
      const opener = (event.target as Element).closest<HTMLElement>("[data-rule]");
      if (opener) rulePanel.toggle(opener, opener.dataset.rule === "suggest");
    },
    signal,
  );
  const repaint = (): void => {
    timelinePane.repaint();
    for (const { pane } of panels) pane.repaint?.();
  };
  onTheme(repaint, signal);

  mountBoard(card, store, link, signal, drawAll);
  el.replaceChildren(root);
  draw();
}

function sentenceOf(lane: Lane, store: Store): string {
  const { status, error, name } = lane.state;
  const who = name ? `${named(name)}: ` : "";
  if (error) return `${who}${header.STATUS_WORDS[status]}. ${error.message}`;
  if (!lane.finished) return `${who}${header.STATUS_WORDS[status]}.`;
  return `${who}${header.STATUS_WORDS[status]} after ${seconds(store.elapsed(lane))}, ${lane.eventCount} events.`;
}

/** Hear of a change of theme: hosts say it by attributes of the body or the root, systems by a media query. */
function onTheme(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(() => changed());
  const options = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-jp-theme-name", "data-jp-theme-light"] };
  observer.observe(document.documentElement, options);
  observer.observe(document.body, options);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  if (typeof matchMedia === "function") matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
}
