"""What a server said instead of a stream, in words: what happened, and what to check."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from ..dialects.base import clean
from ..errors import ConnectError, Redactor
from ..framing import media_type
from .breaks import errno_of, how_it_broke
from .handshakes import explain_tls, is_tls

BODY_LIMIT = 64 * 1024
"""How much of a body that is no stream is kept, bytes."""

_HINTS = {
    204: "The server has nothing to stream. Check the path of the URL.",
    400: "The server did not like the request. Its answer names the reason; check the body you sent.",
    401: "Check the API key: is it set, and sent in the header this provider wants?",
    403: "The key is known but may not do this. Check its permissions, and the model's name.",
    404: "Check the path of the URL, and the model's name.",
    405: "Check the method: a URL that streams a model's answer usually wants POST, so give json=….",
    407: "Give the proxy's credentials with its address, in the environment: HTTPS_PROXY=http://name:password@host:port.",
    413: "The request is too large. Shorten the prompt; a proxy on the way may have a limit of its own (nginx: client_max_body_size).",
    422: "A field of the request is wrong. The answer names it.",
    429: "Too many requests, or no credit left. Wait, then try again.",
    502: "A gateway on the way got no answer from the server behind it. Is that one running?",
    504: "A gateway on the way gave up on the server behind it, which did not answer in time (nginx: proxy_read_timeout).",
}


_WORDS = ("message", "detail", "error", "errors", "error_message", "errorMessage", "msg", "Message", "fault", "faultstring", "title")
"""Members of an error body that hold its message, or an object that does."""
_ERRORS = frozenset(_WORDS) - {"msg", "title"}
"""Those that make an error of a JSON object even if it came with status 200."""
_DEEPEST, _MOST_ERRORS = 4, 10


def provider_message(data: Any) -> str | None:
    """The message inside an error body, in any of the shapes providers use; None if there is none.

    Known shapes: {"error": {"message"}}, {"error": "text"}, {"detail": "text" | [{"msg"}]}, {"message"}, {"error_description"},
    {"errors": [{"message"}]}, gateways' {"fault": {"faultstring"}}, one within another, and the same inside a list of one.
    """
    if isinstance(data, list):
        return next((m for m in map(provider_message, data[:1]) if m), None)
    if not isinstance(data, Mapping):
        return None
    error = data.get("error")
    if isinstance(error, str) and isinstance(data.get("error_description"), str):
        return f"{error}: {data['error_description']}" if error else str(data["error_description"])
    first = next((data[name] for name in ("error", "detail", "message") if data.get(name)), None)
    return _words(first, 1) or _words(data, 1)


def _words(data: Any, depth: int) -> str | None:
    """The text in a value of an error body: itself, that of its likeliest member, or those of its items in a row."""
    if isinstance(data, str):
        return data or None
    if depth > _DEEPEST:
        return None
    if isinstance(data, Mapping):
        return next((words for name in _WORDS if (words := _words(data.get(name), depth + 1))), None)
    if isinstance(data, list):
        parts = [words if (words := _words(item, depth + 1)) else str(item) for item in data[:_MOST_ERRORS]]
        return "; ".join(parts) or None
    return None


def explain_status(status: int, body: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """Message and hint for a status other than 200. body: redacted."""
    message = provider_message(_json(body) or _event(body))
    phrase = httpx.codes.get_reason_phrase(status)
    title = f"The server answered {status} {phrase}".rstrip()
    hint = _wants_tls(body) if status == 400 else ""
    hint = (
        hint
        or _HINTS.get(status)
        or ("The server has a problem of its own. Try again later." if status >= 500 else "A stream comes with status 200. Check the URL.")
    )
    if "retry-after" in headers:
        wait = headers["retry-after"]
        hint = f"{hint} It asks to wait {f'{wait} s' if wait.isdigit() else f'until {wait}'}."
    return (f"{title}: {message}" if message else f"{title}."), hint


def _wants_tls(body: str) -> str:
    """The hint for what nginx ("The plain HTTP request was sent to HTTPS port"), Apache and Go say to those who came without TLS; or ""."""
    lowered = body.lower()
    wanted = "plain http" in lowered or "http request to an https" in lowered
    return "This port wants https:// in the place of http://." if wanted else ""


def explain_body(content_type: str | None, body: str) -> tuple[str, str]:
    """Message and hint for a 200 whose body is no stream. body: redacted."""
    kind = media_type(content_type) if content_type else ""
    data = _json(body)
    if isinstance(data, Mapping) and _is_complete_answer(data):
        return (
            "The server sent a complete answer, not a stream.",
            'Add "stream": true to the body of the request (json={…, "stream": True}).',
        )
    if isinstance(data, Mapping) and isinstance(data.get("candidates"), list):
        return (
            "The server sent a complete answer, not a stream.",
            "Gemini streams from another address: put :streamGenerateContent?alt=sse in the place of :generateContent.",
        )
    message = provider_message(data) if isinstance(data, list) or (isinstance(data, Mapping) and data.keys() & _ERRORS) else None
    if message:
        return f"The server answered with an error: {message}", "It came with status 200. The body is below."
    if kind == "text/html" or body.lstrip()[:1] == "<":
        return (
            "The server sent a web page, not a stream.",
            "Check the URL: it may point at a website, a login page or a proxy instead of the API.",
        )
    if data is not None:
        return (
            f"The server sent JSON ({kind or 'no content type'}), not a stream.",
            'If this API streams on demand, add "stream": true to the request; otherwise check the URL.',
        )
    return (
        f"The server sent {kind or 'something without a content type'}, not an event stream.",
        'Check the URL. If it is a stream all the same, force it with framing="sse".',
    )


def _is_complete_answer(data: Mapping[str, Any]) -> bool:
    """A whole answer of a provider that streams when asked: OpenAI chat and completions, Responses, Anthropic, Cohere, Ollama."""
    choices = data.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) and ("message" in choices[0] or "text" in choices[0]):
        return True
    return (
        data.get("object") == "response"
        or (data.get("type") == "message" and "content" in data)
        or (data.get("done") is True and ("message" in data or "response" in data))
        or (isinstance(data.get("message"), Mapping) and "finish_reason" in data)
    )


def _event(text: str) -> Any:
    """The JSON of the first event, since some servers send their errors as a stream, whatever the status; None if there is none."""
    lines = (line[5:] for line in text.splitlines() if line.startswith("data:"))
    return _json(next(lines, ""))


def _json(text: str) -> Any:
    try:
        return clean(json.loads(text))
    except (ValueError, RecursionError):  # no JSON, or nothing but brackets
        return None


_PROXY = "It is set in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY), or by your client."


def explain_connection(error: httpx.TransportError, host: str, redactor: Redactor) -> ConnectError:
    """A connection that never came to a response, in words."""
    said = redactor.text(str(error))
    lowered = said.lower()
    request = getattr(error, "_request", None)
    where = f"{request.url.host}:{request.url.port or {'https': 443}.get(request.url.scheme, 80)}" if request is not None else host
    if isinstance(error, httpx.LocalProtocolError) and "header" in lowered:  # its text is the header's value, escaped
        return ConnectError(
            "The request cannot be sent: a header holds a character that is not allowed there.",
            hint="Is there a line break or a space at the end of a key?",
        )
    if isinstance(error, httpx.ConnectTimeout):
        return ConnectError(
            f"{where} did not answer in time.", hint="Check the address, the network and any proxy; timeout=… sets the limit in seconds."
        )
    if isinstance(error, httpx.ConnectError):
        if (
            "name or service not known" in lowered
            or "getaddrinfo" in lowered
            or "nodename nor servname" in lowered
            or "name resolution" in lowered
            or "no address" in lowered
        ):
            return ConnectError(
                f"There is no host named {urlsplit('//' + where).hostname}.", hint="Check the spelling of the URL and your network."
            )
        if is_tls(said):
            why, hint = explain_tls(said)
            return ConnectError(f"The secure connection to {where} failed: {why}", hint=hint)
        if request is not None and getproxies().keys() & {request.url.scheme, "all"} and not proxy_bypass(request.url.host):
            return ConnectError(f"The proxy to {where} refused the connection.", hint=f"{_PROXY} Is it running?")
        number = errno_of(error)
        if number in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return ConnectError(f"There is no way to {where}: {os.strerror(number)}.", hint="Check your network, and any VPN or firewall.")
        if said and number != errno.ECONNREFUSED and not ("refused" in lowered or "all connection attempts" in lowered):
            return ConnectError(f"The connection to {where} failed: {said}.", hint="Check the address, the network and any proxy.")
        return ConnectError(f"{where} refused the connection.", hint="Is the server running, and is this its port?")
    if isinstance(error, httpx.PoolTimeout):
        return ConnectError(
            "All connections of the client are in use (PoolTimeout).",
            hint="httpx.Limits says how many there may be, and httpx.Timeout(pool=…) how long one is waited for.",
        )
    if isinstance(error, httpx.TimeoutException):
        return ConnectError(f"{where} did not answer in time ({type(error).__name__}).", hint="timeout=… sets the limits in seconds.")
    if isinstance(error, httpx.ProxyError):  # of a tunnel: what else a proxy says comes as an answer
        hint = _HINTS[407] if said.startswith(("407", "401")) else f"{_PROXY} NO_PROXY names hosts that are reached without it."
        return ConnectError(f"The proxy does not lead to {where}: {said}.", hint=hint)
    words = redactor.text(how_it_broke(error))
    return ConnectError(f"The connection to {where} broke before the response began: {words}.", hint=_hint_of(words))


def _hint_of(words: str) -> str:
    if "HTTP/1.1" in words or "head of the answer" in words:
        return "Is a web server on this port, and does it want https:// instead of http://?"
    if "Content-Length" in words:
        return "The server, or a proxy before it, answers in a way that no client may accept."
    return "Check whether the server crashed or a proxy closed it."
