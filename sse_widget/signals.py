"""A signal that threads and event loops can wait for alike."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Signal:
    """Wakes everyone who waits, in threads and on loops. A waiter that saw ``version`` misses nothing: it waits for a later one."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()
        self.version = 0

    def notify(self) -> None:
        """Wake all waiters. From any thread."""
        with self._condition:
            self.version += 1
            waiters, self._waiters = self._waiters, set()
            self._condition.notify_all()
        for loop, future in waiters:
            with contextlib.suppress(RuntimeError):  # that loop has closed; nobody waits there any more
                loop.call_soon_threadsafe(_resolve, future)

    def wait(self, seen: int, timeout: float | None = None) -> bool:
        """Block until the version is later than ``seen``. False after ``timeout`` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: self.version > seen, timeout)

    async def changed(self, seen: int) -> None:
        """Wait on the running loop until the version is later than ``seen``."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        entry = (loop, future)
        with self._condition:
            if self.version > seen:
                return
            self._waiters.add(entry)
        try:
            await future
        finally:
            with self._condition:
                self._waiters.discard(entry)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
