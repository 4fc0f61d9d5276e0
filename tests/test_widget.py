"""`view/widget.py`: the Python side of the widget, through comms that record."""

from __future__ import annotations

import gc
import json
import pathlib
import struct
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import ipywidgets  # type: ignore[import-untyped]
import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer
from sse_widget.engine import engine
from sse_widget.view.assets import bundle

from .support import RecordingComm


class Page:
    """What the page knows after the messages of a comm: the same bookkeeping as the front end's store, in a few lines."""

    def __init__(self, comm: RecordingComm) -> None:
        self.comm = comm
        self.frames: list[tuple[float, int, int, int]] = []
        self.text: dict[int, str] = {}
        self.kinds: dict[int, str] = {}
        self.state: dict[str, Any] = {}
        self.seq = -1
        self.reading = 1
        for message in comm.messages:
            self.take(message)

    def take(self, message: dict[str, Any]) -> None:
        state = message["data"].get("state", {})
        buffers = {tuple(path): buffer for path, buffer in zip(message["data"].get("buffer_paths", []), message["buffers"], strict=True)}
        for name in ("snapshot", "batch"):
            if state.get(name):
                self.feed(state[name], bytes(buffers.get((name, "cols"), b"")))

    def feed(self, feed: dict[str, Any], columns: bytes) -> None:
        if feed.get("whole"):
            self.frames, self.text, self.kinds, self.state = [], {}, {}, {}
        else:
            assert feed["seq"] == self.seq + 1, "a hole"
        self.seq = feed["seq"]
        for lane in feed["lanes"]:
            n, at = lane["count"], lane.get("at", 0)
            if lane["reading"] != self.reading:
                self.reading, self.frames, self.text, self.kinds = lane["reading"], [], {}, {}
            assert lane["first"] == len(self.frames)
            times, sizes = struct.unpack_from(f"<{n}d", columns, at), struct.unpack_from(f"<{n}I", columns, at + 8 * n)
            kinds, channels = columns[at + 12 * n : at + 13 * n], columns[at + 13 * n : at + 14 * n]
            self.frames += zip(times, sizes, kinds, channels, strict=True)
            for op in lane["ops"]:
                if isinstance(op[2], list):
                    self.text[op[1]] += "".join(op[2])
                elif op[2] == "open":
                    self.text[op[1]], self.kinds[op[1]] = "", op[3]["kind"]
                elif op[2] == "replace":
                    self.text[op[1]] = op[3]
            state = lane.get("state", {})
            metrics = {**self.state.get("metrics", {}), **state.get("metrics", {})}
            self.state.update(state, metrics=metrics)

    def merged(self, kind: str) -> str:
        return "".join(text for part, text in self.text.items() if self.kinds[part] == kind)


def of(comms: list[RecordingComm], widget: Any) -> RecordingComm:
    return next(comm for comm in comms if comm.comm_id == widget.comm.comm_id)


def start(server: DemoServer, model: str = "pizza", **fields: Any) -> sw.Run:
    return sw.stream(f"{server.url}/v1/chat/completions", json={"model": model, "stream": True, "rate": 0, **fields}, name="mine")


def test_the_page_gets_everything_exactly_once(comms: list[RecordingComm], server: DemoServer) -> None:
    run = start(server, rate=400)
    widget = run.widget
    run.wait()
    page = Page(of(comms, widget))
    assert page.merged("text") == run.text
    assert page.merged("reasoning") == run.reasoning
    frames = run.recording.frames
    assert [(t, s, k) for t, s, k, _ in page.frames] == [(f.time, f.end - f.start, f.kind) for f in frames]
    assert page.state["end"] == len(frames)
    assert page.state["status"] == "done"
    assert page.state["metrics"]["events"] == len(run.events)
    assert (page.state["name"], page.state["model"], page.state["dialect"]) == ("mine", "pizza", "openai_chat")


def test_what_was_there_before_the_widget_is_sent_too(comms: list[RecordingComm], server: DemoServer) -> None:
    run = start(server).wait()
    page = Page(of(comms, run.widget))
    comm = of(comms, run.widget)
    comm.wait_for(lambda messages: any((m["data"].get("state", {}).get("batch") or {}).get("seq") for m in messages))
    page = Page(comm)
    assert page.merged("text") == run.text
    assert page.state["status"] == "done"


def test_everything_is_sent_before_the_waiter_is_let_go(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a", "b"])
    widget = run.widget
    run.wait()
    assert Page(of(comms, widget)).state["status"] == "done"


def test_all_messages_of_a_stream_come_from_the_writer(comms: list[RecordingComm], server: DemoServer) -> None:
    run = start(server)
    widget = run.widget
    run.wait()
    batches = [m["thread"] for m in of(comms, widget).messages if (m["data"].get("state") or {}).get("batch")]
    assert set(batches) == {"sse-widget-writer"}


def test_a_reload_starts_at_the_next_batch(comms: list[RecordingComm]) -> None:
    half, go = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        for i in range(200):
            if i == 100:
                half.set()
                go.wait(60)
            yield f"{i} "

    run = sw.stream(source())
    widget = run.widget
    comm = of(comms, widget)
    half.wait(60)
    comm.wait_for(lambda messages: "99 " in Page(comm).merged("text"))
    asked = len(comm.messages)
    comm.handle_msg({"content": {"data": {"method": "request_state"}}, "buffers": []})
    go.set()
    run.wait()
    reloaded = RecordingComm()
    reloaded.messages = comm.messages[asked:]
    assert "snapshot" in reloaded.messages[0]["data"]["state"]
    assert reloaded.messages[0]["data"]["state"]["batch"] is None
    assert Page(reloaded).merged("text") == run.text == Page(comm).merged("text")


def test_a_hole_is_healed_by_a_snapshot(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a", "b", "c"])
    comm = of(comms, run.widget)
    run.wait()
    before = len(comm.messages)
    comm.receive({"type": "resync"})
    comm.wait_for(lambda messages: len(messages) > before)
    healed = RecordingComm()
    healed.messages = comm.messages[before:]
    assert list(healed.messages[0]["data"]["state"]) == ["snapshot"]
    assert Page(healed).merged("text") == "abc"


def test_a_lost_end_is_noticed(comms: list[RecordingComm]) -> None:
    """Nothing follows the last batch, so its loss makes no hole: an empty batch follows, until the page says that it has all."""
    run = sw.stream(["a"])
    comm = of(comms, run.widget)
    run.wait()

    def empty(messages: list[dict[str, Any]]) -> list[int]:
        batches = [m["data"].get("state", {}).get("batch") for m in messages]
        return [batch["seq"] for batch in batches if batch and not batch["lanes"]]

    seq = comm.wait_for(empty)[0]
    comm.receive({"type": "ack", "seq": seq})
    assert Page(comm).seq == seq


def test_nothing_grows_with_the_length_already_sent(comms: list[RecordingComm]) -> None:
    """The same number of tokens costs the same number of bytes, at the end of a long text as at its beginning."""
    more = threading.Semaphore(0)
    steps, size = 10, 100

    def source() -> Iterator[str]:
        for _ in range(steps):
            assert more.acquire(timeout=60)
            yield from [" word"] * size

    run = sw.stream(source())
    comm = of(comms, run.widget)
    costs: list[int] = []

    def shown(messages: list[dict[str, Any]]) -> bool:
        return len(Page(comm).merged("text")) == len(" word") * size * (len(costs) + 1)

    for _ in range(steps):
        before = len(comm.messages)
        more.release()
        comm.wait_for(shown)
        batches = [(m["data"].get("state", {}).get("batch"), m["buffers"]) for m in comm.messages[before:]]
        costs.append(sum(len(repr(lane["ops"])) for batch, _ in batches if batch for lane in batch["lanes"]))
    run.wait()
    # In how many batches they come is the machine's business, so there is some room; the text alone is ten times longer at the end.
    assert max(costs[1:]) < 2 * min(costs[1:])


def test_stop_from_the_page(comms: list[RecordingComm], server: DemoServer) -> None:
    run = start(server, "count", tokens=100_000, rate=200)
    comm = of(comms, run.widget)
    next(iter(run))
    comm.receive({"type": "stop", "lane": run.id})
    run.wait()
    assert (run.status, run.stopped_by, Page(comm).state["status"]) == ("stopped", "the page", "stopped")


def test_an_event_in_detail(comms: list[RecordingComm]) -> None:
    run = sw.stream([b": ping\n\nid: 7\nevent: x\nda", b'ta: {"result": "a"}\n\n', b'data: {"result": "b"}\n\n'], extract="$.result").wait()
    comm = of(comms, run.widget)

    def ask(frame: object) -> dict[str, Any]:
        comm.receive({"type": "event", "id": 5, "lane": run.id, "frame": frame})
        answer: dict[str, Any] = comm.wait_for(lambda messages: [m for m in messages if m["data"].get("method") == "custom"])[-1]["data"][
            "content"
        ]
        with comm.news:
            comm.messages[:] = [m for m in comm.messages if m["data"].get("method") != "custom"]
        return answer

    index = run.events[0].frame
    detail = ask(index)
    assert (detail["type"], detail["event"], detail["id_in_force"], detail["data"]) == ("event", 0, "7", '{"result": "a"}')
    assert detail["event_type"] == "x"
    assert detail["adds"] == [{"part": 1, "kind": "text", "text": "a"}]
    assert detail["raw"] == 'id: 7\nevent: x\ndata: {"result": "a"}\n\n'
    assert detail["chunk_size"] == 21
    assert detail["delta"] >= 0
    assert detail["size"] == len(detail["raw"])
    for bad in (10_000, -1, "x", None):
        assert ask(bad) == {"type": "error", "id": 5, "message": "There is no such event."}


def test_garbage_from_the_page_is_harmless(comms: list[RecordingComm], caplog: pytest.LogCaptureFixture) -> None:
    run = sw.stream(["a"]).wait()
    comm = of(comms, run.widget)
    garbage: Any
    for garbage in (None, 3, [], {}, {"type": "ack", "seq": "x"}, {"type": "stop"}, {"type": "event"}, {"type": "nonsense"}):
        comm.receive(garbage)
    done = threading.Event()
    run.session.post(done.set)
    assert done.wait(60)
    assert caplog.text == ""


def test_half_a_surrogate_pair_of_the_users_own_keeps_nothing_from_the_page(comms: list[RecordingComm]) -> None:
    half = "a\ud800b"

    def items() -> Iterator[str]:
        yield "x"
        raise ValueError(half)

    run = sw.Session(half).stream(items(), name=half, join=half)
    comm = of(comms, run.widget)
    with pytest.raises(sw.SourceError):
        run.wait()
    run.widget._receive(run.widget, {"type": "event", "lane": run.id, "id": 1, "frame": len(run.reading.channels) - 1}, [])
    comm.wait_for(lambda messages: any(message["data"].get("content", {}).get("id") == 1 for message in messages))
    run.widget.send_state("snapshot")
    for message in comm.messages:  # as the kernel writes it
        json.dumps(message["data"], ensure_ascii=False, default=repr).encode()
    state = Page(comm).state
    assert (state["name"], state["rule"]["join"], state["status"]) == ("a\ufffdb", "a\ufffdb", "failed")
    assert "a\ufffdb" in state["error"]["message"]
    assert run.name == half


def test_a_closed_widget_is_fed_no_more(comms: list[RecordingComm]) -> None:
    go = threading.Event()

    def source() -> Iterator[str]:
        yield "a"
        go.wait(60)
        yield "b"

    run = sw.stream(source())
    widget = run.widget
    comm = of(comms, widget)
    widget.close()
    idle = threading.Event()
    run.session.post(idle.set)  # what the writer was about to send when the widget closed is sent
    assert idle.wait(60)
    sent = len(comm.messages)
    go.set()
    run.wait()
    assert len(comm.messages) == sent
    assert (run.status, run.text) == ("stopped", "a")  # nobody would have seen the rest
    assert run.session.views == []


def test_no_secret_reaches_the_page(comms: list[RecordingComm], server: DemoServer) -> None:
    canary = "sk-canary-0123456789"
    run = sw.stream(
        f"{server.url}/status/401?echo=1", headers={"Authorization": f"Bearer {canary}"}, json={"api_key": canary}, params={"key": canary}
    )
    widget = run.widget
    with pytest.raises(sw.StatusError):
        run.wait()
    comm = of(comms, widget)
    comm.receive({"type": "event", "id": 1, "lane": run.id, "frame": 0})
    comm.wait_for(lambda messages: any(m["data"].get("method") == "custom" for m in messages))
    everything = repr(comm.messages) + repr(widget.get_state())
    assert "Incorrect API key provided: Bearer ***" in everything
    assert canary not in everything


def test_a_missing_front_end_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr("sse_widget.view.assets.STATIC", tmp_path)
    assert "make build" in str(bundle("widget.js"))
    assert "export default" in str(bundle("widget.js"))
    assert bundle("widget.css") == ""


def test_a_closed_widget_is_forgotten_with_all_it_has_shown(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a"]).wait()
    run.widget.close()
    comms.clear()
    known = weakref.ref(run)
    del run
    for _ in range(100):
        gc.collect()
        idle = threading.Event()
        engine.writer.post(idle.set)  # the writer lets go of a session when it has had its last turn
        assert idle.wait(60)
        if known() is None:
            return
    raise AssertionError("it is still there")


def test_the_widget_has_a_stable_text() -> None:
    assert repr(sw.stream(["a"]).wait().widget) == "<StreamWidget of 1 run>"


def test_two_runs_of_one_session_are_two_lanes(comms: list[RecordingComm]) -> None:
    session = sw.Session("both")
    first, second = session.stream(["a"]).wait(), sw.stream(["b"], session=session).wait()
    assert first.session is second.session is session
    assert first.widget is second.widget
    snapshot = session.widget.get_state()["snapshot"]
    assert [lane["lane"] for lane in snapshot["lanes"]] == [first.id, second.id]


def test_a_batch_travels_as_ipywidgets_would_send_it(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a", "b"])
    comm = of(comms, run.widget)
    run.wait(10)
    batches = [m for m in comm.messages if (m["data"].get("state") or {}).get("batch")]
    comm.messages.clear()
    ipywidgets.Widget.send_state(run.widget, "batch")
    assert {**comm.messages[0], "thread": ""} == {**batches[-1], "thread": ""}


def test_marimo_is_given_the_widget_and_a_new_one_where_it_has_closed_its_comm(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a"], show=False).wait()
    first = run._display_()
    assert first is run.widget
    assert first is run.session._display_()
    first.comm._closed = True  # all that marimo does when the cell that shows it runs again
    again = run._display_()
    assert again is not first
    assert again.is_open
    assert again.comm is comms[-1]
