/** A row of tabs: one of them is on, the arrow keys walk along it (the tabs pattern of the ARIA authoring practices). */

import { h, listen, setAttribute, setText } from "../dom";

export interface Tab {
  id: string;
  text: string;
  /** A state to show as a dot before the text. */
  status?: string;
  /** Element that the tab shows. */
  panel?: string;
}
export interface Tabs {
  /** Show these tabs, this one on. */
  set(tabs: Tab[], on: string): void;
}

/**
 * @param host becomes the tab list
 * @param label what the tabs choose between, for screen readers
 * @param choose called with the id of a tab that a person chose
 */
export function tabs(host: HTMLElement, label: string, choose: (id: string) => void, signal: AbortSignal): Tabs {
  setAttribute(host, "role", "tablist");
  setAttribute(host, "aria-label", label);
  let shown: Tab[] = [];
  const buttons = (): HTMLElement[] => [...host.querySelectorAll<HTMLElement>(":scope > [role=tab]")];

  listen(
    host,
    "click",
    (event) => {
      const tab = (event.target as Element).closest<HTMLElement>("[role=tab]");
      if (tab) choose(tab.dataset.tab ?? "");
    },
    signal,
  );
  listen(
    host,
    "keydown",
    (event) => {
      const all = buttons();
      const from = all.indexOf(document.activeElement as HTMLElement);
      const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: all.length - 1 }[event.key];
      if (from < 0 || to === undefined) return;
      const next = all[(to + all.length) % all.length];
      event.preventDefault();
      choose(next?.dataset.tab ?? "");
      next?.focus();
    },
    signal,
  );
  return {
    set(next, on) {
      const all = buttons();
      if (next.length !== shown.length || next.some((tab, i) => tab.id !== shown[i]?.id)) {
        for (const old of all) old.remove();
        const made = next.map((tab) =>
          h(
            "button",
            { type: "button", role: "tab", "data-tab": tab.id, "aria-controls": tab.panel },
            tab.status !== undefined && h("i", { class: "sw-dot", "aria-hidden": "true" }),
            h("span", { class: "sw-tab-text" }),
          ),
        );
        host.prepend(...made);
      }
      shown = next;
      for (const [i, button] of buttons().entries()) {
        const tab = next[i];
        if (!tab) continue;
        const text = button.querySelector(".sw-tab-text");
        if (text) {
          setText(text, tab.text);
          setAttribute(text, "data-text", tab.text);
        }
        setAttribute(button, "data-status", tab.status);
        setAttribute(button, "aria-selected", String(tab.id === on));
        setAttribute(button, "tabindex", tab.id === on ? 0 : -1);
      }
    },
  };
}
