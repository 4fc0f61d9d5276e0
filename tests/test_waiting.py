"""`waiting.py`: who waits is let go exactly when it is over, and never waits for what cannot come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer


async def endless() -> AsyncIterator[str]:
    yield "a"
    await asyncio.Event().wait()


async def first_piece(run: sw.Run) -> sw.Run:
    async for _ in run:
        break
    return run


def test_breaking_off_an_iteration_does_not_stop_the_run(server: DemoServer) -> None:
    """A loop that ends cancels the iterators left on it; that is no interrupt."""

    async def main() -> sw.Run:
        body = {"model": "count", "tokens": 30, "rate": 300, "stream": True}
        return await first_piece(sw.stream(f"{server.url}/v1/chat/completions", json=body))

    run = asyncio.run(main())
    assert (run.wait().status, run.stopped_by) == ("done", "")
    assert asyncio.run(main()).wait().text.split()[-1] == "w0030"


def test_the_end_of_its_loop_stops_a_run_that_is_bound_to_it() -> None:
    async def main() -> sw.Run:
        return await first_piece(sw.stream(endless()))

    run = asyncio.run(main())
    assert (run.wait(60).status, run.text, run.stopped_by) == ("stopped", "a", "cancelled")


def test_a_task_that_is_cancelled_before_its_first_step_ends_its_run() -> None:
    async def main() -> sw.Run:
        run = sw.stream(endless())
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        return run

    assert asyncio.run(main()).wait(60).status == "stopped"


def test_a_loop_that_closed_without_a_word_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    task: asyncio.Task[sw.Run] = loop.create_task(first_piece(sw_run(loop)))
    run = loop.run_until_complete(task)
    assert run._task is not None
    coroutine = run._task.get_coro()
    loop.close()
    assert (run.wait(60).status, run.stopped_by) == ("stopped", "the end of its event loop")
    assert coroutine is not None
    coroutine.close()  # what such a loop leaves behind is its owner's; asyncio complains of it in the log


def sw_run(loop: asyncio.AbstractEventLoop) -> sw.Run:
    async def start() -> sw.Run:
        return sw.stream(endless())

    return loop.run_until_complete(start())


def test_waiting_in_the_thread_that_folds_is_refused() -> None:
    other = sw.stream(["x"]).wait()
    assert sw.stream(["a"], parse=lambda data: other.wait().text).wait(60).text == "x"  # that one is over
    with pytest.raises(sw.RuleError, match=r"wait\(\) would block a thread that all runs share"):
        sw.stream(["a"], parse=lambda data: sw.stream(endless()).wait().text).wait(60)


def test_the_last_callback_has_been_called_when_wait_returns() -> None:
    for _ in range(200):
        told: list[sw.Run] = []
        run = sw.stream(["a"])
        run.on("end", told.append)
        run.wait()
        assert told == [run]


def test_events_are_told_once_each_however_many_listen() -> None:
    more, first = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        yield from "abc"
        first.set()
        more.wait(60)
        yield from "def"

    run = sw.stream(source())
    one: list[str] = []
    two: list[str] = []
    run.on("event", lambda event: one.append(event.data))
    first.wait(60)
    run.on("event", lambda event: two.append(event.data))
    more.set()
    run.wait()
    assert one == list("abcdef")[6 - len(one) :]
    assert two == list("abcdef")[6 - len(two) :]
    assert {"d", "e", "f"} <= set(two) <= set(one)


def test_many_wait_at_once() -> None:
    go = threading.Event()

    def source() -> Iterator[str]:
        go.wait(60)
        yield from "abc"

    run = sw.stream(source())
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(run.wait(60).text)) for _ in range(4)]
    threads += [threading.Thread(target=lambda: results.append("".join(run))) for _ in range(4)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(60)
    assert results == ["abc"] * 8
