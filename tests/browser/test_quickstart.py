"""The first notebook, as a newcomer runs it: *Run All*, by hand, in JupyterLab."""

from __future__ import annotations

from pathlib import Path

import nbformat
from playwright.sync_api import expect

from .cells import expect_status
from .conftest import OpenNotebook

QUICKSTART = Path(__file__).parent.parent.parent / "notebooks" / "01_quickstart.ipynb"


def test_run_all_ends_well(open_notebook: OpenNotebook) -> None:
    document = nbformat.read(QUICKSTART, as_version=4)
    cells = [cell.source for cell in document.cells if cell.cell_type == "code"]
    notebook = open_notebook(*cells)
    notebook.run_all()  # raises if a cell does
    notebook.wait_idle()
    words = ["Done", "Done", "Stopped", "Done", "Done", "Done", "Done", "Done", "Done"]
    expect(notebook.page.locator(".sse-widget")).to_have_count(len(words))
    for index, word in enumerate(words):
        expect_status(notebook.widget(index), word)
    assert notebook.errors == []
    assert notebook.elsewhere == []
