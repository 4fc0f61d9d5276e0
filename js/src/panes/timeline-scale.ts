/** The time axis: how far it reaches, where its ticks stand, and which pixel an instant falls on. Pure. */

/** Lengths of the axis, as multiples of a power of ten or of the round numbers of minutes and hours. */
const STEPS = [1, 1.5, 2, 3, 4, 6, 8];
const MINUTES = [60, 90, 120, 180, 240, 360, 480, 600, 900, 1200, 1800, 2700, 3600, 5400];
/** Seconds of the shortest axis: a local server answers within a few milliseconds. */
const SHORTEST = 0.01;

/** Distances between ticks that people count in, in seconds. */
const TICKS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400,
];

/**
 * Seconds that the axis reaches when `now` seconds are to be seen.
 *
 * It grows in steps by a third to a half, so that nothing on it moves between two steps.
 *
 * @param now seconds since the request was sent
 * @param live leave room before the right edge, and show at least two seconds: the stream goes on
 */
export function axisEnd(now: number, live: boolean): number {
  const wanted = Math.max(live ? 2 : SHORTEST, live ? now * 1.04 : now * 1.005);
  if (wanted > 40) {
    for (const end of MINUTES) if (end >= wanted) return end;
    const hours = wanted / 3600;
    return 3600 * stepAbove(hours);
  }
  return stepAbove(wanted);
}

function stepAbove(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  for (const step of STEPS) if (step * power >= wanted * (1 - 1e-9)) return round(step * power);
  return round(10 * power);
}

/**
 * Seconds at which ticks stand, from 0 to `end`.
 *
 * @param width pixels of the axis
 * @param apart pixels that two labels need at least
 */
export function ticks(end: number, width: number, apart = 72): number[] {
  if (!(end > 0) || !(width > 0)) return [];
  const least = (end * apart) / width;
  const step = TICKS.find((candidate) => candidate >= least) ?? 86400 * Math.ceil(least / 86400);
  const found: number[] = [];
  for (let i = 0; i * step <= end * (1 + 1e-9); i++) found.push(round(i * step));
  return found;
}

/** The words at a tick: `20 ms`, `0 s`, `0.5 s`, `2 s`, `1:30`. */
export function tickLabel(at: number, end: number): string {
  if (end <= 0.1) return `${round(at * 1000)} ms`;
  if (end < 120) return `${round(at)} s`;
  const whole = Math.round(at);
  const hours = Math.floor(whole / 3600);
  const minutes = String(Math.floor(whole / 60) % 60).padStart(hours ? 2 : 1, "0");
  return `${hours ? `${hours}:` : ""}${minutes}:${String(whole % 60).padStart(2, "0")}`;
}

/** A straight map from seconds to CSS pixels. */
export class Scale {
  /**
   * @param end seconds at the right edge
   * @param left pixel of 0 s
   * @param width pixels from 0 s to `end`
   */
  constructor(
    readonly end: number,
    readonly left: number,
    readonly width: number,
  ) {}

  x(time: number): number {
    return this.left + (time / this.end) * this.width;
  }

  time(x: number): number {
    return ((x - this.left) / this.width) * this.end;
  }

  same(other: Scale | null): boolean {
    return other !== null && other.end === this.end && other.left === this.left && other.width === this.width;
  }
}

/** Take the binary noise off a product of short decimals. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
