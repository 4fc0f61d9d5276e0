"""Real parts and narrow seams for the tests: a raw HTTP server, a stream in the hand of a test, and a comm that records."""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

from comm.base_comm import BaseComm

Handler = Callable[["Connection"], None]
PATIENCE = 60.0
"""Seconds; a bound for what never comes. Every wait ends as soon as what it waits for is there."""


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

    def closed_by_client(self, timeout: float = PATIENCE) -> bool:
        """Block until the client has closed the connection."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


class RawServer:
    """Calls ``handler`` for each connection, on loopback, in a thread. Returning from the handler closes the connection.

    listener: the socket to listen on; one of its own if there is none.
    """

    def __init__(self, listener: socket.socket | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0)) if listener is None else listener
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


class Held:
    """An OpenAI chat stream in the hand of a test: it says what the test lets it say, and is live until the test ends it.

    So no test has to be quicker than a stream, however slow the machine. What is let go before the request comes waits for it.
    The first request gets the stream; its methods may be called from any thread.

    url: what to ask for it. said: what the words so far are, joined.
    """

    def __init__(self, server: RawServer) -> None:
        self.url = server.serve(self._play) + "/v1/chat/completions"
        self.said = ""
        self._numbers = itertools.count(1)
        self._steps: queue.SimpleQueue[Callable[[Connection], None]] = queue.SimpleQueue()
        self._over = threading.Event()

    def words(self, count: int, rate: float = 0.0) -> None:
        """Go on by ``count`` numbered words, " w0001" and so on, each in its event. rate: words/s; 0: as fast as they go."""
        for number in itertools.islice(self._numbers, count):
            self.text(f" w{number:04d}", 1 / rate if rate else 0.0)

    def text(self, text: str, pause: float = 0.0) -> None:
        """Go on by an event with this piece of the answer, ``pause`` seconds after what was before."""
        self.said += text
        self.delta(pause, content=text)

    def delta(self, pause: float = 0.0, **delta: Any) -> None:
        """Go on by an event that adds ``delta`` to the message of the first choice."""
        self._event({"index": 0, "delta": delta, "finish_reason": None}, pause)

    def end(self, finish_reason: str = "stop") -> None:
        """End the answer and the stream as they should."""
        self._event({"index": 0, "delta": {}, "finish_reason": finish_reason})

        def finish(connection: Connection) -> None:
            connection.chunk(b"data: [DONE]\n\n")
            connection.end()
            self._over.set()

        self._steps.put(finish)

    def cut(self) -> None:
        """Break the connection where the stream stands."""
        self._steps.put(lambda connection: self._over.set())

    def close(self) -> None:
        """Let go of whoever still reads, now."""
        self._over.set()
        self._steps.put(lambda connection: None)

    def _event(self, choice: dict[str, Any], pause: float = 0.0) -> None:
        chunk = {"id": "held", "object": "chat.completion.chunk", "created": 1, "model": "held", "choices": [choice]}
        data = f"data: {json.dumps(chunk)}\n\n".encode()

        def step(connection: Connection) -> None:
            self._over.wait(pause)  # the pace of a model, which nothing else would say; ends with the test
            connection.chunk(data)

        self._steps.put(step)

    def _play(self, connection: Connection) -> None:
        connection.start()
        while not self._over.is_set():
            self._steps.get()(connection)


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

    def wait_for(self, found: Callable[[list[dict[str, Any]]], Any], timeout: float = PATIENCE) -> Any:
        """Block until ``found(messages)`` is true; returns it."""
        with self.news:
            assert self.news.wait_for(lambda: found(self.messages), timeout), self.messages
            return found(self.messages)
