/** The link without a kernel: feeds that were made or recorded before, given at their times. */

import type { Link } from "./link";
import type { Command, Feed, Found, FrameDetail, Lines, Preview, Query, Rule } from "./protocol";
import { FeedError, readFeed } from "./validate";

/** A feed and when it is given, in seconds after someone began to listen. */
export interface FixtureFeed {
  time: number;
  feed: Feed;
}

export interface FixtureOptions {
  /** How many times faster than recorded; Infinity: all at once. */
  speed?: number;
  /** Answers questions about frames; undefined: there is nothing about this one. */
  detail?: (lane: string, frame: number) => FrameDetail | undefined;
  /** Answers what a rule would read. */
  preview?: (lane: string, rule: Rule) => Preview;
  /** Whether the page should offer commands, as it does with a kernel. */
  live?: boolean;
  /** Hears the commands of the page. */
  onCommand?: (command: Command) => void;
}

/** Feeds in order of time. They stop coming once the page sends "stop". */
export class FixtureLink implements Link {
  readonly live: boolean;
  #feeds: readonly FixtureFeed[];
  #options: FixtureOptions;
  #stopped = new AbortController();

  constructor(feeds: readonly FixtureFeed[], options: FixtureOptions = {}) {
    this.#feeds = feeds;
    this.#options = options;
    this.live = options.live ?? false;
  }

  feed(callback: (feed: Feed) => unknown, signal: AbortSignal, problem: (error: Error) => void = () => {}): void {
    const speed = this.#options.speed ?? 1;
    const begin = performance.now();
    let next = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const play = () => {
      const elapsed = (performance.now() - begin) / 1000;
      for (let item = this.#feeds[next]; item !== undefined; item = this.#feeds[next]) {
        const wait = item.time / speed - elapsed;
        if (wait > 0) {
          timer = setTimeout(play, wait * 1000);
          return;
        }
        next++;
        try {
          const feed = readFeed(item.feed);
          if (feed) callback(feed);
        } catch (error) {
          problem(error instanceof Error ? error : new FeedError(String(error)));
        }
      }
    };
    const end = () => clearTimeout(timer);
    signal.addEventListener("abort", end, { once: true });
    this.#stopped.signal.addEventListener("abort", end, { once: true });
    if (!signal.aborted) play();
  }

  send(command: Command): void {
    if (command.type === "stop") this.#stopped.abort();
    this.#options.onCommand?.(command);
  }

  event(lane: string, frame: number): Promise<FrameDetail> {
    const detail = this.#options.detail?.(lane, frame);
    return detail ? Promise.resolve(detail) : Promise.reject(new Error("This page was saved without the data of its events."));
  }

  /** In the data of the frames, as the kernel does it, but without JSONPath: that is the kernel's. */
  find(lane: string, query: Query, from: number): Promise<Found> {
    const detail = this.#options.detail;
    if (!detail || "path" in query) return Promise.reject(new Error("There is no kernel that could search the data."));
    const frames: number[] = [];
    let next = from;
    for (let found = detail(lane, next); found && next < from + 1000; found = detail(lane, ++next)) {
      const hit = "text" in query ? found.raw.toLowerCase().includes(query.text.toLowerCase()) : found.event_type === query.event_type;
      if (hit) frames.push(next);
    }
    return Promise.resolve({ frames, next });
  }

  lines(lane: string, frames: number[]): Promise<Lines> {
    const found = frames.slice(0, 1000).map((frame) => this.#options.detail?.(lane, frame));
    if (found.includes(undefined)) return Promise.reject(new Error("This page was saved without the data of its events."));
    const text = found.map((each) => `${JSON.stringify({ frame: each?.frame, time: each?.time, data: each?.data })}\n`).join("");
    return Promise.resolve({ text, count: found.length });
  }

  preview(lane: string, rule: Rule): Promise<Preview> {
    const found = this.#options.preview?.(lane, rule);
    return found ? Promise.resolve(found) : Promise.reject(new Error("There is no kernel that could try this."));
  }

  read(lane: string, rule: Rule): Promise<void> {
    this.send({ type: "read", id: 0, lane, ...rule });
    return Promise.resolve();
  }
}
