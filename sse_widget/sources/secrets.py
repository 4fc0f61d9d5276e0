"""What of a request is secret, and what of it may be shown.

Requests are told by shape, so that those of httpx, httpx2 and an SDK around them are all understood.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import Redactor, redact_headers, redact_json, redact_url
from .answers import BODY_LIMIT


def learn_request(redactor: Redactor, request: Any) -> None:
    """Remember the secrets of a request: in headers, user info, query and body. None is no request."""
    if request is None:
        return
    for name, value in request.headers.items():
        redactor.learn(name, value)
    url = urlsplit(str(request.url))
    for name, value in parse_qsl(url.query):
        redactor.learn(name, value)
    if url.password or url.username:  # a user without a password is a token, as for GitHub or Stripe
        redactor.add(unquote(url.password or url.username or ""))
    body = _body(request)
    if isinstance(body, str) and "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        for name, value in parse_qsl(body):
            redactor.learn(name, value)
    elif not isinstance(body, str):
        redactor.learn_json(body)


def describe_request(redactor: Redactor, request: Any) -> dict[str, Any]:
    """A request as it may be shown: method, url, headers and body, secrets masked."""
    body = _body(request)
    return {
        "method": request.method,
        "url": redactor.text(redact_url(str(request.url))),
        "headers": redact_headers(request.headers.items()),
        "body": redactor.text(body[:BODY_LIMIT]) if isinstance(body, str) else redactor.json(redact_json(body)),
    }


def describe_response(redactor: Redactor, response: Any, request_id: str | None) -> dict[str, Any]:
    """A response's head as it may be shown; a server may echo what it was sent."""
    headers = [(str(k), str(v)) for k, v in response.headers.items()]
    return {
        "status": response.status_code,
        "reason": redactor.text(getattr(response, "reason_phrase", "")),
        "http_version": getattr(response, "http_version", ""),
        "headers": [[k, redactor.text(v)] for k, v in redact_headers(headers)],
        "request_id": request_id,
        "url": redactor.text(redact_url(str(getattr(response, "url", "")))),
    }


def _body(request: Any) -> Any:
    """The body: parsed if it is JSON, else as text; None if there is none, or if it is gone, as a streamed one is once it is sent."""
    try:
        raw = request.content
    except Exception:  # RequestNotRead, of whichever library
        return None
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
