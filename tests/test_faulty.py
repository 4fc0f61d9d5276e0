"""Every fault of `tests.faulty`, one by one: how the run ends, what it says, what is kept, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

import sse_widget as sw
from sse_widget.engine import engine
from sse_widget.sources.breaks import how_it_broke

from .faulty import FAULTS, FaultyServer, said
from .support import Held

WORDS, AT, SEED = 12, 6, 3
ALL = said(SEED, WORDS)


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        yield server


class End(NamedTuple):
    """How a run must end. words: so many are kept. says: a part of the error's words, or of what is found. error: its class."""

    status: str
    words: int = 0
    says: str = ""
    error: type[sw.SSEWidgetError] | None = None


DONE, CUT = End("done", WORDS), End("cut off", AT, "broke")
PROMISED = End("cut off", AT, "promises an end")
REFUSED = End("failed", 0, "Not now.", sw.StatusError)
SILENT = End("stopped")
NO_HTTP = End("failed", 0, "is no HTTP/1.1", sw.ConnectError)
TOO_LONG = End("failed", 0, "head of the answer is too long", sw.ConnectError)
NO_ANSWER = End("failed", 0, "closed it without an answer", sw.ConnectError)
RESET = End("failed", 0, "the other side reset it", sw.ConnectError)
LENGTH = End("failed", 0, "Content-Length", sw.ConnectError)
CHUNKS = End("cut off", AT, "do not have the lengths that they say")

ENDS: dict[str, End] = {
    **dict.fromkeys(("good", "delay", "drip", "hints", "until_close", "half_closed_end", "trailing", "broken_after_end"), DONE),
    "junk_lines": DONE._replace(says="4 lines without a field name"),
    **dict.fromkeys(("cut", "cut_between", "half_close", "length_long", "chunk_long", "chunk_garbage"), CUT),
    "reset": CUT._replace(says="the other side reset it"),
    **dict.fromkeys(("cut_before", "cut_head", "garbage", "banner"), NO_ANSWER),
    **dict.fromkeys(("reset_before", "reset_head", "redirect_to_reset"), RESET),
    **dict.fromkeys(("never", "never_head", "never_first", "endless_hints"), SILENT),
    **dict.fromkeys(("never_more", "never_end"), End("stopped", AT)),
    "open_after_end": End("stopped", WORDS),
    "length_short": PROMISED,
    "length_none": End("failed", 0, "without a single event", sw.EmptyStreamError),
    **dict.fromkeys(("length_bad", "length_two"), LENGTH),
    **dict.fromkeys(("chunk_letters", "chunk_negative", "chunk_huge", "chunk_short"), CHUNKS),
    **dict.fromkeys(("http2", "headers_wrong"), NO_HTTP),
    **dict.fromkeys(("garbage_line", "headers_many", "headers_large", "headers_endless"), TOO_LONG),
    "gzip_corrupt": End("cut off", AT, "not coded as its Content-Encoding says"),
    "gzip_cut": PROMISED,
    "gzip_lie": End("failed", 0, "not coded as its Content-Encoding says", sw.ConnectError),
    "coding_unknown": End("failed", 0, "none is a field of an event stream", sw.EmptyStreamError),
    **dict.fromkeys(("status_429", "status_503", "status_500", "status_401"), REFUSED),
    "status_cut": End("failed", 0, "502 Bad Gateway", sw.StatusError),
}


def start(server: FaultyServer, fault: str, **options: Any) -> sw.Run:
    """A POST, which nothing repeats by itself."""
    return sw.stream(f"{server.url}/{fault}?words={WORDS}&at={AT}&seed={SEED}", json={"model": "m"}, **{"reconnect": "off", **options})


def what_it_says(run: sw.Run) -> str:
    return " ".join([str(run.error or ""), *(finding.message for finding in run.findings)])


def test_every_fault_has_its_end() -> None:
    assert set(ENDS) == set(FAULTS)


@pytest.mark.parametrize("fault", ENDS)
def test_a_fault(faulty: FaultyServer, fault: str) -> None:
    expected, threads = ENDS[fault], threading.active_count()
    before = faulty.served.get(fault, 0)
    run = start(faulty, fault)
    if expected.status == "stopped":  # nothing ends it but we, once all has come that will
        assert faulty.asked(fault, before + 1)
        kept = "".join(ALL[: expected.words])
        if kept:
            text = ""
            for piece in run:
                text += piece
                if text == kept:
                    break
        run.stop(by="the test")
        assert run.stopped_by == "the test"
    elif expected.error is not None:
        with pytest.raises(expected.error) as caught:
            run.wait(60)
        assert run.error is caught.value
        assert caught.value.hint
    else:
        run.wait(60)
        assert run.error is None
    assert (run.status, run.text) == (expected.status, "".join(ALL[: expected.words]))
    assert expected.says in what_it_says(run)
    assert faulty.idle(), "the connection was left open"
    assert run.recording.closed
    assert threading.active_count() <= threads + 2, "the engine and the writer, if this is the first"


@pytest.mark.parametrize("fault", ["never", "never_head", "never_first", "never_more", "endless_hints"])
def test_a_timeout_of_the_callers_ends_silence(faulty: FaultyServer, fault: str) -> None:
    run = start(faulty, fault, timeout=httpx.Timeout(30, read=0.2))
    if fault == "endless_hints":  # it is no silence, so only a stop ends it
        assert faulty.asked(fault)
        run.stop()
    elif fault in ("never", "never_head"):
        with pytest.raises(sw.ConnectError, match="did not answer in time"):
            run.wait(60)
    elif fault == "never_first":
        with pytest.raises(sw.ConnectError, match="nothing came for longer than its timeout allows"):
            run.wait(60)
    else:
        assert run.wait(60).status == "cut off"
        assert run.text == "".join(ALL[:AT])
        assert "nothing came for longer than its timeout allows" in what_it_says(run)
    assert faulty.idle()


def test_a_server_without_tls(faulty: FaultyServer) -> None:
    url = faulty.url.replace("http://", "https://")
    with pytest.raises(sw.ConnectError, match=r"The secure connection to .* failed") as caught:
        sw.stream(f"{url}/good", reconnect="off").wait(60)
    assert "https:// against http://" in caught.value.hint
    assert faulty.idle()


def test_a_fault_is_one_streams_own(faulty: FaultyServer) -> None:
    """All faults at once, beside streams with which nothing is wrong."""
    ending = [fault for fault, end in ENDS.items() if end.status != "stopped"]
    session = sw.Session()
    runs = {fault: start(faulty, fault, session=session) for fault in ending}
    silent = [start(faulty, fault, session=session) for fault, end in ENDS.items() if end.status == "stopped"]
    well = [start(faulty, "good", session=session) for _ in range(10)]
    for fault, run in runs.items():
        with contextlib.suppress(sw.SSEWidgetError):
            run.wait(60)
        assert run.error is None or type(run.error) is ENDS[fault].error
        assert (run.status, run.text) == (ENDS[fault].status, "".join(ALL[: ENDS[fault].words]))
    assert {run.wait(60).text for run in well} == {"".join(ALL)}
    assert {run.status for run in silent} <= {"connecting", "waiting", "writing"}
    session.stop()
    assert {run.status for run in session.runs} == {end.status for end in ENDS.values()}
    assert faulty.idle()


AGAIN = sw.Reconnect(delay=0.0, jitter="none", attempts=6)
SERIES: list[tuple[str, ...]] = [
    ("cut", "reset", "half_close", "chunk_letters", "gzip_corrupt"),
    ("length_short", "gzip_cut", "cut_between", "length_long", "chunk_garbage"),
    ("status_503", "cut", "status_429", "reset", "status_503"),
    ("cut_before", "reset_before", "reset_head", "cut_head", "cut"),
    ("garbage", "http2", "headers_many", "gzip_lie", "chunk_huge"),
    ("drip", "status_500"),  # the second one is never asked for
]


@pytest.mark.parametrize("faults", SERIES, ids="-".join)
def test_faults_in_a_row_and_what_the_next_attempt_meets(faulty: FaultyServer, faults: tuple[str, ...]) -> None:
    """A GET with ids goes on where it was, whatever the next attempt is answered with: each word is there once."""
    query = f"words={WORDS}&at=1&seed={SEED}&of={'-'.join(faults)}&faults={','.join(faults)}"
    run = sw.stream(f"{faulty.url}/series?{query}", reconnect=AGAIN).wait(60)
    assert (run.status, run.text) == ("done", "".join(ALL))
    assert faulty.idle()


@pytest.mark.parametrize(("fault", "says"), [("status_500", "500 Internal Server Error"), ("status_401", "401 Unauthorized")])
def test_a_status_that_ends_it_for_good_keeps_what_came(faulty: FaultyServer, fault: str, says: str) -> None:
    query = f"words={WORDS}&at={AT}&seed={SEED}&of={fault}&faults=cut,{fault}"
    run = sw.stream(f"{faulty.url}/series?{query}", reconnect=AGAIN).wait(60)
    assert (run.status, run.text) == ("cut off", "".join(ALL[:AT]))
    assert says in what_it_says(run)
    assert faulty.idle()


def test_silence_is_given_up_and_the_stream_taken_up_again(faulty: FaultyServer) -> None:
    query = f"words={WORDS}&at=3&seed={SEED}&of=silence&faults=never_more,never,never_first,never_head"
    run = sw.stream(f"{faulty.url}/series?{query}", reconnect=AGAIN, idle_timeout=0.3).wait(60)
    assert (run.status, run.text) == ("done", "".join(ALL))
    assert faulty.idle()


def test_a_server_that_does_not_hang_up_has_still_said_all(faulty: FaultyServer) -> None:
    run = sw.stream(f"{faulty.url}/open_after_end?words={WORDS}&seed={SEED}", reconnect=AGAIN, idle_timeout=0.3).wait(60)
    assert (run.status, run.text, run.error) == ("done", "".join(ALL), None)
    assert faulty.idle()


def test_who_does_not_listen_does_not_call_it_silence(held: Held) -> None:
    """A call that keeps Python's lock, or a machine that sleeps, stops the engine for longer than the limit, and all has come meanwhile."""
    run = sw.stream(held.url, json={}, reconnect="off", idle_timeout=0.3)
    fragments = iter(run)
    held.words(1)
    assert next(fragments) == held.said
    go_on, blocked = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        go_on.wait(60)

    engine.loop.call_soon_threadsafe(block)
    assert blocked.wait(60)
    held.words(3)
    held.end()
    with pytest.raises(TimeoutError):
        run.wait(1.0)  # it is time itself that has to go by
    go_on.set()
    assert run.wait(60).status == "done"
    assert run.text == held.said


def test_nothing_is_left_in_the_engine(faulty: FaultyServer) -> None:
    async def tasks() -> int:
        return len(asyncio.all_tasks()) - 1

    for fault in ("never", "never_more", "reset", "cut", "good", "endless_hints"):
        before = faulty.served.get(fault, 0)
        run = start(faulty, fault)
        assert faulty.asked(fault, before + 1)
        run.stop()
    assert faulty.idle()
    assert asyncio.run_coroutine_threadsafe(tasks(), engine.loop).result(60) == 0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ReadError(""), "the other side reset it"),
        (httpx.ReadError("[Errno 104] Connection reset by peer"), "the other side reset it"),
        (ConnectionResetError(104, "Connection reset by peer"), "the other side reset it"),
        (httpx.ReadTimeout(""), "nothing came for longer than its timeout allows (ReadTimeout)"),
        (
            httpx.RemoteProtocolError("peer closed connection without sending complete message body (incomplete chunked read)"),
            "the other side closed it, and the answer is incomplete",
        ),
        (
            httpx.RemoteProtocolError("peer closed connection without sending complete message body (received 3 bytes, expected 9)"),
            "the other side closed it before the answer was as long as it says (Content-Length)",
        ),
        (
            httpx.RemoteProtocolError("<StreamReset stream_id:1, error_code:ErrorCodes.INTERNAL_ERROR, remote_reset:True>"),
            "the other side reset this stream of the connection (HTTP/2)",
        ),
        (httpx.RemoteProtocolError("Something new."), "Something new"),
        (httpx.RemoteProtocolError(""), "RemoteProtocolError"),
    ],
)
def test_how_it_broke(error: Exception, words: str) -> None:
    assert how_it_broke(error) == words
