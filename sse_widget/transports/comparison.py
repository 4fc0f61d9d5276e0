"""The same tokens in four ways at once: lanes of one session, with a relay before each server that counts what passes."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import threading
from collections.abc import Callable
from typing import Any, Final

from ..engine import engine
from ..reconnect import Reconnect
from ..run import Run
from ..session import Session
from ..sources.warming import warm
from .needs import needed
from .relay import Cut, Relay, Way, way_of
from .serving import Servers

NAMES: Final = ("SSE", "WebSocket", "gRPC", "Full response")
UNITS: Final = {"SSE": "chunk", "WebSocket": "message", "gRPC": "DATA", "Full response": "body"}
"""What carries the payload on the wire: chunks of HTTP/1.1, frames of WebSocket, frames of HTTP/2, or the body of the one response (and
of what a buffering proxy has made of chunks)."""

PATIENCE: Final = 10.0


def compare(text: str | None = None, *, tokens_per_second: float = 50.0, through: Any = None, show: bool = True) -> Comparison:
    """See `sse_widget.transports.compare`."""
    way = way_of(through)
    named = "" if through is None else f"cut after {way.cut.after:,} bytes" if isinstance(through, Cut) and way.cut else str(through)
    return Comparison(Servers(text, tokens_per_second), way, named, show)


class Comparison(Session):
    """Four runs that read the same tokens, in the order of `NAMES`. Made by `sse_widget.transports.compare`; it starts them at once.

    traffic: by name, what passed between client and server. The servers and relays are closed when the last run has ended.
    """

    def __init__(self, servers: Servers, way: Way, through: str, show: bool) -> None:
        super().__init__("Four ways" + (f": {through}" if through else ""))
        from .. import transports
        from . import clients
        from . import servers as small

        self._servers = servers
        relays = [Relay(port, way) for port in (servers.http_port, servers.http_port, servers.grpc_port, servers.http_port)]
        self._relays = dict(zip(NAMES, relays, strict=True))
        self.traffic = {name: relay.traffic for name, relay in self._relays.items()}
        self._lines = {
            "SSE": (small.sse_server, clients.sse_client),
            "WebSocket": (small.websocket_server, clients.websocket_client),
            "gRPC": (small.grpc_server, clients.grpc_client),
            "Full response": (small.whole_server, clients.whole_client),
        }
        sse, websocket, whole, grpc = servers.at(*(self._relays[name].port for name in ("SSE", "WebSocket", "Full response", "gRPC")))
        # Nothing is compressed, as an event stream mostly is not; and what is on this machine is not reached by a proxy.
        sources: tuple[tuple[Any, dict[str, Any]], ...] = (
            (sse, {"reconnect": Reconnect(delay=0.5, after_end=False)}),
            (transports.websocket(websocket, compression=None, proxy=None), {}),
            (transports.grpc(grpc, servers.method, options=[("grpc.enable_http_proxy", 0)]), {}),
            (whole, {"framing": "json_array", "reconnect": None}),
        )
        self.over = threading.Event()
        """Set when the servers and relays are closed."""
        self._closing = threading.Lock()
        self._closed = False
        try:
            engine.submit(_hello(servers)).result(PATIENCE)
        except BaseException:
            self.close()
            raise
        for name, (source, options) in zip(NAMES, sources, strict=True):
            self.stream(source, name=name, extract="$.text", show=show, **options).recording.listen(self._look_for_the_end)
        self._look_for_the_end()  # a run may have ended before anyone listened

    def _look_for_the_end(self) -> None:
        if len(self.runs) < len(NAMES) or not all(run.recording.closed for run in self.runs):
            return
        with self._closing:
            if self._closed:
                return
            self._closed = True
        # Whoever appends the last entry is not to wait for threads that end.
        threading.Thread(target=self.close, name="sse-widget-closing", daemon=True).start()

    def close(self) -> None:
        """Close the servers and the relays. It happens by itself once all four have ended; what still goes on breaks."""
        for relay in self._relays.values():
            relay.close()
        self._servers.close()
        self.over.set()

    # --- the figures -----------------------------------------------------------------------------------------------------------
    def rows(self) -> list[dict[str, Any]]:
        """A dict for each transport, in the units of the wire:

        transport, status; first_token and total (s since the request); tokens (messages with text that came); messages (what a client gets:
        events, messages, or one response); frames (what carried them, see `UNITS`); pieces (in how many writes the relay passed on what
        came down); bytes_down and bytes_up (TCP payload that the client got and sent, the opening included); overhead (bytes down per token
        beside its text); connections; server_lines and client_lines (of the least code that does it, see `servers` and `clients`; imports
        are not counted); ended (how, in words).
        """
        return [self._row(run) for run in self.runs[: len(NAMES)]]

    def _row(self, run: Run) -> dict[str, Any]:
        metrics, traffic = run.metrics, self.traffic[run.name]
        tokens = metrics.chunks if run.name != "Full response" else len(self._servers.answer.messages) if run.text else 0
        server, client = self._lines[run.name]
        return {
            "transport": run.name,
            "status": run.status,
            "first_token": metrics.first_token,
            "total": metrics.end,
            "tokens": tokens,
            "messages": metrics.events,
            "frames": traffic.frames[UNITS[run.name]] or traffic.frames["body"],
            "pieces": traffic.pieces,
            "bytes_down": traffic.down,
            "bytes_up": traffic.up,
            "overhead": (traffic.down - len(run.text.encode())) / tokens if tokens else None,
            "connections": traffic.connections,
            "server_lines": lines_of(server),
            "client_lines": lines_of(client),
            "ended": _ended(run),
        }

    def table(self) -> Any:
        """The rows as a pandas DataFrame with the transports as its index, or as they are where pandas is not installed."""
        rows = self.rows()
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            return rows
        return pandas.DataFrame(rows).set_index("transport")

    def summary(self) -> str:
        """The rows as text."""
        head = ("", "first token", "total", "tokens", "frames", "bytes ↓", "per token", "bytes ↑", "server", "client", "ended")
        cells = [head]
        for row in self.rows():
            cells.append(
                (
                    row["transport"],
                    _seconds(row["first_token"]),
                    _seconds(row["total"]),
                    str(row["tokens"]),
                    f"{row['frames']:,}",
                    f"{row['bytes_down']:,}",
                    "–" if row["overhead"] is None else f"+{row['overhead']:.1f}",
                    f"{row['bytes_up']:,}",
                    f"{row['server_lines']} lines",
                    f"{row['client_lines']} lines",
                    row["ended"],
                )
            )
        widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
        last = len(head) - 1
        return "\n".join(
            "  ".join(
                cell.ljust(width) if column in (0, last) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in cells
        )


async def _hello(servers: Servers) -> None:
    """Connect once by each package, past the relays: what loading a package takes is no time of its transport."""
    await warm()
    async with needed("websockets.asyncio.client").connect(servers.websocket, proxy=None, close_timeout=0):
        pass
    grpc = needed("grpc")
    with grpc.insecure_channel(servers.grpc, [("grpc.enable_http_proxy", 0)]) as channel:
        await asyncio.to_thread(grpc.channel_ready_future(channel).result, PATIENCE)


def lines_of(function: Callable[..., Any]) -> int:
    """Lines of a function as it stands in its file, blank ones left out."""
    return sum(bool(line.strip()) for line in inspect.getsource(function).splitlines())


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def _ended(run: Run) -> str:
    """How it ended, as the client could tell."""
    if run.status not in ("done", "cut off", "failed", "stopped"):
        return ""
    words = run.recording.broken or (run.error.message if run.error is not None else "")
    if run.metrics.reconnects:
        words = f"{run.metrics.reconnects} reconnect after Last-Event-ID" + (f"; {words}" if words else "")
    return f"{run.status}: {words}" if words else str(run.status)
