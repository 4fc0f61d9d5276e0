"""AWS event-stream frames, in which Amazon Bedrock streams, to frames (media type ``application/vnd.amazon.eventstream``).

The format is that of https://smithy.io/2.0/aws/amazon-eventstream.html: big-endian total length, length of the headers and CRC-32
of these two; headers; payload; CRC-32 of all before it. The headers ``:message-type`` (event, exception or error) and
``:event-type``, ``:exception-type`` or ``:error-code`` say what the payload is.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Final, NamedTuple

from .wire import EVENT, IGNORED, TAIL, Frame

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_SMALLEST: Final = _PRELUDE.size + _CRC.size
_LARGEST: Final = 24 * 1024 * 1024
"""The format allows 24 MiB of payload at most; whatever claims more is no frame."""
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by the number of its type; types 6 (bytes) and 7 (string) bring their length."""
_BYTES, _STRING = 6, 7


class Message(NamedTuple):
    """One frame, unpacked. headers: those whose value is a string. fault: why it cannot be read, as a sentence, or ""."""

    headers: dict[str, str]
    payload: bytes
    fault: str

    @property
    def type(self) -> str:
        """What happened: an event's or an exception's name; "error" for a failure without a shape of its own."""
        headers = self.headers
        if headers.get(":message-type") == "error":
            return "error"
        return headers.get(":event-type") or headers.get(":exception-type") or "message"

    @property
    def data(self) -> str:
        """The payload as text. An error without one gives what its headers say, as JSON."""
        if not self.payload and self.headers.get(":message-type") == "error":
            said = {"code": self.headers.get(":error-code"), "message": self.headers.get(":error-message")}
            return json.dumps({k: v for k, v in said.items() if v is not None})
        return self.payload.decode("utf-8", "replace")


class AWSDecoder:
    """Incremental decoder; its promises are those of `sse_widget.wire`.

    Each frame with right checksums is an EVENT of the type in its headers, its payload as data. One whose own checksum is wrong is
    IGNORED, with the reason as data, and reading goes on behind it. Where no frame begins at all, what is passed until the next
    one begins is a single IGNORED. An unfinished frame at the end is a TAIL with the payload so far.
    last_event_id and retry are only carried along; bom is not looked at: the format has none of them.
    """

    def __init__(self, *, last_event_id: str = "", retry: int | None = None, offset: int = 0, bom: bool = True) -> None:
        self.last_event_id = last_event_id
        self.retry = retry
        self.offset = offset
        self.invalid_utf8 = 0
        self._partial = bytearray()
        self._lost = -1  # where the bytes begin that belong to no frame; -1 if none do
        self._need = _PRELUDE.size  # so many bytes must be there before it is worth to look again

    @property
    def pending(self) -> int:
        """As `Decoder.pending`."""
        return len(self._partial)

    def feed(self, data: bytes, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.feed`."""
        self.offset += len(data)
        self._partial += data
        if len(self._partial) < self._need:
            return []
        raw = bytes(self._partial)
        base = self.offset - len(raw)
        frames: list[Frame] = []
        at = 0
        while len(raw) - at >= _PRELUDE.size:
            length = _length(raw, at)
            if not length:
                if self._lost < 0:
                    self._lost = base + at
                at = _next_prelude(raw, at + 1)
                continue
            if self._lost >= 0:
                frames.append(self._ignored(raw[max(self._lost - base, 0) : at], self._lost, base + at, time, chunk))
                self._lost = -1
            if len(raw) - at < length:
                self._need = length
                break
            frames.append(self._frame(raw[at : at + length], base + at, time, chunk))
            at += length
        else:
            self._need = _PRELUDE.size
        self._partial = bytearray(raw[at:])
        return frames

    def flush(self, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.flush`."""
        rest = bytes(self._partial)
        self._partial.clear()
        if self._lost >= 0:
            frame = self._ignored(rest, self._lost, self.offset, time, chunk)
            self._lost = -1
            return [frame]
        if not rest:
            return []
        message = unpack(rest)
        text = message.data
        return [Frame(TAIL, time, self.offset - len(rest), self.offset, chunk, message.type, self.last_event_id, text, None)]

    @staticmethod
    def data_of(kind: int, raw: bytes) -> str:
        """As `Decoder.data_of`."""
        return _reason(raw) if kind == IGNORED else unpack(raw).data

    def _frame(self, raw: bytes, start: int, time: float, chunk: int) -> Frame:
        message = unpack(raw)
        if message.fault:
            return self._ignored(raw, start, start + len(raw), time, chunk)
        text = message.data
        if "\ufffd" in text and text.encode() != message.payload:
            self.invalid_utf8 += 1
        return Frame(EVENT, time, start, start + len(raw), chunk, message.type, self.last_event_id, text, None)

    def _ignored(self, raw: bytes, start: int, end: int, time: float, chunk: int) -> Frame:
        return Frame(IGNORED, time, start, end, chunk, "", self.last_event_id, _reason(raw, end - start), None)


def pack(payload: bytes, headers: dict[str, str]) -> bytes:
    """One frame with string headers, as a server would send it."""
    head = b"".join(
        bytes([len(name.encode())]) + name.encode() + bytes([_STRING]) + struct.pack(">H", len(value.encode())) + value.encode()
        for name, value in headers.items()
    )
    lengths = struct.pack(">II", _SMALLEST + len(head) + len(payload), len(head))
    message = lengths + _CRC.pack(zlib.crc32(lengths)) + head + payload
    return message + _CRC.pack(zlib.crc32(message))


def unpack(raw: bytes) -> Message:
    """The frame that ``raw`` is, or of an unfinished one what is there. Never raises."""
    length = _length(raw, 0) if len(raw) >= _PRELUDE.size else 0
    if not length:
        return Message({}, b"", _reason(raw))
    whole = len(raw) == length
    if whole and _CRC.unpack_from(raw, length - _CRC.size)[0] != zlib.crc32(raw[: -_CRC.size]):
        return Message({}, b"", f"A frame of {length} bytes whose checksum (CRC-32) is wrong.")
    begin = _PRELUDE.size + int(_PRELUDE.unpack_from(raw)[1])
    headers = _headers(raw[_PRELUDE.size : begin])
    if headers is None:
        return Message({}, b"", f"A frame of {length} bytes whose headers cannot be read." if whole else "")
    return Message(headers, raw[begin : length - _CRC.size], "")


def _reason(raw: bytes, size: int = 0) -> str:
    """Why these bytes are no event. size: how many they are, if not all of them are here."""
    if len(raw) >= _PRELUDE.size and _length(raw, 0) == len(raw):
        return unpack(raw).fault
    return f"{size or len(raw)} bytes that belong to no frame: where one should begin, its checksum (CRC-32) is wrong."


def _length(raw: bytes, at: int) -> int:
    """Length of the frame that begins at ``at``, bytes; 0 if none does."""
    total, headers, crc = _PRELUDE.unpack_from(raw, at)
    if not _SMALLEST + headers <= total <= _LARGEST or crc != zlib.crc32(raw[at : at + 8]):
        return 0
    return int(total)


def _next_prelude(raw: bytes, at: int) -> int:
    """Where a frame may begin at or after ``at``: lengths below 16 MiB begin with a zero byte, larger ones with a one."""
    while at <= len(raw) - _PRELUDE.size:
        if raw[at] <= 1 and _length(raw, at):
            return at
        at += 1
    return at


def _headers(raw: bytes) -> dict[str, str] | None:
    """The headers that are strings; None if they cannot be read."""
    found: dict[str, str] = {}
    at = 0
    while at < len(raw):
        name = raw[at + 1 : at + 1 + raw[at]]
        at += 1 + len(name)
        if at >= len(raw):
            return None
        kind = raw[at]
        at += 1
        if kind in _SIZES:
            at += _SIZES[kind]
        elif kind in (_BYTES, _STRING) and at + 2 <= len(raw):
            size = int.from_bytes(raw[at : at + 2], "big")
            at += 2
            if kind == _STRING:
                found[name.decode("utf-8", "replace")] = raw[at : at + size].decode("utf-8", "replace")
            at += size
        else:
            return None
    return found if at == len(raw) else None
