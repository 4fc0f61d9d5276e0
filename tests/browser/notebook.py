"""One notebook in a real JupyterLab in a real browser, driven by Lab's own commands, as a person's clicks would drive it."""

from __future__ import annotations

import itertools
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request

from .kernel import Kernel
from .lab import Lab

# The panel of the test's own notebook, wherever the focus is (a second view is a panel too).
PANEL = "const app = window.jupyterapp; const panel = [...app.shell.widgets('main')].find((it) => it.context?.path === path);"
READY = f"""(path) => {{
  if (!window.jupyterapp?.shell) return false;
  {PANEL}
  const session = panel?.sessionContext;
  return Boolean(session?.isReady && session.session?.kernel?.connectionStatus === 'connected' && panel.content.widgets.length);
}}"""
START = f"""([path, index]) => {{
  {PANEL}
  app.shell.activateById(panel.id);
  panel.content.deselectAll();
  panel.content.activeCellIndex = index;
  const runs = (window.testRuns ??= {{}});
  runs[index] = 'running';
  // Not returned: the promise is fulfilled when the cell has ended, and a test may want to look while it runs.
  app.commands.execute('notebook:run-cell').then(
    () => {{ runs[index] = 'ended'; }},
    (error) => {{ runs[index] = String(error); }},
  );
}}"""
CELL_ENDED = "(index) => (window.testRuns?.[index] ?? 'ended') !== 'running'"
IDLE = f"""(path) => {{
  {PANEL}
  return panel.sessionContext.session?.kernel?.status === 'idle' && Object.values(window.testRuns ?? {{}}).every((it) => it !== 'running');
}}"""
OUTPUTS = f"([path, index]) => {{ {PANEL} return panel.content.widgets[index].model.outputs.toJSON(); }}"
# Lab says its theme before the style sheet of it has come.
THEMED = """(dark) => {
  if (document.body.dataset.jpThemeLight !== String(!dark)) return false;
  const paint = document.createElement('canvas').getContext('2d');
  paint.fillStyle = getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim();
  paint.fillRect(0, 0, 1, 1);
  const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
  return dark ? red + green + blue < 180 : red + green + blue > 600;
}"""
STARTUP_MS = 180_000
numbers = itertools.count(1)


class CellError(AssertionError):
    """A cell that was expected to end well raised; the message names the exception."""


class Notebook:
    """page: Playwright's page, for anything that has no method here. console: what the page logged and raised, a line each.
    errors: the uncaught exceptions among them. elsewhere: the URLs that the page asked of any host but Lab's; there should be none.
    """

    def __init__(self, page: Page, lab: Lab, cells: list[str]) -> None:
        """cells: the source of each cell. The notebook is written, opened and connected to a kernel of its own."""
        self.page = page
        self.lab = lab
        self.console: list[str] = []
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.name = f"notebook-{next(numbers)}.ipynb"
        document = new_notebook(cells=[new_code_cell(source) for source in cells])
        document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(document, self.lab.root / self.name)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("request", self._on_request)
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?" at a reload
        # A workspace for each notebook: Lab would otherwise open the tabs of the test before.
        page.goto(f"{lab.url}/lab/workspaces/{self.name.removesuffix('.ipynb')}/tree/{self.name}")
        self._wait_ready()
        self.set_theme("light")  # Lab remembers the theme of the test before
        self.wait_idle()

    # --- cells ---

    def start_cell(self, index: int) -> None:
        """Start a cell (0 is the first) and return at once. While another one runs, it waits its turn in the kernel."""
        self.page.evaluate(START, [self.name, index])

    def wait_cell(self, index: int) -> None:
        """Wait for the end of a started cell, whatever it ended with."""
        self.page.wait_for_function(CELL_ENDED, arg=index)

    def run_cell(self, index: int) -> list[dict[str, Any]]:
        """Run a cell to its end and give its outputs (as nbformat has them). Raises CellError if it raised."""
        self.start_cell(index)
        self.wait_cell(index)
        outputs = self.outputs(index)
        for it in outputs:
            if it["output_type"] == "error":
                raise CellError(f"cell {index} raised {it['ename']}: {it['evalue']}")
        return outputs

    def run_all(self) -> None:
        """Run the cells in their order, each to its end. Raises CellError at the first that raises."""
        count = len(nbformat.read(self.lab.root / self.name, as_version=4).cells)
        for index in range(count):
            self.run_cell(index)

    def cells(self) -> int:
        """How many cells the notebook has at this moment, drawn or not."""
        count: int = self.page.evaluate(f"(path) => {{ {PANEL} return panel.content.model.cells.length; }}", self.name)
        return count

    def wait_idle(self) -> None:
        """Wait until every started cell has ended and the kernel says that it is idle."""
        self.page.wait_for_function(IDLE, arg=self.name)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """A cell's outputs so far, as nbformat has them."""
        outputs: list[dict[str, Any]] = self.page.evaluate(OUTPUTS, [self.name, index])
        return outputs

    def text(self, index: int) -> str:
        """What a cell has printed so far, and the text of its other outputs, joined."""
        parts = [it.get("text") or it.get("data", {}).get("text/plain", "") for it in self.outputs(index)]
        return "".join(part if isinstance(part, str) else "".join(part) for part in parts)

    def output(self, index: int) -> Locator:
        """The element of a cell's outputs."""
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}'] .jp-Cell-outputArea")

    def interrupt(self) -> None:
        """Interrupt the kernel, as the square button does."""
        self.page.evaluate(f"async (path) => {{ {PANEL} await panel.sessionContext.session.kernel.interrupt(); }}", self.name)

    def restart(self) -> None:
        """Restart the kernel, as the menu does."""
        self.page.evaluate(f"async (path) => {{ {PANEL} await panel.sessionContext.session.kernel.restart(); }}", self.name)

    # --- the kernel, beside Lab ---

    @cached_property
    def kernel(self) -> Kernel:
        """Our own client of this notebook's kernel."""
        ident = self.page.evaluate(f"(path) => {{ {PANEL} return panel.sessionContext.session.kernel.id; }}", self.name)
        return Kernel(self.lab.runtime / f"kernel-{ident}.json")

    def kernel_eval(self, expression: str) -> Any:
        """The value in the kernel of an expression that JSON can say. While a cell blocks the kernel, this waits for its end."""
        return self.kernel.evaluate(expression)

    # --- widgets ---

    def widget(self, index: int = 0) -> Locator:
        """The root element of the n-th widget of the page (0 is the first), second views included, in the order of the document."""
        return self.page.locator(".sse-widget").nth(index)

    def second_view(self, index: int) -> Locator:
        """Open *Create New View for Cell Output* of a cell, beside the notebook, and give the element of that view."""
        before = self.page.locator(".jp-LinkedOutputView").count()
        script = f"""async ([path, index]) => {{ {PANEL}
          app.shell.activateById(panel.id);
          panel.content.activeCellIndex = index;
          await app.commands.execute('notebook:create-output-view'); }}"""
        self.page.evaluate(script, [self.name, index])
        view = self.page.locator(".jp-LinkedOutputView").nth(before)
        view.wait_for()
        return view

    # --- the page ---

    def save(self) -> Path:
        """Save the notebook and give its file."""
        self.page.evaluate(f"async (path) => {{ {PANEL} await panel.context.save(); }}", self.name)
        return self.lab.root / self.name

    def reload(self) -> None:
        """Save, load the page anew and wait until the notebook is there and connected to the same kernel, which may be busy."""
        self.save()
        self.page.reload()
        self._wait_ready()

    def set_theme(self, theme: Literal["light", "dark"]) -> None:
        """Switch Lab's theme and wait until it is in force."""
        self.page.evaluate(
            "async (theme) => { await window.jupyterapp.commands.execute('apputils:change-theme', { theme }); }",
            f"JupyterLab {theme.capitalize()}",
        )
        self.page.wait_for_function(THEMED, arg=theme == "dark")

    def set_viewport(self, width: int, height: int) -> None:
        """Set the size of the browser's window, in CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": height})

    def screenshot(self, path: Path, clip: Locator | None = None) -> None:
        """Save a picture of an element (`notebook.widget()`), else of the window."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if clip is None:
            self.page.screenshot(path=path)
        else:
            clip.screenshot(path=path)

    def close(self) -> None:
        """Let go of the kernel and of the page."""
        if "kernel" in self.__dict__:
            self.kernel.close()
        with suppress(Error):  # a page that never came up, or is gone, cannot; the server ends the kernel then
            self.page.evaluate(f"async (path) => {{ {PANEL} await panel.sessionContext.shutdown(); }}", self.name)
        self.page.close(run_before_unload=False)

    def _wait_ready(self) -> None:
        self.page.wait_for_function(READY, arg=self.name, timeout=STARTUP_MS)
        self.page.evaluate("async () => { await window.jupyterapp.restored; window.jupyterapp.shell.collapseLeft(); }")

    def _on_console(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.errors.append(str(error))
        self.console.append(f"uncaught: {error.stack or error}")

    def _on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and f"{url.hostname}:{url.port}" != urlsplit(self.lab.url).netloc:
            self.elsewhere.append(request.url)
