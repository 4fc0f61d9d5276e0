"""`connections.py` and `joining.py`: what several connections come to, by recordings with times of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.reading import Reading

WHY = "The peer closed the connection."
ASK = {"method": "GET", "url": "http://h/", "attempt": 1, "how": "LastEventId", "after": "20", "anew": False}


def begun(events: int = 20, every: float = 0.05) -> sw.Recording:
    """A ticker that has said something every so many seconds, from 1 s on; its next event would be number ``events`` + 1."""
    recording = sw.Recording()
    recording.mark("request", 0.0, method="GET", url="http://h/")
    recording.mark("open", 0.5, status=200)
    for number in range(1, events + 1):
        recording.chunk(b"id: %d\ndata: %d,\n\n" % (number, number), 1.0 + (number - 1) * every)
    return recording


def lose(recording: sw.Recording, lost: float, back: float, *, status: int = 200, **ask: Any) -> None:
    """The connection is lost at one instant, and another one answers at a later one."""
    recording.mark("wait", lost, seconds=2.0, why=WHY, attempt=ask.get("attempt", 1), of=5)
    recording.mark("reconnect", back - 0.25, **{**ASK, **ask})
    recording.mark("open", back, status=status)


def told(recording: sw.Recording, kind: str = "reconnect") -> list[str]:
    return [found.message for found in recording.findings() if found.kind == kind]


def test_a_loss_is_told_and_is_no_stall() -> None:
    recording = begun()
    lose(recording, 2.0, 12.0)
    recording.chunk(b"id: 21\ndata: 21,\n\n", 12.05)
    recording.seal("close")
    (found,) = recording.findings()
    assert (
        found.message == "The connection was lost after 2.00 s (The peer closed the connection); it was resumed 10 s later from event 20."
    )
    assert (found.kind, found.severity, found.time, found.duration) == ("reconnect", "info", 2.0, 10.0)
    assert found.frames is not None
    assert [recording.frames[index].type for index in found.frames] == ["wait", "open"]
    metrics = recording.metrics()
    assert (metrics.reconnects, metrics.reconnecting, metrics.headers) == (1, 10.0, 0.5)
    assert metrics.gap_max == pytest.approx(10.1)


def test_what_was_silent_besides_is_a_stall() -> None:
    recording = begun()
    lose(recording, 8.0, 12.0)
    recording.chunk(b"id: 21\ndata: 21,\n\n", 14.0)
    recording.seal("close")
    (stall,) = told(recording, "stall")
    assert stall.startswith("No content came for 8.05 s; the usual gap is 50 ms. Besides, there was no connection for 4.00 s.")


def test_attempts_that_came_to_nothing_are_one_loss() -> None:
    recording = begun()
    lose(recording, 2.0, 3.0, status=503)
    lose(recording, 3.0, 9.0, attempt=2)
    recording.seal("close")
    assert told(recording) == [
        "The connection was lost after 2.00 s (The peer closed the connection); "
        "it was resumed 7.00 s later from event 20, at the 2nd attempt."
    ]
    reading = Reading(recording)
    reading.finish()
    assert [(one["status"], one["note"]) for one in reading.connections.attempts] == [
        (200, "GET"),
        (503, "GET, 2nd attempt"),
        (200, "GET, 3rd attempt"),
    ]


@pytest.mark.parametrize(
    ("ask", "severity", "end"),
    [
        ({"how": "again", "after": ""}, "warning", "the events have no ids, so some may have come twice or not at all."),
        ({"how": "again", "after": "", "anew": True}, "warning", "the answer begins anew, and what had come before is dropped."),
        ({"how": "mine", "after": ""}, "info", "it was resumed 1.00 s later."),
    ],
)
def test_how_it_went_on(ask: dict[str, Any], severity: str, end: str) -> None:
    recording = begun()
    lose(recording, 2.0, 3.0, **ask)
    recording.seal("close")
    (found,) = [one for one in recording.findings() if one.kind == "reconnect"]
    assert found.severity == severity
    assert found.message.endswith(end)


def test_a_loss_that_lasts_is_told_while_it_does() -> None:
    recording = begun()
    recording.mark("wait", 2.0, seconds=3.0, why=WHY, attempt=1, of=5)
    reading = Reading(recording)
    reading.advance()
    (found,) = reading.findings(now=4.5)
    assert found.message == "There has been no connection since 2.00 s (The peer closed the connection); it is tried again."
    assert (found.time, found.duration) == (2.0, 2.5)
    assert reading.connections.pending == {"at": 5.0, "attempt": 1, "of": 5, "why": WHY}
    assert list(reading.connections.words.values()) == [
        "no connection: The peer closed the connection; reconnecting in 3.00 s (attempt 1 of 5)"
    ]
    recording.mark("reconnect", 5.0, **ASK)
    reading.advance()
    assert [reading.connections.pending, reading.connections.is_lost] == [None, True]
    recording.mark("open", 5.5, status=200)
    reading.advance()
    assert [reading.connections.pending, reading.connections.is_lost] == [None, False]


def test_of_many_losses_the_first_are_told_one_by_one() -> None:
    recording = begun()
    for number in range(30):
        lose(recording, 3.0 + number, 3.5 + number)
        recording.chunk(b"id: %d\ndata: x\n\n" % (21 + number), 3.6 + number)
    recording.seal("close")
    messages = told(recording)
    assert len(messages) == 21
    assert messages[-1] == "The connection was lost 10 more times, for 5.00 s in all."
    assert recording.metrics().reconnects == 30


def test_marks_of_a_file_that_somebody_wrote_are_read_as_far_as_they_go() -> None:
    recording = begun(2)
    for name in ("wait", "reconnect", "redirect", "open", "request"):
        recording.mark(name, 3.0)
    recording.seal("close")
    assert recording.read().text == "1,2,"
    assert recording.metrics().reconnects == 0


def test_the_first_token_is_no_thought_that_nothing_is_shown_of() -> None:
    recording = sw.Recording()
    recording.mark("open", 0.1, status=200)
    blocks: list[tuple[float, dict[str, Any]]] = [
        (0.2, {"type": "message_start", "message": {"id": "m", "model": "c"}}),
        (0.3, {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
        (8.0, {"type": "content_block_stop", "index": 0}),
        (8.1, {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}),
        (8.3, {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "a"}}),
    ]
    for at, data in blocks:
        recording.chunk(f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode(), at)
    metrics = recording.metrics()
    assert (metrics.first_token, metrics.first_answer, metrics.first_content, metrics.thinking) == (8.3, 8.3, 0.3, 8.0)
