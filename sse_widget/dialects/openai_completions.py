"""OpenAI's legacy completions (``/v1/completions``), which vLLM, TGI, llama.cpp and others still offer."""

from __future__ import annotations

from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..wire import Frame
from .base import DONE, Dialect
from .brief import number_in
from .fields import dicts_in, text_in


class OpenAICompletions(Dialect):
    """``data: {"choices": [{"index": 0, "text": "Hel"}]}`` … ``data: [DONE]``.

    Several prompts in one request make several choices. An end is `[DONE]` or a finish reason of every choice seen.
    """

    name: ClassVar[str] = "openai_completions"
    label: ClassVar[str] = "OpenAI completions (legacy)"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://platform.openai.com/docs/api-reference/completions"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._about: dict[str, Any] = {}
        self._finishes: dict[int, str] = {}

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict) or not isinstance(data.get("choices"), list):
            return False
        if data.get("object") == "text_completion":
            return True
        first = next(iter(data["choices"]), None)
        return isinstance(first, dict) and isinstance(first.get("text"), str) and "delta" not in first and "message" not in first

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            if frame.data.strip() == DONE:
                self._done()
            else:
                self._error_event(frame, data)
            return
        about = {"model": text_in(data, "model"), "response_id": text_in(data, "id")}
        fields: dict[str, Any] = {k: v for k, v in about.items() if v and k not in self._about}
        usage = data.get("usage")
        if usage and isinstance(usage, dict):
            fields["usage"] = usage  # repeated, growing, by some servers
        fields = {k: v for k, v in fields.items() if self._about.get(k) != v}
        if fields:
            self._about.update(fields)
            self._set(RESPONSE, **fields)
        for position, choice in enumerate(dicts_in(data, "choices")):
            self._choice(position, choice)
        self._error_event(frame, data)

    def _choice(self, position: int, choice: dict[str, Any]) -> None:
        number = number_in(choice, "index", position)
        if number < 0:
            number = position
        self._append_answer(text_in(choice, "text"), choice=number, key=(number, "text"), thought=(number, "reasoning"))
        reason = text_in(choice, "finish_reason")  # TGI sends "" while it is writing
        if reason and self._finishes.get(number) != reason:
            self._set(RESPONSE, finish_reason={number: reason})
        self._finishes[number] = reason or self._finishes.get(number, "")
        if all(self._finishes.values()):
            self.ended = True
