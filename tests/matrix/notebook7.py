"""Notebook 7: the widget in a real server and a real browser, and what its saved file shows when it is opened again."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path

import httpx
import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from ..browser.lab import OPTIONS, free_port
from .table import Table
from .venvs import environment
from .viewing import Stream, Viewer, paging, serving

VERSIONS = ("7.6.5",)
NAME = "run.ipynb"
APP = "window.jupyterapp"
READY = f"() => {APP}?.shell?.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected'"
IDLE = f"() => {APP}.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
CELLS = f"() => {APP}.shell.currentWidget.content.model.cells.length + [...document.querySelectorAll('.jp-CodeCell')].length * 100"
START = f"""(index) => {{
  const panel = {APP}.shell.currentWidget;
  panel.content.deselectAll();
  panel.content.activeCellIndex = index;
  void {APP}.commands.execute('notebook:run-cell');
}}"""
SAVE = f"async () => {{ await {APP}.shell.currentWidget.context.save(); }}"
THEME = f"async () => {{ await {APP}.commands.execute('apputils:change-theme', {{ theme: 'JupyterLab Dark' }}); }}"
SHUT_DOWN = f"async () => {{ await {APP}.shell.currentWidget.sessionContext.shutdown(); }}"
OUTPUT = f"(index) => JSON.stringify({APP}.shell.currentWidget.content.widgets[index].model.outputs.toJSON())"


def part(options: argparse.Namespace) -> Table:
    """What was seen, a row each."""
    versions = [version for version in VERSIONS if not options.versions or version in options.versions.split(",")]
    table = Table("Notebook 7", ["what", *versions])
    for version in versions:
        python = environment(f"notebook-{version}", f"notebook=={version}")
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            home = Path(folder)
            (home / "notebooks").mkdir()
            url = f"http://127.0.0.1:{free_port()}"
            folders = {
                "JUPYTER_CONFIG_DIR": "config",
                "JUPYTER_DATA_DIR": "data",
                "JUPYTER_RUNTIME_DIR": "runtime",
                "IPYTHONDIR": "ipython",
            }
            folders |= {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
            given = [option.replace("LabApp.expose", "JupyterNotebookApp.expose") for option in OPTIONS]
            command = [str(python), "-m", "notebook", *given, f"--ServerApp.port={url.rpartition(':')[2]}"]
            command.append(f"--ServerApp.root_dir={home / 'notebooks'}")
            environ = {name: str(home / place) for name, place in folders.items()}
            stack.enter_context(serving(command, f"{url}/api/status", home, **environ))
            page = stack.enter_context(paging())
            _look(Viewer(page, table, version, url), url, home / "notebooks" / NAME)
    return table


def _look(viewer: Viewer, url: str, path: Path) -> None:
    page = viewer.page
    stopped, blocked, whole = Stream(), Stream(), Stream()
    cells = [
        f"import sse_widget as sw\nrun = {stopped.ask}\nrun",
        f"run = {blocked.ask}\nrun.wait()",
        f"run = {whole.ask}\nrun",
        "run.wait()\nprint((len(run.events), run.text))",
    ]
    document = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(document, path)

    def open_page(where: str) -> None:
        page.goto(where)
        page.wait_for_function(READY)
        page.wait_for_function(IDLE)

    def reload() -> None:
        page.evaluate(SAVE)
        page.reload()
        page.wait_for_function(READY)

    def printed() -> str:
        page.evaluate(START, 3)
        page.wait_for_function(f"() => ({OUTPUT})(3).includes('\\\\n')")
        return str(page.evaluate(OUTPUT, 3)).replace("\\n", "\n").replace('"', "")

    open_page(f"{url}/notebooks/{path.name}")
    viewer.begins()
    page.evaluate(START, 0)
    viewer.grows(stopped)
    viewer.keys(lambda: page.evaluate(CELLS))
    page.evaluate(THEME)
    viewer.is_dark()
    viewer.reloads(stopped, reload)
    viewer.stops(stopped)
    page.evaluate(START, 1)
    with viewer.row("Stop while a cell is blocked by run.wait()"):
        blocked.held.words(5)
        expect(viewer.widget(1)).to_contain_text("w0005")
        viewer.widget(1).locator('[data-sw="stop"]').click()
        assert blocked.sees_close(), "the server did not see the connection close"
    page.evaluate(START, 2)
    viewer.ends(whole, 2, printed)
    viewer.clean()
    page.evaluate(SAVE)
    page.evaluate(SHUT_DOWN)
    assert httpx.get(f"{url}/api/kernels").json() == []
    with viewer.row("saved, opened again with a new kernel: the static copy, closed, opens"):
        page.goto(f"{url}/tree")
        open_page(f"{url}/notebooks/{path.name}")
        output = page.locator(".jp-Cell").nth(2).locator(".jp-Cell-outputArea")
        copied = output.locator("details pre").last
        expect(output.locator("details > summary").first).to_contain_text("done")
        expect(copied).to_be_hidden()
        output.locator("details > summary").first.click()
        expect(copied).to_be_visible()
        expect(copied).to_contain_text("w0200")
    with viewer.row("… and what stands in the widget's place", "“Error displaying widget: model not found”"):
        expect(output).to_contain_text("Error displaying widget")
