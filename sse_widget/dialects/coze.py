"""Coze: chats with bots, and workflows."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .base import NOT_JSON, parse_json
from .fields import as_text, base64_size, dict_in, dicts_in, identity_in, text_in


class Coze(AgentDialect):
    """``event:conversation.message.delta``, ``data:{"type":"answer","content":"Hel"}`` … ``event:done``, ``data:"[DONE]"``.

    ``conversation.message.completed`` repeats the deltas. A workflow says ``event: Message`` … ``event: Done`` instead.
    """

    name: ClassVar[str] = "coze"
    label: ClassVar[str] = "Coze"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://www.coze.com/open/docs/developer_guides/chat_v3"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._answers: dict[str, list[str]] = {}  # fragments of each
        self._said = False
        self._calling = ""
        self._audio_bytes = 0

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        return frame.type.startswith("conversation.") or (frame.type == "Message" and "content" in data and "node_is_finish" in data)

    def _event(self, frame: Frame, data: Any) -> None:
        kind = frame.type
        if kind.startswith("conversation.message."):
            self._message(kind.rpartition(".")[2], data)
        elif kind.startswith("conversation.chat."):
            self._chat(data)
        elif kind == "conversation.audio.delta":
            self._audio(data)
        elif kind == "Message":
            self._workflow(data)
        elif kind == "Interrupt":
            self._single("custom", as_text(data), type="interrupt")
            self._because("interrupt")
            self._end_seen()
        elif kind in ("done", "Done"):
            self._end_seen()
        elif kind in ("error", "Error", "gateway"):
            message = text_in(data, "msg", "error_message", "message") or (frame.data if data is NOT_JSON else None)
            self._error({"message": message, "code": identity_in(data, "code", "error_code") or None})
            self._end_seen()
        else:
            self._error_event(frame, data)

    def _chat(self, data: Any) -> None:
        """The state of the whole: created, in_progress, completed, failed, requires_action."""
        self._about(response_id=identity_in(data, "id"))
        status = text_in(data, "status")
        failure = dict_in(data, "last_error")
        if status in ("created", "in_progress", ""):
            return
        self._about(usage=dict_in(data, "usage"))
        if status == "failed" or failure.get("code"):
            self._error({"message": text_in(failure, "msg"), "code": failure.get("code")})
        for call in dicts_in(dict_in(data, "required_action", "submit_tool_outputs"), "tool_calls"):
            function = dict_in(call, "function")
            self._call(identity_in(call, "id"), text_in(function, "name"))
            self._call_whole(identity_in(call, "id"), text_in(function, "arguments"))
        self._because(status)
        self._end_seen()

    def _message(self, when: str, data: Any) -> None:
        kind, number = text_in(data, "type"), identity_in(data, "id")
        if kind == "answer":
            self._about(role=text_in(data, "role"))
            self._answer(when, number, data)
        elif when != "completed":
            return  # the others come whole; "verbose" is the platform's own
        elif kind == "function_call":
            call = parse_json(text_in(data, "content"))
            arguments = call.get("arguments") if isinstance(call, dict) else None
            self._calling = number
            self._call(number, text_in(call, "name", "plugin_name"))
            self._call_whole(number, text_in(data, "content") if arguments is None else arguments)
        elif kind in ("tool_response", "tool_output"):
            self._result(self._calling or number, text_in(data, "content"))
        elif kind in ("follow_up", "knowledge"):
            self._single("custom", text_in(data, "content"), type=kind)

    def _answer(self, when: str, number: str, data: Any) -> None:
        """A piece of an answer, or in the end all of it, which wins if pieces were missed."""
        known = self._answers.setdefault(number, [])
        content = text_in(data, "content")
        if when == "delta" or not known:
            known.append(content)
            self._append((number, "reasoning"), "reasoning", text_in(data, "reasoning_content"))
            self._append((number, "text"), "text", content)
        elif when == "completed" and content and content != "".join(known):
            self._replace((number, "text"), "text", content)
        if when == "completed":
            self._close((number, "reasoning"))
            self._close((number, "text"))

    def _audio(self, data: Any) -> None:
        self._part("audio", "media", type="audio")
        self._audio_bytes += base64_size(text_in(data, "content"))
        self._set(self._parts["audio"], bytes=self._audio_bytes)

    def _workflow(self, data: Any) -> None:
        """A piece of what a node says. The last node has no title; after a text was said, its object is the workflow's output."""
        node, content = text_in(data, "node_title"), text_in(data, "content")
        if not node and self._said and isinstance(parse_json(content), dict):
            self._single("custom", content, type="output")
        else:
            self._said = self._said or bool(content)
            self._append(("node", node), "text", content)
        if isinstance(data, dict) and data.get("node_is_finish") is True:
            self._close(("node", node))
