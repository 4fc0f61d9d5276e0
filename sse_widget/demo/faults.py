"""Answers that are wrong in one way each, by path, for tests of bad input and for whoever wants to see one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from .formats import DONE, compact, event
from .line import Line

REQUEST_ID = "req_demo_fault"
APART = 0.02
"""Pause between the chunks of a canned body, in s, so that the client does not read two at once."""

NOT_FOUND = """\
<!DOCTYPE html>
<html><head><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>The page you asked for does not exist on this server.</p></body></html>
"""


def _chunk(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return event(compact({"id": "chatcmpl-demo-fault", "object": "chat.completion.chunk", "model": "fault", "choices": [choice]}))


def _split(data: bytes) -> list[bytes]:
    """Cut inside the four bytes of the pizza, at each of the three places."""
    at = data.index("🍕".encode())
    return [data[: at + 1], data[at + 1 : at + 2], data[at + 2 : at + 3], data[at + 3 :]]


_STOP = _chunk("", "stop")

# Path → the chunks of the body. None at the end: the connection breaks there.
CANNED: dict[str, list[bytes | None]] = {
    "/empty": [],
    "/cut": [_chunk("This sentence has no"), _chunk(" end, be")[:40], None],
    "/invalid-utf8": [_chunk("One byte of this caf"), _chunk("é").replace("é".encode(), b"\xe9"), _chunk(" is no UTF-8."), _STOP, DONE],
    "/split": [*_split(_chunk("A 🍕 in four chunks.")), _STOP, DONE],
    "/comments": [b": hello\n\n", _chunk("Comments"), b":\n\n: keep-alive\n\n", _chunk(" are not events."), _STOP, b": bye\n\n", DONE],
    "/ignored": [_chunk("The next line has a field name that clients drop."), b'error: {"code":500,"message":"lost"}\n\n'],
}


def canned(path: str, stream: Callable[[Request, Callable[[Line], Awaitable[None]]], Response]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of one canned body."""

    async def send(line: Line) -> None:
        for chunk in CANNED[path]:
            if chunk is None:
                raise line.cut()
            await line.write(chunk)
            await line.sleep(APART)
        await line.finish()

    async def endpoint(request: Request) -> Response:
        return stream(request, send)

    return endpoint


async def status(request: Request) -> Response:
    """``/status/401`` and so on. With ``?echo=1`` the body repeats the credential, as careless servers do."""
    code: int = request.path_params["code"]
    headers = {"x-request-id": REQUEST_ID}
    if code == 404:
        return HTMLResponse(NOT_FOUND, 404, headers)
    if code == 401:
        key = request.headers.get("authorization", "none") if "echo" in request.query_params else "sk-…demo"
        message = f"Incorrect API key provided: {key}. You can find your API key in the settings of your account."
        return _error(401, message, "invalid_request_error", "invalid_api_key", headers)
    if code == 429:
        message = "Rate limit reached for requests. Please try again in 2s."
        return _error(429, message, "requests", "rate_limit_exceeded", headers | {"retry-after": "2"})
    if 500 <= code <= 599:
        return _error(code, "The server had an error while processing your request.", "server_error", None, headers)
    return PlainTextResponse(f"Status {code}, as asked for.\n" if code >= 200 and code not in (204, 304) else "", code, headers)


async def redirect(request: Request) -> Response:
    """``/redirect/same/307`` → ``to`` on this server (default: the chat endpoint), ``other`` → the URL ``to``, ``loop`` → itself."""
    where, code = request.path_params["where"], request.path_params["code"]
    to = request.query_params.get("to")
    if where == "loop":
        return RedirectResponse(request.url.path, code)
    if where == "same":
        return RedirectResponse(to or "/v1/chat/completions", code)
    if where == "other" and to:
        return RedirectResponse(to, code)
    usage = urlencode({"to": "http://127.0.0.1:9/stream"})
    return _error(400, f"Use /redirect/same/307, /redirect/loop/307 or /redirect/other/307?{usage}.", "invalid_request_error", None, {})


def _error(code: int, message: str, kind: str, error_code: str | None, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": error_code}}, code, headers)
