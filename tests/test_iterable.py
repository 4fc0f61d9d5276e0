"""`sources/iterable.py` and `sources/response.py`: iterators and responses of others, and how they are let go."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import openai
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer


class Closing:
    """An iterator of one item, sync and async, whose close raises."""

    def __init__(self) -> None:
        self._left = ["a"]

    def _next(self, end: type[Exception]) -> str:
        if not self._left:
            raise end
        return self._left.pop()


class SyncClosing(Closing):
    def __iter__(self) -> SyncClosing:
        return self

    def __next__(self) -> str:
        return self._next(StopIteration)

    def close(self) -> None:
        raise OSError("cannot close")


class AsyncClosing(Closing):
    def __aiter__(self) -> AsyncClosing:
        return self

    async def __anext__(self) -> str:
        return self._next(StopAsyncIteration)

    async def aclose(self) -> None:
        raise OSError("cannot close")


@pytest.mark.parametrize("source", [SyncClosing, AsyncClosing])
def test_a_close_that_raises_takes_nothing_away(source: Any, caplog: pytest.LogCaptureFixture) -> None:
    run = sw.stream(source()).wait(60)
    assert (run.status, run.text) == ("done", "a")
    assert "cannot close" in caplog.text


def circular() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["itself"] = found
    return found


@pytest.mark.parametrize("item", [{"what": object()}, {(1, 2): 3}, circular()])
def test_an_item_that_is_no_json_is_named_as_that(item: Any) -> None:
    with pytest.raises(sw.SourceError, match="gave a dict that cannot be written as JSON"):
        sw.stream([item]).wait(60)


def test_a_source_that_ignores_being_cancelled_is_left_alone() -> None:
    async def deaf() -> AsyncIterator[str]:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.001)
            yield "a"

    run = sw.stream(deaf())
    next(iter(run))
    run.stop()
    text = run.text
    assert (run.status, run.wait().text) == ("stopped", text)


def test_nothing_is_fetched_after_a_stop_while_paused() -> None:
    given: list[int] = []
    left = threading.Event()

    def source() -> Iterator[str]:
        try:
            for i in range(1000):
                given.append(i)
                yield "a"
        finally:
            left.set()

    run = sw.stream(source())
    run.pause()
    taken = len(given)
    run.stop()
    assert taken == 0 or left.wait(60)
    assert len(given) <= taken + 1


def test_stop_hangs_up_on_a_silent_response(server: DemoServer) -> None:
    url = server.url + "/v1/chat/completions?stop=sync"
    with httpx.Client(timeout=None) as client, client.stream("POST", url, json={"model": "silence", "stream": True}) as response:
        run = sw.stream(response)
        run.stop()
        server.wait_for(lambda r: r.query == "stop=sync" and r.how == "disconnected", 10)
    assert run.status == "stopped"


@pytest.mark.parametrize("paused", [False, True])
def test_stop_ends_the_request_of_an_sdk(server: DemoServer, paused: bool) -> None:
    endless: dict[str, Any] = {"model": "count", "messages": [], "stream": True, "extra_body": {"tokens": 100_000, "rate": 100}}
    with openai.OpenAI(base_url=server.url + "/v1", api_key="none") as client:
        run = sw.stream(client.chat.completions.create(**endless))
        number = server.log[-1].number
        next(iter(run))
        if paused:
            run.pause()
        run.stop()
        server.wait_for(lambda r: r.number == number and r.how == "disconnected", 10)

    async def main() -> None:
        async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key="none") as client:
            run = sw.stream(await client.chat.completions.create(**endless))
            number = server.log[-1].number
            async for _ in run:
                break
            if paused:
                run.pause()
                await asyncio.sleep(0)
            run.stop()
            await asyncio.to_thread(server.wait_for, lambda r: r.number == number and r.how == "disconnected", 10)

    asyncio.run(main())


class EventStream:
    """The shape of boto3's: an iterable of parsed events that holds the connection."""

    def __init__(self, *events: Any) -> None:
        self._events = events
        self.closed = False

    def __iter__(self) -> Iterator[Any]:
        yield from self._events

    def close(self) -> None:
        self.closed = True


def wrapped(text: str) -> dict[str, Any]:
    vendor = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    return {"chunk": {"bytes": json.dumps(vendor).encode()}}


CONVERSE = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}},
    {"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 0}},
    {"contentBlockDelta": {"delta": {"reasoningContent": {"redactedContent": b"\x00\xff"}}, "contentBlockIndex": 1}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2}, "metrics": {"latencyMs": 3}}},
]
STOP = {"chunk": {"bytes": b'{"type": "message_stop"}'}}
WHEN = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
THOUGHT = {"trace": {"eventTime": WHEN, "trace": {"orchestrationTrace": {"rationale": {"text": "Hm."}}}}}


@pytest.mark.parametrize(
    ("events", "dialect", "reasoning"),
    [
        (CONVERSE, "bedrock_converse", ""),
        ([wrapped("Hel"), wrapped("lo"), STOP], "bedrock_invoke", ""),
        ([THOUGHT, {"chunk": {"bytes": b"Hello"}}], "bedrock_invoke", "Hm."),
    ],
)
def test_the_streams_of_boto3(events: list[Any], dialect: str, reasoning: str) -> None:
    source = EventStream(*events)
    run = sw.stream(source).wait(60)
    assert run.reading.dialect is not None
    assert (run.status, run.text, run.reasoning, run.reading.dialect.name) == ("done", "Hello", reasoning, dialect)
    assert source.closed
    assert run.items == events


def test_a_stopped_stream_of_boto3_is_closed() -> None:
    source = EventStream(*CONVERSE[:2])
    closed = threading.Event()
    source.close = closed.set  # type: ignore[method-assign]
    run = sw.stream(source)
    run.stop()
    assert closed.wait(10)


async def _coroutine() -> None: ...


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_coroutine, "A coroutine is no stream yet. Await it"),
        (type("ClientResponse", (), {"__aenter__": None, "content": None}), r"Its body can: sw.stream\(response.content\)"),
        (lambda: {"a": 1}, "A dict is one item"),
        (lambda: {"ResponseMetadata": {}, "stream": EventStream()}, r"This one holds a stream: sw.stream\(response\['stream'\]\)"),
        (lambda: {"stream": True, "body": {"a": 1}}, "A list of them is"),
    ],
)
def test_what_is_nearly_a_stream_is_refused_with_a_hint(make: Any, message: str) -> None:
    with pytest.raises(sw.UsageError, match=message):
        sw.stream(make())


def test_stop_reaches_what_a_generator_reads_from() -> None:
    """An SDK keeps the generator that holds the connection; closing the one around it does not close that."""

    class Client:
        closed = False

        def __init__(self) -> None:
            self.go = asyncio.Event()
            self.kept = self.read()

        async def read(self) -> AsyncIterator[str]:
            try:
                yield "a"
                await self.go.wait()
                yield "b"
                await asyncio.Event().wait()
            finally:
                self.closed = True

        async def stream(self) -> AsyncIterator[str]:
            async for text in self.kept:
                yield text

    async def main() -> bool:
        client = Client()
        run = sw.stream(client.stream())
        async for _ in run:
            break
        client.go.set()  # so that the next item is on its way when it is stopped
        run.stop()
        while run._task is not None and not run._task.done():
            await asyncio.sleep(0)
        return client.closed

    assert asyncio.run(main())
