"""What is odd about a stream itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from sse_widget.deltas import Delta
from sse_widget.faults import FaultFold
from sse_widget.findings import Finding
from sse_widget.reading import Reading
from sse_widget.recording import Recording
from sse_widget.wire import EVENT, Frame

from .chat import DONE, chunk, say

END = chunk(finish="stop")
USAGE = {"id": "c-1", "choices": [], "usage": {"completion_tokens": 3}}


def event(data: Any) -> bytes:
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def read(*chunks: tuple[float, Iterable[Any]], request: dict[str, Any] | None = None, broken: str = "", large: int = 1024) -> Reading:
    """A finished reading of transport chunks: the time of each and the events in it."""
    recording = Recording()
    recording.content_type = "text/event-stream"
    recording.request = request
    recording.mark("open", 0.0, status=200)
    for time, events in chunks:
        recording.chunk(b"".join(map(event, events)), time)
    recording._storage.append(chunks[-1][0], "mark", b"", {"mark": "close"})
    recording.broken = broken
    recording.closed = True
    reading = Reading(recording, large=large)
    reading.finish()
    return reading


def found(*events: Any, step: float = 0.05, **options: Any) -> list[Finding]:
    """Findings of events that come one by one, every ``step`` s."""
    return read(*((0.1 + step * n, [one]) for n, one in enumerate(events)), **options).findings()


WORDS = ["The ", "quick ", "brown ", "fox ", "jumps ", "over"]
LONG = "a sentence of some length, which does not come twice by chance. "


def twice(*texts: str) -> list[Any]:
    return [say(text) for text in texts for _ in range(2)]


CASES: dict[str, tuple[list[Any], list[tuple[str, str, tuple[int, int] | None]]]] = {
    "as it should be": ([*map(say, WORDS), END, USAGE, DONE], []),
    "each delta twice": ([*twice(*WORDS), END, DONE], [("duplicates", "warning", (2, 12))]),
    "words that come twice by nature": ([*twice("ha ", "no "), *map(say, WORDS), END, DONE], []),
    "one word for ever": ([*[say("ha ")] * 40, END, DONE], []),
    "two choices that agree": (
        [say(word, index=n) for word in WORDS for n in range(2)] + [chunk(finish="stop", index=n) for n in (0, 1)] + [DONE],
        [],
    ),
    "the text so far": ([*(say("".join(WORDS[: n + 1])) for n in range(6)), END, DONE], [("cumulative", "warning", (2, 6))]),
    "a word that begins like the last": ([say("a"), say("an"), *map(say, WORDS), END, DONE], []),
    "all of it again": ([say(LONG[:9]), say(LONG[9:]), say(LONG), END, DONE], [("repeated", "warning", (3, 3))]),
    "no end marker": ([say("Hi"), END], [("missing_end", "info", (2, 2))]),
    "no finish reason": ([say("Hi"), DONE], [("missing_end", "info", (2, 2))]),
    "another role": (
        [chunk({"role": "assistant", "content": "a"}), chunk({"role": "tool", "content": "b"}), END, DONE],
        [("role_change", "warning", (1, 2))],
    ),
    "Azure's first event": ([{"choices": [], "prompt_filter_results": [{}]}, say("Hi"), END, DONE], [("empty_choices", "info", (1, 1))]),
    "two responses": ([say("a"), END, say("b", id="c-2"), chunk(finish="stop", id="c-2"), DONE], [("responses", "warning", (3, 3))]),
    "padding": ([say("a", obfuscation="xyz"), say("b", obfuscation="x"), END, DONE], [("padding", "info", (1, 2))]),
    "other padding": ([say("a", p="xyz"), END, DONE], [("padding", "info", (1, 1))]),
    "large events": ([say("a" * 1000), say("b" * 2000), say("c"), END, DONE], [("large_events", "info", (1, 2))]),
}


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str) -> None:
    events, expected = CASES[name]
    assert [(f.kind, f.severity, f.frames) for f in found(*events)] == expected


SENTENCES: dict[str, tuple[list[Any], str]] = {
    "large": ([say("a" * 2000, id="x" * 100), END, DONE], "1 event had more than 1,024 B on the wire, the largest 2,245 B."),
    "padding": ([say("a", obfuscation="xyz"), END, DONE], "1 event carried padding, 3 B in all"),
    "role": ([chunk({"role": "user"}), chunk({"role": "tool"}), END, DONE], "The role changed in mid-stream: user, then tool."),
    "duplicates": ([*twice(*WORDS), END, DONE], "6 fragments came twice in a row"),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences(name: str) -> None:
    events, sentence = SENTENCES[name]
    (one,) = found(*events)
    assert one.message.startswith(sentence)


def test_the_limit_of_large_events() -> None:
    events = [say("a" * 2000), say("b" * 3000), END, DONE]
    assert [f.frames for f in found(*events, large=2500)] == [(2, 2)]
    assert found(*events, large=5000) == []
    recording = read((0.1, events)).recording
    assert [f.frames for f in recording.findings(large=2500)] == [(2, 2)]
    assert [f.frames for f in recording.findings()] == [(1, 2)]


@pytest.mark.parametrize(
    ("wait", "expected"),
    [(0.5, []), (2.5, [("late_usage", "info", (1, 3), 2.5)])],
)
def test_late_usage(wait: float, expected: list[Any]) -> None:
    reading = read((0.1, [say("Hi")]), (0.2, [END]), (0.1 + wait, [USAGE, DONE]))
    assert [(f.kind, f.severity, f.frames, f.duration) for f in reading.findings()] == expected


@pytest.mark.parametrize(
    ("body", "usage", "kinds"),
    [
        ({"stream_options": {"include_usage": True}}, [], ["no_usage"]),
        ({"stream_options": {"include_usage": True}}, [USAGE], []),
        ({"stream_options": {"include_usage": False}}, [], []),
        ({"stream_options": "all"}, [], []),
        ("text", [], []),
        (None, [], []),
    ],
)
def test_usage_that_was_asked_for(body: Any, usage: list[Any], kinds: list[str]) -> None:
    assert [f.kind for f in found(say("Hi"), END, *usage, DONE, request={"body": body})] == kinds


MANY = [*map(say, map(str, range(30))), END, DONE]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([(2.0, MANY)], ("burst", "warning", (1, 32))),
        ([(0.3, MANY)], ("burst", "info", (1, 32))),
        ([(0.0, MANY)], None),  # a body that was kept without times
        ([(2.0, MANY[:8]), (2.1, MANY[8:])], ("burst", "warning", (9, 32))),
        ([(2.0 + 0.1 * n, MANY[4 * n : 4 * n + 4]) for n in range(8)], None),
        ([(2.0 + 0.0001 * n, [one]) for n, one in enumerate(MANY)], ("burst", "warning", (1, 32))),
        ([(0.1 + 0.0001 * n, [one]) for n, one in enumerate(MANY)], None),  # nothing was held back
        ([(2.0, [*map(say, "abc"), END, DONE])], None),  # few events say nothing
        ([(1.0 + 0.5 * n, MANY[8 * n : 8 * n + 8]) for n in range(4)], ("buffered", "warning", (1, 32))),
        ([(1.0 + 0.5 * (n // 8), [one]) for n, one in enumerate(MANY)], ("buffered", "warning", (1, 32))),  # chunks that came at once
        ([(1.0 + 0.1 * n, MANY[8 * n : 8 * n + 8]) for n in range(4)], None),  # a fast stream is read in pieces
        ([(1.0 + 0.5 * n, MANY[16 * n : 16 * n + 16]) for n in range(2)], None),  # two make no pattern
    ],
)
def test_bursts(chunks: list[tuple[float, list[Any]]], expected: tuple[str, str, tuple[int, int]] | None) -> None:
    bursts = [(f.kind, f.severity, f.frames) for f in read(*chunks).findings()]
    assert bursts == ([expected] if expected else [])


def test_a_stream_that_was_cut_off_is_told_nothing_about_its_end() -> None:
    assert [f.kind for f in found(say("Hi"), broken="reset")] == ["cut_off"]


def test_invalid_bytes_name_their_frames() -> None:
    recording = Recording.from_bytes(b"data: a\n\ndata: \xff\n\n: \xfe\n\ndata: b\n\n", "text/event-stream")
    (one,) = recording.findings()
    assert (one.kind, one.frames) == ("invalid_utf8", (2, 3))


@pytest.mark.parametrize(("later", "kinds"), [(0, []), (1, ["responses"])])
def test_what_comes_with_the_finish_reason_is_no_second_response(later: int, kinds: list[str]) -> None:
    """Anthropic tells a refusal in the event that ends the message."""
    fold = FaultFold()
    deltas = [Delta(0, 0, "set", {"finish_reason": {0: "refusal"}}), Delta(later, 1, "open", {"kind": "refusal", "choice": 0})]
    for index in range(later + 1):
        frame = Frame(EVENT, 0.0, 0, 0, index, "message", "", "", None)
        fold.event(index, frame, None, [delta for delta in deltas if delta.frame == index], content=True)
    assert [found.kind for found in fold.findings()] == kinds


def test_several_agents_in_one_stream_are_ordinary() -> None:
    def message(number: int) -> list[Any]:
        start = {"type": "message_start", "message": {"id": f"m{number}", "role": "assistant", "content": [], "usage": {}}}
        return [
            start,
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "a"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            {"type": "message_stop"},
        ]

    (one,) = found(*message(1), *message(2))
    assert (one.kind, one.severity, one.message) == ("responses", "info", "2 responses share the stream; their texts are merged.")
