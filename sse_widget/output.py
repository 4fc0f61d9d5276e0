"""Fold: deltas → `Output`, what a response says once its fragments are put together.

Text is kept as fragments and joined when it is read: to add fragment after fragment to a string is quadratic.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, NamedTuple

from .deltas import RESPONSE, Delta, PartKind
from .dialects.base import NOT_JSON, clean, parse_json
from .partial_json import parse_partial
from .redaction import mask_all, masked_repr
from .texts import Texts


class Piece(NamedTuple):
    """One fragment of a part. frame: index of the frame that brought it; start: its offset in the part's text, in characters."""

    frame: int
    start: int
    text: str


@dataclass(frozen=True)
class ToolCall:
    """A call that the model asks for.

    arguments: as sent, a JSON text, perhaps cut. parsed: the arguments as JSON as far as they go (see `partial_json`), which while
    they stream is a part of what they will be: `complete` tells. {} when a finished call has none; None while there are none, or
    if they are no JSON.
    """

    id: str
    name: str
    arguments: str
    parsed: Any

    __repr__ = masked_repr

    @property
    def complete(self) -> bool:
        """Whether the arguments are all there: JSON that is whole, or none."""
        if not self.arguments.strip():
            return self.parsed is not None
        return parse_json(self.arguments) is not NOT_JSON

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data that can be encoded, whatever the arguments hold."""
        return {"id": self.id, "name": self.name, "arguments": self.arguments, "parsed": clean(self.parsed)}


@dataclass(frozen=True)
class Choice:
    """One of the answers of a response; nearly always there is one, with index 0."""

    index: int
    text: str
    reasoning: str
    refusal: str
    tool_calls: list[ToolCall]
    finish_reason: str | None
    role: str | None

    __repr__ = masked_repr

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {**vars(self), "tool_calls": [call.to_dict() for call in self.tool_calls]}


class Part:
    """One thing a response consists of: a text, a thought, a tool call …

    number: counted from 1 in order of opening. kind: see `sse_widget.deltas`. choice: index of the choice it belongs to.
    fields: what is known of it besides its text (a tool call's id and name, a citation's url; of a step or a tool's result its
    ``state``, one of `sse_widget.dialects.states.STATES`). closed: nothing more will come.
    """

    __slots__ = ("_cache", "_others", "_texts", "_when", "choice", "closed", "fields", "join", "kind", "number")

    def __init__(self, number: int, kind: PartKind, choice: int, join: str) -> None:
        self.number = number
        self.kind = kind
        self.choice = choice
        self.join = join
        self.fields: dict[str, Any] = {}
        self.closed = False
        self._texts = Texts()
        self._when = array("I")  # the frame of each text
        self._others = array("I")  # frames that built it without adding text
        self._cache: tuple[Texts, int, str] = (self._texts, 0, "")

    @property
    def text(self) -> str:
        """The fragments so far, joined."""
        # Read by the user's thread while the writer appends: so the list is looked at once, and the cache is set in one step.
        texts, count, text = self._cache
        if texts is not self._texts:
            texts, count, text = self._texts, 0, ""
        now = len(texts)
        if now > count:
            fresh = texts.joined(count, now, self.join)
            text = text + self.join + fresh if count else fresh
            self._cache = (texts, now, text)
        return text

    @property
    def frames(self) -> list[int]:
        """Indexes of the frames that built it, in order, each once."""
        return sorted({*self._when, *self._others})

    def __repr__(self) -> str:
        return f"Part({self.number}, {self.kind!r}, {_short(self.text)})"


class Output:
    """What a response says so far. `apply` every delta of a reading in order; read it at any time.

    join: put between several texts of one choice, and between the fragments of texts that do not bring a join of their own.
    """

    def __init__(self, join: str = "") -> None:
        self.join = join
        self.parts: list[Part] = []
        self.usage: dict[str, Any] | None = None
        self.model: str | None = None
        self.response_id: str | None = None
        self.dialect: str | None = None
        """How the dialect calls itself, with the service if that was recognised."""
        self.error: dict[str, Any] | None = None
        """The first error that the server sent inside the stream: message, type, code."""
        self.role: str | None = None
        self.service_tier: str | None = None
        self.done = False
        """The promised end was seen."""
        self._finishes: dict[int, str] = {}
        self._by_number: dict[int, Part] = {}

    def apply(self, delta: Delta) -> None:
        """Fold one delta. Raises KeyError for a part that was never opened."""
        frame, number, op, value = delta
        if op == "append":
            part = self._by_number[number]
            part._when.append(frame)
            part._texts.newest.append(value)
        elif number == RESPONSE:
            self._set(value)
        elif op == "open":
            join = value.get("join", self.join if value["kind"] == "text" else "")
            part = Part(number, value["kind"], value.get("choice", 0), join)
            part._others.append(frame)
            self._by_number[number] = part
            self.parts.append(part)
        elif op == "set":
            part = self._by_number[number]
            part.fields.update(value)
            part._others.append(frame)
        elif op == "replace":
            part = self._by_number[number]
            part._others.extend(part._when)
            part._when = array("I", [frame])
            part._texts = Texts([value])
        else:
            part = self._by_number[number]
            part.closed = True

    def append(self, frame: int, number: int, text: str) -> None:
        """As `apply` of an ``append``."""
        part = self._by_number[number]
        part._when.append(frame)
        part._texts.newest.append(text)

    def settle(self) -> None:
        """Put what is not new into less room."""
        for part in self.parts:
            part._texts.settle()

    def _set(self, fields: dict[str, Any]) -> None:
        for key, value in fields.items():
            if key == "finish_reason":
                self._finishes.update(value)
            elif key == "dialect_label":
                self.dialect = value
            elif key in ("usage", "model", "response_id", "error", "role", "service_tier", "done"):
                setattr(self, key, value)

    # --- the first choice ------------------------------------------------------------------------------------------------
    @property
    def text(self) -> str:
        """The answer: the texts of choice 0."""
        return self._joined("text", 0, self.join)

    @property
    def reasoning(self) -> str:
        """What the model thought aloud, choice 0; several thoughts are parted by a blank line."""
        return self._joined("reasoning", 0, "\n\n")

    @property
    def refusal(self) -> str:
        """What the model said instead of an answer, choice 0."""
        return self._joined("refusal", 0, "")

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls of choice 0, in the order in which they began."""
        return self._calls(0)

    @property
    def finish_reason(self) -> str | None:
        """Why choice 0 ended, in the provider's word; None if it did not say."""
        return self._finishes.get(0)

    # --- all of it -------------------------------------------------------------------------------------------------------
    @property
    def choices(self) -> list[Choice]:
        """All choices by index."""
        indexes = sorted({part.choice for part in self.parts if part.kind != "error"} | self._finishes.keys())
        return [
            Choice(
                index,
                self._joined("text", index, self.join),
                self._joined("reasoning", index, "\n\n"),
                self._joined("refusal", index, ""),
                self._calls(index),
                self._finishes.get(index),
                self.role,
            )
            for index in indexes
        ]

    @property
    def citations(self) -> list[dict[str, Any]]:
        """Sources that the answer names: url, title, … as the provider gives them."""
        return [dict(part.fields) for part in self.parts if part.kind == "citation"]

    @property
    def media(self) -> list[dict[str, Any]]:
        """Images and sound: what they are, not their data, which stays in the events; a transcript is under "text"."""
        return [{**part.fields, "text": part.text} if part.text else dict(part.fields) for part in self.parts if part.kind == "media"]

    def pieces(self, part: Part) -> list[Piece]:
        """The fragments of a part with the frames that brought them. ``text[p.start:p.start + len(p.text)] == p.text``."""
        result, start = [], 0
        for frame, text in zip(part._when, part._texts.read(0, len(part._texts)), strict=False):
            result.append(Piece(frame, start, text))
            start += len(text) + len(part.join)
        return result

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "refusal": self.refusal,
            "tool_calls": [call.to_dict() for call in self.tool_calls],
            "choices": [choice.to_dict() for choice in self.choices],
            "citations": self.citations,
            "media": self.media,
            "usage": self.usage,
            "finish_reason": self.finish_reason,
            "model": self.model,
            "response_id": self.response_id,
            "service_tier": self.service_tier,
            "dialect": self.dialect,
            "error": self.error,
        }

    def __repr__(self) -> str:
        about = [_short(self.text)]
        if self.reasoning:
            about.append(f"{len(self.reasoning)} characters of reasoning")
        if self.tool_calls:
            about.append(f"{len(self.tool_calls)} tool calls")
        if len(self.choices) > 1:
            about.append(f"{len(self.choices)} choices")
        if self.finish_reason:
            about.append(self.finish_reason)
        if self.error:
            about.append(f"error {_short(str(self.error.get('message')))}")
        return f"<Output {', '.join(about)}>"

    def _joined(self, kind: PartKind, choice: int, join: str) -> str:
        texts = [part.text for part in self.parts if part.kind == kind and part.choice == choice]
        return texts[0] if len(texts) == 1 else join.join(filter(None, texts))

    def _calls(self, choice: int) -> list[ToolCall]:
        return [_tool_call(part) for part in self.parts if part.kind == "tool_call" and part.choice == choice]


def _tool_call(part: Part) -> ToolCall:
    arguments = part.text
    parsed = parse_partial(arguments) if arguments.strip() else {} if part.closed else None
    return ToolCall(str(part.fields.get("id") or ""), str(part.fields.get("name") or ""), arguments, parsed)


def _short(text: str) -> str:
    text = mask_all(text[:400]) + text[400:]
    return repr(text if len(text) <= 40 else text[:39] + "…")
