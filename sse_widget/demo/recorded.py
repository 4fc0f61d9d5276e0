"""``/recordings/{name}``: recordings served over HTTP, chunk by chunk, with the times that they had."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import UsageError
from ..recording import Recording
from ..replay.network import Profile, plan, profile_of
from ..replay.player import checked_speed
from .line import Line
from .options import from_query
from .streaming import Streaming

_LEFT_TO_THE_SERVER = {"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server", "keep-alive"}


def serving(recordings: Mapping[str, Recording]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. ``?speed=2`` (``inf``: at once) and ``?network=3g`` steer it; whatever the method, the answer is the same."""

    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"]
        await request.body()
        fields = from_query(request.query_params)
        if name not in recordings:
            return _refuse(str(UsageError.unknown("recording", name, recordings)), 404)
        try:
            speed = checked_speed(math.inf if fields.get("speed") == "inf" else fields.get("speed", 1.0))
            network = profile_of(fields.get("network"))
        except UsageError as error:
            return _refuse(str(error), 400)
        return played(request, recordings[name], network, speed)

    return endpoint


def played(request: Request, recording: Recording, network: Profile, speed: float) -> Response:
    """The response that a recording is of."""
    response = recording.response or {}
    headers = {key.lower(): value for key, value in response.get("headers", ()) if key.lower() not in _LEFT_TO_THE_SERVER}
    headers["content-type"] = recording.content_type or headers.get("content-type", "text/event-stream")
    return Streaming(request, lambda line: _play(line, recording, network, speed), headers, status=response.get("status", 200))


async def _play(line: Line, recording: Recording, network: Profile, speed: float) -> None:
    start = asyncio.get_running_loop().time()
    for entry in plan(recording, network):
        if not math.isinf(speed):
            await line.sleep_until(start + entry.time / speed)
        if entry.kind == "chunk":
            await line.fragment(entry.data)
        elif entry.kind == "item" and entry.info is not None:
            await line.fragment(_event(entry.data.decode("utf-8", "replace"), entry.info))
        elif entry.info is not None and entry.info["mark"] == "error":
            raise line.cut()
    await line.finish()


def _event(data: str, info: dict[str, Any]) -> bytes:
    """An item of an iterator as the event that it may have been."""
    head = f"event: {info['event']}\n" if info.get("event") not in (None, "", "message") else ""
    head += f"id: {info['id']}\n" if info.get("id") else ""
    lines = "".join(f"data: {line}\n" for line in data.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return f"{head}{lines}\n".encode()


def _refuse(message: str, status: int) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, status)
