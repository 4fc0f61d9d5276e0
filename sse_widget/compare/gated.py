"""An HTTP source that gets ready, and then waits to begin with the others of its batch."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from ..recording import Recording
from ..sources.http import DEFAULT_TIMEOUT, HttpSource
from ..sources.warming import warm

if TYPE_CHECKING:
    from .lines import Line


class GatedSource(HttpSource):
    """Opens its connection, says so by ``ready``, and sends its request when ``gate`` is done: that is time 0.

    A connection that cannot be opened is no error here: the request will have the same trouble, and says it better.
    """

    def __init__(self, url: Any, *, ready: Callable[[], None], gate: Future[None], **request: Any) -> None:
        super().__init__(url, **request)
        self._told = ready
        self._gate = gate
        self._made: httpx.AsyncClient | None = None
        self.warmed = False
        """Whether the connection was open before the clock began."""

    async def read(self, recording: Recording) -> None:
        line: Line | None = None
        try:
            if self._client is None:
                await warm()
                from .lines import Line, client_over, reachable_directly  # it loads httpcore, which nobody needs before

                line = Line(self._url)
                if reachable_directly(self._url):
                    with contextlib.suppress(Exception):
                        await line.open((self._timeout or DEFAULT_TIMEOUT).connect)
                self.warmed = line.is_open
                self._made = client_over(line, self._timeout or DEFAULT_TIMEOUT)
            recording.queued = "Waits to begin with the others of its batch."
            self._told()
            await asyncio.wrap_future(self._gate)
            recording.queued = ""
            await super().read(recording)
        finally:
            if line is not None:
                await line.close()
            if self._made is not None:
                await self._made.aclose()

    @asynccontextmanager
    async def _open_client(self) -> AsyncIterator[httpx.AsyncClient]:
        if self._made is not None:
            yield self._made
            return
        async with contextlib.AsyncExitStack() as stack:
            yield await stack.enter_async_context(super()._open_client())
