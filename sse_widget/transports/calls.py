"""A stream over gRPC: each message of a server-streaming call is an event.

There is no generated code here. gRPC carries bytes; what generated code adds is a name for the method and two functions between bytes
and objects, and all three can be given by hand, so that any server can be read without its .proto and without a compiler for it.

The client is gRPC's blocking one, in a thread of the run: its asyncio one has a poller that may serve a single loop of a process
(grpc/grpc#25364), and the notebook's loop may have it already.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from ..errors import ConnectError, ProviderError, ResponseError, UsageError
from ..recording import Recording, SealedError
from ..sources.answers import BODY_LIMIT
from ..sources.base import BaseSource, Broken, Where
from ..sources.secrets import called, fill_in, filled_json
from .messages import put, written
from .needs import needed

LOST: Final = frozenset({"UNAVAILABLE", "UNKNOWN", "INTERNAL", "CANCELLED"})
"""What gRPC's own client says when the connection is gone before the trailers. A server may say the same; nobody can tell them apart."""

_HTTP1: Final = re.compile(r"http1\.x server \(HTTP status (\d+)\)")
HINTS: Final = {
    "UNAUTHENTICATED": "Check the key: is it in the metadata this server wants?",
    "PERMISSION_DENIED": "The key is known but may not do this.",
    "UNIMPLEMENTED": "Check the method: /package.Service/Method, spelled as in the .proto.",
    "NOT_FOUND": "Check the method and what is asked for.",
    "DEADLINE_EXCEEDED": "timeout=… sets the limit in seconds.",
    "RESOURCE_EXHAUSTED": "A message was too large for the client, or the server is at its limit.",
}


class GrpcSource(BaseSource):
    """A server-streaming call. Made by `sse_widget.transports.grpc`."""

    where: Where = "thread"

    def __init__(
        self,
        target: Any,
        method: Any,
        *,
        send: Any,
        metadata: Any,
        credentials: Any,
        read: Callable[[bytes], Any] | None,
        timeout: float | None,
        options: Any,
    ) -> None:
        super().__init__()
        self._grpc = needed("grpc")
        if not isinstance(target, str) or not target:
            raise UsageError("target must be host:port, as gRPC has it.")
        if not isinstance(method, str) or method.strip("/").count("/") != 1:
            raise UsageError("method must be package.Service/Method, as in the .proto.")
        self._target, self._method = target, "/" + method.strip("/")
        headers = httpx.Headers(called(self.redactor, dict(metadata) if isinstance(metadata, Mapping) else metadata))
        fill_in(self.redactor, headers)
        for name, value in headers.items():
            self.redactor.learn(name, value)
        self._metadata = tuple((name.lower(), value) for name, value in headers.multi_items())
        try:
            message = written(b"" if send is None else filled_json(self.redactor, send))
        except (TypeError, ValueError) as error:
            raise UsageError(f"What is to be sent is no JSON: {error}.", hint="send: bytes, text, or what JSON can carry.") from None
        self.redactor.learn_json(send)
        self._message = message.encode() if isinstance(message, str) else message
        self._credentials = self._trust(credentials)
        self._read, self._timeout = read, timeout
        self._options = (("grpc.max_receive_message_length", -1), *(options or ()))
        self._call: Any = None
        self._count = 0
        self.status = ""
        """The name of gRPC's status, "OK" or another; "" while there is none."""
        self.label = self.redactor.text(target)

    def _trust(self, credentials: Any) -> Any:
        """The channel's credentials: those given, none for this machine, else TLS with the roots that gRPC brings."""
        if credentials is not None or _is_local(self._target):
            return credentials
        return self._grpc.ssl_channel_credentials()

    def read_blocking(self, recording: Recording) -> None:
        mask = self.redactor.text
        recording.request = {
            "method": "gRPC",
            "url": mask(self._target + self._method),
            "headers": [[name, "…" if self.redactor.is_secret(name) else mask(value)] for name, value in self._metadata],
            "body": mask(self._message[:BODY_LIMIT].decode("utf-8", "replace")) or None,
        }
        recording.begin()
        recording.mark("request", method="gRPC", url=recording.request["url"])
        secure, grpc = self._credentials, self._grpc
        with (
            grpc.insecure_channel(self._target, self._options)
            if secure is None
            else grpc.secure_channel(self._target, secure, self._options) as channel
        ):
            self._call = call = channel.unary_stream(self._method)(self._message, timeout=self._timeout, metadata=self._metadata)
            try:
                if recording.closed:  # stopped before there was a call to cancel
                    raise SealedError
                head = call.initial_metadata()
                recording.response = {
                    "status": 200,
                    "reason": "",
                    "http_version": "HTTP/2",
                    "headers": [[name, "…" if self.redactor.is_secret(name) else mask(str(value))] for name, value in head],
                    "request_id": None,
                    "url": recording.request["url"],
                }
                recording.mark("open", status=200)
                for message in call:
                    self._put(message, recording)
                    if recording.paused:
                        recording.flow_blocking()
            except grpc.RpcError:
                if recording.closed:
                    raise SealedError from None
                raise self._ended(call, recording) from None
        self.status = "OK"

    def _put(self, message: bytes, recording: Recording) -> None:
        put(recording, message if self._read is None else written(self._read(message)))
        self._count += 1

    def _ended(self, call: Any, recording: Recording) -> Exception:
        """What it ended with, in words."""
        self.status = call.code().name
        said = self.redactor.text(call.details() or "")
        words = f"gRPC status {self.status}{f': {said}' if said else ''}"
        if not self._count and self.status == "UNAVAILABLE":
            older = _HTTP1.search(said)
            how = (
                f"does not speak HTTP/2: it answered {older[1]} in HTTP/1.1"
                if older
                else "refused the connection"
                if "refused" in said
                else f"could not be reached: {words}"
            )
            return ConnectError(f"{self.label} {how}.", hint="Is the server running, and do it and all proxies on the way speak HTTP/2?")
        if self._count and self.status in LOST:
            return Broken(words)
        hint = HINTS.get(self.status, "The server's log may say more.")
        if self._count:
            return ProviderError(f"The call failed after {self._count} messages: {words}.", hint=hint, code=self.status)
        return ResponseError(f"The server answered with {words}.", hint=hint)

    def release(self) -> None:
        if self._call is not None:
            self._call.cancel()


def _is_local(target: str) -> bool:
    """Whether a target of gRPC's is on this machine."""
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    host = target.rpartition("/")[2].rpartition(":")[0].strip("[]") or target
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
