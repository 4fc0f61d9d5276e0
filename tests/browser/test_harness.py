"""The environment of the browser tests itself: where one of these fails, look here before looking at the widget."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .cells import until
from .conftest import OpenNotebook
from .kernel import KernelError
from .notebook import CellError

# A widget with a number that a thread counts up when it is told to, shown by the class name that `Notebook.widget` looks for.
COUNTER = '''
import threading, anywidget, traitlets

class Counter(anywidget.AnyWidget):
    count = traitlets.Int(0).tag(sync=True)
    _esm = """
    export default { render({ model, el }) {
      const root = document.createElement("div");
      root.className = "sse-widget";
      const draw = () => { root.textContent = `count ${model.get("count")}`; };
      model.on("change:count", draw);
      el.append(root);
      draw();
    } };
    """

counter = Counter()
go = threading.Event()

def work():
    go.wait()
    for number in range(1, 43):
        counter.count = number

thread = threading.Thread(target=work, daemon=True)
thread.start()
'''


def test_a_cell_runs_and_its_value_comes_back(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("x = 6 * 7\nprint('x is', x)", "y = {'x': [x]}\ny")
    notebook.run_all()
    assert notebook.text(0) == "x is 42\n"
    assert notebook.text(1) == "{'x': [42]}"
    assert notebook.kernel_eval("y") == {"x": [42]}
    assert notebook.elsewhere == []
    assert notebook.errors == []


def test_what_raises_is_told(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("1 / 0")
    with pytest.raises(CellError, match="cell 0 raised ZeroDivisionError"):
        notebook.run_cell(0)
    with pytest.raises(KernelError, match="NameError: name 'nothing'"):
        notebook.kernel_eval("nothing")


def test_a_blocking_cell_is_interrupted(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("import time\nprint('sleeping', flush=True)\ntime.sleep(600)")
    notebook.start_cell(0)
    expect(notebook.output(0)).to_contain_text("sleeping")
    notebook.interrupt()
    notebook.wait_idle()
    assert [it.get("ename") for it in notebook.outputs(0)][-1] == "KeyboardInterrupt"


def test_a_threads_trait_updates_reach_every_view(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(COUNTER, "counter")
    notebook.run_all()
    expect(notebook.widget()).to_have_text("count 0")
    second = notebook.second_view(1)
    expect(second.locator(".sse-widget")).to_have_text("count 0")

    notebook.kernel.execute("go.set(); thread.join()")
    expect(notebook.output(1).locator(".sse-widget")).to_have_text("count 42")
    expect(second.locator(".sse-widget")).to_have_text("count 42")

    notebook.reload()
    expect(notebook.output(1).locator(".sse-widget")).to_have_text("count 42")


def test_the_look_can_be_set_and_kept(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook = open_notebook(COUNTER, "counter", width=640)
    notebook.run_all()
    backgrounds = set()
    for theme in ("light", "dark"):
        notebook.set_theme(theme)
        backgrounds.add(notebook.page.evaluate("getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')").strip())
        notebook.screenshot(tmp_path / f"{theme}.png", clip=notebook.widget())
    assert len(backgrounds) == 2
    assert (tmp_path / "light.png").read_bytes() != (tmp_path / "dark.png").read_bytes()

    def width() -> float:
        box = notebook.widget().bounding_box()
        return box["width"] if box else 0

    until(notebook.page, width, lambda narrow: 0 < narrow < 640)
    notebook.set_viewport(1600, 900)
    until(notebook.page, width, lambda wide: wide > 640)


def test_a_second_notebook_has_a_kernel_of_its_own(open_notebook: OpenNotebook) -> None:
    first, second = open_notebook("x = 1"), open_notebook("'x' in globals()")
    first.run_all()
    second.run_all()
    assert second.text(0) == "False"
