"""llama.cpp's server, its own ``/completion``. (``/v1`` speaks OpenAI's formats.)"""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .fields import text_in

# Up to the end of 2024 the reason was one of three flags.
_FLAGS = {"stopped_limit": "limit", "stopped_word": "word", "stopped_eos": "eos"}


class LlamaCpp(AgentDialect):
    """``data: {"content": "Hel", "stop": false}`` until ``"stop": true``, with counts and timings."""

    name: ClassVar[str] = "llamacpp"
    label: ClassVar[str] = "llama.cpp completion"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return isinstance(data, dict) and isinstance(data.get("content"), str) and isinstance(data.get("stop"), bool)

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict) or "content" not in data:
            self._error_event(frame, data)
            return
        number = data.get("index")  # of several prompts
        choice = number if type(number) is int and number >= 0 else 0
        self._append_answer(text_in(data, "content"), choice=choice, key=(choice, "text"), thought=(choice, "reasoning"))
        if data.get("stop") is True:
            self._about(model=text_in(data, "model"), usage=_usage(data))
            self._because(
                text_in(data, "stop_type") or next((why for flag, why in _FLAGS.items() if data.get(flag) is True), "stop"), choice
            )
            self._end_seen()


def _usage(data: dict[str, Any]) -> dict[str, Any]:
    counts = {"prompt_tokens": data.get("tokens_evaluated"), "completion_tokens": data.get("tokens_predicted")}
    usage: dict[str, Any] = {name: count for name, count in counts.items() if type(count) is int}
    if isinstance(data.get("timings"), dict):
        usage["timings"] = data["timings"]
    return usage
