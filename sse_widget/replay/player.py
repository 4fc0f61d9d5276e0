"""The clock of a replay: how far it has come, how fast it goes, and when the next thing is due."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from typing import Any

from ..errors import UsageError
from ..signals import Signal

SLOWEST, FASTEST = 0.01, 1000.0
"""Speeds that are told apart; beyond the fastest everything comes at once."""


class Player:
    """Where a replay stands. Safe from any thread.

    speed: seconds of the recording per second; `math.inf` is as fast as it goes. clock: seconds (monotonic).
    """

    def __init__(self, speed: float = 1.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._speed = checked_speed(speed)
        self._from = 0.0  # the position when the clock said `_since`
        self._since = clock()
        self._paused = False
        self._steps = 0
        self._signal = Signal()
        self._on_change: Callable[[], None] | None = None

    def listen(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` whenever somebody changed what the replay does."""
        self._on_change = callback

    def _changed(self) -> None:
        self._signal.notify()
        if self._on_change is not None:
            self._on_change()

    # --- what a person does ------------------------------------------------------------------------------------------
    @property
    def speed(self) -> float:
        """Seconds of the recording per second. Set it any time."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        speed = checked_speed(speed)
        self._move(self.position)
        self._speed = speed
        self._changed()

    @property
    def position(self) -> float:
        """Seconds of the recording that have been played."""
        if self._paused or math.isinf(self._speed):
            return self._from
        return self._from + (self._clock() - self._since) * self._speed

    def clock(self) -> float:
        """The same, as a recording asks its clock."""
        return self.position

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    def pause(self) -> None:
        """Stand still. What has been played stays."""
        self._move(self.position)
        self._paused = True
        self._changed()

    def play(self) -> None:
        """Go on from where it stands."""
        self._move(self._from if self._paused else self.position)
        self._paused, self._steps = False, 0
        self._changed()

    def step(self, count: Any = 1) -> None:
        """Stand still after the next ``count`` entries of the recording, whenever they were due. Raises UsageError below 1."""
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise UsageError("A replay steps forward, by one entry or more.", hint="To look back, use the scrubber under the timeline.")
        self.pause()
        self._steps += count
        self._changed()

    def seek(self, position: Any) -> None:
        """Play everything before this instant (s) at once, and go on from there. Raises UsageError for one that has passed."""
        if isinstance(position, bool) or not isinstance(position, (int, float)) or math.isnan(position):
            raise UsageError("seek wants seconds.")
        if position < self.position:
            raise UsageError("What has been played stays; a replay goes forward only.", hint="To look back, use the scrubber on the page.")
        self._move(float(position))
        self._changed()

    # --- what the source asks ----------------------------------------------------------------------------------------
    async def until(self, when: float) -> None:
        """Wait until what happened at this instant (s) is due, or a step brings it."""
        while True:
            seen = self._signal.version
            if self._paused:
                if when < self._from:  # it was left behind by a seek
                    return
                if self._steps:
                    self._steps -= 1
                    self._from = when
                    return
                await self._signal.changed(seen)
                continue
            if math.isinf(self._speed):
                self._from = max(self._from, when)
                return
            wait = (when - self.position) / self._speed
            if wait <= 0:
                return
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._signal.changed(seen), wait)

    def to_dict(self, t0: float) -> dict[str, Any]:
        """As it travels: where it stood when, and how fast that changes (0: it does not). t0: of the session, monotonic seconds."""
        moving = 0.0 if self._paused or math.isinf(self._speed) else self._speed
        return {"from": round(self._from, 6), "since": round(self._since - t0, 6), "moving": moving}

    def _move(self, position: float) -> None:
        self._from, self._since = position, self._clock()


def checked_speed(speed: Any) -> float:
    """A speed that can be used. Raises UsageError."""
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not speed > 0:
        raise UsageError("speed must be a number above 0, or math.inf for as fast as it goes.", hint="pause() stands still.")
    return math.inf if speed > FASTEST else max(float(speed), SLOWEST)
