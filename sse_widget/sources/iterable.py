"""A stream from an iterator: a sync one in a worker thread, an async one on the loop it belongs to."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from functools import partial
from typing import Any

from ..errors import SourceError, SSEWidgetError
from ..items import item_of
from ..recording import Recording, SealedError
from .base import BaseSource, Where
from .hanging_up import hang_up, hang_up_on
from .leaving import leave
from .response import is_response
from .secrets import learn_request

logger = logging.getLogger("sse_widget")


class IterableSource(BaseSource):
    """Items of str (text), bytes (chunks of a stream), dict or list (JSON), server-sent events, or SDK chunks.

    An SDK's stream holds the ``response`` that it reads. Closing an iterator over it leaves the connection open, and the provider
    generating, so that response is closed as well; boto3's ``EventStream`` is closed itself, for the same reason.
    """

    def __init__(self, iterable: Iterable[Any] | AsyncIterable[Any], *, framing: str = "auto") -> None:
        super().__init__()
        self._iterable = iterable
        self._framed = framing != "auto"
        self.is_async = isinstance(iterable, AsyncIterable)
        self.where: Where = "thread"
        if self.is_async:
            try:
                asyncio.get_running_loop()
                self.where = "caller"  # what it awaits may be bound to this loop, and would fail on another
            except RuntimeError:
                self.where = "engine"
        name = getattr(iterable, "__name__", None) or type(iterable).__name__
        self.label = f"{'async ' if self.is_async else ''}{name}"
        response = getattr(iterable, "response", None)
        self._response = response if is_response(response) else None
        self._reader: threading.Thread | None = None
        self._close_stream = getattr(iterable, "close", None) if type(iterable).__name__ == "EventStream" else None
        if self._response is not None:
            self.request = getattr(response, "request", None)
            learn_request(self.redactor, self.request)

    def _put(self, value: Any, recording: Recording) -> None:
        if isinstance(value, (bytes, bytearray, memoryview)):
            self.items.append(value)
            return recording.chunk(bytes(value))
        if self._framed and isinstance(value, str):  # text that the user says is a framed stream
            self.items.append(value)
            return recording.chunk(value.encode("utf-8", "replace"))
        try:
            item = item_of(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise SourceError(
                f"The iterator gave a {type(value).__name__} that cannot be written as JSON: {self.redactor.text(str(error))}.",
                hint="Convert it first: sw.stream(convert(x) for x in source).",
            ) from None
        if item is None:
            raise SourceError(
                f"The iterator gave a {type(value).__name__}, which is none of str, bytes, dict, list, server-sent event or SDK chunk.",
                hint="Convert it first: sw.stream(convert(x) for x in source).",
            )
        recording.item(*item)
        self.items.append(value)

    def read_blocking(self, recording: Recording) -> None:
        assert isinstance(self._iterable, Iterable)
        self._reader = threading.current_thread()
        recording.begin()
        if self.begun is not None:
            recording.place(self.begun)
        recording.mark("open")
        iterator = None
        try:
            iterator = iter(self._iterable)
            for value in iterator:
                self._put(value, recording)
                if recording.paused:
                    recording.flow_blocking()
        except (SealedError, SSEWidgetError):
            raise
        except Exception as error:
            raise self._raised(error) from self.redactor.cause(error)
        finally:
            # A generator that was stopped runs its `finally` now, not when it is collected.
            for close in (getattr(iterator, "close", None), getattr(self._response, "close", None), self._close_stream):
                try:
                    if close is not None:
                        close()
                except Exception:  # everything had arrived, or nobody wanted the rest
                    logger.warning("sse_widget: closing %s raised", self.label, exc_info=True)

    async def read(self, recording: Recording) -> None:
        assert isinstance(self._iterable, AsyncIterable)
        recording.begin()
        if self.begun is not None:
            recording.place(self.begun)
        recording.mark("open")
        iterator = None
        try:
            iterator = self._iterable.__aiter__()
            async for value in iterator:
                self._put(value, recording)
                if recording.paused:
                    await recording.flow()
        except SealedError:
            await _cancel_next(iterator)
            raise
        except SSEWidgetError:
            raise
        except Exception as error:
            raise self._raised(error) from self.redactor.cause(error)
        finally:
            leaves = partial(leave, self._response) if hasattr(self._response, "aclose") else None
            for close in (getattr(iterator, "aclose", None), leaves):
                try:
                    if close is not None:
                        await close()
                except Exception:
                    logger.warning("sse_widget: closing %s raised", self.label, exc_info=True)

    def release(self) -> None:
        if self.where != "thread":
            return
        if self._response is not None:
            hang_up(self._response)
        reader = self._reader
        if reader is not None and reader.is_alive():
            hang_up_on(reader)

    def _raised(self, error: Exception) -> SourceError:
        return SourceError(
            f"The iterator raised {type(error).__name__}: {self.redactor.text(str(error))}",
            hint="What it gave before is kept; its traceback is the cause of this error.",
        )


async def _cancel_next(iterator: AsyncIterator[Any] | None) -> None:
    """Cancel an iterator where it waits for its next item.

    Closing an async generator does not close the generators that it reads from: they stay, and with them the connection, until they are
    collected. A cancellation goes through all of them.
    """
    if iterator is None:
        return
    step = asyncio.ensure_future(iterator.__anext__())
    try:
        await asyncio.sleep(0)  # cancelled before its first step, it would not get there
    finally:
        step.cancel()
        await asyncio.wait([step])
        if not step.cancelled():
            step.exception()  # whatever it says, nobody asked for another item
