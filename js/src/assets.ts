/**
 * Parts of the front end that are heavy and not always needed: the kernel has them, and the first widget of a page that needs one asks
 * its kernel for it. All widgets of the page share what came, whichever of them asked.
 */

import type { BoardView } from "./board";
import type * as keep from "./lazy/keep";
import type { Link } from "./link";
import type { ChartsPane } from "./panes/charts";
import type { RulePanel } from "./panes/rule";
import type { Store } from "./store";

export interface Assets {
  code: { render(text: string, language: string): DocumentFragment | null };
  math: { render(source: string, display: boolean): Element | null };
  charts: { mount(host: HTMLElement, store: Store, link: Link, signal: AbortSignal): ChartsPane };
  keep: Pick<typeof keep, "curlOf" | "files">;
  lanes: BoardView;
  grid: BoardView;
  theatre: BoardView;
  rule: { mount(root: HTMLElement, store: Store, link: Link, signal: AbortSignal): RulePanel };
}
export type AssetName = keyof Assets;
export type BoardName = "lanes" | "grid" | "theatre";

/** Set by the build: what belongs to another version of the front end is not shared. */
declare const ASSETS_VERSION: string | undefined;
const VERSION = typeof ASSETS_VERSION === "string" ? ASSETS_VERSION : "";

/** Each widget's module is loaded anew, so what they share stands at the window. */
const SHARED = Symbol.for("sse_widget.assets");

interface Entry {
  module?: unknown;
  asking?: Promise<unknown> | undefined;
}

function entry(name: AssetName): Entry {
  const place = globalThis as { [SHARED]?: Map<string, Entry> };
  place[SHARED] ??= new Map();
  const key = `${name} ${VERSION}`;
  const found = place[SHARED].get(key) ?? {};
  place[SHARED].set(key, found);
  return found;
}

/** The asset, if this page has it already. */
export function asset<N extends AssetName>(name: N): Assets[N] | undefined {
  return entry(name).module as Assets[N] | undefined;
}

/** Ask for an asset. Rejects if there is no kernel to ask, or if it is busy: then it may be asked again later. */
export async function fetchAsset<N extends AssetName>(name: N, link: Link): Promise<Assets[N]> {
  const shared = entry(name);
  if (shared.module === undefined) {
    shared.asking ??= load(name, link).finally(() => {
      shared.asking = undefined;
    });
    shared.module = await shared.asking;
  }
  return shared.module as Assets[N];
}

/** Tests give the module itself. */
export function provideAsset<N extends AssetName>(name: N, module: Assets[N] | undefined): void {
  entry(name).module = module;
}

async function load(name: AssetName, link: Link): Promise<unknown> {
  if (!link.asset) throw new Error("There is no kernel that has it.");
  const bytes = await link.asset(name);
  // As anywidget loads the widget itself: where one may run, so may the other.
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
