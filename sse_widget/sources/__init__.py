"""Ways in: which source reads what the user gave."""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any

import httpx

from ..errors import UsageError
from ..files.load import load_recording
from ..reconnect import USUAL, Reconnect
from ..recording import Recording
from ..replay import PROFILES, Player
from .base import BaseSource, Broken
from .http import HttpSource
from .iterable import IterableSource
from .replay import ReplaySource
from .response import ResponseSource, is_response
from .secrets import learn_named, learn_request

__all__ = ["BaseSource", "Broken", "make_source", "with_policy"]

REQUEST_OPTIONS = ("method", "json", "content", "params", "headers", "auth", "timeout", "client")


def make_source(source: Any, framing: str, request: dict[str, Any], secrets: Any = None) -> BaseSource:
    """The reader for ``source``; the arguments as in `_made`. secrets: what the user says is secret, see `learn_named`."""
    if isinstance(source, (str, httpx.URL, httpx.Request)):
        return _made(source, framing, {**request, "secrets": secrets})
    made = _made(source, framing, request)
    if secrets is not None:
        learn_named(made.redactor, secrets)
        learn_request(made.redactor, made.request)
    return made


def _made(source: Any, framing: str, request: dict[str, Any]) -> BaseSource:
    """The reader for ``source``.

    source: a URL or `httpx.Request`, an open streaming response or an `httpx_sse.EventSource` around one, a recording or its file, or any
    (async) iterable. framing: the caller's choice. request: the options of an HTTP request; refused where there is none to make.
    Raises UsageError for anything else.
    """
    if isinstance(source, (str, httpx.URL)):
        url = str(source)
        if not url.startswith(("http://", "https://")):
            raise UsageError(
                f"{_shown(url)} is no URL: it does not begin with http:// or https://.",
                hint='A prompt needs a provider: sw.stream(prompt, provider="openai", model="…"). '
                'Text of your own goes in as an iterable: sw.stream(["one", "two"]).',
            )
        try:
            return HttpSource(url, **_usable(request))
        except httpx.InvalidURL as error:
            # What is wrong with it, without what it quotes: of http://me:pass/word@host it takes the password for a port.
            said = str(error).partition(":")[0].partition(" in URL")[0]
            raise UsageError(f"That is no URL: {said}.", hint="A full URL begins with http:// or https:// and a host.") from None
    if isinstance(source, httpx.Request):
        for name in ("method", "json", "content", "params"):
            if request.get(name) is not None:
                raise UsageError(f"{name} cannot be used here: the httpx.Request has its own.", hint="Make the request with it.")
        return HttpSource(source, **_usable(request))
    given = sorted(name for name, value in request.items() if value is not None)
    if given:
        raise UsageError(f"{', '.join(given)} cannot be used here: {type(source).__name__} makes no request.", hint="They belong to a URL.")
    if is_response(source):
        return ResponseSource(source)
    if type(source).__name__ == "EventSource" and is_response(getattr(source, "response", None)):  # httpx-sse's, or httpx2's
        return ResponseSource(source.response)
    if isinstance(source, BaseSource):
        return source
    if isinstance(source, (Recording, os.PathLike)):
        return ReplaySource(source if isinstance(source, Recording) else load_recording(source), Player(), PROFILES["none"])
    if inspect.isawaitable(source):
        if inspect.iscoroutine(source):
            source.close()  # or Python would complain that nobody awaited it
        raise UsageError(f"A {type(source).__name__} is no stream yet.", hint="Await it first: sw.stream(await …).")
    if isinstance(source, Mapping):
        inside = next((name for name in ("stream", "body", "completion") if isinstance(source.get(name), Iterable)), "")
        if inside and not isinstance(source[inside], (str, bytes, Mapping)):  # what boto3 returns
            raise UsageError("A dict is one item, no stream.", hint=f"This one holds a stream: sw.stream(response[{inside!r}]).")
        raise UsageError("A dict is one item, no stream.", hint="A list of them is: sw.stream([{…}, {…}]).")
    if isinstance(source, (bytes, bytearray)):
        raise UsageError("Bytes at once are no stream.", hint="sw.Recording.from_bytes(data).read() merges them.")
    if isinstance(source, (Iterable, AsyncIterable)):
        return IterableSource(source, framing=framing)
    if type(source).__name__ == "ClientResponse":  # of aiohttp
        raise UsageError("A ClientResponse cannot be streamed.", hint="Its body can: sw.stream(response.content).")
    if hasattr(source, "__enter__") or hasattr(source, "__aenter__"):  # an SDK's `messages.stream(…)`, `httpx.stream(…)`
        raise UsageError(
            f"A {type(source).__name__} is no stream yet.", hint="Enter it first: with … as stream: sw.stream(stream), or async with."
        )
    raise UsageError(
        f"A {type(source).__name__} cannot be streamed.",
        hint="Give a URL, an httpx.Request, an open response, or an iterable of str, bytes or dict.",
    )


def with_policy(source: BaseSource, policy: Reconnect) -> BaseSource:
    """The source, which asks again as ``policy`` says. Raises UsageError if it has no request that could be sent again."""
    if isinstance(source, HttpSource):
        source.reconnect = policy
    elif policy is not USUAL and policy.attempts:
        raise UsageError(
            f"reconnect cannot be used here: {source.label} makes no request.", hint="Give a URL or an httpx.Request as the source."
        )
    return source


def _shown(text: str) -> str:
    """The beginning of what should have been a URL, for an error; not of what may be a key, nor the part of a URL that may hold one."""
    start = text.partition("?")[0].partition("#")[0].rpartition("@")[2][:80]
    is_plain = " " in start or len(start) < 16 or ("." in start.partition("/")[0] and len(start.partition("/")[0]) < 40)
    return repr(start) if is_plain else f"A text of {len(text)} characters"


def _usable(request: dict[str, Any]) -> dict[str, Any]:
    content = request.get("content")
    if content is not None and not isinstance(content, (str, bytes, AsyncIterable)):
        # An iterator that blocks would hold up the loop that reads all other streams.
        raise UsageError(f"content must be str, bytes or an async iterable of bytes, not a {type(content).__name__}.")
    client = request.get("client")
    if client is not None and not hasattr(client, "aclose"):
        raise UsageError(
            f"client must be an httpx.AsyncClient, not a {type(client).__name__}.",
            hint="Or give an open response of your own client as the source.",
        )
    return request
