"""`recording.py`: an append-only list with times, and byte ranges over its chunks."""

from __future__ import annotations

import pytest

from sse_widget.items import item_of
from sse_widget.recording import MemoryStorage, Recording, SealedError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_times_are_seconds_since_the_request_was_sent() -> None:
    clock = Clock()
    recording = Recording(clock=clock)
    clock.now = 105.0
    recording.begin()
    clock.now = 105.25
    recording.chunk(b"data: a\n\n")
    recording.mark("pause")
    assert [(e.time, e.kind) for e in recording.read_entries()] == [(0.25, "chunk"), (0.25, "mark")]


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0, 3, b"abc"), (0, 0, b""), (1, 5, b"bcde"), (2, 9, b"cdefghi"), (5, 6, b"f"), (8, 20, b"i"), (9, 12, b"")],
)
def test_a_span_crosses_chunks_and_passes_over_marks(start: int, stop: int, expected: bytes) -> None:
    storage = MemoryStorage()
    for data in (b"abc", b"", b"defgh", b"i"):
        storage.append(0.0, "chunk" if data else "mark", data, None)
    assert storage.span(start, stop) == expected


def test_nothing_follows_the_end() -> None:
    recording = Recording()
    recording.chunk(b"data: a\n\n")
    assert recording.seal("stop", by="test") is True
    assert recording.seal("close") is False
    with pytest.raises(SealedError):
        recording.chunk(b"x")
    with pytest.raises(SealedError):
        recording.item("x", {"as": "str"})
    with pytest.raises(SealedError):
        recording.mark("late")
    assert recording.stopped
    assert recording.closed
    assert [e.kind for e in recording.read_entries()] == ["chunk", "mark"]


def test_listeners_hear_every_entry() -> None:
    heard = []
    recording = Recording()
    recording.listen(lambda: heard.append(len(recording)))
    recording.mark("open")
    recording.chunk(b"x")
    recording.chunk(b"")  # nothing came, so nothing is written
    recording.seal("close")
    assert heard == [1, 2, 3]


class Sse:
    data, event, id, retry = "hi", "greeting", "7", None


class Chunk:
    def model_dump(self, **_: object) -> dict[str, object]:
        return {"choices": []}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", ("text", {"as": "str"})),
        ({"a": "é"}, ('{"a": "é"}', {"as": "json"})),
        ([1], ("[1]", {"as": "json"})),
        (Sse(), ("hi", {"as": "sse", "event": "greeting", "id": "7", "retry": None})),
        (Chunk(), ('{"choices": []}', {"as": "json"})),
        (3.5, None),
        (object(), None),
    ],
)
def test_items(value: object, expected: object) -> None:
    assert item_of(value) == expected


def test_half_a_surrogate_pair_does_not_stop_the_recording() -> None:
    recording = Recording()
    recording.item("a\ud83d", {"as": "str"})
    recording.item("\ud83d\ude00", {"as": "str"})
    assert [e.data.decode() for e in recording.read_entries()] == ["a\ufffd", "😀"]


BODY = b': hi\n\nretry: 500\n\nid: 7\ndata: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\nfoo: bar\ndata: [DONE]\n\ndata: rest'


def test_a_recording_from_bytes_is_read_like_a_stream() -> None:
    recording = Recording.from_bytes(BODY, "text/event-stream")
    assert [(e.index, e.type, e.id, e.data[:6]) for e in recording.events] == [(0, "message", "7", '{"choi'), (1, "message", "7", "[DONE]")]
    assert [f.kind for f in recording.frames] == [6, 1, 2, 0, 3, 0, 6, 5]
    output = recording.read()
    assert (output.text, output.model) == ("Hello", None)
    assert recording.metrics().events == 2
    assert "Recording" in repr(recording)


def test_it_can_be_read_again_by_another_rule() -> None:
    body = b'data: {"result": {"text": "Hello", "id": 1}}\n\ndata: {"result": {"text": " you", "id": 2}}\n\n'
    recording = Recording.from_bytes(body, "text/event-stream")
    guess = recording.read()
    assert (guess.text, guess.dialect) == ("Hello you", "a guess: $.result.text")
    assert recording.read(extract="$.result.id").text == "12"
    assert recording.read(parse=lambda data: data.upper()[:3]).text == '{"R{"R'
    assert recording.read(extract="$.result.text", join="|").text == "Hello| you"
