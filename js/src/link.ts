/** Where feeds come from: a kernel over the widget's comm, or feeds that are embedded in a page. Both look the same to the page. */

import { pace } from "./pace";
import type { Command, ExportForm, Feed, Found, FrameDetail, Lines, Preview, Query, Rule } from "./protocol";
import { sightOf } from "./sight";
import type { Store } from "./store";

export { type FixtureFeed, FixtureLink } from "./link-fixture";
export { KernelLink } from "./link-kernel";

export interface Link {
  /**
   * Hear of every feed that is to be applied, in order, until the signal aborts.
   *
   * @param callback takes it in (`Store.apply`); "hole" as its result, or an error, makes the link ask for everything again
   * @param problem hears why something could not be taken in
   */
  feed(callback: (feed: Feed) => unknown, signal: AbortSignal, problem?: (error: Error) => void): void;
  /** Send a command; without a kernel nothing happens. */
  send(command: Command): void;
  /** Everything about one frame. Rejects with a sentence that the page can show. */
  event(lane: string, frame: number): Promise<FrameDetail>;
  /** One slice of a search: the frames that match, from this one on. Rejects with a sentence that the page can show. */
  find(lane: string, query: Query, from: number): Promise<Found>;
  /** As many of these frames as JSON lines as one answer holds. Rejects with a sentence. */
  lines(lane: string, frames: number[]): Promise<Lines>;
  /** What a rule would read from the last events; nothing changes. Rejects with a sentence that the page can show. */
  preview(lane: string, rule: Rule): Promise<Preview>;
  /** Read a lane by this rule from now on, from its first frame; `{}`: as it was started. Rejects with a sentence. */
  read(lane: string, rule: Rule): Promise<void>;
  /** A module of the front end that is loaded late. Rejects with a sentence; without a kernel there is none to ask. */
  asset?(name: string): Promise<Uint8Array>;
  /** What has come of a lane so far, as a file. Rejects with a sentence; without a kernel there is nobody to make it. */
  save?(lane: string, form: ExportForm): Promise<{ name: string; bytes: Uint8Array }>;
  /** Whether its assets are there without a kernel. */
  readonly stocked?: boolean;
  /** Whether there is a kernel to command: without one there is nothing to stop. */
  readonly live: boolean;
  /** Say whether nobody sees the widget, and which lane is shown (null: there is only one): the kernel sends by it. */
  attend?(hidden: boolean, focus: string | null): void;
  /** See whether the kernel still exists, where there is one; `whenGone` is called if it turns out, now or later, that it does not. */
  probe?(whenGone: () => void): void;
}

/** Milliseconds of silence after which a page with a stream that goes on looks whether its kernel still exists. */
const SILENCE = 3000;

/** Let a store follow a link: feeds are applied, and what goes wrong becomes the store's `problem`. */
export function connect(link: Link, store: Store, signal: AbortSignal): void {
  let heard = store.clock();
  link.feed(
    (feed) => {
      heard = store.clock();
      return store.apply(feed);
    },
    signal,
    (error) => store.report(error),
  );
  pace(store, signal);
  const sight = sightOf(store);
  const attend = () => link.attend?.(sight.hidden, store.order.length > 1 ? (store.focus?.id ?? null) : null);
  sight.subscribe(attend, signal);
  store.subscribe((change) => change === "selection" && attend(), signal);
  const timer = setInterval(() => {
    if (store.live && store.clock() - heard >= SILENCE) link.probe?.(() => store.lose());
  }, SILENCE);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
