"""AG-UI."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import AGUI, detect

from .agent_streams import Event, check, event_frame, survives

STARTED = {"type": "RUN_STARTED", "threadId": "t", "runId": "r1"}
FINISHED = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r1"}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def said(text: str, message: str = "m1") -> dict[str, Any]:
    return event("TEXT_MESSAGE_CONTENT", messageId=message, delta=text)


STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "a message": (
        [STARTED, event("TEXT_MESSAGE_START", messageId="m1", role="assistant"), said("Hel"), said("lo"), FINISHED],
        {"dialect": "ag_ui", "text": "Hello", "id": "r1", "ended": True, "error": None},
    ),
    "chunks without ids go on with the last": (
        [event("TEXT_MESSAGE_CHUNK", messageId="m1", delta="a"), event("TEXT_MESSAGE_CHUNK", delta="b"), FINISHED],
        {"text": "ab", "kinds": ["text"]},
    ),
    "what is not the assistant's is not the answer": (
        [event("TEXT_MESSAGE_START", messageId="u", role="user"), said("Hi", "u"), said("Hello")],
        {"text": "Hello", "custom": [("message", "Hi")]},
    ),
    "reasoning, new and old": (
        [
            event("REASONING_START", messageId="r"),
            event("REASONING_MESSAGE_CONTENT", messageId="r", delta="new"),
            event("THINKING_START", title="Planning"),
            event("THINKING_TEXT_MESSAGE_START"),
            event("THINKING_TEXT_MESSAGE_CONTENT", delta="old"),
            event("THINKING_TEXT_MESSAGE_END"),
        ],
        {"reasoning": "new\n\nold", "steps": ["Planning"], "text": ""},
    ),
    "calls and results": (
        [
            event("TOOL_CALL_START", toolCallId="c1", toolCallName="search"),
            event("TOOL_CALL_START", toolCallId="c2", toolCallName="now"),
            event("TOOL_CALL_ARGS", toolCallId="c1", delta='{"q":'),
            event("TOOL_CALL_ARGS", toolCallId="c2", delta=""),
            event("TOOL_CALL_ARGS", toolCallId="c1", delta="1}"),
            event("TOOL_CALL_END", toolCallId="c1"),
            event("TOOL_CALL_END", toolCallId="c2"),
            event("TOOL_CALL_RESULT", messageId="x", toolCallId="c1", content="found"),
        ],
        {"calls": [("c1", "search", {"q": 1}), ("c2", "now", {})], "results": [("c1", "found")]},
    ),
    "call chunks": (
        [event("TOOL_CALL_CHUNK", toolCallId="c", toolCallName="add", delta="{"), event("TOOL_CALL_CHUNK", delta="}")],
        {"calls": [("c", "add", {})]},
    ),
    "steps": (
        [event("STEP_STARTED", stepName="plan"), event("STEP_STARTED", stepName="write"), event("STEP_FINISHED", stepName="plan")],
        {"steps": ["plan", "write"]},
    ),
    "a run that fails keeps what came": (
        [STARTED, said("This "), event("RUN_ERROR", message="model exploded", code="E1")],
        {"text": "This ", "error": "model exploded", "code": "E1", "ended": True, "cut": False},
    ),
    "outcome and usage": (
        [STARTED, event("RUN_FINISHED", outcome={"type": "interrupt"}, usage=[{"model": "m", "outputTokens": 4}])],
        {"finish": "interrupt", "usage": {"model": "m", "outputTokens": 4}},
    ),
    "usage of two models is not summed": (
        [STARTED, event("RUN_FINISHED", usage=[{"outputTokens": 4}, {"outputTokens": 5}])],
        {"usage": {"models": [{"outputTokens": 4}, {"outputTokens": 5}]}},
    ),
    "a snapshot is the answer of an agent that does not stream": (
        [
            STARTED,
            event(
                "MESSAGES_SNAPSHOT",
                messages=[
                    {"id": "0", "role": "assistant", "content": "earlier"},
                    {"id": "1", "role": "user", "content": "Weather?"},
                    {"id": "2", "role": "assistant", "toolCalls": [{"id": "c", "function": {"name": "w", "arguments": "{}"}}]},
                    {"id": "3", "role": "tool", "toolCallId": "c", "content": "rain"},
                    {"id": "4", "role": "assistant", "content": "It rains."},
                ],
            ),
            FINISHED,
        ],
        {"text": "It rains.", "calls": [("c", "w", {})], "results": [("c", "rain")]},
    ),
    "a snapshot repeats what was streamed": (
        [
            event("TOOL_CALL_RESULT", toolCallId="c", content="rain"),
            said("Hello"),
            event(
                "MESSAGES_SNAPSHOT",
                messages=[
                    {"id": "t", "role": "tool", "toolCallId": "c", "content": "rain"},
                    {"id": "m1", "role": "assistant", "content": "Hello"},
                ],
            ),
        ],
        {"text": "Hello", "results": [("c", "rain")]},
    ),
    "state is not what the agent says": (
        [STARTED, event("STATE_SNAPSHOT", snapshot={"a": "b"}), event("STATE_DELTA", delta=[{"op": "add"}]), event("RAW", event={})],
        {"kinds": [], "text": ""},
    ),
    "custom events and activities": (
        [
            STARTED,
            event("CUSTOM", name="note", value={"a": 1}),
            event("ACTIVITY_SNAPSHOT", messageId="a", activityType="PLAN", content={"todo": []}),
        ],
        {"custom": [("custom", '{"a":1}'), ("activity", '{"todo":[]}')]},
    ),
    "a second run": (
        [STARTED, said("a"), FINISHED, {**STARTED, "runId": "r2"}, said("b", "m2")],
        {"text": "ab", "ended": False, "cut": True},
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("RUN_STARTED", True),
        ("TEXT_MESSAGE_CHUNK", True),
        ("MESSAGES_SNAPSHOT", True),
        ("TOKEN", False),
        ("run_started", False),
        (3, False),
    ],
)
def test_detection(kind: Any, expected: bool) -> None:
    assert (detect(*event_frame({"type": kind})) is AGUI) is expected
