"""Between a client and its server: the first time everything is passed on and recorded, afterwards it comes from the files.

What a client sends goes to the real address with its credentials, which are masked in the file.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .demo.app import Lines
from .demo.line import Line
from .demo.listener import Listener
from .demo.log import ConnectionLog
from .demo.recorded import played
from .demo.server import DemoServer, bind
from .demo.streaming import Streaming
from .errors import RecordingError, Redactor, UsageError
from .files.load import load
from .recording import Recording
from .replay.network import profile_of
from .replay.player import checked_speed
from .sources.base import request_id
from .sources.secrets import describe_request, describe_response, learn_request

ENDING = ".ssejsonl"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_BETWEEN_TWO = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "keep-alive", "proxy-connection"}
"""Headers of one connection, which are not passed on to the next."""


_NOT_PASSED = {*_BETWEEN_TWO, "content-encoding", "date", "server"}


class Tape:
    """What the fixture ``stream_recording`` gives. folder: of the files. anew: record even what is there. never: never record."""

    def __init__(self, folder: Path, *, anew: bool = False, never: bool = False) -> None:
        self.folder = folder
        self.anew, self.never = anew, never
        self.recordings: list[Recording] = []
        """Those that were recorded or served, in order of the requests."""

    @property
    def last(self) -> Recording:
        """The newest one. Raises UsageError if nothing was asked for yet."""
        if not self.recordings:
            raise UsageError("Nothing was asked for yet, so nothing is recorded.")
        return self.recordings[-1]

    def __call__(self, name: str, url: str, *, speed: float = 1.0, network: Any = None) -> AbstractContextManager[str]:
        """The address to use in place of ``url`` while the context lasts.

        name: of the file, ``<name>.ssejsonl``; of a second request ``<name>-2.ssejsonl``, and so on. url: the real address, with a path
        or without. speed, network: how a file is served, as in `sse_widget.replay`.

        Raises RecordingError where a file is missing and none may be recorded, or where a request is not the recorded one.
        """
        if not name or Path(name).name != name:
            raise UsageError(f"{name!r} cannot be the name of a file.")
        serving = Serving(self, name, url, checked_speed(speed), profile_of(network))
        return serving.running()

    def file(self, name: str, number: int) -> Path:
        """The file of a request, counted from 1."""
        return self.folder / f"{name}{'' if number == 1 else f'-{number}'}{ENDING}"


class Serving:
    """One context: a server on this machine that plays files, or records them."""

    def __init__(self, tape: Tape, name: str, url: str, speed: float, network: Any) -> None:
        self._tape, self._name, self._url = tape, name, url.rstrip("/")
        self._speed, self._network = speed, network
        self._count = 0
        self._lock = threading.Lock()
        self._problem = ""
        self._known = tape.file(name, 1).exists() and not tape.anew

    @contextmanager
    def running(self) -> Iterator[str]:
        if not self._known and self._tape.never:
            raise RecordingError(f"{self._tape.file(self._name, 1)} is missing.", hint="Run the test without --no-record-streams.")
        log, bound = ConnectionLog(), bind("127.0.0.1", 0)
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=METHODS)])
        with DemoServer(Listener(bound, Lines(app, log)), "127.0.0.1", bound.getsockname()[1], log) as server:
            yield server.url + urlsplit(self._url).path
        if self._problem:
            raise RecordingError(self._problem, hint="Record it anew with --record-streams if the change is meant.")

    async def _answer(self, request: Request) -> Response:
        with self._lock:
            self._count += 1
            number = self._count
        path = self._tape.file(self._name, number)
        if not self._known:
            return await self._record(request, path)
        if not path.exists():
            return self._refuse(f"The test makes {number} requests, but {path.name} is not there.")
        recording = load(path)
        recorded = recording.request or {}
        asked = f"{request.method} {request.url.path}"
        known = f"{recorded.get('method')} {urlsplit(str(recorded.get('url', ''))).path}"
        if asked != known:
            return self._refuse(f"The test asks for {asked}, but {path.name} is a recording of {known}.")
        await request.body()
        self._tape.recordings.append(recording)
        return played(request, recording, self._network, self._speed)

    def _refuse(self, problem: str) -> Response:
        self._problem = self._problem or problem
        return JSONResponse({"error": {"message": problem, "type": "recording"}}, 410)

    async def _record(self, request: Request, path: Path) -> Response:
        """Pass the request on and everything that comes back, and keep it."""
        body = await request.body()
        real = urlsplit(self._url)
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [(name, value) for name, value in request.headers.items() if name not in _BETWEEN_TWO]
        client = httpx.AsyncClient(timeout=httpx.Timeout(15, read=None))
        sent = client.build_request(
            request.method,
            f"{real.scheme}://{real.netloc}{request.url.path}{query}",
            headers=[*headers, ("accept-encoding", "identity")],
            content=body,
        )
        redactor = Redactor()
        learn_request(redactor, sent)
        recording = Recording(name=path.name.removesuffix(ENDING))
        recording.redactor = redactor
        recording.request = describe_request(redactor, sent)
        recording.begin()
        try:
            response = await client.send(sent, stream=True)
        except httpx.TransportError as error:
            await client.aclose()
            return self._refuse(f"{real.netloc} cannot be reached: {redactor.text(str(error)) or type(error).__name__}.")
        recording.content_type = response.headers.get("content-type")
        recording.response = describe_response(redactor, response, request_id(response.headers.items()))
        recording.mark("open", status=response.status_code)
        self._tape.recordings.append(recording)

        async def send(line: Line) -> None:
            try:
                async for chunk in _chunks(response, recording):
                    await line.write(chunk)
                await line.finish()
            finally:
                recording.seal("stop", by="the client")  # unless it has ended by itself
                await response.aclose()
                await client.aclose()
                self._tape.folder.mkdir(parents=True, exist_ok=True)
                recording.save(path)

        passed = {
            name: value for name, value in response.headers.items() if name not in {*_BETWEEN_TWO, "content-encoding", "date", "server"}
        }
        return Streaming(request, send, passed, status=response.status_code)


async def _chunks(response: httpx.Response, recording: Recording) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            recording.chunk(chunk)
            yield chunk
        recording.seal("close")
    except (httpx.TransportError, httpx.DecodingError) as error:
        recording.seal("error", broken=str(error) or type(error).__name__)
        raise
    finally:
        with contextlib.suppress(httpx.TransportError):
            await response.aclose()
