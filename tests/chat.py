"""Small chat streams for the tests: chunks, fragments of tool calls, and what a reading of them gives."""

from __future__ import annotations

import json
from typing import Any

from sse_widget.dialects import OpenAIChat, parse_json
from sse_widget.output import Output
from sse_widget.wire import EVENT, Frame

DONE = "[DONE]"


def chunk(delta: Any = None, *, index: Any = 0, finish: Any = None, **top: Any) -> dict[str, Any]:
    """One chunk with one choice; ``top`` are further top-level keys."""
    choice = {"index": index, "delta": {} if delta is None else delta, "finish_reason": finish}
    return {"id": "c-1", "object": "chat.completion.chunk", "model": "m-1", "choices": [choice], **top}


def say(text: str, **more: Any) -> dict[str, Any]:
    return chunk({"content": text}, **more)


def call(*fragments: Any) -> dict[str, Any]:
    return chunk({"tool_calls": list(fragments)})


def fragment(arguments: Any = None, *, name: Any = None, **keys: Any) -> dict[str, Any]:
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    return {**keys, "function": function}


def frame(event: Any, type: str = "message") -> Frame:
    text = event if isinstance(event, str) else json.dumps(event)
    return Frame(EVENT, 0.0, 0, 0, 0, type, "", text, None)


def read(*events: Any, dialect: OpenAIChat | None = None, end: bool = True) -> Output:
    dialect = dialect or OpenAIChat()
    output = Output()
    for index, event in enumerate(events):
        one = event if isinstance(event, Frame) else frame(event)
        for delta in dialect.read(index, one, parse_json(one.data)):
            output.apply(delta)
    if end:
        for delta in dialect.end(len(events)):
            output.apply(delta)
    return output


def calls(output: Output) -> list[tuple[str, str, Any]]:
    return [(c.id, c.name, c.parsed if c.complete else c.arguments) for c in output.tool_calls]
