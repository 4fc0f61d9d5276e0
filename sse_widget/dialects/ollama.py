"""Ollama's own API, chat and generate, as lines of JSON: https://docs.ollama.com/api/streaming."""

from __future__ import annotations

from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..wire import Frame
from .base import clean, compact_json
from .fields import dict_in, dicts_in, identity_in, text_in
from .indexed import IndexedCalls

_COUNTS = (
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)


class Ollama(IndexedCalls):
    """``{"model": "…", "message": {"content": "Hel"}, "done": false}``; for generate ``"response": "Hel"``.

    A tool call comes whole, its arguments as an object. The last line has ``"done": true``, the reason, and counts and durations
    (ns), which are the usage. An error is a line ``{"error": "…"}``.
    """

    name: ClassVar[str] = "ollama"
    label: ClassVar[str] = "Ollama"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.ollama.com/api/chat"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict) or not isinstance(data.get("done"), bool):
            return False
        return isinstance(data.get("message"), dict) or isinstance(data.get("response"), str)

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            self._error_event(frame, data)
            return
        self._about(model=text_in(data, "model"))
        message = dict_in(data, "message")
        self._about(role=text_in(message, "role"))
        self._append("reasoning", "reasoning", text_in(message, "thinking") or text_in(data, "thinking"))
        self._append_answer(text_in(message, "content") or text_in(data, "response"))
        for call in dicts_in(message, "tool_calls"):
            self._tool(call)
        images = message.get("images")
        for image in images if isinstance(images, list) else []:
            if isinstance(image, str):
                self._media("image", "", image)
        if data.get("done") is True:
            self._because(data.get("done_reason"))
            usage = {name: data[name] for name in _COUNTS if type(data.get(name)) is int}
            if usage:
                self._set(RESPONSE, usage=usage)
            self._done()
        else:
            self._error_event(frame, data)

    def _tool(self, call: dict[str, Any]) -> None:
        """A call. Ids are new and may be missing; an index may be 0 for all: each object is a call of its own."""
        function = dict_in(call, "function")
        self._begin_call("whole", identity_in(call, "id"), text_in(function, "name"))
        arguments = function.get("arguments")
        if arguments is not None:
            self._feed_call("whole", arguments if isinstance(arguments, str) else compact_json(clean(arguments)))
        self._finish_call("whole")
