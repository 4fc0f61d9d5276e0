/** From a lane to what the timeline paints: its phases and its stalls, in seconds. Pure. */

import { Channel, type Finding, type Metrics } from "../protocol";
import type { Lane } from "../store";
import * as format from "./format";
import type { Colours, Phase, Stall } from "./timeline-paint";
import type { Scale } from "./timeline-scale";
import type { Stretch } from "./timeline-track";

const CONTENT: Record<number, { verb: string; colour: keyof Colours }> = {
  [Channel.text]: { verb: "write", colour: "text" },
  [Channel.reasoning]: { verb: "think", colour: "think" },
  [Channel.tool]: { verb: "call tools", colour: "tool" },
  [Channel.refusal]: { verb: "refuse", colour: "bad" },
  [Channel.step]: { verb: "step", colour: "tool" },
  [Channel.error]: { verb: "error", colour: "bad" },
};

/**
 * The band above the marks: connect until the headers came, wait until the first content, then a phase for each stretch of content.
 *
 * @param now seconds: the end of what goes on
 * @param live the last phase reaches to `now`
 * @param scale only what it shows is given, and of stretches that share a pixel the first: two calls of a tool whose fragments come
 *   in turn make as many stretches as fragments
 */
export function phases(metrics: Partial<Metrics>, stretches: Stretch[], now: number, live: boolean, scale?: Scale): Phase[] {
  const first = stretches[0]?.from ?? null;
  const headers = metrics.headers ?? metrics.first_byte ?? null;
  const waited = first ?? now;
  const connected = Math.min(headers ?? waited, waited);
  const found: Phase[] = [phase("connect", 0, connected, "meta", 0.75)];
  if (headers !== null) found.push(phase("wait", connected, waited, "meta", 0.38));
  const pixel = scale?.pixel ?? 0;
  const stop = scale ? firstFrom(stretches, scale.end) : stretches.length;
  for (let i = scale ? Math.max(0, firstFrom(stretches, scale.start) - 1) : 0; i < stop; ) {
    const stretch = stretches[i] as Stretch;
    // A phase lasts until the next begins: what lies between belongs to the one that was still going on.
    const next = stretches[i + 1]?.from;
    const to = next ?? (live ? now : Math.max(stretch.to, stretch.from));
    const about = CONTENT[stretch.channel];
    if (to - stretch.from < pixel && next !== undefined) {
      if (about) found.push({ ...phase(about.verb, stretch.from, stretch.from + pixel, about.colour, 0.92), labels: [] });
      i = Math.max(i + 1, firstFrom(stretches, stretch.from + pixel));
      continue;
    }
    if (about) found.push(phase(about.verb, stretch.from, to, about.colour, 0.92));
    i++;
  }
  return found.filter((each) => each.to > each.from || each.colour === "bad");
}

/** Index of the first stretch that begins at this time or later. */
function firstFrom(stretches: Stretch[], time: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle] as Stretch).from < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function phase(verb: string, from: number, to: number, colour: keyof Colours, alpha: number): Phase {
  return { from, to, colour, alpha, labels: [`${verb} ${format.seconds(to - from)}`, verb] };
}

/** The findings that are gaps, as fields of the picture. */
export function stalls(lane: Lane, selected: number | null): Stall[] {
  const found: Stall[] = [];
  for (const finding of lane.state.findings) {
    const lost = finding.kind === "reconnect";
    const span = lost || finding.kind === "stall" ? spanOf(lane, finding) : null;
    if (!span) continue;
    const length = format.seconds(finding.duration ?? span.to - span.from);
    const among = selected !== null && finding.frames !== null && selected >= finding.frames[0] && selected <= finding.frames[1];
    found.push({ ...span, labels: [`${lost ? "no connection" : "stall"} ${length}`, length], selected: among });
  }
  return found;
}

function spanOf(lane: Lane, finding: Finding): { from: number; to: number } | null {
  if (finding.time !== null && finding.duration !== null) return { from: finding.time, to: finding.time + finding.duration };
  if (!finding.frames) return null;
  const [first, last] = finding.frames;
  return last < lane.head ? { from: lane.columns.time(first), to: lane.columns.time(last) } : null;
}
