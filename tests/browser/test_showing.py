"""When a run shows itself, in a real notebook: once where it is asked for, never twice, never by surprise."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .cells import IMPORT, expect_status, part, until
from .conftest import OpenNotebook

START = 'run = sw.stream(["a", "b"])'
CELLS = {
    "a last expression": [START + "\nrun"],
    "wait as the last line": [START + "\nrun.wait()"],
    "await as the last line": ["await sw.stream(['a', 'b'])"],
    "wait in the middle": [START + "\nrun.wait()\nNone"],
    "await in a later cell": [START + "\nNone", "await run"],
    "iteration": [START + "\nfor text in run: pass"],
    "display": [START + "\ndisplay(run)\nrun.wait()\nNone"],
    "its widget by hand": [START + "\nw = run.widget\nrun.wait()\nw"],
}


@pytest.mark.parametrize("cells", CELLS.values(), ids=CELLS)
def test_it_stands_there_once(open_notebook: OpenNotebook, cells: list[str]) -> None:
    notebook = open_notebook(IMPORT, *cells)
    notebook.run_all()
    expect_status(notebook.widget(), "Done")
    expect(part(notebook.widget(), "answer")).to_have_text("ab")
    notebook.wait_idle()
    expect(notebook.page.locator(".sse-widget")).to_have_count(1)
    # The widget is in the cell that asked, and the last one asked.
    expect(notebook.output(len(cells)).locator(".sse-widget")).to_have_count(1)


def test_a_run_that_nobody_shows_stays_hidden(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(IMPORT, START, 'other = sw.stream(["a"], show=False)\nother.wait()\nNone')
    notebook.run_all()
    notebook.wait_idle()
    expect(notebook.page.locator(".sse-widget")).to_have_count(0)


def test_nothing_is_printed_and_the_reserved_output_takes_no_room(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(IMPORT, 'run = sw.stream(["a", "b"], persist="none")\nrun.wait()')
    notebook.run_all()
    expect_status(notebook.widget(), "Done")
    outputs = notebook.output(1).locator(".jp-OutputArea-child")

    def heights() -> list[float]:
        read: list[float] = outputs.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        return read

    until(notebook.page, heights, lambda all: len(all) == 2 and all[0] > 100 and all[1] < 4)
