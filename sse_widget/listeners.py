"""Callbacks of users, called where users expect them: on the kernel's loop or in the thread that waits, never in ours."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("sse_widget")


class _Callback:
    """A user's function, called in the context in which it was registered: what it prints lands in that cell.

    Called from a loop's queue it would run in the context of whoever queued it, one of our threads, and ipykernel 7 would send
    its output nowhere. Its first exception is logged with a traceback; a stream of events would make thousands of them.
    """

    def __init__(self, name: str, function: Callable[[Any], object]) -> None:
        self.function = function
        self._name = name
        self._context = contextvars.copy_context()
        self._failed = False

    def __call__(self, value: Any) -> None:
        try:
            self._context.copy().run(self.function, value)  # a copy, since a context cannot be entered twice
        except Exception:
            if not self._failed:
                self._failed = True
                logger.exception(
                    "sse_widget: a callback for %r raised; it is called on, and further errors of it are not logged", self._name
                )


class Listeners:
    """A queue of calls. Whoever gets there first drains it: the loop that was running at the start, or a waiting caller."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._callbacks: dict[str, list[_Callback]] = {}
        self._queue: deque[tuple[str, Any, _Callback | None]] = deque()
        self._last: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._scheduled = False
        self._draining = threading.RLock()  # a callback that waits itself drains too, in the same thread

    def on(self, name: str, callback: Callable[[Any], object]) -> Callable[[], None]:
        """Register ``callback``; returns a function that takes it off again. If ``name`` had its last call, this one gets it too."""
        registered = _Callback(name, callback)
        with self._lock:
            self._callbacks.setdefault(name, []).append(registered)
            late = name in self._last
        if late:
            self._put(name, self._last[name], registered)

        def off() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks[name].remove(registered)

        return off

    def wants(self, name: str) -> bool:
        """Whether anyone listens; saves the queue from what nobody wants."""
        return bool(self._callbacks.get(name))

    def put(self, name: str, value: Any) -> None:
        """Queue a call. From any thread."""
        if self.wants(name):
            self._put(name, value, None)

    def put_last(self, name: str, value: Any) -> None:
        """Queue the last call of ``name``; whoever registers later gets it as well, each callback once."""
        with self._lock:
            self._last[name] = value
            callbacks = list(self._callbacks.get(name, ()))
        for callback in callbacks:
            self._put(name, value, callback)

    def _put(self, name: str, value: Any, callback: _Callback | None) -> None:
        self._queue.append((name, value, callback))
        if self._loop is not None and not self._scheduled:
            self._scheduled = True
            try:
                self._loop.call_soon_threadsafe(self._drain_on_loop)
            except RuntimeError:  # the loop has closed: what is queued waits for a caller that waits
                self._loop = None

    def _drain_on_loop(self) -> None:
        self._scheduled = False
        self.drain()

    def drain(self) -> None:
        """Make the queued calls, here. A callback that raises is logged, and the rest are called all the same."""
        with self._draining:
            while self._queue:
                try:
                    name, value, only = self._queue.popleft()
                except IndexError:  # another thread took the last one
                    return
                for callback in [only] if only is not None else list(self._callbacks.get(name, ())):
                    callback(value)
