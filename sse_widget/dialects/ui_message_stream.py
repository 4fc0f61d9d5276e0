"""The UI message stream of Vercel's AI SDK, versions 5 and 6: what `useChat` receives."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .base import DONE
from .fields import as_text, dict_in, identity_in, present, text_in
from .states import COMPLETED, DENIED, FAILED

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
    Servers that pass on the parts of `fullStream` in their stead say ``text`` or ``textDelta``, Mastra puts them into a ``payload``,
    and assistant-ui tells parts apart by a ``path``.
    """

    name: ClassVar[str] = "ui_message_stream"
    label: ClassVar[str] = "AI SDK UI stream"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._steps = 0
        self._placed_parts: list[dict[str, Any]] = []  # parts as they were announced, where a path tells them apart

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
        if isinstance(data.get("payload"), dict):
            data = {**data["payload"], "type": kind}
        family, _, when = kind.rpartition("-")
        path = data.get("path")
        if isinstance(path, list) and (path or kind == "part-start"):
            self._at_path(kind, data, path)
        elif kind in ("reasoning", "text") and "textDelta" in data:
            self._text(kind == "text", "delta", data)
        elif family in ("text", "reasoning") and when in ("start", "delta", "end"):
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
            self._append(key, "text" if answer else "reasoning", text_in(data, "delta", "text", "textDelta"))

    def _at_path(self, kind: str, data: dict[str, Any], path: list[Any]) -> None:
        """A part of assistant-ui's: announced, then found by its place; only those of the message itself, not of parts within parts."""
        if kind == "part-start":
            if not path:
                self._placed_parts.append(part := dict_in(data, "part"))
                if part.get("type") == "tool-call":
                    self._call(identity_in(part, "toolCallId"), text_in(part, "toolName"))
                elif part.get("type") == "source":
                    self._single("citation", **present(url=part.get("url"), title=part.get("title"), id=part.get("id")))
            return
        if len(path) != 1 or type(path[0]) is not int:
            return
        place = path[0]
        part = self._placed_parts[place] if 0 <= place < len(self._placed_parts) else {}
        call = identity_in(part, "toolCallId")
        if part.get("type") == "tool-call":
            if kind == "text-delta":
                self._call_more(call, text_in(data, "textDelta"))
            elif kind == "result":
                self._result(call, data.get("result"), state=FAILED if data.get("isError") is True else COMPLETED)
            elif kind == "part-finish":
                self._call_end(call)
        elif kind in ("text-delta", "part-finish"):
            when = "delta" if kind == "text-delta" else "end"
            self._text(part.get("type") != "reasoning", when, {"id": place, "delta": text_in(data, "textDelta")})

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
        elif kind == "step-finish":
            self._because(data.get("finishReason"))
        elif kind in ("finish", "message-finish"):
            self._about(usage=dict_in(data, "totalUsage") or dict_in(data, "usage"))
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
        call_id = identity_in(data, "toolCallId", "id")
        if kind.startswith(("tool-input", "tool-call")):
            self._call(call_id, text_in(data, "toolName"), provider_executed=data.get("providerExecuted") or None)
        if kind in ("tool-input-delta", "tool-call-delta"):
            self._call_more(call_id, text_in(data, "inputTextDelta", "delta", "argsTextDelta"))
        elif kind in ("tool-input-available", "tool-call"):
            self._call_whole(call_id, data.get("input", data.get("args")))
        elif kind == "tool-input-error":
            self._call_whole(call_id, data.get("input"))
            self._result(call_id, text_in(data, "errorText"), state=FAILED)
        elif kind in ("tool-output-available", "tool-result"):
            self._result(call_id, data.get("output", data.get("result")), final=data.get("preliminary") is not True)
        elif kind == "tool-output-error":
            self._result(call_id, text_in(data, "errorText"), state=FAILED)
        elif kind == "tool-output-denied":
            self._result(call_id, "", state=DENIED)
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
