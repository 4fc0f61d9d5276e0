"""The same tokens by other ways: WebSocket and gRPC as sources, and a comparison with SSE and with a response in one piece.

    sw.stream(sw.transports.websocket("wss://…", send={"prompt": "…"}))
    sw.stream(sw.transports.grpc("localhost:50051", "package.Service/Method", send=request.SerializeToString()))
    sw.transports.compare(through="buffering proxy")

A response in one piece needs no source of its own: ``sw.stream(url, json=…, framing="json_array")`` takes a whole JSON answer for an event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .relay import Cut, Relay, Traffic, Way

if TYPE_CHECKING:
    from .calls import GrpcSource
    from .comparison import Comparison
    from .serving import Servers
    from .sockets import WebSocketSource

__all__ = ["Cut", "Relay", "Traffic", "Way", "compare", "grpc", "serve", "websocket"]


def websocket(url: str, *, send: Any = None, headers: Any = None, **options: Any) -> WebSocketSource:
    """A WebSocket as a source: each message is an event, until it closes.

    url: ws:// or wss://; ``env:NAME`` in its query is read from the environment. send: what is sent once it is open: text, bytes,
    anything else as JSON; a list of them in order. headers: of the handshake, as for `sse_widget.stream`. options: of
    ``websockets.connect``: ``compression=None``, ``subprotocols=[…]``, ``proxy=None``, ``ssl=…``, ``ping_interval=…``.

    A close code of 1000 or 1001 is a good end; with any other the run is cut off and says which. Raises UsageError for a URL that is none,
    and where the package is missing (``pip install "sse_widget[websocket]"``).
    """
    from .sockets import WebSocketSource

    return WebSocketSource(url, send=send, headers=headers, options=options)


def grpc(
    target: str,
    method: str,
    *,
    send: Any = None,
    metadata: Any = None,
    credentials: Any = None,
    read: Callable[[bytes], Any] | None = None,
    timeout: float | None = None,
    options: Any = None,
) -> GrpcSource:
    """A server-streaming gRPC call as a source: each message is an event. No generated code is needed.

    target: host:port. method: package.Service/Method. send: the request: bytes (``request.SerializeToString()``), text, or what is sent as
    JSON. metadata: pairs or a dict; ``env:NAME`` as in headers. credentials: of the channel; None is plain text on this machine and TLS
    elsewhere. read: from a message's bytes to text or JSON data, such as ``lambda data: MessageToDict(Reply.FromString(data))``; None
    takes them for UTF-8. timeout: seconds for the whole call. options: of the channel.

    A status other than OK is told: as a connection that broke if messages had come, else as an error. Raises UsageError for what cannot be
    a target or a method, and where the package is missing (``pip install "sse_widget[grpc]"``).
    """
    from .calls import GrpcSource

    return GrpcSource(target, method, send=send, metadata=metadata, credentials=credentials, read=read, timeout=timeout, options=options)


def serve(text: str | None = None, *, tokens_per_second: float = 50.0) -> Servers:
    """Start servers on this machine that send the same tokens by SSE, by WebSocket, by gRPC, and as one response.

    text: what is sent; None for a recipe of pizza. tokens_per_second: how fast it is written; the whole response comes when all would be
    written. Returns an object with ``sse``, ``websocket``, ``whole`` (URLs) and ``grpc`` (host:port), ``close()``, and a context manager.
    """
    from .serving import Servers

    return Servers(text, tokens_per_second)


def compare(text: str | None = None, *, tokens_per_second: float = 50.0, through: Any = None, show: bool = True) -> Comparison:
    """The same tokens by SSE, WebSocket, gRPC and as one response, at once and on one clock, as four lanes of a session.

    text, tokens_per_second: as for `serve`. through: what lies between: None; "buffering proxy", which collects 4 KB of a
    response before it passes them on, as nginx does if it is told nothing; "HTTP/1.1 proxy", which passes neither Upgrade nor HTTP/2 on,
    likewise; ``Cut(after=400)``, a connection that breaks after so many bytes; or a `Way` of your own. show: as for `sse_widget.stream`.

    Returns a session: ``wait()`` or await it, then ``table()`` has the figures and ``summary()`` says them as text. Every byte is counted
    on its way, by a relay on this machine; nothing is compressed in any of the four. Raises UsageError if a package is missing.
    """
    from .comparison import compare as compared

    return compared(text, tokens_per_second=tokens_per_second, through=through, show=show)
