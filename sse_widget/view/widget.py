"""The widget: two traits from the kernel to the page, and the page's commands. It is written to by the writer thread alone."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

from ..errors import UsageError
from ..preview import preview
from . import kernel
from .lane import frame_detail, lane_state, rule_of
from .outbox import Credit, Lane, feed

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


_ANSWERS = {"event": _event, "read": _read, "preview": _preview}
"""The commands that are answered, each under the id it came with."""


class StreamWidget(anywidget.AnyWidget):
    """Shows a session: the tokens as they arrive, a timeline of every event, and the merged output.

    batch: kernel → page, up to 30 times a second; only what is new. snapshot: kernel → page, everything so far, computed when the
    page asks for the state (on a reload, a second view, or after a hole). The page writes neither: it sends commands.
    """

    _esm = _bundle("widget.js")
    _css = _bundle("widget.css")

    batch = traitlets.Any(None, allow_none=True).tag(sync=True)
    snapshot = traitlets.Any(None, allow_none=True).tag(sync=True)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seq = 0
        self._lanes: dict[str, Lane] = {}
        self._credit = Credit()
        self._slow_due = 0.0
        self._sent = 0.0
        self._beacons = 0
        with session.lock:  # the state that opens the comm is the snapshot that the first batch follows on
            super().__init__(layout=ipywidgets.Layout(width="100%"))  # in a box of several widgets, an equal share
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
            return state

    def send_state(self, key: Any = None) -> None:
        with self._session.lock:  # no batch may overtake the snapshot that it follows on
            super().send_state(key)

    def _snapshot(self) -> dict[str, Any]:
        parts = [self._lane(run).whole(run.reading, lane_state(run, slow_parts=True)) for run in self._session.runs]
        return feed(self._seq, self._now(), parts, whole=True)

    def _lane(self, run: Run) -> Lane:
        return self._lanes.setdefault(run.id, Lane(run.id, run.source.redactor))

    def _now(self) -> float:
        return time.monotonic() - self._session.t0

    # --- on the writer thread, under the session's lock -------------------------------------------------------------------
    def pump(self, now: float) -> float | None:
        """Send a batch if one is due. Returns the seconds until the next may be, or None if nothing is waiting."""
        if self.comm is None:
            self._session.views.remove(self)
            return None
        wait = self._credit.due(now)
        if wait > 0 and self._has_news():
            return wait
        if wait <= 0:
            self._flush(now)
        waits = (self._idle_wait(now), self._beacon(now))
        return min((wait for wait in waits if wait is not None), default=None)

    def finish(self, now: float) -> None:
        """A run has ended: what is left goes out before anyone who waits is let go."""
        self._slow_due = 0.0
        self._flush(now)

    def _has_news(self) -> bool:
        return any(self._lane(run).has_news(run.reading) for run in self._session.runs)

    def _idle_wait(self, now: float) -> float | None:
        """While a run goes on without events, its state still changes: a stall is named while it lasts."""
        return max(self._slow_due - now, 0.0) if any(not run.is_final for run in self._session.runs) else None

    def _flush(self, now: float) -> None:
        slow_parts = now >= self._slow_due
        if slow_parts:
            self._slow_due = now + STATE_INTERVAL
        parts = []
        for run in self._session.runs:
            changes = self._lane(run).changes(run.reading, lane_state(run, slow_parts=slow_parts))
            if changes is not None:
                parts.append(changes)
        if parts:
            self._beacons = 0
            self._put(parts, now)

    def _put(self, parts: list[tuple[dict[str, Any], bytes]], now: float) -> None:
        self._seq += 1
        with kernel.sending(self.comm, orphan=True):
            self.batch = feed(self._seq, self._now(), parts)
        self._sent = now
        self._credit.sent(self._seq, now)

    def _beacon(self, now: float) -> float | None:
        """Send an empty batch if the page has been silent for long. Returns the seconds until the next may be due."""
        if self._credit.all_heard or self._beacons == len(BEACONS):
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
            self._session.post(lambda: self._acknowledge(command.get("seq")))
        elif kind == "resync":
            self._session.post(self._resync)
        elif kind in _ANSWERS:
            self._session.post(lambda: self._answer(command, _ANSWERS[kind]))

    def _run(self, lane: Any) -> Run | None:
        return next((run for run in self._session.runs if run.id == lane), None)

    def _acknowledge(self, seq: Any) -> None:
        if isinstance(seq, int):
            self._credit.acked(seq, time.monotonic())

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

    def __repr__(self) -> str:
        return f"<StreamWidget of {len(self._session.runs)} run{'' if len(self._session.runs) == 1 else 's'}>"
