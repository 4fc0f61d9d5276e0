"""What a saved notebook still shows: with no kernel, with a fresh one, untrusted, and in what nbconvert makes of it, offline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sse_widget.demo import DemoServer

from .cells import IMPORT, ask, expect_status
from .conftest import OpenNotebook
from .lab import Lab
from .notebook import Notebook

LAST = "Buon appetito"


def saved(open_notebook: OpenNotebook, server: DemoServer) -> tuple[Notebook, Path]:
    """A notebook with a finished run, saved."""
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    expect_status(notebook.widget(), "Done")
    expect(notebook.output(1).locator("details").first).to_be_attached()
    return notebook, notebook.save()


def expect_copy(page: Page, within: Locator) -> None:
    """A closed line is there; opened, it shows the answer and the timeline."""
    summary = within.locator("details > summary").first
    expect(summary).to_contain_text("pizza")
    expect(summary).to_contain_text("done")
    answer = within.get_by_text(LAST).last
    expect(answer).to_be_hidden()
    summary.click()
    expect(answer).to_be_visible()


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_it_is_there_when_the_notebook_is_opened_again(open_notebook: OpenNotebook, server: DemoServer, lab: Lab, trusted: bool) -> None:
    notebook, path = saved(open_notebook, server)
    copy = lab.root / f"copy-{'' if trusted else 'un'}trusted-{path.name}"
    document = nbformat.read(path, as_version=4)
    if not trusted:  # somebody else's: its signature is not known here
        document.cells[1].source += "\n# of somebody else"
    nbformat.write(document, copy)
    notebook.kernel_eval("None")
    page = notebook.page
    page.goto(f"{lab.url}/lab/workspaces/{copy.stem}/tree/{copy.name}")
    output = page.locator(".jp-Notebook .jp-Cell[data-windowed-list-index='1'] .jp-Cell-outputArea")
    expect_copy(page, output)
    if trusted:
        expect(output.locator("svg[role=img] path").first).to_be_attached()


def test_a_person_sees_the_answer_once_while_the_widget_lives(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, _ = saved(open_notebook, server)
    expect(notebook.output(1).get_by_text(LAST).last).to_be_hidden()
    box = notebook.output(1).locator("details").first.bounding_box()
    assert box is not None
    assert box["height"] < 40


def test_nbconvert_shows_it_offline(open_notebook: OpenNotebook, browser: Browser, server: DemoServer, tmp_path: Path) -> None:
    _, path = saved(open_notebook, server)
    source = shutil.copy(path, tmp_path / "run.ipynb")
    for kind in ("html", "markdown"):
        subprocess.run([sys.executable, "-m", "nbconvert", "--to", kind, source], check=True, capture_output=True, cwd=tmp_path)
    assert LAST in (tmp_path / "run.md").read_text("utf-8")
    page = browser.new_page()
    try:
        page.route("http*://**", lambda route: route.abort())  # no network
        page.goto((tmp_path / "run.html").as_uri(), wait_until="domcontentloaded")
        expect_copy(page, page.locator(".jp-OutputArea").first)
    finally:
        page.close()


def test_a_notebook_that_is_executed_without_a_browser_has_it_too(tmp_path: Path) -> None:
    cells = ["import math, sse_widget as sw", 'await sw.replay(sw.demo.recordings()["thinking"], math.inf)']
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(document, tmp_path / "run.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", "run.ipynb"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    outputs = nbformat.read(tmp_path / "done.ipynb", as_version=4).cells[1].outputs
    kept = [output["data"] for output in outputs if "text/html" in output.get("data", {})]
    assert len(kept) == 1
    assert LAST in kept[0]["text/html"]
    assert LAST in kept[0]["text/markdown"]


def test_nothing_is_kept_if_nothing_is_to_be_kept(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0)[:-1] + ", persist='none')\nrun.wait()")
    notebook.run_all()
    expect_status(notebook.widget(), "Done")
    assert LAST not in json.dumps(nbformat.read(notebook.save(), as_version=4).cells[1].outputs)
