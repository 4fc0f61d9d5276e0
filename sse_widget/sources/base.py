"""What a way in is: something that writes what arrives into a recording, until it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar, Literal, Protocol

from ..errors import Redactor
from ..reconnect import Reconnect
from ..recording import Recording
from ..replay.player import Player
from ..resume import Standing

Where = Literal["engine", "thread", "caller", "tap"]


class Source(Protocol):
    """One way in.

    label: what the page calls it. where: "engine" (a coroutine on the engine loop), "thread" (blocking code in a worker
    thread) or "caller" (a task on the loop that is running where the source was given, because what it reads is bound to it);
    "tap": nobody reads it, another run's reading feeds its recording.
    ``read`` or ``read_blocking`` returns when the source has ended, and raises an SSEWidgetError if it failed, or `Broken`.
    """

    label: str
    where: Where
    redactor: Redactor

    async def read(self, recording: Recording) -> None: ...
    def read_blocking(self, recording: Recording) -> None: ...
    def release(self) -> None:
        """Free a thread that is blocked in this source, if that is possible."""


class Broken(Exception):
    """The transport broke after the response had begun. What came is kept; whether it was enough is not the source's business."""


async def _nothing() -> Standing:
    return Standing()


class BaseSource:
    """Defaults for sources."""

    label = "iterator"
    where: Where = "engine"
    options: ClassVar[tuple[str, ...]] = ()

    reconnect: Reconnect = Reconnect.off
    """When the stream is asked for again; only of sources that ask."""

    def __init__(self) -> None:
        self.redactor = Redactor()
        self.items: list[Any] = []
        self.request: Any = None
        """The request that was sent by somebody else, or None."""
        self.look: Callable[[], Awaitable[Standing]] = _nothing
        """Tells how far what was read has come. A run puts its own here: a source knows nothing of what it reads."""

    key: str = ""
    """The rule by which its stream is split into lanes, if that is known before it is read."""

    begun: float | None = None
    """When what is read here was asked for, s (monotonic), if that was before it is read: then that is time 0."""

    player: Player | None = None
    """The clock of a replay, which is the recording's clock too; None for what happens now."""

    async def read(self, recording: Recording) -> None:
        raise NotImplementedError

    def read_blocking(self, recording: Recording) -> None:
        raise NotImplementedError

    def release(self) -> None:
        return

    def hold(self, recording: Recording, paused: bool) -> None:
        """Stop reading, or go on."""
        recording.pause(paused)

    def lose(self, words: str) -> bool:
        """Take the connection for lost, because of ``words``. False if none is open that could be opened again. From any thread."""
        return False


REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-generation-id", "apim-request-id", "x-goog-request-id", "x-amzn-requestid", "cf-ray")


def request_id(headers: Iterable[tuple[str, str]]) -> str | None:
    """The id under which the provider knows the request, from the response headers."""
    by_name = {k.lower(): v for k, v in headers}
    return next((by_name[name] for name in REQUEST_ID_HEADERS if name in by_name), None)
