"""Newline-delimited JSON to frames (https://github.com/ndjson/ndjson-spec): each line that is not blank is an event."""

from __future__ import annotations

import json

from .framing import BOM
from .wire import EVENT, TAIL, Frame


class NDJSONDecoder:
    """Incremental decoder; its promises are those of `sse_widget.wire`, but for the line ends: they are LF or CR LF.

    The lines are not parsed here, but for the last one if it is unterminated: it is an EVENT if it is whole JSON, else a TAIL.
    last_event_id and retry are only carried along: the format has neither.
    """

    def __init__(self, *, last_event_id: str = "", retry: int | None = None, offset: int = 0, bom: bool = True) -> None:
        self.last_event_id = last_event_id
        self.retry = retry
        self.offset = offset
        self.invalid_utf8 = 0
        self._bom = bom
        self._partial = bytearray()

    @property
    def pending(self) -> int:
        """As `Decoder.pending`."""
        return len(self._partial)

    def feed(self, data: bytes, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.feed`."""
        self.offset += len(data)
        self._partial += data
        if b"\n" not in data:
            return []
        start = self.offset - len(self._partial)
        *lines, rest = bytes(self._partial).split(b"\n")
        self._partial = bytearray(rest)
        frames: list[Frame] = []
        for line in lines:
            end = start + len(line) + 1
            line, start = self._without_bom(line, start)
            if line.strip(b" \t\r"):
                frames.append(Frame(EVENT, time, start, end, chunk, "message", self.last_event_id, self._text(line), None))
            start = end
        return frames

    def flush(self, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.flush`."""
        line, start = self._without_bom(bytes(self._partial), self.offset - len(self._partial))
        self._partial.clear()
        if not line.strip(b" \t\r"):
            return []
        text = self._text(line)
        kind = EVENT if is_json(text) else TAIL
        return [Frame(kind, time, start, self.offset, chunk, "message", self.last_event_id, text, None)]

    @staticmethod
    def data_of(kind: int, raw: bytes) -> str:
        """As `Decoder.data_of`."""
        return raw.strip(b" \t\r\n").decode("utf-8", "replace")

    def _without_bom(self, line: bytes, start: int) -> tuple[bytes, int]:
        if self._bom:
            self._bom = False
            if line.startswith(BOM):
                return line[3:], start + 3
        return line, start

    def _text(self, line: bytes) -> str:
        line = line.strip(b" \t\r")
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.invalid_utf8 += 1
            return line.decode("utf-8", "replace")


def is_json(text: str) -> bool:
    """Whether ``text`` is one JSON value."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
