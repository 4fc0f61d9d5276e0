"""`bounds.py` and `turns.py`: how much a stream may take, and who waits for whom. Each bound is met by a real stream."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.bounds import DEFAULT
from sse_widget.turns import Turns, turns

from .support import PATIENCE, Connection, RawServer

HELLO = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as it:
        yield it


def test_the_defaults_are_above_what_a_model_sends() -> None:
    assert (DEFAULT.event_bytes, DEFAULT.memory_bytes, DEFAULT.total_bytes, DEFAULT.streams_per_host) == (2**26, 2**26, None, 256)


@pytest.mark.parametrize("given", [10, {"event_bytes": 10}, "64 MiB"])
def test_bounds_are_a_bounds(given: object) -> None:
    with pytest.raises(sw.UsageError, match=r"bounds must be sw\.Bounds\(…\)"):
        sw.stream(iter(()), bounds=given, show=False)  # type: ignore[arg-type]


# --- bytes of an event ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("line", [b"data: " + b"x" * 5000 + b"\n", b"x" * 5000, b": comment" * 500])
def test_an_event_that_never_ends_ends_the_stream(server: RawServer, line: bytes) -> None:
    left = threading.Event()

    def for_ever(connection: Connection) -> None:
        connection.start()
        connection.chunk(HELLO)
        try:
            while True:
                connection.chunk(line)
        finally:
            left.set()

    run = sw.stream(server.serve(for_ever), bounds=sw.Bounds(event_bytes=50_000), show=False)
    with pytest.raises(sw.BoundError, match=r"50,000 bytes \(event_bytes\)") as caught:
        run.wait(PATIENCE)
    assert caught.value.bound == "event_bytes"
    assert "sw.Bounds(event_bytes=…)" in caught.value.hint
    assert (run.status, run.text) == ("failed", "Hello")
    assert left.wait(PATIENCE), "the connection is still open"
    assert run.error is not None
    assert run.error.to_dict()["bound"] == "event_bytes"


FRAMINGS = {
    "sse": (b"data: %s\n\n", b"data: %s\n"),
    "ndjson": (b'{"a":"%s"}\n', b'{"a":"%s"}'),
    "json_array": (b'[{"a":"%s"}\n,', b'{"a":"%s'),
    "coded_lines": (b'0:"%s"\n', b'0:"%s'),
}


@given(st.sampled_from(sorted(FRAMINGS)), st.integers(1, 400), st.integers(90, 110))
def test_what_is_too_large_does_not_depend_on_how_it_was_cut(framing: str, cut: int, size: int) -> None:
    whole = FRAMINGS[framing][0]
    first, second, third = (whole.removeprefix(b"[") % (b"x" * length) for length in (10, size - len(whole), 10))
    body = (b"[" if framing == "json_array" else b"") + first + second + third
    largest = max(len(frame) for frame in (first, second)) if framing in ("sse", "ndjson", "coded_lines") else len(second.strip(b"\n,"))
    recording = sw.Recording(bounds=sw.Bounds(event_bytes=100))
    recording.framing = framing
    for start in range(0, len(body), cut):
        recording.chunk(body[start : start + cut])
    recording.seal("close")
    frames = recording.frames
    assert (frames.outgrown is not None) == (largest > 100)
    assert len(recording.events) == (1 if largest > 100 else 3)
    if frames.outgrown is not None:
        assert body[frames.outgrown :].startswith(second[:5])


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
def test_an_unfinished_event_is_measured_in_every_framing(framing: str) -> None:
    whole, unfinished = FRAMINGS[framing]
    recording = sw.Recording(bounds=sw.Bounds(event_bytes=1000))
    recording.framing = framing
    recording.chunk(whole % b"one")
    recording.chunk((unfinished % (b"x" * 900)).rstrip(b"}\n"))
    before = recording.frames.outgrown
    recording.chunk(b"x" * 200)
    assert (before is None, recording.frames.outgrown is None) == (True, False)
    assert len(recording.events) == 1


def test_what_had_come_whole_before_the_bound_was_seen_fails_as_well() -> None:
    run = sw.stream(iter([HELLO, b"data: " + b"x" * 5000 + b"\n\n", HELLO]), bounds=sw.Bounds(event_bytes=1000), show=False)
    with pytest.raises(sw.BoundError, match="event_bytes"):
        run.wait(PATIENCE)
    assert run.text == "Hello"


def test_without_a_bound_an_event_may_be_of_any_size() -> None:
    large = b'data: {"choices":[{"index":0,"delta":{"content":"' + b"x" * 100_000 + b'"}}]}\n\n'
    run = sw.stream(iter([large, END]), bounds=sw.Bounds(event_bytes=None), show=False).wait(PATIENCE)
    assert (run.status, len(run.text)) == ("done", 100_000)


# --- bytes in all --------------------------------------------------------------------------------------------------------
def test_a_stream_ends_where_its_bytes_are_used_up(server: RawServer) -> None:
    def for_ever(connection: Connection) -> None:
        connection.start()
        while True:
            connection.chunk(HELLO)

    most = 20 * len(HELLO) + 30
    run = sw.stream(server.serve(for_ever), bounds=sw.Bounds(total_bytes=most), show=False)
    with pytest.raises(sw.BoundError, match=r"The stream outgrew its bound of .* \(total_bytes\)") as caught:
        run.wait(PATIENCE)
    assert caught.value.bound == "total_bytes"
    assert run.text == "Hello" * 20
    assert run.recording.size == most


def test_items_count_too() -> None:
    run = sw.stream((f"item {number} " for number in range(100)), bounds=sw.Bounds(total_bytes=80), show=False)
    with pytest.raises(sw.BoundError, match="total_bytes"):
        run.wait(PATIENCE)
    assert run.text == "".join(f"item {number} " for number in range(11))


# --- streams at one host -------------------------------------------------------------------------------------------------
def held_streams(server: RawServer) -> tuple[str, queue.Queue[Connection], Callable[[Connection], None]]:
    """A URL whose streams begin, and go on until they are let go."""
    begun: queue.Queue[Connection] = queue.Queue()
    over: dict[Connection, threading.Event] = {}

    def hold(connection: Connection) -> None:
        over[connection] = threading.Event()
        connection.start()
        connection.chunk(HELLO)
        begun.put(connection)
        over[connection].wait(PATIENCE)
        connection.chunk(END)
        connection.end()

    return server.serve(hold), begun, lambda connection: over[connection].set()


def test_others_wait_for_their_turn_in_order(server: RawServer) -> None:
    url, begun, let_go = held_streams(server)
    bounds = sw.Bounds(streams_per_host=2)
    runs = [sw.stream(f"{url}/{number}", bounds=bounds, show=False) for number in range(5)]
    open_now = [begun.get(timeout=PATIENCE), begun.get(timeout=PATIENCE)]
    host = f"127.0.0.1:{server.port}"
    assert (turns.open(host), turns.waiting(host)) == (2, 3)
    assert [run.status for run in runs[2:]] == ["connecting"] * 3
    told = runs[2].findings
    assert [finding.kind for finding in told] == ["queued"]
    assert told[0].message.startswith(f"Waits for a free connection: 2 streams are open at {host}")
    assert "streams_per_host" in told[0].message
    order = [connection.head.split()[1] for connection in open_now]
    while open_now:
        let_go(open_now.pop(0))
        if len(order) < 5:
            open_now.append(begun.get(timeout=PATIENCE))
            order.append(open_now[-1].head.split()[1])
    for run in runs:
        assert run.wait(PATIENCE).text == "Hello"
        assert "queued" not in {finding.kind for finding in run.findings}
    assert sorted(order[:2]) == ["/0", "/1"]
    assert order[2:] == ["/2", "/3", "/4"]
    assert (turns.open(host), turns.waiting(host)) == (0, 0)


def test_one_that_is_stopped_while_it_waits_gives_its_place_up(server: RawServer) -> None:
    url, begun, let_go = held_streams(server)
    bounds = sw.Bounds(streams_per_host=1)
    first, second, third = (sw.stream(f"{url}/{number}", bounds=bounds, show=False) for number in range(3))
    connection = begun.get(timeout=PATIENCE)
    second.stop()
    assert second.status == "stopped"
    let_go(connection)
    last = begun.get(timeout=PATIENCE)
    assert last.head.split()[1] == "/2"
    let_go(last)
    first.wait(PATIENCE)
    third.wait(PATIENCE)
    assert len(server.requests) == 2


def test_the_wait_is_no_part_of_the_time_to_the_first_token(server: RawServer) -> None:
    url, begun, let_go = held_streams(server)
    bounds = sw.Bounds(streams_per_host=1)
    first, second = (sw.stream(url, bounds=bounds, show=False) for _ in range(2))
    connection = begun.get(timeout=PATIENCE)
    let_go(connection)
    first.wait(PATIENCE)
    let_go(begun.get(timeout=PATIENCE))
    second.wait(PATIENCE)
    assert second.recording.t0 >= first.recording.t0 + (first.metrics.end or 0)


def test_another_host_does_not_wait(server: RawServer) -> None:
    url, begun, let_go = held_streams(server)
    bounds = sw.Bounds(streams_per_host=1)
    first = sw.stream(url, bounds=bounds, show=False)
    connection = begun.get(timeout=PATIENCE)
    with RawServer() as other:
        assert sw.stream(other.stream(HELLO, END), bounds=bounds, show=False).wait(PATIENCE).text == "Hello"
    let_go(connection)
    first.wait(PATIENCE)


# --- turns, by themselves ------------------------------------------------------------------------------------------------
async def hold(these: Turns, limit: int | None, name: str, order: list[str], until: asyncio.Event) -> None:
    async with these.at("host", limit, lambda said: None):
        order.append(name)
        await until.wait()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_who_may_begin_passes_who_may_not_yet() -> None:
    async def play() -> list[str]:
        these = Turns()
        order: list[str] = []
        doors = {name: asyncio.Event() for name in "abcd"}
        tasks = []
        for name, limit in (("a", None), ("b", None), ("c", 1), ("d", 2)):
            tasks.append(asyncio.create_task(hold(these, limit, name, order, doors[name])))
            await settled()
        assert (order, these.waiting("host")) == (["a", "b"], 2)
        doors["a"].set()
        await settled()
        assert order == ["a", "b", "d"]
        for name in "bd":
            doors[name].set()
            await settled()
        doors["c"].set()
        await asyncio.gather(*tasks)
        assert (these.open("host"), these.waiting("host")) == (0, 0)
        return order

    assert asyncio.run(play()) == ["a", "b", "d", "c"]


def test_a_loop_that_is_gone_keeps_nobody_waiting() -> None:
    these = Turns()

    async def hold_for_ever() -> None:
        await these._take("host", None, lambda said: None)

    async def wait() -> None:
        task = asyncio.create_task(hold(these, 1, "never", [], asyncio.Event()))
        await settled()
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # it is lost on purpose

    gone = asyncio.new_event_loop()
    gone.run_until_complete(hold_for_ever())
    gone.run_until_complete(wait())
    gone.close()
    assert these.waiting("host") == 1
    these._give("host")
    assert (these.open("host"), these.waiting("host")) == (0, 0)


def test_a_turn_that_comes_with_the_stop_is_passed_on() -> None:
    async def play() -> None:
        these = Turns()
        await these._take("host", 1, lambda said: None)
        stopped = asyncio.create_task(hold(these, 1, "stopped", [], asyncio.Event()))
        await settled()
        these._give("host")
        stopped.cancel()
        await asyncio.wait([stopped])
        assert (these.open("host"), these.waiting("host")) == (0, 0)

    asyncio.run(play())


def test_a_place_that_is_lent_is_waited_for_again() -> None:
    async def play() -> list[str]:
        these, order = Turns(), []

        async def waiting(name: str, until: asyncio.Event) -> None:
            async with these.at("host", 1, lambda said: None) as place:
                order.append(name)
                async with place.lent():
                    await until.wait()
                order.append(f"{name} again")

        doors = [asyncio.Event(), asyncio.Event()]
        first = asyncio.create_task(waiting("first", doors[0]))
        await settled()
        assert these.open("host") == 0
        second = asyncio.create_task(hold(these, 1, "second", order, doors[1]))
        await settled()
        doors[0].set()
        await settled()
        assert (these.open("host"), these.waiting("host")) == (1, 1)
        doors[1].set()
        await asyncio.gather(first, second)
        assert (these.open("host"), these.waiting("host")) == (0, 0)
        given_up = asyncio.create_task(waiting("third", asyncio.Event()))
        await settled()
        given_up.cancel()
        await asyncio.wait([given_up])
        assert these.open("host") == 0
        return order

    assert asyncio.run(play()) == ["first", "second", "first again", "third"]


def test_who_waits_for_a_reconnect_keeps_nobody_waiting(server: RawServer) -> None:
    """The first is told to come again in an hour, and has no place meanwhile."""

    def serve(connection: Connection) -> None:
        if connection.head.split()[1].endswith("/busy"):
            connection.start(status="503 Busy", Retry_After="3000")
        else:
            connection.start()
            connection.chunk(b"data: a\n\n")
        connection.end()

    url, bounds = server.serve(serve), sw.Bounds(streams_per_host=1)
    first = sw.stream(f"{url}/busy", bounds=bounds, show=False, reconnect=sw.Reconnect(delay=3000, budget=None))
    second = sw.stream(f"{url}/free", bounds=bounds, show=False)
    assert second.wait(PATIENCE).text == "a"
    assert not first.is_final
    first.stop()
    assert turns.open(f"127.0.0.1:{server.port}") == 0
