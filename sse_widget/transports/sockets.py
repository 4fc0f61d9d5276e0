"""A stream over a WebSocket: each message is an event.

A WebSocket has no status at its end but a close code (RFC 6455, 7.4.1): 1000 is a good end, 1006 is our own side's word for a connection
that was gone without any. It has no ids either, so nothing is taken up again: what to ask after a loss is the application's business.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, Final

import httpx

from ..bounds import over
from ..errors import ConnectError, StatusError, UsageError
from ..recording import Recording
from ..sources.answers import BODY_LIMIT, explain_connection, explain_status
from ..sources.base import BaseSource, Broken, request_id
from ..sources.secrets import called, describe_request, describe_response, fill_in, filled_json, filled_url, learn_request
from ..sources.warming import warm
from .messages import put, written
from .needs import needed

GOOD_ENDS: Final = (1000, 1001)
CODES: Final = {
    1006: "gone without a close frame",
    1008: "it refuses what was sent",
    1009: "a message was too large",
    1011: "the server had an error",
    1012: "the server restarts",
    1013: "try again later",
}
OPEN_SECONDS: Final = 15.0
CLOSE_SECONDS: Final = 1.0
"""How long the other side's goodbye is waited for once nobody wants the rest."""


class WebSocketSource(BaseSource):
    """A WebSocket that is read until it closes. Made by `sse_widget.transports.websocket`."""

    def __init__(self, url: str, *, send: Any, headers: Any, options: dict[str, Any]) -> None:
        super().__init__()
        self._client = needed("websockets.asyncio.client")
        self._errors = needed("websockets.exceptions")
        try:
            self._url = filled_url(self.redactor, httpx.URL(url))
            needed("websockets.uri").parse_uri(str(self._url))
        except (httpx.InvalidURL, TypeError, ValueError, self._errors.InvalidURI):  # none is quoted: a key may stand in it
            raise UsageError("That is no WebSocket's URL.", hint="One begins with ws:// or wss:// and a host.") from None
        self._headers = httpx.Headers(called(self.redactor, headers))
        fill_in(self.redactor, self._headers)
        try:
            messages = send if isinstance(send, (list, tuple)) else [] if send is None else [send]
            self._send = [written(filled_json(self.redactor, message)) for message in messages]
        except (TypeError, ValueError) as error:
            raise UsageError(f"What is to be sent is no JSON: {error}.", hint="send: text, bytes, or what JSON can carry.") from None
        self._options = options
        self.close_code: int | None = None
        """How it closed, by RFC 6455, 7.4.1; None while it has not."""
        self.label = self._url.host
        body = self._send[0] if len(self._send) == 1 else "\n".join(str(message) for message in self._send)
        self.request = httpx.Request("GET", self._url, headers=self._headers, content=body)
        learn_request(self.redactor, self.request)

    async def read(self, recording: Recording) -> None:
        recording.request = {**describe_request(self.redactor, self.request), "method": "WebSocket"}
        await warm()
        recording.begin()
        recording.mark("request", method="WebSocket", url=recording.request["url"])
        async with self._open(recording) as socket:
            answer = socket.response
            self._answered(recording, 101, "Switching Protocols" if answer is None else answer.reason_phrase, answer)
            try:
                for message in self._send:
                    await socket.send(message)
                async for message in socket:
                    put(recording, message)
                    if recording.paused:
                        await recording.flow()
            except self._errors.ConnectionClosed:
                pass  # how it closed is asked below, since a loop that ends by itself does not tell either
            self._ended(recording, socket)

    @contextlib.asynccontextmanager
    async def _open(self, recording: Recording) -> AsyncIterator[Any]:
        """The open connection; whatever keeps it from opening is said in words."""
        limit = recording.bounds.event_bytes if recording.bounds is not None else None
        options = {"max_size": limit, "open_timeout": OPEN_SECONDS, "close_timeout": CLOSE_SECONDS, **self._options}
        try:
            opening = self._client.connect(str(self._url), additional_headers=self._headers.multi_items(), **options)
            # A redirect may lead to another origin, and credentials are not taken there. Browsers follow none either.
            opening.process_redirect = lambda error: error
            socket = await opening
        except self._errors.InvalidStatus as error:
            answer = error.response
            body = self.redactor.text((answer.body or b"")[:BODY_LIMIT].decode("utf-8", "replace"))
            self._answered(recording, answer.status_code, answer.reason_phrase, answer)
            recording.mark("body", text=body)
            message, hint = explain_status(answer.status_code, body, dict(answer.headers.raw_items()))
            hint = f"{hint} A WebSocket begins with 101; a proxy that does not pass Upgrade on makes a plain GET of it."
            raise StatusError(self.redactor.text(message), hint=hint, status=answer.status_code, body=body) from None
        except self._errors.InvalidHandshake as error:
            raise ConnectError(
                f"The WebSocket to {self.label} could not be opened: {self.redactor.text(str(error))}.",
                hint="Is this a WebSocket's address?",
            ) from self.redactor.cause(error)
        except TimeoutError as error:
            raise explain_connection(httpx.ConnectTimeout(str(error), request=self.request), self.label, self.redactor) from None
        except OSError as error:
            said = httpx.ConnectError(str(error), request=self.request)
            said.__cause__ = error
            raise explain_connection(said, self.label, self.redactor) from self.redactor.cause(error)
        except (TypeError, ValueError) as error:
            raise UsageError(f"websockets cannot use this: {self.redactor.text(str(error))}.") from None
        try:
            yield socket
        finally:
            await socket.close()

    def _answered(self, recording: Recording, status: int, phrase: str, answer: Any) -> None:
        headers = httpx.Headers([] if answer is None else list(answer.headers.raw_items()))
        head = SimpleNamespace(status_code=status, headers=headers, reason_phrase=phrase, http_version="HTTP/1.1", url=self._url)
        recording.response = describe_response(self.redactor, head, request_id(headers.items()))
        recording.mark("open", status=status)

    def _ended(self, recording: Recording, socket: Any) -> None:
        """Raises if the close code is none of a good end."""
        code, said = socket.close_code, self.redactor.text(socket.close_reason or "")
        self.close_code = code
        sent, bounds = socket.protocol.close_sent, recording.bounds
        if sent is not None and sent.code == 1009 and bounds is not None and bounds.event_bytes:
            raise over("event_bytes", bounds.event_bytes, "A message")
        if code not in GOOD_ENDS:
            raise Broken(": ".join(filter(None, (f"the WebSocket closed with code {code}", said or CODES.get(code, "")))))
