"""How a caller waits for a run: blocking, awaiting, iterating, by callback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from .engine import engine
from .errors import SSEWidgetError, UsageError
from .listeners import Listeners
from .pieces import TextCursor
from .reading import Reading
from .recording import Recording
from .signals import Signal
from .sources import BaseSource
from .view.hearing import ear

Self = TypeVar("Self", bound="Waiting")


class Waiting:
    """The waiting half of a run. ``_ended`` is set, and the signal given, once everything is folded and sent."""

    reading: Reading
    recording: Recording
    source: BaseSource
    error: SSEWidgetError | None
    _signal: Signal
    _listeners: Listeners
    _ended: bool
    _iterating: int
    _loop_thread: threading.Thread
    _loop: asyncio.AbstractEventLoop | None

    if TYPE_CHECKING:

        def stop(self, *, by: str = ..., wait: bool = ...) -> None: ...
        def _show_itself(self) -> None: ...

    def wait(self: Self, timeout: float | None = None) -> Self:
        """Block until the run has ended.

        timeout: seconds, None for no limit; when it passes, TimeoutError is raised and the run goes on.
        Returns the run. Raises its error if it failed. An interrupt (Ctrl-C, the kernel's stop button) stops the run.
        """
        self._show_itself()
        self._refuse_own_loop("wait()")
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            seen, ended = self._signal.version, self._ended
            with self._stopping_if_interrupted():
                self._listeners.drain()
                if ended:
                    return self._result()
                remaining = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
                if remaining <= 0:
                    raise TimeoutError(f"The run has not ended within {timeout} s; it goes on.")
                self._sleep(seen, remaining)

    def __await__(self: Self) -> Generator[Any, None, Self]:
        return self._wait().__await__()

    async def _wait(self: Self) -> Self:
        self._show_itself()
        while True:
            seen, ended = self._signal.version, self._ended
            with self._stopping_if_interrupted():
                self._listeners.drain()
                if ended:
                    return self._result()
                await self._sleep_on_loop(seen)

    def _result(self: Self) -> Self:
        if self.error is not None:
            raise self.error.with_traceback(None)
        return self

    def __iter__(self) -> Iterator[str]:
        """The fragments of the answer's text, from the first, as they arrive. Joined, they are ``run.text``.

        An iteration that meets a new reading (`Run.read_again`) goes on with the events that it has given nothing of.
        """
        self._show_itself()
        self._refuse_own_loop("iterating")
        return self._iterate()

    def _iterate(self) -> Iterator[str]:
        with self._following():
            cursor = TextCursor(self.reading)
            while True:
                seen, ended = self._signal.version, self._ended
                with self._stopping_if_interrupted():
                    self._listeners.drain()
                yield from cursor.take(self.reading)
                if ended:
                    break
                with self._stopping_if_interrupted():
                    self._sleep(seen, 1.0)
        self._result()

    async def __aiter__(self) -> AsyncIterator[str]:
        self._show_itself()
        with self._following():
            cursor = TextCursor(self.reading)
            while True:
                seen, ended = self._signal.version, self._ended
                with self._stopping_if_interrupted():
                    self._listeners.drain()
                for text in cursor.take(self.reading):
                    yield text
                if ended:
                    break
                with self._stopping_if_interrupted():
                    await self._sleep_on_loop(seen)
        self._result()

    @contextlib.contextmanager
    def _following(self) -> Iterator[None]:
        """Somebody takes each fragment as it comes."""
        self._iterating += 1
        try:
            yield
        finally:
            self._iterating -= 1

    # --- one turn of waiting -------------------------------------------------------------------------------------------
    def _sleep(self, seen: int, limit: float) -> None:
        """Block until something has changed. limit: s; a short one, because some platforms cannot interrupt a long wait."""
        self._notice_a_closed_loop()
        self._signal.wait(seen, min(limit, ear.step))
        ear.take()

    async def _sleep_on_loop(self, seen: int) -> None:
        self._notice_a_closed_loop()
        await self._signal.changed(seen)

    @contextlib.contextmanager
    def _stopping_if_interrupted(self) -> Iterator[None]:
        """Stop the run if waiting is interrupted. Never around a ``yield``: a loop that ends cancels the iterators left on it, and
        who broke off an iteration did not mean to stop the run."""
        try:
            yield
        except (asyncio.CancelledError, KeyboardInterrupt):  # a kernel interrupt reaches an awaiting cell as a cancellation
            self.stop(by="interrupt")
            self._listeners.drain()
            raise

    def on(self, name: str, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Call ``callback`` for each "delta" (a Delta), "event" (an Event), or at the "end" (this run).

        It is called on the kernel's loop or in the thread that waits, from now on. Returns a function that ends it.
        """
        if name not in ("delta", "event", "end"):
            raise UsageError.unknown("kind of callback", name, ("delta", "event", "end"))
        return self._listeners.on(name, callback)

    def _notice_a_closed_loop(self) -> None:
        """A loop that closed took its task with it without a word: then nobody reads the source any more."""
        if self.source.where == "caller" and self._loop is not None and self._loop.is_closed():
            self.stop(by="the end of its event loop", wait=False)

    def _refuse_own_loop(self, what: str) -> None:
        """Waiting on the very loop that must read the source, or in the thread that must fold it, would wait for ever."""
        self._notice_a_closed_loop()
        if not self._ended and engine.is_current:
            raise UsageError(f"{what} would block a thread that all runs share.", hint="Neither parse nor an async iterator may do that.")
        if not self.recording.closed and self.source.where == "caller" and threading.current_thread() is self._loop_thread:
            raise UsageError(
                f"{what} would block the event loop that reads this source.", hint="Use `await run`, or `async for text in run`."
            )
