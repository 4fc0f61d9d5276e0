/** Several streams on one clock: a swimlane for each, their outputs side by side, and what they come to together. */

import { announcer } from "../announce";
import type { Kit } from "../board";
import { freshId, h, listen, setAttribute, setHidden } from "../dom";
import { onFrame, turn } from "../frame";
import type { Link } from "../link";
import { palette } from "../panes/colours";
import * as format from "../panes/format";
import { STATUS_WORDS } from "../panes/header";
import { axisEnd, Scale } from "../panes/timeline-scale";
import { sightOf } from "../sight";
import type { Lane, Store } from "../store";
import { Talk } from "./conductor";
import { Axis, Cursor, Links, legend } from "./lanes-cursor";
import { drag } from "./lanes-drag";
import { Head } from "./lanes-head";
import { Choice } from "./lanes-order";
import { Panels } from "./lanes-panels";
import { COLOURS, Row, titleOf, whatWas } from "./lanes-row";
import { STYLE } from "./lanes-style";
import { onTheme } from "./lanes-theme";
import { spanOf, totalsOf } from "./lanes-totals";

/** Milliseconds between two draws of the rows while streams flow, and between two while nothing comes: clocks go on. */
const BEAT = 200;
/** The same for a board that nobody sees. */
const UNSEEN = 1000;

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal, kit: Kit): void {
  const choice = new Choice();
  const rows = new Map<string, Row>();
  const numbers = new Map<string, number>();
  /** Lanes whose Stop was pressed: said at once, since the kernel may be too busy to answer. */
  const stopping = new Set<string>();
  let open = false;
  let outputs = true;
  /** Whether the conversation of all is to be seen; null: nobody has said, so it is where one stream is split. */
  let talking: boolean | null = null;

  const head = new Head();
  const list = h("div", { role: "list", "aria-label": "Streams", "data-sw": "lanes-rows" });
  const axis = new Axis();
  const links = new Links();
  const scroller = h("div", { class: "sl-rows" }, list, links.element);
  const grid = h("div", { class: "sl-grid" }, scroller, legend(axis.element));
  const panels = new Panels(store, kit, signal);
  const talk = new Talk(
    store,
    (lane) => `var(--sl-${((numbers.get(lane.id) ?? 1) - 1) % COLOURS})`,
    (lane, frame) => {
      open = true;
      kit.openLane(lane);
      store.select(lane.id, frame);
      soonAll();
    },
    signal,
  );
  const voice = announcer(signal);
  const board = h(
    "div",
    { class: "sl-board", role: "group", "aria-label": "Streams of the session", "data-sw": "lanes-board" },
    head.element,
    grid,
    talk.element,
    panels.element,
    voice.element,
  );
  const help = h("span", { class: "sw-hidden", id: freshId("lanes-help") }, "Opens it below. Alt and the arrow keys move it up and down.");
  const inks = palette(board);
  host.append(h("style", null, STYLE), board, help);

  let scale = new Scale(2, 0, 0);
  let left = 0;
  const cursor = new Cursor(
    grid,
    axis.element,
    () => ({ scale, left }),
    () => soonAll(),
    choose,
    signal,
  );
  grid.append(cursor.element);

  // --- when ------------------------------------------------------------------------------------------------------------
  const sight = sightOf(store);
  const soon = onFrame(draw, signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let beat = 0;
  let urgent = true;
  function request(): void {
    if (!sight.sees(host)) timer ??= setTimeout(soon, UNSEEN);
    else if (urgent || performance.now() >= beat) soon();
    else timer ??= setTimeout(soon, beat - performance.now());
  }
  function soonAll(): void {
    urgent = true;
    request();
  }
  store.subscribe((change, lane) => {
    if (lane) panels.changed(lane);
    if (change === "selection" || change === "board" || (lane && said(lane))) soonAll();
    else request();
  }, signal);
  sight.watch(host, soonAll, signal);
  const sizes = new ResizeObserver(() => soonAll());
  sizes.observe(axis.element);
  listen(scroller, "scroll", () => soonAll(), signal);
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(timer);
      sizes.disconnect();
    },
    { once: true },
  );
  onTheme(() => {
    inks.forget();
    soonAll();
  }, signal);

  /** Say aloud that a stream has ended, or failed. Whether its state is another one than before. */
  const words = new Map<string, string>();
  function said(lane: Lane): boolean {
    const before = words.get(lane.id);
    const { status } = lane.state;
    if (before === status) return false;
    words.set(lane.id, status);
    if (before !== undefined && lane.finished) {
      const left = [...store.lanes.values()].filter((each) => !each.finished).length;
      const rest = left > 0 ? `${format.counted(left, "stream")} going on.` : "All streams have ended.";
      voice.say(`${titleOf(lane)}: ${STATUS_WORDS[status]} after ${format.seconds(store.elapsed(lane))}. ${rest}`);
    }
    return true;
  }

  function isParent(lane: Lane): boolean {
    return lane.state.role === "conductor" && [...store.lanes.values()].some((other) => other.state.parent === lane.id);
  }
  function isSplit(): boolean {
    return [...store.lanes.values()].some((lane) => Boolean(lane.state.parent));
  }

  // --- what a person does ------------------------------------------------------------------------------------------------
  function laneOf(target: EventTarget | null): Lane | undefined {
    return store.lanes.get((target as Element | null)?.closest<HTMLElement>("[data-lane]")?.dataset.lane ?? "");
  }
  function toggleOpen(lane: Lane): void {
    open = !(open && store.focus === lane);
    if (open) kit.openLane(lane);
    else kit.showCard(false);
    soonAll();
  }
  function stop(lane: Lane): void {
    if (lane.finished || !link.live) return;
    stopping.add(lane.id);
    link.send({ type: "stop", lane: lane.id });
  }
  /** A time of the clock was chosen: of the lane under the pointer, or of the one that is looked at, the event before it is selected. */
  function choose(time: number, lane = store.focus): void {
    if (!lane) return;
    const frame = lane.columns.firstAtOrAfter(time - lane.state.start + 1e-9) - 1;
    open = true;
    kit.openLane(lane);
    if (frame >= 0) store.select(lane.id, frame);
    soonAll();
  }
  listen(
    board,
    "click",
    (event) => {
      const target = event.target as Element;
      const lane = laneOf(target);
      const what = target.closest<HTMLElement>("[data-do]");
      if (what?.getAttribute("aria-disabled") === "true") return;
      if (!what && lane && cursor.time !== null && target.closest(".sl-strip")) choose(cursor.time, lane);
      switch (what?.dataset.do) {
        case "open":
          if (lane) toggleOpen(lane);
          break;
        case "solo":
          if (lane) choice.toggleSolo(lane.id);
          if (choice.solo !== null) outputs = true;
          break;
        case "fold":
          if (lane) choice.fold(lane.id, choice.shows(lane.id));
          if (lane && choice.solo !== null) choice.solo = null;
          break;
        case "stop":
          if (lane) stop(lane);
          break;
        case "stop-all":
          for (const each of store.lanes.values()) stop(each);
          break;
        case "talk":
          talking = !(talking ?? isSplit());
          break;
        case "outputs":
          outputs = !outputs;
          break;
        default:
          return;
      }
      soonAll();
    },
    signal,
  );
  listen(
    list,
    "keydown",
    (event) => {
      const lane = laneOf(event.target);
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!lane || step === undefined) return;
      event.preventDefault();
      const from = choice.order.indexOf(lane.id);
      if (!event.altKey) {
        rows.get(choice.order[from + step] ?? "")?.name.focus();
        return;
      }
      if (!choice.move(lane.id, from + step)) return;
      arrange();
      rows.get(lane.id)?.name.focus();
      voice.say(`${titleOf(lane)} is now number ${from + step + 1} of ${choice.order.length} from the top.`);
      soonAll();
    },
    signal,
  );
  drag(
    list,
    (lane, to) => {
      if (choice.move(lane, to)) {
        arrange();
        soonAll();
      }
    },
    signal,
  );

  // --- drawing -----------------------------------------------------------------------------------------------------------
  /** Rows for the lanes, in their order. */
  function arrange(): void {
    choice.keep(store.order);
    for (const [id, row] of rows) {
      if (store.lanes.get(id) === row.lane) continue;
      row.element.remove();
      rows.delete(id);
    }
    let place: Element | null = list.firstElementChild;
    for (const id of choice.order) {
      const lane = store.lanes.get(id) as Lane;
      if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
      const row = rows.get(id) ?? new Row(lane, numbers.get(id) as number);
      setAttribute(row.name, "aria-describedby", help.id);
      rows.set(id, row);
      if (row.element !== place) list.insertBefore(row.element, place);
      else place = place.nextElementSibling;
    }
  }

  function draw(): void {
    if (!urgent && !turn()) {
      soon();
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    urgent = false;
    beat = performance.now() + BEAT;
    arrange();
    const lanes = choice.order.map((id) => store.lanes.get(id) as Lane);
    const elapsed = (lane: Lane): number => store.elapsed(lane);
    const totals = totalsOf(lanes, elapsed);
    head.draw(
      store,
      totals,
      link.live && totals.live > 0 && lanes.some((lane) => !lane.finished && !stopping.has(lane.id)),
      outputs,
      talking ?? isSplit(),
    );
    for (const [id, row] of rows) row.draw(store, choice, open && store.focus?.id === id, stopping.has(id), link.live);
    setHidden(panels.element, !outputs || lanes.every((lane) => !choice.shows(lane.id)));
    const speaking = lanes.filter((lane) => !isParent(lane)); // what a stream that is split says, its lanes say
    panels.arrange(speaking, numbers, choice, open);
    setHidden(talk.element, !(talking ?? isSplit()));
    if (!talk.element.hidden) talk.draw(spanOf(lanes, elapsed).from);
    paint(lanes, totals.live > 0);
    if (totals.live > 0) timer ??= setTimeout(soon, BEAT);
  }

  function paint(lanes: Lane[], live: boolean): void {
    const box = axis.element.getBoundingClientRect();
    const place = grid.getBoundingClientRect();
    left = box.left - place.left;
    const span = spanOf(lanes, (lane) => store.elapsed(lane));
    const next = new Scale(span.from + axisEnd(span.to - span.from, live), 0, Math.max(1, box.width), span.from);
    if (!next.same(scale)) scale = next;
    const colours = inks.read();
    axis.draw(scale, inks.font(), colours);
    const tall = list.firstElementChild instanceof HTMLElement ? list.firstElementChild.offsetHeight : 1;
    const first = Math.floor(scroller.scrollTop / tall);
    const last = Math.ceil((scroller.scrollTop + scroller.clientHeight) / tall);
    for (const [i, lane] of lanes.entries()) {
      const row = rows.get(lane.id);
      if (i >= first && i <= last) row?.paint(scale, store.elapsed(lane), colours);
      row?.point(cursor.time);
    }
    const focus = store.focus;
    const words = cursor.time !== null && focus ? `. ${titleOf(focus)}: ${whatWas(focus, cursor.time - focus.state.start)}` : "";
    cursor.draw(scale, left, axis.element, words);
    const places = new Map(choice.order.map((id, i) => [id, i]));
    links.draw(store.board?.links, scale, left, tall, (lane) => places.get(lane), choice.order.join());
  }

  for (const lane of store.lanes.values()) words.set(lane.id, lane.state.status);
  kit.showCard(false);
  soonAll();
}
