"""The data stream of Vercel's AI SDK, versions 3 and 4, and of servers in other languages that speak it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ..wire import EVENT, Frame
from .agent import AgentDialect
from .base import NOT_JSON
from .fields import as_text, dict_in, identity_in, present, text_in

_TYPES: dict[str, Any] = {
    **dict.fromkeys("03g", str),
    **dict.fromkeys("28", list),
    **dict.fromkeys("9abcdefhijk", dict),
}
"""The codes, and what stands after each of them. Other codes of old versions are shown as events and add nothing."""


_decode = json.JSONDecoder(strict=False).decode


def _value_of(text: str) -> Any:
    """What stands after a code. Servers that write the lines by hand forget to escape tabs."""
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        return NOT_JSON


class UIDataStream(AgentDialect):
    """``0:"Hel"``, ``9:{"toolCallId": …}`` … ``d:{"finishReason": "stop"}``: lines of a code and JSON, which are no server-sent events.

    A step ends with ``e``, the message with ``d``; servers that are not the SDK leave out one or the other. What follows a step
    is a part of its own, unless the step says that it is continued. The code is the event's type (`sse_widget.coded_lines`).
    """

    name: ClassVar[str] = "ui_data_stream"
    label: ClassVar[str] = "AI SDK data stream"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://v4.ai-sdk.dev/docs/ai-sdk-ui/stream-protocol"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._steps = 0
        self._ended_step: dict[str, Any] | None = None  # the end of a step after which nothing came

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return frame.kind == EVENT and frame.type in _TYPES and isinstance(_value_of(frame.data), _TYPES[frame.type])

    def _event(self, frame: Frame, data: Any) -> None:
        code, value = frame.type, _value_of(frame.data)
        if code not in _TYPES or not isinstance(value, _TYPES[code]):
            self._error_event(frame, data)
            return
        if code not in "28de":
            self._ended_step = None
        if code in "0g":
            kind = "text" if code == "0" else "reasoning"
            self._append(kind, "text" if code == "0" else "reasoning", value)
        elif code in "28":
            for item in value:
                self._single("custom", as_text(item), type="data" if code == "2" else "message_annotations")
        elif code == "3":
            self._error(value)
        elif code in "9abc":
            self._tool(code, value)
        elif code in "def":
            self._stage(code, value)
        else:
            self._other_part(code, value)

    def _tool(self, code: str, value: dict[str, Any]) -> None:
        call_id = identity_in(value, "toolCallId")
        if code == "a":
            self._result(call_id, value.get("result"))
            return
        self._call(call_id, text_in(value, "toolName"))
        if code == "c":
            self._call_more(call_id, text_in(value, "argsTextDelta"))
        elif code == "9":
            self._call_whole(call_id, value.get("args"))

    def _stage(self, code: str, value: dict[str, Any]) -> None:
        """The start or the end of a step, or the end of the message."""
        if code == "f":
            self._about(response_id=text_in(value, "messageId"), role="assistant")
            self._steps += 1
            if self._steps > 1:  # one step is no news
                self._step("step", f"Step {self._steps}")
        elif code == "e":
            self._ended_step = value
            self._step_end("step")
            self._close("reasoning")
            if value.get("isContinued") is not True:
                self._close("text")
        else:
            self._stop(value)

    def _stop(self, value: dict[str, Any]) -> None:
        self._about(usage={name: count for name, count in dict_in(value, "usage").items() if count is not None})
        self._because(value.get("finishReason"))
        self._end_seen()

    def _finish(self) -> None:
        if self._ended_step is not None and not self.ended:
            self._stop(self._ended_step)

    def _other_part(self, code: str, value: dict[str, Any]) -> None:
        if code == "h":
            fields = present(url=value.get("url"), title=value.get("title"), id=value.get("id"))
            self._single("citation", **fields)
        elif code == "k":
            self._media("file", text_in(value, "mimeType"), text_in(value, "data"))
        elif code == "i":
            self._single("reasoning", redacted=True)
