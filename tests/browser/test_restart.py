"""The kernel goes away while a stream is on the page."""

from __future__ import annotations

from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from ..support import PATIENCE
from .cells import IMPORT, ask, expect_status, part
from .conftest import OpenNotebook


def test_a_restarted_kernel_leaves_no_stream_that_seems_to_go_on(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=100_000, rate=100) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect(part(widget, "answer")).to_contain_text("w0010")
    newest = server.log[-1].number
    notebook.restart()
    server.wait_for(lambda record: record.number == newest and record.how == "disconnected", PATIENCE)
    expect_status(widget, "Cut off")
    expect(part(widget, "error")).to_contain_text("kernel that read this stream is gone")
    expect(part(widget, "answer")).to_contain_text("w0010")
    expect(part(widget, "stop")).to_be_hidden()
    assert notebook.errors == []
