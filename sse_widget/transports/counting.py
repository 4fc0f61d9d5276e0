"""What goes over a connection, counted in the units of its protocol. Pure: fed with the bytes that the server sends."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
_WEBSOCKET: Final = {0: "continuation", 1: "message", 2: "message", 8: "close", 9: "ping", 10: "pong"}
_HTTP2: Final = {0: "DATA", 1: "HEADERS", 3: "RST_STREAM", 4: "SETTINGS", 6: "PING", 7: "GOAWAY", 8: "WINDOW_UPDATE"}


class Frames:
    """Counts the frames of one direction of one connection: HTTP/1.1 chunks (or bodies without any), WebSocket frames or HTTP/2 frames.

    counts: how many of each so far. What is none of these protocols is not counted. head: what an HTTP/1.1 answer began with, up to
    the blank line, or b"".
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.head = b""
        self._buffer = bytearray()
        self._skip = 0
        self._kind = ""
        """"http2", "websocket", "chunked", "sized", "body" (until the connection ends), or "" between two answers."""
        self._left = 0

    @property
    def upgraded(self) -> bool:
        """Whether the answer was 101: from there on it is another protocol's."""
        return self._kind == "websocket"

    @property
    def is_http1(self) -> bool:
        """Whether it is in the midst of an answer in HTTP/1.1 that is no upgrade."""
        return self._kind in ("chunked", "sized", "body")

    def feed(self, data: bytes) -> None:
        """The next bytes, however they are cut."""
        if self._skip >= len(data):
            self._skip -= len(data)
            return
        self._buffer += data[self._skip :]
        self._skip = 0
        while self._step():
            pass

    def _step(self) -> bool:
        """Take one frame's head and pass over its payload. False if more bytes are needed."""
        buffer = self._buffer
        if self._kind == "":
            return self._begin()
        if self._kind in ("body", "sized"):
            passed = len(buffer) if self._kind == "body" else min(self._left, len(buffer))
            self._left -= passed
            del buffer[:passed]
            self._kind = "" if self._kind == "sized" and not self._left else self._kind
            return bool(buffer)
        found = {"http2": _http2, "websocket": _websocket, "chunked": _chunk}[self._kind](buffer)
        if found is None:
            return False
        name, head, length = found
        if name:
            self.counts[name] += 1
        self._skip = max(head + length - len(buffer), 0)
        del buffer[: head + length]
        if self._kind == "chunked" and length == _LAST_CHUNK:  # the answer is over; another may follow
            self._kind = ""
        return bool(buffer)

    def _begin(self) -> bool:
        buffer = self._buffer
        if len(buffer) >= 5 and not buffer.startswith(b"HTTP/"):
            self._kind = "http2"
            return True
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.head = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        length = _LENGTH.search(self.head)
        if self.head.split(b" ", 2)[1] == b"101":
            self._kind = "websocket"
        elif _CHUNKED.search(self.head):
            self._kind = "chunked"
        else:
            self._kind, self._left = ("body", 0) if length is None else ("sized", int(length[1]))
            self.counts["body"] += 1
        return True


_LAST_CHUNK: Final = 2
Found = tuple[str, int, int]
"""A frame's name ("" for one that is not counted), the length of its head, and that of what follows."""


def _http2(buffer: bytearray) -> Found | None:
    """RFC 9113, 4.1: three bytes of length, one of type, one of flags, four of the stream."""
    return None if len(buffer) < 9 else (_HTTP2.get(buffer[3], "other"), 9, int.from_bytes(buffer[:3], "big"))


def _websocket(buffer: bytearray) -> Found | None:
    """RFC 6455, 5.2; a server's frames are not masked."""
    if len(buffer) < 2:
        return None
    length, head = buffer[1] & 0x7F, 2
    if length >= 126:
        head = 4 if length == 126 else 10
        if len(buffer) < head:
            return None
        length = int.from_bytes(buffer[2:head], "big")
    return _WEBSOCKET.get(buffer[0] & 0x0F, "other"), head, length


def _chunk(buffer: bytearray) -> Found | None:
    """RFC 9112, 7.1: a length in hex, the data, a line end. The last one is empty."""
    end = buffer.find(b"\r\n")
    if end < 0:
        return None
    length = int(bytes(buffer[:end]).partition(b";")[0], 16)
    return ("chunk" if length else "", end + 2, length + 2)
