"""A stream that is lost again and again, and goes on where it was: what reconnecting looks like, to be watched and tested."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .formats import event
from .line import Line
from .options import OptionError, from_body, from_query
from .replies import MODELS, reply
from .streaming import Streaming

EVERY = 60
"""Fragments of each connection, unless the request asks for another number."""
RETRY = 1500
"""Milliseconds that the stream asks its clients to wait before they come back."""


async def lossy(request: Request) -> Response:
    """``GET /lossy?rate=40&every=60``: the recipe in numbered events. After every so many the connection breaks within one; who comes back
    with ``Last-Event-ID`` gets the rest, and after the last a 204."""
    fields = from_query(request.query_params)
    try:
        options = from_body({name: value for name, value in fields.items() if name != "every"}, rate=40.0)
        every = int(fields.get("every", EVERY))
    except (OptionError, TypeError, ValueError) as error:
        return JSONResponse({"error": {"message": str(error), "type": "invalid_request_error", "param": None, "code": None}}, 400)
    texts = [piece.text for _, piece in reply(MODELS["markdown"], options).script]
    last = request.headers.get("last-event-id", "")
    first = int(last) if last.isdecimal() and len(last) < 16 else 0
    if first >= len(texts):
        return Response(status_code=204)

    async def send(line: Line) -> None:
        await line.write(f"retry: {RETRY}\n\n".encode())
        start = asyncio.get_running_loop().time()
        for index in range(first, len(texts)):
            if options.rate:
                await line.sleep_until(start + (index - first) / options.rate)
            data = event(texts[index], id=str(index + 1))
            if index - first == every:
                await line.write(data[: len(data) // 2])
                raise line.cut()
            await line.fragment(data)
        await line.finish()

    return Streaming(request, send)
