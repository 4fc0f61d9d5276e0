"""What of a request is secret, and what of it may be shown.

Requests are told by shape, so that those of httpx, httpx2 and an SDK around them are all understood.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from ..errors import Redactor, UsageError, redact_headers, redact_json, redact_url
from .answers import BODY_LIMIT

_FROM_ENVIRONMENT = re.compile(r"(?:^|(?<=\s))env:([A-Za-z_][A-Za-z0-9_]*)$")


def fill_in(redactor: Redactor, headers: httpx.Headers) -> None:
    """Put the environment's value in the place of ``env:NAME`` at a header's end (``Bearer env:OPENAI_API_KEY``), so that no notebook
    needs to hold a key. Raises UsageError if there is no such variable, or if no header can carry its value."""
    for name, value in list(headers.items()):
        found = _FROM_ENVIRONMENT.search(value)
        if found is None:
            continue
        secret = os.environ.get(found[1], "").strip()
        if not secret:
            raise UsageError(f"The header {name} wants the environment variable {found[1]}, which is not set.")
        if not (secret.isascii() and secret.isprintable()):  # asked here, because httpx's own complaint holds the secret
            raise UsageError(f"{found[1]} has characters that no header can carry.", hint="Was it copied with something else?")
        redactor.add(secret)
        headers[name] = value[: found.start()] + secret


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
        "headers": [[k, redactor.text(v)] for k, v in redact_headers(request.headers.items())],
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
