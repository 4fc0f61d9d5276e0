/** Opens the rule panel, which the kernel keeps until somebody asks how a stream is read. */

import { asset, fetchAsset } from "../assets";
import { setAttribute } from "../dom";
import type { Link } from "../link";
import type { Store } from "../store";
import type { RulePanel } from "./rule";

/** @param root where the panel is put */
export function mount(root: HTMLElement, store: Store, link: Link, signal: AbortSignal): RulePanel {
  let panel: RulePanel | undefined;
  /** The opener that was pressed last, while the panel is on its way. */
  let wanted: HTMLElement | null = null;

  function made(): RulePanel | undefined {
    if (!signal.aborted) panel ??= asset("rule")?.mount(root, store, link, signal);
    return panel;
  }
  async function load(opener: HTMLElement, suggest: boolean): Promise<void> {
    wanted = opener;
    setAttribute(opener, "aria-busy", "true");
    try {
      await fetchAsset("rule", link);
      if (wanted === opener && opener.isConnected) made()?.toggle(opener, suggest);
    } catch (error) {
      store.report(error instanceof Error ? error : new Error(String(error)));
    }
    setAttribute(opener, "aria-busy", null);
  }

  return {
    draw: () => made()?.draw(),
    toggle(opener, suggest) {
      if (made()) panel?.toggle(opener, suggest);
      else if (opener.getAttribute("aria-busy") !== "true") void load(opener, suggest);
    },
  };
}
