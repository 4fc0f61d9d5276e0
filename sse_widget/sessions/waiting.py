"""How a caller waits for all runs of a session, and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, TypeVar

from ..engine import engine
from ..signals import Signal
from ..view.hearing import ear

if TYPE_CHECKING:
    from ..run import Run

Self = TypeVar("Self", bound="WaitingForAll")
PATIENCE = 2.0
"""Seconds within which runs that are stopped together are settled."""


class WaitingForAll:
    """The waiting half of a session. A run that fails keeps nobody from the others: each tells its own ``status`` and ``error``."""

    runs: list[Run]
    _signal: Signal
    """Given whenever a run has ended and whoever waits for it is let go."""
    pending: int
    """Runs that somebody is still going to start: the session is not over before."""

    @property
    def is_over(self) -> bool:
        """Whether all runs have ended, and none is still to be started."""
        return self.pending == 0 and all(run._ended for run in list(self.runs))

    @property
    def is_sealed(self) -> bool:
        """The same, where nobody may have read all of it yet: nothing is appended to any recording any more."""
        return self.pending == 0 and all(run.recording.closed for run in list(self.runs))

    def wait(self: Self, timeout: float | None = None) -> Self:
        """Block until all runs have ended, those that are started meanwhile included.

        timeout: seconds, None for no limit; when it passes, TimeoutError is raised and the runs go on.
        Returns the session, also if runs failed. An interrupt (Ctrl-C, the kernel's stop button) stops all of them.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._look():
            seen = self._signal.version
            with self._stopping_if_interrupted():
                for run in list(self.runs):
                    if not run._ended:
                        run._refuse_own_loop("wait()")
                if self._look():
                    break
                remaining = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
                if remaining <= 0:
                    raise TimeoutError(f"Not all runs have ended within {timeout} s; they go on.")
                self._signal.wait(seen, min(remaining, ear.step))
                ear.take()
        return self

    def __await__(self: Self) -> Generator[None, None, Self]:
        return self._wait().__await__()

    async def _wait(self: Self) -> Self:
        while True:
            seen = self._signal.version
            if self._look():
                return self
            with self._stopping_if_interrupted():
                await self._signal.changed(seen)

    def _look(self) -> bool:
        """Show the session if that is due, make the calls that users are waiting for, and say whether it is over."""
        runs = list(self.runs)
        if runs:
            runs[0]._show_itself()
        over = self.is_over  # asked first: what comes with the end is called below
        for run in runs:
            run._listeners.drain()
            run._notice_a_closed_loop()
        return over

    def stop(self, *, by: str = "stop()", wait: bool = True) -> None:
        """Stop all runs. What came is kept.

        by: who stopped them, for the page. wait: return only when they are settled (2 s at most).
        """
        runs = list(self.runs)
        for run in runs:
            run.stop(by=by, wait=False)
        deadline = time.monotonic() + PATIENCE
        for run in runs:
            if wait and not engine.is_current:
                run._settled_within(max(deadline - time.monotonic(), 0.0))

    @contextlib.contextmanager
    def _stopping_if_interrupted(self) -> Iterator[None]:
        try:
            yield
        except (asyncio.CancelledError, KeyboardInterrupt):  # a kernel interrupt reaches an awaiting cell as a cancellation
            self.stop(by="interrupt")
            raise
