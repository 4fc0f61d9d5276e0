"""A comparison in a session's file: what is put there beside the runs, and how it goes on from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecordingError, UsageError
from .plan import Plan

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session
    from .session import Compare

VERSION = 1


def to_file(session: Compare) -> dict[str, Any]:
    """What a file keeps of a comparison, as JSON data: it is written anew after each change, so it is small."""
    return {
        "compare": VERSION,
        "plan": session.plan.to_dict(),
        "concurrency": session.concurrency,
        "barrier": session.barrier,
        "prices": {model: list(price) for model, price in session.prices.items()},
        "cells": {ident: [asked.run.id, asked.state] for ident, asked in session.asked.items() if asked.run is not None},
        "votes": session.votes.to_list(),
        "baseline": session._grid.baseline,
    }


def session_of(kept: Any, name: str | None) -> Session:
    """The session that a file makes: a comparison, if its board was one. Raises RecordingError for one of a newer version."""
    from ..session import Session
    from .session import Compare

    if not isinstance(kept, Mapping) or "compare" not in kept:
        return Session(name)
    version = kept["compare"]
    if not isinstance(version, int) or version > VERSION:
        raise RecordingError(f"The comparison in this file is of version {version}; this sse_widget reads up to version {VERSION}.")
    try:
        plan = Plan.from_dict(kept.get("plan") or {})
        return Compare(
            plan, None, concurrency=kept.get("concurrency", 4), barrier=kept.get("barrier", True), prices=kept.get("prices"), name=name
        )
    except UsageError as error:
        raise RecordingError(f"The comparison in this file cannot be read: {error.message}") from None


def restore(session: Compare, kept: Mapping[str, Any]) -> None:
    """Give the runs of a loaded session their cells, and put back the votes."""
    runs = {run.id: run for run in session.runs}
    cells = kept.get("cells")
    with session.lock:
        for ident, told in (cells if isinstance(cells, Mapping) else {}).items():
            run = runs.get(told[0]) if isinstance(told, list) and len(told) == 2 else None
            if run is not None and ident in session.asked:
                # One whose end was not written yet is not known to be whole.
                take(session, ident, run, "running" if told[1] == "done" else "stopped")
        session.votes.restore(kept.get("votes"), session.asked.__contains__)
        session._grid._set_baseline(kept.get("baseline"))
    session.post(session._advance)


def take(session: Compare, ident: str, run: Run, state: str) -> None:
    """A run that was there before is the answer of this cell."""
    asked = session.asked[ident]
    asked.run, asked.state, asked.kept = run, state, True


def kept_in(path: Any) -> Compare | None:
    """The comparison of a file; None if there is no such file yet. Raises RecordingError, and UsageError for a file of something else."""
    from ..files.load import load
    from .session import Compare

    try:
        target = Path(os.fspath(path))
    except TypeError:
        raise UsageError(f"resume must be the path of a file, not a {type(path).__name__}.") from None
    if not target.exists():
        return None
    found = load(target)
    if not isinstance(found, Compare):
        raise UsageError(f"{target.name} holds no comparison.", hint="resume names a file that a comparison was saved in, or a new one.")
    return found


def carry_over(old: Compare, new: Compare) -> None:
    """Take the cells that are done, and their votes, from one comparison into another. What they ask counts, not where they stand."""
    from ..sessions.adding import add

    places = {new.plan.key(asked.cell): ident for ident, asked in new.asked.items()}
    moved: dict[str, str] = {}
    end = 0.0
    for ident, asked in old.asked.items():
        place = places.get(old.plan.key(asked.cell))
        if place is None or asked.run is None or asked.state not in ("running", "done"):
            continue
        run = asked.run
        kept = add(new, run.recording, at=run.start, name=run.name, rule=run.rule, id=run.id)
        take(new, place, kept, "running")
        moved[ident] = place
        last = run.recording.read_entries(max(len(run.recording) - 1, 0), len(run.recording))
        end = max([end, *(run.start + entry.time for entry in last)])
    # What is asked now comes after what was.
    shift = max(0.0, end - new.now())
    new.t0 -= shift
    for run in new.runs:
        run.recording.place(run.recording.t0 - shift)
    for vote in old.votes.to_list():
        if vote["cell"] in moved:
            cell = new.asked[moved[vote["cell"]]].cell
            new.votes.restore([{**vote, "prompt": cell.prompt, "repetition": cell.repetition, "cell": cell.id}], new.asked.__contains__)
        elif not vote["cell"] and vote["prompt"] < len(new.plan.prompts) and vote["repetition"] < new.plan.n:
            new.votes.restore([vote], new.asked.__contains__)
    columns = len(old.plan.params), old.plan.models, new.plan.models
    if old._grid.baseline is not None and columns[1] == columns[2] and columns[0] == len(new.plan.params):
        new._grid.baseline = old._grid.baseline
