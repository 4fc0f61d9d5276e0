"""`compare/lines.py`: a connection that is open before its request, and is the one that the request goes over."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from sse_widget.compare import lines
from sse_widget.compare.lines import Line, client_over, reachable_directly

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Counts connections, and what came over each. hang_up: close the first one as soon as it is there."""

    def __init__(self, *, hang_up: bool = False) -> None:
        self.came: list[bytes] = []
        self.hung_up = asyncio.Event()
        self._hang_up = hang_up

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self.came)
        self.came.append(b"")
        if self._hang_up and number == 0:
            writer.close()
            await writer.wait_closed()
            self.hung_up.set()
            return
        self.came[number] = await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/x"

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()


def test_the_request_goes_over_the_connection_that_was_open() -> None:
    async def main() -> None:
        server = Server()
        async with server as url:
            line = Line(httpx.URL(url))
            await line.open(5.0)
            async with client_over(line, httpx.Timeout(5.0)) as client:
                assert (await client.get(url)).text == "ok"
                assert len(server.came) == 1
                assert server.came[0].startswith(b"GET /x")
                assert (await client.get(url)).text == "ok"  # another one has a connection of its own
                assert len(server.came) == 2

    asyncio.run(main())


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    async def main() -> None:
        server = Server(hang_up=True)
        async with server as url:
            line = Line(httpx.URL(url))
            await line.open(5.0)
            await server.hung_up.wait()
            while not line.hung_up:
                await asyncio.sleep(0)
            async with client_over(line, httpx.Timeout(5.0)) as client:
                assert (await client.get(url)).text == "ok"
            assert len(server.came) == 2

    asyncio.run(main())


def test_a_line_that_nobody_took_is_closed() -> None:
    async def main() -> None:
        closed = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.read() == b""
            closed.set()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        line = Line(httpx.URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        await line.open(5.0)
        await line.close()
        await closed.wait()
        assert not line.is_open
        server.close()

    asyncio.run(main())


def test_a_handshake_that_was_shaken_is_not_shaken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS: the parts of httpcore are stood in for, since a certificate of our own would be another test's matter."""
    told: list[str] = []

    class Stream:
        async def start_tls(self, context: Any, server_hostname: Any, timeout: Any = None) -> Stream:
            told.append(f"tls {server_hostname}")
            return self

        async def aclose(self) -> None:
            told.append("closed")

        def get_extra_info(self, info: str) -> Any:
            return True  # a ticket of TLS 1.3 lies there: no end

    class Backend:
        async def connect_tcp(self, host: str, port: int, *rest: Any) -> Stream:
            told.append(f"tcp {host}:{port}")
            return Stream()

    async def main() -> None:
        monkeypatch.setattr(lines, "Network", Backend)
        line = Line(httpx.URL("https://example.com/v1"))
        await line.open(5.0)
        stream = await line.connect_tcp("example.com", 443)
        await stream.start_tls(None, "example.com")  # type: ignore[arg-type]
        assert told == ["tcp example.com:443", "tls example.com"]
        await line.connect_tcp("other.example", 443)
        assert told[2:] == ["tcp other.example:443"]

    asyncio.run(main())


def test_a_proxy_of_the_environment_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    url = httpx.URL("https://api.example.com/v1")
    assert reachable_directly(url)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert not reachable_directly(url)
    monkeypatch.setenv("NO_PROXY", "example.com")
    assert reachable_directly(url)
