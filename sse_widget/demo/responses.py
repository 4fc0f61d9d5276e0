"""OpenAI Responses: ``POST /v1/responses`` (https://platform.openai.com/docs/api-reference/responses-streaming)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .api import Answer, Api, objects
from .formats import call_id, compact, event
from .replies import Piece


class Responses(Api):
    """Output items one after another, each added, grown and done; the last event repeats them all."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self._number = 0
        self._created = int(time.time())
        self._output: list[dict[str, Any]] = []
        self._open: tuple[str, int] | None = None
        self._item: dict[str, Any] = {}
        self._text = ""

    @classmethod
    def fields(cls, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "max_tokens": body.get("max_output_tokens")}

    @classmethod
    def prompt(cls, body: dict[str, Any]) -> Any:
        return body.get("input")

    @classmethod
    def answered(cls, body: dict[str, Any]) -> bool:
        return any(item.get("type") == "function_call_output" for item in objects(body.get("input")))

    @classmethod
    def refusal(cls, message: str, status: int) -> dict[str, Any]:
        code = "model_not_found" if status == 404 else None
        return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}

    def whole(self) -> dict[str, Any]:
        for choice, piece in self._answer.said.script:
            self.piece(choice, piece)
        self._done()
        return self._response(self._status())

    def head(self) -> list[bytes]:
        response = self._response("in_progress")
        return [self._event("response.created", response=response), self._event("response.in_progress", response=response)]

    def piece(self, choice: int, piece: Piece) -> bytes:
        data = b""
        if self._open != (piece.kind, piece.tool):
            data = self._done()
            self._open = (piece.kind, piece.tool)
            data += self._begin(choice, piece)
        self._text += piece.text
        return data + _DELTAS[piece.kind](self, piece.text)

    def tail(self) -> list[bytes]:
        status = self._status()
        return [self._done(), self._event(f"response.{status}", response=self._response(status))]

    def error(self, error: dict[str, Any]) -> bytes:
        told = {"code": error["code"] or error["type"], "message": error["message"]}
        data = self._event("error", **told, param=error["param"])
        return data + self._event("response.failed", response=self._response("failed") | {"error": told})

    # --- items -------------------------------------------------------------------------------------------------------

    def _begin(self, choice: int, piece: Piece) -> bytes:
        place = len(self._output)
        self._text = ""
        if piece.kind == "tool":
            about = {"type": "function_call", "call_id": call_id(choice, piece.tool), "name": piece.name, "arguments": ""}
            self._item = {"id": f"fc_demo_{place}", **about, "status": "in_progress"}
            return self._added()
        if piece.kind == "reasoning":
            self._item = {"id": f"rs_demo_{place}", "type": "reasoning", "summary": []}
            return self._added() + self._about("response.reasoning_summary_part.added", summary_index=0, part=_summary(""))
        self._item = {"id": f"msg_demo_{place}", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        return self._added() + self._about("response.content_part.added", content_index=0, part=_content(piece.kind, ""))

    def _added(self) -> bytes:
        return self._event("response.output_item.added", output_index=len(self._output), item=self._item)

    def _done(self) -> bytes:
        """The end of the item that is open, if one is; everything in it is said once more."""
        if self._open is None:
            return b""
        kind, text = self._open[0], self._text
        if kind == "tool":
            data = self._about("response.function_call_arguments.done", name=self._item["name"], arguments=text)
            self._item = {**self._item, "arguments": text, "status": "completed"}
        elif kind == "reasoning":
            data = self._about("response.reasoning_summary_text.done", summary_index=0, text=text)
            data += self._about("response.reasoning_summary_part.done", summary_index=0, part=_summary(text))
            self._item = {**self._item, "summary": [_summary(text)]}
        else:
            part = _content(kind, text)
            if kind == "refusal":
                data = self._about("response.refusal.done", content_index=0, refusal=text)
            else:
                data = self._about("response.output_text.done", content_index=0, text=text, logprobs=[])
            data += self._about("response.content_part.done", content_index=0, part=part)
            self._item = {**self._item, "content": [part], "status": "completed"}
        data += self._event("response.output_item.done", output_index=len(self._output), item=self._item)
        self._output.append(self._item)
        self._open = None
        return data

    def _about(self, type: str, **fields: Any) -> bytes:
        """An event about the item that is open."""
        return self._event(type, item_id=self._item["id"], output_index=len(self._output), **fields)

    # --- the response --------------------------------------------------------------------------------------------------

    def _event(self, type: str, **fields: Any) -> bytes:
        number = self._number
        self._number += 1
        return event(compact({"type": type, "sequence_number": number, **fields}), type=type)

    def _status(self) -> str:
        return "incomplete" if self._answer.short else "completed"

    def _response(self, status: str) -> dict[str, Any]:
        about = {"id": f"resp_demo_{self._answer.number}", "object": "response", "created_at": self._created, "status": status}
        cut = {"reason": "max_output_tokens"} if status == "incomplete" else None
        tools = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        usage = None if status in ("in_progress", "failed") else self._usage()
        ended = {"error": None, "incomplete_details": cut, "usage": usage}
        return {**about, **ended, **tools, "model": self._model, "output": list(self._output), "metadata": {}}

    def _usage(self) -> dict[str, Any]:
        prompt, tokens = self._answer.prompt, self._answer.tokens
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": self._answer.thoughts}}
        return {"input_tokens": prompt, "output_tokens": tokens, "total_tokens": prompt + tokens, **details}


_DELTAS: dict[str, Callable[[Responses, str], bytes]] = {
    "text": lambda api, text: api._about("response.output_text.delta", content_index=0, delta=text, logprobs=[]),
    "refusal": lambda api, text: api._about("response.refusal.delta", content_index=0, delta=text),
    "reasoning": lambda api, text: api._about("response.reasoning_summary_text.delta", summary_index=0, delta=text),
    "tool": lambda api, text: api._about("response.function_call_arguments.delta", delta=text),
}


def _summary(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}


def _content(kind: str, text: str) -> dict[str, Any]:
    if kind == "refusal":
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
