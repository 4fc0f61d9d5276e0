"""AG-UI, the protocol between agents and user interfaces."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..deltas import PartKind
from ..wire import Frame
from .agent import AgentDialect
from .fields import as_text, dict_in, dicts_in, identity_in, text_in

# One family of names; SCREAMING_SNAKE alone would be anybody's.
_TYPE = re.compile(r"(RUN|STEP|TEXT_MESSAGE|TOOL_CALL|REASONING|THINKING|STATE|MESSAGES|ACTIVITY|SUBAGENT)_[A-Z_]+")
_MESSAGE = re.compile(r"(TEXT_MESSAGE|REASONING_MESSAGE|THINKING_TEXT_MESSAGE)_(START|CONTENT|CHUNK|END)")


class AGUI(AgentDialect):
    """``data: {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1", "delta": "Hel"}`` … ``data: {"type": "RUN_FINISHED"}``.

    Messages are told apart by ``messageId``, calls by ``toolCallId``; a ``…_CHUNK`` may leave it out and then goes on with the last.
    """

    name: ClassVar[str] = "ag_ui"
    label: ClassVar[str] = "AG-UI"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.ag-ui.com/concepts/events"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._roles: dict[str, str] = {}
        self._messages: set[str] = set()
        self._last_message: dict[str, str] = {}
        self._last_call = ""

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        kind = data.get("type") if isinstance(data, dict) else None
        return isinstance(kind, str) and _TYPE.fullmatch(kind) is not None

    def _event(self, frame: Frame, data: Any) -> None:
        kind = data.get("type") if isinstance(data, dict) else None
        if not isinstance(kind, str):
            self._error_event(frame, data)
        elif message := _MESSAGE.fullmatch(kind):
            self._message(message[1], message[2], data)
        elif kind.startswith("TOOL_CALL_"):
            self._tool(kind[10:], data)
        elif kind.startswith("RUN_"):
            self._run(kind, data)
        elif kind == "STEP_STARTED":
            self._step(text_in(data, "stepName"), text_in(data, "stepName"))
        elif kind == "STEP_FINISHED":
            self._step_end(text_in(data, "stepName"))
        elif kind == "THINKING_START" and text_in(data, "title"):
            self._single("step", text_in(data, "title"))
        elif kind == "MESSAGES_SNAPSHOT":
            self._history(data)
        elif kind == "ACTIVITY_SNAPSHOT":
            self._single("custom", as_text(data.get("content")), type="activity", name=text_in(data, "activityType"))
        elif kind == "CUSTOM":
            self._single("custom", as_text(data.get("value")), type="custom", name=text_in(data, "name"))
        else:  # state, patches of it and raw events tell about the agent, not what it says
            self._error_event(frame, data)

    def _run(self, kind: str, data: dict[str, Any]) -> None:
        usage = dicts_in(data, "usage")
        # One entry a model. Several are kept side by side, since adding them up is the reader's business.
        self._about(usage=usage[0] if len(usage) == 1 else {"models": usage} if usage else dict_in(data, "usage"))
        if kind == "RUN_STARTED":
            self.ended = False
            self._about(response_id=text_in(data, "runId"))
        elif kind == "RUN_ERROR":
            self._error({"message": data.get("message"), "code": data.get("code")})
            self._end_seen()
        elif kind == "RUN_FINISHED":
            outcome = data.get("outcome")
            self._because(text_in(outcome, "type") or outcome)
            self._end_seen()

    # --- messages ----------------------------------------------------------------------------------------------------------

    def _message(self, family: str, when: str, data: dict[str, Any]) -> None:
        message = identity_in(data, "messageId")
        if when == "START" or message:
            if family != "TEXT_MESSAGE" and when == "START":
                self._close((family, self._last_message.get(family)))  # older thoughts have no id
            self._last_message[family] = message
        else:
            message = self._last_message.get(family, "")
        key = (family, message)
        if when == "END":
            self._close(key)
            return
        role = text_in(data, "role")
        if role:
            self._roles[message] = role
        kind: PartKind = "reasoning"
        if family == "TEXT_MESSAGE":
            self._messages.add(message)
            role = self._roles.get(message, "assistant")
            kind = "text" if role == "assistant" else "custom"
            if kind == "custom":
                self._part(key, kind, type="message", role=role)
            else:
                self._about(role=role)
        self._part(key, kind)
        self._append(key, kind, text_in(data, "delta"))

    def _history(self, data: dict[str, Any]) -> None:
        """All messages at once. Those of this run that were not streamed are what an agent that does not stream says."""
        messages = dicts_in(data, "messages")
        asked = max((at for at, message in enumerate(messages) if message.get("role") == "user"), default=-1)
        for message in messages[asked + 1 :]:
            number = identity_in(message, "id")
            role = message.get("role")
            if role == "tool":
                call_id = identity_in(message, "toolCallId")
                if call_id not in self._results:
                    self._result(call_id, message.get("content"))
            elif role == "assistant":
                if number not in self._messages:
                    self._snapshot(("snapshot", number), "text", text_in(message, "content"))
                for call in dicts_in(message, "toolCalls"):
                    function = call.get("function")
                    self._call(identity_in(call, "id"), text_in(function, "name"))
                    self._call_whole(identity_in(call, "id"), text_in(function, "arguments"))

    # --- tools -------------------------------------------------------------------------------------------------------------

    def _tool(self, when: str, data: dict[str, Any]) -> None:
        call_id = identity_in(data, "toolCallId") or self._last_call
        self._last_call = call_id
        if when in ("START", "CHUNK"):
            self._call(call_id, text_in(data, "toolCallName"), parent_message_id=text_in(data, "parentMessageId"))
        if when in ("ARGS", "CHUNK"):
            self._call_more(call_id, text_in(data, "delta"))
        elif when == "END":
            self._call_end(call_id)
        elif when == "RESULT":
            self._result(call_id, data.get("content"))
