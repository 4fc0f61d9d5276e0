"""Real parts and narrow seams for the tests: a raw HTTP server, and a comm that records."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

from comm.base_comm import BaseComm

Handler = Callable[["Connection"], None]


class Connection:
    """One connection of `RawServer`, after its request was read."""

    def __init__(self, sock: socket.socket, head: str, body: bytes) -> None:
        self.socket = sock
        self.head = head
        self.body = body

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.split("\r\n")[1:]
        return {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines) if k}

    def start(self, status: str = "200 OK", content_type: str | None = "text/event-stream", **headers: str) -> None:
        """Send the head of a chunked response."""
        lines = [f"HTTP/1.1 {status}", "Transfer-Encoding: chunked", "Connection: close"]
        if content_type is not None:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def chunk(self, data: bytes) -> None:
        """Send one transport chunk."""
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        """Finish the body as it should be."""
        self.socket.sendall(b"0\r\n\r\n")

    def closed_by_client(self, timeout: float = 10.0) -> bool:
        """Block until the client has closed the connection."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


class RawServer:
    """Calls ``handler`` for each connection, on loopback, in a thread. Returning from the handler closes the connection."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[Connection] = []
        self.handler: Handler = lambda connection: connection.start()
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, handler: Handler) -> str:
        """Use ``handler`` from now on; returns the URL."""
        self.handler = handler
        return self.url

    def stream(self, *chunks: bytes, content_type: str | None = "text/event-stream", status: str = "200 OK") -> str:
        """Answer with these chunks; returns the URL."""

        def handler(connection: Connection) -> None:
            connection.start(status, content_type)
            for chunk in chunks:
                connection.chunk(chunk)
            connection.end()

        return self.serve(handler)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(sock,), daemon=True).start()

    def _handle(self, sock: socket.socket) -> None:
        with sock:
            data = b""
            while b"\r\n\r\n" not in data:
                received = sock.recv(65536)
                if not received:
                    return
                data += received
            head, _, body = data.partition(b"\r\n\r\n")
            connection = Connection(sock, head.decode("latin-1"), body)
            length = int(connection.headers.get("content-length", 0))
            while len(connection.body) < length:
                connection.body += sock.recv(65536)
            self.requests.append(connection)
            with contextlib.suppress(OSError):  # the client left; tests look at what it did, not at this
                self.handler(connection)

    def __enter__(self) -> RawServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self._listener.close()


def closed_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class RecordingComm(BaseComm):
    """A comm whose messages are kept instead of sent. ``receive`` plays the page."""

    def __init__(self, *args: Any, **keys: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self.news = threading.Condition()
        super().__init__(*args, **keys)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any) -> None:
        with self.news:
            self.messages.append(
                {"type": msg_type, "data": data or {}, "buffers": buffers or [], "thread": threading.current_thread().name}
            )
            self.news.notify_all()

    def receive(self, content: Any) -> None:
        self.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    def wait_for(self, found: Callable[[list[dict[str, Any]]], Any], timeout: float = 10.0) -> Any:
        """Block until ``found(messages)`` is true; returns it."""
        with self.news:
            assert self.news.wait_for(lambda: found(self.messages), timeout), self.messages
            return found(self.messages)
