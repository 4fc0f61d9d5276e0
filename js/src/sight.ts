/** Whether anybody can see a widget: what nobody sees is sent and drawn once a second, and at once when somebody looks. */

import type { Store } from "./store";

/** CSS pixels around the window within which a view counts as seen: what is scrolled to is there already. */
const NEAR = 200;
/** Milliseconds after which a view that went out of sight is told of: scrolling past many of them is no news. */
const PAUSE = 400;

const sights = new WeakMap<Store, Sight>();

/** The sight of a store; one for all its views. */
export function sightOf(store: Store): Sight {
  const sight = sights.get(store) ?? new Sight();
  sights.set(store, sight);
  return sight;
}

export class Sight {
  #seen = new Map<Element, boolean>();
  #listeners = new Set<() => void>();
  #told = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Whether nobody sees any view. A widget without views is about to get one. */
  get hidden(): boolean {
    return document.hidden || (this.#seen.size > 0 && ![...this.#seen.values()].includes(true));
  }

  /** Whether this view can be seen, as far as that is known. */
  sees(view: Element): boolean {
    return !document.hidden && this.#seen.get(view) !== false;
  }

  /** Hear when `hidden` changes. */
  subscribe(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    document.addEventListener("visibilitychange", () => this.#tell(), { signal });
    signal.addEventListener(
      "abort",
      () => {
        this.#listeners.delete(listener);
        clearTimeout(this.#timer);
      },
      { once: true },
    );
  }

  /**
   * Watch a view until the signal aborts.
   *
   * @param back called when it comes into sight
   */
  watch(view: Element, back: () => void, signal: AbortSignal): void {
    document.addEventListener("visibilitychange", () => this.sees(view) && back(), { signal });
    if (typeof IntersectionObserver !== "function") return;
    const around = { rootMargin: `${NEAR}px`, scrollMargin: `${NEAR}px` }; // Chromium knows the second, which counts in Lab's scrolled notebook
    const observer = new IntersectionObserver((entries) => {
      const seen = entries[entries.length - 1]?.isIntersecting ?? true;
      const before = this.#seen.get(view);
      this.#seen.set(view, seen);
      if (seen && before === false) back();
      this.#tell();
    }, around);
    observer.observe(view);
    signal.addEventListener(
      "abort",
      () => {
        observer.disconnect();
        this.#seen.delete(view);
      },
      { once: true },
    );
  }

  #tell(): void {
    clearTimeout(this.#timer);
    if (this.hidden === this.#told) return;
    const say = () => {
      if (this.hidden === this.#told) return;
      this.#told = this.hidden;
      for (const listener of [...this.#listeners]) listener();
    };
    if (this.hidden) this.#timer = setTimeout(say, PAUSE);
    else say();
  }
}
