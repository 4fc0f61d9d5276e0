/** Drawing once a frame, however often something changes, and however many widgets there are. */

/** Milliseconds after which a draw happens without an animation frame: a hidden tab gets none, yet its document title and status live on. */
const WITHOUT_FRAMES = 250;

/**
 * What all widgets of a document share: each runs a copy of this module, and four streams that each asked for their own frame and their
 * own layout would lay the notebook out four times a frame.
 */
interface Shared {
  /** What is to be drawn in the next frame. */
  draws: Set<() => void>;
  /** What asks for sizes, once all is drawn; null: no frame is being drawn. */
  after: (() => void)[] | null;
  /** Counts frames; and in which one somebody took the turn (see `turn`). */
  count: number;
  taken: number;
  frame: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}
const NAME = Symbol.for("sse_widget.frame.1");

function shared(): Shared {
  const place = document as unknown as Record<symbol, Shared | undefined>;
  place[NAME] ??= { draws: new Set(), after: null, count: 0, taken: -1, frame: 0, timer: undefined };
  return place[NAME];
}

function cancel(of: Shared): void {
  cancelAnimationFrame(of.frame);
  clearTimeout(of.timer);
}

/**
 * Make a function that asks for a draw.
 *
 * Any number of calls before the next animation frame give one draw. A call made inside `draw` gives one in the next frame.
 *
 * @param draw called once a frame at most; after the signal aborts never again
 * @returns `request`, to be called at every change
 */
export function onFrame(draw: () => void, signal: AbortSignal): () => void {
  const own = (): void => {
    if (!signal.aborted) draw(); // a draw before it, in the same frame, may have ended this one
  };
  signal.addEventListener(
    "abort",
    () => {
      const all = shared();
      all.draws.delete(own);
      if (all.draws.size === 0) cancel(all);
    },
    { once: true },
  );
  return () => {
    if (signal.aborted) return;
    const all = shared();
    if (all.draws.size === 0) {
      all.frame = requestAnimationFrame(() => run(all));
      all.timer = setTimeout(() => run(all), WITHOUT_FRAMES);
    }
    all.draws.add(own);
  };
}

function run(all: Shared): void {
  cancel(all);
  const draws = [...all.draws];
  all.draws.clear();
  all.count++;
  all.after = [];
  for (const draw of draws) attempt(draw);
  const reads = all.after;
  all.after = null;
  for (const read of reads) attempt(read);
}

/** One widget's mistake is not the others'. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

/** Do this when all widgets are drawn, in the same frame: to ask for a size lays the page out, and once is enough. */
export function afterDraws(read: () => void): void {
  const { after } = shared();
  if (after) after.push(read);
  else queueMicrotask(read);
}

/** Whether it is this widget's turn to draw what is slow: one does in a frame, the others in the next ones. */
export function turn(): boolean {
  const all = shared();
  if (all.after === null) return true;
  if (all.taken === all.count) return false;
  all.taken = all.count;
  return true;
}

/** Do this when there is nothing else to do. timeout: milliseconds after which it is done all the same. */
export function whenIdle(work: () => void, timeout?: number): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(work, timeout === undefined ? {} : { timeout });
  else setTimeout(work, 50);
}
