"""Gemini: ``POST /v1beta/models/{model}:streamGenerateContent``, with ``?alt=sse`` as events, without as a JSON array.

https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from .api import Answer, Api, Script, member, objects, parsed, whole_calls
from .formats import call_id, compact
from .replies import Piece, tokens

_STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND"}


class Gemini(Api):
    """As events: each a whole response with what is new in it, lines ended by CR LF as Google does, no marker at the end."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self._sent = 0
        self._thought = 0

    @classmethod
    def fields(cls, body: dict[str, Any]) -> dict[str, Any]:
        config = body.get("generationConfig")
        return {**body, "max_tokens": member(config, "maxOutputTokens"), "n": member(config, "candidateCount")}

    @classmethod
    def prompt(cls, body: dict[str, Any]) -> Any:
        return body.get("contents")

    @classmethod
    def answered(cls, body: dict[str, Any]) -> bool:
        return any("functionResponse" in item for item in objects(body.get("contents")))

    @classmethod
    def script(cls, script: Script) -> Script:
        return whole_calls(script)

    @classmethod
    def refusal(cls, message: str, status: int) -> dict[str, Any]:
        return {"error": {"code": status, "message": message, "status": _STATUS.get(status, "INTERNAL")}}

    def whole(self) -> dict[str, Any]:
        candidates = []
        for choice in range(self._answer.options.choices):
            parts: list[dict[str, Any]] = []
            for _, piece in (entry for entry in self._answer.said.script if entry[0] == choice):
                part = self._part(choice, piece)
                if parts and "text" in part and "text" in parts[-1] and parts[-1].get("thought") == part.get("thought"):
                    parts[-1]["text"] += part["text"]
                else:
                    parts.append(part)
            candidates.append(self._candidate(choice, parts, self._reason(choice)))
        return self._response(candidates)

    def piece(self, choice: int, piece: Piece) -> bytes:
        return self._write(self._response([self._candidate(choice, [self._part(choice, piece)])]))

    def tail(self) -> list[bytes]:
        choices = range(self._answer.options.choices)
        return [self._write(self._response([self._candidate(choice, [{"text": ""}], self._reason(choice))])) for choice in choices]

    def error(self, error: dict[str, Any]) -> bytes:
        return self._write({"error": {"code": error["code"] or 503, "message": error["message"], "status": "UNAVAILABLE"}})

    def _write(self, value: dict[str, Any]) -> bytes:
        return f"data: {compact(value)}\r\n\r\n".encode()

    def _part(self, choice: int, piece: Piece) -> dict[str, Any]:
        """One part of the content; counts it, since every event tells the usage so far."""
        if piece.kind == "tool":
            self._sent += 1 + len(tokens(piece.text))
            return {"functionCall": {"id": call_id(choice, piece.tool), "name": piece.name, "args": parsed(piece.text)}}
        if piece.kind == "reasoning":
            self._thought += 1
            return {"text": piece.text, "thought": True}
        self._sent += 1
        return {"text": piece.text}

    def _candidate(self, choice: int, parts: list[dict[str, Any]], reason: str | None = None) -> dict[str, Any]:
        ended = {"finishReason": reason} if reason else {}
        return {"content": {"parts": parts, "role": "model"}, **ended, "index": choice}

    def _response(self, candidates: list[dict[str, Any]]) -> dict[str, Any]:
        prompt = self._answer.prompt
        usage = {"promptTokenCount": prompt, "candidatesTokenCount": self._sent, "totalTokenCount": prompt + self._sent + self._thought}
        if self._thought:
            usage["thoughtsTokenCount"] = self._thought
        about = {"modelVersion": self._model, "responseId": f"demo-{self._answer.number}"}
        return {"candidates": candidates, "usageMetadata": usage, **about}

    def _reason(self, choice: int) -> str:
        return "MAX_TOKENS" if choice in self._answer.said.short else "STOP"


class GeminiArray(Gemini):
    """As one JSON array, pretty-printed, that is sent element by element."""

    media_type: ClassVar[str] = "application/json; charset=UTF-8"

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self._begun = False

    def tail(self) -> list[bytes]:
        return [*super().tail(), b"]\n"]

    def error(self, error: dict[str, Any]) -> bytes:
        return super().error(error) + b"]\n"

    def ping(self) -> bytes:
        return b""  # the array has no room for one

    def _write(self, value: dict[str, Any]) -> bytes:
        before = ",\r\n" if self._begun else "["
        self._begun = True
        return (before + json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
