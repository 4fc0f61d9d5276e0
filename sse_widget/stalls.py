"""Fold: waits → the findings that are stalls.

No tool defines a stall. Here it is a wait between two events with content that is longer than 1 s and than 8 times the median
of the waits before it; pings during it do not end it, they only show that the connection was alive, and mask the stall from a client
that waits for bytes. Time without a connection is no stall of the server's, and a model that has begun a thought and shows nothing of
it is thinking.
"""

from __future__ import annotations

from collections import deque

from .findings import Finding, counted, seconds

SHORTEST_STALL = 1.0  # s
STALL_FACTOR = 8  # times the median gap
_ALONE = 5.0  # s; a wait that has no other gap to be compared with
_FEW = 3  # gaps until a median means something
_WINDOW = 127  # gaps that the running median looks back on


class _Median:
    """Median of the last `_WINDOW` numbers. They are put in order only when it is asked for, which is after a long wait alone."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque(maxlen=_WINDOW)
        self.add = self.recent.append

    def __len__(self) -> int:
        return len(self.recent)

    def value(self) -> float:
        """The median, of an even number the lower one: of two gaps the shorter is the usual one."""
        return sorted(self.recent)[(len(self.recent) - 1) // 2]


class _Wait:
    """A wait between events with content. alive: chunks, pings and empty events that came during it. lost: s without a connection,
    which are not in ``duration``. silent: a thought had begun, and nothing was shown of it."""

    __slots__ = ("alive", "duration", "frames", "lost", "silent", "start")

    def __init__(self, start: float, duration: float, frames: tuple[int, int], alive: int, lost: float, silent: bool) -> None:
        self.lost = lost
        self.silent = silent
        self.start = start
        self.duration = duration
        self.frames = frames
        self.alive = alive


class StallFold:
    """Watches the waits of one stream.

    The first three gaps are judged together once they are known, since a stream of slow sentences has no other measure than
    itself; until then, and for a single gap, only a wait of 5 s is a stall.
    """

    def __init__(self) -> None:
        self._median = _Median()
        self._recent = self._median.recent
        self._long: list[Finding] = []
        self._early: list[_Wait] = []
        self._last: float | None = None
        self._frame = 0
        self._alive = 0  # signs of life before the instant _alive_time
        self._alive_now = 0  # and at it
        self._alive_time = 0.0
        self._lost = 0.0  # s without a connection since the last content
        self._silent = False

    def content(self, time: float, frame: int, silent: bool = False) -> list[Finding]:
        """An event with content came at ``time`` s as frame ``frame``. Returns the stalls that are certain by it, mostly none.

        silent: it only says that a thought begins.
        """
        last, first, hushed, lost = self._last, self._frame, self._silent, self._lost
        self._silent, self._lost = silent, 0.0
        if last is not None and not self._early and time - last <= SHORTEST_STALL and len(self._recent) >= _FEW:
            self._last, self._frame = time, frame  # as below, for a wait that is none
            self._alive = self._alive_now = 0
            self._recent.append(time - last)
            return []
        alive = self._alive + (self._alive_now if self._alive_time < time else 0)
        self._last, self._frame = time, frame
        self._alive = self._alive_now = 0
        if last is None:
            return []
        gap = time - last - lost
        known = len(self._median)
        found: list[Finding] = []
        if known >= _FEW:
            if gap > SHORTEST_STALL and gap > STALL_FACTOR * (usual := self._median.value()):
                found = [_stall(_Wait(last, gap, (first, frame), alive, lost, hushed), usual)]
            self._median.add(gap)
        else:
            self._median.add(gap)
            self._early.append(_Wait(last, gap, (first, frame), alive, lost, hushed))
            if known + 1 < _FEW:
                return []
            found = self._judged()
            self._early.clear()
        self._long += found
        return found

    def activity(self, time: float) -> None:
        """Something without content came at ``time`` s: bytes, a comment, a ping, an empty event."""
        if time > self._alive_time:
            self._alive += self._alive_now
            self._alive_now = 0
            self._alive_time = time
        self._alive_now += 1

    def resumed(self, time: float) -> None:
        """Reading was paused on purpose and goes on at ``time`` s: the wait so far is nobody's stall."""
        if self._last is not None:
            self._last = time
            self._alive = self._alive_now = 0

    def hush(self) -> None:
        """A thought has begun, and nothing is shown of it."""
        self._silent = True

    def lost(self, seconds: float) -> None:
        """There was no connection for so long."""
        self._lost += seconds

    @property
    def stalls(self) -> list[Finding]:
        """All stalls so far, in order; the first gaps of a short stream as they look now."""
        return [*self._long, *self._judged()]

    def open_stall(self, now: float) -> Finding | None:
        """The stall that still lasts at ``now`` s, or None. The wait for the first content is none."""
        if self._last is None:
            return None
        waited = now - self._last - self._lost
        usual = self._median.value() if len(self._median) else None
        if waited <= (_ALONE if usual is None else max(SHORTEST_STALL, STALL_FACTOR * usual)):
            return None
        wait = _Wait(self._last, waited, (self._frame, self._frame), self._alive + self._alive_now, self._lost, self._silent)
        return _stall(wait, usual, over=False)

    def _judged(self) -> list[Finding]:
        """Stalls among the first gaps."""
        if not self._early:
            return []
        alone = len(self._early) == 1
        usual = None if alone else self._median.value()
        limit = _ALONE if usual is None else max(SHORTEST_STALL, STALL_FACTOR * usual)
        return [_stall(wait, usual) for wait in self._early if wait.duration > limit]


def _stall(wait: _Wait, usual: float | None, *, over: bool = True) -> Finding:
    length = seconds(wait.duration)
    if wait.silent:
        message = f"The model {'was' if over else 'has been'} thinking for {length} and showed nothing of it"
    else:
        message = f"No content came for {length}" if over else f"No content has come for {length}"
        message += "" if usual is None else f"; the usual gap is {seconds(usual)}"
    if wait.lost:
        message += f". Besides, there was no connection for {seconds(wait.lost)}"
    if wait.alive:
        masked = "" if wait.silent else ", so a client that waits for any byte notices nothing"
        message += f". The connection was alive: {counted(wait.alive, 'sign')} of life came meanwhile{masked}"
    return Finding("stall", "info" if wait.silent else "warning", f"{message}.", wait.frames, wait.start, wait.duration)
