"""Cohere's chat, version 2: https://docs.cohere.com/v2/docs/streaming#stream-events."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .base import DONE
from .brief import brief
from .fields import dict_in, dicts_in, identity_in, present, text_in
from .indexed import IndexedCalls

_TYPES = frozenset(
    {
        "message-start",
        "content-start",
        "content-delta",
        "content-end",
        "tool-plan-delta",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "citation-start",
        "citation-end",
        "message-end",
    }
)


class Cohere(IndexedCalls):
    """``{"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hel"}}}}``.

    The plan that the model makes before it calls tools is shown as reasoning. ``tool_calls`` and ``citations`` are objects, not
    lists, though their names are plural; lists are read as well. The end is ``message-end``; a ``[DONE]`` follows it.
    """

    name: ClassVar[str] = "cohere"
    label: ClassVar[str] = "Cohere"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.cohere.com/v2/docs/streaming#stream-events"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return text_in(data, "type") in _TYPES

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            if frame.data.strip() != DONE:
                self._error_event(frame, data)
            return
        kind = text_in(data, "type")
        delta = dict_in(data, "delta")
        message = dict_in(delta, "message")
        index = identity_in(data, "index")
        if kind in ("content-start", "content-delta"):
            content = message.get("content")
            for item in [content] if isinstance(content, dict) else dicts_in(message, "content"):
                self._append((index, "reasoning"), "reasoning", text_in(item, "thinking"))
                self._append((index, "text"), "text", text_in(item, "text"))
        elif kind == "content-end":
            self._close((index, "reasoning"))
            self._close((index, "text"))
        elif kind == "tool-plan-delta":
            self._append("plan", "reasoning", text_in(message, "tool_plan"))
        elif kind in ("tool-call-start", "tool-call-delta"):
            self._tool_call(kind, index, message.get("tool_calls"))
        elif kind == "tool-call-end":
            self._finish_call(index)
        elif kind == "citation-start":
            citation = message.get("citations")
            for item in [citation] if isinstance(citation, dict) else dicts_in(message, "citations"):
                self._cite(item)
        elif kind == "message-start":
            self._about(response_id=identity_in(data, "id"), role=text_in(message, "role"), model=text_in(data, "model"))
        elif kind == "message-end":
            self._message_end(delta)
        else:
            self._error_event(frame, data)

    def _tool_call(self, kind: str, index: str, calls: Any) -> None:
        """A call's beginning, or a fragment of its arguments."""
        call = calls if isinstance(calls, dict) else next((c for c in calls if isinstance(c, dict)), {}) if isinstance(calls, list) else {}
        function = dict_in(call, "function")
        if kind == "tool-call-start":
            self._close("plan")
            self._begin_call(index, identity_in(call, "id"), text_in(function, "name"))
        self._feed_call(index, function.get("arguments"))

    def _cite(self, citation: dict[str, Any]) -> None:
        sources = dicts_in(citation, "sources")
        first = dict_in(sources[0], "document") if sources else {}
        about = {"url": text_in(first, "url"), "title": text_in(first, "title"), "cited_text": text_in(citation, "text")}
        start, end = citation.get("start"), citation.get("end")
        self._single("citation", **present(**about, start=start, end=end, sources=brief(sources)))

    def _message_end(self, delta: dict[str, Any]) -> None:
        self._about(usage=dict_in(delta, "usage"))
        if delta.get("error"):
            self._error(delta["error"])
        self._because(delta.get("finish_reason"))
        self._end_seen()
