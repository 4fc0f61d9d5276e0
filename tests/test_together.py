"""Streams that do not keep to the rules of their framing: events without a blank line between them, and a word before the first one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_widget.reading import Reading
from sse_widget.recording import Recording
from sse_widget.together import run_together

from .chat import chunk, say

ONE, TWO = json.dumps(say("Hel")), json.dumps(say("lo"))
STOP = json.dumps(chunk(finish="stop"))


def read(body: str, *, step: int | None = None, **options: Any) -> Reading:
    """A finished reading. step: bytes of a transport chunk."""
    data = body.encode()
    recording = Recording()
    recording.content_type = "text/event-stream"
    reading = Reading(recording, **options)
    for start in range(0, len(data), step or len(data)):
        recording.chunk(data[start : start + (step or len(data))], 0.1)
        reading.advance()
    recording.seal("close")
    reading.finish()
    return reading


def lines(*events: str) -> str:
    return "".join(f"data: {event}\n" for event in events)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1}\n{"a":2}', [{"a": 1}, {"a": 2}]),
        ('{"a":1}\r\n\n {"a":2} \n[DONE]', [{"a": 1}, {"a": 2}, None]),
        ('{"a":1}\n{"a":', [{"a": 1}]),
        ('{"a":1}\n{"a":\n{"a":3}', []),
        ('{"a":1}\nno JSON', []),
        ('{"a":1}\n[1]', []),
        ('[DONE]\n{"a":1}', []),
        ('{"a":1}', []),
        ("{\n}", []),
        ("", []),
    ],
)
def test_which_data_is_several_events(text: str, expected: list[Any]) -> None:
    assert [data if isinstance(data, dict) else None for _, data in run_together(text)] == expected


@pytest.mark.parametrize("end", ["", "\n"], ids=["unterminated", "terminated"])
@pytest.mark.parametrize("step", [None, 1, 7])
def test_events_run_together_are_read_for_what_was_meant(end: str, step: int | None) -> None:
    reading = read(lines(ONE, TWO, STOP, "[DONE]") + end, step=step)
    output = reading.output
    assert (output.text, output.finish_reason, output.done) == ("Hello", "stop", True)
    assert [(piece.text, piece.start) for piece in output.pieces(output.parts[0])] == [("Hello", 0)]  # one append of one event
    found = next(found for found in reading.findings() if found.kind == "run_together")
    assert found.severity == "warning"
    assert found.message.startswith("4 events came as 1: ")


def test_a_join_stands_between_events_run_together() -> None:
    assert read(lines(ONE, TWO), join="+").output.text == "Hel+lo"


def test_events_run_together_that_were_cut_off() -> None:
    reading = read(lines(ONE, TWO) + "data: " + STOP[:-9])
    assert reading.output.text == "Hello"
    assert "promises an end" in reading.cut_off_reason()


def test_a_guess_among_events_run_together() -> None:
    assert read(lines(*(f'{{"text":"{word}"}}' for word in "abc"))).output.text == "abc"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"dialect": "text"}, f"{ONE}\n{TWO}"),
        ({"parse": lambda data: f"<{data}>"}, f"<{ONE}\n{TWO}>"),
        ({"extract": "$.choices[0].delta.content"}, "Hello"),
    ],
    ids=["text", "parse", "extract"],
)
def test_who_wants_the_data_as_it_is_gets_it(options: dict[str, Any], text: str) -> None:
    assert read(lines(ONE, TWO) + "\n", **options).output.text == text


# --- a word before the first event -----------------------------------------------------------------------------------------

GREETED = f"data: connected\n\ndata: {ONE}\n\ndata: {TWO}\n\ndata: {STOP}\n\ndata: [DONE]\n\n"


@pytest.mark.parametrize("step", [None, 1, 50])
def test_a_greeting_makes_no_text_of_the_events_after_it(step: int | None) -> None:
    reading = read(GREETED, step=step)
    assert reading.dialect is not None
    assert (reading.dialect.name, reading.output.text, reading.number) == ("openai_chat", "Hello", 2)
    assert [part.frames for part in reading.output.parts] == [[1, 2]]


def test_text_stays_text() -> None:
    forced = read(GREETED, dialect="text")
    assert forced.output.text == f"connected{ONE}{TWO}{STOP}"
    unknown = read('data: Hello\n\ndata: {"a": 1}\n\n')
    assert (unknown.output.text, unknown.number) == ('Hello{"a": 1}', 1)
    late = read("data: word\n\n" * 20 + f"data: {ONE}\n\n")
    assert (late.output.text, late.number) == ("word" * 20 + ONE, 1)
