"""The decoders, by tables and against two oracles: the specification written down for whole strings, and httpx-sse."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, SupportsIndex

import pytest
from httpx_sse._decoders import SSEDecoder as PeerDecoder
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sse_widget import wire
from sse_widget.ndjson import NDJSONDecoder
from sse_widget.wire import COMMENT, EMPTY, EVENT, IGNORED, KIND_NAMES, RETRY, TAIL, Decoder, Frame, SSEDecoder

from .sse_cases import CASES, Case

Events = list[tuple[str, str, str]]


def decode(chunks: Iterable[bytes], decoder: Decoder | None = None) -> tuple[list[Frame], Decoder]:
    """All frames of a whole stream; chunk i arrives at i seconds, the end at 1000 seconds."""
    decoder = decoder or SSEDecoder()
    frames: list[Frame] = []
    for index, chunk in enumerate(chunks):
        frames += decoder.feed(chunk, float(index), index)
    return frames + decoder.flush(1000.0, 999), decoder


def events_of(frames: Iterable[Frame]) -> Events:
    return [(frame.type, frame.data, frame.id) for frame in frames if frame.kind == EVENT]


def named(frames: Iterable[Frame]) -> list[tuple[str, str]]:
    return [(KIND_NAMES[frame.kind], frame.data) for frame in frames]


def timeless(frames: Iterable[Frame]) -> list[tuple[Any, ...]]:
    return [frame._replace(time=0.0, chunk=0) for frame in frames]


# --- the specification, for whole strings --------------------------------------------------------------------------------
def by_the_book(stream: bytes) -> tuple[Events, str, int | None]:
    """The events, the last event id and the reconnection time of a stream: the WHATWG text, sentence by sentence."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    events: Events = []
    last_id, retry = "", None
    data, event_type, id_buffer = "", "", ""
    for line in re.split("\r\n|\n|\r", text)[:-1]:  # what follows the last line end is no line
        if line == "":
            last_id = id_buffer
            if data != "":
                events.append((event_type or "message", data[:-1], last_id))
            data, event_type = "", ""
            continue
        if line[0] == ":":
            continue
        field, colon, value = line.partition(":")
        if colon and value[:1] == " ":
            value = value[1:]
        if field == "event":
            event_type = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            id_buffer = value
        elif field == "retry" and re.fullmatch("0*[0-9]{1,15}", value):
            retry = int(value.lstrip("0") or "0")
    return events, last_id, retry


# Pieces that lie near each other in the decoder's decisions; joined at random they make every mistake likely.
ADVERSARIAL = [
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n", b"\r\r", b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf", b":", b" ", b": ", b"\0"),
    *(b"data", b"data:", b"data: ", b"event", b"event: t", b"id", b"id: 7", b"id: 8\0", b"retry", b"retry: 12", b"retry:", b"5", b"-"),
    *(b"x", b"\xff", b"\xe2\x82", b"\xac", b"\xf0\x9f", b"\x98\x80", b"\xc2\x85", b"\xe2\x80\xa8", b"\x0b", b"\x1c"),
]
streams = st.lists(st.one_of(st.sampled_from(ADVERSARIAL), st.binary(max_size=2)), max_size=40).map(b"".join)


@st.composite
def cut_streams(draw: st.DrawFn) -> list[bytes]:
    stream = draw(streams)
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[a:b] for a, b in itertools.pairwise([0, *cuts, len(stream)])]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_conformance(case: Case) -> None:
    frames, decoder = decode(case.chunks)
    assert events_of(frames) == case.events
    assert decoder.retry == case.retry
    whole = b"".join(case.chunks)
    assert decoder.offset == len(whole)
    assert timeless(decode([whole])[0]) == timeless(frames)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_table_agrees_with_the_book(case: Case) -> None:
    events, _, retry = by_the_book(b"".join(case.chunks))
    assert (events, retry) == (case.events, case.retry)


@settings(deadline=None, max_examples=400)
@given(cut_streams())
@example([b"data: a\r", b"", b"\n\n"])
def test_chunks_do_not_matter(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    expected, reference = decode([whole])
    for variant in (chunks, [bytes([byte]) for byte in whole]):
        frames, decoder = decode(variant)
        assert timeless(frames) == timeless(expected)
        assert vars_of(decoder) == vars_of(reference)


def vars_of(decoder: Decoder) -> tuple[Any, ...]:
    return decoder.last_event_id, decoder.retry, decoder.offset, decoder.invalid_utf8


@settings(deadline=None, max_examples=400)
@given(cut_streams())
@example([b"\n", b"data: 1\r\n\ndata: 2\n\n"])
def test_decodes_by_the_book(chunks: list[bytes]) -> None:
    frames, decoder = decode(chunks)
    assert (events_of(frames), decoder.last_event_id, decoder.retry) == by_the_book(b"".join(chunks))


plain = st.one_of(st.just(b"data: x\n\n"), st.binary(max_size=4).map(b"data: %b\n\n".__mod__), st.sampled_from(ADVERSARIAL))


@settings(deadline=None, max_examples=400)
@given(st.lists(plain, max_size=12), st.lists(st.integers(0, 60), max_size=5))
@example([b"data: x\n\n"], [8])
@example([b": c\n", b"data: x\n\n"], [4])
@example([b": c\n", b"data: \xff\n\n", b"id: 1\n\n", b"data: x\n\n"], [])
@example([b"event: t\n", b"data: x\n\n"], [9])
@example([b"data: a\n", b"data: x\n\n"], [8])
def test_the_short_way_for_plain_events_leads_where_the_long_one_does(blocks: list[bytes], cuts: list[int]) -> None:
    """Streams without CR take it, once it is known that no byte order mark comes; the same with CR for LF do not."""
    stream = b"\n" + b"".join(blocks).replace(b"\r", b"")
    at = [0, 1, *sorted(min(1 + cut, len(stream)) for cut in cuts), len(stream)]
    short, long = (decode(same[a:b] for a, b in itertools.pairwise(at)) for same in (stream, stream.replace(b"\n", b"\r")))
    assert short[0] == long[0]
    assert vars_of(short[1]) == vars_of(long[1])


@settings(deadline=None, max_examples=300)
@given(streams)
def test_a_range_reproduces_its_frame(stream: bytes) -> None:
    frames, _ = decode([stream])
    begin = 0  # of the blocks
    for frame in frames:
        raw = stream[frame.start : frame.end]
        assert SSEDecoder.data_of(frame.kind, raw) == frame.data
        if frame.kind == EVENT:
            alone = SSEDecoder(bom=False).feed(raw, 0.0, 0)[-1]
            assert (alone.kind, alone.type, alone.data) == (EVENT, frame.type, frame.data)
        if frame.kind in (EVENT, EMPTY, TAIL):
            assert begin <= frame.start < frame.end
            begin = frame.end
    assert begin <= len(stream)


line_text = st.text(st.characters(exclude_characters="\r\n\0\ufeff", exclude_categories=["Cs"]), max_size=12)
fields = st.one_of(
    st.tuples(st.sampled_from(["data: ", "data:", "event: ", "id: x", ": ", "other: "]), line_text).map("".join),
    st.integers(0, 10**6).map("retry: {}".format),
)
blocks = st.tuples(st.lists(fields, max_size=4), line_text.map("data: {}".format), st.lists(fields, max_size=4)).map(
    lambda block: "\n".join([*block[0], block[1], *block[2]]) + "\n\n"
)


@settings(deadline=None, max_examples=200)
@given(st.lists(blocks, max_size=6).map("".join))
def test_agrees_with_httpx_sse_where_that_is_right(stream: str) -> None:
    """It is right for LF, no byte order mark, whole blocks that all have data, and retry fields that are digits."""
    peer = PeerDecoder()
    dispatched = [event for line in stream.split("\n")[:-1] if (event := peer.decode(line)) is not None]
    frames, decoder = decode([stream.encode()])
    assert events_of(frames) == [(event.event, event.data, event.id) for event in dispatched]
    retries = [event.retry for event in dispatched if event.retry is not None]
    assert decoder.retry == (retries[-1] if retries else None)


# --- what is no event ----------------------------------------------------------------------------------------------------
OTHER_FRAMES: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    ("comments", b": ping\n:x\n:\n:  y\n", [("comment", "ping"), ("comment", "x"), ("comment", ""), ("comment", " y")]),
    ("comment-block-is-not-empty", b": ping\n\n", [("comment", "ping")]),
    ("comment-before-its-event", b"data: a\n: c\n\n", [("comment", "c"), ("event", "a")]),
    ("retry", b"retry: 020\nretry: x\nretry\n\n", [("retry", "020"), ("ignored", "retry: x"), ("ignored", "retry")]),
    ("ignored", b'error: {"a":1}\n\n{"b":2}\n', [("ignored", 'error: {"a":1}'), ("ignored", '{"b":2}')]),
    ("ignored-id-with-nul", b"id: 1\0\n\n", [("ignored", "id: 1\0")]),
    ("ignored-invalid", b"\xff: a\n", [("ignored", "\ufffd: a")]),
    ("empty-type", b"event: ping\n\n", [("empty", "")]),
    ("empty-id", b"id: 1\n\n", [("empty", "")]),
    ("blank-lines-are-nothing", b"\n\r\n\r\n\n", []),
    ("tail-line", b"data: a\ndata: [DO", [("tail", "a\n[DO")]),
    ("tail-block", b"data: a\n\ndata: b\n", [("event", "a"), ("tail", "b")]),
    ("tail-name", b"dat", [("tail", "")]),
    ("tail-type", b"event: e\n", [("tail", "")]),
    ("tail-comment", b": pin", [("tail", "")]),
    ("tail-half-mark", b"\xef\xbb", [("tail", "")]),
    ("tail-character", b"data: \xe2\x82", [("tail", "\ufffd")]),
    ("no-tail-of-line-ends", b"data: a\n\n\n\r\n\r", [("event", "a")]),
    ("no-tail-of-whole-comments", b"data: a\n\n: bye\n", [("event", "a"), ("comment", "bye")]),
    ("no-tail-of-a-mark", b"\xef\xbb\xbf", []),
]


@pytest.mark.parametrize(("stream", "expected"), [row[1:] for row in OTHER_FRAMES], ids=[row[0] for row in OTHER_FRAMES])
def test_what_is_no_event(stream: bytes, expected: list[tuple[str, str]]) -> None:
    assert named(decode([stream])[0]) == expected


def test_every_column_of_every_kind() -> None:
    chunks = [
        b"\xef\xbb\xbfid: 1\r\nevent: t\r\nda",
        b"ta: a\r\n: c\r",
        b"\n\r",
        b"\nretry: 5\nfoo\nid: 2\n\nid: 3\nevent: u\ndata: b",
    ]
    assert decode(chunks)[0] == [
        Frame(COMMENT, 1.0, 29, 33, 1, "", "", "c", None),
        Frame(EVENT, 2.0, 3, 35, 2, "t", "1", "a", None),
        Frame(RETRY, 3.0, 36, 45, 3, "", "1", "5", 5),
        Frame(IGNORED, 3.0, 45, 49, 3, "", "1", "foo", None),
        Frame(EMPTY, 3.0, 36, 56, 3, "", "2", "", None),
        Frame(TAIL, 1000.0, 56, 78, 999, "u", "3", "b", None),
    ]


def test_a_tail_puts_nothing_in_force() -> None:
    frames, decoder = decode([b"id: 1\nretry: 7\n\nid: 2\nretry: 70"])
    assert frames[-1].kind == TAIL
    assert (decoder.last_event_id, decoder.retry) == ("1", 7)
    assert decoder.flush(1001.0, 999) == []


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r\n", b"\r\n\r", b"\n\r"])
def test_an_event_never_waits_for_more_bytes(end: bytes) -> None:
    assert events_of(SSEDecoder().feed(b"data: a" + end, 0.0, 0)) == [("message", "a", "")]


def test_what_an_earlier_connection_left_stays_in_force() -> None:
    frames, decoder = decode([b"data: a\n\n"], SSEDecoder(last_event_id="7", retry=10, offset=100))
    assert frames == [Frame(EVENT, 0.0, 100, 109, 0, "message", "7", "a", None)]
    assert (decoder.last_event_id, decoder.retry, decoder.offset) == ("7", 10, 109)


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"data: \xff\ndata: ok\ndata: \xfe\xff\n\n", 2),
        (b": \xff\n\xff\nevent: \xff\nid: \xff\ndata\n\n", 4),
        ("data: \ufffd\n\n".encode(), 0),
        (b"data: a\n\ndata: \xe2\x82", 1),
    ],
)
def test_lines_of_invalid_utf8_are_counted(stream: bytes, lines: int) -> None:
    assert decode([stream])[1].invalid_utf8 == lines


# --- cost, counted -------------------------------------------------------------------------------------------------------
class CountingBuffer(bytearray):
    """A bytearray that counts the bytes that go in, come out or are looked at."""

    touched = 0

    def __iadd__(self, other: Any) -> CountingBuffer:
        CountingBuffer.touched += len(other)
        super().__iadd__(other)
        return self

    def __add__(self, other: Any) -> bytearray:
        CountingBuffer.touched += len(self) + len(other)
        return super().__add__(other)

    def __contains__(self, key: SupportsIndex | Any) -> bool:
        CountingBuffer.touched += len(self)
        return super().__contains__(key)

    def __bytes__(self) -> bytes:
        CountingBuffer.touched += len(self)
        return bytes(memoryview(self))

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__") and name != "clear":
            CountingBuffer.touched += len(self)
        return super().__getattribute__(name)


@pytest.mark.parametrize("kind", [SSEDecoder, NDJSONDecoder])
@pytest.mark.parametrize("size", [7, 1024])
def test_a_long_line_costs_in_proportion_to_its_bytes(monkeypatch: pytest.MonkeyPatch, kind: type[Decoder], size: int) -> None:
    for module in (wire, sys.modules[NDJSONDecoder.__module__]):
        monkeypatch.setattr(module, "bytearray", CountingBuffer, raising=False)
    monkeypatch.setattr(CountingBuffer, "touched", 0)
    line = b'data: "' + b"x" * 200_000 + b'"\n\n'
    frames, _ = decode([line[i : i + size] for i in range(0, len(line), size)], kind())
    assert len(frames) == 1
    assert len(line) <= CountingBuffer.touched <= 3 * len(line)


def calls(work: Callable[[], object]) -> Counter[str]:
    """How often which function was called, built-in ones as well."""
    counter: Counter[str] = Counter()

    def count(frame: Any, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            counter[argument.__name__ if event == "c_call" else frame.f_code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counter


def test_many_data_lines_are_joined_once() -> None:
    def work(lines: int) -> Counter[str]:
        stream = b"data: y\n" * lines + b"\n"
        return calls(lambda: decode([stream[i : i + 100] for i in range(0, len(stream), 100)]))

    small, large = work(1000), work(4000)
    assert small["join"] == large["join"] == 1
    assert small["decode"] == large["decode"]
    assert large.total() <= 4 * small.total()


# --- newline-delimited JSON ----------------------------------------------------------------------------------------------
NDJSON: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    ("lines", b'{"a":1}\n{"b":2}\n', [("event", '{"a":1}'), ("event", '{"b":2}')]),
    ("crlf", b'{"a":1}\r\n{"b":2}\r\n', [("event", '{"a":1}'), ("event", '{"b":2}')]),
    ("blank-lines", b"\n\r\n \t\n1\n\n", [("event", "1")]),
    ("mark", b'\xef\xbb\xbf{"a":1}\n\xef\xbb\xbf2\n', [("event", '{"a":1}'), ("event", "\ufeff2")]),
    ("separators-in-strings", '"a\u2028b\x85c"\n'.encode(), [("event", '"a\u2028b\x85c"')]),
    ("invalid-utf8", b'"\xff"\n', [("event", '"\ufffd"')]),
    ("not-json-is-not-judged", b"oops\n", [("event", "oops")]),
    ("last-line-whole", b'1\n{"a":1}', [("event", "1"), ("event", '{"a":1}')]),
    ("last-line-cut", b'1\n{"a":', [("event", "1"), ("tail", '{"a":')]),
    ("last-line-too-deep", b"[" * 100_000, [("tail", "[" * 100_000)]),
    ("last-line-of-spaces", b"1\n  ", [("event", "1")]),
    ("nothing", b"", []),
]


@pytest.mark.parametrize(("stream", "expected"), [row[1:] for row in NDJSON], ids=[row[0] for row in NDJSON])
def test_json_lines(stream: bytes, expected: list[tuple[str, str]]) -> None:
    frames, _ = decode([stream], NDJSONDecoder())
    assert named(frames) == expected
    for frame in frames:
        assert NDJSONDecoder.data_of(frame.kind, stream[frame.start : frame.end]) == frame.data


@settings(deadline=None, max_examples=200)
@given(cut_streams())
def test_chunks_do_not_matter_for_json_lines(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    expected, reference = decode([whole], NDJSONDecoder())
    for variant in (chunks, [bytes([byte]) for byte in whole]):
        frames, decoder = decode(variant, NDJSONDecoder())
        assert timeless(frames) == timeless(expected)
        assert vars_of(decoder) == vars_of(reference)


@given(st.lists(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5), max_size=5))
def test_json_lines_come_back(values: list[Any]) -> None:
    stream = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode("utf-8", "replace")
    expected = [json.loads(line) for line in stream.split(b"\n") if line]
    assert [json.loads(frame.data) for frame in decode([stream], NDJSONDecoder())[0]] == expected
