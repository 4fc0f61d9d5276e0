"""The relay that counts what passes, and what counts it: real sockets, and servers that do as the test says."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

import sse_widget as sw
from sse_widget.transports import Cut, Relay, Way
from sse_widget.transports.counting import Frames
from sse_widget.transports.relay import REFUSAL, way_of

from .support import PATIENCE, Connection, Handler, RawServer, closed_port

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00a;x=y\r\n0123456789\r\n0\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\n\r\nhello"
ENDLESS = b"HTTP/1.0 200 OK\r\n\r\nuntil the end\r\n\r\n"
UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    + b"\x81\x05hello"
    + b"\x82\x7e\x01\x2c" + b"x" * 300
    + b"\x81\x7f" + (70_000).to_bytes(8, "big") + b"y" * 70_000
    + b"\x89\x00\x88\x02\x03\xe8"
)  # fmt: skip
HTTP2 = b"".join(
    len(body).to_bytes(3, "big") + bytes([kind, 0]) + b"\0\0\0\1" + body
    for kind, body in ((4, b""), (1, b"abc"), (0, b"x" * 20_000), (0, b""))
)


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        (CHUNKED, {"chunk": 2}),
        (CHUNKED + CHUNKED, {"chunk": 4}),
        (SIZED + SIZED, {"body": 2}),
        (ENDLESS, {"body": 1}),
        (UPGRADED, {"message": 3, "ping": 1, "close": 1}),
        (HTTP2, {"SETTINGS": 1, "HEADERS": 1, "DATA": 2}),
        (b"", {}),
        (b"HT", {}),
    ],
    ids=["chunks", "two answers", "lengths", "until the end", "websocket", "http2", "nothing", "a beginning"],
)
def test_frames_are_counted_however_they_are_cut(sent: bytes, counts: dict[str, int]) -> None:
    for size in (1, 2, 3, 7, 100, 65_536, len(sent) + 1):
        frames = Frames()
        for at in range(0, len(sent), size):
            frames.feed(sent[at : at + size])
        assert frames.counts == Counter(counts), size


def test_what_may_be_held_is_an_answer_that_has_not_ended() -> None:
    seen = []
    for sent in (CHUNKED[:60], CHUNKED, SIZED[:-1], SIZED, ENDLESS, UPGRADED, HTTP2):
        frames = Frames()
        frames.feed(sent)
        seen.append((frames.is_http1, frames.upgraded))
    assert seen == [(True, False), (False, False), (True, False), (False, False), (True, False), (False, True), (False, False)]


# --- the relay ---------------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def asked(relay: Relay, request: bytes = b"GET / HTTP/1.1\r\n\r\n") -> Iterator[socket.socket]:
    """A connection through the relay, with a request on its way."""
    with socket.create_connection(("127.0.0.1", relay.port), PATIENCE) as client:
        client.sendall(request)
        yield client


def all_of(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def says(*pieces: bytes) -> Handler:
    def handler(connection: Connection) -> None:
        for piece in pieces:
            connection.socket.sendall(piece)

    return handler


def test_every_byte_passes_and_is_counted(raw: RawServer) -> None:
    raw.handler = says(UPGRADED)
    with Relay(raw.port) as relay, asked(relay) as client:
        assert all_of(client) == UPGRADED
        traffic = relay.traffic
        assert (traffic.up, traffic.down, traffic.connections) == (len(b"GET / HTTP/1.1\r\n\r\n"), len(UPGRADED), 1)
        assert traffic.frames == {"message": 3, "ping": 1, "close": 1}
        with asked(relay) as again:
            all_of(again)
        assert (traffic.down, traffic.connections) == (2 * len(UPGRADED), 2)


def test_a_buffering_proxy_holds_an_answer_until_enough_has_come(raw: RawServer) -> None:
    relay = Relay(raw.port, Way(buffer=1000))
    held: list[int] = []

    def handler(connection: Connection) -> None:
        connection.start()
        connection.chunk(b"a" * 400)
        relay.wait_for(lambda traffic: traffic.frames["chunk"] == 1, PATIENCE)
        held.append(relay.traffic.down)
        connection.chunk(b"b" * 800)  # now it is enough
        relay.wait_for(lambda traffic: traffic.down > 1200, PATIENCE)
        connection.chunk(b"c")
        relay.wait_for(lambda traffic: traffic.frames["chunk"] == 3, PATIENCE)
        held.append(relay.traffic.down)
        connection.end()

    raw.handler = handler
    with relay, asked(relay) as client:
        got = all_of(client)
    assert raw.requests[0].head.startswith("GET / HTTP/1.0")
    assert held[0] == 0
    assert 1200 < held[1] < len(got)
    assert [got.count(letter) for letter in (b"aa", b"bb", b"c\r\n")] == [200, 400, 1]
    assert relay.traffic.down == len(got)


@pytest.mark.parametrize("sent", [SIZED, UPGRADED, HTTP2], ids=["an answer that is over", "an upgrade", "HTTP/2"])
def test_a_buffering_proxy_does_not_hold(raw: RawServer, sent: bytes) -> None:
    relay = Relay(raw.port, Way(buffer=1_000_000))

    def handler(connection: Connection) -> None:
        connection.socket.sendall(sent)
        relay.wait_for(lambda traffic: traffic.down == len(sent), PATIENCE)  # although the connection stays open

    raw.handler = handler
    with relay, asked(relay) as client:
        assert all_of(client) == sent


@pytest.mark.parametrize("buffer", [0, 40])
def test_a_cut_is_at_the_byte_and_the_next_connection_holds(raw: RawServer, buffer: int) -> None:
    raw.handler = says(SIZED[:10], (SIZED * 100)[10:])
    with Relay(raw.port, Way(buffer=buffer, cut=Cut(after=77))) as relay:
        with asked(relay) as client:
            assert all_of(client) == (SIZED * 100)[:77]
        assert relay.traffic.down == 77
        with asked(relay) as client:
            assert len(all_of(client)) > 77


def test_a_proxy_of_http_1_1_alone(raw: RawServer) -> None:
    raw.handler = says(SIZED)
    request = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: a\r\nX-Key: b\r\n\r\n"
    with Relay(raw.port, Way(http1_only=True)) as relay:
        with asked(relay, request) as client:
            assert all_of(client) == SIZED
        assert raw.requests[0].headers == {"host": "x", "x-key": "b"}
        with asked(relay, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") as client:
            assert all_of(client) == REFUSAL
    assert len(raw.requests) == 1


def test_who_says_no_more_still_hears(raw: RawServer) -> None:
    raw.handler = says(SIZED)
    with Relay(raw.port) as relay, asked(relay) as client:
        client.shutdown(socket.SHUT_WR)
        assert all_of(client) == SIZED


def test_nobody_behind_it() -> None:
    with Relay(closed_port()) as relay, asked(relay) as client, contextlib.suppress(ConnectionError):
        assert all_of(client) == b""


def test_closing_breaks_what_is_open(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start()
        connection.closed_by_client()

    raw.handler = handler
    relay = Relay(raw.port)
    with asked(relay) as client:
        assert client.recv(1) == b"H"
        relay.close()
        relay.close()
        with contextlib.suppress(ConnectionError):
            all_of(client)
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", relay.port))


def test_a_way_that_is_none() -> None:
    with pytest.raises(sw.UsageError, match="'buffering proxy'"):
        way_of("bufering proxy")
    with pytest.raises(sw.UsageError, match="not a int"):
        way_of(3)
    for after in (0, -1, True, 1.5):
        with pytest.raises(sw.UsageError, match="above 0"):
            Cut(after=after)  # type: ignore[arg-type]
    assert way_of(Cut(5)) == Way(cut=Cut(5))
    assert way_of(None) == way_of(Way()) == Way()
