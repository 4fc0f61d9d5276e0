"""A streamed JSON array to frames: each element is an event as soon as it is whole.

Google's ``streamGenerateContent`` without ``alt=sse`` answers so: one pretty-printed array, ``[{…}`` ``,\\r\\n{…}`` ``]``, whose
elements arrive one by one (https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent).
"""

from __future__ import annotations

import re

from .framing import BOM
from .ndjson import is_json
from .wire import EVENT, IGNORED, TAIL, Frame

_SPACE = b" \t\r\n"
_BLANKS = re.compile(rb"[ \t\r\n]*")
_SEPARATORS = re.compile(rb"[ \t\r\n,]*")
_SCALAR = re.compile(rb"[^,\]\[{\" \t\r\n]*")
_LINE = re.compile(rb"[^\r\n]*")
# What moves the scanner on: a whole string, which is by far the most of all JSON, a string that is not yet whole, or a bracket.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)

_OUTSIDE, _BETWEEN, _NESTED, _SCALAR_STATE, _JUNK = range(5)
_OPENING = b'{["'


class JSONArrayDecoder:
    """Incremental decoder; its promises are those of `sse_widget.wire`.

    Each element is an EVENT whose range is the element alone; brackets, commas and space around it are in no frame. An object
    that stands outside any array is an event too: so are errors sent after an array, and answers that are no stream. Any other
    line outside is IGNORED, and so is what stands bare inside and is no JSON. An element that the end cuts is a TAIL. Objects are
    not parsed: what balances is an event.
    last_event_id and retry are only carried along: the format has neither.
    """

    def __init__(self, *, last_event_id: str = "", retry: int | None = None, offset: int = 0, bom: bool = True) -> None:
        self.last_event_id = last_event_id
        self.retry = retry
        self.offset = offset
        self.invalid_utf8 = 0
        self._mark = BOM if bom else b""  # what is still missing of a byte order mark
        self._state = _OUTSIDE
        self._inside = False  # the bracket of the array is open
        self._depth = 0  # brackets open within the element
        self._in_string = False
        self._escaped = False  # the chunk ended after a backslash
        self._start = offset  # where the element begins
        self._partial = bytearray()  # the element so far; each byte is looked at once

    @property
    def pending(self) -> int:
        """As `Decoder.pending`."""
        return len(self._partial)

    def feed(self, data: bytes, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.feed`."""
        base = self.offset
        self.offset += len(data)
        frames: list[Frame] = []
        at, size = self._skip_mark(data), len(data)
        while at < size:
            if self._state <= _BETWEEN:
                at = self._seek(data, at)
                self._start = base + at
                continue
            stop = self._nested(data, at) if self._state == _NESTED else self._run(data, at)
            whole = stop >= 0
            end = stop if whole else size
            self._partial += data[at:end]
            at = end
            if whole:
                frames.append(self._frame(EVENT, time, base + end, chunk))
        return frames

    def flush(self, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.flush`: the element that was cut, as a TAIL."""
        frames = []
        if self._partial:
            frames.append(self._frame(TAIL, time, self.offset, chunk))
        self._inside, self._depth, self._in_string, self._escaped = False, 0, False, False
        self._state = _OUTSIDE
        return frames

    @staticmethod
    def data_of(kind: int, raw: bytes) -> str:
        """As `Decoder.data_of`."""
        return raw.decode("utf-8", "replace")

    # --- the scanner: each method returns where in the chunk it stopped --------------------------------------------------
    def _skip_mark(self, data: bytes) -> int:
        """Past a byte order mark, which may come in several chunks."""
        at = 0
        while self._mark and at < len(data):
            if data[at] != self._mark[0]:
                self._mark = b""
            else:
                self._mark = self._mark[1:]
                at += 1
        return at

    def _seek(self, data: bytes, at: int) -> int:
        """To the next element, whose state is set; brackets of the array itself are passed."""
        pattern = _SEPARATORS if self._inside else _BLANKS
        found = pattern.match(data, at)
        assert found is not None  # it matches nothing, too
        at = found.end()
        if at == len(data):
            return at
        first = data[at : at + 1]
        if self._inside and first == b"]":
            self._inside, self._state = False, _OUTSIDE
            return at + 1
        if not self._inside and first == b"[":
            self._inside, self._state = True, _BETWEEN
            return at + 1
        if first == b"{" or (self._inside and first in _OPENING):
            self._state, self._depth, self._in_string = _NESTED, 0, False
        else:
            self._state = _SCALAR_STATE if self._inside else _JUNK
        return at

    def _nested(self, data: bytes, at: int) -> int:
        """To the end of an object, an array or a string; -1 if it is not in this chunk."""
        size = len(data)
        while True:
            if self._in_string:
                if self._escaped:
                    at += 1
                    self._escaped = False
                rest = _STRING_REST.match(data, at)
                assert rest is not None
                at = rest.end()
                if at >= size:
                    return -1
                if data[at] == 0x5C:  # a backslash that is the chunk's last byte
                    self._escaped = True
                    return -1
                self._in_string = False
                at += 1
                if not self._depth:
                    return at
            for token in _TOKEN.finditer(data, at):
                first = data[token.start()]
                if first in b"{[":
                    self._depth += 1
                    continue
                if first in b"]}":
                    self._depth -= 1
                elif token.end() - token.start() == 1:
                    self._in_string = True
                    at = token.end()
                    break
                if self._depth <= 0:
                    return token.end()
            else:
                return -1

    def _run(self, data: bytes, at: int) -> int:
        """To the end of a scalar or of a junk line, neither of which knows its end but by what follows."""
        found = (_LINE if self._state == _JUNK else _SCALAR).match(data, at)
        assert found is not None
        return found.end() if found.end() < len(data) else -1

    def _frame(self, kind: int, time: float, end: int, chunk: int) -> Frame:
        raw = bytes(self._partial)
        self._partial.clear()
        state = self._state
        self._state = _BETWEEN if self._inside else _OUTSIDE
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            self.invalid_utf8 += 1
            text = raw.decode("utf-8", "replace")
        if state == _JUNK or (state == _SCALAR_STATE and kind == EVENT and not is_json(text)):
            kind = IGNORED
        name = "" if kind == IGNORED else "message"
        return Frame(kind, time, self._start, end, chunk, name, self.last_event_id, text, None)
