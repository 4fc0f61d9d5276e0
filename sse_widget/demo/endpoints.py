"""The endpoints of the providers' own APIs: what is the same for all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .anthropic import Anthropic
from .api import Answer, Api, words
from .cohere import Cohere
from .gemini import Gemini, GeminiArray
from .line import Line
from .ollama import OllamaChat, OllamaGenerate
from .options import OptionError, from_body, from_query
from .play import pause, play
from .replies import MODELS, no_such_model, reply
from .responses import Responses
from .streaming import Streaming

APIS: dict[str, type[Api]] = {
    "/v1/responses": Responses,
    "/v1/messages": Anthropic,
    "/v2/chat": Cohere,
    "/api/chat": OllamaChat,
    "/api/generate": OllamaGenerate,
}


def speaking(api: type[Api]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of an API."""

    async def endpoint(request: Request) -> Response:
        body = await body_of(request)
        if body is None:
            return JSONResponse(api.refusal("The body must be a JSON object.", 400), 400)
        return await answer(request, api, body)

    return endpoint


async def gemini(request: Request) -> Response:
    """``/v1beta/models/{model}:{method}`` (or v1): the model and the kind of answer stand in the URL. Options may, too."""
    name, _, method = request.path_params["call"].rpartition(":")
    body = await body_of(request)
    if body is None:
        return JSONResponse(Gemini.refusal("The body must be a JSON object.", 400), 400)
    if method not in ("generateContent", "streamGenerateContent"):
        return JSONResponse(Gemini.refusal(f"There is no method '{method}'.", 404), 404)
    api = Gemini if request.query_params.get("alt") == "sse" else GeminiArray
    fields = from_query(request.query_params) | body | {"model": name, "stream": method == "streamGenerateContent"}
    return await answer(request, api, fields)


async def body_of(request: Request) -> dict[str, Any] | None:
    """The request's JSON object; None if it is none."""
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


async def answer(request: Request, api: type[Api], body: dict[str, Any]) -> Response:
    """The reply that the model's name stands for, written as ``api`` has it."""
    line: Line = request.scope["line"]
    name = body.get("model")
    line.record.model = name if isinstance(name, str) else None
    model = MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        return JSONResponse(api.refusal(no_such_model(name), 404), 404)
    try:
        options = from_body(api.fields(body), rate=model.rate, jitter=model.jitter)
    except OptionError as error:
        return JSONResponse(api.refusal(str(error), 400), 400)
    said = reply(model, options, answered=api.answered(body))
    count = len(said.script)
    said = said._replace(script=api.script(said.script))
    number = f"{line.record.number:06d}"
    writer = api(Answer(number, said, options, words(api.prompt(body)), count))
    headers = {"request-id": f"req_demo_{number}"}
    if not options.stream:
        if body.get("rate"):
            line.watch()
            await line.sleep(pause(options) + len(said.script) / options.rate)
        return JSONResponse(writer.whole(), headers=headers)
    return Streaming(request, lambda line: play(line, said, writer, options), headers | {"content-type": api.media_type})
