"""A reload, a second view, a hole: the page shows everything again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from ..support import RawServer
from .cells import IMPORT, Gate, answer, ask, expect_status, fragments, kernel_text, part
from .conftest import OpenNotebook


@pytest.mark.parametrize("then", ["\nrun", "\nawait run"], ids=["idle kernel", "await cell"])
def test_a_reload_mid_stream_shows_everything_at_once(open_notebook: OpenNotebook, server: DemoServer, then: str) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=700, rate=100) + then)
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0030")
    notebook.reload()
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0001")
    expect_status(widget, "Writing")
    expect_status(widget, "Done")
    text = kernel_text(notebook)
    assert answer(widget).split() == text.split()
    assert "".join(fragment for _, fragment in fragments(widget)) == text
    assert notebook.errors == []


def test_a_reload_under_a_blocking_cell_shows_everything_when_it_ends(
    open_notebook: OpenNotebook, server: DemoServer, raw: RawServer
) -> None:
    gate = Gate(raw)
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=60, rate=60) + "\nrun", gate.block)
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    assert gate.reached.wait(30)
    notebook.reload()
    gate.open()
    widget = notebook.widget()
    expect_status(widget, "Done")
    assert answer(widget).split() == kernel_text(notebook).split()


def test_a_second_view_shows_the_same(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=600, rate=100) + "\nrun")
    notebook.run_all()
    expect(part(notebook.widget(), "answer")).to_contain_text("w0020")
    view = notebook.second_view(1).locator(".sse-widget")
    expect(part(view, "answer")).to_contain_text("w0001")
    expect_status(view, "Writing")
    expect_status(view, "Done")
    expect_status(notebook.widget(), "Done")
    assert answer(view) == answer(notebook.widget())


def test_a_run_that_ended_is_shown_whole_where_it_is_displayed_later(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()\nNone", "run")
    notebook.run_all()
    first, second = notebook.widget(0), notebook.widget(1)
    expect_status(second, "Done")
    expect(part(second, "answer")).to_contain_text("How to make pizza")
    assert answer(first) == answer(second)


def test_a_hole_heals(open_notebook: OpenNotebook, server: DemoServer) -> None:
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
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=300, rate=100) + "\nrun", lose)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    text = kernel_text(notebook)
    assert len(notebook.kernel_eval("lost")) >= 4
    assert answer(widget).split() == text.split()
