"""IBM watsonx.ai, text generation. (Its chat speaks OpenAI's chat completions.)"""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .fields import dicts_in, text_in

_COUNTS = {"input_token_count": "prompt_tokens", "generated_token_count": "completion_tokens"}


class Watsonx(AgentDialect):
    """``{"results": [{"generated_text": "Hel", "stop_reason": "not_finished"}]}`` until there is a reason to stop.

    The input is counted on the first event alone, what was generated on each anew.
    """

    name: ClassVar[str] = "watsonx"
    label: ClassVar[str] = "watsonx.ai"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://cloud.ibm.com/apidocs/watsonx-ai#text-generation-stream"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._usage: dict[str, int] = {}

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return any("generated_text" in result for result in dicts_in(data, "results"))

    def _event(self, frame: Frame, data: Any) -> None:
        errors = dicts_in(data, "errors")
        if errors:
            self._error(errors[0])
        elif not dicts_in(data, "results"):
            self._error_event(frame, data)
        self._about(model=text_in(data, "model_id"), response_id=text_in(data, "id"))
        for choice, result in enumerate(dicts_in(data, "results")):
            text = text_in(result, "generated_text")
            self._append_answer(text, choice=choice, key=(choice, "text"), thought=(choice, "reasoning"))
            for counted, name in _COUNTS.items():
                count = result.get(counted)
                if type(count) is int:
                    self._usage[name] = max(count, self._usage.get(name, 0))
            reason = text_in(result, "stop_reason")
            if reason and reason.lower() != "not_finished":
                self._about(usage=dict(self._usage))
                self._because(reason, choice)
                self._end_seen()
