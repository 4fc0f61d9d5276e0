"""What a run's priority, and a page's word about itself, change: when things are folded and sent, and never what."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer

from .support import RecordingComm
from .test_widget import Page, of, start


def test_what_counts_most_is_folded_first() -> None:
    session = sw.Session()
    order: list[str] = []

    def note(data: str) -> str:
        order.append(data)
        return data

    def run(name: str, priority: int) -> threading.Event:
        done = threading.Event()

        def source() -> Iterator[str]:
            yield name
            done.set()

        session.stream(source(), parse=note, name=name, priority=priority)
        return done

    with session.lock:  # nothing is folded until everything has come
        for done in [run("low", -2), run("usual", 0), run("high", 3)]:
            assert done.wait(10)
        session.runs[0].priority = 9
    for each in session.runs:
        each.wait(10)
    assert order == ["low", "high", "usual"]


def test_a_priority_is_a_whole_number() -> None:
    with pytest.raises(sw.UsageError, match="priority must be a whole number, not a str"):
        sw.stream(["a"], priority="high")  # type: ignore[arg-type]
    run = sw.stream(["a"], priority=2).wait(10)
    with pytest.raises(sw.UsageError, match="priority"):
        run.priority = 1.5  # type: ignore[assignment]
    assert run.priority == 2
    shares = []
    for run.priority in (-100, -1, 0, 1, 100):
        shares.append(run.share)
    assert shares == [1 / 64, 0.5, 1, 2, 64]


def test_nobody_looks_and_nothing_is_lost(comms: list[RecordingComm], server: DemoServer) -> None:
    run = start(server, "count", tokens=600, rate=300)
    widget = run.widget
    comm = of(comms, widget)
    comm.receive({"type": "ack", "seq": 0, "hidden": True})
    run.wait()
    page = Page(comm)
    assert page.merged("text") == run.text
    assert page.state["end"] == len(run.recording.frames)
    flow = widget.flow
    assert (flow.why, flow.merged > flow.batches) == ("hidden", True)
    assert flow.most > 100
    assert widget.get_state()["snapshot"]["flow"] == flow.to_dict()


def test_the_page_says_which_lane_it_shows(comms: list[RecordingComm]) -> None:
    session = sw.Session()
    go = threading.Event()

    def source() -> Iterator[str]:
        go.wait(10)
        yield "a"

    first, second = session.stream(source()), session.stream(source())
    comm = of(comms, session.widget)
    with session.lock:
        comm.receive({"type": "ack", "seq": 0, "focus": second.id})
        go.set()
        waiting = threading.Event()
        session.post(waiting.set)
    assert waiting.wait(10)
    assert session.widget._traffic.focus == second.id
    assert first.wait(10).text == second.wait(10).text == "a"


def test_the_page_pauses_the_reading_and_goes_on(comms: list[RecordingComm]) -> None:
    half, go = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        yield "a"
        half.set()
        go.wait(10)
        yield "b"
        yield "c"

    run = sw.stream(source())
    comm = of(comms, run.widget)
    assert half.wait(10)
    comm.receive({"type": "pause", "lane": run.id})
    comm.wait_for(lambda messages: Page(comm).state["status"] == "paused")
    go.set()
    comm.receive({"type": "resume", "lane": run.id})
    run.wait(10)
    assert run.text == "abc"
    assert [mark for _, mark in run.reading.marks if mark in ("pause", "resume")] == ["pause", "resume"]
    comm.receive({"type": "pause", "lane": "nobody"})
