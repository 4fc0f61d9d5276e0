"""Plain text: each event's data is a fragment of the answer, spaces and line ends included."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .base import DONE, NOT_JSON, Dialect

# Events of these types tell about the stream; their data ("{}", a time, nothing) is no part of the answer.
_ENDS = frozenset({"done", "end", "close", "complete"})
_SIGNS_OF_LIFE = frozenset({"ping", "heartbeat", "keepalive", "keep-alive"})


class PlainText(Dialect):
    """``data: Hel``, ``data: lo``. A ``[DONE]`` or an event of type "done" is an end, but none is promised."""

    name: ClassVar[str] = "text"
    label: ClassVar[str] = "plain text"
    source: ClassVar[str] = "https://html.spec.whatwg.org/multipage/server-sent-events.html"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        """Text that is no JSON. The end marker alone says nothing, nor does a sign of life."""
        if frame.type in _ENDS or frame.type in _SIGNS_OF_LIFE or frame.type == "error":
            return False
        return (data is NOT_JSON or data is None) and frame.data.strip() not in ("", DONE)

    def _event(self, frame: Frame, data: Any) -> None:
        kind = frame.type
        if kind != "message":
            if kind == "error":
                self._error(data if isinstance(data, dict) else frame.data or None)
                return
            if kind in _ENDS:
                self._done()
                return
            if kind in _SIGNS_OF_LIFE:
                return
        if frame.data == DONE:
            self._done()
        else:
            self._append_answer(frame.data)

    def _tail(self, frame: Frame, data: Any) -> None:
        """Half a fragment is text too."""
        self._event(frame, data)
