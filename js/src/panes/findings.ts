/** Findings as short words for a chip; their sentences come from the kernel. Pure. */

import type { Finding } from "../protocol";
import * as format from "./format";

/** The frame a finding is about: for a gap the one that ended it. */
export function frameOfFinding(finding: Finding): number | null {
  return finding.frames ? finding.frames[1] : null;
}

/** What a kind is called where the first clause of its sentence would be too long. */
const NAMES: Record<string, string> = {
  cut_off: "cut off",
  ignored: "ignored lines",
  invalid_utf8: "invalid UTF-8",
  duplicates: "every fragment twice",
  cumulative: "whole text each time",
  repeated: "text repeated",
  burst: "all at once",
  responses: "several responses",
  role_change: "role changes",
  missing_end: "odd end",
  no_usage: "no usage",
  late_usage: "late usage",
  run_together: "events run together",
  empty_choices: "empty choices",
  large_events: "large events",
  padding: "padding",
  guess: "read by a guess",
  content_type: "wrong content type",
  dialect: "wrong format",
};

/** `stall 1.41 s at 3.5 s`, `cut off`, or else the first clause of the sentence. */
export function shortOf(finding: Finding): string {
  const name = NAMES[finding.kind];
  if (name) return name;
  if (finding.kind === "reconnect" && finding.duration !== null) return `no connection for ${format.seconds(finding.duration)}`;
  if (finding.kind === "stall" && finding.duration !== null && finding.time !== null) {
    const length = format.seconds(finding.duration);
    // A wait that nothing has ended yet has the frame that began it on both sides.
    const open = finding.frames !== null && finding.frames[0] === finding.frames[1];
    return open ? `stalled for ${length}` : `stall ${length} at ${finding.time.toFixed(1)} s`;
  }
  return finding.message.split(/[;:.,](?:\s|$)/, 1)[0] ?? "";
}
