"""Anthropic Messages: ``POST /v1/messages`` (https://docs.anthropic.com/en/docs/build-with-claude/streaming)."""

from __future__ import annotations

from typing import Any

from .api import Answer, Api, objects, parsed
from .formats import call_id, compact, event
from .replies import Piece

_TYPES = {400: "invalid_request_error", 404: "not_found_error"}
SIGNATURE = "c2lnbmVkLWJ5LXRoZS1kZW1v"
"""Goes with thinking, so that a client can send it back; ours signs nothing."""


class Anthropic(Api):
    """Content blocks that open, grow and close, one after another."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self._index = -1
        self._open: tuple[str, int] | None = None

    @classmethod
    def answered(cls, body: dict[str, Any]) -> bool:
        return any(item.get("type") == "tool_result" for item in objects(body.get("messages")))

    @classmethod
    def refusal(cls, message: str, status: int) -> dict[str, Any]:
        return {"type": "error", "error": {"type": _TYPES.get(status, "api_error"), "message": message}, "request_id": None}

    def whole(self) -> dict[str, Any]:
        answer = self._answer
        content: list[dict[str, Any]] = []
        if thoughts := answer.text("reasoning"):
            content.append({"type": "thinking", "thinking": thoughts, "signature": SIGNATURE})
        if text := answer.text("text", "refusal"):
            content.append({"type": "text", "text": text})
        content += [{"type": "tool_use", "id": id, "name": name, "input": parsed(arguments)} for id, name, arguments in answer.calls()]
        return self._message() | {"content": content, "stop_reason": self._reason(), "usage": self._usage(answer.tokens)}

    def head(self) -> list[bytes]:
        return [_event("message_start", message=self._message()), self.ping()]

    def piece(self, choice: int, piece: Piece) -> bytes:
        kind = "text" if piece.kind == "refusal" else piece.kind
        data = b""
        if self._open != (kind, piece.tool):
            data = self._stop()
            self._index += 1
            self._open = (kind, piece.tool)
            block: dict[str, Any] = {"type": "text", "text": ""}
            if kind == "reasoning":
                block = {"type": "thinking", "thinking": "", "signature": ""}
            elif kind == "tool":
                block = {"type": "tool_use", "id": call_id(choice, piece.tool), "name": piece.name, "input": {}}
            data += _event("content_block_start", index=self._index, content_block=block)
        if kind == "text":
            return data + self._delta("text_delta", text=piece.text)
        if kind == "reasoning":
            return data + self._delta("thinking_delta", thinking=piece.text)
        return data + self._delta("input_json_delta", partial_json=piece.text)

    def tail(self) -> list[bytes]:
        delta = {"stop_reason": self._reason(), "stop_sequence": None}
        end = _event("message_delta", delta=delta, usage=self._usage(self._answer.tokens))
        return [self._stop(), end, _event("message_stop")]

    def error(self, error: dict[str, Any]) -> bytes:
        return _event("error", error={"type": error["type"], "message": error["message"]})

    def ping(self) -> bytes:
        return _event("ping")

    def _delta(self, kind: str, **fields: str) -> bytes:
        return _event("content_block_delta", index=self._index, delta={"type": kind, **fields})

    def _stop(self) -> bytes:
        """The end of the block that is open, if one is."""
        if self._open is None:
            return b""
        signed = self._delta("signature_delta", signature=SIGNATURE) if self._open[0] == "reasoning" else b""
        return signed + _event("content_block_stop", index=self._index)

    def _message(self) -> dict[str, Any]:
        about = {"id": f"msg_demo_{self._answer.number}", "type": "message", "role": "assistant", "model": self._model}
        return {**about, "content": [], "stop_reason": None, "stop_sequence": None, "usage": self._usage(1)}

    def _usage(self, output: int) -> dict[str, int]:
        cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        return {"input_tokens": self._answer.prompt, **cached, "output_tokens": output}

    def _reason(self) -> str:
        if self._answer.short:
            return "max_tokens"
        kinds = {piece.kind for _, piece in self._answer.said.script}
        return "tool_use" if "tool" in kinds else "refusal" if "refusal" in kinds else "end_turn"


def _event(type: str, **fields: Any) -> bytes:
    return event(compact({"type": type, **fields}), type=type)
