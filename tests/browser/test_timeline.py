"""The timeline by hand and by keys: zooming, moving, and choosing a span. The notebook keeps its own scrolling."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from .cells import IMPORT, ask, expect_status, part, two_frames
from .conftest import OpenNotebook
from .notebook import Notebook


def opened(open_notebook: OpenNotebook, server: DemoServer, **fields: Any) -> tuple[Notebook, Locator]:
    """A finished run on the page."""
    notebook = open_notebook(IMPORT, ask(server, "pizza", **{"rate": 0, **fields}) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    return notebook, widget


def test_it_zooms_by_wheel_buttons_and_keys(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, server)
    everything, nearer, wider = part(widget, "zoom-all"), part(widget, "zoom-in"), part(widget, "zoom-out")
    canvas = part(widget, "timeline-canvas")
    expect(everything).to_be_hidden()
    expect(wider).to_be_disabled()
    nearer.click()
    expect(everything).to_be_visible()
    everything.click()
    expect(everything).to_be_hidden()
    canvas.hover(position={"x": 300, "y": 60})
    notebook.page.keyboard.down("Control")
    notebook.page.mouse.wheel(0, -300)
    notebook.page.keyboard.up("Control")
    expect(everything).to_be_visible()
    canvas.focus()
    notebook.page.keyboard.press("0")
    expect(everything).to_be_hidden()
    notebook.page.keyboard.press("+")
    expect(everything).to_be_visible()
    notebook.page.keyboard.press("-")
    expect(everything).to_be_hidden()
    assert notebook.errors == []


def test_a_plain_wheel_scrolls_the_notebook_and_leaves_the_timeline_alone(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, server)
    notebook.set_viewport(1280, 420)
    canvas = part(widget, "timeline-canvas")
    canvas.scroll_into_view_if_needed()
    canvas.hover(position={"x": 300, "y": 60})
    canvas.evaluate("canvas => addEventListener('wheel', event => { window.kept = event.defaultPrevented; }, { once: true })")
    notebook.page.mouse.wheel(0, 200)
    notebook.page.wait_for_function("window.kept === false")
    two_frames(notebook.page)
    expect(part(widget, "zoom-all")).to_be_hidden()


def test_a_drag_chooses_a_span_and_escape_lets_it_go(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, server, rate=250)
    canvas, span = part(widget, "timeline-canvas"), part(widget, "span")
    expect(span).to_be_hidden()
    box = canvas.bounding_box()
    assert box is not None
    notebook.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 60)
    notebook.page.mouse.down()
    notebook.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60, steps=6)
    notebook.page.mouse.up()
    expect(span).to_be_visible()
    expect(span).to_contain_text("events")
    expect(canvas).to_have_attribute("aria-valuetext", re.compile(r"^span of .* events"))
    part(widget, "span-zoom").click()
    expect(part(widget, "zoom-all")).to_be_visible()
    canvas.focus()
    notebook.page.keyboard.press("Home")
    expect(part(widget, "detail-card")).to_be_visible()
    notebook.page.keyboard.press("Escape")
    expect(span).to_be_hidden()
    expect(part(widget, "detail-card")).to_be_visible()
    notebook.page.keyboard.press("Escape")
    expect(part(widget, "detail-card")).to_be_hidden()


def test_keys_choose_a_span_that_counts_what_the_kernel_counts(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, server)
    canvas, span = part(widget, "timeline-canvas"), part(widget, "span")
    canvas.focus()
    notebook.page.keyboard.press("Home")
    notebook.page.keyboard.press("Shift+End")
    events = notebook.kernel_eval("len(run.events)")
    expect(span).to_contain_text(f"{events:,} events")
    size = notebook.kernel_eval("sum(f.end - f.start for f in run.recording.frames[run.events[0].frame : run.events[-1].frame + 1])")
    expect(span).to_contain_text(f"{size / 1000:.1f} KB")
    characters = notebook.kernel_eval("len((run.text + run.reasoning).encode('utf-16-le')) // 2")
    expect(span).to_contain_text(f"{characters:,} characters")
