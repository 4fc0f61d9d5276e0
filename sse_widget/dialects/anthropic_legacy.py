"""Anthropic's text completions of 2023 (``/v1/complete``): one growing text."""

from __future__ import annotations

from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..wire import Frame
from .base import Dialect
from .fields import text_in


class AnthropicLegacy(Dialect):
    """``event: completion`` with ``{"type": "completion", "completion": " Hel", "stop_reason": null}``; a stop reason is the end.

    Version 2023-01-01 of the API knew no event types; it sent the text so far each time, and `[DONE]` at the end.
    """

    name: ClassVar[str] = "anthropic_legacy"
    label: ClassVar[str] = "Anthropic text completions"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.anthropic.com/en/api/versioning"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._about: dict[str, Any] = {}

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict) or not isinstance(data.get("completion"), str):
            return False
        return data.get("type") == "completion" or frame.type == "completion" or ("stop_reason" in data and "model" in data)

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            self._no_object(frame, data)
            return
        text = data.get("completion")
        if not isinstance(text, str):
            self._error_event(frame, data)
            return
        about = {"model": text_in(data, "model"), "response_id": text_in(data, "id", "log_id")}
        changed = {k: v for k, v in about.items() if v and k not in self._about}
        if changed:
            self._about.update(changed)
            self._set(RESPONSE, **changed)
        if "type" in data or frame.type == "completion":
            self._append("text", "text", text)
        elif text:
            self._snapshot("text", "text", text)
        reason = text_in(data, "stop_reason")
        if reason:
            self._set(RESPONSE, finish_reason={0: reason})
            self._done()
