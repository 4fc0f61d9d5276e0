"""Reading a run again: by another dialect or rule, over the same recording, while it goes on or after it has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .engine import engine
from .errors import UsageError
from .reading import Reading
from .recording import Recording
from .signals import Signal

if TYPE_CHECKING:
    from .session import Session

AS_DETECTED: dict[str, Any] = {"dialect": "auto", "extract": None, "parse": None, "join": ""}
"""What a reading is given if nobody says anything."""
Self = TypeVar("Self", bound="ReadAgain")


class ReadAgain:
    """The half of a run that changes its reading. The writer folds the new one, and decides status and error anew."""

    reading: Reading
    recording: Recording
    session: Session
    _options: dict[str, Any]
    _first_options: dict[str, Any]
    _signal: Signal
    _settled: bool
    _ended: bool
    _behind: bool
    _heard: int
    _told_deltas: int

    def read_again(
        self: Self,
        *,
        dialect: str | None = None,
        extract: Any = None,
        parse: Callable[[str], Any] | None = None,
        join: str | None = None,
        large: int | None = None,
        wait: bool = True,
    ) -> Self:
        """Read what came, and what is still to come, in another way. The source is not asked again, and the recording stays as it is.

        dialect, extract, parse, join: as in `sse_widget.stream`. Without any of them: as the run was started. large: bytes above
        which an event is told as a large one among the findings, 1024 until it is changed; with nothing else, all else stays as it
        is. wait: return only when everything that had come is read, which for a finished run is all of it; a rule that fails is
        then told by ``error`` and ``status``, never raised here.

        ``text``, ``output``, ``metrics``, ``findings`` and the page follow the new reading. Status and error of a finished run
        are decided anew: one that failed because a rule matched nothing is "done" when the new one matches, and the other way
        round. Callbacks for "delta" hear the new reading from its first delta; "event" and "end" are not repeated, and an
        iteration that goes on is given no event twice.

        Returns the run. Raises UsageError for a name or a rule that cannot be, and then nothing has changed.
        """
        given = {"dialect": dialect, "extract": extract, "parse": parse, "join": join}
        chosen = {name: value for name, value in given.items() if value is not None}
        for name in ("dialect", "join"):
            if not isinstance(chosen.get(name, ""), str):
                raise UsageError(f"{name} must be a string, not a {type(chosen[name]).__name__}.")
        if large is not None and (type(large) is not int or large < 0):
            raise UsageError(f"large must be a number of bytes, not {large!r}.")
        options = {**self._first_options, **AS_DETECTED, **chosen} if chosen else self._first_options if large is None else self._options
        with self.session.lock:
            limit = self.reading.large if large is None else large
            reading = Reading(self.recording, number=self.reading.number + 1, large=limit, **options)
            self._heard = max(self._heard, len(self.reading.channels))
            self.reading, self._options = reading, options
            self._told_deltas = 0
            self._settled = self._ended = False
            self._behind = True
            self.session._fold_again(self)
        if wait and not engine.is_current:
            self._caught_up(reading)
        return self

    def _caught_up(self, reading: Reading) -> None:
        """Block until ``reading`` has read what had come, and is settled if that was all, or until another has taken its place."""
        while True:
            seen = self._signal.version
            if self._ended or self.reading is not reading or not (self._behind or self.recording.closed):
                return
            self._signal.wait(seen, 1.0)

    @property
    def rule(self) -> dict[str, Any]:
        """How the recording is read now: dialect, extract, parse and join, as they were given."""
        return {name: self._options[name] for name in AS_DETECTED}
