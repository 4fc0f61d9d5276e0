"""JSON that no dialect knows: nothing is added until there is a guess where the text stands."""

from __future__ import annotations

from typing import Any, ClassVar

from ..deltas import Delta
from ..wire import EVENT, Frame
from .base import NOT_JSON, Dialect
from .generic import GenericJSON


class UnknownJSON(Dialect):
    """A stream of JSON that waits for a rule, or for a safe guess. `suggestions` says what a rule could name.

    Once there is a guess, `guess` is the dialect that goes on with the stream.
    """

    name: ClassVar[str] = "unknown"
    label: ClassVar[str] = "unknown JSON"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self.events = 0
        """Events of JSON so far, those not counted that tell of an error."""
        self._trial = GenericJSON(join=join)

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return data is not NOT_JSON and data is not None

    @property
    def guess(self) -> GenericJSON | None:
        """The dialect that reads by a guess, once there is one that is safe."""
        return self._trial if self._trial.guesses else None

    @property
    def suggestions(self) -> list[str]:
        """Up to five JSONPaths to strings, the likeliest first."""
        return self._trial.watch.suggestions

    def read(self, index: int, frame: Frame, data: Any) -> list[Delta]:
        """What one frame adds: an error, and what the events before it held if it makes the guess safe."""
        self._trial.inside = self.inside
        failed = self._trial.failed
        deltas = self._trial.read(index, frame, data)
        self.events += frame.kind == EVENT and data is not NOT_JSON and self._trial.failed == failed
        return deltas

    def end(self, index: int) -> list[Delta]:
        """The stream is over, which may decide what was open."""
        return self._trial.end(index)
