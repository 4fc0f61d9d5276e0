"""The widget: two traits from the kernel to the page, and the page's commands. It is written to by the writer thread alone."""

from __future__ import annotations

import contextlib
import time
import uuid
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

from ..errors import UsageError
from ..phase import PHASE
from ..sessions import board
from . import kernel
from .answers import ANSWERS, answer_to, served
from .assets import bundle
from .export import export
from .hearing import MESSAGE, ear
from .lane import lane_state
from .outbox import Lane, feed, sendable
from .telling import Telling
from .traffic import BUDGET, Flow, Load, Traffic, urgent, weight

if TYPE_CHECKING:
    from ..reading import Reading
    from ..run import Run
    from ..session import Session

BEACONS = (1.5, 3.0, 6.0)
"""Seconds of silence, with batches unacknowledged, after which an empty batch goes out. A lost batch makes a hole only when
another follows, and after the last one none would; a page that lacks nothing just acknowledges it."""

KEPT = 20_000
"""Frames of a session up to which ``persist="widget"`` puts them into the saved state: about 0.5 MB."""


class StreamWidget(anywidget.AnyWidget):
    """Shows a session: the tokens as they arrive, a timeline of every event, and the merged output.

    batch: kernel → page, up to 30 times a second; only what is new. snapshot: kernel → page, everything so far, computed when the
    page asks for the state (on a reload, a second view, or after a hole). key: by which the page knows the widget again. The page
    writes none of them: it sends commands.
    """

    _esm = bundle("widget.js")
    _css = bundle("widget.css")

    batch = traitlets.Any(None, allow_none=True).tag(sync=True)
    snapshot = traitlets.Any(None, allow_none=True).tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seq = 0
        self._lanes: dict[str, Lane] = {}
        self._traffic = Traffic(BUDGET, PHASE)
        self._telling = Telling()
        self._quiet: dict[str, Reading] = {}
        self._served: tuple[Any, ...] | None = None  # the question for a part of the front end that was answered last
        self._board: tuple[Any, int] = (None, 0)  # which one the page knows, and its revision
        self._sent = 0.0
        self._said: tuple[Any, ...] = ()  # of the sending: what was told of it last
        self._beacons = 0
        self._askers = 0  # how often a page asked for everything; the first time is the widget's own, which opens its comm
        self._lacking = False  # a page has said that it lacks what was sent
        self._own_layout = ipywidgets.Layout(width="100%")
        with session.lock:  # the state that opens the comm is the snapshot that the first batch follows on
            # The layout: in a box of several widgets, an equal share.
            super().__init__(key=uuid.uuid4().hex[:12], layout=self._own_layout)
            session.views.append(self)
        self.on_msg(self._receive)
        if self.comm is not None:
            self.comm.on_close(lambda _message: self.close())
            ear.listen(self.comm.comm_id, self)
        session.wake()

    # --- state for a page that is new ------------------------------------------------------------------------------------
    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The state, with a snapshot computed for whoever asks for all of it. `batch` is left out: the snapshot holds it."""
        with self._session.lock:
            state: dict[str, Any] = super().get_state(key=key, drop_defaults=drop_defaults)
            if key is None or key == "snapshot" or (not isinstance(key, str) and "snapshot" in key):
                state["snapshot"] = self._snapshot()
            if key is None:
                state["batch"] = None
                self._askers += 1
                self._traffic.new_page()
            return state

    def send_state(self, key: Any = None) -> None:
        if key == "batch" and self.batch is not None:
            self._send_batch(self.batch)
            return
        with self._session.lock:  # no batch may overtake the snapshot that it follows on
            super().send_state(key)

    def _send_batch(self, batch: dict[str, Any]) -> None:
        """The message that ipywidgets sends when the trait is set, made without its search for buffers in every list of the batch."""
        state = {name: value for name, value in batch.items() if name != "cols"}
        paths, buffers = ([["batch", "cols"]], [batch["cols"]]) if "cols" in batch else ([], [])
        self._send({"method": "update", "state": {"batch": state}, "buffer_paths": paths}, buffers=buffers)

    def _snapshot(self) -> dict[str, Any]:
        parts = [self._lane(run).whole(run.reading, lane_state(run, slow_parts=True)) for run in self._session.runs]
        message = feed(self._seq, self._now(), parts, whole=True, flow=self.flow)
        shown = board.told(self._session)
        return message if shown is None else {**message, "board": shown}

    def _lane(self, run: Run) -> Lane:
        return self._lanes.setdefault(run.id, Lane(run.id, run.veil))

    def _now(self) -> float:
        return time.monotonic() - self._session.t0

    # --- on the writer thread, under the session's lock -------------------------------------------------------------------
    def pump(self, now: float) -> float | None:
        """Send a batch if one is due. Returns the seconds until the next may be, or None if nothing is waiting."""
        if not self.is_open:
            self._session.views.remove(self)
            self._traffic.close()
            return None
        if self.is_live:
            ear.attend()
        loads = self._loads()
        wait = self._traffic.due(loads, now)
        if wait > 0 and (loads or self._board != self._newest_board()):
            return wait
        late = self._flush(now, loads) if wait <= 0 else []
        waits = (self._idle_wait(now), self._beacon(now), self._traffic.due(late, now) if late else None)
        return min((wait for wait in waits if wait is not None), default=None)

    def finish(self, now: float) -> None:
        """A run has ended: what is left goes out before anyone who waits is let go."""
        self._flush(now, [])
        runs = self._session.runs
        if all(run.is_final for run in runs) and any(run.persist in ("widget", "both") for run in runs):
            self._keep()

    def _keep(self) -> None:
        """Send the page all of it once more, for the state that it saves with the notebook; the page itself lacks nothing."""
        if sum(len(run.reading.channels) for run in self._session.runs) <= KEPT:
            with kernel.sending(self.comm):
                self.send_state("snapshot")

    @property
    def flow(self) -> Flow:
        """What the sending came to: batches, frames that waited, what was merged into later batches and why."""
        return self._traffic.flow

    def _loads(self) -> list[Load]:
        """What each lane has to send, and how much it counts."""
        loads = []
        for run in self._speaking():
            lane, reading = self._lane(run), run.reading
            if lane.has_news(reading):
                fresh = lane.fresh(reading)
                counts = weight(run.share, focus=run.id == self._traffic.focus, urgent=urgent(fresh))
                loads.append(Load(run.id, counts, len(fresh)))
        return loads

    def _speaking(self) -> list[Run]:
        """The runs that may have something to say. One that has ended, and has said what it came to, is quiet until it is read again."""
        return [run for run in self._session.runs if self._quiet.get(run.id) is not run.reading or not run.is_final]

    def _idle_wait(self, now: float) -> float | None:
        """While a run goes on without events, its state still changes: a stall is named while it lasts."""
        return self._telling.wait([run for run in self._session.runs if not run.is_final], now) if self.is_live else None

    def _flush(self, now: float, loads: list[Load]) -> list[Load]:
        """Send what is new. Returns what has to wait for a later batch; if nothing was said to press, nothing does."""
        late = self._traffic.choose(loads, now)
        runs = [run for run in self._speaking() if run.id not in late]
        whole, told = self._telling.choose(runs, now, self._traffic.focus)
        parts = []
        for run in runs:
            state = lane_state(run, slow_parts=run.id in whole) if run.id in told else {}
            changes = self._lane(run).changes(run.reading, state)
            if changes is not None:
                parts.append(changes)
            if run.is_final and run.id in whole:
                self._quiet[run.id] = run.reading
        if parts or self._board != self._newest_board():
            self._beacons = 0
            self._put(parts, now, late=bool(late), flow=self.flow if whole and self._flow_is_news() else None)
        return [load for load in loads if load.lane in late]

    def _flow_is_news(self) -> bool:
        """Whether more can be told of the sending than the number of batches, or it is the last word."""
        said, self._said = self._said, (self.flow.most, self.flow.merged, self.flow.why)
        return said != self._said or not self.is_live

    def _put(self, parts: list[tuple[dict[str, Any], bytes]], now: float, *, late: bool = False, flow: Flow | None = None) -> None:
        self._seq += 1
        self._lacking = False
        self._traffic.sent(self._seq, [part["lane"] for part, _ in parts], now, late=late)
        message = feed(self._seq, self._now(), parts, flow=flow)
        newest = self._newest_board()
        if self._board != newest:
            self._board = newest
            message["board"] = board.told(self._session)
        with kernel.sending(self.comm, orphan=True):
            self.batch = message
        self._sent = now

    def _newest_board(self) -> tuple[Any, int]:
        newest = self._session.board
        return (None, 0) if newest is None else (newest, newest.revision)

    def _beacon(self, now: float) -> float | None:
        """Send an empty batch if the page has been silent for long. Returns the seconds until the next may be due.

        One page's word is not another's: where there may be several, an empty batch follows the last one in any case, and a page that
        looks for itself and lacks something, however late, is answered by one.
        """
        done = self._beacons == len(BEACONS) or (self._traffic.all_heard and (self._askers < 2 or self._beacons > 0))
        if done and not self._lacking:
            return None
        wait = self._sent + BEACONS[0 if done else self._beacons] - now
        if wait > 0:
            return wait
        if not done:
            self._beacons += 1
        self._put([], now)
        return BEACONS[self._beacons] if self._beacons < len(BEACONS) else None

    @property
    def is_open(self) -> bool:
        """Whether a page can show it. marimo closes the comm alone, when the cell that shows the widget runs again."""
        return self.comm is not None and not getattr(self.comm, "_closed", False)

    # --- the end of runs ---------------------------------------------------------------------------------------------------
    @property
    def is_live(self) -> bool:
        """Whether a run of the session goes on."""
        return any(not run.is_final for run in self._session.runs)

    def hear(self, command: dict[str, Any], way: str) -> None:
        """The page asks to stop a run, or for a part of the front end. On any thread, and perhaps twice: `hearing` is quicker than the
        kernel's turn."""
        if command.get("type") == "asset":
            self._session.post(lambda: self._serve(command))
            return
        run = self._run(command.get("lane"))
        if run is not None and not run.recording.closed:
            ear.count(way)
            run.stop(by="the page", wait=False)

    def close(self) -> None:
        """Take the widget from every page, and stop what it shows: nobody would see it, and the provider would go on."""
        if self.comm is None:
            return
        for run in list(self._session.runs):
            run.stop(by="the widget's close", wait=False)
        with self._session.lock:  # no batch is on its way
            super().close()
        self._own_layout.close()  # a model of its own, which ipywidgets would keep for as long as the kernel runs
        self._session.wake()

    # --- the page's commands: on whatever thread the kernel handles them ----------------------------------------------------
    def _receive(self, _widget: Any, command: Any, _buffers: Any) -> None:
        if not isinstance(command, dict):
            return
        kind = command.get("type")
        if kind in ("stop", "asset"):
            self.hear(command, MESSAGE)
        elif kind == "ack":
            self._session.post(lambda: self._acknowledge(command))
        elif kind == "speed":
            self._session.post(lambda: self._speed(command.get("lane"), command.get("speed")))
        elif kind in ("pause", "resume"):
            self._session.post(lambda: self._pause(command.get("lane"), kind == "pause"))
        elif kind == "resync":
            self._session.post(self._resync)
        elif kind == "board":
            self._session.post(lambda: self._command(command))
        elif kind in ANSWERS:
            self._session.post(lambda: self._answer(command))
        elif kind == "export":
            self._export(command)

    def _run(self, lane: Any) -> Run | None:
        return next((run for run in self._session.runs if run.id == lane), None)

    def _acknowledge(self, command: dict[str, Any]) -> None:
        seq, focus, frame = command.get("seq"), command.get("focus"), command.get("frame")
        if not isinstance(seq, int):
            return
        if isinstance(frame, (int, float)) and 0 <= frame < 1000:
            PHASE.heard(self._session.t0 + frame / 1000)
        hidden = command.get("hidden") is True
        seen = self._traffic.heard(seq, time.monotonic(), hidden=hidden, focus=focus if isinstance(focus, str) else None)
        lacking, self._lacking = self._lacking, seq < self._seq
        if seen or (self._lacking and not lacking):
            self._session.wake()

    def _pause(self, lane: Any, paused: bool) -> None:
        run = self._run(lane)
        if run is not None:
            (run.pause if paused else run.resume)()

    def _speed(self, lane: Any, speed: Any) -> None:
        run = self._run(lane)
        if run is not None and run.source.player is not None:
            with contextlib.suppress(UsageError):  # no speed: the page has a list of them
                run.source.player.speed = speed

    def _command(self, command: dict[str, Any]) -> None:
        with self._session.lock:
            if self._session.board is not None:
                self._session.board.command(command)

    def _resync(self) -> None:
        with kernel.sending(self.comm):
            self.send_state("snapshot")

    def _answer(self, command: dict[str, Any]) -> None:
        answer = answer_to(self._run(command.get("lane")), command)
        if command.get("id") is not None:
            self._tell(answer)

    def _serve(self, command: dict[str, Any]) -> None:
        """Each question once, although it may be heard twice. A page that was loaded anew counts from 1 again, but asks for all again."""
        asked = (self._askers, command.get("id"), command.get("name"))
        if self._served != asked:
            self._served = asked
            self._tell(*served(command))

    def _export(self, command: dict[str, Any]) -> None:
        export(self._run(command.get("lane")), command, lambda *answer: self._session.post(lambda: self._tell(*answer)))

    def _tell(self, answer: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with kernel.sending(self.comm):
            self.send(sendable(answer), buffers)

    def __repr__(self) -> str:
        return f"<StreamWidget of {len(self._session.runs)} run{'' if len(self._session.runs) == 1 else 's'}>"
