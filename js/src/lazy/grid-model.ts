/** A comparison as the page knows it: what the board says, and what its lanes have come to. Pure. */

import { flow, overTime } from "../panes/format";
import type { Lane, Store } from "../store";

export type CellState = "planned" | "preparing" | "ready" | "running" | "done" | "stopped" | "cut off" | "failed" | "skipped";
export interface Cell {
  /** As the kernel calls it. */
  id: string;
  prompt: number;
  column: number;
  repetition: number;
  lane: string;
  state: CellState;
  kept: boolean;
  /** Whether its connection was open before its clock began; null: nobody can say. */
  warmed: boolean | null;
}
export interface Column {
  model: string;
  params: string;
}
export interface Vote {
  prompt: number;
  repetition: number;
  cell: string;
  note: string;
  blind: boolean;
}
export interface Progress {
  done: number;
  total: number;
  /** Seconds, as of `at` (session clock); null: not known. */
  eta: number | null;
  at: number;
  cost: number | null;
  cost_left: number | null;
  uncounted: number;
  live: boolean;
}
export interface Grid {
  prompts: { name: string; text: string }[];
  /** Parameters that all columns have in common; "": they differ, or there are none. */
  params: string;
  columns: Column[];
  n: number;
  order: string;
  seed: number;
  concurrency: number;
  barrier: boolean;
  /** By prompt, then column, then repetition. */
  cells: Cell[];
  progress: Progress;
  votes: Vote[];
  baseline: number | null;
  said: { text: string; number: number } | null;
}

const OVER = new Set<CellState>(["done", "stopped", "cut off", "failed"]);
/** Whether a cell has ended. */
export const isOver = (cell: Cell): boolean => OVER.has(cell.state);

/** As the kernel tells it. */
interface Told {
  plan: {
    prompts: { name: string; text: string }[];
    models: string[];
    params: string[];
    n: number;
    order: string;
    seed: number;
    concurrency: number;
    barrier: boolean;
  };
  /** In the order of prompts, models, parameters, repetitions. */
  cells: [lane: string, state: CellState, kept: number, warmed: boolean | null][];
  progress: Progress;
  votes: Vote[];
  baseline: number | null;
  said: { text: string; number: number } | null;
}

/** What the board says; null: it is no comparison. */
export function gridOf(board: unknown): Grid | null {
  const { plan, cells, ...told } = (board ?? {}) as Told;
  const lists: unknown[] = [plan?.prompts, plan?.models, plan?.params, cells, told.votes];
  if (!lists.every(Array.isArray) || typeof plan.n !== "number" || !told.progress) return null;
  const { prompts, models, params, ...how } = plan;
  const shared = params.length === 1 ? (params[0] ?? "") : "";
  const columns = models.flatMap((model) => params.map((label) => ({ model, params: label === shared ? "" : label })));
  const made: Cell[] = [];
  for (let prompt = 0; prompt < prompts.length; prompt++)
    for (let column = 0; column < columns.length; column++)
      for (let repetition = 0; repetition < how.n; repetition++) {
        const [lane, state, kept, warmed] = cells[made.length] ?? ["", "planned", 0, null];
        const id = `${prompt}.${Math.floor(column / params.length)}.${column % params.length}.${repetition}`;
        made.push({ id, prompt, column, repetition, lane, state, kept: Boolean(kept), warmed });
      }
  return {
    ...how,
    prompts,
    params: shared,
    columns,
    cells: made,
    progress: told.progress,
    votes: told.votes,
    baseline: told.baseline,
    said: told.said,
  };
}

/** The cell at a place. */
export function cellAt(grid: Grid, prompt: number, column: number, repetition: number): Cell {
  return grid.cells[(prompt * grid.columns.length + column) * grid.n + repetition] as Cell;
}

export type Metric = "first" | "total" | "speed";
export const METRICS: { metric: Metric; title: string; about: string }[] = [
  { metric: "first", title: "first token", about: "From sending the request to the first piece of thinking or answer" },
  { metric: "total", title: "total", about: "From sending the request to the end of the stream" },
  { metric: "speed", title: "tokens/s", about: "From the first token to the last, as the provider counts them, else fragments" },
];

/** A figure of a lane; null: there is none. Of a stream that came to nothing only its first token counts; what came in one lump has no speed. */
export function figure(lane: Lane | undefined, metric: Metric): number | null {
  if (!lane) return null;
  const { first_token, first_content, end, tokens_per_s } = lane.state.metrics;
  if (metric === "first") return first_token ?? first_content ?? null;
  if (lane.state.status !== "done") return null;
  if (metric === "total") return end ?? null;
  return overTime(1, flow(lane.state.metrics)) === null ? null : (tokens_per_s ?? null);
}

/** The figures of some cells. */
export function figures(store: Store, cells: Cell[], metric: Metric): number[] {
  return cells.map((cell) => figure(store.lanes.get(cell.lane), metric)).filter((value): value is number => value !== null);
}

/** The one in the middle; null of none. */
export function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** What a lane has answered so far, of its first choice. */
export function answerOf(lane: Lane | undefined): string {
  const parts = lane?.parts.filter((part) => part.kind === "text") ?? [];
  const first = Math.min(...parts.map((part) => part.choice));
  return parts
    .filter((part) => part.choice === first)
    .map((part) => part.text())
    .join("\n\n");
}

/** By what rows or columns are sorted: "given", or "columns first", "rows total" …; what has no figure comes last. */
export function sorted(grid: Grid, store: Store, by: string, what: "columns" | "rows"): number[] {
  const count = what === "columns" ? grid.columns.length : grid.prompts.length;
  const places = Array.from({ length: count }, (_, i) => i);
  const [of, metric] = by.split(" ");
  if (of !== what) return places;
  const own = (cell: Cell): number => (what === "columns" ? cell.column : cell.prompt);
  const values = places.map((place) =>
    median(
      figures(
        store,
        grid.cells.filter((cell) => own(cell) === place),
        metric as Metric,
      ),
    ),
  );
  const sign = metric === "speed" ? -1 : 1;
  const rank = (place: number): number => {
    const value = values[place];
    return value === null || value === undefined ? Number.POSITIVE_INFINITY : sign * value;
  };
  return places.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
}

/** The columns of a row in an order that says nothing of whose answers they are; the same each time. */
export function shuffled(columns: number[], seed: number, prompt: number, repetition: number): number[] {
  let state = (seed ^ Math.imul(prompt + 1, 0x9e3779b1) ^ Math.imul(repetition + 1, 0x85ebca6b)) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const found = [...columns];
  for (let i = found.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [found[i], found[j]] = [found[j] as number, found[i] as number];
  }
  return found;
}
