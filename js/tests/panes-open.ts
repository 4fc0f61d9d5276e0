/** The page on a fixture, for tests that look at it as a person does: by its hooks. */

import { vi } from "vitest";
import { provideAsset } from "../src/assets";
import type { Fixture } from "../src/fixtures";
import * as rule from "../src/lazy/rule";
import { connect, FixtureLink } from "../src/link";
import { mountPage } from "../src/page";
import type { Command, Preview, Rule } from "../src/protocol";
import { Store } from "../src/store";

export interface Page {
  store: Store;
  commands: Command[];
  get(name: string): HTMLElement;
  text(name: string): string;
  settle(): Promise<void>;
}

provideAsset("rule", rule);

/** Before each test; time stands still from now on. */
export function startPage(): AbortController {
  vi.useFakeTimers();
  return new AbortController();
}

/** After each test. */
export function endPage(ending: AbortController): void {
  ending.abort();
  vi.useRealTimers();
  document.body.replaceChildren();
}

/** The page on the part of a fixture that has come after `at` seconds. */
export async function openPage(
  fixture: Fixture,
  signal: AbortSignal,
  at = Number.POSITIVE_INFINITY,
  preview?: (lane: string, rule: Rule) => Preview,
): Promise<Page> {
  const host = document.createElement("div");
  document.body.append(host);
  const store = new Store(() => 0);
  const commands: Command[] = [];
  const feeds = fixture.feeds.filter((item) => item.time <= at);
  const link = new FixtureLink(feeds, {
    speed: Number.POSITIVE_INFINITY,
    live: true,
    detail: fixture.detail,
    ...(preview ? { preview } : {}),
    onCommand: (c) => commands.push(c),
  });
  mountPage(host, store, link, signal);
  connect(link, store, signal);
  const get = (name: string): HTMLElement => {
    const found = host.querySelector<HTMLElement>(`[data-sw="${name}"]`);
    if (!found) throw new Error(`nothing is called ${name}`);
    return found;
  };
  const settle = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(400));
  await settle();
  return { store, commands, get, text: (name) => get(name).textContent ?? "", settle };
}
