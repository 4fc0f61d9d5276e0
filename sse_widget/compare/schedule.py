"""Who is asked when. Pure: it is told what happened, and says what is to be done.

With a barrier, up to ``concurrency`` cells are made ready (their connections opened), begin at one instant, and the next ones are made
ready when the last of them has ended: so each of them has had the same company. Without, one begins as soon as another has ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class Step(NamedTuple):
    """What is to be done now. prepare: to be made ready. start: to begin, at once and together."""

    prepare: list[Any]
    start: list[Any]


class Schedule(Generic[T]):
    """cells: in the order of asking. concurrency: how many may go on at once. barrier: whether they begin together."""

    def __init__(self, cells: Iterable[T], concurrency: int, barrier: bool) -> None:
        self._waiting = deque(cells)
        self._concurrency = concurrency
        self._barrier = barrier
        self._preparing: dict[T, None] = {}  # dicts keep the order
        self._ready: dict[T, None] = {}
        self._running: dict[T, None] = {}

    def step(self) -> Step:
        """What is to be done now; each cell is told once for each."""
        prepare: list[T] = []
        if not (self._barrier and self._in_flight):
            while self._waiting and self._in_flight < self._concurrency:
                cell = self._waiting.popleft()
                self._preparing[cell] = None
                prepare.append(cell)
        start = [] if self._barrier and self._preparing else list(self._ready)
        for cell in start:
            del self._ready[cell]
            self._running[cell] = None
        return Step(prepare, start)

    def ready(self, cell: T) -> None:
        """A cell that was to be prepared is, as well as it can be."""
        if cell in self._preparing:
            del self._preparing[cell]
            self._ready[cell] = None

    def ended(self, cell: T) -> None:
        """A cell is over, in whichever state it was: one may fail while it is made ready."""
        for place in (self._preparing, self._ready, self._running):
            place.pop(cell, None)

    def stop(self) -> list[T]:
        """No other cell begins. Returns those that now never will."""
        left = list(self._waiting)
        self._waiting.clear()
        return left

    @property
    def _in_flight(self) -> int:
        return len(self._preparing) + len(self._ready) + len(self._running)

    @property
    def over(self) -> bool:
        """Whether nothing waits, and nothing goes on."""
        return not self._waiting and not self._in_flight
