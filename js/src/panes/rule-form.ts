/** What stands in the rule panel's fields, and the rule that it means. Pure. */

import type { Extract, LaneState, Rule } from "../protocol";

/** The format that is no dialect: a JSONPath says where the text stands. */
export const BY_PATH = "rule";
/** The format that cannot be chosen, only left: a function in the kernel reads the stream. */
export const BY_FUNCTION = "parse";

export interface Form {
  /** "auto", the name of a dialect, `BY_PATH` or `BY_FUNCTION`. */
  format: string;
  /** A JSONPath, or several by channel as a JSON object. */
  extract: string;
  join: string;
}

/**
 * The form as the panel opens.
 *
 * @param suggest nothing could be read: begin with the likeliest place
 */
export function formOf(state: LaneState, suggest: boolean): Form {
  const { dialect, extract, parse, join } = state.rule;
  const first = state.suggestions[0];
  if (suggest && first !== undefined) return { format: BY_PATH, extract: first, join };
  if (parse !== null) return { format: BY_FUNCTION, extract: extract === null ? "" : written(extract), join };
  if (extract !== null) return { format: BY_PATH, extract: written(extract), join };
  return { format: dialect, extract: "", join };
}

/** The rule that a form means, or a sentence that says what is missing. */
export function ruleOf(form: Form): Rule | string {
  const join = form.join;
  if (form.format === BY_FUNCTION)
    return "A function of your code reads this stream. Choose something else to try it; Reset brings it back.";
  if (form.format !== BY_PATH) return { dialect: form.format, join };
  const path = form.extract.trim();
  if (path === "") return "Say where the text stands in an event, for instance $.result.text";
  if (!path.startsWith("{")) return { extract: path, join };
  const paths = byChannel(path);
  return paths === null ? 'Several paths are a JSON object, for instance {"text": "$.a", "reasoning": "$.b"}' : { extract: paths, join };
}

/** `matched 12 of 40 events`, or of the last so many if there are more than were tried. */
export function matchedWords(matched: number, tried: number, all: number): string {
  if (tried === 0) return "There are no events yet to try it on";
  const last = tried < all ? "the last " : "";
  return `matched ${matched.toLocaleString("en")} of ${last}${tried.toLocaleString("en")} ${tried === 1 ? "event" : "events"}`;
}

function written(extract: Extract): string {
  return typeof extract === "string" ? extract : JSON.stringify(extract);
}

function byChannel(text: string): { [channel: string]: string } | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    return Object.values(value).every((path) => typeof path === "string") ? (value as { [channel: string]: string }) : null;
  } catch {
    return null;
  }
}
