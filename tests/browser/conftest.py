"""Fixtures of the browser tests: one JupyterLab and one browser for all, a page and a kernel for each notebook.

def test_something(open_notebook):
    notebook = open_notebook("import sse_widget as sw", "run = sw.stream(…)\nrun")
    notebook.run_all()
    expect(notebook.widget()).to_contain_text("done")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from ..support import PATIENCE
from .lab import Lab, browser_flags, browser_path
from .notebook import Notebook

OpenNotebook = Callable[..., Notebook]

HERE = Path(__file__).parent
RESULTS = HERE.parent.parent / "test-results"
PATIENCE_MS = 1000 * PATIENCE
LIMIT = 900  # seconds for a test that hangs
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: they are the slowest, and Playwright's event loop would be in the way of tests that run their own.

    And on a slow machine many of their waits may be long ones, each within its patience.
    """
    items.sort(key=lambda item: HERE in item.path.parents)
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(LIMIT))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The running JupyterLab."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The running Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
        yield chromium
        chromium.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenNotebook]:
    """A function from cell sources to a notebook that is open and connected. Where a test fails, test-results/ keeps what was seen."""
    opened: list[Notebook] = []

    def open_one(*cells: str, width: int = 1280, height: int = 900) -> Notebook:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE_MS)
        page.set_default_navigation_timeout(3 * PATIENCE_MS)  # Lab is 20 MB of scripts
        notebook = Notebook(page, lab, list(cells))
        opened.append(notebook)
        return notebook

    yield open_one
    failed = request.node.stash.get(FAILED, False)
    for number, notebook in enumerate(opened, 1):
        if failed:
            keep(notebook, RESULTS / re.sub(r"[^\w.-]+", "_", f"{request.node.name}-{number}"))
        notebook.close()


def keep(notebook: Notebook, stem: Path) -> None:
    """Save the picture of a page, its console and the server's log, for a person to look at after a failure."""
    stem.parent.mkdir(exist_ok=True)
    log = notebook.lab.log.read_text(errors="replace")
    console = "\n".join(notebook.console)
    Path(f"{stem}.log").write_text(f"{console}\n\n--- JupyterLab ---\n{log}", "utf-8")
    try:
        notebook.screenshot(Path(f"{stem}.png"))
    except Error as error:
        print(f"no picture of the page: {error}")
