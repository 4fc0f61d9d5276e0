"""Two clocks of a stream: the time since anything came, which is whether it is alive, and the time since anything of the answer came,
which is whether it gets on. A server that pings and says nothing is alive, and gets nowhere.

Both stand still while the reading is paused, and while there is no connection because the next one is waited for.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from .errors import UsageError

_KEPT = 256
"""Spans of standing still that are remembered; what is older lies before the last sign of life in any case but the oddest."""


class Clocks:
    """Knows when both stood still. Pure: all times are given, seconds on the recording's clock."""

    def __init__(self) -> None:
        self._spans: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._reasons: dict[str, float] = {}
        self._since: float | None = None

    @property
    def still(self) -> bool:
        """Whether they stand still now."""
        return self._since is not None

    def hold(self, reason: str, time: float) -> None:
        """They stand still from ``time`` on, for this reason among others."""
        if not self._reasons:
            self._since = time
        self._reasons.setdefault(reason, time)

    def go_on(self, reason: str, time: float) -> None:
        """This reason is gone; without any other they go on."""
        if self._reasons.pop(reason, None) is not None and not self._reasons and self._since is not None:
            self._spans.append((self._since, time))
            self._since = None

    def elapsed(self, since: float, now: float) -> float:
        """Seconds that the clocks have gone between two instants."""
        if self._since is not None:
            now = max(min(now, self._since), since)
        gone = now - since
        for start, end in reversed(self._spans):
            if end <= since:
                break
            gone -= max(0.0, min(end, now) - max(start, since))
        return gone


def limit_of(name: str, value: Any) -> float | None:
    """What was given as ``idle_timeout`` or ``progress_timeout``: seconds, or None for no limit. Raises UsageError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise UsageError(f"{name} must be seconds above 0, or None for no limit, not {value!r}.")
    return float(value)
