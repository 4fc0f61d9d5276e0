"""`view/display.py`: when a run shows itself. In a real IPython shell, with a kernel that only records what is displayed."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

import sse_widget as sw
from sse_widget.view import kernel

from .support import RecordingComm

WIDGET = "application/vnd.jupyter.widget-view+json"


class Notebook:
    """Runs cells and tells what each displayed."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.published = shell.display_pub

    def run(self, code: str) -> list[str]:
        """Run a cell; returns what was displayed: "widget" for each widget, else the text."""
        self.published.outputs.clear()  # type: ignore[attr-defined]
        result = self.shell.run_cell(code, store_history=True)  # type: ignore[no-untyped-call]
        result.raise_error()
        data = [output["data"] for output in self.published.outputs]  # type: ignore[attr-defined]
        # The second output is empty at first, and then holds what remains without a kernel.
        return ["widget" if WIDGET in each else each["text/plain"] for each in data if each.get("text/plain") and "text/html" not in each]


@pytest.fixture
def notebook(comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(display_pub_class=CapturingDisplayPublisher)
    shell.kernel = SimpleNamespace(get_parent=dict)  # type: ignore[attr-defined]
    cells = kernel.Cells()
    cells.hook()
    cells.current = None
    monkeypatch.setattr(kernel, "cells", cells)
    monkeypatch.setattr("sse_widget.view.display.cells", cells)
    shell.push({"sw": sw})  # type: ignore[no-untyped-call]
    yield Notebook(shell)
    InteractiveShell.clear_instance()


CELLS: list[tuple[str, list[str], list[list[str]]]] = [
    ("a last expression shows", ['sw.stream(["a"])'], [["widget"]]),
    ("a name on the last line shows", ['run = sw.stream(["a"])', "run"], [[], ["widget"]]),
    ("display shows, each time", ['run = sw.stream(["a"])\ndisplay(run)\ndisplay(run)'], [["widget", "widget"]]),
    ("wait shows once", ['run = sw.stream(["a"])\nrun.wait()\nNone', "run.wait()\nNone"], [["widget"], []]),
    ("wait as the last line shows once", ['run = sw.stream(["a"])\nrun.wait()'], [["widget"]]),
    ("await as the last line shows once", ['run = sw.stream(["a"])\nawait run'], [["widget"]]),
    ("await in one go", ['await sw.stream(["a"])'], [["widget"]]),
    ("in a later cell it shows there", ['run = sw.stream(["a"])\nNone', "await run"], [[], ["widget"]]),
    (
        "what was shown before is shown again only when asked",
        ['run = sw.stream(["a"])\nrun', "run.wait()\nNone", "run"],
        [["widget"], [], ["widget"]],
    ),
    ("only the next display is absorbed", ['run = sw.stream(["a"])\nrun.wait()\ndisplay(run)\ndisplay(run)'], [["widget", "widget"]]),
    ("only in that cell", ['run = sw.stream(["a"])\nrun.wait()\nNone', "run"], [["widget"], ["widget"]]),
    ("iteration shows", ['run = sw.stream(["a"])\nfor text in run: pass'], [["widget"]]),
    ("async iteration shows", ['run = sw.stream(["a"])\nasync for text in run: pass'], [["widget"]]),
    (
        "a widget that was read is placed by hand",
        ['run = sw.stream(["a"])\nw = run.widget\nrun.wait()\nNone', "display(w)"],
        [[], ["widget"]],
    ),
    ("show=False never shows by itself", ['run = sw.stream(["a"], show=False)\nrun.wait()\nNone', "run"], [[], ["widget"]]),
    ("only stored, nothing shows", ['run = sw.stream(["a"])'], [[]]),
]


@pytest.mark.parametrize(("cells", "shown"), [case[1:] for case in CELLS], ids=[case[0] for case in CELLS])
def test_showing(notebook: Notebook, cells: list[str], shown: list[list[str]]) -> None:
    assert [notebook.run(cell) for cell in cells] == shown


def test_outside_a_cell_nothing_shows(notebook: Notebook) -> None:
    """A task of an earlier cell that waits when no cell runs must not put a widget somewhere."""
    run = sw.stream(["a"])
    run.wait()
    assert notebook.published.outputs == []  # type: ignore[attr-defined]
    assert not run.session.has_widget


def test_outside_ipython_nothing_shows(capsys: pytest.CaptureFixture[str]) -> None:
    run = sw.stream(["a"]).wait()
    assert capsys.readouterr().out == ""
    assert not run.session.has_widget
    run._ipython_display_()
    assert capsys.readouterr().out == "<Run: done, 1 events, 1 characters>\n"


def test_a_second_output_is_reserved_once(notebook: Notebook) -> None:
    run = sw.stream(["a"])
    notebook.shell.push({"run": run})  # type: ignore[no-untyped-call]
    notebook.run("run")
    first = run.session.static_output
    notebook.run("run")
    assert first is not None
    assert run.session.static_output is first


def test_showing_makes_no_side_effect_in_the_mimebundle(comms: list[RecordingComm]) -> None:
    run: Any = sw.stream(["a"]).wait()
    assert not hasattr(run, "_repr_mimebundle_")
    assert not run.session.has_widget
