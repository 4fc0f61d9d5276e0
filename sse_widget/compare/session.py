"""A comparison: a session that asks its cells by itself, as its schedule says, and shows them as a grid."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from ..errors import SSEWidgetError, UsageError
from ..run import Run
from .asked import Asked
from .going import Going
from .keeping import restore, to_file
from .money import Progress, progress
from .plan import Cell
from .table import columns_of
from .votes import LONGEST, Vote, refuse_unfinished

Self = TypeVar("Self", bound="Compare")
logger = logging.getLogger("sse_widget")


class Compare(Going):
    """Prompts times models, side by side. `sw.compare` makes one.

    plan: what is asked, and in which order. votes: what was said of the answers. ``session[prompt, model]`` is the run of a cell.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._path: Path | None = None
        self._saving = False
        self.columns = columns_of(self)

    # --- what came -----------------------------------------------------------------------------------------------------
    def __getitem__(self, key: Any) -> Run:
        """The run of a cell: ``session[prompt, model]``, with ``params`` (index) and ``repetition`` as third and fourth, 0 if left out.

        prompt, model: name or index. Raises KeyError for what is not in the plan, or has not been asked yet.
        """
        places = (*key, 0, 0)[:4] if isinstance(key, tuple) and 2 <= len(key) <= 4 else ()
        if not places:
            raise KeyError(key)
        names = [[prompt.name for prompt in self.plan.prompts], list(self.plan.models)]
        found = [place if isinstance(place, int) else _index(names[i], place) for i, place in enumerate(places[:2])]
        asked = self.asked.get(Cell(found[0], found[1], places[2], places[3]).id)
        if asked is None or asked.run is None:
            raise KeyError(key)
        return asked.run

    def cell_of(self, run: Run) -> Asked | None:
        """The cell that a run is the answer to."""
        return next((asked for asked in self.asked.values() if asked.run is run), None)

    def progress(self) -> Progress:
        """How far it is, how long it still takes, and what it costs."""
        with self.lock:
            models = self.plan.models
            over = [asked for asked in self.asked.values() if asked.over or asked.state == "skipped"]
            finished = [(models[asked.cell.model], asked.cost) for asked in over if asked.over]
            left = [models[asked.cell.model] for asked in self.asked.values() if asked not in over]
            fresh = sum(asked.over and not asked.kept for asked in over)
            elapsed = time.monotonic() - self._began
            return progress(len(self.asked), finished, fresh, elapsed, left, priced=bool(self.prices))

    def restore(self, kept: Any) -> None:
        """Take up what a file has kept of this comparison; its runs are here."""
        restore(self, kept)

    def to_file(self) -> dict[str, Any]:
        """What a file keeps of it beside the runs."""
        return to_file(self)

    def save(self, path: Any) -> Path:
        """As of any session; and votes that come when all has ended are written, too."""
        self._path = super().save(path)
        return self._path

    def judged(self) -> None:
        """There is another vote or note: show it, and keep it where the comparison is saved. From any thread."""
        self._grid.changed()
        if self._path is not None and not self.pending and not self._saving:
            self._saving = True
            self.post(self._save_again)

    def _save_again(self) -> None:
        self._saving = False
        if self._path is not None and not self.pending:
            try:
                super().save(self._path)
            except SSEWidgetError as error:
                logger.error("sse_widget: a vote could not be saved: %s", error)

    def vote(self, cell: Any, *, note: str | None = None, blind: bool = False, among: Iterable[str] | None = None) -> None:
        """Say that a cell's answer is the best for its prompt.

        cell: a run of this session, or a cell's id ("prompt.model.params.repetition"). note: what else is to be said; None leaves it as it
        is. among: ids of the cells that were compared; None: all of the same prompt and repetition. Raises UsageError while one of them
        has not ended.
        """
        asked = self.cell_of(cell) if isinstance(cell, Run) else self.asked.get(cell)
        if asked is None:
            raise UsageError("That is no cell of this comparison.")
        chosen = asked.cell
        with self.lock:
            row = [
                one
                for ident, one in self.asked.items()
                if (one.cell.prompt, one.cell.repetition) == (chosen.prompt, chosen.repetition)
                and (among is None or ident in among or one is asked)
            ]
            waits = [one for one in row if not one.over]
            # Who may not know the models' names is not told them here either.
            refuse_unfinished([f"cell {row.index(one) + 1}" if blind else self.plan.label(one.cell) for one in waits])
            before = self.votes.get(chosen.prompt, chosen.repetition)
            said = note if note is not None else before.note if before is not None else ""
            self.votes.put(Vote(chosen.prompt, chosen.repetition, chosen.id, said[:LONGEST], blind))
        self.judged()

    def wait(self: Self, timeout: float | None = None) -> Self:
        """As of any session. Raises UsageError where it would block the loop that the cells wait for."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            if self.pending and self._on_loop and threading.current_thread() is self._loop_thread:
                raise UsageError("wait() would block the event loop that asks the cells.", hint="Use `await session`.")
            # In steps: whether a cell needs the loop is known when its function has given something.
            step = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
            try:
                super().wait(max(step, 0.0))
            except TimeoutError:
                if deadline is None or time.monotonic() < deadline:
                    continue
                raise TimeoutError(f"Not all cells have ended within {timeout} s; they go on.") from None
            return self

    def stop(self, *, by: str = "stop()", wait: bool = True) -> None:
        """Stop all runs, and begin no others. `resume` goes on."""
        with self.lock:
            self._skip_rest()
            for ident, asked in self.asked.items():
                if asked.run is None and asked.state in ("preparing", "ready"):
                    asked.state = "skipped"
                    self._schedule.ended(ident)
            self._grid.changed()
        super().stop(by=by, wait=wait)
        self.post(self._advance)

    def __repr__(self) -> str:
        done = sum(asked.state == "done" for asked in self.asked.values())
        plan = self.plan
        size = f"{len(plan.prompts)} prompts × {len(plan.models) * len(plan.params)} columns × {plan.n}"
        return f"<Compare{f' {self.name!r}' if self.name else ''}: {size}, {done} of {len(self.asked)} cells done>"


def _index(names: list[str], name: Any) -> int:
    if name not in names:
        raise KeyError(name)
    return names.index(name)
