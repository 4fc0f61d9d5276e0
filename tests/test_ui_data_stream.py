"""The AI SDK's data stream of version 4: coded lines, and what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_widget import Recording
from sse_widget.coded_lines import CodedLinesDecoder
from sse_widget.dialects import UIDataStream, detect
from sse_widget.reading import Reading
from sse_widget.wire import EVENT, IGNORED, KIND_NAMES, TAIL, Frame

from .agent_streams import facts_of

Line = tuple[str, Any]


def read(*lines: Line, end: str = "\n") -> Reading:
    body = "".join(f"{code}:{json.dumps(value)}\n" for code, value in lines).removesuffix("\n") + end
    reading = Reading(Recording.from_bytes(body.encode(), "text/plain; charset=utf-8"))
    reading.finish()
    return reading


STREAMS: dict[str, tuple[list[Line], dict[str, Any]]] = {
    "text, reasoning, usage": (
        [
            ("f", {"messageId": "msg"}),
            ("g", "Hm"),
            ("j", {"signature": "s"}),
            ("0", "Hel"),
            ("0", "lo"),
            ("e", {"finishReason": "stop", "usage": {"promptTokens": 1, "completionTokens": 1}, "isContinued": False}),
            ("d", {"finishReason": "stop", "usage": {"promptTokens": 3, "completionTokens": 2}}),
        ],
        {
            "dialect": "ui_data_stream",
            "text": "Hello",
            "reasoning": "Hm",
            "id": "msg",
            "finish": "stop",
            "usage": {"promptTokens": 3, "completionTokens": 2},
            "ended": True,
            "cut": False,
            "steps": [],
        },
    ),
    "a tool, and a second step": (
        [
            ("f", {"messageId": "a"}),
            ("0", "Look: "),
            ("b", {"toolCallId": "c1", "toolName": "add"}),
            ("c", {"toolCallId": "c1", "argsTextDelta": '{"a"'}),
            ("c", {"toolCallId": "c1", "argsTextDelta": ": 1}"}),
            ("9", {"toolCallId": "c1", "toolName": "add", "args": {"a": 1}}),
            ("a", {"toolCallId": "c1", "result": {"sum": 1}}),
            ("e", {"finishReason": "tool-calls", "isContinued": False}),
            ("f", {"messageId": "a"}),
            ("0", "One."),
            ("e", {"finishReason": "stop", "isContinued": False}),
            ("d", {"finishReason": "stop", "usage": {"promptTokens": None, "completionTokens": None}}),
        ],
        {
            "text": "Look: One.",
            "calls": [("c1", "add", {"a": 1})],
            "results": [("c1", '{"sum":1}')],
            "steps": ["Step 2"],
            "ends": ["completed"],
            "kinds": ["text", "tool_call", "tool_result", "step", "text"],
            "finish": "stop",
            "usage": None,
        },
    ),
    "a step that is continued": ([("0", "a"), ("e", {"isContinued": True}), ("0", "b"), ("d", {})], {"text": "ab", "kinds": ["text"]}),
    "data, annotations, sources, files": (
        [
            ("2", [{"sky": "blue"}, 1]),
            ("8", ["note"]),
            ("h", {"sourceType": "url", "id": "s", "url": "https://a.example", "title": "A"}),
            ("k", {"data": "AAAA", "mimeType": "image/png"}),
            ("d", {"finishReason": "stop"}),
        ],
        {
            "custom": [("data", '{"sky":"blue"}'), ("data", "1"), ("message_annotations", "note")],
            "citations": ["https://a.example"],
            "media": [{"type": "file", "media_type": "image/png", "bytes": 3}],
            "text": "",
        },
    ),
    "an error keeps what came": ([("0", "This "), ("3", "model exploded")], {"text": "This ", "error": "model exploded"}),
    "an error alone": ([("3", "no key")], {"dialect": "ui_data_stream", "error": "no key"}),
    "no end": ([("0", "a")], {"text": "a", "cut": True, "ended": False}),
    "the end of a step, and no more": (
        [("0", "a"), ("e", {"finishReason": "stop", "usage": {"completionTokens": 1}})],
        {"cut": False, "finish": "stop", "usage": {"completionTokens": 1}},
    ),
    "cut after the step's beginning": ([("0", "a"), ("e", {"finishReason": "tool-calls"}), ("f", {"messageId": "m"})], {"cut": True}),
}


@pytest.mark.parametrize(("lines", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(lines: list[Line], expected: dict[str, Any]) -> None:
    found = facts_of(read(*lines))
    assert {name: found[name] for name in expected} == expected


def test_an_event_has_the_code_as_its_type_and_json_as_its_data() -> None:
    events = read(("0", "Hel"), ("d", {})).recording.events
    assert [(event.type, event.data) for event in events] == [("0", '"Hel"'), ("d", "{}")]
    assert events[0].json() == "Hel"


def test_a_tab_that_is_not_escaped_is_text() -> None:
    reading = Reading(Recording.from_bytes(b'0:"a\tb"\nd:{}\n', "text/plain"))
    reading.finish()
    assert reading.output.text == "a\tb"


def test_several_steps_are_no_several_responses() -> None:
    lines = STREAMS["a tool, and a second step"][0]
    assert [finding.kind for finding in read(*lines).findings()] == []


LINES: list[tuple[str, bytes, list[tuple[int, str, str]]]] = [
    ("crlf and blank lines", b'\r\n0:"a"\r\n\r\nd: {} \r\n', [(EVENT, "0", '"a"'), (EVENT, "d", "{}")]),
    ("not judged", b"0:oops\n", [(EVENT, "0", "oops")]),
    ("no code", b'0:"a"\nwhatever\n{"a":1}\n', [(EVENT, "0", '"a"'), (IGNORED, "", "whatever"), (IGNORED, "", '{"a":1}')]),
    ("a longer code", b"aui-state:[]\n", [(EVENT, "aui-state", "[]")]),
    ("last line whole", b'0:"a"', [(EVENT, "0", '"a"')]),
    ("last line cut", b'0:"a', [(TAIL, "0", '"a')]),
    ("last line without a code", b"0", [(TAIL, "message", "0")]),
]


@pytest.mark.parametrize(("stream", "expected"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_coded_lines(stream: bytes, expected: list[tuple[int, str, str]]) -> None:
    decoder = CodedLinesDecoder()
    frames = [frame for at in range(len(stream)) for frame in decoder.feed(stream[at : at + 1], 0.0, at)]
    frames += decoder.flush(0.0, len(stream))
    assert [(frame.kind, frame.type, frame.data) for frame in frames] == expected
    for frame in frames:
        assert CodedLinesDecoder.data_of(frame.kind, stream[frame.start : frame.end]) == frame.data, KIND_NAMES[frame.kind]


@pytest.mark.parametrize(
    ("code", "data", "expected"),
    [("0", '"a"', True), ("0", "{}", False), ("d", "{}", True), ("d", '"a"', False), ("message", '"a"', False), ("0", '"a', False)],
)
def test_detection(code: str, data: str, expected: bool) -> None:
    assert (detect(Frame(EVENT, 0.0, 0, 0, 0, code, "", data, None), None) is UIDataStream) is expected
