"""`clocks.py` and the limits on silence: alive is not the same as getting on, and neither counts while nobody reads."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import sse_widget as sw
from sse_widget.clocks import Clocks
from sse_widget.deltas import REASONING
from sse_widget.reading import Reading

from .support import PATIENCE, Connection, RawServer
from .test_attempts import breaks, ends, marks, numbered, said, script, sent

SHORT = 0.15
"""A limit that is soon over."""
LONG = 600.0


@pytest.mark.parametrize(
    ("spans", "since", "now", "elapsed"),
    [
        ([], 2.0, 5.0, 3.0),
        ([(3.0, 4.0)], 2.0, 5.0, 2.0),
        ([(1.0, 4.0)], 2.0, 5.0, 1.0),
        ([(0.0, 1.0)], 2.0, 5.0, 3.0),
        ([(1.0, 2.0), (3.0, 3.5), (4.0, 4.25)], 0.0, 5.0, 3.25),
        ([(3.0, None)], 2.0, 5.0, 1.0),
        ([(1.0, None)], 2.0, 5.0, 0.0),
        ([(2.5, 3.0), (4.0, None)], 2.0, 9.0, 1.5),
    ],
)
def test_they_stand_still(spans: list[tuple[float, float | None]], since: float, now: float, elapsed: float) -> None:
    clocks = Clocks()
    for start, end in spans:
        clocks.hold("pause", start)
        if end is not None:
            clocks.go_on("pause", end)
    assert clocks.elapsed(since, now) == elapsed
    assert clocks.still == (bool(spans) and spans[-1][1] is None)


def test_two_reasons_to_stand_still_are_not_counted_twice() -> None:
    clocks = Clocks()
    clocks.hold("pause", 1.0)
    clocks.hold("wait", 2.0)
    clocks.go_on("pause", 3.0)
    clocks.go_on("wait", 4.0)
    clocks.go_on("wait", 9.0)
    assert clocks.elapsed(0.0, 10.0) == 7.0


def silent(connection: Connection) -> None:
    """Says something, and then nothing, until the client has had enough."""
    connection.start()
    connection.chunk(b"data: a\n\n")
    connection.closed_by_client()


def pinging(connection: Connection) -> None:
    """Says something, and then pings."""
    connection.start()
    connection.chunk(b"data: a\n\n")
    while True:
        connection.chunk(b": ping\n\n")
        time.sleep(0.01)  # the pace of a server; it ends when the client leaves


def fails(run: sw.Run, error: type[sw.SSEWidgetError], message: str) -> None:
    with pytest.raises(error, match=message):
        run.wait(PATIENCE)
    assert (run.status, run.text) == ("failed", "a")


def test_a_silent_server(raw: RawServer) -> None:
    fails(sw.stream(raw.serve(silent), idle_timeout=SHORT), sw.IdleTimeoutError, r"Nothing came for 0.15 s, not even a comment")
    fails(sw.stream(raw.serve(silent), progress_timeout=SHORT), sw.ProgressTimeoutError, r"Nothing of the answer came for 0.15 s\.")
    fails(sw.stream(raw.serve(silent), idle_timeout=SHORT, reconnect=None), sw.IdleTimeoutError, "Nothing came for 0.15 s")


def test_a_server_that_has_said_all_and_does_not_hang_up(raw: RawServer) -> None:
    """Is done, whether or not it could be asked again."""
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}
    chunk = json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode()

    def finished(connection: Connection) -> None:
        connection.start()
        connection.chunk(b"data: %b\n\ndata: [DONE]\n\n" % chunk)
        connection.closed_by_client()

    for policy in ("lan", None):
        run = sw.stream(raw.serve(finished), idle_timeout=SHORT, reconnect=policy).wait(PATIENCE)
        assert (run.status, run.text) == ("done", "a")


def test_a_server_that_never_answers(raw: RawServer) -> None:
    def mute(connection: Connection) -> None:
        connection.closed_by_client()

    run = sw.stream(raw.serve(mute), json={}, idle_timeout=SHORT)
    with pytest.raises(sw.IdleTimeoutError):
        run.wait(PATIENCE)


def test_pings_are_life_and_no_progress(raw: RawServer) -> None:
    run = sw.stream(raw.serve(pinging), idle_timeout=30.0, progress_timeout=SHORT)
    fails(run, sw.ProgressTimeoutError, r"Nothing of the answer came for 0.15 s, though something else did\.")


def test_a_sync_iterator() -> None:
    release = threading.Event()

    def source() -> Iterator[str]:
        yield "a"
        release.wait(LONG)

    fails(sw.stream(source(), idle_timeout=SHORT), sw.IdleTimeoutError, "Nothing came")
    fails(sw.stream(source(), progress_timeout=SHORT), sw.ProgressTimeoutError, "Nothing of the answer")
    release.set()


def test_an_async_iterator() -> None:
    closed = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.sleep(LONG)
        finally:
            closed.append(True)

    fails(sw.stream(source(), idle_timeout=SHORT), sw.IdleTimeoutError, "Nothing came")  # on our loop

    async def main() -> None:
        run = sw.stream(source(), idle_timeout=SHORT)  # on the caller's
        with pytest.raises(sw.IdleTimeoutError):
            await run
        assert run.text == "a"

    asyncio.run(main())
    assert closed == [True, True]


@pytest.mark.parametrize("is_async", [False, True])
def test_an_open_response(raw: RawServer, is_async: bool) -> None:
    url = raw.serve(silent)
    if not is_async:
        with httpx.Client() as client, client.stream("GET", url) as response:
            fails(sw.stream(response, idle_timeout=SHORT), sw.IdleTimeoutError, "Nothing came")
        return

    async def main() -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
            with pytest.raises(sw.IdleTimeoutError):
                await sw.stream(response, idle_timeout=SHORT)

    asyncio.run(main())


def test_a_cell_that_blocks_the_loop_is_no_silence() -> None:
    """The source could have gone on; it was not let."""

    async def source() -> AsyncIterator[str]:
        for text in "abc":
            yield text
            await asyncio.sleep(0)

    async def main() -> sw.Run:
        run = sw.stream(source(), idle_timeout=SHORT)
        await asyncio.sleep(0)
        time.sleep(6 * SHORT)  # a blocking cell
        return await run

    run = asyncio.run(main())
    assert (run.status, run.text) == ("done", "abc")


def test_a_pause_does_not_count(raw: RawServer) -> None:
    go_on = threading.Event()

    def handler(connection: Connection) -> None:
        connection.start()
        connection.chunk(b"data: a\n\n")
        assert go_on.wait(LONG)
        connection.chunk(b"data: b\n\n")
        connection.end()

    run = sw.stream(raw.serve(handler), idle_timeout=2.0, progress_timeout=2.0)
    assert next(iter(run)) == "a"
    run.pause()
    time.sleep(2.5)  # longer than either limit
    assert run.status == "paused"
    go_on.set()
    run.resume()
    assert run.wait(PATIENCE).text == "ab"


def test_a_wait_to_reconnect_does_not_count(raw: RawServer) -> None:
    url = script(raw, breaks(numbered(1)), ends(numbered(2)))
    run = sw.stream(url, idle_timeout=0.4, reconnect=sw.Reconnect(delay=0.8)).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "t1 t2 ")


def test_a_dead_link_is_a_lost_one_to_whoever_reconnects(raw: RawServer) -> None:
    def dead(connection: Connection) -> None:
        connection.start()
        connection.chunk(numbered(1))
        connection.closed_by_client()

    run = sw.stream(script(raw, dead, ends(numbered(2))), idle_timeout=SHORT, reconnect=sw.Reconnect(delay=0.01)).wait(PATIENCE)
    assert (run.status, run.text) == ("done", "t1 t2 ")
    assert sent(raw)[1] == ("GET", "/", "1")
    assert marks(run, "wait")[0]["why"] == "Nothing came for 0.15 s, not even a comment."
    assert "(Nothing came for 0.15 s, not even a comment); it was resumed" in said(run)[0]


def test_what_goes_on_is_not_ended(raw: RawServer) -> None:
    def handler(connection: Connection) -> None:
        connection.start()
        for number in range(40):
            connection.chunk(b"data: %d\n\n" % number)
            time.sleep(0.03)
        connection.end()

    run = sw.stream(raw.serve(handler), idle_timeout=1.0, progress_timeout=1.0).wait(PATIENCE)
    assert run.status == "done"
    assert run.metrics.end > 1.0


def responses(*events: tuple[float, dict[str, Any]]) -> sw.Recording:
    """A recording of OpenAI's Responses, with the time of each event."""
    recording = sw.Recording()
    recording.mark("open", 0.1, status=200)
    for at, data in events:
        recording.chunk(f"data: {json.dumps(data)}\n\n".encode(), at)
    return recording


BEGIN: list[tuple[float, dict[str, Any]]] = [
    (0.2, {"type": "response.created", "response": {"id": "r"}}),
    (0.3, {"type": "response.output_item.added", "output_index": 0, "item": {"id": "m", "type": "message"}}),
    *((0.4 + n / 10, {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "a"}) for n in range(9)),
    (1.3, {"type": "response.output_item.added", "output_index": 1, "item": {"id": "t", "type": "reasoning", "summary": []}}),
    *((2.0 + n, {"type": "keepalive"}) for n in range(8)),
]


def test_a_thought_that_is_not_shown_is_thinking() -> None:
    """Nothing of it is text, so it is no first token; nor is it a stall, though it is no progress either."""
    reading = Reading(responses(*BEGIN))
    reading.advance()
    assert reading.phase == REASONING
    (found,) = [one for one in reading.findings(now=10.0) if one.kind == "stall"]
    assert found.message.startswith("The model has been thinking for 8.80 s and showed nothing of it. The connection was alive: 9 signs")
    assert reading.heard == 9.0
    assert reading.progress == pytest.approx(1.2)
    said = {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "b"}
    first = responses(BEGIN[0], (0.5, BEGIN[-9][1]), (9.0, said)).metrics()
    assert (first.first_token, first.thinking) == (9.0, 8.5)


def test_waiting_with_a_limit() -> None:
    """`wait(timeout)` lets the run go on. `asyncio.wait_for` cancels what it awaits, as it does with every task; a shield keeps it."""
    release = threading.Event()

    def source() -> Iterator[str]:
        yield "a"
        release.wait(LONG)
        yield "b"

    run = sw.stream(source())
    with pytest.raises(TimeoutError):
        run.wait(0.05)
    assert run.status == "writing"

    async def main(shielded: sw.Run, bare: Any) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(shielded), 0.05)
        assert shielded.status == "writing"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(bare, 0.05)
        assert bare.status == "stopped"
        release.set()
        assert (await shielded).text == "ab"

    asyncio.run(main(run, sw.stream(source())))
