/**
 * The page as a file of its own: a finished recording stands in the document, packed, and nothing is asked of anybody.
 *
 * `Recording.to_html` puts three things beside this script: the styles, an element `#sse-widget`, and `#sse-widget-data` with gzip in
 * base64: the snapshot as the kernel sends it, what is known of each frame, and the parts of the front end that are loaded late.
 */

import { connect } from "./link";
import { FixtureLink } from "./link-fixture";
import { mountPage } from "./page";
import type { Feed, FrameDetail } from "./protocol";
import { Store } from "./store";
import { FeedError } from "./validate";

interface Saved {
  feed: Omit<Feed, "cols"> & { cols: string };
  details: { [lane: string]: FrameDetail[] };
  assets: { [name: string]: string };
}

class SavedLink extends FixtureLink {
  readonly stocked = true;
  #assets: Saved["assets"];

  constructor(saved: Saved) {
    const cols = bytesOf(saved.feed.cols);
    const feed = { ...saved.feed, cols: new DataView(cols.buffer) } as Feed;
    super([{ time: 0, feed }], { speed: Number.POSITIVE_INFINITY, detail: (lane, frame) => saved.details[lane]?.[frame] });
    this.#assets = saved.assets;
  }

  asset(name: string): Promise<Uint8Array> {
    const found = this.#assets[name];
    return found === undefined ? Promise.reject(new Error("This page was saved without it.")) : Promise.resolve(bytesOf(found));
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

async function unpack(base64: string): Promise<Saved> {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Saved;
}

async function begin(): Promise<void> {
  const host = document.getElementById("sse-widget");
  const data = document.getElementById("sse-widget-data")?.textContent ?? "";
  if (!host) return;
  try {
    const store = new Store();
    const link = new SavedLink(await unpack(data));
    const { signal } = new AbortController();
    mountPage(host, store, link, signal);
    connect(link, store, signal);
  } catch (error) {
    const what = error instanceof FeedError ? error.message : String(error);
    host.textContent = `This page cannot be shown: ${what}. It needs a browser of 2023 or newer.`;
  }
}

void begin();
