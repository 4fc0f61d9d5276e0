"""A stream over HTTP, read by httpx on the engine loop.

The response is checked before anything is decoded: status 200 and a media type that streams (WHATWG HTML, 9.2.3), or, where
the type is missing, says nothing or is JSON's, first bytes that look like a stream.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import httpx

from ..errors import (
    ConnectError,
    NotAStreamError,
    RedirectError,
    StatusError,
    UsageError,
    is_secret_name,
    redact_url,
)
from ..framing import HEAD, may_be_mistaken, media_type, sniff
from ..recording import Recording
from .answers import BODY_LIMIT, explain_body, explain_connection, explain_status
from .base import BaseSource, Broken, Where, request_id
from .secrets import describe_request, describe_response, fill_in, learn_request

MAX_REDIRECTS = 10
# Between two tokens a model may think for minutes, so reading has no limit of its own; connecting has.
DEFAULT_TIMEOUT = httpx.Timeout(connect=15.0, read=None, write=30.0, pool=None)
SNIFF_BYTES = 512


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One context for all clients: making one takes tens of milliseconds, which would count as time to first token."""
    return httpx.create_ssl_context()


class HttpSource(BaseSource):
    """A request that is answered by a stream."""

    def __init__(
        self,
        url: str | httpx.Request,
        *,
        method: str | None = None,
        json: Any = None,
        content: Any = None,
        params: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__()
        self.where: Where = "caller" if client is not None else "engine"
        self._client = client
        self._auth = _checked_auth(auth)
        if isinstance(auth, tuple):
            self.redactor.add(str(auth[1]))
        self._timeout = DEFAULT_TIMEOUT if timeout is None else _timeout(timeout)
        self._content = content
        try:
            if isinstance(url, httpx.Request):
                # A copy, since ours gets headers and the caller's stays the caller's.
                self._method, self._url, self._headers = url.method, url.url, url.headers.copy()
                self._headers.update(headers)
                if isinstance(url.stream, httpx.SyncByteStream):
                    self._content = url.read()
                    self._headers.pop("transfer-encoding", None)  # the length is known now
                else:
                    self._content = url.stream
            else:
                self._method = method or ("GET" if json is None and content is None else "POST")
                # Merged: httpx alone would let params replace a query like ?alt=sse that stands in the URL.
                self._url = httpx.URL(url).copy_merge_params(params) if params else httpx.URL(url)
                self._headers = httpx.Headers(headers)
                if json is not None:  # written down now: the caller may change it before the engine gets to send it
                    written = httpx.Request(self._method, self._url, json=json)
                    self._content = written.content
                    self._headers.setdefault("content-type", written.headers["content-type"])
        except httpx.InvalidURL:
            raise
        except (TypeError, ValueError) as error:
            raise UsageError(f"The request cannot be made: {error}.", hint="headers, params and json are as in httpx.") from None
        fill_in(self.redactor, self._headers)
        self.label = self._url.host
        self.model = json.get("model", "") if isinstance(json, dict) else ""

    # --- the request -------------------------------------------------------------------------------------------------
    @asynccontextmanager
    async def _open_client(self) -> AsyncIterator[httpx.AsyncClient]:
        if self._client is not None:
            yield self._client
            return
        async with httpx.AsyncClient(verify=_tls(), timeout=self._timeout) as client:
            yield client

    def _build(self, client: httpx.AsyncClient) -> httpx.Request:
        headers = self._headers.copy()
        for name, value in (("Accept", "text/event-stream"), ("Cache-Control", "no-cache")):
            theirs = client.headers.get(name)
            if name not in headers and theirs in (None, "*/*"):  # "*/*" is what httpx says when nobody said anything
                headers[name] = value
        request = client.build_request(self._method, self._url, headers=headers, content=self._content, timeout=self._timeout)
        learn_request(self.redactor, request)
        return request

    # --- the exchange ------------------------------------------------------------------------------------------------
    async def read(self, recording: Recording) -> None:
        try:
            async with self._open_client() as client:
                request = self._build(client)
                recording.request = describe_request(self.redactor, request)
                recording.begin()
                recording.mark("request", method=request.method, url=recording.request["url"])
                response = await self._send(client, request, recording)
                try:
                    await self._receive(response, recording)
                finally:
                    await response.aclose()
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ConnectError(
                f"The address cannot be used: {self.redactor.text(str(error))}", hint="A full URL begins with http:// or https://."
            ) from None
        except httpx.TransportError as error:
            said = explain_connection(error, self.label, self.redactor)
            raise said from self.redactor.cause(None if isinstance(error, httpx.LocalProtocolError) else error)

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request, recording: Recording) -> httpx.Response:
        """Send, following redirects by hand: httpx would carry an x-api-key to another origin."""
        for _ in range(MAX_REDIRECTS):
            response = await client.send(
                request, stream=True, auth=self._auth if self._auth is not None else httpx.USE_CLIENT_DEFAULT, follow_redirects=False
            )
            for exchange in (*response.history, response):  # auth= adds its header on the way
                for name, value in exchange.request.headers.items():
                    self.redactor.learn(name, value)
            following = response.next_request
            if following is None:
                return response
            recording.mark("redirect", status=response.status_code, url=self.redactor.text(redact_url(str(following.url))))
            await response.aclose()
            if _origin(following.url) != _origin(request.url) and self._has_credentials(client, request):
                raise RedirectError(
                    f"The server redirects to another origin, {_shown_origin(following.url)}, and the request carries credentials.",
                    hint="They were not sent there. If you trust it, use that URL directly.",
                )
            following.extensions = {**request.extensions}
            request = following
        raise RedirectError(
            f"The server redirected more than {MAX_REDIRECTS} times.", hint="Check the URL; it seems to redirect to itself."
        )

    def _has_credentials(self, client: httpx.AsyncClient, request: httpx.Request) -> bool:
        names = [*request.headers.keys(), *request.url.params.keys()]
        given = self._auth is not None or client.auth is not None or bool(request.url.userinfo)
        return given or self.redactor.knows_any or any(map(is_secret_name, names))  # the redactor knows of those in the body

    async def _receive(self, response: httpx.Response, recording: Recording) -> None:
        recording.content_type = response.headers.get("content-type")
        recording.response = describe_response(self.redactor, response, request_id(response.headers.items()))
        recording.mark("open", status=response.status_code)
        if response.status_code != 200:
            body = await _body(response)
            shown = self.redactor.text(body)
            recording.mark("body", text=shown)
            message, hint = explain_status(response.status_code, shown, response.headers)
            raise StatusError(self.redactor.text(message), hint=hint, status=response.status_code, body=shown)
        chunks = response.aiter_bytes()
        head = b""
        framing = recording.framing if recording.framing != "auto" else sniff(recording.content_type, b"")
        if framing is None and _says_nothing(recording.content_type):
            # Some servers name no type, or a vague one: the first bytes tell.
            async for chunk in _until_broken(chunks):
                head += chunk
                recording.chunk(chunk)
                framing = sniff(recording.content_type, head)
                if framing is not None or len(head) >= SNIFF_BYTES:
                    break
        elif framing is None and may_be_mistaken(recording.content_type):
            # An array may be streamed element by element, and a stream be called JSON or HTML by mistake; one object is an answer or
            # an error, and no part of a recording.
            held: list[tuple[float, bytes]] = []
            with contextlib.suppress(Broken):  # a part of an error is better than none
                async for chunk in _until_broken(chunks):
                    head += chunk
                    held.append((recording.now(), chunk))
                    framing = sniff(recording.content_type, head)
                    if framing is not None or len(head) >= HEAD or head.lstrip().startswith(b"<"):
                        break
            for when, chunk in held if framing is not None else ():
                recording.chunk(chunk, when)
        if framing is None:
            told = may_be_mistaken(recording.content_type) or not head  # of what may go on for ever, the beginning must do
            body = await _body(response, chunks, head) if told else head.decode("utf-8", "replace")
            shown = self.redactor.text(body)
            recording.mark("body", text=shown)
            message, hint = explain_body(recording.content_type, shown)
            raise NotAStreamError(self.redactor.text(message), hint=hint, status=200, body=shown)
        async for chunk in _until_broken(chunks):
            recording.chunk(chunk)
            if recording.paused:
                await recording.flow()


async def _until_broken(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks; a transport that breaks here broke in the middle of a stream."""
    try:
        async for chunk in chunks:
            yield chunk
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Broken(str(error) or type(error).__name__) from error


async def _body(response: httpx.Response, chunks: AsyncIterator[bytes] | None = None, body: bytes = b"") -> str:
    """The start of a body that is no stream, for a person to read. body: what has been read of it."""
    try:
        async for chunk in chunks if chunks is not None else response.aiter_bytes():
            body += chunk
            if len(body) >= BODY_LIMIT:
                break
    except (httpx.TransportError, httpx.DecodingError):
        pass  # a part of an error page is better than none
    return body[:BODY_LIMIT].decode("utf-8", "replace")


def _says_nothing(content_type: str | None) -> bool:
    return not content_type or media_type(content_type) in {"text/plain", "application/octet-stream", "binary/octet-stream", ""}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _shown_origin(url: httpx.URL) -> str:
    scheme, host, port = _origin(url)
    return f"{scheme}://{host}:{port}"


def _timeout(value: Any) -> httpx.Timeout:
    """A number limits everything but reading, which stays free unless an `httpx.Timeout` says otherwise."""
    if isinstance(value, httpx.Timeout):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UsageError(f"timeout must be seconds or an httpx.Timeout, not a {type(value).__name__}.")
    return httpx.Timeout(connect=value, read=None, write=value, pool=value)


def _checked_auth(auth: Any) -> Any:
    """``auth``, if httpx can use it. Asked here, because httpx's own complaint holds the secret."""
    if auth is None or isinstance(auth, httpx.Auth) or callable(auth) or (isinstance(auth, tuple) and len(auth) == 2):
        return auth
    raise UsageError(
        f"auth must be a (user, password) pair or an httpx.Auth, not a {type(auth).__name__}.",
        hint='An API key goes in a header: headers={"Authorization": f"Bearer {key}"}.',
    )
