"""The half of a run that watches: how far the stream has come, for a source that asks, and whether it has been silent for too long."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from .engine import engine
from .errors import IdleTimeoutError, ProgressTimeoutError
from .findings import seconds
from .reading import Reading
from .recording import Recording
from .resume import Standing, standing_of
from .sources import BaseSource

if TYPE_CHECKING:
    from .session import Session

_SLICE = 10
"""Entries folded before the writer looks at the clock."""
_TURN = 0.02
"""Seconds of folding for a source that asks, before others have their turn."""
_TURNS = 5
"""Turns of a loop from a socket that can be read to what was read being recorded, and some more."""
_BLOCKED = 0.25
"""Seconds that a loop may take to answer before it counts as blocked by somebody's cell: the silence is then nobody's fault."""


class Watching:
    """What a run looks at while its source reads. ``_watch`` and what it calls are on the writer thread."""

    session: Session
    source: BaseSource
    recording: Recording
    reading: Reading
    idle_timeout: float | None
    progress_timeout: float | None
    _settled: bool
    _loop: asyncio.AbstractEventLoop | None
    _lost_at: float = -1.0
    """Since when it was silent when its connection was last taken for lost."""
    _asked: float | None = None
    """When the caller's loop was asked whether it lives, s (monotonic)."""
    _answered: float | None = None
    _excused: float = 0.0
    """Until when a blocked loop excuses all silence, s on the recording's clock."""

    if TYPE_CHECKING:

        def _fail(self, error: BaseException) -> None: ...
        def _seal(self, name: str, **info: Any) -> bool: ...
        def _let_go(self) -> None: ...

    async def _look(self) -> Standing:
        """How far the stream has come, all of it read: what a source asks whose connection has ended."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Standing] = loop.create_future()

        def tell(standing: Standing | None, error: BaseException | None) -> None:
            if not found.done():
                found.set_exception(error) if error is not None else found.set_result(standing or Standing())

        def read() -> None:
            until, more = time.monotonic() + _TURN, True
            try:
                with self.session.lock:
                    while more and time.monotonic() < until:
                        more = not self._settled and self.reading.advance(_SLICE)
                    standing = standing_of(self.reading)
            except BaseException as error:  # whoever waits must hear of it
                answer(None, error)
            else:
                engine.writer.post(read) if more else answer(standing, None)

        def answer(standing: Standing | None, error: BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):  # that loop has closed, and with it who asked
                loop.call_soon_threadsafe(tell, standing, error)

        engine.writer.post(read)
        return await found

    # --- the two clocks ----------------------------------------------------------------------------------------------
    def _watch(self) -> float | None:
        """End what has been silent for too long. Returns the seconds until it is to be asked again, None if only news can change it."""
        recording, reading = self.recording, self.reading
        limits = (self.idle_timeout, self.progress_timeout)
        if limits == (None, None) or recording.closed or self._settled or not len(recording) or reading.is_behind:
            return None  # what has not been read yet may be what is waited for
        if reading.clocks.still:
            return None
        now, due = recording.now(), []
        heard = max(reading.heard, reading.connections.asked)
        for limit, since, idle in ((limits[0], heard, True), (limits[1], reading.progress, False)):
            if limit is None or (idle and since == self._lost_at):
                continue
            left = limit - reading.clocks.elapsed(max(since, self._excused), now)
            if left > 0:
                due.append(left)
            elif self.source.where != "thread" and not self._loop_lives():
                return None
            else:
                self._asked = None
                return self._silent(limit, since, idle=idle)
        return min(due, default=None)

    def _loop_lives(self) -> bool:
        """Whether the loop that reads the source has had a turn since it was asked. A cell that blocks it is no silence of the source's,
        nor is a call that keeps Python's lock, or a machine that was asleep: what came meanwhile lies in the socket."""
        if self._answered is not None and self._asked is not None:
            late = self._answered - self._asked
            self._asked, answered, self._answered = None, self._answered, None
            if late < _BLOCKED:
                return True
            self._excused = answered - self.recording.t0
            self.session.wake()
            return False
        loop = engine.loop if self.source.where == "engine" else self._loop
        if self._asked is None and loop is not None:
            self._asked = time.monotonic()

            def answer(turns: int = _TURNS) -> None:
                if turns:  # what lies in the socket is in the recording some turns later
                    loop.call_soon(answer, turns - 1)
                    return
                self._answered = time.monotonic()
                self.session.wake()

            try:
                loop.call_soon_threadsafe(answer)
            except RuntimeError:  # it has closed, and nobody reads the source any more
                return True
        return False

    def _silent(self, limit: float, since: float, *, idle: bool) -> float | None:
        """The limit has passed. Returns the seconds until the next look."""
        if not idle:
            alive = self.reading.heard > max(since, self._excused)
            more = ", though something else did" if alive else ""
            self._fail(
                ProgressTimeoutError(
                    f"Nothing of the answer came for {seconds(limit)}{more}.",
                    hint="progress_timeout=… sets this limit. What came before is kept.",
                )
            )
            self._let_go()
            return None
        words = f"Nothing came for {seconds(limit)}, not even a comment."
        if self.source.reconnect.attempts and self.source.lose(words):
            self._lost_at = since
            return limit
        if standing_of(self.reading).finished:  # all was said, and the server has only not hung up
            self._seal("close")
            self._let_go()
            return None
        self._fail(IdleTimeoutError(words, hint="idle_timeout=… sets this limit. What came before is kept."))
        self._let_go()
        return None
