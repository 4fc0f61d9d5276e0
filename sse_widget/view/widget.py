"""The widget: two traits from the kernel to the page, and the page's commands. It is written to by the writer thread alone."""

from __future__ import annotations

import pathlib
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

from ..errors import UsageError
from ..preview import preview
from . import kernel
from .assets import asset
from .find import find, lines
from .lane import frame_detail, lane_state, rule_of
from .outbox import Lane, feed
from .traffic import BUDGET, Flow, Load, Traffic, urgent, weight

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session

STATIC = pathlib.Path(__file__).parent.parent / "static"
STATE_INTERVAL = 0.5
"""Seconds between two looks at metrics and findings while a run goes on."""
BEACONS = (1.5, 3.0, 6.0)
"""Seconds of silence, with batches unacknowledged, after which an empty batch goes out. A lost batch makes a hole only when
another follows, and after the last one none would; a page that lacks nothing just acknowledges it."""

_MISSING = "console.error('sse_widget: the front end is not built'); export default { render({ el }) { el.textContent = MESSAGE; } };"
_MISSING_MESSAGE = "The front end of sse_widget is missing from this installation. In a clone, run “make build”, then restart the kernel."


def _bundle(name: str) -> pathlib.Path | str:
    """A file of the front end. A missing one must not be a traceback at import: the widget says what to do."""
    path = STATIC / name
    if path.exists():
        return path
    return _MISSING.replace("MESSAGE", repr(_MISSING_MESSAGE)) if name.endswith(".js") else ""


def _event(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    try:
        return frame_detail(run, int(command["frame"]))
    except (LookupError, TypeError, ValueError):
        raise UsageError("There is no such event.") from None


def _read(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    run.read_again(**rule_of(command), wait=False)
    return {}


def _preview(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    try:
        found = preview(run.reading, **rule_of(command))
    except UsageError as error:  # half a path is no failure of the question
        return {"text": "", "matched": 0, "events": 0, "error": str(error)}
    return {**found._asdict(), "text": run.source.redactor.text(found.text)}


_ANSWERS = {"event": _event, "read": _read, "preview": _preview, "find": find, "lines": lines}
"""The commands that are answered, each under the id it came with."""


class StreamWidget(anywidget.AnyWidget):
    """Shows a session: the tokens as they arrive, a timeline of every event, and the merged output.

    batch: kernel → page, up to 30 times a second; only what is new. snapshot: kernel → page, everything so far, computed when the
    page asks for the state (on a reload, a second view, or after a hole). key: by which the page knows the widget again. The page
    writes none of them: it sends commands.
    """

    _esm = _bundle("widget.js")
    _css = _bundle("widget.css")

    batch = traitlets.Any(None, allow_none=True).tag(sync=True)
    snapshot = traitlets.Any(None, allow_none=True).tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seq = 0
        self._lanes: dict[str, Lane] = {}
        self._traffic = Traffic(BUDGET)
        self._slow_due = 0.0
        self._sent = 0.0
        self._beacons = 0
        with session.lock:  # the state that opens the comm is the snapshot that the first batch follows on
            # The layout: in a box of several widgets, an equal share.
            super().__init__(key=uuid.uuid4().hex[:12], layout=ipywidgets.Layout(width="100%"))
            session.views.append(self)
        self.on_msg(self._receive)
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
        return feed(self._seq, self._now(), parts, whole=True, flow=self.flow)

    def _lane(self, run: Run) -> Lane:
        return self._lanes.setdefault(run.id, Lane(run.id, run.source.redactor))

    def _now(self) -> float:
        return time.monotonic() - self._session.t0

    # --- on the writer thread, under the session's lock -------------------------------------------------------------------
    def pump(self, now: float) -> float | None:
        """Send a batch if one is due. Returns the seconds until the next may be, or None if nothing is waiting."""
        if self.comm is None:
            self._session.views.remove(self)
            self._traffic.close()
            return None
        loads = self._loads()
        wait = self._traffic.due(loads, now)
        if wait > 0 and loads:
            return wait
        late = self._flush(now, loads) if wait <= 0 else []
        waits = (self._idle_wait(now), self._beacon(now), self._traffic.due(late, now) if late else None)
        return min((wait for wait in waits if wait is not None), default=None)

    def finish(self, now: float) -> None:
        """A run has ended: what is left goes out before anyone who waits is let go."""
        self._slow_due = 0.0
        self._flush(now, [])

    @property
    def flow(self) -> Flow:
        """What the sending came to: batches, frames that waited, what was merged into later batches and why."""
        return self._traffic.flow

    def _loads(self) -> list[Load]:
        """What each lane has to send, and how much it counts."""
        loads = []
        for run in self._session.runs:
            lane, reading = self._lane(run), run.reading
            if lane.has_news(reading):
                fresh = lane.fresh(reading)
                counts = weight(run.share, focus=run.id == self._traffic.focus, urgent=urgent(fresh))
                loads.append(Load(run.id, counts, len(fresh)))
        return loads

    def _idle_wait(self, now: float) -> float | None:
        """While a run goes on without events, its state still changes: a stall is named while it lasts."""
        return max(self._slow_due - now, 0.0) if any(not run.is_final for run in self._session.runs) else None

    def _flush(self, now: float, loads: list[Load]) -> list[Load]:
        """Send what is new. Returns what has to wait for a later batch; if nothing was said to press, nothing does."""
        late = self._traffic.choose(loads, now)
        slow_parts = now >= self._slow_due
        if slow_parts:
            self._slow_due = now + STATE_INTERVAL
        parts = []
        for run in self._session.runs:
            if run.id in late:
                continue
            changes = self._lane(run).changes(run.reading, lane_state(run, slow_parts=slow_parts))
            if changes is not None:
                parts.append(changes)
        if parts:
            self._beacons = 0
            self._put(parts, now, late=bool(late), flow=self.flow if slow_parts else None)
        return [load for load in loads if load.lane in late]

    def _put(self, parts: list[tuple[dict[str, Any], bytes]], now: float, *, late: bool = False, flow: Flow | None = None) -> None:
        self._seq += 1
        self._traffic.sent(self._seq, [part["lane"] for part, _ in parts], now, late=late)
        with kernel.sending(self.comm, orphan=True):
            self.batch = feed(self._seq, self._now(), parts, flow=flow)
        self._sent = now

    def _beacon(self, now: float) -> float | None:
        """Send an empty batch if the page has been silent for long. Returns the seconds until the next may be due."""
        if self._traffic.all_heard or self._beacons == len(BEACONS):
            return None
        wait = self._sent + BEACONS[self._beacons] - now
        if wait > 0:
            return wait
        self._beacons += 1
        self._put([], now)
        return BEACONS[self._beacons] if self._beacons < len(BEACONS) else None

    # --- the page's commands: on whatever thread the kernel handles them ----------------------------------------------------
    def _receive(self, _widget: Any, command: Any, _buffers: Any) -> None:
        if not isinstance(command, dict):
            return
        kind = command.get("type")
        if kind == "stop":
            run = self._run(command.get("lane"))
            if run is not None:
                run.stop(by="the page", wait=False)
        elif kind == "ack":
            self._session.post(lambda: self._acknowledge(command))
        elif kind in ("pause", "resume"):
            self._session.post(lambda: self._pause(command.get("lane"), kind == "pause"))
        elif kind == "resync":
            self._session.post(self._resync)
        elif kind in _ANSWERS:
            self._session.post(lambda: self._answer(command, _ANSWERS[kind]))
        elif kind == "asset":
            self._session.post(lambda: self._serve(command))

    def _run(self, lane: Any) -> Run | None:
        return next((run for run in self._session.runs if run.id == lane), None)

    def _acknowledge(self, command: dict[str, Any]) -> None:
        seq, focus = command.get("seq"), command.get("focus")
        if not isinstance(seq, int):
            return
        hidden = command.get("hidden") is True
        if self._traffic.heard(seq, time.monotonic(), hidden=hidden, focus=focus if isinstance(focus, str) else None):
            self._session.wake()

    def _pause(self, lane: Any, paused: bool) -> None:
        run = self._run(lane)
        if run is not None:
            (run.pause if paused else run.resume)()

    def _resync(self) -> None:
        with kernel.sending(self.comm):
            self.send_state("snapshot")

    def _answer(self, command: dict[str, Any], give: Callable[[Run, dict[str, Any]], dict[str, Any]]) -> None:
        run = self._run(command.get("lane"))
        answer: dict[str, Any]
        try:
            if run is None:
                raise UsageError("There is no such stream.")
            answer = {"type": command["type"], "id": command.get("id"), **give(run, command)}
        except UsageError as error:
            answer = {"type": "error", "id": command.get("id"), "message": str(error)}
        if command.get("id") is not None:
            with kernel.sending(self.comm):
                self.send(answer)

    def _serve(self, command: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "asset", "id": command.get("id")}
        buffers = []
        try:
            buffers.append(asset(str(command.get("name"))))
        except UsageError as error:
            answer |= {"type": "error", "message": str(error)}
        with kernel.sending(self.comm):
            self.send(answer, buffers)

    def __repr__(self) -> str:
        return f"<StreamWidget of {len(self._session.runs)} run{'' if len(self._session.runs) == 1 else 's'}>"
