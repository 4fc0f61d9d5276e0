"""A relay between a client and a server on this machine: it counts what passes, and can be as bad as a proxy or a network is.

It is real: bytes go through real sockets. It knows of HTTP just enough to do what proxies do to it.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ..demo.server import bind
from ..errors import UsageError
from .counting import Frames

PIECE: Final = 64 * 1024
JOIN_SECONDS: Final = 5.0
REFUSAL: Final = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_HOP_BY_HOP: Final = re.compile(rb"\r\n(?:upgrade|connection|sec-websocket-[a-z]+):[^\r]*", re.IGNORECASE)


@dataclass(frozen=True)
class Cut:
    """A connection that breaks once so many bytes of the server have passed; the next one holds."""

    after: int

    def __post_init__(self) -> None:
        if type(self.after) is not int or self.after < 1:
            raise UsageError(f"Cut: after must be a number of bytes above 0, not {self.after!r}.")


@dataclass(frozen=True)
class Way:
    """What lies between. By default nothing but a relay that counts.

    buffer: bytes of an HTTP/1.1 answer, its head included, that are collected before they are passed on; what it holds is passed on when
        the answer ends, too. The server is asked by HTTP/1.0, so that its answer has no chunks. What has been upgraded to another protocol,
        and HTTP/2, pass as they come. 0: none. All of that is what nginx 1.22 does if it is told nothing, with 4096 (a page of memory).
    http1_only: it knows HTTP/1.1 and nothing else: HTTP/2 is refused, and a request's wish to upgrade is not passed on. So does nginx
        1.22 if it is told nothing of either.
    cut: where the first connection breaks, or None.
    """

    buffer: int = 0
    http1_only: bool = False
    cut: Cut | None = None


WAYS: Final = {"buffering proxy": Way(buffer=4096), "HTTP/1.1 proxy": Way(http1_only=True)}


def way_of(through: Any) -> Way:
    """The way that is meant: a name, a `Cut`, a `Way`, or None for one that only counts. Raises UsageError."""
    if through is None:
        return Way()
    if isinstance(through, Cut):
        return Way(cut=through)
    if isinstance(through, Way):
        return through
    if isinstance(through, str):
        if through not in WAYS:
            raise UsageError.unknown("way", through, WAYS)
        return WAYS[through]
    raise UsageError(f"through must be a name, a Cut or a Way, not a {type(through).__name__}.", hint=f"Names: {', '.join(WAYS)}.")


@dataclass
class Traffic:
    """What has passed so far. up, down: bytes to the server and from it, as the client sent and got them, without TCP's and IP's own
    headers. pieces: in how many the server's were passed on. frames: the server's, see `counting.Frames`."""

    up: int = 0
    down: int = 0
    connections: int = 0
    pieces: int = 0
    frames: Counter[str] = field(default_factory=Counter)


class Relay:
    """Passes on what comes to ``port`` (chosen by itself) to another port of this machine. A context manager; it has a thread of its own.

    traffic: what has passed, over all connections.
    """

    def __init__(self, to: int, way: Way | None = None) -> None:
        self.traffic = Traffic()
        self._to, self._way = to, way or Way()
        self._listener = bind("127.0.0.1", 0)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[asyncio.Task[Any] | None] = set()
        self._ready = threading.Event()
        self._news = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="sse-widget-relay", daemon=True)
        self._thread.start()
        self._ready.wait()
        atexit.register(self.close)

    def wait_for(self, predicate: Callable[[Traffic], object], timeout: float = 10.0) -> Traffic:
        """Block until the traffic satisfies ``predicate``, and return it. Raises TimeoutError after ``timeout`` s."""
        with self._news:
            if not self._news.wait_for(lambda: predicate(self.traffic), timeout):
                raise TimeoutError(f"It did not come to that within {timeout} s: {self.traffic}")
        return self.traffic

    def close(self) -> None:
        """Break all connections and free the port. Again: nothing."""
        atexit.unregister(self.close)
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed
                self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(JOIN_SECONDS)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- on its thread ---------------------------------------------------------------------------------------------------------
    async def _serve(self) -> None:
        self._over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        try:
            server = await asyncio.start_server(self._connected, sock=self._listener)
        finally:
            self._ready.set()
        await self._over.wait()
        server.close()  # what is still open ends with the loop, which cancels it

    async def _connected(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        self._tell(connections=1)
        cut = self._way.cut.after if self._way.cut is not None and self.traffic.connections == 1 else None
        # It is cancelled when the relay closes, and by nobody else; asyncio's own callback would complain of that.
        with self._held(), contextlib.closing(answer), contextlib.suppress(OSError, asyncio.CancelledError):
            head = await self._head(client, answer) if self._way.http1_only or self._way.buffer else b""
            if head is None:
                return
            server, request = await asyncio.open_connection("127.0.0.1", self._to)
            with contextlib.closing(request):
                request.write(head)
                asking = asyncio.ensure_future(self._up(client, request))
                telling = asyncio.ensure_future(self._down(server, answer, cut))
                try:
                    # When the server is done, so is the connection; a client that only says no more still listens.
                    await asyncio.wait([asking, telling], return_when=asyncio.FIRST_COMPLETED)
                    if not (telling.done() or asking.result()):
                        await telling
                finally:
                    for task in (asking, telling):
                        task.cancel()
                    await asyncio.gather(asking, telling, return_exceptions=True)

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """asyncio lets go of a connection's task when the client is gone; while the server still speaks, it would be collected."""
        task = asyncio.current_task()
        self._open.add(task)
        try:
            yield
        finally:
            self._open.discard(task)

    async def _head(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> bytes | None:
        """What a proxy makes of how a connection begins; None if it refuses it."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = await client.read(PIECE)
            if not data:
                return None
            self._tell(up=len(data))
            head += data
        is_http2 = head.startswith(b"PRI * HTTP/2")
        if self._way.http1_only:
            if is_http2:
                self._tell(down=len(REFUSAL))
                answer.write(REFUSAL)
                return None
            first, _, rest = head.partition(b"\r\n\r\n")
            head = _HOP_BY_HOP.sub(b"", first) + b"\r\n\r\n" + rest
        if self._way.buffer and not is_http2 and not _UPGRADE.search(head):
            head = head.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
        return head

    async def _up(self, client: asyncio.StreamReader, request: asyncio.StreamWriter) -> bool:
        """From the client to the server. Returns whether that is the end of the connection."""
        try:
            while data := await client.read(PIECE):
                self._tell(up=len(data))
                request.write(data)
                await request.drain()
            request.write_eof()
        except OSError:
            return True
        return False

    async def _down(self, server: asyncio.StreamReader, answer: asyncio.StreamWriter, left: int | None) -> None:
        """From the server to the client. left: bytes until the connection breaks, or None."""
        frames, held, counted = Frames(), b"", Counter[str]()
        while True:
            data = await server.read(PIECE)
            if left is not None:
                data = data[:left]
                left -= len(data)
            frames.feed(data)
            self._tell(frames=frames.counts - counted)
            counted = Counter(frames.counts)
            held += data
            over = not data or left == 0
            if self._way.buffer and frames.is_http1 and len(held) < self._way.buffer and not over:
                continue
            self._tell(down=len(held))
            answer.write(held)
            held = b""
            await answer.drain()
            if over:
                return

    def _tell(self, *, up: int = 0, down: int = 0, connections: int = 0, frames: Counter[str] | None = None) -> None:
        """So much more has passed."""
        traffic = self.traffic
        with self._news:
            traffic.up, traffic.down, traffic.connections = traffic.up + up, traffic.down + down, traffic.connections + connections
            traffic.pieces += down > 0
            traffic.frames += frames or Counter()
            self._news.notify_all()
