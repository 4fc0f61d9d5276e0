"""A recording as a table: one row per event, and what other tools take it as."""

from __future__ import annotations

import csv
import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..deltas import ERROR, META, REASONING, REFUSAL, STEP, TEXT, TOOL, USAGE
from ..errors import RecordingError, UsageError
from .hidden import Hidden

if TYPE_CHECKING:
    from ..recording import Recording

CHANNELS = {
    META: "meta",
    TEXT: "text",
    REASONING: "reasoning",
    TOOL: "tool",
    REFUSAL: "refusal",
    ERROR: "error",
    USAGE: "usage",
    STEP: "step",
}


class Column(NamedTuple):
    """One column: what it is called, its type in Arrow's words, and what it says."""

    name: str
    type: str
    about: str


COLUMNS = (
    Column("index", "int64", "number of the event, from 0"),
    Column("frame", "int64", "its number among all frames, comments and marks included"),
    Column("time", "float64", "seconds since the request was sent"),
    Column("gap", "float64", "seconds since the event before; null for the first"),
    Column("type", "string", "the event's type on the wire"),
    Column("label", "string", "what it calls itself: its type, or the kind that its JSON names"),
    Column("id", "string", "the last event id in force"),
    Column("size", "int64", "bytes of its whole block on the wire"),
    Column("chunk", "int64", "number of the recording's entry that completed it"),
    Column("channel", "string", "what it brought: text, reasoning, tool, refusal, error, usage, step or meta"),
    Column("delta", "string", "the text that it added, of all parts in a row"),
    Column("data", "string", "its data as it came"),
)
PANDAS = {"int64": "int64", "float64": "float64", "string": "object"}


def columns(recording: Recording) -> dict[str, list[Any]]:
    """The table, column by column, in the order of `COLUMNS`. Secrets are masked in ``data`` and ``delta``."""
    reading = recording._reading()
    hidden = Hidden(recording, reading)
    added: dict[int, list[str]] = {}
    for delta in hidden.deltas():
        if delta.op in ("append", "replace"):
            added.setdefault(delta.frame, []).append(delta.value)
    table: dict[str, list[Any]] = {column.name: [] for column in COLUMNS}
    before: float | None = None
    for event in reading.frames.events:
        row = (
            event.index,
            event.frame,
            event.time,
            None if before is None else event.time - before,
            hidden.any(event.type),
            hidden.any(event.label),
            hidden.any(event.id),
            event.size,
            event.chunk,
            CHANNELS.get(reading.channels[event.frame], "meta"),
            "".join(added.get(event.frame, ())),
            hidden.data(event.frame, event.data),
        )
        before = event.time
        for values, value in zip(table.values(), row, strict=True):
            values.append(value)
    return table


def to_pandas(recording: Recording) -> Any:
    """See `Recording.to_pandas`."""
    pandas = library("pandas")
    table = columns(recording)
    return pandas.DataFrame({column.name: pandas.Series(table[column.name], dtype=PANDAS[column.type]) for column in COLUMNS})


def to_polars(recording: Recording) -> Any:
    """See `Recording.to_polars`."""
    polars = library("polars")
    types = {"int64": polars.Int64, "float64": polars.Float64, "string": polars.String}
    return polars.DataFrame(columns(recording), schema={column.name: types[column.type] for column in COLUMNS})


def to_arrow(recording: Recording) -> Any:
    """A table that speaks Arrow's C stream interface, of whichever library is there."""
    for name in ("pyarrow", "polars"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        if name == "polars":
            return to_polars(recording)
        arrow = importlib.import_module("pyarrow")
        fields = arrow.schema([(column.name, getattr(arrow, column.type)()) for column in COLUMNS])
        return arrow.table(columns(recording), schema=fields)
    raise UsageError("A recording as an Arrow stream needs pyarrow or polars.", hint="pip install polars")


def library(name: str) -> Any:
    """The module of this name. Raises UsageError without it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UsageError(f"A table of {name} needs {name}, which is not installed.", hint=f"pip install {name}") from None


def to_csv(recording: Recording, path: Any) -> Path:
    """See `Recording.to_csv`."""
    table = columns(recording)

    def write(target: Path) -> None:
        with open(target, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            # A cell that begins so would be run by a spreadsheet; a stream is anybody's text. OWASP, "CSV injection".
            writer.writerows([_harmless(cell) for cell in row] for row in zip(*table.values(), strict=True))

    return written(path, write)


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell


_FORMULA = tuple("=+-@\t\r")


def to_jsonl(recording: Recording, path: Any) -> Path:
    """See `Recording.to_jsonl`."""
    table = columns(recording)

    def write(target: Path) -> None:
        with open(target, "w", encoding="utf-8", errors="backslashreplace") as file:
            for row in zip(*table.values(), strict=True):
                file.write(json.dumps(dict(zip(table, row, strict=True)), ensure_ascii=False) + "\n")

    return written(path, write)


def written(path: Any, write: Any) -> Path:
    """Have ``write`` make the file; what goes wrong is a RecordingError that says where."""
    try:
        target = Path(os.fspath(path))
    except TypeError:
        raise RecordingError(f"A file is written under a path, not a {type(path).__name__}.") from None
    try:
        write(target)
    except OSError as error:
        raise RecordingError(f"{target} cannot be written: {error.strerror or error}.", hint="The recording itself is unharmed.") from error
    return target
