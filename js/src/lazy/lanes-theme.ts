/** Hears of a change of theme: hosts say it by attributes of the body or the root, systems by a media query. */

const ATTRIBUTES = ["class", "style", "data-theme", "data-jp-theme-name", "data-jp-theme-light"];

export function onTheme(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  for (const element of [document.documentElement, document.body])
    observer.observe(element, { attributes: true, attributeFilter: ATTRIBUTES });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  if (typeof matchMedia === "function") matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
}
