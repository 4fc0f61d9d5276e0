"""A response that streams: Starlette's own would neither notice at once that the client left nor break off on purpose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .line import Line

SSE_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


class Streaming(Response):
    """A response that is played on the line of its request."""

    def __init__(
        self, request: Request, send: Callable[[Line], Awaitable[None]], headers: dict[str, str] | None = None, *, status: int = 200
    ) -> None:
        self.status_code = status
        self.background = None
        self._line: Line = request.scope["line"]
        self._send = send
        self._start = SSE_HEADERS | (headers or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._line.start(self._start, status=self.status_code)
        await self._send(self._line)
