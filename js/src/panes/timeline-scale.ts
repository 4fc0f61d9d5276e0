/** The time axis: how far it reaches, where its ticks stand, and which pixel an instant falls on. Pure. */

/** Lengths of the axis, as multiples of a power of ten or of the round numbers of minutes and hours. */
const STEPS = [1, 1.5, 2, 3, 4, 6, 8];
const MINUTES = [60, 90, 120, 180, 240, 360, 480, 600, 900, 1200, 1800, 2700, 3600, 5400];
/** Seconds of the shortest axis: a local server answers within a few milliseconds. */
const SHORTEST = 0.01;

/** Distances between ticks that people count in, in seconds. */
const TICKS = [
  0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120,
  300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400,
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
 * Seconds at which ticks stand, from `start` to `end`.
 *
 * @param width pixels of the axis
 * @param apart pixels that two labels need at least
 */
export function ticks(end: number, width: number, apart = 72, start = 0): number[] {
  if (!(end > start) || !(width > 0)) return [];
  const step = tickStep(end - start, width, apart);
  const found: number[] = [];
  for (let i = Math.ceil((start / step) * (1 - 1e-9)); i * step <= end * (1 + 1e-9); i++) found.push(round(i * step));
  return found;
}

/** Seconds between two ticks on an axis of `span` seconds and `width` pixels. */
export function tickStep(span: number, width: number, apart = 72): number {
  const least = (span * apart) / width;
  return TICKS.find((candidate) => candidate >= least) ?? 86400 * Math.ceil(least / 86400);
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

/** The words at a tick of a window: as many decimals as its step needs, so that no two ticks read alike. `4.306 s`, `2:05.25` */
export function windowLabel(at: number, step: number): string {
  const decimals = Math.max(0, Math.min(5, -Math.floor(Math.log10(step) + 1e-9)));
  if (at < 120) return `${at.toFixed(decimals)} s`;
  const seconds = (at % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  return `${tickLabel(Math.floor(at / 60) * 60, at).slice(0, -2)}${seconds}`;
}

/** A straight map from seconds to CSS pixels. */
export class Scale {
  /**
   * @param end seconds at the right edge
   * @param left pixel of `start`
   * @param width pixels from `start` to `end`
   * @param start seconds at the left edge
   */
  constructor(
    readonly end: number,
    readonly left: number,
    readonly width: number,
    readonly start = 0,
  ) {}

  x(time: number): number {
    return this.left + ((time - this.start) / (this.end - this.start)) * this.width;
  }

  time(x: number): number {
    return this.start + ((x - this.left) / this.width) * (this.end - this.start);
  }

  /** Seconds of one CSS pixel. */
  get pixel(): number {
    return (this.end - this.start) / this.width;
  }

  same(other: Scale | null): boolean {
    return other !== null && other.end === this.end && other.left === this.left && other.width === this.width && other.start === this.start;
  }
}

/** Take the binary noise off a product of short decimals. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
