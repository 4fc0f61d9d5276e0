"""Bedrock's knowledge bases: an answer in pieces, and where it has it from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_widget import Recording
from sse_widget.aws import pack
from sse_widget.dialects import BedrockKnowledge, detect
from sse_widget.reading import Reading

from .agent_streams import Event, check, event_frame, facts_of, survives

SOURCE = {"content": {"text": "Dough rests."}, "location": {"type": "S3", "s3Location": {"uri": "s3://kitchen/dough.pdf"}}, "metadata": {}}
PAGE = {"content": {"text": "Hot."}, "location": {"type": "WEB", "webLocation": {"url": "https://a.example"}}}
CITED = {
    "generatedResponsePart": {"textResponsePart": {"text": "Hello", "span": {"start": 0, "end": 4}}},
    "retrievedReferences": [SOURCE, PAGE],
}

STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "from boto3": (
        [{"output": {"text": "Hel"}}, {"output": {"text": "lo"}}, {"citation": {"citation": CITED, **CITED}}, {"output": {"text": "!"}}],
        {
            "dialect": "bedrock_knowledge",
            "text": "Hello!",
            "citations": ["s3://kitchen/dough.pdf", "https://a.example"],
            "cut": False,
        },
    ),
    "sources first": (
        [{"citation": {"retrievedReferences": [PAGE]}}, {"output": {"text": "a"}}],
        {"citations": ["https://a.example"], "text": "a"},
    ),
    "a guardrail": (
        [{"output": {"text": "No."}}, {"guardrail": {"action": "INTERVENED"}}],
        {"text": "No.", "finish": "guardrail_intervened"},
    ),
    "a guardrail that lets pass": ([{"output": {"text": "Yes"}}, {"guardrail": {"action": "NONE"}}], {"finish": None}),
    "an exception": (
        [{"output": {"text": "a"}}, {"throttlingException": {"message": "slow down"}}],
        {"text": "a", "error": "slow down"},
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


def test_on_the_wire_the_frames_name_the_events() -> None:
    events = [("output", {"text": "Hel"}), ("output", {"text": "lo"}), ("citation", {"citation": CITED}), ("guardrail", {"action": "NONE"})]
    data = b"".join(pack(json.dumps(about).encode(), {":event-type": kind, ":message-type": "event"}) for kind, about in events)
    reading = Reading(Recording.from_bytes(data, "application/vnd.amazon.eventstream"))
    reading.finish()
    assert {**facts_of(reading), "dialect": "bedrock_knowledge", "text": "Hello"} == facts_of(reading)
    assert reading.output.citations[0]["cited_text"] == "Dough rests."


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        ({"output": {"text": "a"}}, "message", True),
        ({"output": {"text": "a"}, "request_id": "r"}, "message", False),  # Alibaba's
        ({"output": {"text": "a", "finish_reason": "null"}}, "message", False),
        ({"output": "a"}, "message", False),
        ({"citation": {}}, "message", False),
        ({"text": "a"}, "output", True),
        ({"text": "a"}, "message", False),
    ],
)
def test_detection(data: Any, kind: str, expected: bool) -> None:
    assert (detect(*event_frame(data, kind)) is BedrockKnowledge) is expected
