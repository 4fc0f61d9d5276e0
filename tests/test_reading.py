"""`reading.py`: the folds in step."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.deltas import ERROR, META, REASONING, TEXT, USAGE
from sse_widget.reading import Reading
from sse_widget.recording import Recording
from sse_widget.wire import Frame


def chat(content: str | None = None, **delta: object) -> bytes:
    import json

    return (
        b"data: "
        + json.dumps({"choices": [{"index": 0, "delta": {**({"content": content} if content else {}), **delta}}]}).encode()
        + b"\n\n"
    )


STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USED = b'data: {"choices":[],"usage":{"completion_tokens":2}}\n\n'


def read(body: bytes, *, step: int | None = None, broken: str = "", **options: object) -> Reading:
    recording = Recording()
    recording.content_type = "text/event-stream"
    reading = Reading(recording, **options)  # type: ignore[arg-type]
    for at in range(0, len(body), step or len(body) or 1):
        recording.chunk(body[at : at + (step or len(body))])
        reading.advance()
    recording.seal("error" if broken else "close", broken=broken)
    reading.finish()
    return reading


BODY = (
    b": hi\n\n"
    + chat(role="assistant")
    + chat(reasoning_content="hm")
    + chat("a")
    + b"foo: 1\n"
    + chat("b")
    + STOP
    + USED
    + b"data: [DONE]\n\n"
)


@pytest.mark.parametrize("step", [None, 1, 7])
def test_channels_of_frames(step: int | None) -> None:
    reading = read(BODY, step=step)
    assert list(reading.channels) == [META, META, REASONING, TEXT, META, TEXT, USAGE, USAGE, META, META]
    assert (reading.output.text, reading.output.reasoning, len(reading.frames)) == ("ab", "hm", 10)
    assert [d.value for d in reading.deltas_of(3) if d.op == "append"] == ["a"]
    assert reading.metrics().tokens == 2


FILTER = b'data: {"choices":[],"id":"","object":"","prompt_filter_results":[{"prompt_index":0}]}\n\n'
LEGACY = b'data: {"choices":[{"index":0,"text":"Hi","finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("body", "dialect", "label", "text", "frames"),
    [
        (FILTER + LEGACY + DONE, "openai_completions", None, "Hi", [1]),
        (FILTER + FILTER + chat("Hi") + STOP, "openai_chat", "OpenAI chat (Azure)", "Hi", [2]),
        (FILTER, "openai_chat", "OpenAI chat (Azure)", "", []),
        (FILTER + DONE, "openai_chat", "OpenAI chat (Azure)", "", []),
        (FILTER + b'data: {"error":{"message":"busy"}}\n\n' + chat("Hi"), "openai_chat", None, "Hi", [2]),
        (b'event: metadata\ndata: {"run_id":"r"}\n\nevent: data\ndata: "Hi"\n\n', "langserve", None, "Hi", [1]),
    ],
)
def test_events_that_tell_nothing_are_read_once_the_dialect_is_known(
    body: bytes, dialect: str, label: str | None, text: str, frames: list[int]
) -> None:
    for step in (None, 11):
        reading = read(body, step=step)
        assert reading.dialect is not None
        assert (reading.dialect.name, reading.output.dialect, reading.output.text) == (dialect, label, text)
        assert [part.frames for part in reading.output.parts if part.kind == "text"] == [frames][: len(text)]
        assert list(reading.deltas) == sorted(reading.deltas, key=lambda delta: delta.frame)
        assert [found.kind for found in reading.findings() if found.kind == "unknown"] == []
    assert reading.output.response_id == ("r" if dialect == "langserve" else None)


@pytest.mark.parametrize(
    ("body", "options", "message"),
    [
        (BODY, {"dialect": "anthropic"}, "asked for, Anthropic; the events look like OpenAI chat. Perhaps dialect='openai_chat'?"),
        (FILTER + BODY, {"dialect": "ollama"}, "asked for, Ollama; the events look like OpenAI chat. Perhaps dialect='openai_chat'?"),
        (b"data: words\n\n", {"dialect": "gemini"}, "asked for, Gemini; the events look like plain text. Perhaps dialect='text'?"),
        (BODY, {"dialect": "text"}, ""),
        (BODY, {"dialect": "openai_chat"}, ""),
        (BODY, {}, ""),
        (b'data: {"a": 1}\n\n', {"dialect": "gemini"}, ""),
        (BODY, {"extract": "$.nothing"}, ""),
    ],
)
def test_a_dialect_that_was_forced_wrongly_is_told(body: bytes, options: dict[str, Any], message: str) -> None:
    found = [finding.message for finding in read(body, **options).findings() if finding.kind == "dialect"]
    assert found == ([f"Nothing was found by the format that was {message}"] if message else [])


def test_frames_that_somebody_else_advanced_are_not_missed() -> None:
    recording = Recording()
    reading = Reading(recording)
    recording.chunk(BODY)
    assert len(recording.events) == 7
    recording.seal("close")
    reading.finish()
    assert reading.output.text == "ab"
    assert Reading(recording).output.text == ""


CUT: list[tuple[str, bytes, str, str]] = [
    ("a promised end that came", chat("a") + STOP, "", ""),
    ("a promised end that did not", chat("a"), "", "promises an end"),
    ("a transport that broke", chat("a"), "peer closed", "the connection broke: peer closed"),
    ("a transport that broke after the end", chat("a") + STOP + b"data: [DONE]\n\n", "peer closed", ""),
    ("plain text promises nothing", b"data: hello\n\n", "", ""),
    ("plain text over a transport that broke", b"data: hello\n\n", "peer closed", "the connection broke"),
    ("an end marker without its blank line", chat("a") + b"data: [DONE]", "", ""),
]


@pytest.mark.parametrize(("body", "broken", "reason"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
def test_cut_off(body: bytes, broken: str, reason: str) -> None:
    found = read(body, broken=broken).cut_off_reason()
    assert (reason in found) if reason else found == ""


def test_the_text_of_an_unterminated_tail_counts() -> None:
    assert read(chat("a") + chat("b").rstrip()).output.text == "ab"
    assert read(chat("a") + chat("b")[:-8]).output.text == "a"


def test_a_late_dialect_is_taken_and_a_stray_line_is_not() -> None:
    assert read(b'data: {"hello": "there"}\n\n' + chat("a") + STOP).output.text == "a"
    reading = read(b'data: {"hello": "there"}\n\ndata: ping\n\ndata: {"hello": "again"}\n\n')
    assert reading.dialect is not None
    assert (reading.dialect.name, reading.output.text) == ("unknown", "")
    assert "extract='$.hello'" in reading.findings()[0].message


def test_an_error_in_the_stream_is_seen_as_one() -> None:
    reading = read(chat("a") + b'data: {"error": {"message": "overloaded"}}\n\n')
    assert list(reading.channels)[1] == ERROR
    assert reading.output.error is not None


def test_an_end_that_comes_while_we_look_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames look at the recording first, then we do; what the source writes in between must still be read."""
    recording = Recording()
    recording.content_type = "text/event-stream"
    reading = Reading(recording)
    recording.chunk(chat("a"))
    look = reading.frames.advance

    def slow_look(limit: int | None = None) -> list[Frame]:
        found = look(limit)
        if not recording.closed:
            recording.chunk(chat("b") + STOP.rstrip())
            recording.seal("close")
        return found

    monkeypatch.setattr(reading.frames, "advance", slow_look)
    reading.advance()
    assert not reading.finished
    reading.advance()
    assert (reading.finished, reading.output.text, reading.output.finish_reason) == (True, "ab", "stop")
    assert reading.cut_off_reason() == ""
