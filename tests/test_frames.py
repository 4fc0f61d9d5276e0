"""The columns of a recording's frames: entries in, frames out, and the same frames again from the bytes."""

from __future__ import annotations

import builtins
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.aws import pack
from sse_widget.errors import UsageError
from sse_widget.frames import Event, Frames
from sse_widget.recording import Entry
from sse_widget.wire import COMMENT, EVENT, KIND_NAMES, MARK, Frame

from .test_wire import cut_streams


class Source:
    """A recording in memory: entries arrive by `chunk`, `item` and `mark`, one a second."""

    def __init__(self, *chunks: bytes, content_type: str | None = "text/event-stream", closed: bool = True) -> None:
        self.entries: list[Entry] = []
        self.content_type = content_type
        self.closed = closed
        for chunk in chunks:
            self.chunk(chunk)

    def chunk(self, data: bytes) -> None:
        self._append("chunk", data, None)

    def item(self, text: str, **info: Any) -> None:
        self._append("item", text.encode(), info)

    def mark(self, name: str, **info: Any) -> None:
        self._append("mark", b"", {"mark": name, **info})

    def _append(self, kind: Any, data: bytes, info: dict[str, Any] | None) -> None:
        self.entries.append(Entry(len(self.entries), float(len(self.entries)), kind, data, info))

    def __len__(self) -> int:
        return len(self.entries)

    def read(self, start: int, stop: int) -> Sequence[Entry]:
        return self.entries[start:stop]

    def rows(self, start: int, stop: int) -> Sequence[Entry]:
        return self.entries[start:stop]

    def bytes(self, start: int, stop: int) -> builtins.bytes:
        return b"".join(entry.data for entry in self.entries)[start:stop]

    def reach(self, stop: int) -> int:
        return sum(len(entry.data) for entry in self.entries[:stop])


def named(frames: Sequence[Frame]) -> list[tuple[str, str, str]]:
    return [(KIND_NAMES[frame.kind], frame.type, frame.data) for frame in frames]


def test_one_recording_of_everything() -> None:
    source = Source(closed=False)
    source.mark("open", status=200)
    source.chunk(b"retry: 5\n: c\n\nid: 1\nda")
    source.chunk(b"ta: a\n\nfoo\nevent: t\n\ndata: re")
    source.mark("reconnect")
    source.chunk(b"\xef\xbb\xbfdata: b\n\n")
    source.mark("close")
    source.chunk(b"data: \xff\n")
    source.closed = True
    frames = Frames(source)
    fresh = frames.advance()
    opened, closed = '{"mark": "open", "status": 200}', '{"mark": "close"}'
    assert fresh == [
        Frame(MARK, 0.0, 0, 0, 0, "open", "", opened, None),
        Frame(2, 1.0, 0, 9, 1, "", "", "5", 5),
        Frame(1, 1.0, 9, 13, 1, "", "", "c", None),
        Frame(EVENT, 2.0, 14, 29, 2, "message", "1", "a", None),
        Frame(3, 2.0, 29, 33, 2, "", "1", "foo", None),
        Frame(4, 2.0, 29, 43, 2, "t", "1", "", None),
        Frame(5, 3.0, 43, 51, 2, "message", "1", "re", None),
        Frame(MARK, 3.0, 51, 51, 3, "reconnect", "1", '{"mark": "reconnect"}', None),
        Frame(EVENT, 4.0, 54, 63, 4, "message", "1", "b", None),
        Frame(MARK, 5.0, 63, 63, 5, "close", "1", closed, None),
        Frame(5, 6.0, 63, 71, 6, "message", "1", "\ufffd", None),
    ]
    assert list(frames) == fresh
    assert (frames.last_event_id, frames.retry, frames.invalid_utf8, frames.framing, frames.finished) == ("1", 5, 1, "sse", True)
    assert frames.advance() == []
    assert list(frames.events) == [Event(0, 2.0, "message", "1", "a", 15, 3, 2), Event(1, 4.0, "message", "1", "b", 9, 8, 4)]
    assert [frames.event_index(number) for number in range(len(frames))] == [None, None, None, 0, None, None, None, None, 1, None, None]
    assert [list(column) for column in (frames.kinds, frames.times, frames.starts, frames.ends, frames.chunks)] == [
        list(column) for column in list(zip(*fresh, strict=True))[:5]
    ]


def test_items_are_events_by_themselves() -> None:
    source = Source(content_type=None)
    source.item("plain: text\n\nwith lines", **{"as": "str"})
    source.item('{"a": 1}', **{"as": "sse"}, event="t", id="7", retry=20)
    source.item("", event="message", id="", retry=None)
    source.item("x", event="u", id=None)
    frames = Frames(source)
    fresh = frames.advance()
    assert fresh == [
        Frame(EVENT, 0.0, 0, 23, 0, "message", "", "plain: text\n\nwith lines", None),
        Frame(2, 1.0, 23, 23, 1, "", "", "20", 20),
        Frame(EVENT, 1.0, 23, 31, 1, "t", "7", '{"a": 1}', None),
        Frame(EVENT, 2.0, 31, 31, 2, "message", "", "", None),
        Frame(EVENT, 3.0, 31, 32, 3, "u", "", "x", None),
    ]
    assert list(frames) == fresh
    assert (frames.retry, frames.framing, frames.finished) == (20, None, True)
    assert frames.events[1].json() == {"a": 1}


def test_an_item_among_chunks_ends_what_was_open() -> None:
    source = Source(b"data: a\n\ndata: b", closed=False)
    source.item("c")
    source.chunk(b"data: d\n\n")
    frames = Frames(source)
    fresh = frames.advance()
    assert named(fresh) == [("event", "message", "a"), ("tail", "message", "b"), ("event", "message", "c"), ("event", "message", "d")]
    assert list(frames) == fresh


def test_it_grows_only_by_what_is_new() -> None:
    source = Source(b"data: a\n\nda", closed=False)
    frames = Frames(source)
    assert named(frames.advance()) == [("event", "message", "a")]
    assert frames.advance() == []
    source.chunk(b"ta: b\n\ndata: c\n\n")
    source.chunk(b"data: d\n\ndata: [DONE]")
    source.closed = True
    assert named(frames.advance(1)) == [("event", "message", "b"), ("event", "message", "c")]
    assert (len(frames), len(frames.events), frames.finished) == (3, 3, False)
    assert named(frames.advance(1)) == [("event", "message", "d"), ("tail", "message", "[DONE]")]
    assert frames.finished


def test_nothing_at_all() -> None:
    frames = Frames(Source())
    assert (frames.advance(), list(frames), list(frames.events), frames.finished) == ([], [], [], True)


def test_indexes_and_slices() -> None:
    frames = Frames(Source(b"data: 0\n\n: c\ndata: 1\n\ndata: 2\n\n"))
    fresh = frames.advance()
    assert frames[-1] == fresh[-1]
    assert frames[1:3] == fresh[1:3]
    assert [event.data for event in frames.events[::-1]] == ["2", "1", "0"]
    assert frames.events[-1].frame == 3
    for sequence in (frames, frames.events):
        with pytest.raises(IndexError):
            sequence[len(sequence)]


@settings(deadline=None, max_examples=200)
@given(cut_streams(), st.sampled_from(["sse", "ndjson", "json_array", "aws", "auto"]), st.integers(1, 5), st.sets(st.integers(0, 12)))
def test_the_bytes_give_the_same_frames_again(chunks: list[bytes], framing: str, limit: int, marks: set[int]) -> None:
    source = Source(content_type=None)
    for index, chunk in enumerate(chunks):
        source.chunk(chunk)
        if index in marks:
            source.mark("reconnect" if index % 2 else "pause")
    frames = Frames(source, framing)
    fresh = []
    while not frames.finished:
        fresh += frames.advance(limit)
    assert list(frames) == fresh == Frames(source, framing).advance()
    assert [frame.data for frame in fresh if frame.kind == EVENT] == [event.data for event in frames.events]
    assert [frame.time for frame in fresh] == sorted(frame.time for frame in fresh)


def test_many_chunks_with_something_else_among_them() -> None:
    """Long enough that columns are filled in several goes."""
    source, expected = Source(), []
    for number in range(1000):
        if number % 300 == 299:
            source.mark("pause")
            expected.append((MARK, "pause", "7" if number > 500 else ""))
        if number == 650:
            source.chunk(b": c\n")
            expected.append((COMMENT, "", "7"))
        lines = {500: "id: 7\n", 707: "event: t\n"}.get(number, "")
        source.chunk(f"{lines}data: {number}\n\n".encode())
        expected.append((EVENT, "t" if number == 707 else "message", "7" if number >= 500 else ""))
    frames = Frames(source)
    fresh = frames.advance()
    assert list(frames) == fresh
    assert [(frame.kind, frame.type, frame.id) for frame in fresh] == expected
    assert [frame.chunk for frame in fresh] == list(range(len(expected)))
    assert [event.data for event in frames.events] == [str(number) for number in range(1000)]
    assert [event.frame for event in frames.events] == [at for at, row in enumerate(expected) if row[0] == EVENT]


# --- which framing -------------------------------------------------------------------------------------------------------
AWS = pack(b'{"a":1}', {":event-type": "chunk"})
LONG = json.dumps({"text": "x" * 9000}).encode()
GUESSED: list[tuple[str, str | None, list[bytes], str | None, list[str]]] = [
    ("by-type-sse", "text/event-stream", [b"data: a\n\n"], "sse", ["a"]),
    ("by-type-ndjson", "Application/X-NDJSON; q=1", [b"1\n2\n"], "ndjson", ["1", "2"]),
    ("by-bytes-sse", None, [b"\xef\xbb", b"\xbf", b"\n", b"da", b"ta: a\n\n"], "sse", ["a"]),
    ("by-bytes-ndjson", "text/plain", [b'\n{"a"', b':1}\n{"b":2}', b"\n"], "ndjson", ['{"a":1}', '{"b":2}']),
    ("against-the-type", "application/json", [b"data: a\n\n"], "sse", ["a"]),
    ("long-first-object", None, [LONG[:3000], LONG[3000:6000], LONG[6000:] + b"\n"], "ndjson", [LONG.decode()]),
    ("one-object-without-end", "application/json", [b'{"a":', b"1}"], "ndjson", ['{"a":1}']),
    ("pretty-printed-object", "application/json", [b'{\n "data"', b": 1\n}\n"], "json_array", ['{\n "data": 1\n}']),
    ("json-array", "application/json", [b"[", b'{"a":1}\n,', b'\r\n{"b":2}]'], "json_array", ['{"a":1}', '{"b":2}']),
    ("array-by-bytes", None, [b"[", b"\n", b'{"a":1}]'], "json_array", ['{"a":1}']),
    ("type-that-lies", "text/event-stream", [b"{", b'"a":1}', b"\n"], "ndjson", ['{"a":1}']),
    ("aws-frames", None, [AWS[:1], AWS[1:5], AWS[5:]], "aws", ['{"a":1}']),
    ("page", "text/html", [b"<html>\n\n"], "sse", []),
    ("half-a-mark", None, [b"\xef"], "sse", []),
    ("blank-lines-for-ever", None, [b"\n" * 5000, b"\n", b"data: a\n\n"], "sse", ["a"]),
    ("nothing", None, [], None, []),
]


@pytest.mark.parametrize(("content_type", "chunks", "framing", "events"), [row[1:] for row in GUESSED], ids=[row[0] for row in GUESSED])
def test_auto(content_type: str | None, chunks: list[bytes], framing: str | None, events: list[str]) -> None:
    frames = Frames(Source(*chunks, content_type=content_type))
    while not frames.finished:
        frames.advance(1)
    assert frames.framing == framing
    assert [event.data for event in frames.events] == events


def test_entries_wait_for_the_framing_in_order() -> None:
    source = Source(content_type=None, closed=False)
    source.mark("open")
    source.chunk(b'{"a"')
    source.mark("pause")
    frames = Frames(source)
    assert named(frames.advance()) == [("mark", "open", '{"mark": "open"}')]
    source.chunk(b":1}\n")
    assert [(KIND_NAMES[frame.kind], frame.time) for frame in frames.advance()] == [("mark", 2.0), ("event", 3.0)]


def test_a_given_framing_is_not_guessed() -> None:
    assert named(Frames(Source(b"data: a\n\n"), "ndjson").advance()) == [("event", "message", "data: a")]


def test_a_framing_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="ndjson"):
        Frames(Source(), "ndjsn")
