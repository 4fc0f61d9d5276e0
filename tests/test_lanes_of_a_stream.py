"""A run that is split into lanes: as it goes on, as it ends, when it is stopped, played again, read again, saved and loaded."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget import Key, Recording, Run, Session
from sse_widget.conductor import Conductor

from .agent_streams import body
from .support import Connection, RawServer


def recorded(*events: tuple[float, dict[str, Any]], end: dict[str, Any] | None = None) -> Recording:
    """A finished recording of events at times; end: its last mark and when, "close" 1 s after the last event."""
    stream = Recording()
    stream.content_type = "text/event-stream"
    stream.mark("open", 0.1, status=200)
    for time, data in events:
        stream.chunk(body(data), time)
    last = events[-1][0] + 1.0
    mark: dict[str, Any] = {"name": "close", "at": last, **(end or {})}
    stream.seal(**mark)
    return stream


def says(who: str, text: str, **more: Any) -> dict[str, Any]:
    return {"agent": who, "text": text, **more}


TALK = recorded(
    (0.2, says("ann", "One ")),
    (0.3, says("bob", "Uno ")),
    (0.3, says("ann", "two ")),
    (0.5, says("ann", "three.")),
    (0.6, {"text": "nobody"}),
    (0.7, says("ann", "", type="handoff", to="bob")),
    (0.9, says("bob", "due.")),
)


def played(recording: Recording, key: Any = "$.agent", **options: Any) -> Run:
    return sw.replay(recording, math.inf, key=key, extract="$.text", **options).wait()


def told(run: Run) -> dict[str, tuple[str, str, int]]:
    return {lane.tag: (lane.status, lane.text, len(lane.events)) for lane in run.lanes.values()}


def test_a_lane_is_a_run_of_the_session_on_the_same_clock() -> None:
    run = played(TALK)
    assert told(run) == {"ann": ("done", "One two three.", 4), "bob": ("done", "Uno due.", 2)}
    ann, bob = run.lanes["ann"], run.lanes["bob"]
    assert run.session.runs == [run, ann, bob]
    assert (run.role, ann.role, ann.parent, ann.name) == ("conductor", "agent", run.id, "ann")
    assert ann.recording.t0 == run.recording.t0
    assert ann.start == run.start
    assert (ann.metrics.first_token, bob.metrics.first_token, ann.metrics.end) == (0.2, 0.3, 0.7)
    assert len(run.events) == 7, "the stream itself is what it was"


def test_without_a_key_there_are_no_lanes() -> None:
    run = sw.replay(TALK, math.inf).wait()
    assert (run.lanes, run.role, run.split) == ({}, "", None)


def test_the_same_stream_gives_the_same_lanes() -> None:
    first, second = played(TALK), played(TALK)
    assert told(first) == told(second)
    again = first.read_again(dialect="text")
    assert told(again) == told(second), "another reading of the stream leaves its lanes alone"
    lane = second.lanes["ann"].read_again(extract="$.agent")
    assert lane.text == "annannannann", "and a lane can be read in another way by itself"


def test_lanes_appear_as_they_first_speak_and_end_by_themselves() -> None:
    go_on, server = threading.Event(), RawServer()

    def handle(connection: Connection) -> None:
        connection.start()
        connection.chunk(body(says("ann", "a"), says("bob", "b"), says("ann", "", done=True)))
        go_on.wait()
        connection.chunk(body(says("bob", "c"), says("cid", "d")))
        connection.end()

    run = sw.stream(server.serve(handle), extract="$.text", key=Key("$.agent", done=lambda event: event.json().get("done")), show=False)
    run.on("event", lambda event: None)
    ann = _wait_for_lane(run, "ann").wait()
    assert (ann.status, ann.text, run.status, set(run.lanes)) == ("done", "a", "writing", {"ann", "bob"})
    assert run.lanes["bob"].status == "writing"
    go_on.set()
    assert told(run.wait()) == {"ann": ("done", "a", 2), "bob": ("done", "bc", 2), "cid": ("done", "d", 1)}


def _wait_for_lane(run: Run, tag: str) -> Run:
    """The lane, once it is there; each event is told of by a change of the run."""
    for _ in run:
        if tag in run.lanes:
            return run.lanes[tag]
    return run.lanes[tag]


ENDS: dict[str, tuple[dict[str, Any], str]] = {
    "it broke": ({"name": "error", "broken": "gone"}, "cut off"),
    "it failed": ({"name": "error", "type": "SourceError", "message": "no"}, "failed"),
    "it was stopped": ({"name": "stop", "by": "me"}, "stopped"),
}


@pytest.mark.parametrize("name", ENDS)
def test_lanes_end_as_their_connection_did(name: str) -> None:
    end, status = ENDS[name]
    stream = recorded((0.2, says("ann", "a")), (0.3, says("bob", "b")), end=end)
    run = sw.replay(stream, math.inf, key="$.agent", extract="$.text")
    if status == "failed":
        with pytest.raises(sw.SSEWidgetError):
            run.wait()
    else:
        run.wait()
    assert (run.status, told(run)) == (status, {"ann": (status, "a", 1), "bob": (status, "b", 1)})


def test_what_was_over_before_the_connection_broke_is_done() -> None:
    def chunk(identity: str, text: str, reason: str | None = None) -> dict[str, Any]:
        return {
            "id": identity,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}],
        }

    events = (0.1, chunk("1", "a")), (0.2, chunk("2", "b")), (0.3, chunk("2", "c")), (0.4, chunk("1", "d", "stop"))
    stream = recorded(*events, end={"name": "error", "broken": "gone"})
    assert told(sw.replay(stream, math.inf, key="auto").wait()) == {"1": ("done", "ad", 2), "2": ("cut off", "bc", 2)}
    stream = recorded(*events, end={"name": "stop", "by": "me"})
    assert told(sw.replay(stream, math.inf, key="auto").wait()) == {"1": ("done", "ad", 2), "2": ("stopped", "bc", 2)}


def test_a_connection_that_did_not_give_its_end_cuts_its_lanes() -> None:
    stream = recorded((0.1, {"type": "RUN_STARTED", "runId": "r"}), (0.2, {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Hi"}))
    run = sw.replay(stream, math.inf, key="auto").wait()
    assert (run.status, told(run)) == ("cut off", {"m": ("cut off", "Hi", 1)})
    whole = recorded((0.2, {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Hi"}), (0.3, {"type": "RUN_FINISHED", "runId": "r"}))
    assert told(sw.replay(whole, math.inf, key="auto").wait()) == {"m": ("done", "Hi", 1)}


def test_stop_of_a_lane_stops_the_connection() -> None:
    server = RawServer()
    closed = threading.Event()

    def handle(connection: Connection) -> None:
        connection.start()
        connection.chunk(body(says("ann", "a"), says("bob", "b")))
        if connection.closed_by_client():
            closed.set()

    run = sw.stream(server.serve(handle), extract="$.text", key="$.agent", show=False)
    _wait_for_lane(run, "bob").stop()
    run.wait()
    assert closed.wait(30)
    assert (run.status, {tag: lane[0] for tag, lane in told(run).items()}) == ("stopped", {"ann": "stopped", "bob": "stopped"})


def test_a_function_that_raises_costs_no_event() -> None:
    def who(event: sw.Event) -> str:
        if "nobody" in event.data:
            raise LookupError("who?")
        return str(event.json()["agent"])

    run = played(TALK, key=who)
    assert told(run) == {"ann": ("done", "One two three.", 4), "bob": ("done", "Uno due.", 2)}
    found = [finding for finding in run.findings if finding.kind == "key"]
    assert [(finding.frames, "LookupError: who?" in finding.message) for finding in found] == [((5, 5), True)]


def test_a_secret_is_masked_in_the_lanes_too() -> None:
    secret = "sk-verysecret0123456789"
    run = sw.stream([says("ann", f"my key is {secret}")], key="$.agent", extract="$.text", secrets=[lambda: secret]).wait()
    assert secret not in json.dumps(run.lanes["ann"].widget.get_state()["snapshot"], default=repr)
    assert secret in run.lanes["ann"].text, "it is masked where it leaves the kernel"


def test_items_of_an_iterator_are_split() -> None:
    items = [says("ann", "a"), says("bob", "b"), says("ann", "c")]
    assert told(sw.stream(items, key="$.agent", extract="$.text").wait()) == {"ann": ("done", "ac", 2), "bob": ("done", "b", 1)}


def resumed(before: bytes, last: str, after: bytes) -> Recording:
    """A stream that was lost after these bytes, and taken up after the event of this id."""
    stream = Recording()
    stream.content_type = "text/event-stream"
    stream.mark("open", 0.1, status=200)
    stream.chunk(before, 0.2)
    stream.mark("wait", 0.5, why="it broke", seconds=1, attempt=1, of=3)
    stream.mark("reconnect", 1.5, url="http://x.test", method="GET", how="LastEventId", after=last)
    stream.mark("open", 1.6, status=200)
    stream.chunk(after, 1.7)
    stream.seal("close", 1.8)
    return stream


def test_after_a_reconnect_a_lane_has_nothing_twice() -> None:
    """The second connection begins with an event that had come; what is new goes on where it was."""
    before = b'id: 1\ndata: {"agent": "ann", "text": "a"}\n\nid: 2\ndata: {"agent": "bob", "text": "b"}\n\n'
    after = b'id: 2\ndata: {"agent": "bob", "text": "b"}\n\nid: 3\ndata: {"agent": "bob", "text": "c"}\n\n'
    run = played(resumed(before, "1", after))
    assert told(run) == {"ann": ("done", "a", 1), "bob": ("done", "bc", 2)}
    assert run.lanes["bob"].reading.connections.lost == 1


def test_what_came_for_others_is_not_missing_in_a_lane() -> None:
    """The ids of the lane leave out those of the others, also where the connection was lost in between."""
    before = b'id: 1\ndata: {"agent": "ann", "text": "a"}\n\nid: 2\ndata: {"agent": "ann", "text": "b"}\n\n'
    after = b'id: 3\ndata: {"agent": "bob", "text": "b"}\n\nid: 4\ndata: {"agent": "ann", "text": "c"}\n\n'
    run = played(resumed(before, "2", after))
    assert [finding.message for finding in run.lanes["ann"].findings] == [finding.message for finding in run.findings]


# --- the conductor -----------------------------------------------------------------------------------------------------
def conducted(session: Session) -> list[tuple[str, str]]:
    return [(said.lane, said.text) for said in session.conductor]


def test_all_that_was_said_in_the_order_in_which_it_came() -> None:
    run = played(TALK)
    conductor = run.session.conductor
    assert conducted(run.session) == [("ann", "One "), ("bob", "Uno "), ("ann", "two three."), ("run", "nobody"), ("bob", "due.")]
    first = conductor[0]
    assert (round(first.time - run.start, 6), first.kind, first.event) == (0.2, "text", 0)
    assert isinstance(conductor, Conductor)
    assert str(conductor).splitlines()[0].split() == [f"{first.time:.2f}", "s", "ann", "One"]
    assert [said.time for said in conductor] == sorted(said.time for said in conductor)


def test_handoffs_and_who_waited() -> None:
    run = played(TALK)
    conductor, start = run.session.conductor, run.start
    assert [(one.source, one.target, round((one.time or 0) - start, 6)) for one in conductor.handoffs] == [("ann", "bob", 0.7)]
    wait = conductor.waits[0]
    assert (wait.lane, wait.on, round(wait.since - start, 6), round(wait.seconds or 0, 6)) == ("bob", ("ann",), 0.7, 0.2)


def test_a_barrier_is_as_slow_as_the_slowest() -> None:
    stream = recorded(
        (0.1, says("sum", "", type="barrier", waits_for=["ann", "bob"])),
        (0.2, says("ann", "a")),
        (0.9, says("bob", "b")),
        (1.3, says("sum", "c")),
    )
    run = played(stream)
    conductor, start = run.session.conductor, run.start
    barrier, wait = conductor.barriers[0], conductor.waits[0]
    assert (barrier.lane, barrier.sources, barrier.last, round((barrier.ready or 0) - start, 6)) == ("sum", ("ann", "bob"), "bob", 0.9)
    assert (wait.on, [round(seconds, 6) for seconds in wait.early], round(wait.seconds or 0, 6)) == (("ann", "bob"), [0.7, 0.0], 0.4)


def test_several_connections_and_what_the_user_says_of_them() -> None:
    session = Session("three")
    runs = [session.stream([says(name, name)], extract="$.text", name=name).wait() for name in ("one", "two", "three")]
    session.link(runs[:2], runs[2], kind="barrier", text="both first")
    session.link(runs[0], runs[1], time=0.5)
    assert [said.lane for said in session.conductor] == ["one", "two", "three"]
    assert session.conductor.barriers[0].sources == ("one", "two")
    assert [(one.source, one.target, one.time) for one in session.conductor.handoffs] == [("one", "two", 0.5)]
    links = session.board.to_page()["links"] if session.board else []
    assert sorted((link["from"], link["to"], link["kind"]) for link in links) == sorted(
        [(runs[0].id, runs[2].id, "barrier"), (runs[1].id, runs[2].id, "barrier"), (runs[0].id, runs[1].id, "handoff")]
    )


def test_at_one_instant_it_is_the_connection_that_tells_the_order() -> None:
    stream = recorded(
        *[(0.1, says("ann", "x"))] * 3, (0.2, says("ann", "first ")), (0.2, says("bob", "second")), (0.2, says("ann", "third"))
    )
    assert conducted(played(stream).session) == [("ann", "xxxfirst "), ("bob", "second"), ("ann", "third")]


def test_a_handoff_is_drawn_when_it_is_said_and_a_barrier_where_the_others_end() -> None:
    barrier = (0.1, says("sum", "", type="barrier", waits_for=["ann"]))
    run = played(recorded(barrier, (0.2, says("ann", "a", type="handoff", to="sum")), (0.9, says("ann", "b")), (1.3, says("sum", "c"))))
    links = run.session.board.to_page()["links"] if run.session.board else []
    assert [(link["kind"], round(link["time"] - run.start, 6)) for link in links] == [("handoff", 0.2), ("barrier", 0.9)]


def test_what_is_printed_of_it_commands_no_terminal_and_tells_no_secret() -> None:
    secret = "sk-verysecret0123456789"
    run = sw.stream([says("a\x1b[2Jnn", f"\x1b[31mred {secret}")], key="$.agent", extract="$.text", secrets=[lambda: secret]).wait()
    printed = str(run.session.conductor)
    assert "red" in printed
    assert "\x1b" not in printed
    assert secret not in printed


def test_nothing_is_linked_that_nobody_said() -> None:
    run = played(recorded((0.2, says("ann", "I ask bob")), (0.3, says("bob", "ann asked me"))))
    assert (run.session.conductor.handoffs, run.session.conductor.waits) == ([], [])


def test_what_cannot_be_linked_is_refused() -> None:
    session = Session()
    run = session.stream(["a"]).wait()
    other = session.stream(["b"]).wait()
    with pytest.raises(sw.UsageError, match="no run of this session"):
        session.link(run, sw.stream(["c"]))
    with pytest.raises(sw.UsageError, match="handoff"):
        session.link(run, other, kind="handof")


def test_lanes_of_the_same_name_are_told_apart() -> None:
    session = Session()
    for text in "ab":
        session.stream([text], name="same").wait()
    assert conducted(session) == [("same", "a"), ("same (2)", "b")]


# --- files ------------------------------------------------------------------------------------------------------------
def test_a_saved_recording_is_split_again_by_its_rule(tmp_path: Path) -> None:
    path = played(TALK).recording.save(tmp_path / "talk.ssejsonl")
    loaded = sw.load(path)
    assert loaded.key == "$.agent"
    assert told(sw.replay(loaded, math.inf, extract="$.text").wait()) == told(played(TALK))


def test_a_session_keeps_a_stream_once_and_gives_its_lanes_again(tmp_path: Path) -> None:
    run = played(TALK)
    run.session.link(run.lanes["bob"], run.lanes["ann"], kind="wait", time=0.4)
    path = run.session.save(tmp_path / "talk.ssejsonl")
    assert path.read_text().count("Uno ") == 1
    session: Any = sw.load(path)
    loaded = session.runs[0].wait()
    assert told(loaded) == told(run)
    assert [lane.id for lane in loaded.lanes.values()] == [lane.id for lane in run.lanes.values()]
    assert [one.lane for one in session.conductor.waits] == [one.lane for one in run.session.conductor.waits]
    assert conducted(session) == conducted(run.session)


def test_a_session_split_by_a_function_keeps_its_lanes(tmp_path: Path) -> None:
    run = played(TALK, key=lambda event: event.json().get("agent"))
    session: Any = sw.load(run.session.save(tmp_path / "talk.ssejsonl"))
    for each in session.runs:
        each.wait()
    assert told(session.runs[0]) == told(run)
