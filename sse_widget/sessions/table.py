"""A session as a table: one row for each run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..files.table import PANDAS, Column, library

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session

Cell = Callable[[Any], Any]
"""What a column has for a run."""

COLUMNS: tuple[tuple[Column, Cell], ...] = (
    (Column("run", "string", "id of the run"), lambda run: run.id),
    (Column("name", "string", "what the page calls it"), lambda run: run.name),
    (Column("tag", "string", "who speaks in it, where one stream holds several"), lambda run: run.tag),
    (Column("role", "string", '"conductor", "agent" or ""'), lambda run: run.role),
    (Column("model", "string", "as the provider names it, else as it was asked for"), lambda run: _model(run)),
    (Column("dialect", "string", "the format it was read as"), lambda run: run.output.dialect),
    (Column("status", "string", "done, stopped, cut off, failed, or how far it is"), lambda run: str(run.status)),
    (Column("error", "string", "what went wrong; null if nothing did"), lambda run: str(run.error) if run.error else None),
    (Column("start", "float64", "when the request was sent, s on the session's clock"), lambda run: run.start),
    *(
        (Column(name, kind, about), lambda run, name=name: getattr(run.metrics, name))
        for name, kind, about in (
            ("first_byte", "float64", "first byte of the body, s since the request"),
            ("first_token", "float64", "first text, thinking or answer, s since the request"),
            ("first_answer", "float64", "first text of the answer, s since the request"),
            ("last_token", "float64", "last event with content, s since the request"),
            ("end", "float64", "end of the stream, s since the request; null while it goes on"),
            ("thinking", "float64", "from the first thought to the answer, s"),
            ("events", "int64", "events that a client dispatches"),
            ("bytes", "int64", "bytes of the body, after decompression"),
            ("tokens", "int64", "generated tokens, by tokens_source"),
            ("tokens_source", "string", '"usage": the provider\'s count; "chunks": events with content'),
            ("tokens_per_s", "float64", "tokens/s from the first token to the last"),
            ("gap_p50", "float64", "median gap between events with content, s"),
            ("gap_p95", "float64", "95th percentile of the gaps, s"),
            ("gap_p99", "float64", "99th percentile of the gaps, s"),
            ("gap_max", "float64", "longest gap, s"),
            ("reconnects", "int64", "connections that took the place of a lost one"),
        )
    ),
    (Column("finish_reason", "string", "why the provider says it ended, of the first choice"), lambda run: run.output.finish_reason),
    (Column("tool_calls", "int64", "calls of tools"), lambda run: len(run.tool_calls)),
    (Column("reasoning", "string", "what the model thought aloud"), lambda run: run.reasoning),
    (Column("text", "string", "the answer"), lambda run: run.text),
)


def _model(run: Run) -> str:
    return run.output.model or getattr(run.source, "model", "") or ""


def columns(session: Session) -> dict[str, list[Any]]:
    """The table, column by column: those of `COLUMNS`, then the session's own. Known secrets are masked."""
    with session.lock:
        runs = list(session.runs)
        return {column.name: [_cell(run, read) for run in runs] for column, read in (*COLUMNS, *session.columns)}


def _cell(run: Run, read: Cell) -> Any:
    value = read(run)
    return run.source.redactor.covered(value) if isinstance(value, (str, dict, list)) else value


def _kinds(session: Session) -> dict[str, str]:
    return {column.name: column.type for column, _ in (*COLUMNS, *session.columns)}


def to_pandas(session: Session) -> Any:
    """See `Session.to_pandas`."""
    pandas = library("pandas")
    kinds = _kinds(session)
    return pandas.DataFrame({name: pandas.Series(cells, dtype=PANDAS[kinds[name]]) for name, cells in columns(session).items()})


def to_polars(session: Session) -> Any:
    """See `Session.to_polars`."""
    polars = library("polars")
    kinds = {"int64": polars.Int64, "float64": polars.Float64, "string": polars.String}
    return polars.DataFrame(columns(session), schema={name: kinds[kind] for name, kind in _kinds(session).items()})
