"""The body of an answer, from the socket into the recording in the call of the loop that brings it.

Between httpcore's connection and whoever iterates over a response stand six generators and a task that is woken for each piece, which
is half of what a slow stream costs, and its time would be stamped at the end of it. So where a body needs nothing but to be cut
(RFC 9112, 6.3 and 7.1: chunks, a length, or up to the end) it is cut here, as h11 would: the same pieces, the same faults.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Final, Protocol

import httpx

from ..recording import Recording
from .base import Broken
from .breaks import INCOMPLETE, TOO_SHORT, WRONG_CHUNKS, how_it_broke
from .network import Stream

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\n]*?)?[ \t]*\r\n")
_TRAILERS: Final = re.compile(rb"\r?\n|(?s:.*?)\n\r?\n")
_LINE_END: Final = b"\r\n"
_LONGEST: Final = 100 * 1024
"""Bytes that the line before a chunk, or what follows the last one, may have."""


class Body(Protocol):
    """Where a body ends, and what of the bytes is its own."""

    over: bool
    """It has come to its end."""
    fault: str
    """What is wrong with the bytes after those that were given, in words; "" if nothing."""

    def feed(self, data: bytes) -> list[bytes]:
        """The pieces of the body in ``data``."""
        ...

    def missing(self) -> str:
        """What is to be said if the connection ends now; "" if that is the end of the body."""
        ...


class Whole:
    """All that comes. length: how much that is, bytes; None: up to the end."""

    fault = ""

    def __init__(self, length: int | None) -> None:
        self._left = length
        self.over = length == 0

    def feed(self, data: bytes) -> list[bytes]:
        """As `Body.feed`."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
            self.over = not self._left
        return [data]

    def missing(self) -> str:
        """As `Body.missing`."""
        return TOO_SHORT if self._left else ""


class Chunks:
    """The chunked coding."""

    def __init__(self) -> None:
        self.over = False
        self.fault = ""
        self._left = 0  # bytes of the chunk that are still to come
        self._rest = b""  # half a line
        self._after = False  # next comes the line end that follows a chunk
        self._last = False  # the empty chunk has come

    def feed(self, data: bytes) -> list[bytes]:
        """As `Body.feed`."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        pieces: list[bytes] = []
        at, size = 0, len(data)
        while at < size and not self.over:
            if self._left:
                end = at + self._left
                pieces.append(data[at:end])
                if data[end : end + 2] == _LINE_END:  # as nearly always
                    at, self._left = end + 2, 0
                    continue
                self._left = max(end - size, 0)
                self._after = not self._left
                at = min(end, size)
            elif self._after:
                if data[at : at + 2] == _LINE_END:
                    at += 2
                    self._after = False
                elif data[at:] == b"\r":
                    break
                else:
                    self.fault = WRONG_CHUNKS
                    return pieces
            else:
                line = (_TRAILERS if self._last else _SIZE).match(data, at)
                if line is None:
                    if size - at > _LONGEST or (not self._last and data.find(_LINE_END, at) >= 0):
                        self.fault = WRONG_CHUNKS
                        return pieces
                    break
                at = line.end()
                if self._last:
                    self.over = True
                else:
                    self._left = int(line[1], 16)
                    self._last = not self._left
        self._rest = data[at:]
        return pieces

    def missing(self) -> str:
        """As `Body.missing`."""
        return "" if self.over else INCOMPLETE


def stream_of(response: httpx.Response) -> Stream | None:
    """The connection by which a response comes, if it is one of ours."""
    stream = response.extensions.get("network_stream")
    return stream if isinstance(stream, Stream) else None


async def poured(response: httpx.Response, recording: Recording, *, known: bool) -> bool:
    """Put the body of a response into the recording, if it is one of our connections' that can be cut here. known: its framing is.

    Returns False if it is to be read by httpx. Raises `Broken`, and what the recording raises.
    """
    stream = stream_of(response)
    if stream is None:
        return False
    stream.open_up()
    body = body_of(response) if known else None
    if body is None:
        return False
    pouring = _Pouring(stream, body, recording)
    try:
        stream.hand_over(pouring.take, pouring.end)
        while await pouring.news:
            await recording.flow()
            pouring.go_on()
    finally:
        pouring.left = True
    return True


def time_of(recording: Recording, came: float) -> float:
    """When something came, on the recording's clock; not before what was recorded meanwhile. came: s, monotonic."""
    last = recording.read_entries(max(len(recording) - 1, 0))
    return max(came - recording.t0, last[0].time if last else 0.0)


def opened_at(response: httpx.Response, recording: Recording) -> float | None:
    """When the head of a response came, if its connection knows."""
    stream = stream_of(response)
    return None if stream is None else time_of(recording, stream.head_came)


def body_of(response: httpx.Response) -> Body | None:
    """How the body of a response is to be cut; None if it needs more than that."""
    headers = response.headers
    limit = response.request.extensions.get("timeout", {}).get("read")
    coded = headers.get("content-encoding", "identity").strip().lower() != "identity"
    if coded or limit is not None or not response.http_version.startswith("HTTP/1") or response.request.method == "HEAD":
        return None
    if "transfer-encoding" in headers:  # h11 lets none but "chunked" through, and no length that is no number
        return Chunks()
    length = headers.get("content-length")
    return Whole(None if length is None else int(length))


class _Pouring:
    """news: what its task waits for: True when the reading is paused, False when the body is over, an error if it is not whole.

    left: nobody waits any more.
    """

    def __init__(self, stream: Stream, body: Body, recording: Recording) -> None:
        self._stream, self._body, self._recording = stream, body, recording
        self._raw: deque[tuple[bytes, float | None]] = deque()  # what came in the call in which the reading was paused, and was not cut yet
        self._pieces: deque[bytes] = deque()  # and what was
        self._came: float | None = None
        self._end: Broken | None = None
        self._ended = False
        self.news: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.left = False

    def take(self, data: bytes, came: float | None) -> None:
        """As `network.Sink`."""
        self._raw.append((data, came))
        self._work()

    def end(self, error: Exception | None) -> None:
        """As `network.End`."""
        self._ended = True
        if error is not None:
            self._end = Broken(how_it_broke(error))
            self._end.__cause__ = error
        self._work()

    def go_on(self) -> None:
        """Nobody holds the reading any more."""
        self.news = asyncio.get_running_loop().create_future()
        self._came = None
        self._work()
        if not self.news.done():
            self._stream.hold(False)

    def _work(self) -> None:
        """Cut and record what there is."""
        if self.left or self.news.done():
            return
        recording, body, pieces, raw = self._recording, self._body, self._pieces, self._raw
        try:
            while True:
                if pieces:
                    recording.chunk(pieces.popleft(), self._came)
                    if recording.paused:
                        self._stream.hold(True)
                        self.news.set_result(True)
                        return
                elif body.fault:
                    raise Broken(body.fault)
                elif body.over:
                    self.news.set_result(False)
                    return
                elif raw:
                    data, came = raw.popleft()
                    self._came = None if came is None else time_of(recording, came)
                    pieces.extend(body.feed(data))
                elif self._ended:
                    missing = body.missing()
                    if self._end is not None or missing:
                        raise self._end or Broken(missing)
                    self.news.set_result(False)
                    return
                else:
                    return
        except Exception as error:
            self.news.set_exception(error)
