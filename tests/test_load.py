"""Many streams at once, small: every event arrives and stays in order, messages stay few, and what is lost on the way to a page heals.

`make load` has the large ones, with times. Here a slow machine is as good as a quick one.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.view.traffic import RATE

from .support import PATIENCE, RecordingComm

ROOT = Path(__file__).parent.parent
SERVER_LIMIT = 1000
"""Messages a second over which Jupyter's server drops, measured over `WINDOW` seconds (`iopub_msg_rate_limit`, `rate_limit_window`)."""
WINDOW = 3.0


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """The address of a server in a process of its own: /streams/events/rate."""
    process = subprocess.Popen([sys.executable, "-u", "-m", "benchmarks.load.source"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


class Page:
    """A page as the kernel knows it: applies what follows, asks for everything where something is missing, and acknowledges.

    lose: whether a batch is lost on the way, by its number. It plays on the thread that sends, as nothing else is quick enough to miss
    nothing.
    """

    def __init__(self, comm: RecordingComm, lose: Callable[[int], bool] = lambda seq: False) -> None:
        self.seq = 0
        self.times: list[float] = []
        self.lost, self.asked = 0, 0
        self.texts: dict[str, dict[int, str]] = {}
        self.heads: dict[str, int] = {}
        self.states: dict[str, dict[str, Any]] = {}
        self._readings: dict[str, int] = {}
        self._waits = False
        self._lose = lose
        self._comm = comm
        publish = comm.publish_msg

        def hear(msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any) -> None:
            publish(msg_type, data, metadata, buffers, **keys)
            self.times.append(time.monotonic())
            state = (data or {}).get("state") or {}
            if state.get("snapshot"):
                self._take(state["snapshot"])
            if state.get("batch"):
                self._take(state["batch"])

        comm.publish_msg = hear  # type: ignore[method-assign]

    def _take(self, feed: dict[str, Any]) -> None:
        whole = feed.get("whole", False)
        if not whole and self._lose(feed["seq"]):
            self.lost += 1
            return
        if not whole and (self._waits or feed["seq"] != self.seq + 1):
            if not self._waits:
                self._waits = True
                self.asked += 1
                self._comm.receive({"type": "resync"})
            return
        if whole and feed["seq"] < self.seq:
            return
        self._waits = False
        self.seq = feed["seq"]
        if whole:
            self.texts, self.heads, self._readings = {}, {}, {}
        for lane in feed["lanes"]:
            self._lane(lane)
        self._comm.receive({"type": "ack", "seq": self.seq})

    def _lane(self, lane: dict[str, Any]) -> None:
        name = lane["lane"]
        if self._readings.get(name) != lane["reading"]:
            self._readings[name], self.heads[name], self.texts[name] = lane["reading"], 0, {}
        assert lane["first"] == self.heads[name], "a batch does not follow the one before"
        self.heads[name] += lane["count"]
        texts = self.texts[name]
        for op in lane["ops"]:
            if isinstance(op[2], list):
                texts[op[1]] += "".join(op[2])
            elif op[2] == "open":
                texts[op[1]] = ""
        known, state = self.states.setdefault(name, {}), lane.get("state", {})
        metrics = {**known.get("metrics", {}), **state.get("metrics", {})}
        known.update(state, metrics=metrics)

    def text(self, run: sw.Run) -> str:
        return "".join(self.texts.get(run.id, {}).values())

    def most_in_a_window(self) -> int:
        """Messages within any `WINDOW`."""
        return max((sum(at <= other < at + WINDOW for other in self.times) for at in self.times), default=0)


def of(comms: list[RecordingComm], widget: Any) -> RecordingComm:
    return next(comm for comm in comms if comm.comm_id == widget.comm.comm_id)


def numbers(run: sw.Run) -> list[int]:
    return [int(word.partition(":")[0]) for word in run.text.split()]


def more_than(count: int, messages: list[dict[str, Any]]) -> bool:
    return len(messages) > count


# --- every event, in order -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("together", [True, False])
def test_thirty_streams_at_once_lose_nothing(source: str, comms: list[RecordingComm], together: bool) -> None:
    session = sw.Session() if together else None
    runs = [sw.stream(f"{source}/30/100/{'0' if together else '400'}", session=session, show=False) for _ in range(30)]
    page = Page(of(comms, runs[0].widget))
    for run in runs:
        run.wait(PATIENCE)
    for run in runs:
        assert run.status == "done"
        assert numbers(run) == list(range(100))
        times = [event.time for event in run.events]
        assert times == sorted(times)
    for run in runs if together else runs[:1]:
        assert page.text(run) == run.text
        assert page.states[run.id]["status"] == "done"
        assert page.states[run.id]["end"] == page.heads[run.id] == len(run.recording.frames)
        assert page.states[run.id]["metrics"]["events"] == len(run.events)


def test_more_streams_than_may_be_open_all_get_their_turn(source: str) -> None:
    bounds = sw.Bounds(streams_per_host=4)
    runs = [sw.stream(f"{source}/1/20/0", bounds=bounds, show=False) for _ in range(40)]
    assert [numbers(run.wait(PATIENCE)) for run in runs] == [list(range(20))] * 40


# --- messages ------------------------------------------------------------------------------------------------------------
def test_two_hundred_streams_as_fast_as_they_go_make_few_messages(comms: list[RecordingComm]) -> None:
    session = sw.Session()
    page = Page(of(comms, session.widget))
    go = threading.Event()

    def words() -> Iterator[str]:
        go.wait(PATIENCE)
        for number in range(200):
            yield f" w{number}"

    runs = [session.stream(words(), show=False) for _ in range(200)]
    go.set()
    for run in runs:
        run.wait(PATIENCE)
    assert all(page.text(run) == run.text for run in runs)
    assert page.most_in_a_window() < SERVER_LIMIT * WINDOW / 3


def test_streams_that_end_by_the_hundred_make_few_messages(comms: list[RecordingComm]) -> None:
    """Each end is told at once, but not each by a message."""
    session = sw.Session()
    page = Page(of(comms, session.widget))
    runs = []
    for number in range(600):
        runs.append(session.stream([f"w{number}"], show=False))
        if number % 3 == 0:
            runs[-1].wait(PATIENCE)
    for run in runs:
        run.wait(PATIENCE)
    assert all(page.text(run) == run.text for run in runs)
    assert page.most_in_a_window() < SERVER_LIMIT * WINDOW / 3


def test_many_widgets_share_what_one_kernel_may_send(comms: list[RecordingComm]) -> None:
    go = threading.Event()

    def words() -> Iterator[str]:
        go.wait(PATIENCE)
        for number in range(3000):
            yield f" w{number}"

    runs = [sw.stream(words(), show=False) for _ in range(20)]
    pages = [Page(of(comms, run.widget)) for run in runs]
    go.set()
    for run in runs:
        run.wait(PATIENCE)
    assert all(page.text(run) == run.text for page, run in zip(pages, runs, strict=True))
    together = sorted(at for page in pages for at in page.times)
    most = max(sum(at <= other < at + WINDOW for other in together) for at in together)
    # The budget's, and for each widget what opens it, what ends it, and the first that nobody shares yet.
    assert most < RATE * WINDOW + 10 * len(pages) < SERVER_LIMIT * WINDOW / 3


# --- what is lost on the way ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_lost_heals(comms: list[RecordingComm], seed: int) -> None:
    """Batches in the middle, several in a row, and the tail of it all, which no batch follows."""
    chooser = random.Random(seed)
    session = sw.Session()
    over = threading.Event()
    # From the end on two batches are lost: the last one with news, and the first of those that say that there was one.
    tail = iter([True, True])
    page = Page(of(comms, session.widget), lambda seq: next(tail, False) if over.is_set() else chooser.random() < 0.3)
    steps = threading.Semaphore(0)

    def words() -> Iterator[str]:
        for number in range(60):
            steps.acquire(timeout=PATIENCE)
            yield f" w{number}"

    runs = [session.stream(words(), show=False) for _ in range(5)]
    comm = of(comms, session.widget)
    for number in range(59):
        steps.release(len(runs))
        before = len(comm.messages)
        if number % 7 == 0:
            comm.wait_for(partial(more_than, before))
    over.set()
    steps.release(len(runs))
    for run in runs:
        run.wait(PATIENCE)
    comm.wait_for(lambda messages: all(page.text(run) == run.text for run in runs))
    assert page.lost >= 2
    assert page.asked >= 1
    for run in runs:
        assert page.heads[run.id] == len(run.recording.frames)
