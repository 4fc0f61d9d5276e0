"""Lines of a code, a colon and JSON to frames: ``0:"Hel"``, ``9:{"toolCallId": …}``.

So are the data streams of Vercel's AI SDK, versions 3 and 4 (https://v4.ai-sdk.dev/docs/ai-sdk-ui/stream-protocol), which come as
text/plain.
"""

from __future__ import annotations

import re

from .ndjson import NDJSONDecoder, is_json
from .wire import EVENT, IGNORED, TAIL, Frame

_LINE = re.compile(r"([0-9a-z][\w-]{0,31}):(.*)", re.ASCII | re.DOTALL)


class CodedLinesDecoder(NDJSONDecoder):
    """Incremental decoder, line by line as its base. The code is the event's type, its data the JSON, which is not parsed here.

    A line without a code is IGNORED; an unterminated one at the end is an EVENT if its JSON is whole, else a TAIL.
    """

    def feed(self, data: bytes, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.feed`."""
        return [self._coded(frame) for frame in super().feed(data, time, chunk)]

    def flush(self, time: float, chunk: int) -> list[Frame]:
        """As `Decoder.flush`."""
        return [self._coded(frame._replace(kind=TAIL), last=True) for frame in super().flush(time, chunk)]

    @staticmethod
    def data_of(kind: int, raw: bytes) -> str:
        """As `Decoder.data_of`."""
        return _split(NDJSONDecoder.data_of(kind, raw))[1]

    def _coded(self, frame: Frame, *, last: bool = False) -> Frame:
        code, data = _split(frame.data)
        kind = frame.kind if code or last else IGNORED
        if last and code and is_json(data):
            kind = EVENT
        return frame._replace(kind=kind, type="" if kind == IGNORED else code or "message", data=data)


def _split(line: str) -> tuple[str, str]:
    """Code and data of a line; one without a code is all data."""
    found = _LINE.fullmatch(line)
    return (found[1], found[2].strip(" \t")) if found else ("", line)
