"""The thread that uvicorn runs in. Needs uvicorn; ``serve`` imports it only when a server is started."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from typing import Literal, Protocol

import uvicorn
from starlette.types import Receive, Scope, Send

JOIN_SECONDS = 10.0
LOGGERS = ("uvicorn.error", "uvicorn.access")


class App(Protocol):
    """An ASGI application that can be told to end what is open, because the server closes; on the server's loop."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...
    def hang_up(self) -> None: ...


class Listener:
    """One uvicorn server on a bound socket, in a daemon thread. ws: which WebSocket protocol of uvicorn's, if any."""

    def __init__(self, bound: socket.socket, app: App, *, ws: Literal["none", "auto"] = "none") -> None:
        self._bound = bound
        self._app = app
        config = uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            ws=ws,
            lifespan="off",
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name="sse-widget-demo", daemon=True)
        self._quiet = _Quiet(self._thread)

    def start(self) -> None:
        """Start the thread; returns when connections are accepted."""
        for name in LOGGERS:
            logging.getLogger(name).addFilter(self._quiet)
        self._thread.start()
        self._server.ready.wait()
        if self._server.loop is None:
            self.stop()
            raise RuntimeError("The demo server could not be started; see the log.")

    def stop(self) -> None:
        """Stop the thread; returns when it has ended and the port is free."""
        self._server.should_exit = True
        if self._server.loop is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop closed between the two lines
                self._server.loop.call_soon_threadsafe(self._app.hang_up)
        if self._thread is not threading.current_thread():
            self._thread.join(JOIN_SECONDS)
        self._bound.close()
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(self._quiet)

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._bound])
        finally:
            self._server.ready.set()  # never leave start() waiting, whatever happened


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it has started. ``started`` alone would have to be polled."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()


class _Quiet(logging.Filter):
    """Keeps uvicorn's chatter about our server out of the notebook, and leaves other servers' alone.

    A response that is broken on purpose makes uvicorn complain that the callable "returned without completing response";
    that is no news either.
    """

    def __init__(self, thread: threading.Thread) -> None:
        super().__init__()
        self._of = thread

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread != self._of.ident:
            return True
        return record.levelno >= logging.WARNING and "ASGI callable returned without" not in record.getMessage()
