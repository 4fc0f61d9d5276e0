"""The servers of the comparison, started and stopped: one of HTTP for SSE, WebSocket and the whole response, and one of gRPC."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from ..demo.listener import Listener
from ..demo.replies import tokens
from ..demo.server import bind
from ..demo.texts import PIZZA_ANSWER
from ..errors import UsageError
from .needs import needed

METHOD = "demo.Answer/Stream"
CALLS = 32
"""gRPC calls that are answered at once; each has a thread."""
JOIN_SECONDS = 5.0


class Answer:
    """Tokens as JSON messages, numbered, each when it is due: the first 1 / rate after it is asked for, as a model would have it.

    text: cut as the demo server's replies are. rate: tokens per second; `math.inf` for as fast as they go. over: set when nobody is to wait
    for the rest any more.
    """

    def __init__(self, text: str, rate: float, over: threading.Event, first: int = 0) -> None:
        self._text, self._rate, self._over, self._first = text, rate, over, first
        self.messages = [json.dumps({"text": token}, ensure_ascii=False, separators=(",", ":")) for token in tokens(text)]

    def after(self, last: str | None) -> Answer:
        """The same answer from the message after number ``last`` (a Last-Event-ID; None: from the first)."""
        return Answer(self._text, self._rate, self._over, int(last) + 1 if last is not None and last.isdecimal() else 0)

    def _waits(self) -> Iterator[tuple[float, tuple[int, str]]]:
        """How long to wait (s), and the message that comes then. Late ones do not make later ones late."""
        begun = time.monotonic()
        for number in range(self._first, len(self.messages)):
            due = begun + (number - self._first + 1) / self._rate
            yield max(due - time.monotonic(), 0.0), (number, self.messages[number])

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for wait, message in self._waits():
            if self._over.wait(wait):
                return
            yield message

    async def __aiter__(self) -> AsyncIterator[tuple[int, str]]:
        for wait, message in self._waits():
            await asyncio.sleep(wait)
            yield message


class Servers:
    """Running servers that send the same answer in four ways. A context manager; made by `sse_widget.transports.serve`.

    sse, websocket, whole: their URLs. grpc: host:port. method: of the gRPC call. answer: what they send. http_port, grpc_port: where.
    """

    def __init__(self, text: Any = None, tokens_per_second: Any = 50.0) -> None:
        text = PIZZA_ANSWER if text is None else text
        if not isinstance(text, str) or not text:
            raise UsageError("text must be a string with something in it.")
        if isinstance(tokens_per_second, bool) or not isinstance(tokens_per_second, (int, float)) or not tokens_per_second > 0:
            raise UsageError("tokens_per_second must be a number above 0, or math.inf for as fast as they go.")
        # gRPC writes its log to the process's standard error, which a notebook shows. It looks here when it is loaded.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        grpc = needed("grpc")
        needed("websockets")
        from . import servers  # needs both

        self._over = threading.Event()
        self.answer = Answer(text, tokens_per_second, self._over)
        self.method = METHOD
        app = Starlette(routes=[make(self.answer) for make in (servers.sse_server, servers.websocket_server, servers.whole_server)])
        bound = bind("127.0.0.1", 0)
        self._listener = Listener(bound, _Ending(app), ws="auto")
        self.http_port: int = bound.getsockname()[1]
        self._listener.start()
        # A port that two servers share would be answered by either.
        self._pool = ThreadPoolExecutor(CALLS, thread_name_prefix="sse-widget-grpc")
        self._grpc: Any = grpc.server(self._pool, options=(("grpc.so_reuseport", 0),))
        self._grpc.add_generic_rpc_handlers((servers.grpc_server(self.answer),))
        self.grpc_port: int = self._grpc.add_insecure_port("127.0.0.1:0")
        self._grpc.start()
        self._closing = threading.Lock()
        self.closed = False
        self.sse, self.websocket, self.whole, self.grpc = self.at(self.http_port, self.http_port, self.http_port, self.grpc_port)
        atexit.register(self.close)

    @staticmethod
    def at(sse: int, websocket: int, whole: int, grpc: int) -> tuple[str, str, str, str]:
        """The addresses of the four if they are reached at these ports."""
        host = "127.0.0.1"
        return f"http://{host}:{sse}/sse", f"ws://{host}:{websocket}/websocket", f"http://{host}:{whole}/whole", f"{host}:{grpc}"

    def close(self) -> None:
        """End what is open, free the ports and wait for the threads. Again: nothing."""
        with self._closing:
            if self.closed:
                return
            self.closed = True
            self._over.set()
            stopped = self._grpc.stop(grace=None)
            self._listener.stop()
            stopped.wait(JOIN_SECONDS)
            self._pool.shutdown()
        atexit.unregister(self.close)

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return (
            "closed" if self.closed else f"SSE {self.sse}\nWebSocket {self.websocket}\ngRPC {self.grpc} {self.method}\nwhole {self.whole}"
        )


class _Ending:
    """Ends what is open when the server closes: none of the small servers knows of that."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._open: set[asyncio.Task[Any]] = set()
        self._over = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._over:
            return  # a request that came while the server closes: nobody would end it
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._app(scope, receive, send)
        except WebSocketDisconnect:
            pass  # the client left
        except asyncio.CancelledError:
            if not self._over:
                raise
        finally:
            self._open.discard(task)

    def hang_up(self) -> None:
        self._over = True
        for task in tuple(self._open):
            task.cancel()
