"""The lanes of a session as boxes in plain text, one under the other.

┌ 🧠 Agent A: Research Bot ──────────────────────── writing ┐
│ SSE Stream: "Neapolitan dough wants a day in the cold"    │
│ ··▁▅█▃▁▂ first token 0.41 s · 42 tok/s · 98 events · 5.1 s│
└───────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..findings import counted, seconds
from . import lane
from .width import fit, isolated, visible, width, wrap

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session

NARROWEST, WIDEST = 28, 100
SPARK = 24
"""Columns of a timeline; fewer where there is little room."""
TEXT, ALONE = 3, 12
"""Lines of an answer: in a session, and of one run that stands alone."""
PRINTED = 80
"""Lines of a session that is printed: thirteen lanes as boxes."""
_ASCII = str.maketrans(
    {**dict.fromkeys("┌┐└┘", "+"), "│": "|", "─": "-", "·": ".", "…": "~", **dict(zip(lane.LEVELS, ".:-=+*#@", strict=True))}
)


def session_text(session: Session) -> str:
    """All lanes of a session. What `print(session)` shows."""
    runs = list(session.runs)
    return fitting("\n".join(frame(session, runs, room(), PRINTED) if runs else [head(session, room())]))


def run_text(run: Run) -> str:
    """One run. What `print(run)` shows."""
    return fitting("\n".join(box(run, run.session.runs, room(), ALONE)))


def room() -> int:
    """Columns that boxes take here."""
    return max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, WIDEST))


def fitting(text: str) -> str:
    """The same, as far as the encoding of what is printed to can say it: a text must never be what a print fails of."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII).encode("ascii", "replace").decode()
    return text


def head(session: Session, columns: int) -> str:
    """The session in a line."""
    runs = list(session.runs)
    name = session.name
    for run in runs:  # what is secret to one of them is secret here
        name = run.source.redactor.text(name)
    live = sum(not run.is_final for run in runs)
    said = [counted(len(runs), "lane") if runs else "no lanes yet"]
    if live:
        said.append(f"{live} live")
    if runs:
        said.append(counted(sum(len(run.events) for run in runs), "event"))
        said.append(seconds(max(lane.begun(run) + lane.elapsed(run) for run in runs)))
    return fit(f"Session{f' {isolated(visible(name))}' if name else ''}: {' · '.join(said)}", columns)


def frame(session: Session, runs: Sequence[Run], columns: int, rows: int, *, alone: bool = False) -> list[str]:
    """All lanes in at most so many lines: with less of their text, then a line each, then as many as there is room for.

    alone: the runs, and nothing of their session.
    """
    for lines in range(ALONE if alone else TEXT, 0, -1):
        boxes = [line for run in runs for line in box(run, session.runs, columns, lines)]
        found = boxes if alone else [head(session, columns), *boxes]
        if len(found) <= rows:
            return found
    brief = [fit(f"{lane.title(run, session.runs)} · {run.status} · {' · '.join(lane.numbers(run))}", columns) for run in runs]
    if len(brief) >= rows:
        kept = max(rows - 2, 0)
        brief = [*brief[:kept], f"… and {len(runs) - kept} more"]
    return (brief if alone else [head(session, columns), *brief])[: max(rows, 1)]


def box(run: Run, runs: Sequence[Run], columns: int, lines: int) -> list[str]:
    """One lane, as lines that are ``columns`` wide.

    lines: how many of its text, at most.
    """
    inner = columns - 4
    status = run.status
    who = fit(lane.title(run, runs), columns - len(status) - 7)
    rule = "─" * (columns - width(who) - len(status) - 6)
    body = [*_text(run, inner, lines), *_last(lane.calls(run), 2), *filter(None, [lane.trouble(run)]), _figures(run, inner)]
    rows = [f"│ {isolated(cut)}{' ' * (inner - width(cut))} │" for cut in (fit(line, inner) for line in body)]
    return [f"┌ {isolated(who)} {rule} {status} ┐", *rows, f"└{'─' * (columns - 2)}┘"]


def _last(lines: list[str], count: int) -> list[str]:
    """The last few of them, and how many there are before."""
    dropped = len(lines) - count
    return lines if dropped <= 0 else [f"… {dropped} before", *lines[-count:]]


def _text(run: Run, inner: int, lines: int) -> list[str]:
    """What it says, between quotation marks, and of a long text its end."""
    label, text = lane.said(run, inner * (lines + 1))
    text = " ".join(visible(text).split())
    if not text:
        return [] if run.error is not None or run.tool_calls else [f"{label}: {'nothing' if run.is_final else '…'}"]
    whole = wrap(f'{label}: "{text}"', inner)
    if len(whole) <= lines:
        return whole
    kept = fit(text, lines * inner - len(label) - 6, end=True)
    while len(whole := wrap(f'{label}: "{kept}"', inner)) > lines:  # words that went to the next line took room with them
        kept = fit(kept, width(kept) - max(inner // 4, 1), end=True)
    return whole


def _figures(run: Run, inner: int) -> str:
    said = " · ".join(lane.numbers(run))
    columns = min(SPARK, inner - width(said) - 1)
    if columns < 6:
        return said
    return f"{lane.sparkline(run.reading.frames.times, lane.elapsed(run), columns)} {said}"
