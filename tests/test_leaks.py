"""A thousand runs leave nothing behind: no thread, no task, no connection, no object."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.engine import engine

from .support import PATIENCE, RawServer
from .test_engine import leave


def of_text() -> Iterator[str]:
    yield "a"
    yield "b"


async def of_async_text() -> AsyncIterator[str]:
    yield "a"
    await asyncio.sleep(0)
    yield "b"


async def endless() -> AsyncIterator[str]:
    yield "a"
    await asyncio.Event().wait()


def stopped(run: sw.Run) -> sw.Run:
    run.stop()
    return run


def begun(run: sw.Run) -> sw.Run:
    next(iter(run))
    return run


async def on_a_loop() -> sw.Run:
    run = sw.stream(of_async_text())
    async for _ in run:
        pass
    return await run


def with_callbacks() -> sw.Run:
    run = sw.stream(of_text())
    run.on("end", lambda ended: ended.text)
    run.observe(lambda change: None, "status")
    return run.wait(PATIENCE)


def failing() -> sw.Run:
    run = sw.stream(of_text(), extract="$.nothing")
    with pytest.raises(sw.SSEWidgetError):
        run.wait(PATIENCE)
    return run


EVENTS = b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n'
KINDS: dict[str, tuple[int, Callable[[str], sw.Run]]] = {
    "an iterator": (250, lambda url: sw.stream(of_text()).wait(PATIENCE)),
    "an async iterator": (150, lambda url: sw.stream(of_async_text()).wait(PATIENCE)),
    "an async iterator, stopped": (150, lambda url: stopped(begun(sw.stream(endless())))),
    "on a loop of the user's": (100, lambda url: asyncio.run(on_a_loop())),
    "callbacks": (50, lambda url: with_callbacks()),
    "one that fails": (50, lambda url: failing()),
    "HTTP": (100, lambda url: sw.stream(url).wait(PATIENCE)),
    "HTTP, stopped at once": (100, lambda url: stopped(sw.stream(url))),
    "HTTP, stopped after an event": (50, lambda url: stopped(begun(sw.stream(url + "/endless")))),
}


def test_these_are_a_thousand() -> None:
    assert sum(count for count, _ in KINDS.values()) == 1000


def left() -> tuple[int, int, int]:
    """Threads of ours, tasks on the engine's loop, and open sockets of this process."""

    async def count() -> int:
        return len(asyncio.all_tasks()) - 1

    ours = [thread for thread in threading.enumerate() if thread.name.startswith("sse-widget")]
    folder = Path("/proc/self/fd")
    sockets = [1 for one in folder.iterdir() if _is_socket(one)] if folder.is_dir() else []
    return len(ours), asyncio.run_coroutine_threadsafe(count(), engine.loop).result(PATIENCE), len(sockets)


def _is_socket(one: Path) -> bool:
    try:
        return os.readlink(one).startswith("socket:")
    except OSError:  # it was that of the listing itself
        return False


@pytest.mark.parametrize(("count", "start"), KINDS.values(), ids=KINDS)
def test_runs_leave_nothing_behind(raw: RawServer, count: int, start: Callable[[str], sw.Run]) -> None:
    def serve(connection: Any) -> None:
        connection.start()
        connection.chunk(EVENTS)
        if connection.head.split(" ")[1].endswith("/endless"):
            connection.closed_by_client()
        else:
            connection.end()

    url = raw.serve(serve)
    start(url)  # the engine, the writer and what httpx loads stay
    before = settled(lambda: left() if left() == left() else None)
    held: list[weakref.ref[Any]] = []
    for _ in range(count):
        run = start(url)
        held += [weakref.ref(part) for part in (run, run.recording, run.reading, run.session)]
        del run
    settled(lambda: not [one for one in held if one() is not None])
    settled(lambda: left() <= before)


def settled(done: Callable[[], Any]) -> Any:
    """Wait until ``done()``, which nothing tells of: objects die and sockets close when they do."""
    deadline = time.monotonic() + PATIENCE
    while not (value := done()):
        assert time.monotonic() < deadline, f"this is left: {left()}"
        gc.collect()
        threading.Event().wait(0.01)
    return value


DEBUG = """
import asyncio, gc, sys, threading
import sse_widget as sw
from tests.support import RawServer

async def source():
    for _ in range(20):
        await asyncio.sleep(0)
        yield "a"

async def main(url):
    run = sw.stream(source())
    run.on("delta", lambda delta: None)
    async for _ in run:
        pass
    again = sw.stream(source())
    waiting = asyncio.ensure_future(again._wait())
    async for _ in again:
        break
    waiting.cancel()
    try:
        await waiting
    except asyncio.CancelledError:
        pass
    await sw.stream(url)

with RawServer() as raw:
    url = raw.stream(b"data: a\\n\\n", b"data: b\\n\\n")
    asyncio.run(main(url), debug=True)
    run = sw.stream(url)
    run.wait()
    threads = [threading.Thread(target=run.stop) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
gc.collect()
print("over")
"""


def test_asyncios_debug_mode_has_nothing_to_say() -> None:
    """But for what is slow on a machine that is busy: those lines it also has for what is not ours."""
    result = leave(DEBUG)
    complaints = [line for line in result.stderr.splitlines() if not line.startswith("Executing <")]
    assert (result.returncode, result.stdout, complaints) == (0, "over\n", [])


FIRST = """
import threading
import httpx, sse_widget as sw
from tests.support import RawServer

made, make = [], httpx.create_ssl_context
httpx.create_ssl_context = lambda *a, **k: made.append(threading.current_thread().name) or make(*a, **k)
with RawServer() as raw:
    url = raw.stream(b"data: a\\n\\n")
    runs = [sw.stream(url) for _ in range(5)]
    print({run.wait().text for run in runs}, set(made))
"""


def test_what_a_first_request_needs_is_not_loaded_on_the_loop_of_all_streams() -> None:
    result = leave(FIRST)
    assert (result.returncode, result.stdout) == (0, "{'a'} {'sse-widget-warming'}\n"), result.stderr


def test_any_thread_may_stop_wait_and_read(raw: RawServer) -> None:
    def serve(connection: Any) -> None:
        connection.start()
        with_content = [connection.chunk(EVENTS) for _ in range(50)]
        assert len(with_content) == 50
        connection.closed_by_client()

    url = raw.serve(serve)
    for _ in range(10):
        run = sw.stream(url)
        texts: list[str] = []

        def use(run: sw.Run = run, texts: list[str] = texts) -> None:
            run.on("delta", lambda delta: None)
            texts.append(run.text)
            run.pause()
            run.resume()
            repr(run), run.metrics, run.findings, run.events[:1]
            run.stop()
            texts.append(run.wait(PATIENCE).text)

        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)
        assert run.status == "stopped"
        assert len(texts) == 12
        assert set(texts[1:]) <= {"a" * n for n in range(51)}
