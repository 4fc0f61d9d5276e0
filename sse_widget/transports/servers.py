"""The least that a server takes to send tokens as they come, four times. These are what runs; their lines are counted as they stand.

Each is given an ``answer``: it iterates over (number, message) in its own time, and ``answer.after(number)`` is its rest.
"""

from __future__ import annotations

import json
from typing import Any

import grpc
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket


def sse_server(answer: Any) -> Route:
    async def endpoint(request: Request) -> StreamingResponse:
        async def events() -> Any:
            async for number, message in answer.after(request.headers.get("last-event-id")):
                yield f"id: {number}\ndata: {message}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    return Route("/sse", endpoint)


def websocket_server(answer: Any) -> WebSocketRoute:
    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        async for _, message in answer:
            await socket.send_text(message)
        await socket.close()

    return WebSocketRoute("/websocket", endpoint)


def grpc_server(answer: Any) -> Any:
    def endpoint(request: bytes, context: Any) -> Any:
        for _, message in answer:
            yield message.encode()

    handler = grpc.unary_stream_rpc_method_handler(endpoint)
    return grpc.method_handlers_generic_handler("demo.Answer", {"Stream": handler})


def whole_server(answer: Any) -> Route:
    async def endpoint(request: Request) -> JSONResponse:
        messages = [message async for _, message in answer]
        return JSONResponse({"text": "".join(json.loads(message)["text"] for message in messages)})

    return Route("/whole", endpoint)
