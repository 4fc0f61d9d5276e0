/** The widget's entry for anywidget: one store and one link a model, one page a view. */

import { connect, KernelLink } from "./link";
import type { Model } from "./link-kernel";
import { mountPage } from "./page";
import { Store } from "./store";

interface Shared {
  store: Store;
  link: KernelLink;
}

/**
 * By the widget's key, so that a second view shows what the first has, and costs nothing on the wire. The model itself cannot tell: anywidget
 * 0.11 hands `initialize` and each `render` an object of its own for it, and by those every feed would be applied, and acknowledged, twice.
 */
const shared = new Map<unknown, Shared>();

function keyOf(model: Model): unknown {
  return model.get("key") || model;
}

/** Begin to listen. Synchronous and cheap: messages of the model wait until this has returned. */
function initialize({ model, signal }: { model: Model; signal: AbortSignal }): void {
  begin(model, signal);
}

function begin(model: Model, signal: AbortSignal): Shared {
  const store = new Store();
  const link = new KernelLink(model, signal);
  const made = { store, link };
  const key = keyOf(model);
  shared.set(key, made);
  signal.addEventListener("abort", () => shared.get(key) === made && shared.delete(key), { once: true });
  connect(link, store, signal);
  return made;
}

function render({ model, el, signal }: { model: Model; el: HTMLElement; signal: AbortSignal }): () => void {
  const view = new AbortController();
  // A host that calls only `render` gets a model of its own, for as long as the view lives.
  const { store, link } = shared.get(keyOf(model)) ?? begin(model, signal);
  signal.addEventListener("abort", () => view.abort(), { once: true });
  mountPage(el, store, link, view.signal);
  return () => view.abort();
}

export default { initialize, render };
