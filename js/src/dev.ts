/**
 * The page without Jupyter, on made streams.
 *
 * Query: `run` (a name of `RUNS`, `many`, or `two` for two lanes), `at` (seconds: freeze there), `speed` (1: as it was; 0: at once),
 * `theme` (light, dark), `select` (a frame), `tab` (tokens, events, charts, request), `n` (events of `many`), `bare` (no links above).
 */

import { provideAsset } from "./assets";
import { h } from "./dom";
import type { Fixture } from "./fixtures";
import { many, pizza, RUNS } from "./fixtures-runs";
import * as charts from "./lazy/charts";
import * as rule from "./lazy/rule";
import { connect, FixtureLink } from "./link";
import { mountPage } from "./page";
import { Store } from "./store";

provideAsset("charts", charts);
provideAsset("rule", rule);
const query = new URLSearchParams(location.search);
const theme = query.get("theme");
if (theme) document.documentElement.style.colorScheme = theme;
document.body.classList.toggle("tight", query.has("bare"));

const nav = document.querySelector("nav");
if (query.has("bare")) nav?.remove();
else
  for (const name of [...Object.keys(RUNS), "two", "many"])
    for (const other of ["light", "dark"]) nav?.append(h("a", { href: `?run=${name}&theme=${other}` }, `${name} ${other}`));

const name = query.get("run") ?? "pizza";
const fixture = choose(name);
const at = query.has("at") ? Number(query.get("at")) : null;
const speed = at !== null || query.get("speed") === "0" ? Number.POSITIVE_INFINITY : Number(query.get("speed") ?? 1);
const feeds = at === null ? fixture.feeds : fixture.feeds.filter((item) => item.time <= at);

// A frozen page has a frozen clock: the session's time stands where the last feed left it, or at `at` if that is later.
const frozen = at === null ? null : (at - (feeds[feeds.length - 1]?.feed.now ?? 0)) * 1000;
let started = false;
const store = new Store(() => (frozen === null ? performance.now() : started ? frozen : 0));
const signal = new AbortController().signal;
const link = new FixtureLink(feeds, { speed, live: true, detail: fixture.detail, onCommand: (command) => console.log(command) });
const stage = document.getElementById("stage");
if (stage) mountPage(stage, store, link, signal);
connect(link, store, signal);
started = true;

const tab = query.get("tab");
requestAnimationFrame(() => {
  if (tab) document.querySelector<HTMLElement>(`[data-tab="${tab}"]`)?.click();
  const select = query.get("select");
  if (select !== null && store.focus) store.select(store.focus.id, Number(select));
});

// For measurements in the console and by scripts.
Object.assign(window, { swStore: store, swFixture: fixture });

function choose(run: string): Fixture {
  if (run === "many") return many(Number(query.get("n") ?? 20_000));
  if (run === "two") return together(pizza("1"), pizza("2", 23));
  return (RUNS[run] ?? pizza)();
}

/** Two streams as two lanes of one session. */
function together(a: Fixture, b: Fixture): Fixture {
  const merged = [...a.feeds, ...b.feeds].sort((x, y) => x.time - y.time);
  const feeds = merged.map((item, i) => ({ time: item.time, feed: { ...item.feed, seq: i + 1, whole: false } }));
  return { feeds, duration: Math.max(a.duration, b.duration), detail: (lane, frame) => a.detail(lane, frame) ?? b.detail(lane, frame) };
}
