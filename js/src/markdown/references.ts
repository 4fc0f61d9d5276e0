/** Which definitions of links a text may use, and which of them changed. */

import { normalizeLabel, type References } from "./parse";

const LABEL = /\[((?:[^[\]\\]|\\[\s\S])+)\]/g;

/** Labels in texts of inline markup, with those that are known already. */
export function labelsOf(texts: string[], known?: Set<string>): Set<string> {
  const labels = new Set(known);
  for (const text of texts) {
    if (!text.includes("]")) continue;
    for (const match of text.matchAll(LABEL)) labels.add(normalizeLabel(match[1] as string));
  }
  return labels;
}

export function usesAny(used: Set<string>, labels: Set<string>): boolean {
  for (const label of labels) if (used.has(label)) return true;
  return false;
}

/** Labels that are defined in one of the two only, or differently. */
export function changedLabels(before: References, after: References): Set<string> {
  const changed = new Set<string>();
  for (const label of [...Object.keys(before), ...Object.keys(after)]) {
    const one = Object.hasOwn(before, label) ? before[label] : undefined;
    const other = Object.hasOwn(after, label) ? after[label] : undefined;
    if (one?.href !== other?.href || one?.title !== other?.title) changed.add(label);
  }
  return changed;
}
