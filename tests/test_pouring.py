"""`sources/pouring.py`: a body is cut as h11 would cut it, and recorded in the call that brings it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import h11
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_widget.bounds import Bounds
from sse_widget.errors import BoundError
from sse_widget.recording import Recording, SealedError
from sse_widget.sources.base import Broken
from sse_widget.sources.breaks import INCOMPLETE, TOO_SHORT, WRONG_CHUNKS
from sse_widget.sources.network import Stream
from sse_widget.sources.pouring import Body, Chunks, Whole, body_of, poured

CHUNKED = {"transfer-encoding": "chunked"}
BODY = b"5\r\nhello\r\n1;name=value \r\n \r\nA\r\n0123456789\r\n0\r\n\r\n"


def by_us(body: Body, parts: list[bytes]) -> tuple[list[bytes], str]:
    pieces: list[bytes] = []
    for part in parts:
        pieces += body.feed(part)
        if body.fault:
            return pieces, "wrong"
        if body.over:
            return pieces, "over"
    return pieces, "incomplete"


def by_h11(head: bytes, parts: list[bytes]) -> tuple[list[bytes], str]:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
    assert isinstance(connection.next_event(), h11.Response)
    pieces: list[bytes] = []
    for part in parts:
        connection.receive_data(part)
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return pieces, "wrong"
            if event is h11.NEED_DATA or event is h11.PAUSED:
                break
            if isinstance(event, h11.EndOfMessage):
                return pieces, "over"
            assert isinstance(event, h11.Data)
            pieces.append(bytes(event.data))
    return pieces, "incomplete"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [part for start, stop in pairwise(borders) if (part := data[start:stop])]


CHUNK = st.tuples(st.binary(min_size=1, max_size=20), st.sampled_from([b"", b";a", b";a=b ", b"\t", b";\r"]), st.booleans())


@given(st.lists(CHUNK, max_size=5), st.sampled_from([b"\r\n", b"", b"\r", b"a: b\r\nc: d\r\n\r\n"]), st.lists(st.integers(0, 500)))
def test_chunks_are_cut_as_h11_cuts_them(chunks: list[tuple[bytes, bytes, bool]], end: bytes, places: list[int]) -> None:
    sizes = [(b"%X" if upper else b"0%x") % len(data) + extension for data, extension, upper in chunks]
    body = b"".join(b"%b\r\n%b\r\n" % (size, data) for size, (data, _, _) in zip(sizes, chunks, strict=True)) + b"0\r\n" + end
    parts = cut(body, places)
    assert by_us(Chunks(), parts) == by_h11(b"transfer-encoding: chunked", parts)


@given(st.integers(0, len(BODY) - 6), st.binary(max_size=3), st.integers(0, 3), st.lists(st.integers(0, 500), max_size=6))
def test_what_is_wrong_with_chunks_is_wrong_for_h11_too(at: int, put: bytes, away: int, places: list[int]) -> None:
    parts = cut(BODY[:at] + put + BODY[min(at + away, len(BODY) - 5) :], places)
    ours, theirs = by_us(Chunks(), parts), by_h11(b"transfer-encoding: chunked", parts)
    if ours != theirs:  # what follows the last chunk is no concern of ours: it ends there
        assert (ours[0], theirs[1]) == (theirs[0], "wrong")
        assert ours[1] != "wrong"


@given(st.binary(max_size=30), st.integers(0, 40), st.lists(st.integers(0, 500)))
def test_a_length_is_kept_as_h11_keeps_it(body: bytes, length: int, places: list[int]) -> None:
    parts = cut(body, places)
    ours, theirs = by_us(Whole(length), parts), by_h11(b"content-length: %d" % length, parts)
    assert (b"".join(ours[0]), ours[1] == "over" or not parts) == (b"".join(theirs[0]), theirs[1] == "over" or not parts)


def test_a_line_that_never_ends_is_no_chunk() -> None:
    body = Chunks()
    for _ in range(200):
        assert body.feed(b"5;" + b"a" * 1024) == []
    assert body.fault == WRONG_CHUNKS


class Wire:
    """A transport that notes whether it reads."""

    def __init__(self) -> None:
        self.reads = True

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def opened(headers: dict[str, str]) -> tuple[httpx.Response, Stream, Wire]:
    stream, wire = Stream(), Wire()
    stream.connection_made(wire)  # type: ignore[arg-type]
    extensions = {"network_stream": stream, "http_version": b"HTTP/1.1"}
    return httpx.Response(200, headers=headers, request=httpx.Request("GET", "http://a"), extensions=extensions), stream, wire


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def pouring(
    headers: dict[str, str], play: Callable[[Stream, Recording, Wire], Awaitable[None]], bounds: Bounds | None = None
) -> tuple[list[bytes], Any]:
    """What is recorded when ``play`` plays the server, and what came of it."""
    recording = Recording(bounds=bounds)

    async def both() -> Any:
        response, stream, wire = opened(headers)
        task = asyncio.ensure_future(poured(response, recording, known=True))
        await turns()
        await play(stream, recording, wire)
        try:
            return await task
        except (Broken, BoundError, SealedError) as error:
            return error

    found = asyncio.run(both())
    return [entry.data for entry in recording.read_entries() if entry.kind == "chunk"], found


async def whole(stream: Stream, recording: Recording, wire: Wire) -> None:
    stream.data_received(BODY[:20])
    assert [entry.data for entry in recording.read_entries()] == [b"hello"]  # at once
    stream.data_received(BODY[20:])


def test_it_is_recorded_in_the_call_that_brings_it() -> None:
    assert pouring(CHUNKED, whole) == ([b"hello", b" ", b"0123456789"], True)


async def closed(stream: Stream, recording: Recording, wire: Wire) -> None:
    stream.data_received(b"5\r\nhello\r\n")
    stream.eof_received()
    stream.connection_lost(None)


async def reset(stream: Stream, recording: Recording, wire: Wire) -> None:
    stream.data_received(b"5\r\nhello\r\n")
    stream.connection_lost(ConnectionResetError(104, "Connection reset by peer"))


async def garbage(stream: Stream, recording: Recording, wire: Wire) -> None:
    stream.data_received(b"5\r\nhello\r\nx\r\n")


async def sealed(stream: Stream, recording: Recording, wire: Wire) -> None:
    stream.data_received(b"5\r\nhello\r\n")
    recording.seal("stop")
    stream.data_received(b"5\r\nagain\r\n")
    stream.data_received(b"5\r\nagain\r\n")


@pytest.mark.parametrize(
    ("headers", "play", "said"),
    [
        (CHUNKED, closed, INCOMPLETE),
        ({"content-length": "50"}, closed, TOO_SHORT),
        ({}, closed, ""),
        (CHUNKED, reset, "the other side reset it"),
        ({}, reset, "the other side reset it"),
        (CHUNKED, garbage, WRONG_CHUNKS),
    ],
)
def test_how_it_ends(headers: dict[str, str], play: Any, said: str) -> None:
    chunks, found = pouring(headers, play)
    assert (b"hello" in b"".join(chunks), str(found)) == (True, said or "True")


def test_after_the_end_of_the_recording_nothing_is_wanted() -> None:
    chunks, found = pouring(CHUNKED, sealed)
    assert (chunks, type(found)) == ([b"hello"], SealedError)


def test_a_bound_ends_it() -> None:
    chunks, found = pouring(CHUNKED, whole, Bounds(total_bytes=8))
    assert (b"".join(chunks), type(found)) == (b"hello 01", BoundError)


async def held(stream: Stream, recording: Recording, wire: Wire) -> None:
    """Paused: what had come in the same call waits, and so does the socket."""
    recording.pause(True)
    stream.data_received(BODY[:28])
    assert not wire.reads
    stream.data_received(BODY[28:-5])  # the transport had it already
    stream.eof_received()
    await turns()
    assert recording.size == 5
    recording.pause(False)


def test_a_pause_holds_the_server_back() -> None:
    chunks, found = pouring(CHUNKED, held)
    assert (chunks, str(found)) == ([b"hello", b" ", b"0123456789"], INCOMPLETE)


@pytest.mark.parametrize(
    "headers", [{"content-encoding": "gzip", **CHUNKED}, {"content-encoding": "br"}], ids=lambda it: it["content-encoding"]
)
def test_a_coded_body_is_left_to_httpx(headers: dict[str, str]) -> None:
    assert body_of(opened(headers)[0]) is None


def test_a_limit_to_reading_is_left_to_httpx() -> None:
    response = opened(CHUNKED)[0]
    response.request.extensions = {"timeout": httpx.Timeout(5.0).as_dict()}
    assert body_of(response) is None
