/** What one text has that another has not, word by word: the shortest way from the one to the other (E. W. Myers, 1986), within bounds. */

export interface Segment {
  kind: "same" | "ins" | "del";
  text: string;
}
export interface Difference {
  segments: Segment[];
  /** Words that only this text has, and that only the other has. */
  inserted: number;
  deleted: number;
  /** The texts have hardly a word in common, or are too long, to be compared word by word: what differs is one piece. */
  coarse: boolean;
}

/** Words of a text that are compared; and changes on the shortest way, above which nobody would read it as a way. */
const MOST_WORDS = 6000;
const MOST_CHANGES = 700;
/** One word of so many that is the same in both is chance, and what it tears apart cannot be read; of short texts it may be all there is. */
const CHANCE = 5;
const SHORT = 12;

/** A word with the white space after it; scripts that are written without spaces go sign by sign. */
const WORDS =
  /(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}\p{N}_'’-]+|[^\s\p{L}\p{M}\p{N}])\s*|\s+/gu;

/** A text in words; joined they are the text. */
export function words(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/**
 * The way from `base` to `text`.
 *
 * @param open whether `text` is still being written: what the other has after its end is then not missing, only to come
 * @param baseOpen the same of `base`
 */
export function difference(base: string, text: string, open = false, baseOpen = false): Difference {
  const [a, b] = [words(base), words(text)];
  // The last word may be half a word yet.
  const half = open ? b.pop() : undefined;
  if (baseOpen) a.pop();
  const same = (i: number, j: number): boolean => a[i] === b[j] || a[i]?.trim() === b[j]?.trim();
  let start = 0;
  while (start < a.length && start < b.length && same(start, start)) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && same(endA - 1, endB - 1)) {
    endA--;
    endB--;
  }
  const segments: Segment[] = [];
  let [inserted, deleted] = [0, 0];
  const put = (kind: Segment["kind"], from: string[]): void => {
    if (from.length === 0) return;
    const last = segments[segments.length - 1];
    if (last?.kind === kind) last.text += from.join("");
    else segments.push({ kind, text: from.join("") });
    if (kind === "ins") inserted += from.length;
    if (kind === "del") deleted += from.length;
  };
  put("same", b.slice(0, start));
  const long = endA - start + (endB - start) > 2 * MOST_WORDS;
  let middle = long ? null : shortest(start, endA, start, endB, same);
  const kept = middle?.reduce((sum, step) => sum + (step.kind === "same" ? 1 : 0), 0) ?? 0;
  const most = Math.max(endA, endB) - start;
  if (most > SHORT && kept * CHANCE < most) middle = null;
  if (middle === null) {
    put("del", a.slice(start, endA));
    put("ins", b.slice(start, endB));
  } else {
    for (const { kind, at } of middle) put(kind, [(kind === "del" ? a[at] : b[at]) as string]);
  }
  put("same", b.slice(endB));
  const last = segments[segments.length - 1];
  if (last?.kind === "del" && open) {
    deleted -= words(last.text).length;
    segments.pop();
  } else if (last?.kind === "ins" && baseOpen) {
    inserted -= words(last.text).length;
    last.kind = "same";
  }
  put("same", half === undefined ? [] : [half]);
  return { segments, inserted, deleted, coarse: middle === null };
}

type Step = { kind: Segment["kind"]; at: number };

/** The steps from a[fromA, toA) to b[fromB, toB); null: there are too many. */
function shortest(fromA: number, toA: number, fromB: number, toB: number, same: (i: number, j: number) => boolean): Step[] | null {
  const [n, m] = [toA - fromA, toB - fromB];
  const most = Math.min(n + m, MOST_CHANGES);
  const offset = most + 1;
  // v[k]: how far into a one gets on diagonal k (x − y) with so many changes; one row for each number of changes is kept for the way back.
  const v = new Int32Array(2 * offset + 1);
  const rows: Int32Array[] = [];
  for (let d = 0; d <= most; d++) {
    rows.push(v.slice(offset - d - 1, offset + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (v[offset + k - 1] as number) < (v[offset + k + 1] as number));
      let x = down ? (v[offset + k + 1] as number) : (v[offset + k - 1] as number) + 1;
      while (x < n && x - k < m && same(fromA + x, fromB + x - k)) x++;
      v[offset + k] = x;
      if (x >= n && x - k >= m) return back(rows, n, m, fromA, fromB);
    }
  }
  return null;
}

/** From the end of the way to its beginning, by what was kept of each number of changes. */
function back(rows: Int32Array[], n: number, m: number, fromA: number, fromB: number): Step[] {
  const steps: Step[] = [];
  let [x, y] = [n, m];
  for (let d = rows.length - 1; d >= 0; d--) {
    const row = rows[d] as Int32Array;
    const at = (k: number): number => row[k + d + 1] ?? 0;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const before = d === 0 ? 0 : down ? k + 1 : k - 1;
    const beforeX = d === 0 ? 0 : at(before);
    const beforeY = beforeX - before;
    while (x > beforeX && y > beforeY && x > 0 && y > 0) {
      x--;
      y--;
      steps.push({ kind: "same", at: fromB + y });
    }
    if (d === 0) break;
    if (down) steps.push({ kind: "ins", at: fromB + --y });
    else steps.push({ kind: "del", at: fromA + --x });
  }
  return steps.reverse();
}
