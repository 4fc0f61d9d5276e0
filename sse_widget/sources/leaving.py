"""Leave a response unread. Over HTTP/1.1 its connection is closed, which the server sees; over HTTP/2 the connection goes on.

There the one stream must be reset, or the server would go on generating for nobody. httpcore does not do that (up to 1.0.9 at least), so
it is done here, on httpcore's own connection, as far as it can be found. `opening` finds that of a request that has no answer yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any, Final, NamedTuple

CANCEL: Final = 8
"""The error code of a stream that is not wanted any more (RFC 9113, 7)."""
_PATIENCE: Final = 5.0
"""Seconds that the word to the server may take; a connection that does not take it is as good as closed."""
_INSIDE: Final = ("stream", "_stream", "_httpcore_stream")
"""By these names httpx, its transports and httpcore hold what they wrap."""
_DEPTH: Final = 8


class Lane(NamedTuple):
    """A stream of HTTP/2. connection: httpcore's. number: the stream's id."""

    connection: Any
    number: int


def lane_of(response: Any) -> Lane | None:
    """The HTTP/2 stream by which an async response comes, if it does."""
    number = getattr(response, "extensions", {}).get("stream_id")
    inner = response
    if not isinstance(number, int):
        return None
    for _ in range(_DEPTH):
        connection = getattr(inner, "_connection", None)
        if _is_ours(connection):
            return Lane(connection, number)
        inner = next((found for name in _INSIDE if (found := getattr(inner, name, None)) is not None), None)
    return None


def lane_here(number: Any) -> Lane | None:
    """The HTTP/2 stream for which the calling code is called back, from the stack."""
    frame = sys._getframe(1)
    for _ in range(_DEPTH):
        found = frame.f_locals.get("self")
        if _is_ours(found) and isinstance(number, int):
            return Lane(found, number)
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def _is_ours(connection: Any) -> bool:
    return hasattr(connection, "_h2_state") and asyncio.iscoroutinefunction(getattr(connection, "_write_outgoing_data", None))


async def leave(response: Any) -> None:
    """Close an async response; if it has not come to its end, so that the server learns of it."""
    lane = lane_of(response)
    try:
        await response.aclose()
    finally:
        if lane is not None:
            await reset(lane)


async def reset(lane: Lane) -> None:
    """Tell the server that a stream is not wanted any more. Nothing, if it is at its end."""
    with contextlib.suppress(Exception):  # it has ended, or its connection has: the server knows
        lane.connection._h2_state.reset_stream(lane.number, error_code=CANCEL)
        await asyncio.wait_for(lane.connection._write_outgoing_data(_Request()), _PATIENCE)


class _Request:
    """All that httpcore asks of a request when it writes."""

    extensions: Final[dict[str, Any]] = {}
