"""Google's ADK: fragments, and the event that closes each turn with all of it."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import ADK, detect

from .agent_streams import Event, check, event_frame, survives


def turn(*parts: dict[str, Any], partial: bool | None = None, **more: Any) -> dict[str, Any]:
    data = {"content": {"role": "model", "parts": list(parts)}, "invocationId": "e-1", "author": "cook", "actions": {}, **more}
    return data if partial is None else {**data, "partial": partial}


def says(*texts: str, **more: Any) -> dict[str, Any]:
    return turn(*({"text": text} for text in texts), **more)


CALL = {"functionCall": {"id": "c1", "name": "look", "args": {"a": 1}}}
RESULT = {"functionResponse": {"id": "c1", "name": "look", "response": {"b": 2}}}
USAGE = {"promptTokenCount": 3, "candidatesTokenCount": 2}

STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "a short answer is not doubled": (
        [says("1", partial=True), says("0", partial=True), says("10", partial=False, finishReason="STOP", usageMetadata=USAGE)],
        {"dialect": "adk", "text": "10", "finish": "STOP", "usage": USAGE, "id": "e-1", "cut": False, "kinds": ["text"]},
    ),
    "one fragment": ([says("Hi", partial=True), says("Hi")], {"text": "Hi"}),
    "a later turn may say the same": (
        [says("Hi", partial=True), says("Hi"), turn(CALL), turn(RESULT, author="cook"), says("Hi", partial=True), says("Hi")],
        {
            "text": "HiHi",
            "calls": [("c1", "look", {"a": 1})],
            "results": [("c1", '{"b":2}')],
            "kinds": ["text", "tool_call", "tool_result", "text"],
        },
    ),
    "no fragments": ([says("Hello"), says("Hello")], {"text": "HelloHello"}),
    "more than the fragments": ([says("Hel", partial=True), says("Hello")], {"text": "Hello"}),
    "other than the fragments": ([says("Hel", partial=True), says("Bye")], {"text": "HelBye"}),
    "the copy in parts, after an event without any": (
        [says("a", partial=True), says("b", partial=True), turn(), says("a", "b")],
        {"text": "ab"},
    ),
    "thoughts": (
        [
            turn({"text": "Hm", "thought": True}, partial=True),
            says("Yes", partial=True),
            turn({"text": "Hm", "thought": True}, {"text": "Yes"}, CALL),
        ],
        {"reasoning": "Hm", "text": "Yes", "calls": [("c1", "look", {"a": 1})]},
    ),
    "a call in a fragment comes again": ([turn(CALL, partial=True), turn(CALL)], {"calls": [("c1", "look", {"a": 1})]}),
    "what the user said": ([says("How?", author="user"), says("So.")], {"text": "So."}),
    "an error": (
        [says("a", partial=True), {"author": "cook", "invocationId": "e", "actions": {}, "errorCode": "X", "errorMessage": "too much"}],
        {"text": "a", "error": "too much", "code": "X"},
    ),
    "an error of the server": ([says("a", partial=True), {"error": "no session"}], {"text": "a", "error": "no session"}),
    "in snake case": (
        [{"author": "a", "invocation_id": "e", "content": {"parts": [{"function_call": {"id": "c", "name": "f", "args": {}}}]}}],
        {"dialect": "adk", "calls": [("c", "f", {})]},
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (says("a", usageMetadata=USAGE, modelVersion="m"), True),
        ({"author": "a", "content": {}}, False),
        ({"author": "a", "invocationId": "e"}, False),
        ({"author": 3, "invocationId": "e", "content": {}}, False),
    ],
)
def test_detection(data: Any, expected: bool) -> None:
    assert (detect(*event_frame(data)) is ADK) is expected
