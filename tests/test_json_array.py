"""A streamed JSON array: one event an element, however the bytes are cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.json_array import JSONArrayDecoder
from sse_widget.wire import EVENT, IGNORED, Frame

from .test_wire import decode, named, timeless

GOOGLE = b'[{\n  "a": [1, {"b": "}],\\""}]\n}\n,\r\n{\n  "c": "\\\\"\n}\n]'
CASES: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    ("google's, pretty-printed", GOOGLE, [("event", '{\n  "a": [1, {"b": "}],\\""}]\n}'), ("event", '{\n  "c": "\\\\"\n}')]),
    ("on one line", b'[{"a":1},{"a":2}]', [("event", '{"a":1}'), ("event", '{"a":2}')]),
    ("empty", b" [ ] \n", []),
    (
        "all kinds",
        b'["a,]", [1, [2]], {}, 1.5e3, true,null ]',
        [("event", d) for d in ('"a,]"', "[1, [2]]", "{}", "1.5e3", "true", "null")],
    ),
    ("byte order mark", b'\xef\xbb\xbf[{"a":1}]', [("event", '{"a":1}')]),
    ("half a byte order mark", b"\xef\xbb[1]", [("event", "1")]),
    ("invalid utf-8", b'["\xff"]', [("event", '"\ufffd"')]),
    ("commas missing or too many", b"[{} {},,{}]", [("event", "{}")] * 3),
    ("an error after the array", b'[{"a":1}]\n{"error":{}}', [("event", '{"a":1}'), ("event", '{"error":{}}')]),
    ("one object, no array", b' {\n"a": 1}\n', [("event", '{\n"a": 1}')]),
    ("two arrays", b"[1][2]", [("event", "1"), ("event", "2")]),
    ("cut in an object", b'[{"a":1},{"b', [("event", '{"a":1}'), ("tail", '{"b')]),
    ("cut in a string", b'["a\\', [("tail", '"a\\')]),
    ("cut in a number, which may be longer", b"[1, 2", [("event", "1"), ("tail", "2")]),
    ("cut between elements", b"[{},", [("event", "{}")]),
    ("never closed", b"[{}", [("event", "{}")]),
    ("no array at all", b"<html>\n[1]</html>", [("ignored", "<html>"), ("event", "1"), ("ignored", "</html>")]),
    ("bare words inside", b"[{}, nope, }, 1]", [("event", "{}"), ("ignored", "nope"), ("ignored", "}"), ("event", "1")]),
    ("too many brackets", b"[{}}]]{}", [("event", "{}"), ("ignored", "}"), ("ignored", "]{}")]),
    ("nothing", b"", []),
]


@pytest.mark.parametrize(("stream", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_elements(stream: bytes, expected: list[tuple[str, str]]) -> None:
    frames, decoder = decode([stream], JSONArrayDecoder())
    assert named(frames) == expected
    for frame in frames:  # the range alone gives the data again
        assert JSONArrayDecoder.data_of(frame.kind, stream[frame.start : frame.end]) == frame.data
    assert decoder.offset == len(stream)


@pytest.mark.parametrize("stream", [row[1] for row in CASES], ids=[row[0] for row in CASES])
def test_cut_anywhere(stream: bytes) -> None:
    whole = timeless(decode([stream], JSONArrayDecoder())[0])
    assert timeless(decode([stream[i : i + 1] for i in range(len(stream))], JSONArrayDecoder())[0]) == whole
    for cut in range(len(stream)):
        assert timeless(decode([stream[:cut], stream[cut:]], JSONArrayDecoder())[0]) == whole


def test_an_element_is_there_with_its_last_byte() -> None:
    frames, _ = decode([b'[{"a"', b":1}", b",", b"2", b"]"], JSONArrayDecoder(last_event_id="7", offset=10))
    assert frames == [
        Frame(EVENT, 1.0, 11, 18, 1, "message", "7", '{"a":1}', None),
        Frame(EVENT, 4.0, 19, 20, 4, "message", "7", "2", None),  # a number ends with what follows it
    ]


def test_invalid_utf8_is_counted_by_element() -> None:
    _, decoder = decode([b'["\xff \xff", "a", "\xfe"]'], JSONArrayDecoder())
    assert decoder.invalid_utf8 == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@settings(deadline=None, max_examples=150)
@given(st.lists(json_values, max_size=5), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 9))
def test_any_array_comes_back(values: list[Any], indent: int | None, ascii: bool, size: int) -> None:
    stream = json.dumps(values, indent=indent, ensure_ascii=ascii).encode("utf-8", "replace")
    frames, _ = decode([stream[i : i + size] for i in range(0, len(stream), size)], JSONArrayDecoder())
    assert [frame.kind for frame in frames] == [EVENT] * len(values)
    assert [json.loads(frame.data) for frame in frames] == json.loads(stream)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from([*b'[]{}",\\ \n1a\xff']), max_size=30).map(bytes), st.integers(1, 4))
def test_any_bytes_read_the_same_however_they_are_cut(stream: bytes, size: int) -> None:
    whole = decode([stream], JSONArrayDecoder())[0]
    pieces = [stream[i : i + size] for i in range(0, len(stream), size)]
    assert timeless(decode(pieces, JSONArrayDecoder())[0]) == timeless(whole)
    for frame in whole:
        assert JSONArrayDecoder.data_of(frame.kind, stream[frame.start : frame.end]) == frame.data
    assert all(frame.type == ("" if frame.kind == IGNORED else "message") for frame in whole)
