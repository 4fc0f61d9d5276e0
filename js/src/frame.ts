/** Drawing once a frame, however often something changes. */

/** Milliseconds after which a draw happens without an animation frame: a hidden tab gets none, yet its document title and status live on. */
const WITHOUT_FRAMES = 250;

/**
 * Make a function that asks for a draw.
 *
 * Any number of calls before the next animation frame give one draw. A call made inside `draw` gives one in the next frame.
 *
 * @param draw called once a frame at most; after the signal aborts never again
 * @returns `request`, to be called at every change
 */
export function onFrame(draw: () => void, signal: AbortSignal): () => void {
  let frame: number | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;

  function cancel(): void {
    if (frame !== null) cancelAnimationFrame(frame);
    if (timer !== null) clearTimeout(timer);
    frame = timer = null;
  }
  function run(): void {
    cancel();
    draw();
  }
  signal.addEventListener("abort", cancel, { once: true });
  return () => {
    if (frame !== null || signal.aborted) return;
    frame = requestAnimationFrame(run);
    timer = setTimeout(run, WITHOUT_FRAMES);
  };
}
