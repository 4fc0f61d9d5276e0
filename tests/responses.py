"""Small streams of OpenAI Responses for the tests."""

from __future__ import annotations

from typing import Any

from sse_widget.dialects import OpenAIResponses
from sse_widget.output import Output

from .typed import read as read_by


def read(*events: Any, end: bool = True) -> Output:
    return read_by(OpenAIResponses(), *events, end=end)


def event(name: str, place: int | None = 0, **fields: Any) -> dict[str, Any]:
    at = {} if place is None else {"output_index": place}
    return {"type": f"response.{name}", **at, **fields}


def created(**response: Any) -> dict[str, Any]:
    return event("created", None, response={"id": "resp_1", "model": "m-1", "status": "in_progress", "output": [], **response})


def completed(*output: Any, **response: Any) -> dict[str, Any]:
    about = {"id": "resp_1", "model": "m-1", "status": "completed", "output": list(output), "usage": {"output_tokens": 2}, **response}
    return event(about["status"], None, response=about)


def added(item: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return event("output_item.added", place, item=item)


def done(item: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return event("output_item.done", place, item=item)


def say(text: str, place: int = 0, **fields: Any) -> dict[str, Any]:
    return event("output_text.delta", place, content_index=0, delta=text, **fields)


def message(text: str | None = None, **part: Any) -> dict[str, Any]:
    content = [] if text is None else [{"type": "output_text", "text": text, "annotations": [], **part}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": content}


PLAIN = [
    created(),
    added(message()),
    say("Hel"),
    say("lo"),
    event("output_text.done", text="Hello"),
    event("content_part.done", part={"type": "output_text", "text": "Hello"}),
    done(message("Hello")),
    completed(message("Hello")),
]


def rotating(stream: list[Any]) -> list[Any]:
    """GitHub Copilot's way: another id in every event."""
    turned = []
    for number, one in enumerate(stream):
        one = {**one, "item_id": f"i{number}"}
        if "item" in one:
            one["item"] = {**one["item"], "id": f"i{number}"}
        if "response" in one:
            one["response"] = {**one["response"], "id": f"r{number}", "output": [{**i, "id": "z"} for i in one["response"]["output"]]}
        turned.append(one)
    return turned
