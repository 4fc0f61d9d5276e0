"""Hugging Face's Text Generation Inference, its own ``/generate_stream``. (``/v1`` speaks OpenAI's formats.)"""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .fields import dict_in, text_in


class TGI(AgentDialect):
    """``data:{"token": {"text": "Hel", "special": false}, "generated_text": null}``; the last event repeats the whole text.

    Special tokens, as the end of a turn, are not part of the text.
    """

    name: ClassVar[str] = "tgi"
    label: ClassVar[str] = "TGI"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://huggingface.github.io/text-generation-inference/#/Text%20Generation%20Inference/generate_stream"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._said = False

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return "text" in dict_in(data, "token") and ("generated_text" in data or "special" in data["token"])

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict) or data.get("error"):
            kind = text_in(data, "error_type")
            if kind:
                self._error({"message": data["error"], "type": kind})
            else:
                self._error_event(frame, data)
            return
        token = dict_in(data, "token")
        text = text_in(token, "text")
        if text and token.get("special") is not True:
            self._said = True
            self._append_answer(text)
        whole, details = data.get("generated_text"), dict_in(data, "details")
        if not self._said:
            self._append_answer(text_in(data, "generated_text"))
        if details:
            counts = {"prompt_tokens": details.get("input_length"), "completion_tokens": details.get("generated_tokens")}
            self._about(usage={name: count for name, count in counts.items() if type(count) is int})
            self._because(details.get("finish_reason"))
        if isinstance(whole, str) or details:
            self._end_seen()
