"""Several runs in one session: waiting for all, totals, the table, the header, the board's plumbing, recordings as lanes."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer
from sse_widget.files.table import Column
from sse_widget.metrics import Metrics
from sse_widget.sessions.header import named_in
from sse_widget.sessions.totals import totals

from .support import PATIENCE, RecordingComm
from .test_widget import of


def gated(*gates: threading.Event) -> Iterator[str]:
    """A word, and another one after each gate."""
    yield "first "
    for gate in gates:
        gate.wait(PATIENCE)
        yield "more "


class TestWaiting:
    def test_for_all_those_that_fail_and_those_that_come_later_included(self) -> None:
        session, gate = sw.Session(), threading.Event()

        def broken() -> Iterator[str]:
            yield "a"
            raise OSError("gone")

        failed = session.stream(broken())
        session.stream(gated(gate))

        def late() -> None:
            session.stream(["late"])
            gate.set()

        threading.Thread(target=late).start()
        assert session.wait(PATIENCE) is session
        assert [str(run.status) for run in session.runs] == ["failed", "done", "done"]
        assert "gone" in str(failed.error)
        assert session.is_over

    def test_a_timeout_stops_nothing(self) -> None:
        session, gate = sw.Session(), threading.Event()
        run = session.stream(gated(gate))
        with pytest.raises(TimeoutError, match="go on"):
            session.wait(0.01)
        assert not session.is_over
        gate.set()
        session.wait(PATIENCE)
        assert run.text == "first more "

    def test_what_is_still_to_be_started_is_waited_for(self) -> None:
        session = sw.Session()
        session.stream(["a"]).wait(PATIENCE)
        session.pending = 1
        with pytest.raises(TimeoutError):
            session.wait(0.01)
        session.pending = 0
        assert session.wait(PATIENCE).is_over

    def test_by_awaiting(self) -> None:
        async def ask() -> sw.Session:
            session = sw.Session()
            for word in "abc":
                session.stream([word])
            return await session

        assert [run.text for run in asyncio.run(ask()).runs] == ["a", "b", "c"]

    def test_an_await_that_is_cancelled_stops_all(self) -> None:
        gate = threading.Event()

        async def ask() -> sw.Session:
            session = sw.Session()
            session.stream(gated(gate))
            session.stream(gated(gate))

            async def wait() -> None:
                await session

            task = asyncio.ensure_future(wait())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return session

        session = asyncio.run(ask())
        gate.set()
        assert [(str(run.status), run.stopped_by) for run in session.runs] == [("stopped", "interrupt")] * 2


class Measured:
    """As much of a run as totals ask for."""

    recording: Any = None

    def __init__(self, id: str, start: float, status: str = "done", parent: str = "", **metrics: Any) -> None:
        self.id, self.start, self.status, self.parent = id, start, status, parent
        self.metrics = Metrics(**metrics)


class TestTotals:
    def test_by_hand(self) -> None:
        runs: Any = [
            Measured("a", 0.0, end=4.0, first_token=1.0, first_content=1.0, last_token=3.0, events=10, bytes=100, tokens=9),
            Measured("b", 1.0, "failed", end=2.0, events=1, bytes=5),
            Measured("c", 2.0, "writing", first_token=0.5, first_content=0.5, last_token=7.0, events=20, tokens=12, tokens_source="usage"),
        ]
        found = totals(runs)
        assert (found.runs, found.live, found.done, found.failed) == (3, 1, 1, 1)
        assert (found.elapsed, found.in_a_row) == (9.0, 4.0 + 2.0 + 7.0)
        assert (found.first_token, found.first_token_median, found.first_token_max) == (0.5, 0.75, 1.0)
        assert (found.events, found.bytes, found.tokens, found.tokens_source) == (31, 105, 21, "mixed")
        assert found.tokens_per_s == 20 / (9.0 - 1.0)

    def test_what_carries_others_is_not_counted_beside_them(self) -> None:
        runs: Any = [Measured("all", 0, events=30), Measured("x", 0, parent="all", events=10), Measured("y", 0, parent="all", events=20)]
        assert (totals(runs).runs, totals(runs).events) == (2, 30)

    def test_of_nothing(self) -> None:
        found = sw.Session().metrics()
        assert (found.runs, found.elapsed, found.tokens_per_s, found.first_token) == (0, None, None, None)
        assert found.to_dict()["in_a_row"] == 0


class TestTable:
    def test_a_row_for_each_run(self, server: DemoServer) -> None:
        session = sw.Session()
        session.stream(server.url + "/v1/chat/completions", json={"model": "count", "stream": True, "tokens": 5, "rate": 0}, name="counted")
        session.stream(server.url + "/status/401")
        session.columns.append((Column("length", "int64", "characters"), lambda run: len(run.text)))
        session.wait(PATIENCE)
        table = session.to_pandas()
        assert list(table["name"]) == ["counted", ""]
        assert list(table["status"]) == ["done", "failed"]
        assert list(table["tokens"]) == [5, 0]
        assert list(table["length"]) == [len(session.runs[0].text), 0]
        assert "401" in table["error"][1]
        assert table["error"][0] is None
        assert math.isnan(table["first_token"][1])
        assert table["start"][0] < table["start"][1]
        assert list(session.to_polars().columns) == list(table.columns)

    def test_secrets_stay_in_the_kernel(self) -> None:
        session = sw.Session()
        session.stream(["the key is hunter2hunter2"], secrets=[lambda: "hunter2hunter2"])
        session.wait(PATIENCE)
        assert "hunter2" not in session.to_pandas().to_json()


class TestHeader:
    def test_goes_with_every_request(self, server: DemoServer) -> None:
        session = sw.Session(header="X-Session-Id")
        for headers in (None, {"a": "b"}, [("a", "b")], {"x-session-id": "mine"}):
            session.stream(server.url + "/plain?rate=0", headers=headers)
        session.wait(PATIENCE)
        sent = [{name.lower(): value for name, value in run.recording.request["headers"]} for run in session.runs]  # type: ignore[index]
        assert [each["x-session-id"] for each in sent] == [session.id] * 3 + ["mine"]
        assert [each.get("a") for each in sent] == [None, "b", "b", None]

    def test_not_with_what_makes_no_request(self) -> None:
        session = sw.Session(header="X-Session-Id")
        assert session.stream(["a"]).wait(PATIENCE).text == "a"

    @pytest.mark.parametrize("header", ["", "two words", "x:y", 7, "ü"])
    def test_what_is_no_name_is_refused(self, header: Any) -> None:
        with pytest.raises(sw.UsageError, match="X-Session-Id"):
            sw.Session(header=header)

    def test_odd_headers_are_left_to_who_reads_them(self) -> None:
        assert named_in([("a",)], "X", "1") == [("a",), ("X", "1")]


class Counting:
    """A board of a test's own."""

    layout = "grid"

    def __init__(self) -> None:
        self.revision = 1
        self.heard: list[dict[str, Any]] = []
        self.news = threading.Event()
        self.secret = ""

    def to_page(self) -> dict[str, Any]:
        if self.revision == 13:
            raise RuntimeError("out of order")
        return {"cells": [self.revision], "note": self.secret}

    def command(self, command: dict[str, Any]) -> None:
        self.heard.append(command)
        self.news.set()


def boards(comm: RecordingComm) -> list[dict[str, Any]]:
    """The boards of the batches that were sent."""
    batches = [message["data"].get("state", {}).get("batch") for message in comm.messages if message["type"] == "comm_msg"]
    return [batch["board"] for batch in batches if batch and "board" in batch]


class TestBoard:
    def test_of_one_run_there_is_none_and_of_two_the_lanes(self, comms: list[RecordingComm]) -> None:
        session, gate = sw.Session("Two"), threading.Event()
        session.stream(gated(gate))
        comm = of(comms, session.widget)
        assert session.board is None
        assert "board" not in session.widget.get_state()["snapshot"]
        session.stream(["b"])
        comm.wait_for(lambda messages: boards(comm))
        (head,) = boards(comm)
        assert head.items() >= {"id": session.id, "name": "Two", "layout": "lanes", "revision": 1}.items()
        assert session.widget.get_state()["snapshot"]["board"] == head
        gate.set()
        session.wait(PATIENCE)
        assert boards(comm) == [head]  # once, and not with every token

    def test_goes_when_it_has_changed_and_hears_the_page(self, comms: list[RecordingComm], caplog: pytest.LogCaptureFixture) -> None:
        session, board = sw.Session(), Counting()
        session.stream(["the key is hunter2hunter2"], secrets=[lambda: "hunter2hunter2"]).wait(PATIENCE)
        comm = of(comms, session.widget)
        session.board = board
        comm.wait_for(lambda messages: boards(comm))
        board.secret, board.revision = "hunter2hunter2", 2
        session.wake()
        comm.wait_for(lambda messages: len(boards(comm)) == 2)
        assert [each["cells"] for each in boards(comm)] == [[1], [2]]
        assert "hunter2" not in str(boards(comm))
        comm.receive({"type": "board", "vote": 3})
        assert board.news.wait(PATIENCE)
        assert board.heard == [{"type": "board", "vote": 3}]
        board.revision = 13
        session.wake()
        comm.wait_for(lambda messages: len(boards(comm)) == 3)
        assert boards(comm)[2] == {"id": session.id, "name": "", "layout": "grid", "revision": 13}
        assert "a board could not be shown" in caplog.text


class TestAdding:
    def test_a_recording_is_a_lane_at_its_place(self, tmp_path: Path) -> None:
        run = sw.stream(["a", "b"], name="first").wait(PATIENCE)
        session = sw.Session("kept")
        at_zero = session.add(run)
        later = session.add(run.recording, at=2.5, name="again")
        session.add(run.recording.save(tmp_path / "one.ssejsonl"), at=-1)
        session.wait(PATIENCE)
        assert [each.text for each in session.runs] == ["ab"] * 3
        assert [round(each.start, 6) for each in session.runs] == [0, 2.5, -1]
        assert [each.name for each in session.runs] == ["first", "again", "first"]
        assert at_zero.id == run.id  # and only once
        assert len({each.id for each in session.runs}) == 3
        assert (at_zero.recording.session, run.recording.session) == (session.id, run.session.id)
        assert later.metrics == run.metrics

    def test_by_the_wall_clock(self) -> None:
        first, second = sw.Recording.from_bytes(b"data: a\n\n"), sw.Recording.from_bytes(b"data: b\n\n")
        first.started, second.started = 1000.0, 1007.5
        session = sw.Session()
        assert round(session.add(first, at="recorded").start, 3) == pytest.approx(session.runs[0].start, abs=1e-3)
        assert session.add(second, at="recorded").start - session.runs[0].start == pytest.approx(7.5)

    @pytest.mark.parametrize("at", ["yesterday", None, True])
    def test_no_place_is_refused(self, at: Any) -> None:
        with pytest.raises(sw.UsageError, match="recorded"):
            sw.Session().add(sw.Recording.from_bytes(b"data: a\n\n"), at=at)

    def test_what_is_still_being_written_is_refused(self) -> None:
        gate = threading.Event()
        run = sw.stream(gated(gate))
        with pytest.raises(sw.UsageError, match="still being written"):
            sw.Session().add(run)
        gate.set()
        run.wait(PATIENCE)

    def test_a_replay_beside_what_is_live(self) -> None:
        session = sw.Session()
        run = sw.stream(["a", "b"]).wait(PATIENCE)
        again = session.replay(run.recording, math.inf, name="again")
        session.stream(["c"])
        session.wait(PATIENCE)
        assert [each.text for each in session.runs] == ["ab", "c"]
        assert again.session is session
