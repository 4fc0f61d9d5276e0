"""The demo server as an object: it starts in a thread of this process, has a URL, and can be closed."""

from __future__ import annotations

import atexit
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from .bundled import recordings as recorded
from .log import ConnectionLog, Record

if TYPE_CHECKING:
    from ..recording import Recording
    from .listener import Listener


def serve(port: int = 0, host: str = "127.0.0.1", *, recordings: Mapping[str, Recording] | None = None) -> DemoServer:
    """Start a demo server and return it once it accepts connections.

    port: 0 picks a free one. host: the address to listen on; the default is reachable from this machine only. recordings:
    those to be served at ``/recordings/{name}``, chunk by chunk, with their own times; None for the bundled ones. Raises
    OSError if the port is taken. It runs in a daemon thread until ``close()`` or the end of the process.
    """
    from .app import build  # Starlette and uvicorn are not needed by those who never start a server
    from .listener import Listener

    log = ConnectionLog()
    bound = bind(host, port)
    return DemoServer(Listener(bound, build(log, recorded() if recordings is None else recordings)), host, bound.getsockname()[1], log)


class DemoServer:
    """A running demo server. A context manager; made by ``serve()``.

    url: its address, like ``http://127.0.0.1:54321``; OpenAI clients take ``url + "/v1"`` as their base URL.
    log: a record for every request, in order of arrival.
    """

    def __init__(self, listener: Listener, host: str, port: int, log: ConnectionLog) -> None:
        self.host = host
        self.port = port
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.log = log
        self._listener = listener
        self._closing = threading.Lock()
        self.closed = False
        listener.start()
        atexit.register(self.close)

    def wait_for(self, predicate: Callable[[Record], object], timeout: float = 10.0) -> Record:
        """Block until the record of some request satisfies ``predicate``, and return it. Raises TimeoutError after ``timeout`` s.

        It is asked again whenever a record changes: a request came in, a fragment was sent, a response ended.
        """
        return self.log.wait_for(predicate, timeout)

    def close(self) -> None:
        """End all open responses, free the port and wait for the thread. Again: nothing."""
        with self._closing:
            if self.closed:
                return
            self._listener.stop()
            self.closed = True
        atexit.unregister(self.close)

    def __enter__(self) -> DemoServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<DemoServer {self.url}{' closed' if self.closed else ''}>"


def bind(host: str, port: int) -> socket.socket:
    """Bind here and not in uvicorn: a taken port raises in the caller, and a free one is known before the thread runs."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen()
    except BaseException:
        bound.close()
        raise
    return bound
