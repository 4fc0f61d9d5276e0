"""marimo: the widget in a real server and a real browser, shown in each of the ways that one may write."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path

from playwright.sync_api import expect

from ..browser.cells import expect_answer
from ..browser.lab import free_port
from .table import Table
from .venvs import environment
from .viewing import Stream, Viewer, paging, serving

VERSIONS = ("0.25.2",)
CONFIG = '[runtime]\nauto_instantiate = true\n[display]\ntheme = "system"\n'
NOTEBOOK = """import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import sse_widget as sw

    return mo, sw


@app.cell
def _(sw):
    stopped = {stopped}
    stopped
    return


@app.cell
def _(sw):
    run = {whole}
    return (run,)


@app.cell
def _(run):
    run.widget
    return


@app.cell
def _(mo, run):
    mo.ui.anywidget(run.widget)
    return


@app.cell
def _(mo):
    ask = mo.ui.run_button(label="ask the kernel")
    ask
    return (ask,)


@app.cell
def _(mo):
    block = mo.ui.run_button(label="block the kernel")
    block
    return (block,)


@app.cell
def _(block, sw):
    if block.value:
        sw.stream({blocked!r}, json={{"stream": True}}).wait()
    return


@app.cell
async def _(ask, run):
    if ask.value:
        await run
        print((len(run.events), run.text))
    return
"""


def part(options: argparse.Namespace) -> Table:
    """What was seen, a row each."""
    versions = [version for version in VERSIONS if not options.versions or version in options.versions.split(",")]
    table = Table("marimo", ["what", *versions])
    for version in versions:
        python = environment(f"marimo-{version}", f"marimo=={version}", free=("pymdown-extensions",))
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            home = Path(folder)
            (home / "config" / "marimo").mkdir(parents=True)
            (home / "config" / "marimo" / "marimo.toml").write_text(CONFIG, "utf-8")
            stopped, whole, blocked = Stream(), Stream(), Stream()
            (home / "run.py").write_text(NOTEBOOK.format(stopped=stopped.ask, whole=whole.ask, blocked=blocked.url), "utf-8")
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            command = [str(python), "-m", "marimo", "-y", "edit", "run.py", "--headless", "--no-token", "--skip-update-check"]
            environ = {name: str(home / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")} | {"XDG_CONFIG_HOME": str(home / "config")}
            stack.enter_context(serving([*command, "--host", "127.0.0.1", "--port", str(port)], f"{url}/health", home, **environ))
            page = stack.enter_context(paging())
            _look(Viewer(page, table, version, url), url, stopped, whole, blocked)
    return table


def _look(viewer: Viewer, url: str, stopped: Stream, whole: Stream, blocked: Stream) -> None:
    page = viewer.page
    page.goto(url)
    cells = page.locator(".marimo-cell")
    viewer.grows(stopped)
    viewer.keys(lambda: (cells.count(), page.locator(".marimo-cell .cm-content").all_inner_texts()))
    page.emulate_media(color_scheme="dark")
    viewer.is_dark()
    viewer.reloads(stopped, page.reload)
    viewer.stops(stopped)
    with viewer.row("`run.widget` and `mo.ui.anywidget(run.widget)` too"):
        whole.held.words(5)
        for index in (1, 2):
            expect_answer(viewer.widget(index), whole.held.said)
    with viewer.row("the cell that shows it runs again, and it goes on"):
        cells.nth(3).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        whole.held.words(5)
        expect_answer(viewer.widget(1), whole.held.said)

    def printed() -> str:
        page.get_by_role("button", name="ask the kernel").click()
        expect(cells.nth(8)).to_contain_text("w0200")
        return cells.nth(8).inner_text()

    viewer.ends(whole, 1, printed)
    with viewer.row("a cell is blocked by run.wait(): the interrupt closes the connection"):
        page.get_by_role("button", name="block the kernel").click()
        blocked.wait_asked()
        # A person presses again: a press that comes while the cell is just beginning is not always passed on.
        for _ in range(4):
            page.get_by_test_id("interrupt-button").first.click()
            if blocked.sees_close(5):
                break
        else:
            raise AssertionError("the server did not see the connection close")
    viewer.clean()
