"""`sources/network.py`: sockets as httpcore wants them, against real servers. TLS, proxies and HTTP/2: `make matrix ARGS=http`."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

from sse_widget.sources.network import FULL, Network, Stream, _one_of, lean_client
from sse_widget.sources.warming import tls

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n"


def talk(serve: Serve, client: Callable[[Stream], Awaitable[Any]], path: Path | None = None) -> Any:
    """What ``client`` gives, connected to ``serve``."""

    async def both() -> Any:
        over: list[asyncio.Task[Any]] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            over.append(asyncio.current_task())  # type: ignore[arg-type]
            await serve(reader, writer)
            writer.close()

        if path is None:
            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            stream = await Network().connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1], timeout=60)
        else:
            server = await asyncio.start_unix_server(answer, path)
            stream = await Network().connect_unix_socket(str(path), timeout=60)
        assert isinstance(stream, Stream)
        async with server:
            try:
                return await client(stream)
            finally:
                await stream.aclose()
                await asyncio.gather(*over)

    return asyncio.run(both())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


async def ask(stream: Stream) -> list[bytes]:
    await stream.write(b"GET", timeout=60)
    return [await stream.read(65536, timeout=60)]


def test_what_is_written_comes_back() -> None:
    assert talk(echo, ask) == [b"GET"]


def test_by_a_unix_socket(tmp_path: Path) -> None:
    assert talk(echo, ask, tmp_path / "socket") == [b"GET"]


@pytest.mark.parametrize("place", range(len(HEAD) + 4))
def test_a_head_is_read_up_to_its_blank_line(place: int) -> None:
    """Wherever it is cut; so nothing of the body is in the parser of the head."""
    stream = Stream()
    whole = HEAD + b"a\n\nb"

    async def read() -> list[bytes]:
        found = []
        for part in (whole[:place], whole[place:]):
            if part:
                stream.data_received(part)
        while stream._pieces:
            found.append(await stream.read(65536))
            if b"".join(found) == HEAD:
                stream.open_up()
        return found

    found = asyncio.run(read())
    heads = [b"".join(found)[: len(HEAD)], b"".join(found)]
    assert heads == [HEAD, whole]
    ends = [sum(map(len, found[: index + 1])) for index in range(len(found))]
    assert {HEAD.index(b"\r\n\r\n") + 4, len(HEAD)} <= set(ends)


def test_a_server_that_is_faster_than_its_reader_is_held_back() -> None:
    size = 8 * FULL

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a" * size)
        await writer.drain()

    async def client(stream: Stream) -> tuple[bool, int]:
        stream.open_up()
        paused = asyncio.Event()
        hold = stream.hold

        def noted(paused_now: bool) -> None:
            hold(paused_now)
            paused.set()

        stream.hold = noted  # type: ignore[method-assign, assignment]
        await paused.wait()
        waited, count = stream._waiting, 0
        while data := await stream.read(65536):
            count += len(data)
        return waited <= 3 * FULL, count

    assert talk(serve, client) == (True, size)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def ask_for_all(stream: Stream) -> tuple[bytes, bool]:
    await stream.write(b"G")
    data = await stream.read(65536)
    return data, stream.get_extra_info("is_readable")


def test_an_end_is_told_from_a_reset() -> None:
    assert talk(leave, ask_for_all) == (b"", True)
    with pytest.raises(httpcore.ReadError, match="reset by peer"):
        talk(slam, ask_for_all)


async def wait_for_little(stream: Stream) -> None:
    assert not stream.get_extra_info("is_readable")
    await stream.read(1, timeout=0.01)


def test_a_read_has_its_limit() -> None:
    with pytest.raises(httpcore.ReadTimeout):
        talk(silent, wait_for_little)


async def write_much(stream: Stream) -> None:
    await stream.write(b"a" * 64_000_000, timeout=0.01)


def test_a_write_has_its_limit() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]

    with pytest.raises((httpcore.WriteTimeout, httpcore.WriteError)):
        talk(deaf, write_much)


async def wait_in_vain(stream: Stream) -> None:
    reading = asyncio.ensure_future(stream.read(1, timeout=60))
    await asyncio.sleep(0)
    reading.cancel()
    await reading


def test_a_read_that_is_cancelled_is_no_timeout() -> None:
    with pytest.raises(asyncio.CancelledError):
        talk(silent, wait_in_vain)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(httpcore.ConnectError, match="Connect call failed"):
            asyncio.run(Network().connect_tcp("127.0.0.1", free.getsockname()[1]))


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("Multiple exceptions: [Errno 101] Connect call failed ('::1', 1), [Errno 111] Connect call failed ('127.0.0.1', 1)", 111),
        ("Multiple exceptions: [Errno 101] Connect call failed ('::1', 1), [Errno 113] Connect call failed ('127.0.0.1', 1)", 101),
        ("something else", None),
    ],
)
def test_of_several_addresses_one_is_told(said: str, number: int | None) -> None:
    found = _one_of(OSError(said))
    assert found.errno == number
    assert str(found) == (said if number is None else f"[Errno {number}] {os.strerror(number)}")


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:1"])
def test_httpx_takes_it(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """By a name that is not public: when it is another, streams go by httpcore's own sockets, at twice the cost."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    client = lean_client(tls(), httpx.Timeout(None))
    pools: list[Any] = [transport._pool for transport in (client._transport, *client._mounts.values()) if transport is not None]  # type: ignore[attr-defined]
    assert len(pools) == (2 if proxy else 1)
    assert all(isinstance(pool._network_backend, Network) for pool in pools)
