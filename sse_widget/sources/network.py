"""Sockets for the HTTP client that we make ourselves, on plain asyncio.

httpcore's own (anyio's) arm the poll before each read and disarm it afterwards, wake a task and open three context managers: 200 µs of
CPU for each event of a slow stream. Here a socket stays armed until too much waits to be read, and whoever wants what arrives in the very
call of the loop that brings it can have that (`Stream.hand_over`). Nothing else is new: it is httpcore's public ``network_backend``.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import select
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import anyio
import httpcore
import httpx

from ..turns import turns

FULL: Final = 256 * 1024
"""Bytes that may wait to be read; beyond, nothing is taken from the socket, which holds the server back."""
_HAPPY: Final = 0.25
"""Seconds after which the next address of a host is tried beside the one before (RFC 8305)."""
_FOREVER: Final = 86400.0
_ADDRESS: Final = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:.*")
_BLANK: Final = re.compile(rb"\n\r?\n")
_TLS_IN_TLS: Final = sys.version_info >= (3, 11)
"""Whether asyncio can speak TLS with a server through a proxy that is spoken to by TLS as well."""
_NUMBER: Final = re.compile(r"\[Errno (\d+)\]")

Sink = Callable[[bytes, "float | None"], None]
"""Takes what came, and when (s, monotonic) if that was not this moment."""
End = Callable[["Exception | None"], None]


class Stream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """One connection.

    What a server sends before its answer's body is read up to each blank line, never beyond: so the body is whole when `hand_over` is
    called for it, and nothing of it is in the parser of the head.
    """

    def __init__(self) -> None:
        self._transport: Any = None
        self._pieces: deque[tuple[float, bytes]] = deque()  # with when they came
        self._waiting = 0  # bytes in them
        self._tail = b""  # the last bytes of a head that is being read, which may be half a blank line; see `read`
        self._in_head = True
        self.head_came = 0.0
        """When the last of the head came, s (monotonic)."""
        self._ended = False
        self._error: Exception | None = None  # what ended it, if that was no end of the server's
        self._closed = False
        self._paused = False
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []
        self._full = False  # what we write waits for the socket
        self._sink: Sink | None = None
        self._end: End | None = None

    # --- what asyncio calls --------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink(data, None)
            return
        self._pieces.append((time.monotonic(), bytes(data)))
        self._waiting += len(data)
        if self._waiting > FULL:
            self.hold(True)
        self._wake()

    def eof_received(self) -> None:
        self._finish(None)  # the transport closes itself: a server that says nothing more gets nothing more

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._let_write()

    def _finish(self, error: Exception | None) -> None:
        if self._ended:
            return
        self._ended, self._error = True, error
        self._wake()
        self._let_write()
        if self._end is not None:
            self._end(error)

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _let_write(self) -> None:
        for writer in self._writers:
            if not writer.done():
                writer.set_result(None)
        self._writers.clear()

    # --- what httpcore calls -------------------------------------------------------------------------------------------
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._pieces and not self._ended:
            await self._news(timeout)
            if self._in_head:  # heads that come all at once must not keep those waiting whose bodies come
                await turns.through_door()
        if not self._pieces:
            if self._closed:
                raise httpcore.ReadError("the connection was closed by us")
            if self._error is not None:
                raise httpcore.ReadError(_said(self._error)) from self._error
            return b""
        came, data = self._pieces.popleft()
        count = min(self._to_blank(data) if self._in_head else len(data), max_bytes)
        if self._in_head:
            self.head_came = came
        if count < len(data):
            self._pieces.appendleft((came, data[count:]))
            data = data[:count]
        self._waiting -= count
        if self._paused and self._waiting <= FULL // 2:
            self.hold(False)
        return data

    def _to_blank(self, data: bytes) -> int:
        """How much of ``data`` belongs to the head: up to its blank line, which the piece before may have begun."""
        before = self._tail
        found = _BLANK.search(before + data)
        self._tail = b"" if found else (before + data)[-2:]
        return found.end() - len(before) if found else len(data)

    async def _news(self, timeout: float | None) -> None:
        loop = asyncio.get_running_loop()
        reader = self._reader = loop.create_future()
        alarm = None if timeout is None else loop.call_later(timeout, reader.cancel)
        try:
            await reader
        except asyncio.CancelledError:
            if timeout is not None and reader.cancelled() and alarm is not None and alarm.when() <= loop.time():
                raise httpcore.ReadTimeout from None
            raise
        finally:
            self._reader = None
            if alarm is not None:
                alarm.cancel()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        self._in_head = True  # an answer follows
        self._transport.write(buffer) if not self._ended else None
        if self._full and not self._ended:
            writer = asyncio.get_running_loop().create_future()
            self._writers.append(writer)
            try:
                with anyio.fail_after(timeout):
                    await writer
            except TimeoutError:
                raise httpcore.WriteTimeout from None
        if self._ended:
            raise httpcore.WriteError(_said(self._error) if self._error is not None else "") from self._error

    async def aclose(self) -> None:
        self._closed = True
        self._transport.abort()  # neither waits for what was not sent, nor for a farewell of TLS
        await asyncio.sleep(0)  # in this turn the loop lets go of the socket

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        below = self._transport
        loop = asyncio.get_running_loop()
        try:
            with anyio.fail_after(timeout):
                self._transport = await loop.start_tls(
                    below, self, ssl_context, server_hostname=server_hostname, ssl_handshake_timeout=_FOREVER
                )
        except BaseException as error:
            below.abort()
            if isinstance(error, TimeoutError) and not isinstance(error, ssl.SSLError):
                raise httpcore.ConnectTimeout from error
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._ended or bool(self._pieces) or _is_readable(self._transport.get_extra_info("socket"))
        names = {"client_addr": "sockname", "server_addr": "peername", "socket": "socket", "ssl_object": "ssl_object"}
        return self._transport.get_extra_info(names[info]) if info in names else None

    # --- what `pouring` calls ------------------------------------------------------------------------------------------
    def open_up(self) -> None:
        """The head has been read: what follows is read as it comes."""
        self._in_head = False

    def hand_over(self, sink: Sink, end: End) -> None:
        """From now on ``sink`` is called with all bytes, at once with those that wait, and ``end`` once when no more will come."""
        pieces, self._pieces, self._waiting = self._pieces, deque(), 0
        self._sink, self._end = sink, end
        self.hold(False)
        for came, piece in pieces:
            sink(piece, came)
        if self._ended:
            end(self._error)

    def hold(self, paused: bool) -> None:
        """Take nothing from the socket, or go on."""
        if paused == self._paused:
            return
        self._paused = paused
        if not self._ended:
            (self._transport.pause_reading if paused else self._transport.resume_reading)()


def lean_client(verify: ssl.SSLContext, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """A client of httpx's over `Stream`s; proxies are those of the environment."""
    client = httpx.AsyncClient(verify=verify, timeout=timeout)
    for transport in (client._transport, *client._mounts.values()):
        pool: Any = getattr(transport, "_pool", None)  # httpx passes no backend on (up to 0.28 at least)
        proxy = getattr(pool, "_proxy_url", None)
        if hasattr(pool, "_network_backend") and (proxy is None or proxy.scheme != b"https" or _TLS_IN_TLS):
            pool._network_backend = Network()
    return client


class Network(httpcore.AsyncNetworkBackend):
    """Makes `Stream`s."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        local = None if local_address is None else (local_address, 0)
        happy = None if _ADDRESS.fullmatch(host) else _HAPPY
        connecting = loop.create_connection(Stream, host, port, local_addr=local, happy_eyeballs_delay=happy)
        return await _connected(connecting, timeout, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        return await _connected(asyncio.get_running_loop().create_unix_connection(Stream, path), timeout, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _connected(connecting: Any, timeout: float | None, options: Iterable[Any] | None) -> Stream:
    try:
        with anyio.fail_after(timeout):
            transport, stream = await connecting
        for option in options or ():
            transport.get_extra_info("socket").setsockopt(*option)
    except TimeoutError as error:
        if error.errno is not None:  # the system's own patience is over
            raise httpcore.ConnectError(str(error)) from error
        raise httpcore.ConnectTimeout from error
    except OSError as error:
        told = _one_of(error)
        raise httpcore.ConnectError(str(told)) from told
    assert isinstance(stream, Stream)
    return stream


def _one_of(error: OSError) -> OSError:
    """What is to be told where several addresses failed, which asyncio joins into one sentence (up to 3.14 at least): that somebody
    refused, since that shows a way there, or else the first."""
    numbers = [int(number) for number in _NUMBER.findall(str(error))] if error.errno is None else []
    if not numbers:
        return error
    number = errno.ECONNREFUSED if errno.ECONNREFUSED in numbers else numbers[0]
    return OSError(number, os.strerror(number))


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _is_readable(sock: Any) -> bool:
    """Whether something has come, or the end, that the loop has not seen yet."""
    if sock is None or sock.fileno() < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([sock.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))
