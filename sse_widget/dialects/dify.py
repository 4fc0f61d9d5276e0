"""Dify: chat, agents and workflows. The kind of an event is in its JSON, not in the field of the framing."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .fields import as_text, dict_in, dicts_in, identity_in, text_in
from .states import COMPLETED, state_of

_STEPS = frozenset({"node", "iteration", "loop"})


class Dify(AgentDialect):
    """``data: {"event": "message", "task_id": "…", "answer": "Hel"}`` … ``{"event": "message_end"}``.

    ``event: ping`` comes every ten seconds without data. Some apps close with a message that repeats the answer.
    """

    name: ClassVar[str] = "dify"
    label: ClassVar[str] = "Dify"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.dify.ai/api-reference/chat/send-chat-message"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._said: list[str] = []
        self._thoughts: dict[str, str] = {}

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict) or not isinstance(data.get("event"), str):
            return False
        return "task_id" in data or (data["event"] == "error" and "status" in data and "message" in data)

    def _event(self, frame: Frame, data: Any) -> None:
        kind = text_in(data, "event")
        inner = dict_in(data, "data")
        stage, _, when = kind.rpartition("_")
        if kind in ("message", "agent_message"):
            self._about(response_id=identity_in(data, "message_id", "id"))
            self._say(text_in(data, "answer"))
        elif kind == "text_chunk":
            self._say(text_in(inner, "text"))
        elif kind == "reasoning_chunk":
            self._append("reasoning", "reasoning", text_in(inner, "reasoning"))
            if inner.get("is_final") is True:
                self._close("reasoning")
        elif kind == "message_replace":  # moderation takes the answer back
            self._said = [text_in(data, "answer")]
            self._replace_answer(self._said[0])
        elif kind == "agent_thought":
            self._thought(data)
        elif kind == "agent_log":
            self._single("step", text_in(inner, "label"), state=state_of(inner.get("status")))
        elif kind == "message_file":
            self._media(text_in(data, "type") or "file", "", text_in(data, "url"), id=identity_in(data, "id"))
        elif kind == "error":
            self._error(data)
            self._end_seen()
        elif stage in _STEPS or kind.startswith("workflow_"):
            self._stage(kind, stage, when, inner)
        elif kind == "message_end":
            self._metadata(dict_in(data, "metadata"))
            self._end_seen()
        elif kind != "ping":
            self._error_event(frame, data)

    def _say(self, text: str) -> None:
        if len(self._said) > 1 and len(text) == sum(map(len, self._said)) and text == "".join(self._said):
            return  # the closing message that repeats it all
        if text:
            self._said.append(text)
            self._append_answer(text)

    def _thought(self, data: dict[str, Any]) -> None:
        """One turn of an agent, told again as it grows: its thought, a tool, the tool's input, what the tool gave back.

        Models that call functions have no thought apart from their answer, which is then repeated here.
        """
        number = identity_in(data, "id", "position")
        thought, tool = text_in(data, "thought"), text_in(data, "tool")
        if thought and thought.strip() not in "".join(self._said):
            self._snapshot(("thought", number), "reasoning", thought)
        if tool:
            self._call(number, tool)
            self._call_whole(number, data.get("tool_input"), close=False)
            if data.get("observation"):
                self._result(number, data["observation"], name=tool)

    def _stage(self, kind: str, stage: str, when: str, inner: dict[str, Any]) -> None:
        key = (stage, identity_in(inner, "id", "node_id"))
        if kind == "workflow_started":
            self._about(response_id=identity_in(inner, "id"))
        elif kind in ("workflow_finished", "workflow_paused"):
            self._workflow_end(inner)
        elif when == "started":
            self._step(key, text_in(inner, "title", "node_type"), node_type=inner.get("node_type"))
        elif when in ("completed", "finished", "failed", "succeeded"):
            self._step_end(key, state_of(text_in(inner, "status") or when, COMPLETED))

    def _workflow_end(self, inner: dict[str, Any]) -> None:
        status, outputs = text_in(inner, "status"), inner.get("outputs")
        if inner.get("error"):
            self._error({"message": inner["error"], "type": status or None})
        if not self._said and isinstance(outputs, dict) and outputs:  # nothing was streamed: the outputs are the answer
            only = next(iter(outputs.values())) if len(outputs) == 1 else None
            self._say(only if isinstance(only, str) else as_text(outputs))
        if "total_tokens" in inner:
            self._about(usage={"total_tokens": inner["total_tokens"]})
        self._because(status)
        self._end_seen()

    def _metadata(self, metadata: dict[str, Any]) -> None:
        self._about(usage=dict_in(metadata, "usage"))
        for source in dicts_in(metadata, "retriever_resources"):
            title = text_in(source, "document_name", "dataset_name")
            self._single(
                "citation", text_in(source, "content"), title=title, id=identity_in(source, "segment_id"), score=source.get("score")
            )
