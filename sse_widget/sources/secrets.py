"""What of a request is secret, where keys come from, and what of it may be shown.

Requests are told by shape, so that those of httpx, httpx2 and an SDK around them are all understood.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from urllib.request import getproxies

import httpx

from ..errors import UsageError
from ..redaction import Redactor, redact_headers, redact_json, redact_url
from .answers import BODY_LIMIT

_FROM_ENVIRONMENT = re.compile(r"(?:^|(?<=\s))env:([A-Za-z_][A-Za-z0-9_]*)$")
_NOTHING_BUT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


# --- where keys come from ----------------------------------------------------------------------------------------------------
def from_environment(what: str, name: str) -> str:
    """The value of an environment variable. Raises UsageError, which names it, if it is not set. what: who wants it."""
    secret = os.environ.get(name, "").strip()
    if not secret:
        raise UsageError(f"{what} wants the environment variable {name}, which is not set.")
    return secret


def fill_in(redactor: Redactor, headers: httpx.Headers) -> None:
    """Put the environment's value in the place of ``env:NAME`` at a header's end (``Bearer env:OPENAI_API_KEY``), so that no notebook
    needs to hold a key. Raises UsageError if there is no such variable, or if no header can carry its value."""
    for name, value in list(headers.items()):
        found = _FROM_ENVIRONMENT.search(value)
        if found is None:
            continue
        secret = from_environment(f"The header {name}", found[1])
        if not (secret.isascii() and secret.isprintable()):  # asked here, because httpx's own complaint holds the secret
            raise UsageError(f"{found[1]} has characters that no header can carry.", hint="Was it copied with something else?")
        redactor.add(secret)
        headers[name] = value[: found.start()] + secret


def called(redactor: Redactor, values: Any) -> Any:
    """Headers or parameters as httpx takes them: functions among their values are called, now and once. What they give is secret."""
    if isinstance(values, Mapping) and any(map(callable, values.values())):
        return {name: _called(redactor, str(name), value) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [(pair[0], _called(redactor, str(pair[0]), pair[1])) if _is_pair(pair) else pair for pair in values]
    return values


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2


def _called(redactor: Redactor, name: str, value: Any) -> Any:
    if not callable(value):
        return value
    secret = value()
    if not isinstance(secret, str):
        raise UsageError(f"The function that was given for {name} must return a string, not a {type(secret).__name__}.")
    redactor.learn("authorization", secret)
    return secret


def filled_params(redactor: Redactor, params: Any) -> Any:
    """Query parameters with functions called and ``env:NAME``, where it is all of a value, read from the environment."""
    params = called(redactor, params)
    if isinstance(params, Mapping):
        return {name: _filled(redactor, f"The parameter {name}", value) for name, value in params.items()}
    if isinstance(params, list):
        return [(pair[0], _filled(redactor, f"The parameter {pair[0]}", pair[1])) if _is_pair(pair) else pair for pair in params]
    return params


def filled_url(redactor: Redactor, url: httpx.URL) -> httpx.URL:
    """A URL whose query asks for the environment (``?key=env:NAME``), filled in."""
    wanted = [(name, value) for name, value in url.params.multi_items() if _NOTHING_BUT.fullmatch(value)]
    for name, value in wanted:
        url = url.copy_set_param(name, _filled(redactor, f"The parameter {name}", value))
    return url


def filled_auth(redactor: Redactor, auth: Any) -> Any:
    """``auth=(user, password)`` with functions called and ``env:NAME`` filled in; anything else as it is."""
    if not (isinstance(auth, tuple) and len(auth) == 2):
        return auth
    pair = tuple(_filled(redactor, "auth", _called(redactor, "auth", each)) for each in auth)
    redactor.add(pair[1] if isinstance(pair[1], str) else str(pair[1]))
    return pair


def filled_json(redactor: Redactor, value: Any) -> Any:
    """JSON data in which members of secret names have ``env:NAME`` filled in. The rest is the caller's own object."""
    if isinstance(value, dict) and _asks(redactor, value):
        return {
            name: _filled(redactor, f"The member {name}", inner) if redactor.is_secret(str(name)) else filled_json(redactor, inner)
            for name, inner in value.items()
        }
    return [filled_json(redactor, inner) for inner in value] if isinstance(value, list) and _asks(redactor, value) else value


def _asks(redactor: Redactor, value: Any) -> bool:
    if isinstance(value, dict):
        return any(
            (isinstance(inner, str) and redactor.is_secret(str(name)) and _NOTHING_BUT.fullmatch(inner) is not None)
            or _asks(redactor, inner)
            for name, inner in value.items()
        )
    return isinstance(value, list) and any(_asks(redactor, inner) for inner in value)


def _filled(redactor: Redactor, what: str, value: Any) -> Any:
    found = _NOTHING_BUT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    secret = from_environment(what, found[1])
    redactor.add(secret)
    return secret


def learn_named(redactor: Redactor, secrets: Any) -> None:
    """What the user says is secret: names of headers, parameters and members; ``env:NAME`` or a function for a secret itself.

    Raises UsageError for anything else, for a variable that is not set, and for a secret too short to be looked for.
    """
    if isinstance(secrets, (str, Mapping)) or not isinstance(secrets, Iterable):
        raise UsageError(
            f"secrets must be a list, not a {type(secrets).__name__}.", hint='For instance secrets=["x-tenant", "env:DATABASE_PASSWORD"].'
        )
    for one in secrets:
        before = redactor.version
        if callable(one):
            redactor.add(_called(redactor, "secrets", one))
        elif not isinstance(one, str):
            raise UsageError(f"secrets must hold names, env:NAME or functions, not a {type(one).__name__}.")
        elif (found := _NOTHING_BUT.fullmatch(one)) is not None:
            redactor.add(from_environment("secrets", found[1]))
        else:
            redactor.name([one])
            continue
        if redactor.version == before and not redactor.knows_any:
            raise UsageError("A secret of fewer than six characters cannot be looked for.", hint="It would tear up ordinary text.")


# --- what is secret ----------------------------------------------------------------------------------------------------------
def learn_request(redactor: Redactor, request: Any) -> None:
    """Remember the secrets of a request: in headers, user info, query and body, and those of the proxies on the way. None is no request."""
    if request is None:
        return
    for name, value in request.headers.items():
        redactor.learn(name, value)
    redactor.learn_url(str(request.url))
    for proxy in getproxies().values():
        redactor.learn_url(proxy)
    body = _body(request)
    if isinstance(body, str) and "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        for name, value in parse_qsl(body):
            redactor.learn(name, value)
    elif not isinstance(body, str):
        redactor.learn_json(body)


def learn_client(redactor: Redactor, client: Any) -> None:
    """Remember what a client adds on its way out, as far as it can be seen: its ``auth``, and the credentials of its proxies."""
    with contextlib.suppress(Exception):  # none of it is public
        redactor.learn("authorization", str(getattr(client.auth, "_auth_header", "")))
    with contextlib.suppress(Exception):
        for transport in client._mounts.values():
            for name, value in transport._pool._proxy_headers:
                redactor.learn(name.decode("latin-1"), value.decode("latin-1"))
    with contextlib.suppress(Exception):
        for transport in (client._transport, *client._mounts.values()):
            pair = transport._pool._proxy_auth
            redactor.add(pair[1].decode() if pair else "")


# --- what may be shown -------------------------------------------------------------------------------------------------------
def describe_request(redactor: Redactor, request: Any) -> dict[str, Any]:
    """A request as it may be shown: method, url, headers and body, secrets masked."""
    body, is_secret = _body(request), redactor.is_secret
    return {
        "method": redactor.text(request.method),
        "url": redactor.text(redact_url(str(request.url), is_secret)),
        "headers": [[k, redactor.text(v)] for k, v in redact_headers(request.headers.items(), is_secret)],
        "body": redactor.text(body[:BODY_LIMIT]) if isinstance(body, str) else redactor.json(redact_json(body, is_secret)),
    }


def describe_response(redactor: Redactor, response: Any, request_id: str | None) -> dict[str, Any]:
    """A response's head as it may be shown; a server may echo what it was sent, and what it sets in cookies is secret from now on."""
    pairs: Callable[[], Iterable[tuple[Any, Any]]] = getattr(response.headers, "multi_items", response.headers.items)
    headers = [(str(k), str(v)) for k, v in pairs()]
    for name, value in headers:
        if name.lower() == "set-cookie":
            redactor.learn(name, value)
    return {
        "status": response.status_code,
        "reason": redactor.text(getattr(response, "reason_phrase", "")),
        "http_version": getattr(response, "http_version", ""),
        "headers": [[k, redactor.text(v)] for k, v in redact_headers(headers, redactor.is_secret)],
        "request_id": redactor.text(request_id) if request_id else request_id,
        "url": redactor.text(redact_url(str(getattr(response, "url", "")), redactor.is_secret)),
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
