"""A stream over HTTP, read by httpx on the engine loop.

The response is checked before anything is decoded: status 200 and a media type that streams (WHATWG HTML, 9.2.3), or, where
the type is missing, says nothing or is JSON's, first bytes that look like a stream.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx

from ..errors import (
    ConnectError,
    NotAStreamError,
    RedirectError,
    StatusError,
    UsageError,
    redact_url,
)
from ..framing import HEAD, may_be_mistaken, media_type, sniff
from ..recording import Recording
from ..turns import Place, turns
from .answers import BODY_LIMIT, explain_body, explain_status
from .attempts import Attempts, origin
from .base import BaseSource, Broken, Where, request_id
from .breaks import how_it_broke
from .leaving import leave
from .opening import opening
from .secrets import (
    called,
    describe_request,
    describe_response,
    fill_in,
    filled_auth,
    filled_json,
    filled_params,
    filled_url,
    learn_client,
    learn_named,
    learn_request,
)
from .warming import tls, warm

MAX_REDIRECTS = 10
# Between two tokens a model may think for minutes, so reading has no limit of its own; connecting has.
DEFAULT_TIMEOUT = httpx.Timeout(connect=15.0, read=None, write=30.0, pool=None)
UNSAID_TIMEOUT = httpx.Timeout(5.0)
"""What a client of httpx has if nobody said anything. It would cut off every model that thinks for longer."""
SNIFF_BYTES = 512


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
        secrets: Any = None,
    ) -> None:
        super().__init__()
        if secrets is not None:
            learn_named(self.redactor, secrets)
        self.answer: httpx.Response | None = None
        """The head of the response that is read, or was last."""
        self.place: Place | None = None
        """At the host, while it is held or waited for."""
        self._attempts: Attempts | None = None
        self.where: Where = "caller" if client is not None else "engine"
        self._client = client
        self._auth = filled_auth(self.redactor, _checked_auth(auth))
        params, headers, json = filled_params(self.redactor, params), called(self.redactor, headers), filled_json(self.redactor, json)
        self._timeout = None if timeout is None else _timeout(timeout)
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
                asked = filled_url(self.redactor, httpx.URL(url))
                self._url = asked.copy_merge_params(params) if params else asked
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
        await warm()
        from .network import lean_client  # it loads httpcore, which nobody needs before

        async with lean_client(tls(), self._timeout or DEFAULT_TIMEOUT) as client:
            yield client

    def _turn(self, recording: Recording) -> AbstractAsyncContextManager[Place]:
        """One of the places at this host, see `Bounds`."""

        def tell(waits_for: str) -> None:
            recording.queued = waits_for

        limit = recording.bounds.streams_per_host if recording.bounds is not None else None
        return turns.at(f"{self._url.host}:{origin(self._url)[2]}", limit, tell)

    def _build(self, client: httpx.AsyncClient) -> httpx.Request:
        headers = self._headers.copy()
        for name, value in (("Accept", "text/event-stream"), ("Cache-Control", "no-cache")):
            theirs = client.headers.get(name)
            if name not in headers and theirs in (None, "*/*"):  # "*/*" is what httpx says when nobody said anything
                headers[name] = value
        timeout = self._timeout or (DEFAULT_TIMEOUT if client.timeout == UNSAID_TIMEOUT else client.timeout)
        request = client.build_request(self._method, self._url, headers=headers, content=self._content, timeout=timeout)
        learn_request(self.redactor, request)
        learn_client(self.redactor, client)
        return request

    # --- the exchange ------------------------------------------------------------------------------------------------
    async def read(self, recording: Recording) -> None:
        try:
            async with self._turn(recording) as self.place, self._open_client() as client:
                request = self._build(client)
                recording.request = describe_request(self.redactor, request)
                recording.begin()
                recording.mark("request", method=request.method, url=recording.request["url"])
                self._attempts = Attempts(self, recording, self.reconnect, self.look)
                await self._attempts.run(client, request)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ConnectError(
                f"The address cannot be used: {self.redactor.text(str(error))}", hint="A full URL begins with http:// or https://."
            ) from None

    def lose(self, words: str) -> bool:
        return self._attempts is not None and self._attempts.lose(words)

    async def exchange(self, client: httpx.AsyncClient, request: httpx.Request, recording: Recording, *, at_home: bool = True) -> None:
        """One request and what it is answered with, into the recording. at_home: it goes where the first one went.

        Raises a TransportError of httpx if no response came, `Broken` if it broke, and an SSEWidgetError if it is no stream.
        """
        async with opening(request):
            response = self.answer = await self._send(client, request, recording, at_home=at_home)
        try:
            await self._receive(response, recording)
        finally:
            await leave(response)

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request, recording: Recording, *, at_home: bool) -> httpx.Response:
        """Send, following redirects by hand: httpx would carry an x-api-key to another origin."""
        auth = None if not at_home else self._auth if self._auth is not None else httpx.USE_CLIENT_DEFAULT
        for _ in range(MAX_REDIRECTS):
            response = await client.send(request, stream=True, auth=auth, follow_redirects=False)
            for exchange in (*response.history, response):  # auth= adds its header on the way
                for name, value in exchange.request.headers.items():
                    self.redactor.learn(name, value)
            following = response.next_request
            if following is None:
                return response
            recording.mark("redirect", status=response.status_code, url=self.shown(following))
            await response.aclose()
            if origin(following.url) != origin(request.url) and self.has_credentials(client, request):
                raise RedirectError(
                    f"The server redirects to another origin, {shown_origin(following.url)}, and the request carries credentials.",
                    hint="They were not sent there. If you trust it, use that URL directly.",
                )
            following.extensions = {**request.extensions}
            request = following
        raise RedirectError(
            f"The server redirected more than {MAX_REDIRECTS} times.", hint="Check the URL; it seems to redirect to itself."
        )

    def shown(self, request: httpx.Request) -> str:
        """The address of a request, without its secrets."""
        return self.redactor.text(redact_url(str(request.url), self.redactor.is_secret))

    def has_credentials(self, client: httpx.AsyncClient, request: httpx.Request) -> bool:
        """Whether a request carries credentials, or would be given some by ``auth``."""
        names = [*request.headers.keys(), *request.url.params.keys()]
        given = self._auth is not None or client.auth is not None or bool(request.url.userinfo)
        return given or self.redactor.knows_any or any(map(self.redactor.is_secret, names))  # the redactor knows of those in the body

    def tells_secrets(self, request: httpx.Request) -> bool:
        """Whether a request, as it stands, holds any credentials, be it by a name or by a value that is known for one."""
        named = bool(request.url.userinfo) or any(map(self.redactor.is_secret, (*request.headers, *request.url.params)))
        texts = [str(request.url), *request.headers.values(), request.content.decode("latin-1")]
        return named or any(self.redactor.text(text) != text for text in texts)

    @property
    def repeatable(self) -> bool:
        """Whether the body can be sent again: one that is streamed is gone."""
        return self._content is None or isinstance(self._content, (str, bytes))

    async def _receive(self, response: httpx.Response, recording: Recording) -> None:
        from . import pouring  # as above

        recording.content_type = response.headers.get("content-type")
        recording.response = describe_response(self.redactor, response, request_id(response.headers.items()))
        recording.mark("open", pouring.opened_at(response, recording), status=response.status_code)
        if response.status_code != 200:
            body = await _body(response)
            shown = self.redactor.text(body)
            recording.mark("body", text=shown)
            message, hint = explain_status(response.status_code, shown, response.headers)
            sent = response.request
            if sent.method != self._method:
                hint = f"A redirect made a {sent.method} of the {self._method}, as browsers have it. Use {self.shown(sent)} directly."
            raise StatusError(self.redactor.text(message), hint=self.redactor.text(hint), status=response.status_code, body=shown)
        framing = recording.framing if recording.framing != "auto" else sniff(recording.content_type, b"")
        if await pouring.poured(response, recording, known=framing is not None):
            return
        chunks = response.aiter_bytes()
        head = b""
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
            raise NotAStreamError(self.redactor.text(message), hint=self.redactor.text(hint), status=200, body=shown)
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
        raise Broken(how_it_broke(error)) from error


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


def shown_origin(url: httpx.URL) -> str:
    scheme, host, port = origin(url)
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
