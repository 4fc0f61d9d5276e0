"""Ollama's own API: ``POST /api/chat`` and ``/api/generate``, one JSON object a line (https://docs.ollama.com/api/streaming)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar

from .api import Api, Script, parsed, whole_calls
from .formats import compact
from .replies import Piece


class OllamaChat(Api):
    """``{"message": {"content": "Hel"}, "done": false}`` … ``{"done": true, "done_reason": "stop", "eval_count": …}``."""

    media_type: ClassVar[str] = "application/x-ndjson"

    @classmethod
    def fields(cls, body: dict[str, Any]) -> dict[str, Any]:
        # Its client sends no fields that it does not know, except in `options`: there a request can ask for a rate, too.
        options = body.get("options")
        fields = {**(options if isinstance(options, dict) else {}), **body}
        return {**fields, "max_tokens": fields.get("num_predict"), "stream": body.get("stream", True)}

    @classmethod
    def script(cls, script: Script) -> Script:
        return whole_calls(script)

    @classmethod
    def refusal(cls, message: str, status: int) -> dict[str, Any]:
        return {"error": message}

    def whole(self) -> dict[str, Any]:
        answer = self._answer
        calls = [_call(name, arguments) for _, name, arguments in answer.calls()]
        return self._end(answer.text("text", "refusal"), answer.text("reasoning"), calls)

    def piece(self, choice: int, piece: Piece) -> bytes:
        if piece.kind == "reasoning":
            content = self._content("", piece.text, [])
        elif piece.kind == "tool":
            content = self._content("", "", [_call(piece.name, piece.text)])
        else:
            content = self._content(piece.text, "", [])
        return _line({**self._about(), **content, "done": False})

    def tail(self) -> list[bytes]:
        return [_line(self._end("", "", []))]

    def error(self, error: dict[str, Any]) -> bytes:
        return _line({"error": error["message"]})

    def ping(self) -> bytes:
        return b""  # JSON lines have no comments

    def _about(self) -> dict[str, Any]:
        return {"model": self._model, "created_at": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")}

    def _content(self, text: str, thoughts: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if thoughts:
            message["thinking"] = thoughts
        if calls:
            message["tool_calls"] = calls
        return {"message": message}

    def _end(self, text: str, thoughts: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """The last line: it has the counts, and durations in ns, which we leave at those of a fixed speed."""
        answer = self._answer
        counts = {"prompt_eval_count": answer.prompt, "eval_count": answer.tokens}
        times = {"total_duration": answer.tokens * 10_000_000, "load_duration": 0, "eval_duration": answer.tokens * 10_000_000}
        reason = "length" if answer.short else "stop"
        return {**self._about(), **self._content(text, thoughts, calls), "done": True, "done_reason": reason, **times, **counts}


class OllamaGenerate(OllamaChat):
    """``{"response": "Hel", "done": false}``: the same for a single prompt. It knows no tools: calls are left out."""

    @classmethod
    def prompt(cls, body: dict[str, Any]) -> Any:
        return body.get("prompt")

    @classmethod
    def script(cls, script: Script) -> Script:
        return [entry for entry in script if entry[1].kind != "tool"]

    def _content(self, text: str, thoughts: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
        return {"response": text, **({"thinking": thoughts} if thoughts else {})}


def _call(name: str, arguments: str) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": parsed(arguments)}}


def _line(value: dict[str, Any]) -> bytes:
    return (compact(value) + "\n").encode()
