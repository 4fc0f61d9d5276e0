/** Numbers as a person reads them. Every function takes null and gives the dash, so that a slot keeps its place before its value is known. */

/** What stands where a number is not known. */
export const NONE = "–";

type Maybe = number | null | undefined;

/** A duration or an instant in seconds: `8 ms`, `0.41 s`, `12.3 s`, `2:05`, `1:02:05`. */
export function seconds(value: Maybe): string {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  if (size < 0.0995) return `${Math.round(value * 1000)} ms`;
  if (size < 9.995) return `${value.toFixed(2)} s`;
  if (size < 99.95) return `${value.toFixed(1)} s`;
  return clock(value);
}

/** An instant to the millisecond, for looking at a single event: `4.306 s`. */
export function instant(value: Maybe): string {
  return known(value) ? `${value.toFixed(3)} s` : NONE;
}

/** A time of day to the millisecond, as the clocks of this place show it: `14:03:22.104`. */
export function timeOfDay(epochSeconds: number): string {
  const date = new Date(Math.round(epochSeconds * 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A gap in seconds, in the unit that leaves two or three digits: `0.4 ms`, `11 ms`, `1.20 s`. */
export function gap(value: Maybe): string {
  if (!known(value)) return NONE;
  const ms = value * 1000;
  if (ms < 0.05) return "0 ms";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return seconds(value);
}

/** Bytes in powers of a thousand: `248 B`, `51.8 KB`, `1.2 MB`. */
export function bytes(value: Maybe): string {
  if (!known(value)) return NONE;
  if (value < 1000) return `${Math.round(value)} B`;
  if (value < 999_950) return `${(value / 1e3).toFixed(1)} KB`;
  if (value < 999_950_000) return `${(value / 1e6).toFixed(1)} MB`;
  return `${(value / 1e9).toFixed(1)} GB`;
}

/** A count with separated thousands: `12,345`. */
export function count(value: Maybe): string {
  return known(value) ? String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",") : NONE;
}

/** A count and its noun: `1 event`, `212 events`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Something per second: `4.2 /s`, `86 /s`, `35.5k /s`. */
export function rate(value: Maybe): string {
  return known(value) ? `${amount(value)} /s` : NONE;
}

/** Seconds below which a rate says nothing: what came in one lump came at once, however that is divided. */
const LUMP = 0.1;

/** Seconds from the first content to the last; null: there is none. */
export function flow(of: { first_token?: Maybe; first_content?: Maybe; last_token?: Maybe }): number | null {
  const first = of.first_token ?? of.first_content;
  return known(first) && known(of.last_token) ? of.last_token - first : null;
}

/** Something per second, if it lasted long enough for that to be honest; null: it did not. */
export function overTime(amount: Maybe, duration: Maybe): number | null {
  return known(amount) && known(duration) && duration >= LUMP ? amount / duration : null;
}

/** A number of two or three digits that matter: `4.2`, `86`, `35.5k`. */
export function amount(value: Maybe): string {
  if (!known(value)) return NONE;
  if (value < 9.95) return value.toFixed(1);
  if (value < 9999.5) return count(value);
  return value < 99_950 ? `${(value / 1e3).toFixed(1)}k` : `${count(value / 1e3)}k`;
}

/** A text on one line, at most `limit` characters, line ends shown as ⏎. */
export function preview(text: string, limit = 80): string {
  // Cut before replacing: a fragment can be megabytes long.
  const cut = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return cut.replace(/\r\n|\r|\n/g, "⏎").replace(/\t/g, "→");
}

/** Characters of a name of somebody else's making that are shown among words of ours. */
const LONGEST_NAME = 200;
/** What has no look of its own: control characters, and those that turn the line around for what stands behind them. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b][\udc00-\udfff]/;

/** A name that a server chose, for a line with words of ours: cut, and isolated, so that it cannot reorder or hide what is beside it. */
export function named(text: string): string {
  const cut = (text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text).replace(UNSEEN, "\ufffd");
  return RIGHT_TO_LEFT.test(cut) ? `\u2068${cut}\u2069` : cut;
}

/** The first line that says something, for the summary of a fold. */
export function firstLine(text: string, limit = 120): string {
  const start = text.search(/\S/);
  return start < 0 ? "" : preview((text.slice(start, start + limit * 2).split(/[\r\n]/, 1)[0] ?? "").trim(), limit);
}

function known(value: Maybe): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function clock(value: number): string {
  const whole = Math.round(value);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
