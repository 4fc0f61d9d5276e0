"""The UI message stream of Vercel's AI SDK, versions 5 and 6: what `useChat` receives."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .base import DONE
from .fields import as_text, dict_in, identity_in, present, text_in

# Kinds that nobody else has. "start", "finish", "file" and "error" are words that anybody may use, and tell nothing by themselves.
_OWN = frozenset(
    {
        *(f"{kind}-{when}" for kind in ("text", "reasoning") for when in ("start", "delta", "end")),
        *("tool-input-start", "tool-input-delta", "tool-input-available", "tool-input-error"),
        *("tool-output-available", "tool-output-error", "tool-output-denied", "tool-approval-request"),
        *("start-step", "finish-step", "source-url", "source-document", "message-metadata"),
    }
)


class UIMessageStream(AgentDialect):
    """``data: {"type": "text-delta", "id": "0", "delta": "Hel"}`` … ``data: {"type": "finish"}``, ``data: [DONE]``.

    Parts are told apart by ``id``, tool calls by ``toolCallId``. The whole ``input`` at the end of a call repeats its fragments.
    """

    name: ClassVar[str] = "ui_message_stream"
    label: ClassVar[str] = "AI SDK UI stream"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._steps = 0

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        kind = data.get("type")
        if not isinstance(kind, str):
            return False
        if kind in _OWN:
            return True
        if kind == "start":
            return "messageId" in data
        return kind == "error" and "errorText" in data

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            if frame.data.strip() == DONE:
                self._end_seen()
            else:
                self._error_event(frame, data)
            return
        kind = data.get("type")
        if not isinstance(kind, str):
            self._error_event(frame, data)
            return
        family, _, when = kind.rpartition("-")
        if family in ("text", "reasoning") and when in ("start", "delta", "end"):
            self._text(family == "text", when, data)
        elif family.startswith("tool"):
            self._tool(kind, data)
        elif kind.startswith("data-"):
            self._data(kind, data)
        elif kind.startswith("source-"):
            fields = present(url=data.get("url"), title=data.get("title"), filename=data.get("filename"))
            self._single("citation", **fields, **present(id=data.get("sourceId"), media_type=data.get("mediaType")))
        else:
            self._stage(frame, kind, data)

    def _text(self, answer: bool, when: str, data: dict[str, Any]) -> None:
        kind = "text" if answer else "reasoning"
        key = (kind, identity_in(data, "id"))
        if when == "end":
            self._close(key)
        else:
            self._part(key, "text" if answer else "reasoning")
            self._append(key, "text" if answer else "reasoning", text_in(data, "delta"))

    def _stage(self, frame: Frame, kind: str, data: dict[str, Any]) -> None:
        """Where the message is: its start and end, its steps, and what is said of it as a whole."""
        self._metadata(dict_in(data, "messageMetadata"))
        if kind == "start":
            self.ended = False
            self._about(response_id=text_in(data, "messageId"), role="assistant")
        elif kind == "start-step":
            self._steps += 1
            if self._steps > 1:  # one step is no news: nearly every message has it
                self._step("step", f"Step {self._steps}")
        elif kind == "finish-step":
            self._step_end("step")
        elif kind == "finish":
            self._because(data.get("finishReason"))
            self._end_seen()
        elif kind == "abort":
            self._because(text_in(data, "reason") or "abort")
            self._end_seen()
        elif kind == "file":
            self._media("file", text_in(data, "mediaType"), text_in(data, "url"))
        elif kind == "error":
            self._error({"message": text_in(data, "errorText", "message") or data.get("error")})
        else:
            self._error_event(frame, data)

    def _tool(self, kind: str, data: dict[str, Any]) -> None:
        call_id = identity_in(data, "toolCallId")
        if kind.startswith("tool-input"):
            self._call(call_id, text_in(data, "toolName"), provider_executed=data.get("providerExecuted") or None)
        if kind == "tool-input-delta":
            self._call_more(call_id, text_in(data, "inputTextDelta"))
        elif kind == "tool-input-available":
            self._call_whole(call_id, data.get("input"))
        elif kind == "tool-input-error":
            self._call_whole(call_id, data.get("input"))
            self._result(call_id, text_in(data, "errorText"), status="error")
        elif kind == "tool-output-available":
            self._result(call_id, data.get("output"), final=data.get("preliminary") is not True)
        elif kind == "tool-output-error":
            self._result(call_id, text_in(data, "errorText"), status="error")
        elif kind == "tool-output-denied":
            self._result(call_id, "", status="denied")
        elif kind == "tool-approval-request":
            self._single("custom", type="tool_approval_request", tool_call_id=call_id, id=data.get("approvalId"))

    def _data(self, kind: str, data: dict[str, Any]) -> None:
        """The application's own data. With an id it is the latest state of one thing, without one it stands for itself."""
        number = identity_in(data, "id")
        if number:
            self._part((kind, number), "custom", type=kind, id=number)
            self._replace((kind, number), "custom", as_text(data.get("data")))
        else:
            self._single("custom", as_text(data.get("data")), type=kind)

    def _metadata(self, metadata: dict[str, Any]) -> None:
        """Metadata is the application's, but two of its members are what the SDK's examples call them."""
        self._about(usage=dict_in(metadata, "totalUsage") or dict_in(metadata, "usage"), model=text_in(metadata, "model"))
