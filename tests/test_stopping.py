"""Stop, where a connection is hard to let go of: in a handshake, in somebody else's read, and with the widget that showed it."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

import sse_widget as sw

from .support import PATIENCE, Connection, Held, RawServer, RecordingComm


def test_stop_during_a_tls_handshake_closes_the_connection() -> None:
    """httpcore would leave it open: a cancelled handshake is not closed by it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = sw.stream(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            assert connection.recv(1)  # it has begun
            run.stop()
            while connection.recv(65536):
                pass
    assert (run.status, run.stopped_by) == ("stopped", "stop()")


def test_a_trace_of_the_users_own_is_told_as_well() -> None:
    told: list[str] = []

    async def trace(name: str, info: object) -> None:
        told.append(name)

    with RawServer() as raw:
        request = httpx.Request("GET", raw.stream(b"data: a\n\n"), extensions={"trace": trace})
        assert sw.stream(request).wait(PATIENCE).text == "a"
    # A copy of the request is sent, which has its headers and its body; extensions are not taken over today.
    assert told == [] or "connection.connect_tcp.complete" in told


def by_urllib(url: str) -> Iterator[str]:
    for line in urllib.request.urlopen(url):
        yield line.decode()


def by_http_client(url: str) -> Iterator[str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", "/")
    yield from (line.decode() for line in connection.getresponse())


def by_httpx(url: str) -> Iterator[str]:
    with httpx.stream("GET", url, timeout=None) as response:
        yield from response.iter_lines()


@pytest.mark.parametrize("silent", [False, True], ids=["after an event", "before the first byte"])
@pytest.mark.parametrize("read", [by_urllib, by_http_client, by_httpx])
def test_stop_frees_a_generator_that_is_blocked_in_a_read(raw: RawServer, read: Callable[[str], Iterator[str]], silent: bool) -> None:
    asked, closed = threading.Event(), threading.Event()

    def serve(connection: Connection) -> None:
        if not silent:
            connection.start(content_type="text/plain")
            connection.chunk(b"a line\n")
        asked.set()
        assert connection.closed_by_client()
        closed.set()

    run = sw.stream(read(raw.serve(serve)))
    if not silent:
        next(iter(run))
    assert asked.wait(PATIENCE)
    run.stop()
    assert closed.wait(PATIENCE)
    assert run._reader is not None
    run._reader.join(PATIENCE)
    assert not run._reader.is_alive()
    assert (run.status, run.error, run.text.strip()) == ("stopped", None, "" if silent else "a line")


def test_what_a_generator_does_besides_is_left_alone() -> None:
    """Its database, its queue: only what an HTTP client reads from is shut."""
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def source() -> Iterator[str]:
            yield "a"
            yield ours.makefile("rb").readline().decode()

        run = sw.stream(source())
        next(iter(run))
        run.stop()
        theirs.sendall(b"still there\n")  # raises if it were shut
        assert run._reader is not None
        run._reader.join(PATIENCE)
        assert not run._reader.is_alive()
        ours.sendall(b"x")


def test_closing_the_widget_stops_what_it_shows(held: Held, comms: list[RecordingComm]) -> None:
    run = sw.stream(held.url, json={"stream": True})
    held.words(1)
    next(iter(run))
    widget = run.widget
    widget.close()
    assert run.wait(PATIENCE).stopped_by == "the widget's close"
    assert comms[-1].messages[-1]["type"] == "comm_close"
    widget.close()
    assert run.widget is not widget  # one that is closed cannot be shown again
    assert run.widget is run.widget


def test_a_page_that_closes_the_widget_stops_what_it_shows(held: Held, comms: list[RecordingComm]) -> None:
    run = sw.stream(held.url, json={"stream": True})
    assert run.widget.comm is comms[-1]
    comms[-1].handle_close({})
    assert run.wait(PATIENCE).stopped_by == "the widget's close"


def test_a_widget_that_is_closed_after_the_end_changes_nothing(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a"]).wait(PATIENCE)
    run.widget.close()
    assert (run.status, run.stopped_by, run.text) == ("done", "", "a")


def lanes(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lanes of all batches that were sent, in order."""
    batches = [message["data"].get("state", {}).get("batch") for message in messages]
    return [lane for batch in batches if batch for lane in batch["lanes"]]


def ended(lane: dict[str, Any]) -> bool:
    return bool(lane.get("state", {}).get("status") == "stopped")


def test_after_a_stop_nothing_of_the_run_appears(held: Held, comms: list[RecordingComm]) -> None:
    run = sw.stream(held.url, json={"stream": True})
    comm = run.widget.comm
    held.words(3)
    assert next(iter(run)) == " w0001"
    comm.receive({"type": "stop", "lane": run.id})

    comm.wait_for(lambda messages: any(map(ended, lanes(messages))))
    assert run.wait(PATIENCE).stopped_by == "the page"
    frames, text = len(run.recording.frames), run.text
    held.words(3)
    passed = threading.Event()
    run.session.post(passed.set)  # behind whatever the writer had to send
    assert passed.wait(PATIENCE)
    told = lanes(comm.messages)
    last = next(i for i, lane in enumerate(told) if ended(lane))
    assert [lane for lane in told[last + 1 :] if lane["count"] or lane["ops"]] == []
    assert (len(run.recording.frames), run.text) == (frames, text)
