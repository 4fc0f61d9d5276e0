"""A connection that is open before it is needed, so that what is measured is the model and not the way to it.

httpx opens a connection when its request is sent. httpcore, which it stands on, takes a network backend of the caller's: ours gives out
the connection that was opened before, its TLS handshake done. No request is sent for that.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from ..sources.network import Network, lean_client
from ..sources.warming import tls


def reachable_directly(url: httpx.URL) -> bool:
    """Whether no proxy of the environment stands between: through one, connections are opened by the request itself."""
    return not getproxies().keys() & {url.scheme, "all"} or bool(proxy_bypass(url.host))


class Line(httpcore.AsyncNetworkBackend):
    """A backend that has one connection open already."""

    def __init__(self, url: httpx.URL) -> None:
        self._host = url.raw_host.decode("ascii")
        self._port = url.port or {"https": 443}.get(url.scheme, 80)
        self._tls = url.scheme == "https"
        self._backend = Network()
        self._open: httpcore.AsyncNetworkStream | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that nobody has taken yet."""
        return self._open is not None

    @property
    def hung_up(self) -> bool:
        """Whether the server has closed it. (After a handshake nobody can say: what can be read may be a ticket of TLS 1.3.)"""
        return self._open is not None and not isinstance(self._open, _Shaken) and bool(self._open.get_extra_info("is_readable"))

    async def open(self, timeout: float | None) -> None:
        """Connect, and shake hands. timeout: s for each. Raises what httpcore raises."""
        stream = await self._backend.connect_tcp(self._host, self._port, timeout)
        if self._tls:
            try:
                context = tls()
                context.set_alpn_protocols(["http/1.1"])  # as httpcore does
                stream = _Shaken(await stream.start_tls(context, self._host, timeout))
            except BaseException:
                await stream.aclose()
                raise
        self._open = stream

    async def close(self) -> None:
        """Close it, if nobody took it."""
        stream, self._open = self._open, None
        if stream is not None:
            with contextlib.suppress(Exception):
                await stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = self._open
        if stream is not None and (host, port) == (self._host, self._port):
            gone, self._open = self.hung_up, None
            if not gone:
                return stream
            await stream.aclose()
        return await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> httpcore.AsyncNetworkStream:
        return await self._backend.connect_unix_socket(path, timeout, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Shaken(httpcore.AsyncNetworkStream):
    """A stream whose handshake is done: to be asked for it costs nothing."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return self._stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def client_over(line: Line, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """A client whose first direct connection is the line's. (httpx has no argument for a network backend, up to 0.28 at least.)"""
    client = lean_client(tls(), timeout)
    pool: Any = getattr(client._transport, "_pool", None)
    if hasattr(pool, "_network_backend"):
        pool._network_backend = line
    return client
