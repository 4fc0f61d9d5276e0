"""Bytes to frames, incrementally: event streams by the WHATWG rules.

The rules are those of https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. What a
conforming client would drop is reported as well (comments, unknown lines, an unterminated tail): a person who looks at a stream
needs to see it.

Three promises hold for every decoder:

* The same bytes give the same frames however they are cut into chunks; only ``time`` and ``chunk`` differ.
* A frame is returned by the very `feed` that brings its last byte. A CR ends a line at once, whether or not an LF follows. So a
  frame that ends with CR LF has its range end after the CR; the LF belongs to no frame.
* The cost is linear in the number of bytes, whatever the sizes of chunks, lines and events.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from .framing import BOM

EVENT, COMMENT, RETRY, IGNORED, EMPTY, TAIL, MARK = range(7)
"""Kinds of frames. The numbers travel to the page."""
KIND_NAMES: Final = ("event", "comment", "retry", "ignored", "empty", "tail", "mark")

_LF, _CR = b"\n\r"
_new: Final = tuple.__new__  # a named tuple's own costs twice as much

_MAX_RETRY_DIGITS: Final = 15
"""A longer number is no reconnection time in ms (it would be 30,000 years), and `int` refuses more than 4,300 digits."""


class Frame(NamedTuple):
    """One thing in the stream: an event, or something that is none.

    kind: EVENT (dispatched by a conforming client), COMMENT, RETRY (a valid ``retry:`` line), IGNORED (a line that the rules
    drop: unknown name, id with NUL, retry that is no number), EMPTY (a block that set an event type or an id, but has no data:
    nothing is dispatched), TAIL (the unterminated rest at the end: never dispatched) or MARK (ours).
    time: seconds since the request was sent at which the chunk arrived that completed the frame.
    start, end: byte range in the stream, end exclusive. For EVENT, EMPTY and TAIL the whole block, from the end of the block
    before it; comments inside have their own range within. A byte order mark is in no range.
    chunk: number of the transport chunk (or item) that completed it.
    type: event type, "message" by default; "" for what is no event; the name of a MARK.
    id: last event id in force after this frame; for TAIL the one that its event would have had.
    data: text of an event or tail, of a comment, the digits of a RETRY, an IGNORED line, the info of a MARK as JSON.
    retry: reconnection time in ms, for RETRY only.
    """

    kind: int
    time: float
    start: int
    end: int
    chunk: int
    type: str
    id: str
    data: str
    retry: int | None


class Decoder(Protocol):
    """What every framing offers. A decoder reads one connection: after `flush` it is spent."""

    last_event_id: str
    retry: int | None
    """Reconnection time in force, ms; None if the stream never set one."""
    offset: int
    """Where the next byte fed stands in the stream."""
    invalid_utf8: int
    """Lines that held bytes which are not UTF-8; each such sequence reads as U+FFFD."""

    @property
    def pending(self) -> int:
        """Bytes of the frame that is not finished yet."""
        ...

    def feed(self, data: bytes, time: float, chunk: int) -> list[Frame]:
        """The frames that ``data`` completes. time, chunk: as in `Frame`, of this data."""
        ...

    def flush(self, time: float, chunk: int) -> list[Frame]:
        """The stream is over: its unterminated rest, as no or one frame."""
        ...

    @staticmethod
    def data_of(kind: int, raw: bytes) -> str:
        """``data`` of a frame of this kind, from the bytes of its range."""
        ...


class SSEDecoder:
    """Event stream decoder. last_event_id, retry: what an earlier connection left in force. offset: position of its first byte.

    bom: whether a byte order mark at the start is dropped, which is right for a stream, not for a range of it.
    """

    def __init__(self, *, last_event_id: str = "", retry: int | None = None, offset: int = 0, bom: bool = True) -> None:
        self.last_event_id = last_event_id
        self.retry = retry
        self.offset = offset
        self.invalid_utf8 = 0
        self._bom = bom  # a byte order mark may still come
        self._after_cr = False  # an LF that comes now belongs to the CR before it
        self._partial = bytearray()  # the unfinished line; a bytearray, since joining per feed would be quadratic
        self._line = offset  # where the unfinished line begins
        self._block = offset  # where the block begins
        self._data: list[bytes] = []  # data lines of the block, joined once at its end
        self._type = ""
        self._id = last_event_id  # becomes last_event_id only at the end of the block
        self._named = False  # the block holds an event or id field

    @property
    def pending(self) -> int:
        """As `Decoder.pending`."""
        return self.offset - self._block

    def feed(self, data: bytes, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.feed`."""
        if not data:
            return []
        self.offset += len(data)
        if self._after_cr:
            self._after_cr = False
            if data.startswith(b"\n"):
                data = data[1:]
                self._block += self._block == self._line  # the CR ended the block
                self._line += 1
        if self._partial:
            self._partial += data
            if b"\n" not in data and b"\r" not in data:
                return []
            data = bytes(self._partial)
            self._partial.clear()
        frames: list[Frame] = []
        if not (self._bom or self._data or self._named or _CR in data):
            # Blocks that are one line "data: …" each, as nearly all streams of models have, take half the time here.
            at, size, base = 0, len(data), self._line
            start, identity = self._block, self._id
            while data.startswith(b"data: ", at):
                end = data.find(_LF, at)
                after = end + 2
                if end < 0 or after > size or data[end + 1] != _LF:
                    break
                raw = data[at + 6 : end]
                try:
                    text = raw.decode()
                except UnicodeDecodeError:
                    text = self._text([raw])
                frames.append(_new(Frame, (EVENT, time, start, base + after, chunk, "message", identity, text, None)))
                start = base + after
                if after == size:
                    self._block = self._line = start
                    return frames
                at = after
            if at:
                self._block = self._line = start
                data = data[at:]
        if data:
            self._lines(data, time, chunk, frames)
        return frames

    def _lines(self, data: bytes, time: float, chunk: int, frames: list[Frame]) -> None:
        """Take in whatever lines there are. data: begins a line."""
        # On bytes, splitlines knows LF, CR and CR LF alone, which are exactly the line ends of the format.
        lines, raws = data.splitlines(), data.splitlines(True)
        if not data.endswith((b"\n", b"\r")):
            self._partial += lines.pop()
        if self._bom and lines:
            self._bom = False
            if lines[0].startswith(BOM):
                lines[0], raws[0] = lines[0][3:], raws[0][3:]
                self._line = self._block = self._line + 3

        parts, start = self._data, self._line
        for line, raw in zip(lines, raws):  # noqa: B905 - raws may hold the unfinished line too
            if line.startswith(b"data:"):  # nearly every line that is not blank, so it stands here and not in _field
                parts.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line:
                if parts or self._named:
                    frames.append(self._end_block(start + 1, time, chunk))
                self._block = start + len(raw)
            else:
                kind, text = self._field(line)
                if kind:
                    retry = self.retry if kind == RETRY else None
                    frames.append(Frame(kind, time, start, start + len(line) + 1, chunk, "", self.last_event_id, text, retry))
            start += len(raw)
        self._line = start
        self._after_cr = data.endswith(b"\r")

    def flush(self, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.flush`: a TAIL if the rest holds an unfinished line, or data, an event type or an id."""
        rest = bytes(self._partial)
        self._partial.clear()
        if self._bom and rest.startswith(BOM):
            rest, self._block = rest[3:], self._block + 3
        if rest:
            retry = self.retry
            self._field(rest)
            self.retry = retry  # an unfinished "retry: 15" may have been 1500
        frames: list[Frame] = []
        if rest or self._data or self._named:
            text = self._text(self._data)
            frames.append(Frame(TAIL, time, self._block, self.offset, chunk, self._type or "message", self._id, text, None))
        self._data.clear()
        self._type, self._id, self._named = "", self.last_event_id, False
        self._block = self._line = self.offset
        return frames

    @staticmethod
    def data_of(kind: int, raw: bytes) -> str:
        """As `Decoder.data_of`."""
        decoder = SSEDecoder(bom=False)
        frames = decoder.feed(raw, 0.0, 0)
        if kind == TAIL:
            frames = decoder.flush(0.0, 0)
        return frames[-1].data  # what ends the range is the frame itself; before it only comments and the like

    def _end_block(self, end: int, time: float, chunk: int) -> Frame:
        """Dispatch the block that a blank line ends; EMPTY if there is nothing to dispatch."""
        parts = self._data
        self.last_event_id = self._id
        if parts:
            frame = Frame(EVENT, time, self._block, end, chunk, self._type or "message", self._id, self._text(parts), None)
            parts.clear()
        else:
            frame = Frame(EMPTY, time, self._block, end, chunk, self._type, self._id, "", None)
        self._type = ""
        self._named = False
        return frame

    def _field(self, line: bytes) -> tuple[int, str]:
        """Take in one line that is not blank. The kind and data of the frame it makes, or EVENT (0) if none by itself."""
        name, colon, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._type = self._text([value])
            self._named = True
        elif name == b"id" and b"\0" not in value:
            self._id = self._text([value])
            self._named = True
        elif name == b"retry" and value.isdigit() and len(value.lstrip(b"0")) <= _MAX_RETRY_DIGITS:  # bytes: ASCII digits alone
            digits = value.decode()
            self.retry = retry_ms(digits)
            return RETRY, digits
        elif colon and not name:
            return COMMENT, self._text([value])
        else:
            return IGNORED, self._text([line])
        return EVENT, ""

    def _text(self, lines: list[bytes]) -> str:
        """Lines joined by LF, as text. Line by line is exact, since an LF or CR ends any UTF-8 sequence."""
        raw = lines[0] if len(lines) == 1 else b"\n".join(lines)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            texts = [line.decode("utf-8", "replace") for line in lines]
            self.invalid_utf8 += sum(text.encode() != line for text, line in zip(texts, lines, strict=True))
            return "\n".join(texts)


def retry_ms(digits: str) -> int:
    """The reconnection time, ms, of a valid ``retry`` field; leading zeros are dropped first, since `int` bounds their number."""
    return int(digits.lstrip("0") or "0")
