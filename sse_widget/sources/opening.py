"""Connections that are being opened, so that giving up on a request gives up on them.

httpcore closes a connection whose TLS handshake fails, but not one whose handshake is cancelled (up to 1.0.9 at least): the loop that
reads it keeps it from being collected, so it would stay open for as long as the server likes. Its ``trace`` extension tells of every
step, so what was connected and did not get through its handshake can be closed here. Nor does it tell a server of HTTP/2 that the answer
is not waited for any more, see `leaving`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from .leaving import Lane, lane_here, reset


@contextlib.asynccontextmanager
async def opening(request: Any) -> AsyncIterator[None]:
    """Around the sending of a request (httpx's): if it is given up, so is what was begun for it."""
    before = request.extensions
    steps = _Steps(before.get("trace"))
    request.extensions = {**before, "trace": steps}
    try:
        yield
    except BaseException:
        await steps.abandon()
        raise
    finally:
        request.extensions = before  # it may be sent again, and then tells of that attempt alone


class _Steps:
    """before: a trace that the request has already; it is told as well."""

    def __init__(self, before: Any) -> None:
        self._before = before
        self._stream: Any = None
        self._shaking_hands = False
        self._lane: Lane | None = None

    async def __call__(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith(("connect_tcp.complete", "connect_unix_socket.complete")):
            self._stream = info.get("return_value")
        elif name.endswith("start_tls.started"):
            self._shaking_hands = True
        elif name.endswith("start_tls.complete"):
            self._shaking_hands = False
        elif name.endswith("http2.send_request_headers.started"):
            self._lane = lane_here(info.get("stream_id"))
        if self._before is not None:
            await self._before(name, info)

    async def abandon(self) -> None:
        if self._lane is not None:
            await reset(self._lane)
        if self._stream is not None and self._shaking_hands:
            with contextlib.suppress(Exception):  # it is gone already
                await self._stream.aclose()
