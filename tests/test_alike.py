"""`alike.py`: events that are like the one before but for their text are read as if they had been parsed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.alike import Alike
from sse_widget.dialects import parse_json
from sse_widget.reading import Reading
from sse_widget.recording import Recording

PLAIN = '{"id":"c","model":"m","object":"chunk","choices":[{"index":0,"delta":{"content":"%s"}}]}'
SHAPES = [
    PLAIN,
    PLAIN,
    PLAIN,
    PLAIN.replace('"index":0', '"index":1'),
    PLAIN.replace('"chunk"', '"other"'),  # another label
    PLAIN.replace('"id":"c"', '"id":"c","service_tier":"flex"'),
    PLAIN.replace('"id":"c"', '"id":"c","service_tier":"default"'),
    PLAIN.replace('"id":"c"', '"id":"c","obfuscation":"xyz"'),
    PLAIN.replace('"id":"c"', '"id":"c","p":"xyz"'),
    PLAIN.replace('"id":"c"', '"id":"\\\\"'),
    PLAIN.replace('"id":"c"', '"id":"content"'),
    PLAIN.replace('"content":', '"content" : ') + " ",
    PLAIN.replace('{"index":0', '{"logprobs":{"content":[]},"index":0'),
    PLAIN.replace('"content"', '"reasoning_content"'),
    PLAIN.replace('"delta":{', '"delta":{"role":"assistant",'),
    PLAIN.replace('"index":0', '"index":0,"finish_reason":"stop"'),
    PLAIN[:-1] + ',"usage":{"completion_tokens":3}}',
    '{"id":"c","object":"chunk","choices":[]}',
    '{"id":"c","error":{"message":"%s"}}',
    "[DONE]",
    "%s",
]
# As they stand between the quotes; some make another JSON of it, or none.
TEXTS = [
    "a",
    " b",
    "aa",
    "",
    "<th",
    "ink>",
    "</think>",
    "`",
    "``",
    "\\n",
    '\\"',
    "\\",
    "\\u00fc",
    "ü",
    "\t",
    "\x7f",
    "\ufffd",
    'a"},"z":{"q":"',
]
LINES = st.tuples(st.sampled_from(["", "", "", "event: x\n", ": ping\n\n", "retry: 1\n"]), st.sampled_from(SHAPES), st.sampled_from(TEXTS))


def read(stream: list[tuple[str, str, str]]) -> dict[str, Any]:
    recording = Recording()
    recording.content_type = "text/event-stream"
    recording.mark("open", 0.0)
    for number, (before, shape, text) in enumerate(stream):
        recording.chunk(f"{before}data: {shape.replace('%s', text)}\n\n".encode(), number * 0.7)
    recording.seal("close")
    reading = Reading(recording)
    reading.finish()
    metrics = reading.metrics().to_dict()
    del metrics["end"]  # by the clock
    return {
        "deltas": list(reading.deltas),
        "output": reading.output.to_dict(),
        "parts": [(part.number, part.text, part.frames) for part in reading.output.parts],
        "channels": list(reading.channels),
        "labels": (list(reading.labels.starts), reading.labels.names),
        "metrics": metrics,
        "findings": reading.findings(),
        "phase": reading.phase,
    }


@settings(max_examples=500, deadline=None)
@given(st.lists(LINES, max_size=14))
def test_what_is_not_parsed_is_read_as_if_it_were(stream: list[tuple[str, str, str]]) -> None:
    opened = [("", PLAIN, "Hello"), ("", PLAIN, " you"), *stream]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Alike, "text", lambda *_: None)
        parsed = read(opened)
    assert read(opened) == parsed


@pytest.mark.parametrize("shape", [SHAPES[3], SHAPES[4]])
def test_two_kinds_in_turn_are_told_apart(shape: str) -> None:
    result = read(
        [("", PLAIN, "Hello"), ("", shape, "Hi"), *(("", one, "a") for one in (PLAIN, PLAIN, shape, PLAIN, PLAIN, shape, PLAIN, PLAIN))]
    )
    labels, texts = result["labels"], [text for _, text, _ in result["parts"]]
    if shape is SHAPES[3]:
        assert texts == ["Helloaaaaaa", "Hiaa"]
    else:
        assert labels == ([1, 2, 3, 5, 6, 8, 9], ["chunk", "other", "chunk", "other", "chunk", "other", "chunk"])
        assert texts == ["HelloHiaaaaaaaa"]


def test_plain_chunks_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(text: str, **options: Any) -> Any:
        parsed.append(text)
        return parse_json(text, **options)

    monkeypatch.setattr("sse_widget.reading.parse_json", parse)
    result = read([("", PLAIN, text) for text in ("Hel", "lo", " you", "\\n", "x", "y")])
    assert result["output"]["text"] == "Hello you\nxy"
    assert parsed == [PLAIN % text for text in ("Hel", "lo", "\\n")]


def test_where_none_is_like_another_it_is_rarely_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    learned = []
    alike = Alike("content")
    for number in range(1000):
        data = PLAIN.replace('"c"', f'"{number}"') % "a"
        assert alike.text("message", data) is None
        alike.learn("message", data, parse_json(data), "a", 0)
        if alike.text("message", data) is not None:
            learned.append(number)
            alike._missed = number + 1  # as if nobody had asked
    assert len(learned) < 12
