"""What must hold for every dialect: how the bytes are cut makes no difference, and nothing that a server may send raises."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.dialects import DIALECTS, UnknownJSON
from sse_widget.framing import FRAMINGS
from sse_widget.reading import Reading
from sse_widget.recording import Recording

from .agent_streams import facts_of
from .streams import STREAMS, Stream
from .typed import ODD, mutated

NAMES = [dialect.name for dialect in DIALECTS if dialect is not UnknownJSON]

# Data that is no event of anybody's, but that a broken server or a hostile one may send.
JUNK = {
    "nested deeper than the parser goes": "[" * 100_000,
    "objects nested deeper than the parser goes": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "nested as deep as the parser goes": '{"choices":[{"index":0,"delta":{"content":' + "[" * 900 + "]" * 900 + "}}]}",
    "text nested deep": '{"type":"content_block_delta","delta":' + '{"text":' * 200 + '"x"' + "}" * 201,
    "a number of 5000 digits": '{"index":' + "9" * 5_000 + "}",
    "numbers that are none": '{"index":NaN,"usage":{"total_tokens":Infinity},"choices":[{"index":-Infinity,"delta":{"content":"x"}}]}',
    "a number beyond a float": '{"choices":[{"index":1e999,"delta":{"content":"x"}}],"contentBlockIndex":1e999}',
    "a negative index": '{"choices":[{"index":-1,"delta":{"tool_calls":[{"index":-7,"function":{}}]}}],"index":-1,"output_index":-1}',
    "lone surrogates": '{"id":"\\ud83d","model":"\\ude00","choices":[{"delta":{"content":"\\ud83d"}}],"delta":"\\ud83d","type":"\\ud800"}',
    "NUL": '{"\\u0000":"\\u0000","text":"\\u0000","type":"text-delta","id":"\\u0000","delta":"\\u0000"}',
    "no object": "null",
    "a list of nothing": "[[], {}, null]",
    "an error that is nothing": '{"error":{},"type":"error"}',
    "an error about errors": '{"error":{"message":{"error":{"message":[null]}}},"type":["error"],"event":{"error":1}}',
    "the end marker, amid": "[DONE]",
    "half an object": '{"choices":[{"del',
}


def read(stream: Stream, data: bytes | None = None, **options: Any) -> Reading:
    """A finished reading of a body that came in one piece, fit to be shown."""
    recording = Recording.from_bytes(stream.body() if data is None else data, stream.content_type)
    reading = Reading(recording, **options)
    reading.finish()
    fit_to_be_shown(reading)
    return reading


def read_in_pieces(stream: Stream, cuts: list[int]) -> Reading:
    """A reading that follows the chunks as they come. cuts: where they end."""
    data = stream.body()
    recording = Recording()
    recording.content_type = stream.content_type
    recording.mark("open", 0.0, status=200)
    reading = Reading(recording)
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        recording.chunk(data[start:stop], 0.0)
        reading.advance()
    recording.seal("close")
    reading.finish()
    return reading


def all_of(reading: Reading) -> dict[str, Any]:
    """All that can be told of a reading but its times, and what they tell."""
    output = reading.output
    return {
        **facts_of(reading),
        "output": output.to_dict(),
        "parts": [(p.kind, p.choice, p.fields, p.closed, output.pieces(p), p.frames) for p in output.parts],
        "channels": list(reading.channels),
        "findings": [(finding.kind, finding.message, finding.frames) for finding in reading.findings() if finding.kind != "burst"],
    }


def fit_to_be_shown(reading: Reading) -> None:
    """The page must be able to have it: JSON in UTF-8, parts that were opened and are closed, text that is its pieces."""
    output = reading.output
    told = [output.to_dict(), [part.fields for part in output.parts], [delta.value for delta in reading.deltas]]
    json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
    for part in output.parts:
        assert part.closed
        part.text.encode()
        assert part.text == part.join.join(piece.text for piece in output.pieces(part))
    json.dumps([finding.to_dict() for finding in reading.findings()], allow_nan=False).encode()
    assert len(reading.channels) == len(reading.frames)
    assert isinstance(reading.cut_off_reason(), str)
    assert (repr(output), reading.metrics(), reading.suggestions()) is not None


@pytest.fixture(params=STREAMS)
def stream(request: pytest.FixtureRequest) -> Stream:
    return STREAMS[request.param]


def test_every_dialect_has_a_stream() -> None:
    assert {stream.dialect for stream in STREAMS.values()} == set(NAMES)


def test_it_is_recognised_and_says_what_it_should(stream: Stream) -> None:
    reading = read(stream)
    assert reading.dialect is not None
    assert reading.dialect.name == stream.dialect
    found = facts_of(reading)
    assert {name: found[name] for name in stream.said} == stream.said


def test_a_chunk_for_every_byte_makes_no_difference(stream: Stream) -> None:
    whole, size = all_of(read(stream)), len(stream.body())
    assert all_of(read_in_pieces(stream, list(range(1, size)))) == whole


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(STREAMS)), st.data())
def test_how_it_is_cut_makes_no_difference(name: str, data: st.DataObject) -> None:
    stream = STREAMS[name]
    cuts = data.draw(st.lists(st.integers(1, len(stream.body()) - 1), max_size=12, unique=True).map(sorted))
    assert all_of(read_in_pieces(stream, cuts)) == all_of(read(stream))


def test_every_prefix_is_read(stream: Stream) -> None:
    """And it says the beginning of what the whole says, unless the server may take its words back. (Of long streams, many a prefix.)"""
    whole, body = read(stream).output, stream.body()
    for end in range(0, len(body), 1 + len(body) // 700):
        output = read(stream, body[:end]).output
        if not stream.revises and end > len(body) // 3:  # less may not show yet what the stream is
            assert whole.text.startswith(output.text.removesuffix("\ufffd"))


@pytest.mark.parametrize("dialect", NAMES)
def test_any_stream_is_read_by_any_dialect(dialect: str) -> None:
    for stream in STREAMS.values():
        for join in ("", "\n"):
            reading = read(stream, dialect=dialect, join=join)
            assert reading.dialect is not None
            assert reading.dialect.name == dialect
    output = read(next(s for s in STREAMS.values() if s.dialect == dialect), dialect=dialect).output
    assert output.text or output.media


@pytest.mark.parametrize("framing", FRAMINGS)
def test_any_stream_is_read_in_any_framing(framing: str) -> None:
    for stream in STREAMS.values():
        read(stream, framing=framing)
        read(stream, stream.body()[1:], framing=framing)


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_amid_a_stream_is_survived(junk: str) -> None:
    for stream in STREAMS.values():
        kind = stream.events[-1][0] if isinstance(stream.events[-1], tuple) else ""
        for at in (0, len(stream.events) // 2, len(stream.events)) if len(junk) < 10_000 else (1,):
            events = [*stream.events[:at], (kind, junk), *stream.events[at:]]
            read(stream, stream.body(events))
            read(stream, stream.body(events), dialect=stream.dialect)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(STREAMS)), st.integers(0, 2**32), st.sampled_from(["auto", "auto", *NAMES]))
def test_mutated_json_never_raises(name: str, seed: int, dialect: str) -> None:
    stream = STREAMS[name]
    events = [list(one) if isinstance(one, tuple) else ["", one] for one in copy.deepcopy(stream.plain_events())]
    changed = [one if isinstance(one, list) and len(one) == 2 else ["", one] for one in mutated(events, seed, times=1 + seed % 8)]
    body = stream.body([(kind if isinstance(kind, str) and kind.isascii() else "", data) for kind, data in changed])
    read(stream, body, dialect=dialect)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(STREAMS)), st.integers(0, 2**32))
def test_mutated_bytes_never_raise(name: str, seed: int) -> None:
    stream, chance = STREAMS[name], random.Random(seed)
    body = bytearray(stream.body())
    for _ in range(1 + seed % 12):
        at, size = chance.randrange(len(body) + 1), chance.randrange(40)
        body[at : at + chance.choice((0, 1, size))] = chance.choice((b"", b"\n", b"\xff", chance.randbytes(3), body[at : at + size]))
    read(stream, bytes(body))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(STREAMS)), st.data())
def test_any_member_may_be_of_any_type(name: str, data: st.DataObject) -> None:
    """One odd value in place of every value of a name, in all events of a stream."""
    stream = STREAMS[name]
    names = sorted({key for event in stream.plain_events() for key in _keys(event[1] if isinstance(event, tuple) else event)})
    if names:
        replaced, odd = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(ODD))
        events = [
            (event[0], _replaced(event[1], replaced, odd)) if isinstance(event, tuple) else _replaced(event, replaced, odd)
            for event in stream.plain_events()
        ]
        read(stream, stream.body(events), dialect=data.draw(st.sampled_from(["auto", stream.dialect])))


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in _keys(inner))]
    return [key for inner in value for key in _keys(inner)] if isinstance(value, list) else []


def _replaced(value: Any, name: str, odd: Any) -> Any:
    if isinstance(value, dict):
        return {key: odd if key == name else _replaced(inner, name, odd) for key, inner in value.items()}
    return [_replaced(inner, name, odd) for inner in value] if isinstance(value, list) else value
