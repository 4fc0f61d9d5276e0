"""Streams for the tests of the dialects of agents and of smaller services: written as events, told as plain facts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from sse_widget import Recording
from sse_widget.dialects import parse_json
from sse_widget.reading import Reading
from sse_widget.wire import EVENT, Frame

Event = Any
"""A dict, a list or a str is data; a pair is the type of an event and its data; with None for data it has none."""


def body(*events: Event) -> bytes:
    """The events as server-sent events."""
    return b"".join(_block(*event) if isinstance(event, tuple) else _block("", event) for event in events)


def _block(kind: str, data: Any) -> bytes:
    lines = [f"event: {kind}"] if kind else []
    if data is not None:
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        lines += [f"data: {line}" for line in text.split("\n")]
    return "\n".join([*lines, "", ""]).encode()


def read(data: bytes) -> Reading:
    """A finished reading of a response's body."""
    reading = Reading(Recording.from_bytes(data, "text/event-stream"))
    reading.finish()
    return reading


def facts(*events: Event) -> dict[str, Any]:
    """All that a reading of the events gives, in terms that a table can hold."""
    return facts_of(read(body(*events)))


def facts_of(reading: Reading) -> dict[str, Any]:
    """The same of a finished reading."""
    output, dialect = reading.output, reading.dialect
    return {
        "dialect": dialect.name if dialect else None,
        "text": output.text,
        "texts": [choice.text for choice in output.choices],
        "reasoning": output.reasoning,
        "calls": [(call.id, call.name, call.parsed if call.complete else call.arguments) for call in output.tool_calls],
        "steps": [part.text for part in output.parts if part.kind == "step"],
        "ends": [part.fields.get("state") for part in output.parts if part.kind == "step"],
        "results": [(part.fields.get("tool_call_id"), part.text) for part in output.parts if part.kind == "tool_result"],
        "custom": [(part.fields.get("type"), part.text) for part in output.parts if part.kind == "custom"],
        "citations": [citation.get("url") or citation.get("title") for citation in output.citations],
        "media": output.media,
        "usage": output.usage,
        "finish": output.finish_reason,
        "model": output.model,
        "id": output.response_id,
        "error": output.error and output.error["message"],
        "code": output.error and output.error["code"],
        "ended": bool(dialect and dialect.ended),
        "cut": bool(reading.cut_off_reason()),
        "kinds": [part.kind for part in output.parts],
    }


def operations(*events: Event) -> list[tuple[str, str]]:
    """What a reading does to which kind of part, in order: ("text", "append") …"""
    reading = read(body(*events))
    return [(reading.kind_of(delta.part), delta.op) for delta in reading.deltas if delta.part and delta.op != "set"]


def check(events: list[Event], expected: dict[str, Any]) -> None:
    """Assert the facts that are expected; others are left alone."""
    found = facts(*events)
    assert {name: found[name] for name in expected} == expected


def survives(events: list[Event], seed: int = 0) -> None:
    """Read every prefix of a stream, and the stream with each value exchanged for one of another type; nothing may raise.

    The deltas must make sense, too: the output folds them, and refuses what was never opened.
    """
    whole = body(*events)
    for end in range(0, len(whole), 7):
        read(whole[:end])
    chance = random.Random(seed)
    for _ in range(40):
        read(body(*(_mutated(event, chance) for event in events)))


_ODD: list[Any] = [None, True, 0, -3, 1.5, "", "x", "\ud83d", [], {}, [None], ["x"], {"x": None}, [{}], [[[]]], {"text": {"text": 3}}]


def _mutated(event: Event, chance: random.Random) -> Event:
    if isinstance(event, tuple):
        return event[0], _mutated(event[1], chance)
    if not isinstance(event, (dict, list)):
        return event
    copy = json.loads(json.dumps(event))
    holder, key = chance.choice(list(_places(copy)) or [(None, None)])
    if holder is None:
        return chance.choice(_ODD[8:])
    holder[key] = chance.choice(_ODD)
    return json.dumps(copy)  # ASCII, so that a lone surrogate travels as an escape


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


def event_frame(data: Any, kind: str = "message") -> tuple[Frame, Any]:
    """A frame and its parsed data, as a dialect is asked about them."""
    text = data if isinstance(data, str) else json.dumps(data)
    return Frame(EVENT, 0.0, 0, 0, 0, kind, "", text, None), parse_json(text)
