/** What a person takes away from a stream: its files, and its request as a command. Loaded when it is first wanted. */

import { h, listen, setAttribute, setText } from "../dom";
import type { Link } from "../link";
import { download } from "../panes/copy";
import type { ExportForm } from "../protocol";
import type { Store } from "../store";

export { curlOf } from "./keep-curl";

const FILES: [form: ExportForm, words: string, about: string][] = [
  ["recording", "Recording", "What came, with its times: sw.load reads it (.ssejsonl)"],
  ["page", "Page", "One file that shows and plays it in any browser (.html)"],
];

/** Buttons by which what has come so far is downloaded; none where there is no kernel to make the files. */
export function files(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): void {
  if (!link.save || !link.live) return;
  const said = h("span", { role: "status", "data-sw": "saved" });
  async function keep(form: ExportForm, button: HTMLElement): Promise<void> {
    const lane = store.focus;
    if (!lane || !link.save || button.ariaBusy === "true") return;
    setAttribute(button, "aria-busy", "true");
    setText(said, "");
    try {
      const { name, bytes } = await link.save(lane.id, form);
      if (!signal.aborted) download([bytes as Uint8Array<ArrayBuffer>], name, form === "page" ? "text/html" : undefined);
    } catch (error) {
      setText(said, error instanceof Error ? error.message : String(error));
    }
    setAttribute(button, "aria-busy", null);
  }
  const buttons = FILES.map(([form, words, about]) => {
    const button = h("button", { type: "button", class: "sw-button", title: about, "data-sw": `save-${form}` }, words);
    listen(button, "click", () => void keep(form, button), signal);
    return button;
  });
  host.append(h("div", { class: "sw-view-hold" }, h("span", null, "Download"), ...buttons, said));
}
