"""Cohere's chat, version 2: ``POST /v2/chat`` (https://docs.cohere.com/v2/docs/streaming)."""

from __future__ import annotations

from typing import Any

from .api import Answer, Api
from .formats import DONE, call_id, compact, event
from .replies import Piece


class Cohere(Api):
    """Contents and tool calls that start and end, each with an index; ``tool_calls`` is one object although it is plural."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self._index = -1
        self._open: tuple[str, int] | None = None

    @classmethod
    def refusal(cls, message: str, status: int) -> dict[str, Any]:
        return {"id": "demo", "message": message}

    def whole(self) -> dict[str, Any]:
        answer = self._answer
        message: dict[str, Any] = {"role": "assistant"}
        texts = (("thinking", answer.text("reasoning")), ("text", answer.text("text", "refusal")))
        message["content"] = [{"type": kind, kind: text} for kind, text in texts if text]
        if calls := answer.calls():
            message["tool_calls"] = [
                {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}} for id, name, arguments in calls
            ]
        return {"id": f"demo-{answer.number}", "message": message, **self._end()}

    def head(self) -> list[bytes]:
        message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        return [_event("message-start", id=f"demo-{self._answer.number}", delta={"message": message})]

    def piece(self, choice: int, piece: Piece) -> bytes:
        if piece.kind == "tool":
            return self._tool(choice, piece)
        kind = "thinking" if piece.kind == "reasoning" else "text"
        start = b""
        if self._open != (kind, 0):
            start = self._stop()
            self._begin(kind, 0)
            start += self._send("content-start", content={"type": kind, kind: ""})
        return start + self._send("content-delta", content={kind: piece.text})

    def tail(self) -> list[bytes]:
        return [self._stop(), _event("message-end", id=f"demo-{self._answer.number}", delta=self._end()), DONE]

    def error(self, error: dict[str, Any]) -> bytes:
        return _event("message-end", delta={"finish_reason": "ERROR", "error": error["message"]})

    def _tool(self, choice: int, piece: Piece) -> bytes:
        start = b""
        if self._open != ("tool", piece.tool):
            start = self._stop()
            self._begin("tool", piece.tool)
            call = {"id": call_id(choice, piece.tool), "type": "function", "function": {"name": piece.name, "arguments": ""}}
            start += self._send("tool-call-start", tool_calls=call)
        return start + self._send("tool-call-delta", tool_calls={"function": {"arguments": piece.text}})

    def _begin(self, kind: str, tool: int) -> None:
        self._index += 1
        self._open = (kind, tool)

    def _send(self, type: str, **message: Any) -> bytes:
        return _event(type, index=self._index, delta={"message": message})

    def _stop(self) -> bytes:
        if self._open is None:
            return b""
        return _event("tool-call-end" if self._open[0] == "tool" else "content-end", index=self._index)

    def _end(self) -> dict[str, Any]:
        answer = self._answer
        tools = any(piece.kind == "tool" for _, piece in answer.said.script)
        counts = {"input_tokens": answer.prompt, "output_tokens": answer.tokens}
        reason = "MAX_TOKENS" if answer.short else "TOOL_CALL" if tools else "COMPLETE"
        return {"finish_reason": reason, "usage": {"billed_units": counts, "tokens": counts}}


def _event(type: str, **fields: Any) -> bytes:
    return event(compact({"type": type, **fields}), type=type)
