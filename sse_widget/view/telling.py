"""Whose state goes with a batch: the words and numbers around a stream, which cost more than its events. Pure: the clock is passed in.

Of a few lanes each tells its state with every batch, and its metrics and findings twice a second. Of many, a state goes when its status
changes and else with the metrics, and these in turns, so that no batch is held up by hundreds of them; the lane that is looked at is
never kept waiting. What a run came to is told at once when it has ended, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from ..phase import BEAT

INTERVAL = 0.5
"""Seconds between two looks at metrics and findings while a run goes on."""
FEW = 16
"""Lanes that are told at once, and of more, those whose turn it is with one batch."""


class Told(Protocol):
    """What is asked of a run."""

    id: str

    @property
    def status(self) -> Any: ...
    @property
    def is_final(self) -> bool: ...
    @property
    def reading(self) -> Any: ...


class Telling:
    """Remembers what each lane was told last."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._said: dict[str, tuple[Any, ...]] = {}

    def choose(self, runs: Iterable[Told], now: float, focus: str | None) -> tuple[set[str], set[str]]:
        """The lanes that tell everything with this batch, and those that tell their state. focus: the lane that is looked at."""
        runs = list(runs)
        many = len(runs) > FEW
        whole, state, waiting = set(), set(), []
        for run in runs:
            said = (run.status, run.is_final, run.reading.number)
            changed = self._said.get(run.id) != said
            self._said[run.id] = said
            if not many or changed:
                state.add(run.id)
            if run.id == focus or (changed and said[1]):
                if changed or self._due.get(run.id, 0.0) <= now:
                    whole.add(run.id)
            elif self._due.get(run.id, 0.0) <= now:
                waiting.append((self._due.get(run.id, 0.0), run.id))
        waiting.sort()
        whole.update(id for _, id in waiting[: FEW if many else None])
        for id in whole:
            self._due[id] = now + INTERVAL
        return whole, state | whole

    def wait(self, runs: Iterable[Told], now: float) -> float:
        """Seconds until one of these is due; never so few that nothing can have been sent meanwhile."""
        return max(min((self._due.get(run.id, 0.0) for run in runs), default=now + INTERVAL) - now, BEAT)
