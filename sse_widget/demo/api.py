"""A provider's API as the demo server speaks it: how to read a request, and how the scripted reply looks in it.

Each provider has a file of its own; `endpoints.py` does what is the same for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .formats import Events, call_id
from .options import Options
from .replies import Piece, Reply

Script = list[tuple[int, Piece]]


@dataclass(frozen=True)
class Answer:
    """All that an API needs to write one reply down.

    number: of the request. said: the reply in the provider's order. prompt: words of the prompt. tokens: fragments of the answer,
    thinking included, before the provider's order made whole calls of some of them.
    """

    number: str
    said: Reply
    options: Options
    prompt: int
    tokens: int

    @property
    def thoughts(self) -> int:
        """Pieces of the thinking."""
        return sum(piece.kind == "reasoning" for _, piece in self.said.script)

    @property
    def short(self) -> bool:
        """Whether the limit of tokens ended it."""
        return bool(self.said.short)

    def text(self, *kinds: str) -> str:
        """The pieces of these kinds, joined."""
        return "".join(piece.text for _, piece in self.said.script if piece.kind in kinds)

    def calls(self) -> list[tuple[str, str, str]]:
        """Tool calls as (id, name, arguments)."""
        return [(call_id(0, piece.tool), piece.name, piece.text) for _, piece in whole_calls(self.said.script) if piece.kind == "tool"]


class Api(Events):
    """What `endpoints.answer` asks of a provider's API; one object writes one answer.

    media_type: of the stream.
    """

    media_type: ClassVar[str] = "text/event-stream; charset=utf-8"

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._model = answer.said.model.name

    @classmethod
    def fields(cls, body: dict[str, Any]) -> dict[str, Any]:
        """The body with the provider's own options under the names that `options.from_body` reads."""
        return body

    @classmethod
    def prompt(cls, body: dict[str, Any]) -> Any:
        """Where the conversation stands in the body."""
        return body.get("messages")

    @classmethod
    def answered(cls, body: dict[str, Any]) -> bool:
        """Whether the conversation holds results of tools."""
        return any(item.get("role") == "tool" for item in objects(cls.prompt(body)))

    @classmethod
    def script(cls, script: Script) -> Script:
        """The pieces in the order and the size in which this provider sends them."""
        return sequential(script)

    @classmethod
    def refusal(cls, message: str, status: int) -> dict[str, Any]:
        """The body of an HTTP error."""
        return {"error": {"message": message}}

    def whole(self) -> dict[str, Any]:
        """The answer as one object, for a request that does not ask for a stream."""
        raise NotImplementedError


def sequential(script: Script) -> Script:
    """The script with each tool call as one run: most providers finish one before they begin the next."""
    return sorted(script, key=lambda entry: entry[1].tool)  # stable: everything else stays where it is


def whole_calls(script: Script) -> Script:
    """The script with each tool call as one piece, for providers that send them whole."""
    merged: Script = []
    for choice, piece in sequential(script):
        if piece.kind == "tool" and not piece.name and merged:
            last = merged[-1][1]
            merged[-1] = (choice, last._replace(text=last.text + piece.text))
        else:
            merged.append((choice, piece))
    return merged


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in ``value``, however deep."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def words(value: Any) -> int:
    """Words in the prompt: its texts, wherever the provider keeps them."""
    if isinstance(value, str):
        return len(value.split())
    found = (item.get(key) for item in objects(value) for key in ("text", "content"))
    return sum(len(text.split()) for text in found if isinstance(text, str))


def parsed(arguments: str) -> Any:
    """Arguments as the object that some APIs send instead of a string; {} if the limit of tokens cut them."""
    try:
        return json.loads(arguments)
    except ValueError:
        return {}


def member(value: Any, name: str) -> Any:
    """A member of what may be no object at all."""
    return value.get(name) if isinstance(value, Mapping) else None
