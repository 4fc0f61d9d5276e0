"""Replicate: the output of a prediction as plain text."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import EMPTY, Frame
from .agent import AgentDialect
from .fields import text_in


class Replicate(AgentDialect):
    """``event: output`` with a fragment of text, spaces and line ends included, until ``event: done``."""

    name: ClassVar[str] = "replicate"
    label: ClassVar[str] = "Replicate"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://replicate.com/docs/reference/streaming"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        # An object is what other services put into an event of that name; the first token of a text is never a whole one.
        return frame.type == "output" and not isinstance(data, dict)

    def _event(self, frame: Frame, data: Any) -> None:
        if frame.type == "output":
            self._append_answer(frame.data)
        elif frame.type == "logs":
            self._append("logs", "custom", frame.data)
        elif frame.type == "error":
            self._error(data if isinstance(data, dict) else frame.data or None)
        elif frame.type == "done":
            self._because(text_in(data, "reason"))  # only when it was canceled or failed
            self._end_seen()

    def _other(self, frame: Frame, data: Any) -> None:
        if frame.kind == EMPTY and frame.type == "done":
            self._end_seen()
        else:
            super()._other(frame, data)
