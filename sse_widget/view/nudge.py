"""Ask a cell that runs to have the shell's messages received: for ipykernel 6, whose main thread does both."""

from __future__ import annotations

import contextlib
import logging
import queue
import select
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

logger = logging.getLogger("sse_widget")
GRACE = 0.02
"""Seconds that the kernel has to receive a message by itself before its cell is asked to."""
PATIENCE = 1.0
"""Seconds between two looks whether there still is anything to stop, and until a cell that did not react is asked again."""
_RECEIVING = "zmq.eventloop.zmqstream"
_CELL = "IPython.core.interactiveshell"

Later = queue.SimpleQueue[Callable[[], None] | None]
"""What is to be done, in order; None: the handler has run."""


class Nudge:
    """Watches, in a thread, whether messages wait that the main thread does not receive, and sends it a signal if so.

    The signal's handler runs between two steps of the cell's Python code, and receives; what a Stop is to do is done by the watching
    thread, since the cell may hold any lock at that moment. The signal (SIGURG, which by default does nothing) is sent only while a run
    goes on, a cell runs, and a message waits. System calls that can be restarted are not broken off by it, so that no library meets an
    error that it does not know. A handler of somebody else's is left alone, and then nothing is watched.

    option: reads a socket option, by its number. take: receives. any_live: whether there is anything to stop. Made in the main thread.
    """

    def __init__(self, option: Callable[[int], Any], take: Callable[[Later], None], any_live: Callable[[], bool]) -> None:
        self._take = take
        self._any_live = any_live
        self._later: Later = queue.SimpleQueue()  # the one queue that a signal's handler may put into
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.armed = False
        number = getattr(signal, "SIGURG", None)
        if number is None or not hasattr(signal, "pthread_kill") or not hasattr(select, "poll"):
            return
        if signal.getsignal(number) not in (signal.SIG_DFL, signal.SIG_IGN):
            return
        self._number = number
        self._fd = option(14)  # zmq.FD: readable while the socket has something to look at; any thread may poll it
        signal.signal(number, self._nudged)
        signal.siginterrupt(number, False)
        self._main = threading.main_thread().ident or 0
        self.armed = True

    def watch(self) -> None:
        """Watch as long as there is anything to stop. Cheap, from any thread."""
        if not self.armed or (self._thread is not None and self._thread.is_alive()):
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="sse-widget-nudge", daemon=True)
                self._thread.start()

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        pause = threading.Event()
        while self._any_live():
            if not poll.poll(PATIENCE * 1000):
                continue
            pause.wait(GRACE)
            if not poll.poll(0):
                continue
            signal.pthread_kill(self._main, self._number)
            with contextlib.suppress(queue.Empty):
                while (work := self._later.get(timeout=PATIENCE)) is not None:
                    try:
                        work()
                    except Exception:
                        logger.exception("sse_widget: a Stop could not be carried out")

    def _nudged(self, _number: int, frame: FrameType | None) -> None:
        """In the main thread, anywhere: receive if a cell's code is what was broken into, and no receiving."""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if name == _RECEIVING:
                break
            if name == _CELL:
                self._take(self._later)
                break
            frame = frame.f_back
        self._later.put(None)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep a keyboard interrupt back until the end of the block. In the main thread only."""
    kept: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if before is None:  # not set from Python, so it cannot be put back
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: kept.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if kept:
            signal.raise_signal(signal.SIGINT)
