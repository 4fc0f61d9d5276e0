/** For `profile.py`: which lines make the browser do style and layout in the midst of a script, by asking for a size or a style. */
(() => {
  const found = (window.forced = new Map());
  function note(what, spent) {
    if (!window.bench?.armed) return;
    const line = (new Error().stack ?? "").split("\n").slice(3, 6).map((it) => it.replace(/\(?(blob|https?):.*\/([^/]+?)(\?[^:]*)?:(\d+):\d+\)?/, "$4").trim()).join(" < ");
    const key = `${what} ${line}`;
    const [count, time, slow] = found.get(key) ?? [0, 0, 0];
    found.set(key, [count + 1, time + spent, slow + (spent > 0.05)]);
  }
  function wrap(prototype, name) {
    const own = Object.getOwnPropertyDescriptor(prototype, name);
    if (!own) return;
    const timed = (method) =>
      function (...given) {
        const begin = performance.now();
        const result = method.apply(this, given);
        note(name, performance.now() - begin);
        return result;
      };
    if (own.get) Object.defineProperty(prototype, name, { ...own, get: timed(own.get), ...(own.set && name === "scrollTop" ? { set: timed(own.set) } : {}) });
    else Object.defineProperty(prototype, name, { ...own, value: timed(own.value) });
  }
  for (const name of ["scrollHeight", "scrollTop", "clientHeight", "clientWidth", "scrollWidth", "getBoundingClientRect", "getClientRects"]) wrap(Element.prototype, name);
  for (const name of ["offsetHeight", "offsetWidth", "offsetTop", "offsetLeft", "innerText", "focus"]) wrap(HTMLElement.prototype, name);
  for (const name of ["getBoundingClientRect", "getClientRects"]) wrap(Range.prototype, name);
  wrap(CSSStyleDeclaration.prototype, "getPropertyValue");
  for (const name of ["measureText", "fillText", "fillStyle"]) wrap(CanvasRenderingContext2D.prototype, name);
  const getComputedStyle = window.getComputedStyle;
  window.getComputedStyle = function computed(...given) {
    note("getComputedStyle", 0);
    return getComputedStyle.apply(window, given);
  };
})();
