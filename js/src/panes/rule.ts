/** The rule panel: what a stream is read as, another way to read it with a live preview, and the way back. */

import { freshId, h, listen, replace, setAttribute, setText } from "../dom";
import { STYLE } from "../lazy/rule-style";
import type { Link } from "../link";
import type { Lane, Store } from "../store";
import { keepTab, placeAt } from "./popover";
import { BY_FUNCTION, BY_PATH, type Form, formOf, matchedWords, ruleOf } from "./rule-form";

/** Milliseconds without a key until the kernel is asked what the rule would read. */
const PAUSE = 200;
/** Milliseconds between two looks at the events that have come meanwhile. */
const REFRESH = 1000;
/** Suggestions that are offered. */
const OFFERED = 3;
const JOINS: [join: string, name: string][] = [
  ["", "nothing"],
  [" ", "a space"],
  ["\n", "a line break"],
];

export interface RulePanel {
  draw(): void;
  /** Open beside `opener`, or close if it is open there. suggest: begin with the likeliest place of the text. */
  toggle(opener: HTMLElement, suggest: boolean): void;
}

export function mount(root: HTMLElement, store: Store, link: Link, signal: AbortSignal): RulePanel {
  const id = freshId("rule");
  const format = h("select", { id: `${id}-format`, "data-sw": "rule-dialect" });
  const about = { spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: "$.result.text" };
  const path = h("input", { id: `${id}-path`, type: "text", "aria-describedby": `${id}-count`, ...about, "data-sw": "rule-extract" });
  const join = h("select", { id: `${id}-join`, "data-sw": "rule-join" });
  const offers = h("div", { class: "sw-rule-offers", role: "group", "aria-label": "Places where there is text" });
  const count = h("p", { class: "sw-rule-count", id: `${id}-count`, role: "status", "data-sw": "rule-count" });
  const text = h("div", { class: "sw-rule-text", tabindex: 0, role: "region", "aria-label": "What would be read" });
  const shown = h("div", { class: "sw-rule-preview", "data-sw": "rule-preview" }, count, text);
  const shut = h("button", { type: "button", class: "sw-key", "aria-label": "Close", "data-sw": "rule-close" }, "×");
  const reset = h("button", { type: "button", class: "sw-button", "data-sw": "rule-reset", title: "Read as the run was started" }, "Reset");
  const apply = h("button", { type: "button", class: "sw-button sw-button-main", "data-sw": "rule-apply" }, "Apply");
  const panel = h(
    "div",
    // Lab's shortcuts are single letters, and a select is no text field to it.
    { class: "sw-rule", role: "dialog", "aria-labelledby": `${id}-title`, popover: "manual", "data-lm-suppress-shortcuts": "true" },
    h("div", { class: "sw-rule-head" }, h("b", { id: `${id}-title` }, "How this stream is read"), shut),
    h("label", { for: `${id}-format` }, "Format"),
    format,
    h("label", { for: `${id}-path` }, "JSONPath"),
    path,
    offers,
    h("label", { for: `${id}-join` }, "Join with"),
    join,
    shown,
    h("div", { class: "sw-rule-acts" }, reset, apply),
  );
  panel.hidden = true;
  setAttribute(panel, "data-sw", "rule-panel");
  root.append(h("style", null, STYLE), panel);

  let lane: Lane | null = null;
  let opener: HTMLElement | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the questions: an answer to an older one says nothing about what stands in the fields now. */
  let asked = 0;
  let waiting = false;
  /** Events there were when the kernel was last asked. */
  let tried = 0;

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  listen(path, "input", () => typed(), signal);
  for (const field of [format, join]) listen(field, "change", () => chosen(field), signal);
  listen(offers, "click", (event) => offered(event.target as Element), signal);
  listen(reset, "click", () => void read({}), signal);
  listen(apply, "click", () => submit(), signal);
  listen(shut, "click", () => close(), signal);
  listen(panel, "keydown", (event) => key(event), signal);
  listen(panel, "toggle", (event) => (event as ToggleEvent).newState === "closed" && close(false), signal);
  listen(document, "pointerdown", (event) => outside(event.target as Node), signal, { capture: true });
  for (const moved of ["scroll", "resize"] as const) listen(window, moved, () => follow(), signal, { capture: true, passive: true });

  function form(): Form {
    return { format: format.value, extract: path.value, join: join.value };
  }

  function open(from: HTMLElement, suggest: boolean): void {
    const focus = store.focus;
    if (!focus || !link.live) return;
    lane = focus;
    opener = from;
    const begin = formOf(focus.state, suggest);
    const known = JOINS.some(([value]) => value === begin.join);
    replace(
      join,
      ...[...JOINS, ...(known ? [] : [[begin.join, JSON.stringify(begin.join)] as const])].map(([value, name]) => choice(value, name)),
    );
    join.value = begin.join;
    drawFormats(focus);
    format.value = begin.format;
    path.value = begin.extract;
    const places = focus.state.suggestions.slice(0, OFFERED);
    replace(offers, ...places.map((place) => h("button", { type: "button", "data-path": place, title: `Read at ${place}` }, place)));
    offers.hidden = places.length === 0;
    setText(count, "");
    setText(text, "");
    drawFields();
    panel.hidden = false;
    panel.showPopover?.();
    setAttribute(from, "aria-expanded", "true");
    follow();
    if (begin.format === BY_PATH) path.select();
    (begin.format === BY_PATH ? path : format).focus({ preventScroll: true });
    void preview();
  }

  /** @param back whether the focus returns to what opened the panel */
  function close(back = true): void {
    if (!lane) return;
    clearTimeout(timer);
    timer = undefined;
    waiting = false;
    asked++;
    lane = null;
    if (opener) setAttribute(opener, "aria-expanded", "false");
    const to = opener?.isConnected ? opener : root.querySelector<HTMLElement>('[data-rule="open"]');
    opener = null;
    panel.hidden = true;
    if (panel.isConnected && panel.matches(":popover-open")) panel.hidePopover();
    if (back) to?.focus({ preventScroll: true });
  }

  function drawFormats(of: Lane): void {
    const { dialect, dialect_label, dialects, rule } = of.state;
    const detected = rule.dialect === "auto" && rule.extract === null && rule.parse === null ? dialect_label || dialect : "";
    const options = [choice("auto", detected ? `Detected: ${detected}` : "Detect it"), choice(BY_PATH, "By rule: a JSONPath")];
    if (rule.parse !== null) options.push(choice(BY_FUNCTION, `By your function ${rule.parse}`));
    replace(format, ...options, h("hr"), ...dialects.map(([name, label]) => choice(name, label)));
  }

  function drawFields(): void {
    setAttribute(panel, "data-by", format.value === BY_PATH ? "path" : "format");
    for (const each of offers.children)
      setAttribute(each, "aria-pressed", String(format.value === BY_PATH && path.value === (each as HTMLElement).dataset.path));
  }

  function typed(): void {
    format.value = BY_PATH;
    changed(PAUSE);
  }

  function chosen(field: HTMLSelectElement): void {
    if (field === format && format.value === BY_PATH) {
      if (path.value === "") path.value = lane?.state.suggestions[0] ?? "";
      path.focus({ preventScroll: true });
    }
    changed(0);
  }

  function offered(target: Element): void {
    const place = target.closest<HTMLElement>("[data-path]")?.dataset.path;
    if (place === undefined) return;
    path.value = place;
    format.value = BY_PATH;
    changed(0);
  }

  function changed(wait: number): void {
    drawFields();
    asked++;
    apply.disabled = typeof ruleOf(form()) === "string";
    setAttribute(count, "aria-live", null);
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      void preview();
    }, wait);
  }

  async function preview(): Promise<void> {
    if (!lane) return;
    const rule = ruleOf(form());
    const mine = ++asked;
    tried = lane.eventCount;
    waiting = typeof rule !== "string";
    if (typeof rule === "string") {
      show(rule, "", "hint");
      return;
    }
    try {
      const found = await link.preview(lane.id, rule);
      if (mine !== asked) return;
      if (found.error !== undefined) show(found.error, "", "error");
      else show(matchedWords(found.matched, found.events, lane?.eventCount ?? 0), found.text, found.matched > 0 ? "some" : "none");
    } catch (error) {
      if (mine === asked) show(sentence(error), "", "error");
    } finally {
      if (mine === asked) waiting = false;
    }
  }

  /** New events have come while the panel is open: they are tried too, now and then, and without a word to screen readers. */
  function refresh(): void {
    if (!lane || waiting || timer !== undefined || lane.eventCount === tried) return;
    timer = setTimeout(() => {
      timer = undefined;
      setAttribute(count, "aria-live", "off");
      void preview();
    }, REFRESH);
  }

  function show(words: string, read: string, how: "some" | "none" | "hint" | "error"): void {
    setAttribute(shown, "data-how", how);
    setText(count, words);
    setText(text, read);
    apply.disabled = how === "hint" || how === "error";
  }

  function submit(): void {
    const rule = ruleOf(form());
    if (typeof rule === "string") show(rule, "", "hint");
    else void read(rule);
  }

  async function read(rule: Exclude<ReturnType<typeof ruleOf>, string>): Promise<void> {
    if (!lane) return;
    clearTimeout(timer);
    timer = undefined;
    const mine = ++asked;
    waiting = true; // nothing else is asked until the rule is in force, or refused
    setAttribute(panel, "aria-busy", "true");
    try {
      await link.read(lane.id, rule);
      if (mine === asked) close();
    } catch (error) {
      if (mine === asked) show(sentence(error), "", "error");
    } finally {
      waiting = false;
      setAttribute(panel, "aria-busy", null);
    }
  }

  function key(event: KeyboardEvent): void {
    event.stopPropagation(); // Escape closes the panel and does not take the selection away too
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && event.target === path) {
      event.preventDefault();
      submit();
    } else keepTab(panel, event);
  }

  function outside(target: Node): void {
    if (lane && !panel.contains(target) && !opener?.contains(target)) close(false);
  }

  function follow(): void {
    if (lane && opener && !placeAt(panel, opener, opener.dataset.rule === "suggest" ? "below" : "above")) close(false);
  }

  return {
    draw() {
      if (lane && (store.focus !== lane || !link.live)) close(false);
      refresh();
    },
    toggle(from, suggest) {
      const again = lane !== null && opener === from;
      close(false);
      if (again) from.focus({ preventScroll: true });
      else open(from, suggest);
    },
  };
}

function choice(value: string, name: string): HTMLOptionElement {
  return h("option", { value }, name);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
