"""Run the notebooks and keep in their files what helps a reader who runs nothing: `python scripts/notebooks.py [names]`.

What stays is what every viewer can show: text, tables, and the static copy of each run. What is dropped would be an error or noise
there: the widgets (their kernel is gone) and their state. An output that differs from the kept one in figures alone
stays as it was, so that a file changes only when its content does.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
KEPT = (
    "02_timeline_and_debugging",
    "03_record_and_replay",
    "04_prompt_experiments",
    "06_sse_websocket_grpc",
    "07_agents",
    "08_reconnect_and_proxies",
)
"""Those that are kept with outputs. The first one is there to be run."""
WIDGET = "application/vnd.jupyter.widget-view+json"
_FIGURES = re.compile(
    r"<svg.*?</svg>|\b[0-9a-f]{8,}\b|\d[\d.,]*(?:e-?\d+)?(?: m?s\b)?"
    r"|\w+(?=\\n)|\s+",  # the last word of a line, which may be cut off there, and the width of a table's columns
    re.DOTALL,
)
_DATES = re.compile(r"\w{3}, \d\d \w{3} \d{4}")
_PLACE = re.compile(r"/(?:tmp|home|Users|root|var)/[^\s\"']+|[A-Z]:\\\\?Users")


def kept(outputs: list[Any]) -> list[Any]:
    """What of a cell's outputs stays in the file. Raises ValueError if they tell where this ran."""
    found: list[Any] = []
    for output in outputs:
        if output.output_type == "error":
            raise ValueError(f"a cell raised {output.ename}: {output.evalue}")
        if output.output_type == "stream" and output.name == "stderr":
            raise ValueError(f"a cell warned: {output.text}")
        data = output.get("data")
        if data is not None and (WIDGET in data or not any(data.values())):
            continue
        output.pop("transient", None)
        output.metadata = {} if "metadata" in output else None
        if output.metadata is None:
            del output["metadata"]
        if place := _PLACE.search(str(output)):
            raise ValueError(f"an output tells where it was made: {place[0]}")
        found.append(output)
    return found


def alike(one: list[Any], other: list[Any]) -> bool:
    """Whether two cells' outputs say the same but for figures."""
    return _plain(one) == _plain(other)


def _plain(outputs: list[Any]) -> str:
    return _FIGURES.sub("#", _DATES.sub("#", json.dumps(outputs, sort_keys=True)))


def refresh(path: Path) -> None:
    """Run a notebook in its folder and write it with what is kept. Raises CellExecutionError if a cell does."""
    before = nbformat.read(path, as_version=4)
    document = nbformat.read(path, as_version=4)
    NotebookClient(document, timeout=600, store_widget_state=False, resources={"metadata": {"path": str(path.parent)}}).execute()
    document.metadata = before.metadata
    for cell, old in zip(document.cells, before.cells, strict=True):
        cell.metadata = old.metadata
        if cell.cell_type == "code":
            fresh = kept(cell.outputs)
            cell.outputs = old.outputs if alike(fresh, old.outputs) else fresh
    number(document)
    path.write_text(nbformat.writes(document) + "\n", "utf-8")


def number(document: Any) -> None:
    """Count the cells as a first run would: nbval takes a cell with outputs and without a number for a mistake."""
    for count, cell in enumerate((cell for cell in document.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def main(names: list[str]) -> None:
    for name in names or KEPT:
        refresh(FOLDER / f"{Path(name).stem}.ipynb")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
