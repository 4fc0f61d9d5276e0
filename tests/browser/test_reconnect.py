"""A stream that is lost: the page says so and counts the seconds, the timeline shows the gap, and the text goes on where it was."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ..support import Connection, RawServer
from .cells import IMPORT, LONG, expect_answer, expect_status, part
from .conftest import OpenNotebook

BROKEN = b"id: 40\ndata: Knead \n\nid: 41\ndata: the dough, \n\nid: 42\ndata: th"
REST = b"id: 41\ndata: the dough, \n\nid: 42\ndata: then wait.\n\n"


def test_a_lost_stream_counts_down_and_can_be_stopped(open_notebook: OpenNotebook, raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start()
        connection.chunk(BROKEN)

    notebook = open_notebook(IMPORT, f"run = sw.stream({raw.serve(handler)!r}, reconnect=sw.Reconnect(delay={LONG}, budget=None))\nrun")
    notebook.run_all()
    widget = notebook.widget()
    status = part(widget, "status")
    expect(status).to_have_text(re.compile(r"^Reconnecting in \d+ s$"))
    first = status.inner_text()
    expect(status).not_to_have_text(first)
    expect(status).to_have_text(re.compile(r"^Reconnecting in \d+ s$"))
    expect(status).to_have_attribute("title", re.compile(r"\(attempt 1 of 5\)$"))
    expect(part(widget, "output")).to_contain_text("The connection was lost; trying again")
    expect_answer(widget, "Knead the dough,")
    part(widget, "stop").click()
    expect_status(widget, "Stopped")
    assert len(raw.requests) == 1
    assert notebook.errors == []


def test_a_resumed_stream_goes_on_and_shows_what_was_lost(open_notebook: OpenNotebook, raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start()
        connection.chunk(REST if len(raw.requests) > 1 else BROKEN)
        if len(raw.requests) > 1:
            connection.end()

    notebook = open_notebook(IMPORT, f"run = sw.stream({raw.serve(handler)!r}, reconnect=sw.Reconnect(delay=1.0, after_end=False))\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect_answer(widget, "Knead the dough, then wait.")
    assert raw.requests[1].headers["last-event-id"] == "41"
    canvas = part(widget, "timeline-canvas")
    box = canvas.bounding_box()
    assert box is not None
    # The gap is a second long, and the axis at most two: a quarter of it lies within.
    canvas.hover(position={"x": box["width"] / 4, "y": 60})
    expect(part(widget, "tip")).to_have_text(re.compile(r"it was resumed 1\.\d+ s later from event 41\. 1 event came again"))
    grid = part(widget, "events-grid")
    widget.get_by_role("tab", name="Events").click()
    expect(grid).to_contain_text("no connection: ")
    expect(grid).to_contain_text("(attempt 1 of 5)")
    expect(grid).to_contain_text("asked for the rest, from event 41")
    assert notebook.errors == []
