"""A2A, the protocol between agents: JSON-RPC 0.3, and 1.0 with and without JSON-RPC."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .fields import as_text, dict_in, dicts_in, identity_in, text_in
from .states import COMPLETED, state_of

# 0.3 names the kind of a result in a field, 1.0 by the only member.
_KINDS = {"task": "task", "statusUpdate": "status-update", "artifactUpdate": "artifact-update", "message": "message"}
_OVER = frozenset({"completed", "failed", "canceled", "rejected"})
_WAITING = frozenset({"input-required", "auth-required"})  # the task goes on, this stream does not


class A2A(AgentDialect):
    """``{"jsonrpc": "2.0", "result": {"kind": "artifact-update", "artifact": {"parts": [{"kind": "text", "text": "Hel"}]}}}``.

    The answer is what artifacts say, and messages at the end of a task; a message along the way, and each change of the task's
    state, is a step. The end is a final state, ``final: true`` or a message in place of a task.
    """

    name: ClassVar[str] = "a2a"
    label: ClassVar[str] = "A2A"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://a2a-protocol.org/latest/specification/"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._state = ""
        self._artifacts: dict[str, str] = {}
        self._messages: set[str] = set()

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return bool(_result(data)[0])

    def _event(self, frame: Frame, data: Any) -> None:
        if isinstance(data, dict) and "jsonrpc" in data and data.get("error"):
            self._error(data["error"])
            self._end_seen()
            return
        kind, result = _result(data)
        if kind == "task":
            self._about(response_id=identity_in(result, "id"))
            for artifact in dicts_in(result, "artifacts"):
                self._artifact(artifact, more=False)
            self._status(dict_in(result, "status"))
        elif kind == "artifact-update":
            self._about(response_id=identity_in(result, "taskId"))
            self._artifact(dict_in(result, "artifact"), more=result.get("append") is True)
        elif kind == "status-update":
            self._about(response_id=identity_in(result, "taskId"))
            self._status(dict_in(result, "status"))
            if result.get("final") is True:
                self._end_seen()
        elif kind == "message":
            self._message(result)
            self._end_seen()
        else:
            self._error_event(frame, data)

    def _status(self, status: dict[str, Any]) -> None:
        state = text_in(status, "state").removeprefix("TASK_STATE_").lower().replace("_", "-")
        message = dict_in(status, "message")
        if state != self._state:
            self._step_end("state", state_of(state, COMPLETED))
        if state == "failed":
            self._error({"message": _text(message) or "The task failed.", "type": state})
        elif state in _OVER or state in _WAITING:
            self._message(message)
        else:
            if state != self._state:
                self._step("state", state)
            if text := _text(message):
                self._single("step", text)
        self._state = state
        if state in _OVER or state in _WAITING:
            self._because(state)
            self._end_seen()

    def _message(self, message: dict[str, Any]) -> None:
        """What the agent says. Many agents say at the end again what their artifact holds."""
        number = identity_in(message, "messageId")
        if number and number in self._messages:
            return
        self._messages.add(number)
        text = _text(message)
        if text and text.strip() not in (known.strip() for known in self._artifacts.values()):
            self._single("text", text)
        self._rest(message)

    def _artifact(self, artifact: dict[str, Any], *, more: bool) -> None:
        """A piece of an artifact, or all of it: then it takes the place of what was known of it."""
        number = identity_in(artifact, "artifactId")
        text = _text(artifact)
        known = self._artifacts.get(number, "")
        self._artifacts[number] = known + text if more else text
        if more or not known:
            self._append(("artifact", number), "text", text)
        elif text != known:
            self._replace(("artifact", number), "text", text)
        self._rest(artifact)

    def _rest(self, holder: dict[str, Any]) -> None:
        """Parts that are no text: files and data."""
        for part in dicts_in(holder, "parts"):
            file = dict_in(part, "file") or part
            where = text_in(file, "uri", "url", "fileWithUri", "bytes", "raw", "fileWithBytes")
            if where:
                self._media("file", text_in(file, "mimeType", "mediaType"), where, name=text_in(file, "name", "filename"))
            elif "data" in part:
                self._single("custom", as_text(part["data"]), type="data")


def _result(data: Any) -> tuple[str, dict[str, Any]]:
    """The kind of what an event brings, as 0.3 calls it, and the thing itself; "" if it is none of A2A's."""
    if not isinstance(data, dict):
        return "", {}
    result = dict_in(data, "result") if "jsonrpc" in data else data
    kind = result.get("kind")
    if isinstance(kind, str) and kind in _KINDS.values() and "jsonrpc" in data:
        return kind, result
    for member, kind in _KINDS.items():
        inner = result.get(member)
        if isinstance(inner, dict) and (member in ("statusUpdate", "artifactUpdate") or "status" in inner or "messageId" in inner):
            return kind, inner
    return "", {}


def _text(holder: dict[str, Any]) -> str:
    """The texts among the parts of a message or an artifact."""
    return "".join(text_in(part, "text") for part in dicts_in(holder, "parts"))
