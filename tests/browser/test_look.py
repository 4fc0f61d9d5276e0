"""The page in its host: light and dark, wide and narrow, and keys that stay where they belong."""

from __future__ import annotations

from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from ..support import Held
from .cells import IMPORT, ask, ask_held, expect_status, part, two_frames, until
from .conftest import OpenNotebook

BRIGHTNESS = """widget => {
  const card = widget.querySelector('.sw-card') ?? widget;
  const paint = document.createElement('canvas').getContext('2d');
  paint.fillStyle = getComputedStyle(card).backgroundColor;
  paint.fillRect(0, 0, 1, 1);
  const [r, g, b] = paint.getImageData(0, 0, 1, 1).data;
  return (r + g + b) / 3;
}"""


def test_it_follows_the_theme(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    expect_status(notebook.widget(), "Done")

    def brightness() -> float:
        read: float = notebook.widget().evaluate(BRIGHTNESS)
        return read

    until(notebook.page, brightness, lambda light: light > 200)
    notebook.set_theme("dark")
    until(notebook.page, brightness, lambda dark: dark < 60)


def test_wide_stands_side_by_side_and_narrow_is_stacked(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()", width=1400)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")

    def stacked() -> bool:
        out, side = part(widget, "output").bounding_box(), widget.locator(".sw-side").bounding_box()
        return out is not None and side is not None and side["y"] >= out["y"] + out["height"] - 1

    until(notebook.page, stacked, lambda is_so: not is_so)
    notebook.set_viewport(560, 1000)
    until(notebook.page, lambda: widget.evaluate("widget => widget.clientWidth"), lambda width: width < 560)
    until(notebook.page, stacked, lambda is_so: is_so)
    until(notebook.page, lambda: widget.evaluate("widget => widget.scrollWidth - widget.clientWidth"), lambda overflow: overflow <= 1)


def test_keys_stay_in_the_widget(open_notebook: OpenNotebook, server: DemoServer) -> None:
    """In command mode, "b" would add a cell and "d d" delete one."""
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    before = notebook.cells()
    part(widget, "timeline-canvas").focus()
    for key in ("b", "d", "d", "x", "ArrowLeft"):
        notebook.page.keyboard.press(key)
    expect(part(widget, "timeline-canvas")).to_be_focused()
    two_frames(notebook.page)
    assert notebook.cells() == before


def test_the_end_is_announced_and_the_tokens_are_not(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=100, rate=100) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect(part(widget, "announce")).to_contain_text("Done", ignore_case=True)
    expect(widget.locator('[data-sw="tokens-list"][aria-live="polite"], [data-sw="answer"][aria-live="polite"]')).to_have_count(0)
    expect(part(widget, "output")).to_have_attribute("aria-busy", "false")


def test_it_follows_the_end_and_lets_go(open_notebook: OpenNotebook, held: Held) -> None:
    held.text("".join(f"paragraph {number}\n\n" for number in range(50)))
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    scroller = part(widget, "output-text")

    def place() -> tuple[float, float]:
        """Pixels above what is seen, and below it."""
        above, below = scroller.evaluate("one => [one.scrollTop, one.scrollHeight - one.clientHeight - one.scrollTop]")
        return above, below

    until(notebook.page, place, lambda at: at[0] > 50 and at[1] < 30)
    held.text("one more\n\n" * 20)
    expect(part(widget, "answer").get_by_text("one more")).to_have_count(20)
    until(notebook.page, place, lambda at: at[0] > 500 and at[1] < 30)

    scroller.hover()
    notebook.page.mouse.wheel(0, -20_000)
    until(notebook.page, place, lambda at: at[0] < 5)
    held.text("and more\n\n" * 20)
    expect(part(widget, "answer").get_by_text("and more")).to_have_count(20)
    held.end()
    expect_status(widget, "Done")
    two_frames(notebook.page)
    assert place()[0] < 5
