"""The notebooks as they are saved: their outputs are for readers who run nothing."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_output

from scripts import notebooks


@pytest.mark.parametrize("path", sorted(notebooks.FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_saved_notebook_holds_nothing_that_only_a_kernel_could_show(path: Any) -> None:
    document = nbformat.read(path, as_version=4)
    assert "widgets" not in document.metadata
    outputs = [output for cell in document.cells if cell.cell_type == "code" for output in cell.outputs]
    assert len(notebooks.kept(outputs)) == len(outputs)
    if path.stem in notebooks.KEPT:
        assert sum("<details>" in output.get("data", {}).get("text/html", "") for output in outputs) >= 4


def test_what_is_kept_of_a_cell() -> None:
    text = new_output("stream", name="stdout", text="12 ms")
    widget = new_output("display_data", {notebooks.WIDGET: {}, "text/plain": "<StreamWidget>"})
    empty = new_output("display_data", {"text/plain": ""})
    assert notebooks.kept([text, widget, empty]) == [text]
    with pytest.raises(ValueError, match="made"):
        notebooks.kept([new_output("stream", name="stdout", text="/home/me/run.har")])
    with pytest.raises(ValueError, match="warned"):
        notebooks.kept([new_output("stream", name="stderr", text="careful")])


def test_figures_alone_change_no_file() -> None:
    def said(text: str) -> list[Any]:
        return [new_output("stream", name="stdout", text=text)]

    assert notebooks.alike(said("first token: 12 ms\n"), said("first token: 1.02 s\n"))
    assert not notebooks.alike(said("first token: 12 ms\n"), said("last token: 12 ms\n"))
