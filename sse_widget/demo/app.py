"""The endpoints of the demo server. Needs Starlette; ``serve`` imports it only when a server is started."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..recording import Recording
from . import endpoints, faults
from .agents import agents
from .deepseek import DeepSeek
from .formats import Chat, Custom, Format, Plain, completion, event, usage_of
from .line import Gone, Line
from .log import ConnectionLog
from .lossy import lossy
from .options import OptionError, Options, from_body, from_query
from .play import pause, play
from .recorded import serving
from .replies import MODELS, Reply, no_such_model, reply
from .streaming import Streaming

TICK_TYPES = ("tick", "tick", "tick", "message", "news")
Methods = ["GET", "POST"]


class Lines:
    """Gives every request a line and a record, and takes a broken line for what it is: the end of the response."""

    def __init__(self, app: ASGIApp, log: ConnectionLog) -> None:
        self._app = app
        self._log = log
        self._open: set[Line] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        record = self._log.open(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers)
        line = scope["line"] = Line(receive, send, record, self._log)
        self._open.add(line)
        try:
            await self._app(scope, line.receive, line.send)
        except Gone:
            pass
        finally:
            self._open.discard(line)
            line.close()

    def hang_up(self) -> None:
        """End all open responses, because the server closes. Called on its loop."""
        for line in tuple(self._open):
            line.hang_up("closed")


def build(log: ConnectionLog, recordings: Mapping[str, Recording]) -> Lines:
    """The whole application, writing to ``log``. recordings: served at ``/recordings/{name}``."""
    canned = [Route(path, faults.canned(path, Streaming), methods=Methods) for path in faults.CANNED]
    routes = [
        Route("/", index),
        Route("/v1/models", models),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/chat/completions", deepseek, methods=["POST"]),
        *(Route(f"/{version}/models/{{call:path}}", endpoints.gemini, methods=["POST"]) for version in ("v1", "v1beta")),
        *(Route(path, endpoints.speaking(api), methods=["POST"]) for path, api in endpoints.APIS.items()),
        Route("/plain", plain, methods=Methods),
        Route("/events", events),
        Route("/lossy", lossy),
        Route("/agents", agents),
        Route("/agents/{name}", agents),
        Route("/json", forgotten, methods=Methods),
        Route("/slow-headers", slow_headers, methods=Methods),
        Route("/status/{code:int}", faults.status, methods=Methods),
        Route("/redirect/{where}/{code:int}", faults.redirect, methods=Methods),
        Route("/recordings/{name:path}", serving(recordings), methods=Methods),
        *canned,
    ]
    return Lines(Starlette(routes=routes), log)


async def index(request: Request) -> Response:
    """For those who open the address in a browser."""
    names = "\n".join(f"  {model.name:<9} {model.about}" for model in MODELS.values())
    text = (
        "The demo server of sse-widget. It speaks OpenAI chat completions at POST /v1/chat/completions;\n"
        f"the APIs of other providers are at /chat/completions (DeepSeek), {', '.join(endpoints.APIS)}\n"
        "and /v1beta/models/{model}:streamGenerateContent.\n\n"
        f"Models:\n{names}\n\nStreams to open right here: /plain, /events and /agents\n"
    )
    return PlainTextResponse(text)


async def models(request: Request) -> Response:
    """The list of models, as OpenAI has it, with what each of them does."""
    data = [{"id": m.name, "object": "model", "created": 0, "owned_by": "sse-widget-demo", "about": m.about} for m in MODELS.values()]
    return JSONResponse({"object": "list", "data": data})


async def chat(request: Request) -> Response:
    """``POST /v1/chat/completions``: the reply that the model's name stands for."""
    return await _chat(request, Chat)


async def deepseek(request: Request) -> Response:
    """``POST /chat/completions``: the same as DeepSeek has it, at the path that it has."""
    return await _chat(request, DeepSeek)


async def _chat(request: Request, chat: type[Chat]) -> Response:
    body = await endpoints.body_of(request)
    if body is None:
        return _refuse("We could not parse the JSON body of your request: it must be an object.", None)
    return await _answer(request, body, chat)


async def plain(request: Request) -> Response:
    """``/plain``: the same fragments for a GET; options in the query, or in the body of a POST."""
    fields = from_query(request.query_params)
    if request.method == "POST":
        fields |= await endpoints.body_of(request) or {}
    return await _answer(request, fields | {"model": "plain", "stream": True})


async def forgotten(request: Request) -> Response:
    """``/json``: a complete answer although a stream was asked for, as if ``stream: true`` had been forgotten."""
    return await _answer(request, {"model": "refusal", "stream": False})


async def slow_headers(request: Request) -> Response:
    """``/slow-headers?seconds=1``: nothing at all for a while, then an ordinary plain stream."""
    fields = from_query(request.query_params)
    line: Line = request.scope["line"]
    await request.body()
    line.watch()
    try:
        await line.sleep(float(fields.get("seconds", 1.0)))
    except (TypeError, ValueError):
        return _refuse("'seconds' must be a number.", "seconds")
    return await _answer(request, fields | {"model": "plain", "stream": True})


async def events(request: Request) -> Response:
    """``/events?rate=2&count=10``: a ticker for an EventSource: types, ids, a retry, comments. It resumes after Last-Event-ID."""
    fields = from_query(request.query_params)
    try:
        options = from_body(fields | {"tokens": fields.get("count", 0)}, rate=2.0)
    except OptionError as error:
        return _refuse(str(error), error.param)
    last = request.headers.get("last-event-id", "")
    first = int(last) + 1 if last.isdecimal() and len(last) < 16 else 1

    async def tick(line: Line) -> None:
        await line.write(b"retry: 3000\n: ticking\n\n")
        start, number = asyncio.get_running_loop().time(), first
        while not options.tokens or number < first + options.tokens:
            if options.rate:
                await line.sleep_until(start + (number - first) / options.rate)
            data = json.dumps({"n": number, "time": round(time.time(), 3)})
            await line.fragment(event(data, type=TICK_TYPES[number % len(TICK_TYPES)], id=str(number)))
            if number % (options.pings or 10) == 0:
                await line.write(b": ping\n\n")
            number += 1
        await line.finish()

    return Streaming(request, tick)


async def _answer(request: Request, body: dict[str, Any], chat: type[Chat] = Chat) -> Response:
    line: Line = request.scope["line"]
    name = body.get("model")
    line.record.model = name if isinstance(name, str) else None
    model = MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        return _refuse(no_such_model(name), "model", status=404, code="model_not_found")
    try:
        options = from_body(body, rate=model.rate, jitter=model.jitter)
    except OptionError as error:
        return _refuse(str(error), error.param)
    messages = body.get("messages")
    answered = isinstance(messages, list) and any(isinstance(m, dict) and m.get("role") == "tool" for m in messages)
    said = reply(model, options, answered=answered)
    usage = usage_of(messages, said)
    number = f"{line.record.number:06d}"
    headers = {"x-request-id": f"req_demo_{number}"}
    if not options.stream:
        if body.get("rate"):
            # A whole answer comes at once, unless a rate was asked for: then it takes as long as its stream would.
            line.watch()
            await line.sleep(pause(options) + len(said.script) / options.rate)
        return JSONResponse(completion(f"chatcmpl-demo-{number}", said, options, usage), headers=headers)
    format = _format(chat, f"chatcmpl-demo-{number}", said, options, usage)
    return Streaming(request, lambda line: play(line, said, format, options), headers)


def _format(chat: type[Chat], response_id: str, said: Reply, options: Options, usage: dict[str, Any]) -> Format:
    if said.model.format == "plain":
        return Plain()
    return Custom() if said.model.format == "custom" else chat(response_id, said, options, usage)


def _refuse(message: str, param: str | None, *, status: int = 400, code: str | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}, status)
