"""The AI SDK's UI message stream."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import UIMessageStream, detect

from .agent_streams import Event, check, event_frame, operations, survives

START = {"type": "start", "messageId": "m1"}
DONE = "[DONE]"


def said(text: str, part: str = "0") -> dict[str, Any]:
    return {"type": "text-delta", "id": part, "delta": text}


def of_call(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": f"tool-{kind}", "toolCallId": "c1", **more}


STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "text and reasoning by id": (
        [
            START,
            {"type": "reasoning-start", "id": "r"},
            {"type": "reasoning-delta", "id": "r", "delta": "Hm"},
            {"type": "reasoning-end", "id": "r"},
            {"type": "text-start", "id": "0"},
            said("Hel"),
            said("A", "1"),
            said("lo "),
            said("B", "1"),
            {"type": "text-end", "id": "0"},
            {"type": "finish", "finishReason": "stop", "messageMetadata": {"totalUsage": {"outputTokens": 5}, "model": "m"}},
            DONE,
        ],
        {
            "dialect": "ui_message_stream",
            "text": "Hello AB",
            "reasoning": "Hm",
            "finish": "stop",
            "id": "m1",
            "model": "m",
            "usage": {"outputTokens": 5},
            "ended": True,
        },
    ),
    "the whole input repeats its fragments": (
        [
            of_call("input-start", toolName="add"),
            of_call("input-delta", inputTextDelta='{"a": '),
            of_call("input-delta", inputTextDelta="1}"),
            of_call("input-available", toolName="add", input={"a": 1}),
            of_call("output-available", output={"sum": 1}),
        ],
        {"calls": [("c1", "add", {"a": 1})], "results": [("c1", '{"sum":1}')], "cut": True},
    ),
    "a whole input without fragments": ([of_call("input-available", toolName="add", input={"a": 1})], {"calls": [("c1", "add", {"a": 1})]}),
    "a whole input that says something else": (
        [of_call("input-delta", inputTextDelta='{"a": 1'), of_call("input-available", toolName="add", input={"a": 2})],
        {"calls": [("c1", "add", {"a": 2})]},
    ),
    "no arguments": ([of_call("input-available", toolName="now", input={})], {"calls": [("c1", "now", {})]}),
    "preliminary results are replaced": (
        [
            of_call("output-available", output="work", preliminary=True),
            of_call("output-available", output="working", preliminary=True),
            of_call("output-available", output="done"),
        ],
        {"results": [("c1", "done")], "calls": []},
    ),
    "a tool that fails is no failure of the stream": (
        [of_call("output-error", errorText="no network"), {"type": "finish"}],
        {"results": [("c1", "no network")], "error": None, "ended": True},
    ),
    "an input that is none": (
        [of_call("input-error", toolName="add", input="{oops", errorText="bad")],
        {"calls": [("c1", "add", "{oops")], "results": [("c1", "bad")]},
    ),
    "approval and denial": (
        [of_call("approval-request", approvalId="a"), of_call("output-denied")],
        {"custom": [("tool_approval_request", "")], "results": [("c1", "")]},
    ),
    "only further steps are steps": (
        [{"type": "start-step"}, said("a"), {"type": "finish-step"}, {"type": "start-step"}, said("b", "1")],
        {"steps": ["Step 2"], "text": "ab"},
    ),
    "sources and files": (
        [
            {"type": "source-url", "sourceId": "s", "url": "https://a.example", "title": "A"},
            {"type": "source-document", "sourceId": "d", "title": "Doc", "mediaType": "application/pdf"},
            {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AAAA"},
        ],
        {"citations": ["https://a.example", "Doc"], "media": [{"type": "file", "media_type": "image/png", "bytes": 3}]},
    ),
    "data of the application": (
        [
            said("x"),
            {"type": "data-weather", "id": "w", "data": {"sky": "?"}},
            {"type": "data-weather", "id": "w", "data": {"sky": "blue"}},
            {"type": "data-note", "data": 1},
        ],
        {"custom": [("data-weather", '{"sky":"blue"}'), ("data-note", "1")]},
    ),
    "an error keeps what came": (
        [said("This "), {"type": "error", "errorText": "model exploded"}, {"type": "finish", "finishReason": "error"}, DONE],
        {"text": "This ", "error": "model exploded", "finish": "error", "ended": True},
    ),
    "an abort": ([said("a"), {"type": "abort", "reason": "user"}], {"finish": "user", "ended": True, "cut": False}),
    "no end": ([said("a")], {"text": "a", "cut": True}),
    "parts of fullStream, version 4": (
        [
            {"type": "step-start", "messageId": "m"},
            {"type": "reasoning", "textDelta": "Hm"},
            {"type": "text-delta", "textDelta": "Hel"},
            {"type": "text-delta", "textDelta": "lo"},
            {"type": "tool-call", "toolCallId": "c1", "toolName": "add", "args": {"a": 1}},
            {"type": "tool-result", "toolCallId": "c1", "result": 3},
            {"type": "finish", "finishReason": "stop", "usage": {"completionTokens": 5}},
        ],
        {
            "text": "Hello",
            "reasoning": "Hm",
            "calls": [("c1", "add", {"a": 1})],
            "results": [("c1", "3")],
            "usage": {"completionTokens": 5},
            "finish": "stop",
        },
    ),
    "parts of fullStream, version 5": (
        [
            {"type": "text-delta", "id": "0", "text": "Hel"},
            {"type": "text-delta", "id": "0", "text": "lo"},
            {"type": "tool-input-start", "id": "c1", "toolName": "add"},
            {"type": "tool-input-delta", "id": "c1", "delta": '{"a":1}'},
            {"type": "tool-call", "toolCallId": "c1", "toolName": "add", "input": {"a": 1}},
            {"type": "finish", "finishReason": "stop", "totalUsage": {"outputTokens": 5}},
        ],
        {"text": "Hello", "calls": [("c1", "add", {"a": 1})], "usage": {"outputTokens": 5}, "kinds": ["text", "tool_call"]},
    ),
    "mastra's payloads": (
        [{"type": "text-delta", "runId": "r", "from": "AGENT", "payload": {"id": "0", "text": text}} for text in ("Hel", "lo")],
        {"text": "Hello"},
    ),
    "assistant-ui's paths": (
        [
            {"type": "part-start", "part": {"type": "reasoning"}, "path": []},
            {"type": "text-delta", "textDelta": "Hm", "path": [0]},
            {"type": "part-finish", "path": [0]},
            {"type": "part-start", "part": {"type": "text"}, "path": []},
            {"type": "text-delta", "textDelta": "Hel", "path": [1]},
            {"type": "text-delta", "textDelta": "lo", "path": [1]},
            {"type": "part-start", "part": {"type": "tool-call", "toolCallId": "c1", "toolName": "add"}, "path": []},
            {"type": "text-delta", "textDelta": '{"a":1}', "path": [2]},
            {"type": "result", "result": 3, "isError": False, "path": [2]},
            {"type": "part-finish", "path": [2]},
            {"type": "part-start", "part": {"type": "source", "url": "https://a.example"}, "path": []},
            {"type": "text-delta", "textDelta": "nested", "path": [2, 0]},
            {"type": "message-finish", "finishReason": "stop", "path": []},
        ],
        {
            "dialect": "ui_message_stream",
            "text": "Hello",
            "finish": "stop",
            "reasoning": "Hm",
            "calls": [("c1", "add", {"a": 1})],
            "results": [("c1", "3")],
            "citations": ["https://a.example"],
        },
    ),
    "a start that anybody might send": ([{"type": "start"}, {"type": "text-start", "id": "0"}, said("a")], {"text": "a"}),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


def test_a_whole_input_that_repeats_its_fragments_only_ends_the_call() -> None:
    events = [
        of_call("input-delta", inputTextDelta='{"a": '),
        of_call("input-delta", inputTextDelta="1}"),
        of_call("input-available", input={"a": 1}),
        said("Done."),
    ]
    assert [op for kind, op in operations(*events) if kind == "tool_call"] == ["open", "append", "append", "close"]
    assert operations(*events).index(("tool_call", "close")) < operations(*events).index(("text", "open"))


def test_a_result_ends_a_call_whose_end_was_not_told() -> None:
    done = operations(of_call("input-delta", inputTextDelta="{}"), of_call("output-available", output="x"), said("Done."))
    assert done[:4] == [("tool_call", "open"), ("tool_call", "append"), ("tool_call", "close"), ("tool_result", "open")]


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"type": "start-step"}, True),
        ({"type": "tool-input-delta", "toolCallId": "c"}, True),
        ({"type": "error", "errorText": "x"}, True),
        ({"type": "start"}, False),
        ({"type": "file"}, False),
        ({"type": "error", "error": "x"}, False),
        ({"type": "content-delta"}, False),  # Cohere's
        ({"type": ["text-delta"]}, False),
    ],
)
def test_detection(data: Any, expected: bool) -> None:
    assert (detect(*event_frame(data)) is UIMessageStream) is expected
