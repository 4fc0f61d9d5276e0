"""The half of a run that folds what has come, and decides how it ended. All of it is on the writer thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import traitlets

from .bounds import over
from .deltas import REASONING, TEXT
from .engine import engine
from .errors import (
    ConnectError,
    EmptyStreamError,
    ProviderError,
    RuleError,
    SSEWidgetError,
)
from .frames import Events
from .listeners import Listeners
from .reading import Reading
from .recording import Recording
from .signals import Signal
from .sources import BaseSource
from .token_log import TokenLog

if TYPE_CHECKING:
    from .session import Session

SLICE = 10
"""Entries folded before the writer looks at the clock: one may hold many events, and a user's ``parse`` may be slow."""


class Settling:
    """What the writer does with a run."""

    id: str
    session: Session
    source: BaseSource
    recording: Recording
    reading: Reading
    error: SSEWidgetError | None
    _source_error: SSEWidgetError | None
    _final: str | None
    _settled: bool
    _ended: bool
    _behind: bool
    _log: bool
    _token_log: TokenLog
    _heard: int
    _told_end: bool
    _told_status: str
    _told_reading: int
    _told_frames: int
    _told_deltas: int
    _told_events: int
    _signal: Signal
    _listeners: Listeners

    if TYPE_CHECKING:

        @property
        def events(self) -> Events: ...
        def stop(self, *, by: str = ..., wait: bool = ...) -> None: ...
        def notify_change(self, change: traitlets.Bunch) -> None: ...
        def _fail(self, error: BaseException) -> None: ...
        def _let_go(self) -> None: ...
        def _sort(self, deadline: float) -> bool: ...
        def _lanes_settled(self) -> bool: ...
        def _drop_lanes(self, why: str) -> None: ...

    # --- 3 folded, 5 settled: on the writer thread ---------------------------------------------------------------------
    def _fold(self, deadline: float) -> bool:
        """Fold what has arrived, at least a slice and on until ``deadline`` (monotonic, s). True if more is waiting."""
        more = not self._settled
        while more:
            more = self.reading.advance(SLICE)
            if time.monotonic() >= deadline:
                break
            engine.writer.manners.give_way()
        if self.reading.frames.outgrown is not None and not self.recording.closed:
            self._fail(self._outgrown())
            self._let_go()
        more = self._sort(deadline) or more
        self._tell()
        if self._behind and not more:
            self._behind = False
            self._signal.notify()
        return more

    def _settle(self) -> bool:
        """Decide how the run ended, once everything is folded. True when that happened now."""
        if self._settled or not self.reading.finished or not self._lanes_settled():
            return False
        self.error = self._source_error
        if self.error is None and self.reading.frames.outgrown is not None:  # the stream was over before that was seen
            self.error = self._outgrown()
        self._final = self._decide()
        self._settled = True
        self._tell()
        return True

    def _outgrown(self) -> SSEWidgetError:
        bounds = self.recording.bounds
        return over("event_bytes", bounds.event_bytes if bounds and bounds.event_bytes else 0, "An event")

    def _give_up(self, error: BaseException) -> None:
        """Folding raised, which it never should: the run fails, rather than leave everyone waiting, and its source is let go."""
        self.error = SSEWidgetError(
            f"Reading the stream failed: {self.source.redactor.text(f'{type(error).__name__}: {error}')}",
            hint="That is a defect of sse_widget; run.recording holds what came.",
        )
        self._final = "failed"
        self._settled = True
        self.stop(by="an error", wait=False)
        self._drop_lanes("what it is a part of could not be read")

    def _release(self) -> None:
        """The page has its last feed: let go whoever waits. (nbclient keeps only what is sent while the cell runs.)"""
        while self.recording.files:
            self.recording.files.pop()()
        with self.session.lock:
            if not self._settled:  # it is being read again already
                return
            if not self._told_end:
                self._told_end = True
                self._listeners.put_last("end", self)  # first: who sees that it has ended drains for the last time
            self._ended = True
        self._signal.notify()

    def _decide(self) -> str:
        reading, recording = self.reading, self.recording
        if self.error is None and recording.failure:  # a replay of what failed
            self.error = SSEWidgetError(recording.failure)
        if self.error is not None:
            return "failed"
        if recording.stopped:
            return "stopped"
        said = reading.output.error
        rule_error = reading.rule_error()
        if said is not None:
            said = self.source.redactor.json(said)
            words = said.get("message") or said
            self.error = ProviderError(f"The provider sent an error: {words}", code=said.get("code"), kind=said.get("type"))
        elif not reading.frames.events and recording.broken:
            self.error = ConnectError(
                f"The connection broke before the first event: {recording.broken}", hint="Check the server's log, and any proxy between."
            )
        elif not reading.frames.events and recording.response is not None and not reading.output.text:
            ignored = f" {len(reading.ignored)} lines came, but none is a field of an event stream." if reading.ignored else ""
            self.error = EmptyStreamError(
                f"The stream ended without a single event.{ignored}", hint="Check the request, and the server's log."
            )
        elif rule_error:
            self.error = RuleError(self.source.redactor.text(rule_error[0]), hint=rule_error[1])
        elif reading.cut_off_reason():
            return "cut off"
        else:
            return "done"
        return "failed"

    def _live_status(self) -> str:
        if self._final is not None:
            return self._final
        if self.recording.paused or (self.source.player is not None and self.source.player.paused):
            return "paused"
        if self.reading.connections.is_lost:
            return "reconnecting"
        if self.reading.phase == REASONING:
            return "thinking"
        if self.reading.phase:
            return "writing"
        return "waiting" if self.recording.opened else "connecting"

    def _tell(self) -> None:
        """Queue what users listen for, and wake those who iterate."""
        if self.reading.number != self._told_reading:
            self._told_reading, self._told_deltas = self.reading.number, 0
            self._heard = max(self._heard, self._told_frames)
        self._told_frames = len(self.reading.channels)
        deltas, listeners = self.reading.deltas, self._listeners
        if self._log or listeners.wants("delta"):
            for index, delta in enumerate(deltas[self._told_deltas :], self._told_deltas):
                listeners.put("delta", delta)
                if (
                    self._log
                    and delta.op == "append"
                    and delta.frame >= self._heard
                    and self.reading.channel_of(delta.part) in (TEXT, REASONING)
                ):
                    self._token_log.put(self.reading, index, delta)
            self._token_log.write(self.reading)
        changed = len(deltas) > self._told_deltas
        self._told_deltas = len(deltas)
        events, count = self.events, len(self.events)
        if listeners.wants("event"):
            for index in range(self._told_events, count):
                listeners.put("event", events[index])
        self._told_events = count
        status = self._live_status()
        if status != self._told_status:
            listeners.put("status", (self._told_status, status))
            self._told_status = status
            changed = True
        if changed:
            self._signal.notify()

    def _tell_status(self, change: tuple[str, str]) -> None:
        for name, old, new in (("status", *change), ("metrics", None, self.reading.metrics())):
            self.notify_change(traitlets.Bunch(name=name, old=old, new=new, owner=self, type="change"))
