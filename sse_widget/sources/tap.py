"""A way in that asks nobody: what another run's stream holds for this one, with the times it had there."""

from __future__ import annotations

from typing import Any, Protocol

from ..recording import Recording
from .base import BaseSource, Where


class Tapped(Protocol):
    """The run whose stream is tapped."""

    id: str
    source: BaseSource

    def stop(self, *, by: str = ..., wait: bool = ...) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class TapSource(BaseSource):
    """Whoever sorts the stream appends to the recording; there is nothing to read.

    There is one connection, so to stop or to hold this is to stop or to hold all that comes over it.
    """

    where: Where = "tap"

    def __init__(self, run: Tapped, label: str) -> None:
        super().__init__()
        self._run = run
        self.label = label
        self.redactor = run.source.redactor
        self.player = run.source.player
        self.request: Any = run.source.request

    def hold(self, recording: Recording, paused: bool) -> None:
        (self._run.pause if paused else self._run.resume)()

    def release(self) -> None:
        self._run.stop(by="a lane of it", wait=False)
