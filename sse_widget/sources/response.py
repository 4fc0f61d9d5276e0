"""A streaming response that is open already, of httpx, httpx2 or anything of their shape, sync or async."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from ..errors import NotAStreamError, StatusError
from ..framing import HEAD, may_be_mistaken, sniff
from ..recording import Recording
from .answers import explain_body, explain_status
from .base import BaseSource, Broken, Where, request_id
from .breaks import how_it_broke
from .hanging_up import hang_up
from .leaving import leave
from .secrets import describe_request, describe_response, learn_request


def is_response(value: Any) -> bool:
    """Whether ``value`` looks like an HTTP response; judged by shape, since httpx2's is no httpx one."""
    return hasattr(value, "status_code") and hasattr(value, "headers") and (hasattr(value, "iter_bytes") or hasattr(value, "aiter_bytes"))


class ResponseSource(BaseSource):
    """An open response. An async one stays on the running loop, where its connection lives."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self._response = response
        # httpx has one class with both readers; which of them works is told by the stream it holds.
        stream = getattr(response, "stream", None)
        self.is_async = hasattr(response, "aiter_bytes") and (hasattr(stream, "__aiter__") or not hasattr(response, "iter_bytes"))
        self.where: Where = "thread"
        if self.is_async:
            try:
                asyncio.get_running_loop()
                self.where = "caller"
            except RuntimeError:
                self.where = "engine"
        url = getattr(response, "url", "")
        self.label = getattr(url, "host", "") or "response"
        self.request = getattr(response, "_request", None)  # the property of httpx raises where there is none
        learn_request(self.redactor, self.request)
        self._head: bytearray | None = None  # of a body that is called a document and has not shown yet whether it is streamed

    def _check(self, recording: Recording) -> bool:
        response = self._response
        recording.content_type = response.headers.get("content-type")
        if self.request is not None:
            recording.request = describe_request(self.redactor, self.request)
        recording.response = describe_response(self.redactor, response, request_id(response.headers.items()))
        recording.begin()
        recording.mark("open", status=response.status_code)
        if response.status_code != 200:
            return False
        if recording.framing == "auto" and may_be_mistaken(recording.content_type):
            self._head = bytearray()
            return True
        return recording.framing != "auto" or sniff(recording.content_type, b"data:") is not None

    def _take(self, chunk: bytes, recording: Recording) -> None:
        """Record a chunk; of a body that is called JSON or HTML from there on where it shows itself to be a stream."""
        if self._head is not None:
            self._head += chunk
            if len(self._head) > HEAD + len(chunk) or sniff(recording.content_type, bytes(self._head)) is None:
                return
            chunk, self._head = bytes(self._head), None
        recording.chunk(chunk)

    def _end(self, recording: Recording) -> None:
        if self._head is not None:
            self._refuse(bytes(self._head), recording)

    def _refuse(self, body: bytes, recording: Recording) -> None:
        text = self.redactor.text(body.decode("utf-8", "replace"))
        recording.mark("body", text=text)
        status = self._response.status_code
        if status != 200:
            message, hint = explain_status(status, text, self._response.headers)
            raise StatusError(self.redactor.text(message), hint=hint, status=status, body=text)
        message, hint = explain_body(recording.content_type, text)
        raise NotAStreamError(self.redactor.text(message), hint=hint, status=status, body=text)

    def read_blocking(self, recording: Recording) -> None:
        try:
            with _breaking():
                if not self._check(recording):
                    self._refuse(self._response.read(), recording)
                for chunk in self._response.iter_bytes():
                    self._take(chunk, recording)
                    if recording.paused:
                        recording.flow_blocking()
                self._end(recording)
        finally:
            self._response.close()

    async def read(self, recording: Recording) -> None:
        try:
            with _breaking():
                if not self._check(recording):
                    self._refuse(await self._response.aread(), recording)
                async for chunk in self._response.aiter_bytes():
                    self._take(chunk, recording)
                    if recording.paused:
                        await recording.flow()
                self._end(recording)
        finally:
            await leave(self._response)

    def release(self) -> None:
        if self.where == "thread":
            hang_up(self._response)


@contextlib.contextmanager
def _breaking() -> Iterator[None]:
    """A transport that fails breaks the stream; what else is raised is not ours to name."""
    try:
        yield
    except Exception as error:
        if not _is_transport_error(error):
            raise
        raise Broken(how_it_broke(error)) from error


def _is_transport_error(error: Exception) -> bool:
    """Judged by name: httpx2's errors are no httpx ones."""
    return bool({base.__name__ for base in type(error).__mro__} & {"TransportError", "DecodingError"})
