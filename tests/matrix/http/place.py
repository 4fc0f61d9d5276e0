"""What the cases have: a server of ours behind nginx, two forward proxies, and small ways to say what must be so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import brotli  # type: ignore[import-untyped]
import httpx

import sse_widget as sw
from sse_widget.run import Run

from ...support import PATIENCE, Connection, Held, RawServer
from .certificates import Authority
from .servers import Nginx, Tinyproxy

Case = Callable[["Place"], Coroutine[Any, Any, str]]
CASES: dict[str, Case] = {}
"""What is tried, by its name, in order. A case raises AssertionError, or returns what there is to say besides that it works."""
PROXY_SECRET = "opensesame-of-the-proxy"
Error = TypeVar("Error", bound=sw.SSEWidgetError)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def case(name: str) -> Callable[[Case], Case]:
    """Make a function one of the cases."""

    def add(function: Case) -> Case:
        CASES[name] = function
        return function

    return add


@dataclass
class Place:
    """raw: the server behind all others. nginx: before it. proxy, closed: forward proxies, the second wants a password. authority: path of
    the certificate authority that nothing on this machine knows."""

    raw: RawServer
    nginx: Nginx
    proxy: Tinyproxy
    closed: Tinyproxy
    authority: Path

    @contextlib.contextmanager
    def held(self, *, old: bool = False, coding: str = "", **headers: str) -> Iterator[Held]:
        """A stream of the server behind, in the hand of the case; its path is /v1/chat/completions.

        old: it is answered as HTTP/1.0 has it, without chunks, to the end of the connection. coding: "gzip" or "br", of an old one.
        headers: of the answer, with _ for -.
        """
        self.raw.requests.clear()
        stream = Held(self.raw)
        if old:
            play = self.raw.handler
            self.raw.serve(lambda connection: play(_Old(connection, coding, headers)))
        try:
            yield stream
        finally:
            stream.close()

    @property
    def trusting(self) -> ssl.SSLContext:
        """Of a client that knows the authority."""
        return ssl.create_default_context(cafile=str(self.authority))

    @property
    def asked(self) -> list[str]:
        """First lines of the requests that got to the server behind."""
        return [connection.head.partition("\r\n")[0] for connection in self.raw.requests]


class _Old(Connection):
    """A connection that is answered as HTTP/1.0 has it, which is what nginx asks for if nobody tells it otherwise."""

    def __init__(self, connection: Connection, coding: str, answer: dict[str, str]) -> None:
        super().__init__(connection.socket, connection.head, connection.body)
        self._answer = {**answer, "Content-Encoding": coding} if coding else answer
        self._packer = {"gzip": _gzip, "br": _brotli, "": _plain}[coding]()

    def start(self, status: str = "200 OK", content_type: str | None = "text/event-stream", **headers: str) -> None:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**self._answer, **headers}.items()]
        self.socket.sendall("\r\n".join([f"HTTP/1.0 {status}", f"Content-Type: {content_type}", *lines, "", ""]).encode())

    def chunk(self, data: bytes) -> None:
        self.socket.sendall(self._packer(data))

    def end(self) -> None:
        return


def _plain() -> Callable[[bytes], bytes]:
    return lambda data: data


def _gzip() -> Callable[[bytes], bytes]:
    packer = zlib.compressobj(wbits=31)
    return lambda data: packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def _brotli() -> Callable[[bytes], bytes]:
    packer = brotli.Compressor()
    return lambda data: bytes(packer.process(data) + packer.flush())


@contextlib.contextmanager
def placed() -> Iterator[Place]:
    """Start everything, and end it."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = Authority(folder)
        certificates = {
            "tls": authority.sign("tls"),
            "expired": authority.sign("expired", until=-1),
            "wrong": authority.sign("wrong", hosts=("other.example",), address=""),
        }
        raw = stack.enter_context(RawServer())
        nginx = stack.enter_context(Nginx(folder, f"127.0.0.1:{raw.port}", certificates).running())
        proxy = stack.enter_context(Tinyproxy(folder).running())
        closed = stack.enter_context(Tinyproxy(folder, auth=f"me:{PROXY_SECRET}").running())
        yield Place(raw, nginx, proxy, closed, authority.path)


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """These and no other proxies and certificates in the environment, as a person sets them in a cell of the notebook."""
    names = {*_PROXIES, *(name.lower() for name in _PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR", *variables}
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextlib.asynccontextmanager
async def client(**options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the user's own."""
    async with httpx.AsyncClient(**{"timeout": None, "trust_env": False, **options}) as made:
        yield made


def stream(url: Any, **options: Any) -> Run:
    """A stream that is given up when nothing comes for so long that nothing will."""
    return sw.stream(url, **{"show": False, "reconnect": None, "idle_timeout": PATIENCE, **options})


def chat(base: str, way: str, **options: Any) -> Run:
    """The stream of the server behind, by one way through nginx."""
    return stream(f"{base}/{way}/v1/chat/completions", **{"json": {"model": "held", "stream": True}, **options})


def silent(connection: Connection) -> None:
    """Answers nothing, until its client has enough."""
    connection.closed_by_client()


async def step_by_step(held: Held, run: Run, words: int = 4, *, texts: AsyncIterator[str] | None = None) -> None:
    """Each word is sent only when the one before it is here, so that none can have waited on the way. Then the stream ends.

    texts: an iterator over the run that has taken all that came.
    """
    texts = texts or aiter(run)
    for _ in range(words):
        held.words(1)
        await anext(texts)
        assert run.text == held.said, f"{run.text!r} has come, {held.said!r} was sent"
    held.end()
    await run
    whole(run, held)


def whole(run: Run, held: Held, status: str = "done") -> None:
    """It has come to its end, with all that was said."""
    assert run.status == status, f"it is {run.status}: {run.error}"
    assert run.text == held.said, f"{len(run.text)} characters of {len(held.said)} came"


def kinds(run: Run) -> list[str]:
    """Of its findings."""
    return [finding.kind for finding in run.findings]


def message(run: Run, kind: str) -> str:
    """Of its finding of this kind."""
    found = next((finding.message for finding in run.findings if finding.kind == kind), None)
    assert found is not None, f"there is no finding {kind!r}, only {kinds(run)}"
    return found


def marks(run: Run, name: str) -> list[dict[str, Any]]:
    """Of its recording, with this name."""
    recording = run.recording
    return [info for _, info in recording.marks(0, len(recording)) if info.get("mark") == name]


async def until(true: Callable[[], Any]) -> Any:
    """Wait for something of which nobody is told; what it came to be."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.01)
    return found


async def failure(run: Run, error: type[Error], *words: str, hint: str = "") -> Error:
    """The error that it fails with: of this type, with these words, and a hint that holds those."""
    with contextlib.suppress(sw.SSEWidgetError):
        await run
    raised = run.error
    assert isinstance(raised, error), f"it is {run.status}, with {type(raised).__name__}: {raised}"
    assert run.status == "failed", run.status
    for word in words:
        assert word in raised.message, f"{word!r} is not in {raised.message!r}"
    assert raised.hint, "there is no hint"
    assert hint in raised.hint, f"{hint!r} is not in the hint {raised.hint!r}"
    return raised
