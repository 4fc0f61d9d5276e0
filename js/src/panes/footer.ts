/** The foot: what was found, in words; how much came; what it was read as; where it came from. */

import { h, listen, setAttribute, setHidden, setText } from "../dom";
import type { Link } from "../link";
import { type Finding, Kind } from "../protocol";
import type { Lane, Store } from "../store";
import { foundBy, tallyOf } from "../then";
import { frameOfFinding, shortOf } from "./findings";
import * as format from "./format";

const SIGNS = { error: "✕", warning: "▲", info: "•" } as const;
/** More findings than this are counted and not shown. */
const MOST = 4;
const ORDER = { error: 0, warning: 1, info: 2 } as const;
/** What is counted beside events; our own marks are not what came. */
const OTHERS: [kind: number, noun: string][] = [
  [Kind.comment, "comment"],
  [Kind.retry, "retry field"],
  [Kind.ignored, "ignored line"],
  [Kind.empty, "empty event"],
  [Kind.tail, "unfinished event"],
];

export function mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): { draw(): void } {
  const chips = h("span", { class: "sw-chips" });
  const problem = h("span", { class: "sw-chip", "data-severity": "error", "data-sw": "problem", hidden: true });
  const more = h("span", { class: "sw-chip", "data-severity": "info", hidden: true });
  // What is ordinary with some provider stays behind one quiet chip until somebody asks.
  const notes = h("button", { type: "button", class: "sw-chip", "data-severity": "info", "data-sw": "notes", hidden: true });
  const amount = h("span", {
    class: "sw-amount",
    "data-sw": "amount",
    title: "Events that a client dispatches, what else stood on the wire, and the bytes of all of it, unpacked",
  });
  // The page opens the rule panel at whatever says `data-rule`.
  const dialect = h("button", {
    type: "button",
    class: "sw-dialect",
    "aria-haspopup": "dialog",
    "data-rule": "open",
    "data-sw": "dialect",
  });
  const source = h("span", { class: "sw-source", "data-sw": "source" });
  const sentence = h("p", { class: "sw-sentence", "data-sw": "finding-text", hidden: true });
  chips.append(problem, more, notes);
  // What is found takes the room in the middle and what grows ends at the right, so that neither moves anything.
  host.append(dialect, chips, amount, source, sentence);
  let made: HTMLElement[] = [];
  let found: Finding[] = [];
  let noting = false;
  /** The finding whose sentence is open, and the frame it selected; its frame is no longer selected: it closes. */
  let open: { lane: string; index: number; frame: number | null } | null = null;

  listen(
    chips,
    "click",
    (event) => {
      if (notes.contains(event.target as Element)) {
        noting = !noting;
        if (!noting && open && found[open.index]?.severity === "info") open = null;
        draw();
        return;
      }
      const index = made.indexOf((event.target as Element).closest<HTMLElement>("[data-kind]") as HTMLElement);
      const finding = found[index];
      const lane = store.focus;
      if (!finding || !lane) return;
      const frame = frameOfFinding(finding);
      const closing = open?.index === index;
      open = closing ? null : { lane: lane.id, index, frame };
      if (frame !== null) store.select(lane.id, closing ? null : frame);
      draw();
    },
    signal,
  );

  /** Chips are kept and written anew: the one that has the focus, or the pointer, must not be taken away while a stall grows. */
  function drawChips(lane: Lane | undefined): void {
    setHidden(problem, store.problem === null);
    setText(problem, store.problem ? `${SIGNS.error} ${store.problem.message}` : "");
    const sorted = (lane?.state.findings ?? [])
      .filter((each) => lane && foundBy(lane, each))
      .sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
    const loud = sorted.filter((finding) => finding.severity !== "info");
    const quiet = sorted.slice(loud.length);
    found = [...loud.slice(0, MOST), ...(noting ? quiet : [])];
    while (made.length > found.length) made.pop()?.remove();
    made = found.map((finding, i) => write(made[i] ?? chip(), finding, open?.index === i));
    for (const each of made) if (!each.isConnected) chips.insertBefore(each, more);
    const rest = loud.slice(MOST).map((finding) => finding.message);
    setHidden(more, rest.length === 0);
    setText(more, `and ${rest.length} more`);
    setAttribute(more, "title", rest.join("\n"));
    setHidden(notes, quiet.length === 0);
    setText(notes, format.counted(quiet.length, "note"));
    setAttribute(notes, "title", quiet.map((finding) => finding.message).join("\n"));
    setAttribute(notes, "aria-expanded", String(noting));
    setHidden(chips, problem.hidden && sorted.length === 0);
  }

  function draw(): void {
    const lane = store.focus;
    const selected = store.selection?.lane === lane?.id ? (store.selection?.frame ?? null) : null;
    if (open && (open.lane !== lane?.id || (open.frame !== null && open.frame !== selected))) open = null;
    drawChips(lane);
    const finding = open ? found[open.index] : undefined;
    setHidden(sentence, !finding);
    setText(sentence, finding?.message ?? "");
    setText(amount, lane && lane.head > 0 ? amountOf(lane) : "");
    setText(dialect, lane?.state.dialect_label || lane?.state.dialect || "");
    setHidden(dialect, dialect.textContent === "");
    dialect.disabled = !link.live;
    setAttribute(dialect, "title", link.live ? "How this stream is read" : null);
    setText(source, lane?.state.source ?? "");
    setAttribute(source, "title", lane?.state.source || null);
  }
  return { draw };
}

function chip(): HTMLElement {
  return h(
    "button",
    { type: "button", class: "sw-chip", "data-sw": "finding" },
    h("span", { "aria-hidden": "true" }),
    h("span", { "aria-hidden": "true" }),
    h("span", { class: "sw-hidden" }),
  );
}

function write(element: HTMLElement, finding: Finding, open: boolean): HTMLElement {
  const [sign, short, full] = element.children;
  if (sign) setText(sign, SIGNS[finding.severity]);
  if (short) setText(short, shortOf(finding));
  if (full) setText(full, finding.message);
  setAttribute(element, "title", finding.message);
  setAttribute(element, "aria-expanded", String(open));
  setAttribute(element, "data-kind", finding.kind);
  setAttribute(element, "data-severity", finding.severity);
  setAttribute(element, "data-frame", frameOfFinding(finding));
  return element;
}

/** `212 events · 14 comments · 51.8 KB`, at the instant shown: what else came is named only if it did. */
function amountOf(lane: Lane): string {
  const { kinds, bytes } = tallyOf(lane);
  const others = OTHERS.filter(([kind]) => kinds[kind]).map(([kind, noun]) => format.counted(kinds[kind] ?? 0, noun));
  const size = lane.at === null ? (lane.state.metrics.bytes ?? 0) : bytes;
  return [format.counted(kinds[Kind.event] ?? 0, "event"), ...others, format.bytes(size)].join(" · ");
}
