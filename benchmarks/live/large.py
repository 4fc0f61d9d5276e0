"""What a finished run of 100,000 tokens is like to use: its timeline under wheel and keys, and how soon it is there after a reload."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page

from . import text
from .approaches import APPROACHES
from .figures import percentile
from .measure import SETTLE, Bench
from .workloads import WORKLOADS

CANVAS = '.sse-widget [data-sw="timeline-canvas"]'
STEPS = 60
FRAMES = """() => {
  const gaps = (window.benchGaps = []);
  let before = 0;
  const frame = (time) => {
    if (before) gaps.push(time - before);
    before = time;
    if (window.benchGaps === gaps) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
COUNTED = "() => { const gaps = window.benchGaps; window.benchGaps = null; return gaps; }"
# Every 20 ms and not in a frame: before Lab has drawn anything there may be none.
WATCH = """(() => {
  const at = (window.benchAt = {});
  bench.armed = true;
  const timer = setInterval(() => {
    const note = (name, there) => { if (there && !(name in at)) at[name] = performance.now(); };
    note("cells", document.querySelector(".jp-Notebook .jp-Cell"));
    const panel = window.jupyterapp?.shell?.currentWidget;
    note("connected", panel?.sessionContext?.session?.kernel?.connectionStatus === "connected");
    if (bench.firstMessage !== null) at.message = bench.firstMessage - performance.timeOrigin;
    note("widget", document.querySelector(".sse-widget"));
    const shown = document.querySelector('.sse-widget [data-sw="answer"]')?.textContent ?? "";
    note("answer", shown.includes("[[0]]"));
    note("end", shown.includes("[[LAST]]"));
    if (at.end) clearInterval(timer);
  }, 20);
})();"""


def large(bench: Bench) -> dict[str, Any]:
    """Stream 100,000 tokens, then use the page. Gives milliseconds: the timeline's frames by gesture, and the instants of a reload."""
    from tests.browser.notebook import Notebook

    workload = WORKLOADS["W6"]
    run, urls = bench.urls(workload)
    last = len(text.markers(text.tokens(workload.tokens))) - 1
    page = bench.page()
    notebook = Notebook(page, bench.lab, APPROACHES["ours"].cells(urls, bench.extra))
    try:
        notebook.run_cell(0)
        notebook.start_cell(1)
        bench.wait_streams(run, 1)
        page.evaluate(f"(last) => bench.arm([last], {APPROACHES['ours'].roots})", last)
        bench.ask(f"{run}/go", post=True)
        page.wait_for_function("bench.done", polling=200)
        page.evaluate("bench.disarm()")
        notebook.wait_idle()
        page.wait_for_timeout(SETTLE * 1000)
        found = {"timeline": timeline(page)}
        notebook.save()
        page.add_init_script(WATCH.replace("LAST", str(last)))
        begin = time.monotonic()
        page.reload()
        page.wait_for_function("window.benchAt?.end", polling=100)
        found["reload"] = page.evaluate("window.benchAt") | {"whole": (time.monotonic() - begin) * 1000}
        return found
    finally:
        with suppress(Error):
            notebook.close()


def timeline(page: Page) -> dict[str, dict[str, Any]]:
    """Frames while the timeline is zoomed, panned and walked along. changed: whether the picture was another one afterwards."""
    canvas = page.locator(CANVAS).first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    canvas.focus()

    def wheel(across: float, down: float, *, ctrl: bool = False) -> None:
        for _ in range(STEPS):
            # Dispatched and not by the mouse: a Ctrl that is held zooms the whole page where nobody listens.
            canvas.evaluate(
                """(it, [x, y, ctrlKey]) => new Promise((done) => {
                  const box = it.getBoundingClientRect();
                  const where = { clientX: box.left + box.width * 0.4, clientY: box.top + box.height / 2 };
                  it.dispatchEvent(new WheelEvent('wheel', { ...where, deltaX: x, deltaY: y, ctrlKey, bubbles: true, cancelable: true }));
                  requestAnimationFrame(done);
                })""",
                [across, down, ctrl],
            )

    def press(key: str) -> None:
        for _ in range(STEPS):
            page.keyboard.press(key)

    gestures: dict[str, Callable[[], None]] = {
        "zoom in, wheel": lambda: wheel(0, -30, ctrl=True),
        "pan, wheel": lambda: wheel(25, 0),
        "pan, keys": lambda: press("PageUp"),
        "step, keys": lambda: press("ArrowRight"),
        "zoom out, wheel": lambda: wheel(0, 30, ctrl=True),
    }
    found: dict[str, dict[str, Any]] = {}
    for name, gesture in gestures.items():
        before = canvas.evaluate("(it) => it.toDataURL()")
        page.evaluate(FRAMES)
        gesture()
        gaps = page.evaluate(COUNTED)
        found[name] = {
            "p95": percentile(gaps, 0.95),
            "max": max(gaps),
            "frames": len(gaps),
            "changed": canvas.evaluate("(it) => it.toDataURL()") != before,
        }
    return found
