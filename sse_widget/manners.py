"""Sockets go first: the writer waits, between two slices of its work, until the engine's loop has done with what it woke up for.

Each read of a socket gives Python's lock away for a moment. A thread that folds takes it then and keeps it for 5 ms
(`sys.getswitchinterval`), so where two hundred sockets are to be read in a turn of the loop, the last of them would be read, and its time
stamped, hundreds of ms late. So the loop holds a lock of ours from the moment it wakes up until it sleeps again, and who folds waits for
that lock now and then.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections.abc import Callable

SPELL = 0.005
"""Seconds of work after which it is looked whether the loop wants a turn."""
PATIENCE = 0.02
"""Seconds that the loop is waited for, between two spells of work."""
ENOUGH = 1.0
"""Seconds that one turn of the loop is waited for in all: somebody's code may block it."""


class Selector(selectors.DefaultSelector):
    """The system's own, which holds ``turn`` while its loop does anything but wait. turns: how many there have been."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = threading.Lock()
        self.turns = 0
        self._is_turn = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `selectors.BaseSelector.select`."""
        self._rest()
        try:
            return super().select(timeout)
        finally:
            self.turn.acquire()
            self._is_turn = True
            self.turns += 1

    def close(self) -> None:
        """As `selectors.BaseSelector.close`."""
        self._rest()
        super().close()

    def _rest(self) -> None:
        if self._is_turn:
            self._is_turn = False
            self.turn.release()


class Manners:
    """How one thread gives way to a loop. selector: the loop's, or None as long as there is none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.selector: Selector | None = None
        self._clock = clock
        self._since = 0.0
        self._turn = -1
        self._waited = 0.0  # for this turn

    def give_way(self) -> None:
        """Wait while it is the loop's turn; not longer than `PATIENCE`, and not within `SPELL` after the last time."""
        selector = self.selector
        if selector is None or not selector.turn.locked():
            return
        begin = self._clock()
        if begin - self._since < SPELL:
            return
        if selector.turns != self._turn:
            self._turn, self._waited = selector.turns, 0.0
        if self._waited >= ENOUGH:
            return
        if selector.turn.acquire(timeout=PATIENCE):
            selector.turn.release()
        self._since = self._clock()
        self._waited += self._since - begin
