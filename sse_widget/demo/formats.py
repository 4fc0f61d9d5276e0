"""How a piece of a reply looks on the wire: OpenAI chat completions, plain text, or JSON of our own."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .options import Options
from .replies import Piece, Reply

DONE = b"data: [DONE]\n\n"


def compact(value: object) -> str:
    """JSON as the providers send it: no spaces, and every letter as itself."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event(data: str, *, type: str = "", id: str = "") -> bytes:
    """One event; each line of ``data`` becomes a data field (WHATWG HTML 9.2.6, where they are joined again by a newline)."""
    head = (f"id: {id}\n" if id else "") + (f"event: {type}\n" if type else "")
    if "\n" in data or "\r" in data:
        data = "\ndata: ".join(data.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return f"{head}data: {data}\n\n".encode()


class Format(Protocol):
    """Writes a stream: ``head`` before the first piece, then each ``piece``, then ``tail``.

    error: what is sent instead of a piece, after which the stream ends; ping: a sign of life between pieces, or nothing.
    """

    def head(self) -> list[bytes]: ...
    def piece(self, choice: int, piece: Piece) -> bytes: ...
    def tail(self) -> list[bytes]: ...
    def error(self, error: dict[str, Any]) -> bytes: ...
    def ping(self) -> bytes: ...


class Events:
    """A format of server-sent events; says what most of them have in common."""

    def head(self) -> list[bytes]:
        return []

    def piece(self, choice: int, piece: Piece) -> bytes:
        raise NotImplementedError

    def tail(self) -> list[bytes]:
        return []

    def error(self, error: dict[str, Any]) -> bytes:
        return event(compact({"error": error}))

    def ping(self) -> bytes:
        return b": ping\n\n"


class Plain(Events):
    """The fragments as they are; the end of the stream is the end of the response."""

    def piece(self, choice: int, piece: Piece) -> bytes:
        return event(piece.text)


class Custom(Plain):
    """``{"result": {"text": …}}``: JSON that no provider sends."""

    def piece(self, choice: int, piece: Piece) -> bytes:
        return event(compact({"result": {"text": piece.text}}))


class Chat(Events):
    """OpenAI chat completion chunks (platform.openai.com/docs/api-reference/chat-streaming), reasoning as DeepSeek spells it."""

    def __init__(self, response_id: str, reply: Reply, options: Options, usage: dict[str, Any]) -> None:
        self._about = {"id": response_id, "object": "chat.completion.chunk", "created": int(time.time()), "model": reply.model.name}
        self._reply = reply
        self._options = options
        self._usage = usage
        self._chance = random.Random(options.seed)

    def head(self) -> list[bytes]:
        return [self._chunk(choice, {"role": "assistant", "content": ""}) for choice in range(self._options.choices)]

    def piece(self, choice: int, piece: Piece) -> bytes:
        if piece.kind == "text":
            return self._chunk(choice, {"content": piece.text}, text=piece.text)
        if piece.kind == "reasoning":
            return self._chunk(choice, {"content": None, "reasoning_content": piece.text})
        if piece.kind == "refusal":
            return self._chunk(choice, {"refusal": piece.text})
        call: dict[str, Any] = {"index": piece.tool}
        if piece.name:
            call |= {"id": call_id(choice, piece.tool), "type": "function"}
        call["function"] = ({"name": piece.name} if piece.name else {}) | {"arguments": piece.text}
        return self._chunk(choice, {"tool_calls": [call]})

    def tail(self) -> list[bytes]:
        chunks = [self._chunk(choice, {}, reason=finish_reason(self._reply, choice)) for choice in range(self._options.choices)]
        if self._options.include_usage:
            chunks.append(event(compact(self._about | {"choices": [], "usage": self._usage})))
        return [*chunks, DONE]

    def _chunk(self, choice: int, delta: dict[str, Any], *, reason: str | None = None, text: str = "") -> bytes:
        about: dict[str, Any] = {"index": choice, "delta": delta, "finish_reason": reason}
        if self._options.logprobs:
            about["logprobs"] = {"content": [logprob(text, self._chance)], "refusal": None} if text else None
        chunk: dict[str, Any] = {**self._about, "choices": [about]}
        if self._options.include_usage:
            chunk["usage"] = None  # as OpenAI does: the field is there on every chunk, filled on the last
        chunk = self._about_chunk(chunk)
        if self._options.sent:
            chunk["sent"] = time.time()
        return event(compact(chunk))

    def _about_chunk(self, chunk: dict[str, Any]) -> dict[str, Any]:
        """The chunk as a provider with OpenAI's format has it."""
        return chunk


def completion(response_id: str, reply: Reply, options: Options, usage: dict[str, Any]) -> dict[str, Any]:
    """The whole answer as one object, for a request without ``stream: true``."""
    choices = []
    for index in range(options.choices):
        pieces = [piece for choice, piece in reply.script if choice == index]
        message: dict[str, Any] = {"role": "assistant", "content": _text(pieces, "text"), "refusal": _text(pieces, "refusal")}
        if reasoning := _text(pieces, "reasoning"):
            message["reasoning_content"] = reasoning
        if calls := _calls(index, pieces):
            message["tool_calls"] = calls
        choices.append({"index": index, "message": message, "logprobs": None, "finish_reason": finish_reason(reply, index)})
    about = {"id": response_id, "object": "chat.completion", "created": int(time.time()), "model": reply.model.name}
    return {**about, "choices": choices, "usage": usage}


def usage_of(messages: object, reply: Reply) -> dict[str, Any]:
    """Token counts: our fragments for the answer, words for the prompt."""
    texts = [m.get("content") for m in messages if isinstance(m, Mapping)] if isinstance(messages, list) else []
    prompt = sum(len(text.split()) for text in texts if isinstance(text, str))
    reasoning = sum(piece.kind == "reasoning" for _, piece in reply.script)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": len(reply.script),
        "total_tokens": prompt + len(reply.script),
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def finish_reason(reply: Reply, choice: int) -> str:
    """Why that choice ended, in OpenAI's words."""
    if choice in reply.short:
        return "length"
    return "tool_calls" if any(piece.kind == "tool" for _, piece in reply.script) else "stop"


def call_id(choice: int, tool: int) -> str:
    """Id of a tool call: the same in every run, unlike a provider's, so that outputs can be compared."""
    return f"call_{choice}_{tool}_demo"


def logprob(text: str, chance: random.Random) -> dict[str, Any]:
    """An invented log probability, likely for most tokens and unlikely for some."""
    value = round(-chance.expovariate(3.0), 4)
    return {"token": text, "logprob": value, "bytes": list(text.encode()), "top_logprobs": []}


def _text(pieces: Sequence[Piece], kind: str) -> str | None:
    return "".join(piece.text for piece in pieces if piece.kind == kind) or None


def _calls(choice: int, pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    calls = []
    for opened in (piece for piece in pieces if piece.name):
        arguments = "".join(piece.text for piece in pieces if piece.kind == "tool" and piece.tool == opened.tool)
        function = {"name": opened.name, "arguments": arguments}
        calls.append({"id": call_id(choice, opened.tool), "type": "function", "function": function})
    return calls
