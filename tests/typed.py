"""For formats whose events have a type: short ways to write a stream down, and what a reading of it gives."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import sse_widget as sw
from sse_widget.deltas import Delta
from sse_widget.dialects import Dialect, detect, parse_json
from sse_widget.output import Output
from sse_widget.wire import EVENT, Frame

Json = Any


def frame(event: Json, type: str | None = None) -> Frame:
    """An event as a frame; its SSE type is that in the JSON unless said otherwise."""
    text = event if isinstance(event, str) else json.dumps(event)
    if type is None:
        type = event["type"] if isinstance(event, dict) and isinstance(event.get("type"), str) else "message"
    return Frame(EVENT, 0.0, 0, 0, 0, type, "", text, None)


def deltas(dialect: Dialect, *events: Json, end: bool = True) -> list[Delta]:
    found: list[Delta] = []
    for index, event in enumerate(events):
        one = event if isinstance(event, Frame) else frame(event)
        found += dialect.read(index, one, parse_json(one.data))
    return found + dialect.end(len(events)) if end else found


def read(dialect: Dialect, *events: Json, end: bool = True) -> Output:
    output = Output()
    for delta in deltas(dialect, *events, end=end):
        output.apply(delta)
    return output


def parts(output: Output, *kinds: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, text and fields of the parts, of these kinds or of all."""
    return [(part.kind, part.text, part.fields) for part in output.parts if not kinds or part.kind in kinds]


def detected(event: Json, type: str = "message") -> type[Dialect] | None:
    one = event if isinstance(event, Frame) else frame(event, type)
    return detect(one, parse_json(one.data))


def wire(events: list[Json]) -> bytes:
    """The stream in bytes."""
    lines = []
    for event in events:
        one = event if isinstance(event, Frame) else frame(event)
        name = f"event: {one.type}\n" if one.type != "message" else ""
        lines.append(f"{name}data: {one.data}\n\n")
    return "".join(lines).encode()


def read_in_pieces(data: bytes, cuts: list[int]) -> dict[str, Any]:
    """What a recording gives whose chunks end at ``cuts``."""
    recording = sw.Recording()
    recording.mark("open", status=200, headers={"content-type": "text/event-stream"})
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        recording.chunk(data[start:stop])
    recording.seal("close")
    return recording.read().to_dict()


ODD: list[Json] = [None, True, -1, 2.5, 10**30, "", "x", "\ud800", [], [1], [{}], {}, {"type": 3}, {"text": ["x"]}, [[[{"a": None}]]]]
"""Values that no provider documents."""


def mutated(events: list[Json], seed: int, times: int = 3) -> list[Json]:
    """The stream with values replaced, members dropped or added, and events swapped, doubled or lost."""
    rng = random.Random(seed)
    events = copy.deepcopy(events)
    for _ in range(times):
        at = rng.randrange(len(events))
        action = rng.randrange(6)
        if action == 0:
            events.insert(at, copy.deepcopy(rng.choice(events)))
        elif action == 1 and len(events) > 1:
            events.pop(at)
        elif action == 2:
            events[at] = copy.deepcopy(rng.choice(ODD))
        else:
            _mutate(events[at], rng)
    return events


def _mutate(value: Json, rng: random.Random) -> None:
    """Change one place in ``value``, as deep as chance has it."""
    while isinstance(value, (dict, list)) and value:
        key: Any = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        if isinstance(value[key], (dict, list)) and rng.random() < 0.7:
            value = value[key]
            continue
        if isinstance(value, dict) and rng.random() < 0.3:
            if rng.random() < 0.5:
                del value[key]
            else:
                value[rng.choice(["part", "choice", "kind", "key", "joined", "self", "type", "index"])] = copy.deepcopy(rng.choice(ODD))
        else:
            value[key] = copy.deepcopy(rng.choice(ODD))
        return
