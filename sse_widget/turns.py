"""Whose turn it is: how many streams are open at one host, and who waits for one of them to end.

The runs of a process may live on different event loops (an HTTP client of the user's stays on the user's), so the places are counted
under a lock, and one that is free is handed to whoever has waited longest on the loop that waits.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

AT_ONCE = 8
"""Streams that begin with one turn of a loop; each takes it about a millisecond."""


class _Waiting(NamedTuple):
    """limit: open streams beside which this one may not begin."""

    limit: int
    loop: asyncio.AbstractEventLoop
    turn: asyncio.Future[None]


class Turns:
    """Places by host. Who comes first goes first; only one whose own limit still forbids it is passed over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, int] = {}
        self._waiting: dict[str, list[_Waiting]] = {}
        self._doors: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    @asynccontextmanager
    async def at(self, host: str, limit: int | None, tell: Callable[[str], None]) -> AsyncIterator[Place]:
        """Hold one of the places at ``host`` within the block, and wait for it before. What it gives can lend the place to others.

        limit: streams that may be open there, this one included; None: any number. tell: called with what it waits for, a sentence, if
        it has to wait, and with "" when its turn has come.
        """
        place = Place(self, host, limit, tell)
        await place.take()
        try:
            await self.through_door()
            yield place
        finally:
            place.give()

    async def through_door(self) -> None:
        """Wait for the next turn of the loop, and more of them behind others: only `AT_ONCE` go on with each.

        Hundreds that begin at once would keep those that go on waiting for all of their beginnings."""
        async with self._door():
            await asyncio.sleep(0)

    def open(self, host: str) -> int:
        """Streams that are open at a host."""
        return self._open.get(host, 0)

    def waiting(self, host: str) -> int:
        """Streams that wait for a place there."""
        return len(self._waiting.get(host, ()))

    def _door(self) -> asyncio.Semaphore:
        """Lets a few through with each turn of the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if loop not in self._doors:
                self._doors[loop] = asyncio.Semaphore(AT_ONCE)
            return self._doors[loop]

    async def _take(self, host: str, limit: int | None, tell: Callable[[str], None]) -> None:
        with self._lock:
            count = self._open.get(host, 0)
            # None has waited in vain: whoever could begin has begun, so nobody is passed over here.
            if limit is None or count < limit:
                self._open[host] = count + 1
                return
            loop = asyncio.get_running_loop()
            one = _Waiting(limit, loop, loop.create_future())
            self._waiting.setdefault(host, []).append(one)
        tell(
            f"Waits for a free connection: {count:,} streams are open at {host}, and its bound is {limit:,} "
            "(streams_per_host; sw.Bounds(streams_per_host=…) moves it)."
        )
        try:
            await one.turn
        except BaseException:
            with self._lock:
                still = one in self._waiting.get(host, ())
                if still:
                    self._waiting[host].remove(one)
            if not still:  # its turn came in the very moment in which it was stopped
                self._give(host)
            raise
        finally:
            tell("")

    def _give(self, host: str) -> None:
        with self._lock:
            self._open[host] = self._open.get(host, 1) - 1
            queue = self._waiting.get(host, [])
            for one in list(queue):
                if self._open[host] >= one.limit:
                    continue
                queue.remove(one)
                try:
                    one.loop.call_soon_threadsafe(_resolve, one.turn)
                except RuntimeError:  # its loop is gone, and nobody waits there any more
                    continue
                self._open[host] += 1
            if not queue:
                self._waiting.pop(host, None)
            if not self._open[host]:
                del self._open[host]


class Place:
    """One place at a host, or the wish for it."""

    def __init__(self, turns: Turns, host: str, limit: int | None, tell: Callable[[str], None]) -> None:
        self._turns, self._host, self._limit, self._tell = turns, host, limit, tell
        self._held = False

    async def take(self) -> None:
        """Wait for it."""
        await self._turns._take(self._host, self._limit, self._tell)
        self._held = True

    def give(self) -> None:
        """Let somebody else have it, if it is held."""
        if self._held:
            self._held = False
            self._turns._give(self._host)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Others may have it within the block; then it is waited for again. Who leaves by an error wants it no more."""
        self.give()
        yield
        await self.take()


def _resolve(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


turns = Turns()
"""Those of this process."""
if hasattr(os, "register_at_fork"):  # the child has none of the parent's streams
    os.register_at_fork(after_in_child=turns.__init__)  # type: ignore[misc]
