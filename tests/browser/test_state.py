"""A reload, a second view, a hole: the page shows everything again."""

from __future__ import annotations

import pytest
from playwright.sync_api import TimeoutError, expect

from sse_widget.demo import DemoServer

from ..support import Held, RawServer
from .cells import IMPORT, Gate, ask, ask_held, expect_answer, expect_fragments, expect_status, kernel_text, part, until
from .conftest import OpenNotebook
from .notebook import Notebook


def reload(notebook: Notebook) -> None:
    """Reload the page until it shows the answer, as a person would on a machine that is very slow.

    ipywidgets asks the kernel for its widgets, gives it 4 s, and then asks in an older way that a kernel in a cell answers only after it.
    """
    for _ in range(4):
        notebook.reload()
        try:
            return part(notebook.widget(), "answer").get_by_text("w0001").wait_for(timeout=30_000)
        except TimeoutError:
            pass
    raise AssertionError("the widget did not come back")


@pytest.mark.parametrize("then", ["\nrun", "\nawait run"], ids=["idle kernel", "await cell"])
def test_a_reload_mid_stream_shows_everything_at_once(open_notebook: OpenNotebook, held: Held, then: str) -> None:
    held.words(50)
    notebook = open_notebook(IMPORT, ask_held(held) + then)
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0050")
    held.words(400, rate=200)  # it goes on while the page is away
    reload(notebook)
    widget = notebook.widget()
    expect_status(widget, "Writing")
    expect_answer(widget, held.said)  # and at once: nothing has ended
    expect_status(widget, "Writing")
    held.words(50, rate=200)
    held.end()
    expect_status(widget, "Done")
    expect_answer(widget, held.said)
    expect_fragments(widget, held.said)
    assert kernel_text(notebook) == held.said
    assert notebook.errors == []


def test_a_reload_under_a_blocking_cell_shows_everything_when_it_ends(
    open_notebook: OpenNotebook, server: DemoServer, raw: RawServer
) -> None:
    gate = Gate(raw)
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=60, rate=60) + "\nrun", gate.block)
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    gate.blocks()
    notebook.reload()
    gate.open()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect_answer(widget, kernel_text(notebook))


def test_a_second_view_shows_the_same(open_notebook: OpenNotebook, held: Held) -> None:
    held.words(50)
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    expect(part(notebook.widget(), "answer")).to_contain_text("w0050")
    view = notebook.second_view(1).locator(".sse-widget")
    expect_answer(view, held.said)
    expect_status(view, "Writing")
    held.words(100, rate=200)
    held.end()
    for each in (view, notebook.widget()):
        expect_status(each, "Done")
        expect_answer(each, held.said)


def test_a_run_that_ended_is_shown_whole_where_it_is_displayed_later(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()\nNone", "run")
    notebook.run_all()
    first, second = notebook.widget(0), notebook.widget(1)
    expect_status(second, "Done")
    expect(part(second, "answer")).to_contain_text("How to make pizza")

    def texts() -> list[str | None]:
        """Of the elements and not as drawn: what is out of sight is not laid out."""
        return [part(widget, "answer").text_content() for widget in (first, second)]

    until(notebook.page, texts, lambda both: both[0] == both[1])


def test_a_hole_heals(open_notebook: OpenNotebook, held: Held) -> None:
    """Lose batches between the kernel and the page, as a server over its limits does, in the middle and at the very end."""
    lose = """
import threading
lost = []
comm = run.widget.comm
publish = comm.publish_msg
def drop(*args, **keys):
    state = (keys.get("data") or {}).get("state") or {}
    batch = state.get("batch")
    ends = batch and any(lane.get("state", {}).get("end") for lane in batch["lanes"])
    if batch and (len(lost) < 3 or ends):
        lost.append(batch["seq"])
        return
    publish(*args, **keys)
comm.publish_msg = drop
None"""
    held.words(50)
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun", lose)
    notebook.run_all()
    widget = notebook.widget()
    held.words(200, rate=100)
    expect(part(widget, "answer")).to_contain_text("w0250")  # healed while it runs
    held.words(50, rate=100)
    held.end()
    expect_status(widget, "Done")
    expect_answer(widget, held.said)
    assert len(notebook.kernel_eval("lost")) >= 4
