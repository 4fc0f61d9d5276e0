"""A kernel in which nothing happens by itself, and pages that follow it over a bad line: for tests of what becomes of messages.

`Kernel` is the real thing (session, readings, widget, traffic), with a clock of its own and streams that grow when a test says so.
`Page` is the protocol of the front end (store and link) told again in few words.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import sse_widget.view.widget as widget_module
from sse_widget.output import Output
from sse_widget.run import Run
from sse_widget.session import Session
from sse_widget.sources import BaseSource
from sse_widget.view.lane import lane_state

from .streams import Stream
from .support import RecordingComm

Message = dict[str, Any]
"""As a comm publishes it: ``state`` and, by their paths, buffers."""


# --- the kernel --------------------------------------------------------------------------------------------------------------
class _Still(Session):
    """A session that the writer thread may wake as often as it likes: only `Kernel` pumps it."""

    jobs: list[Any]

    def pump(self, now: float) -> float | None:
        return None

    def post(self, job: Any) -> None:
        self.jobs.append(job)

    def work(self, now: float) -> None:
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            job()
        for _ in range(200):  # a slice ends by the clock of the machine, which must make no difference here
            wait = super().pump(now)
            if wait != 0.0:
                break


class _HandRun(Run):
    """A run that nobody reads for."""

    def _start(self) -> None:
        return


class Kernel:
    """A session with a widget whose messages are kept in ``sent``. now: its clock, seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.session = _Still()
        self.session.jobs = []
        self.session.t0 = 0.0
        self.bodies: dict[str, bytes] = {}
        self._left = contextlib.ExitStack()
        self._left.enter_context(mock.patch("comm.create_comm", self._open))
        self._left.enter_context(mock.patch.object(widget_module, "time", SimpleNamespace(monotonic=lambda: self.now)))
        self.comm: RecordingComm | None = None

    def _open(self, **keys: Any) -> RecordingComm:
        self.comm = RecordingComm(**keys)
        return self.comm

    def close(self) -> None:
        self.session.widget.close()
        self._left.close()

    @property
    def sent(self) -> list[Message]:
        assert self.comm is not None
        return self.comm.messages

    def add(self, stream: Stream) -> Run:
        """A run that will say what ``stream`` holds, as `feed` lets it."""
        run = _HandRun(BaseSource(), self.session, name=stream.dialect, log=False, show=False, priority=0, reading={})
        run.recording.content_type = stream.content_type
        run.recording.mark("open", status=200)
        self.bodies[run.id] = stream.body()
        with self.session.lock:
            self.session.runs.append(run)
            self.session._live.append(run)
        return run

    def feed(self, run: Run, size: int) -> None:
        """Let so many bytes more arrive; with the last ones the stream is over."""
        body = self.bodies[run.id]
        if run.recording.closed:
            return
        at = run.recording.size
        run.recording.chunk(body[at : at + size])
        if at + size >= len(body):
            run.recording.seal("close")

    def step(self, seconds: float) -> None:
        """Let time go by, and the writer do what is due."""
        self.now += seconds
        self.session.work(self.now)

    def hear(self, command: dict[str, Any]) -> None:
        """A page's command arrives."""
        self.session.widget._receive(None, command, [])

    def ask(self) -> Message:
        """A page that is new asks for the state; the answer goes to all."""
        count = len(self.sent)
        self.session.widget.send_state()
        return self.sent[count]

    def truth(self) -> dict[str, Any]:
        """What a page should know when all is said, lane by lane."""
        return {run.id: _truth(run) for run in self.session.runs}


def _truth(run: Run) -> dict[str, Any]:
    reading, frames = run.reading, run.reading.frames
    output = Output()
    for delta in reading.deltas:
        output.apply(delta)
    rows = zip(frames.times, frames.starts, frames.ends, frames.kinds, reading.channels, strict=True)
    response: dict[str, Any] = {}
    for delta in reading.deltas:
        if delta.part == 0:
            _merge(response, json.loads(json.dumps(delta.value)))
    return {
        "reading": reading.number,
        "frames": [(time, end - start, kind, channel) for time, start, end, kind, channel in rows],
        "parts": [(p.number, p.kind, p.choice, p.text, json.loads(json.dumps(p.fields)), p.closed) for p in output.parts],
        "labels": reading.labels.runs(0, len(reading.labels)),
        "response": response,
        "state": json.loads(json.dumps(lane_state(run, slow_parts=True))),
    }


def _merge(response: dict[str, Any], fields: dict[str, Any]) -> None:
    """Finish reasons come one choice at a time; all else takes the place of what was there."""
    reasons = {**(response.get("finish_reason") or {}), **(fields.get("finish_reason") or {})}
    response.update(fields)
    if reasons:
        response["finish_reason"] = reasons


# --- what travels ------------------------------------------------------------------------------------------------------------
def feeds(message: Message) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The feeds of a message as a page gets them: their JSON, and their columns. The snapshot is the first."""
    data = message["data"]
    buffers = {tuple(path): bytes(buffer) for path, buffer in zip(data.get("buffer_paths", []), message["buffers"], strict=True)}
    for name in ("snapshot", "batch"):
        value = data.get("state", {}).get(name)
        if value is not None:
            yield json.loads(json.dumps(value, allow_nan=False)), buffers.get((name, "cols"), b"")


# --- the page ----------------------------------------------------------------------------------------------------------------
class Page:
    """What one page knows, and what it says: ``said`` are the commands that it has sent. Its clock is that of the kernel, seconds."""

    ACK, RESYNC, LONGEST, SILENCE = 1.25, 1.0, 30.0, 3.0

    def __init__(self) -> None:
        self.lanes: dict[str, dict[str, Any]] = {}
        self.seq = 0
        self.begun = False
        self.waiting = False
        self.said: list[dict[str, Any]] = []
        self._pause = self.RESYNC
        self._resync_at = self._ack_at = float("-inf")
        self._retry_at: float | None = None
        self._ack_due = False
        self._heard = self._looked = 0.0

    def receive(self, message: Message, now: float) -> None:
        """A message arrives."""
        if "snapshot" in message["data"].get("state", {}):
            self.begun = True  # before its state a page has no model that could hear of anything
        if self.begun:
            for feed, columns in feeds(message):
                self._take(feed, columns, now)

    def tick(self, now: float) -> None:
        """Time has gone by: what was put off is said now."""
        if self._ack_due and now >= self._ack_at:
            self._say_how_far(now)
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            if self.waiting:
                self._resync(now)
        if self.begun and self.live and now - self._heard >= self.SILENCE and now - self._looked >= self.SILENCE:
            self._looked = now
            self._say_how_far(now)

    @property
    def live(self) -> bool:
        """Whether it shows a stream that goes on."""
        return any(lane["state"].get("end") is None for lane in self.lanes.values())

    def _take(self, feed: dict[str, Any], columns: bytes, now: float) -> None:
        whole = feed.get("whole", False)
        if feed["seq"] < self.seq or (feed["seq"] == self.seq and (not whole or (self.lanes and not self.waiting))):
            return
        self._heard = now
        if not whole and (self.waiting or feed["seq"] != self.seq + 1):
            self._resync(now)
            return
        if whole:
            self.lanes = {}
            self.waiting, self._pause, self._retry_at = False, self.RESYNC, None
        for part in feed["lanes"]:
            self._lane(part, columns)
        self.seq = feed["seq"]
        if self.seq > 0:
            self._ack_due = True
            if now >= self._ack_at:
                self._say_how_far(now)

    def _lane(self, part: dict[str, Any], columns: bytes) -> None:
        lane = self.lanes.get(part["lane"])
        if lane is None or lane["reading"] != part["reading"]:
            state = {} if lane is None else lane["state"]
            lane = {"reading": part["reading"], "frames": [], "parts": {}, "labels": [], "response": {}, "state": state}
            self.lanes[part["lane"]] = lane
        assert part["first"] == len(lane["frames"]), "batches in a row follow one on another"
        n, at = part["count"], part.get("at", 0)
        times, sizes = struct.unpack_from(f"<{n}d", columns, at), struct.unpack_from(f"<{n}I", columns, at + 8 * n)
        lane["frames"] += zip(times, sizes, columns[at + 12 * n : at + 13 * n], columns[at + 13 * n : at + 14 * n], strict=True)
        for op in part["ops"]:
            _operate(lane, op)
        lane["labels"] += part.get("labels", [])
        state = part.get("state", {})
        if "metrics" in state:
            state = {**state, "metrics": {**lane["state"].get("metrics", {}), **state["metrics"]}}
        lane["state"].update(state)

    def _resync(self, now: float) -> None:
        self.waiting = True
        if self._retry_at is not None:
            return
        if now >= self._resync_at:
            self.said.append({"type": "resync"})
            self._resync_at = now + self.RESYNC
            self._retry_at = now + self._pause
            self._pause = min(2 * self._pause, self.LONGEST)
        else:
            self._retry_at = self._resync_at

    def _say_how_far(self, now: float) -> None:
        self._ack_due, self._ack_at = False, now + self.ACK
        self.said.append({"type": "ack", "seq": self.seq})

    def shows(self) -> dict[str, Any]:
        """What it knows, in the form of `Kernel.truth`."""
        return {
            id: {**lane, "parts": [(n, *p[:2], p[3].join(p[2]), *p[4:]) for n, p in lane["parts"].items()]}
            for id, lane in self.lanes.items()
        }


def _operate(lane: dict[str, Any], op: list[Any]) -> None:
    _, number, what, *value = op
    parts = lane["parts"]
    if isinstance(what, list):
        parts[number][2] += filter(None, what)
    elif what == "open":
        assert number not in parts
        facts = dict(value[0])
        parts[number] = [facts.pop("kind"), facts.pop("choice", 0), [], facts.pop("join", ""), facts, False]
    elif number == 0:
        _merge(lane["response"], value[0])
    elif what == "set":
        parts[number][4].update(value[0])
    elif what == "replace":
        parts[number][2][:] = [value[0]]
    else:
        parts[number][5] = True
