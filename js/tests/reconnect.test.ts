/** What the page says while there is no connection, and of the time there was none. */

import { afterEach, beforeEach, expect, it } from "vitest";
import type { Fixture } from "../src/fixtures";
import { previewOf } from "../src/panes/about";
import { shortOf } from "../src/panes/findings";
import { stalls } from "../src/panes/timeline-model";
import { type Finding, Kind, type LaneState } from "../src/protocol";
import type { Lane } from "../src/store";
import { feed } from "./feeds";
import { endPage, openPage, startPage } from "./panes-open";

const LOST: Finding = {
  kind: "reconnect",
  severity: "info",
  message: "The connection was lost after 1.50 s (reset by peer); it was resumed 3.00 s later from event 41.",
  frames: [1, 2],
  time: 1.5,
  duration: 3,
};
const WHY = "The peer closed the connection.";

/** A lane that has lost its connection 1.5 s after its request, and has waited for two of three seconds. */
function lost(more: Partial<LaneState> = {}): Fixture {
  const pending = { at: 4.5, attempt: 2, of: 5, why: WHY };
  const state = { name: "n", status: "reconnecting" as const, pending, start: 0, findings: [LOST], ...more };
  const marks: LaneState["marks"] = [
    [1, "wait", "no connection: reset by peer; reconnecting in 3.00 s (attempt 2 of 5)"],
    [2, "reconnect"],
  ];
  const mark = { kind: Kind.mark, channel: 0, size: 0 };
  const rows = [{ time: 1 }, { time: 1.5, ...mark }, { time: 4.5, ...mark }];
  const first = feed(
    1,
    [
      {
        rows,
        ops: [
          [0, 1, "open", { kind: "text" }],
          [0, 1, ["a"]],
        ],
        state: { ...state, marks },
      },
    ],
    {
      now: 2.2,
      whole: true,
    },
  );
  return { feeds: [{ time: 0, feed: first }], detail: () => null } as unknown as Fixture;
}

let ending: AbortController;
beforeEach(() => {
  ending = startPage();
});
afterEach(() => endPage(ending));

it("counts the seconds until the next attempt, and says why", async () => {
  const page = await openPage(lost(), ending.signal);
  expect(page.text("status")).toMatch(/^Reconnecting in 3 s$/);
  expect(page.get("status").title).toBe(`${WHY} (attempt 2 of 5)`);
});

it("counts no seconds once the attempt is under way, and none for other states", async () => {
  const page = await openPage(lost({ pending: null }), ending.signal);
  expect(page.text("status")).toBe("Reconnecting");
  page.store.apply(feed(2, [{ first: 3, state: { status: "writing" } }]));
  await page.settle();
  expect(page.text("status")).toBe("Writing");
  expect(page.get("status").hasAttribute("title")).toBe(false);
});

it("marks the time without a connection on the timeline, in words of its own", async () => {
  const page = await openPage(lost(), ending.signal);
  const lane = page.store.focus as Lane;
  expect(stalls(lane, null)).toEqual([{ from: 1.5, to: 4.5, labels: ["no connection 3.00 s", "3.00 s"], selected: false }]);
  expect(previewOf(lane, 1, 200)).toEqual({ text: "no connection: reset by peer; reconnecting in 3.00 s (attempt 2 of 5)", quiet: true });
  expect(previewOf(lane, 2, 200)).toEqual({ text: "the request was sent again", quiet: true });
  expect(shortOf(LOST)).toBe("no connection for 3.00 s");
});
