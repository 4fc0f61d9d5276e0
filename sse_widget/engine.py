"""The threads that all runs share: one event loop for sockets, one writer for everything that is sent.

The engine loop stamps and appends and does nothing else, so that times stay true while a large event is parsed. The writer
folds, and is the only thread that touches widgets, since traits are not thread-safe. Neither ever prints or displays: output
of a thread lands in whichever cell happens to run.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Protocol

from .manners import Manners, Selector

logger = logging.getLogger("sse_widget")
FEW, GATHER = 8, 0.004
"""Where more than a few pumps rest, those whose rest ends within so many seconds are called together: each turn of the writer's takes
Python's lock from the sockets."""


class Pump(Protocol):
    """Work of the writer. ``pump`` does what is due and returns the seconds until it wants to be called again, or None.

    rest: seconds after each call during which it is not worth waking it: what arrives meanwhile is done together, after the rest.
    """

    rest: float

    def pump(self, now: float) -> float | None: ...


class Writer:
    """The one thread that folds and sends. Pumps are called when woken or when the time they asked for has come.

    Waking a thread costs more than folding an event, so a pump that rests is only noted, and called when its rest is over.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.manners = Manners()
        self._condition = threading.Condition()
        self._woken: dict[Pump, None] = {}  # a dict keeps the order in which they were woken
        self._due: dict[Pump, float] = {}
        self._rests: dict[Pump, float] = {}
        self._jobs: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None

    def wake(self, pump: Pump, *, at_once: bool = False) -> None:
        """Have ``pump`` called soon. Cheap, from any thread. at_once: even if it rests."""
        if pump in self._woken and not at_once:
            return  # a racing removal is harmless: the writer takes the pump off before it pumps it
        with self._condition:
            self._woken[pump] = None
            if at_once:
                self._rests.pop(pump, None)
            self._start()
            # One that rests needs no notice: the writer has set its alarm for the end of every rest.
            if pump not in self._rests:
                self._condition.notify()

    def post(self, job: Callable[[], None]) -> None:
        """Run ``job`` on the writer thread."""
        with self._condition:
            self._jobs.append(job)
            self._start()
            self._condition.notify()

    @property
    def is_current(self) -> bool:
        """Whether the caller is the writer thread."""
        return threading.current_thread() is self._thread

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="sse-widget-writer", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            self._turn()  # a call of its own: while the thread waits, it holds nothing of what it has done

    def _turn(self) -> None:
        """Wait until something is to be done, and do it."""
        with self._condition:
            while not (pumps := self._ready()) and not self._jobs:
                times = [*self._due.values(), *self._rests.values()]
                least = GATHER if len(times) > FEW else 0.0
                self._condition.wait(max(min(times) - self._clock(), least) if times else None)
            jobs, self._jobs = self._jobs, deque()
            for pump in pumps:
                self._woken.pop(pump, None)
                self._due.pop(pump, None)
        for job in jobs:
            self._guard(job)
        for pump in pumps:
            self.manners.give_way()
            wait = self._guard(lambda pump=pump: pump.pump(self._clock()))  # type: ignore[misc]
            with self._condition:
                if wait is not None:
                    self._due[pump] = self._clock() + wait
                if pump.rest > 0:
                    self._rests[pump] = self._clock() + pump.rest

    def _ready(self) -> list[Pump]:
        """The pumps to be called now: woken and not resting, or due."""
        now = self._clock()
        self._rests = {pump: until for pump, until in self._rests.items() if until > now}
        woken = {pump: None for pump in self._woken if pump not in self._rests}
        return [*woken, *(pump for pump, due in self._due.items() if due <= now and pump not in woken)]

    def _guard(self, work: Callable[[], float | None]) -> float | None:
        try:
            return work()
        except BaseException:  # not even a sys.exit() in a user's parse may take everybody's writer with it
            logger.exception("sse_widget: the writer met an error")
            return None


class Engine:
    """The event loop of all sockets, on a thread of its own, so that a blocking cell never stops a stream."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, started on first use."""
        with self._lock:
            if self._loop is None or not self._loop.is_running():
                loop = self._new_loop()
                ready = threading.Event()
                loop.call_soon(ready.set)
                self._thread = threading.Thread(target=loop.run_forever, name="sse-widget-engine", daemon=True)
                self._thread.start()
                ready.wait()
                self._loop = loop
            return self._loop

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        if sys.platform == "win32":  # its loop has no selector
            return asyncio.new_event_loop()
        selector = self.writer.manners.selector = Selector()
        return asyncio.SelectorEventLoop(selector)

    @property
    def is_current(self) -> bool:
        """Whether the caller is one of our threads, in which nothing may block."""
        return self.writer.is_current or threading.current_thread() is self._thread

    def submit(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Run a coroutine on the engine loop; cancelling the future cancels it there."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop)
        except BaseException:  # an interrupt, while the loop was being started
            work.close()
            raise

    def close(self, timeout: float = 0.5) -> None:
        """Cancel what runs and see it off, so that the interpreter does not leave with open connections. timeout: seconds."""
        loop = self._loop
        if loop is None or not loop.is_running():
            return

        async def settle() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=timeout)

        with contextlib.suppress(FutureTimeout):  # somebody's iterator blocks the loop; the process ends all the same
            asyncio.run_coroutine_threadsafe(settle(), loop).result(timeout + 0.25)


engine = Engine()
atexit.register(engine.close)
if hasattr(os, "register_at_fork"):  # a forked child has the objects, but none of the threads
    os.register_at_fork(after_in_child=engine.__init__)  # type: ignore[misc]
