/** The widget's entry for anywidget: one store and one link a model, one page a view. */

import { connect, KernelLink } from "./link";
import type { Model } from "./link-kernel";
import { mountPage } from "./page";
import { Store } from "./store";

interface Shared {
  store: Store;
  link: KernelLink;
}

/** By model, so that a second view shows what the first has, and costs nothing on the wire. */
const shared = new WeakMap<Model, Shared>();

/** Begin to listen. Synchronous and cheap: messages of the model wait until this has returned. */
function initialize({ model, signal }: { model: Model; signal: AbortSignal }): void {
  begin(model, signal);
}

function begin(model: Model, signal: AbortSignal): Shared {
  const store = new Store();
  const link = new KernelLink(model, signal);
  const made = { store, link };
  shared.set(model, made);
  connect(link, store, signal);
  return made;
}

function render({ model, el, signal }: { model: Model; el: HTMLElement; signal: AbortSignal }): () => void {
  const view = new AbortController();
  // A host that calls only `render` gets a model of its own, for as long as the view lives.
  const { store, link } = shared.get(model) ?? begin(model, signal);
  signal.addEventListener("abort", () => view.abort(), { once: true });
  mountPage(el, store, link, view.signal);
  return () => view.abort();
}

export default { initialize, render };
