"""AWS event-stream frames: what they hold, and what becomes of damaged ones."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.aws import AWSDecoder, pack, unpack
from sse_widget.wire import EVENT, IGNORED, TAIL, Frame

from .test_wire import decode, timeless


def event(kind: str, data: Any) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return pack(json.dumps(data, separators=(",", ":")).encode(), headers)


def exactly(headers: bytes, payload: bytes) -> bytes:
    """A frame with these bytes as headers, checksums right."""
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def flipped(frame: bytes, at: int) -> bytes:
    return frame[:at] + bytes([frame[at] ^ 0x40]) + frame[at + 1 :]


ONE, TWO = event("messageStart", {"role": "assistant"}), event("contentBlockDelta", {"delta": {"text": "ä"}})
ERROR = pack(b"", {":message-type": "error", ":error-code": "InternalFailure", ":error-message": "Sorry"})
THROTTLED = pack(b'{"message":"slow down"}', {":message-type": "exception", ":exception-type": "throttlingException"})
ALL_TYPES = (
    b"\x01a\x00\x01b\x01\x01c\x02\x07\x01d\x03\0\7\x01e\x04\0\0\0\7\x01f\x05\0\0\0\0\0\0\0\7\x01g\x06\0\2xy\x01i\x08\0\0\0\0\0\0\0\7"
)
ALL_TYPES += b"\x01j\x09" + b"u" * 16 + b"\x0b:event-type\x07\0\1t"

DATA = {"messageStart": '{"role":"assistant"}', "contentBlockDelta": '{"delta":{"text":"\\u00e4"}}'}
FIRST, SECOND = (EVENT, "messageStart", DATA["messageStart"]), (EVENT, "contentBlockDelta", DATA["contentBlockDelta"])


def lost(count: int) -> tuple[int, str, str]:
    return IGNORED, "", f"{count} bytes that belong to no frame: where one should begin, its checksum (CRC-32) is wrong."


def damaged(frame: bytes) -> tuple[int, str, str]:
    return IGNORED, "", f"A frame of {len(frame)} bytes whose checksum (CRC-32) is wrong."


CASES: list[tuple[str, bytes, list[tuple[int, str, str]]]] = [
    ("two events", ONE + TWO, [FIRST, SECOND]),
    ("an exception", THROTTLED, [(EVENT, "throttlingException", '{"message":"slow down"}')]),
    ("an error that is nothing but headers", ERROR, [(EVENT, "error", '{"code": "InternalFailure", "message": "Sorry"}')]),
    ("no headers, no payload", exactly(b"", b""), [(EVENT, "message", "")]),
    ("headers of all types", exactly(ALL_TYPES, b"{}"), [(EVENT, "t", "{}")]),
    ("a payload that is no UTF-8", exactly(b"", b"\xff"), [(EVENT, "message", "\ufffd")]),
    ("damage in a payload: the next frame is read", flipped(ONE, -10 + len(ONE)) + TWO, [damaged(ONE), SECOND]),
    ("damage in the checksum itself", flipped(ONE, len(ONE) - 1) + TWO, [damaged(ONE), SECOND]),
    ("damage in a length: the next frame is found", flipped(ONE, 2) + TWO, [lost(len(ONE)), SECOND]),
    ("damage in the prelude's checksum", ONE + flipped(TWO, 9) + ONE, [FIRST, lost(len(TWO)), FIRST]),
    ("damage at the end", ONE + flipped(TWO, 9), [FIRST, lost(len(TWO))]),
    ("headers that run over", exactly(b"\x05ab", b"x") + ONE, [(IGNORED, "", "A frame of 20 bytes whose headers cannot be read."), FIRST]),
    ("a header of no known type", exactly(b"\x01a\x0c", b""), [(IGNORED, "", "A frame of 19 bytes whose headers cannot be read.")]),
    ("cut in a payload", ONE + TWO[:-12], [FIRST, (TAIL, "contentBlockDelta", DATA["contentBlockDelta"][:-8])]),
    ("cut in the headers", TWO[:30], [(TAIL, "message", "")]),
    ("cut in the prelude", ONE + TWO[:5], [FIRST, (TAIL, "message", "")]),
    ("no frames at all", b"<html>not found</html>", [lost(22)]),
    ("a length that nothing has", struct.pack(">III", 1 << 31, 0, zlib.crc32(struct.pack(">II", 1 << 31, 0))), [lost(12)]),
    ("nothing", b"", []),
]


def shown(frames: list[Frame]) -> list[tuple[int, str, str]]:
    return [(frame.kind, frame.type, frame.data) for frame in frames]


@pytest.mark.parametrize(("stream", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_frames(stream: bytes, expected: list[tuple[int, str, str]]) -> None:
    frames, decoder = decode([stream], AWSDecoder())
    assert shown(frames) == expected
    assert b"".join(stream[f.start : f.end] for f in frames) == stream  # every byte is in a frame
    for frame in frames:
        assert AWSDecoder.data_of(frame.kind, stream[frame.start : frame.end]) == frame.data
    assert decoder.offset == len(stream)


@pytest.mark.parametrize("stream", [row[1] for row in CASES], ids=[row[0] for row in CASES])
def test_cut_anywhere(stream: bytes) -> None:
    whole = timeless(decode([stream], AWSDecoder())[0])
    assert timeless(decode([stream[i : i + 1] for i in range(len(stream))], AWSDecoder())[0]) == whole
    for cut in range(len(stream)):
        assert timeless(decode([stream[:cut], stream[cut:]], AWSDecoder())[0]) == whole


def test_a_frame_is_there_with_its_last_byte() -> None:
    frames, _ = decode([ONE[:-1], ONE[-1:] + TWO[:20], TWO[20:]], AWSDecoder(last_event_id="7", offset=10))
    assert [(f.time, f.start, f.end, f.chunk, f.id) for f in frames] == [
        (1.0, 10, 10 + len(ONE), 1, "7"),
        (2.0, 10 + len(ONE), 10 + len(ONE + TWO), 2, "7"),
    ]


def test_invalid_utf8_is_counted() -> None:
    _, decoder = decode([exactly(b"", b"\xff") + ONE + exactly(b"", "\ufffd".encode())], AWSDecoder())
    assert decoder.invalid_utf8 == 1


@given(
    st.binary(max_size=60),
    st.dictionaries(st.text(max_size=5).filter(lambda name: len(name.encode()) < 256), st.text(max_size=9), max_size=4),
)
def test_pack_and_unpack(payload: bytes, headers: dict[str, str]) -> None:
    assert unpack(pack(payload, headers)) == (headers, payload, "")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.sampled_from([ONE, TWO, ERROR, b"\0\0", b"\0\0\0\x30junk"]), max_size=4).map(b"".join),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=3),
    st.integers(1, 40),
)
def test_any_damage_reads_the_same_however_it_is_cut(stream: bytes, damage: list[tuple[int, int]], size: int) -> None:
    raw = bytearray(stream)
    for at, value in damage:
        if raw:
            raw[at % len(raw)] = value
    stream = bytes(raw)
    whole = decode([stream], AWSDecoder())[0]
    assert timeless(decode([stream[i : i + size] for i in range(0, len(stream), size)], AWSDecoder())[0]) == timeless(whole)
    assert b"".join(stream[f.start : f.end] for f in whole) == stream
    for frame in whole:
        assert AWSDecoder.data_of(frame.kind, stream[frame.start : frame.end]) == frame.data
