"""Stop ends the request at the server, wherever it is pressed; a busy kernel does not freeze the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from sse_widget.demo import DemoServer, Record

from ..support import PATIENCE, RawServer
from .cells import IMPORT, Gate, ask, expect_answer, expect_kernel, expect_status, kernel_text, part
from .conftest import OpenNotebook


def ended(server: DemoServer) -> Record:
    """Wait until the newest request has been left by its client."""
    newest = server.log[-1].number
    return server.wait_for(lambda record: record.number == newest and record.how == "disconnected", PATIENCE)


ENDLESS: dict[str, Any] = {"tokens": 100_000, "rate": 100}
WAYS = {
    "the kernel is idle": "\nrun",
    "a blocking cell waits": "\nrun.wait()",
    "an async cell waits": "\nawait run",
    "a cell iterates": "\nfor text in run: pass",
}


@pytest.mark.parametrize("then", WAYS.values(), ids=WAYS)
def test_stop_closes_the_request(open_notebook: OpenNotebook, server: DemoServer, then: str) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", **ENDLESS) + then)
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0010")
    part(widget, "stop").click()
    ended(server)
    expect_status(widget, "Stopped")
    expect(widget).to_contain_text(re.compile(r"Stopped by you on the page after [0-9.]+ m?s\. What had come is kept\."))
    notebook.wait_cell(1)
    expect(part(widget, "stop")).to_be_hidden()
    expect_kernel(notebook, "(run.status, run.stopped_by)", ["stopped", "the page"])
    expect_answer(widget, kernel_text(notebook))


def test_stop_is_there_before_the_first_token(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "silence") + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Waiting")
    part(widget, "stop").click()
    ended(server)
    expect_status(widget, "Stopped")


def test_stop_says_at_once_that_it_was_heard(open_notebook: OpenNotebook, server: DemoServer, raw: RawServer) -> None:
    """A busy kernel may take its time to hear the click; the page shows that it waits."""
    gate = Gate(raw)
    notebook = open_notebook(IMPORT, ask(server, "count", **ENDLESS) + "\nrun", gate.block)
    notebook.run_cell(0)
    notebook.run_cell(1)
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0005")
    word = """button => new Promise(done => {
      button.click();
      requestAnimationFrame(() => requestAnimationFrame(() => done(button.textContent)));
    })"""
    notebook.start_cell(2)
    gate.blocks()
    said = part(widget, "stop").evaluate(word)
    assert said == "Stopping…"
    gate.open()
    ended(server)
    expect_status(widget, "Stopped")


def test_a_blocking_cell_does_not_freeze_the_page(open_notebook: OpenNotebook, server: DemoServer, raw: RawServer) -> None:
    gate = Gate(raw)
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=300, rate=150) + "\nrun", gate.block)
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    gate.blocks()
    widget = notebook.widget()
    expect_status(widget, "Done")  # while the cell still blocks
    expect(part(widget, "answer")).to_contain_text("w0300")
    gate.open()
    notebook.wait_cell(2)


@pytest.mark.parametrize("then", ["\nrun.wait()", "\nawait run"], ids=["wait", "await"])
def test_an_interrupt_stops_and_keeps_what_came(open_notebook: OpenNotebook, server: DemoServer, then: str) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", **ENDLESS) + then)
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0010")
    notebook.interrupt()
    notebook.wait_cell(1)
    ended(server)
    expect_status(widget, "Stopped")
    expect(widget).to_contain_text("Stopped by an interruption of the cell after")
    assert "w0010" in kernel_text(notebook)
    expect_kernel(notebook, "run.stopped_by", "interrupt")
    assert notebook.outputs(1)[-1]["ename"] in ("KeyboardInterrupt", "CancelledError")
