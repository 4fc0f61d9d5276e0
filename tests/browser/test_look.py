"""The page in its host: light and dark, wide and narrow, and keys that stay where they belong."""

from __future__ import annotations

from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from .cells import IMPORT, ask, expect_status, part
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
    assert notebook.widget().evaluate(BRIGHTNESS) > 200
    notebook.set_theme("dark")
    assert notebook.widget().evaluate(BRIGHTNESS) < 60


def test_wide_stands_side_by_side_and_narrow_is_stacked(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()", width=1400)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")

    def stacked() -> bool:
        out, side = part(widget, "output").bounding_box(), widget.locator(".sw-side").bounding_box()
        assert out is not None
        assert side is not None
        return side["y"] >= out["y"] + out["height"] - 1

    assert not stacked()
    notebook.set_viewport(560, 1000)
    notebook.page.wait_for_function("document.querySelector('.sse-widget').getBoundingClientRect().width < 560")
    assert stacked()
    overflow = "widget => widget.scrollWidth - widget.clientWidth"
    assert widget.evaluate(overflow) <= 1


def test_keys_stay_in_the_widget(open_notebook: OpenNotebook, server: DemoServer) -> None:
    """In command mode, "b" would add a cell and "d d" delete one."""
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    cells = notebook.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    part(widget, "timeline-canvas").focus()
    for key in ("b", "d", "d", "x", "ArrowLeft"):
        notebook.page.keyboard.press(key)
    expect(part(widget, "timeline-canvas")).to_be_focused()
    assert cells.count() == before


def test_the_end_is_announced_and_the_tokens_are_not(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=100, rate=100) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect(part(widget, "announce")).to_contain_text("Done", ignore_case=True)
    assert widget.locator('[data-sw="tokens-list"][aria-live="polite"], [data-sw="answer"][aria-live="polite"]').count() == 0
    expect(part(widget, "output")).to_have_attribute("aria-busy", "false")


def test_it_follows_the_end_and_lets_go(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "markdown", rate=150) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    scroller = part(widget, "output-text")
    at_end = "one => one.scrollHeight - one.clientHeight - one.scrollTop < 30"
    notebook.page.wait_for_function(
        "() => { const one = document.querySelector('.sse-widget [data-sw=\"output-text\"]'); return one && one.scrollTop > 50; }"
    )
    assert scroller.evaluate(at_end)
    scroller.hover()
    notebook.page.mouse.wheel(0, -2000)
    notebook.page.wait_for_function("() => document.querySelector('.sse-widget [data-sw=\"output-text\"]').scrollTop < 5")
    expect_status(widget, "Done")
    assert scroller.evaluate("one => one.scrollTop") < 5
