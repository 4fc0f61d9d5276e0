"""One stream's life.

1. *Started.* A source is chosen, a recording opened, and the source set reading: on the engine loop, in a worker thread, or
   as a task of the caller's loop. Status "connecting". `sw.stream` has returned by now.
2. *Read.* The source appends what arrives, with its time. The response's head makes the status "waiting".
3. *Folded.* On the writer thread, slice by slice: frames, deltas, output, metrics. Status "thinking" and "writing".
4. *Ended.* The source returned, raised or was stopped; one last mark seals the recording. Nothing can follow it.
5. *Settled.* The last fold is done, the status is decided ("done", "stopped", "cut off", "failed"), the page has had its last
   feed, and whoever waits is let go.

Another reading (`Run.read_again`) goes through 3 and 5 once more, over the same recording; nothing is read from the source for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import traitlets

from .deltas import REASONING, TEXT
from .dialects.logprobs import Logprob
from .engine import engine
from .errors import ConnectError, EmptyStreamError, ProviderError, RuleError, SourceError, SSEWidgetError, UsageError
from .findings import Finding
from .frames import Events
from .listeners import Listeners
from .output import Output, ToolCall
from .reading import Reading
from .recording import Recording, SealedError
from .rereading import AS_DETECTED, ReadAgain
from .signals import Signal
from .sources import BaseSource, Broken
from .waiting import Waiting

if TYPE_CHECKING:
    from .session import Session

stream_log = logging.getLogger("sse_widget.stream")
PRIORITIES = 6
"""Steps of priority, up and down, that make a difference."""
SLICE = 10
"""Entries folded before the writer looks at the clock: one may hold many events, and a user's ``parse`` may be slow."""


class _Live(traitlets.TraitType[Any, Any]):
    """A trait that is always read live. Its change is told on the user's side, so observers never run in our threads."""

    def __init__(self, read: Callable[[Any], Any], help: str) -> None:
        super().__init__(read_only=True, help=help)
        self._read = read

    def get(self, obj: Any, cls: Any = None) -> Any:
        return self._read(obj)


class Run(Waiting, ReadAgain, traitlets.HasTraits):
    """A stream that is being read, or was.

    Await it, ``wait()`` for it, iterate over its text, observe its ``status``, or just show it: it goes on in the background.
    """

    status = _Live(
        lambda run: run._live_status(),
        help="connecting, waiting, thinking, writing, reconnecting, paused, done, stopped, cut off or failed.",
    )
    metrics = _Live(lambda run: run.reading.metrics(), help="Times and rates so far, see `sse_widget.metrics`.")

    def __init__(
        self, source: BaseSource, session: Session, *, name: str | None, log: bool, show: bool, priority: int, reading: dict[str, Any]
    ) -> None:
        super().__init__()
        self.id = uuid.uuid4().hex[:8]
        self.session = session
        self.priority = priority
        self.name = name or ""
        self.source = source
        self.recording = Recording(name=self.name)
        self.recording.framing = reading.pop("framing", "auto")
        self._options = self._first_options = {**AS_DETECTED, **reading}
        self.reading = Reading(self.recording, **self._options)
        self.error: SSEWidgetError | None = None
        self._source_error: SSEWidgetError | None = None
        self.show = show
        self._log = log
        self._final: str | None = None
        self._settled = False
        """The status is decided for the reading in force. While a finished run is read again it is not, and keeps its old one."""
        self._ended = False
        self._iterating = 0
        self._behind = False  # a new reading has not read yet what had come
        self._told_end = False
        self._heard = 0
        """Frames that an earlier reading folded: they are not logged again."""
        self._told_status = "connecting"
        self._signal = Signal()
        self._told_reading = self._told_frames = self._told_deltas = self._told_events = 0
        self._future: Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._loop_thread = threading.current_thread()
        self._listeners = Listeners(self._loop)
        self._listeners.on("status", self._tell_status)

    # --- 1 started, 2 read -------------------------------------------------------------------------------------------
    def _start(self) -> None:
        self.recording.listen(lambda: engine.writer.wake(self.session))
        if self.source.where == "engine":
            self._future = engine.submit(self._read())
        elif self.source.where == "thread":
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(self._read_blocking,), name=f"sse-widget-{self.id}", daemon=True).start()
        else:
            if self._loop is None:
                raise UsageError(
                    "This source is bound to an event loop, and none is running here.", hint="Call sw.stream inside an async function."
                )
            self._task = self._loop.create_task(self._read())
            # A task that is cancelled before its first step never gets to seal anything itself.
            self._task.add_done_callback(lambda task: self._seal("stop", by="cancelled"))

    async def _read(self) -> None:
        try:
            await self.source.read(self.recording)
        except asyncio.CancelledError:
            self._seal("stop", by="cancelled")
            raise
        except BaseException as error:
            self._fail(error)
        else:
            self._seal("close")

    def _read_blocking(self) -> None:
        try:
            self.source.read_blocking(self.recording)
        except BaseException as error:
            self._fail(error)
        else:
            self._seal("close")

    # --- 4 ended -----------------------------------------------------------------------------------------------------
    def _fail(self, error: BaseException) -> None:
        if isinstance(error, SealedError):
            return
        if isinstance(error, Broken):
            self._seal("error", broken=self.source.redactor.text(str(error)))
            return
        if not isinstance(error, SSEWidgetError):
            text = self.source.redactor.text(f"{type(error).__name__}: {error}")
            wrapped = SourceError(f"Reading failed: {text}", hint="What came before is kept.")
            wrapped.__cause__ = self.source.redactor.cause(error)
            error = wrapped
        with self.recording.lock:
            if not self.recording.closed:
                self.error = self._source_error = error
                self._seal("error", type=type(error).__name__, message=error.message)

    def _seal(self, name: str, **info: Any) -> bool:
        sealed = self.recording.seal(name, **info)
        engine.writer.wake(self.session, at_once=True)
        return sealed

    def stop(self, *, by: str = "stop()", wait: bool = True) -> None:
        """End the request. What came is kept; nothing of this run appears after it. Safe from any thread, and more than once.

        by: who stopped it, for the page. wait: return only when the run is settled (2 s at most).
        """
        self._seal("stop", by=by)
        if self._future is not None:
            self._future.cancel()
        if self._task is not None and self._loop is not None and not self._task.done():
            with contextlib.suppress(RuntimeError):  # its loop is gone, and the task with it
                self._loop.call_soon_threadsafe(self._task.cancel)
        self.source.release()
        if wait and not engine.is_current:
            self._settled_within(2.0)

    def _settled_within(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while True:
            seen = self._signal.version
            if self._ended:
                return True
            if not self._signal.wait(seen, deadline - time.monotonic()):
                return False

    def pause(self) -> None:
        """Stop reading from the source, which holds the server back once the socket's buffers are full. Marked in the recording."""
        self.recording.pause(True)

    def resume(self) -> None:
        """Go on reading."""
        self.recording.pause(False)

    # --- 3 folded, 5 settled: on the writer thread ---------------------------------------------------------------------
    def _fold(self, deadline: float) -> bool:
        """Fold what has arrived, at least a slice and on until ``deadline`` (monotonic, s). True if more is waiting."""
        more = not self._settled
        while more:
            more = self.reading.advance(SLICE)
            if time.monotonic() >= deadline:
                break
        self._tell()
        if self._behind and not more:
            self._behind = False
            self._signal.notify()
        return more

    def _settle(self) -> bool:
        """Decide how the run ended, once everything is folded. True when that happened now."""
        if self._settled or not self.reading.finished:
            return False
        self.error = self._source_error
        self._final = self._decide()
        self._settled = True
        self._tell()
        return True

    def _give_up(self, error: BaseException) -> None:
        """Folding raised, which it never should: the run fails, rather than leave everyone waiting, and its source is let go."""
        self.error = SSEWidgetError(
            f"Reading the stream failed: {self.source.redactor.text(f'{type(error).__name__}: {error}')}",
            hint="That is a defect of sse_widget; run.recording holds what came.",
        )
        self._final = "failed"
        self._settled = True
        self.stop(by="an error", wait=False)

    def _release(self) -> None:
        """The page has its last feed: let go whoever waits. (nbclient keeps only what is sent while the cell runs.)"""
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
        if self.recording.paused:
            return "paused"
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
            for delta in deltas[self._told_deltas :]:
                listeners.put("delta", delta)
                if (
                    self._log
                    and delta.op == "append"
                    and delta.frame >= self._heard
                    and self.reading.channel_of(delta.part) in (TEXT, REASONING)
                ):
                    stamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
                    stream_log.info('[STREAM][%s] Token: "%s" at %s', self.id, self.source.redactor.text(delta.value), stamp)
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

    # --- what came -----------------------------------------------------------------------------------------------------
    @property
    def priority(self) -> int:
        """How much the run counts when not everything can be read and shown at once: each step doubles. 0 is usual; set it any time."""
        return self._priority

    @priority.setter
    def priority(self, priority: int) -> None:
        if not isinstance(priority, int):
            raise UsageError(f"priority must be a whole number, not a {type(priority).__name__}.")
        self._priority = priority

    @property
    def is_followed(self) -> bool:
        """Whether somebody iterates, or is called for every delta or event: then nothing that arrives is kept for later."""
        return self._log or self._iterating > 0 or self._listeners.wants("delta") or self._listeners.wants("event")

    @property
    def share(self) -> float:
        """How much the run counts beside others: 1 at priority 0."""
        return float(2 ** max(-PRIORITIES, min(PRIORITIES, self._priority)))

    @property
    def is_final(self) -> bool:
        """Whether the run has ended and everything is folded."""
        return self._settled

    @property
    def stopped_by(self) -> str:
        """Who stopped the run; "" if nobody did."""
        return self.recording.stopped_by

    @property
    def output(self) -> Output:
        """The merged output so far."""
        return self.reading.output

    @property
    def text(self) -> str:
        """The answer so far (of the first choice)."""
        return self.output.text

    @property
    def reasoning(self) -> str:
        """What the model thought aloud so far."""
        return self.output.reasoning

    @property
    def tool_calls(self) -> list[ToolCall]:
        """Tool calls so far, with their arguments as text and as far as they parse."""
        return self.output.tool_calls

    @property
    def events(self) -> Events:
        """The events so far, as a sequence view."""
        return self.reading.frames.events

    @property
    def items(self) -> list[Any]:
        """The original items of an iterator; empty for a stream of bytes."""
        return self.source.items

    def logprobs(self, event: int | None = None) -> list[Logprob]:
        """How likely each token was, and what else might have been: of one event, or of all so far, as far as the provider tells.

        event: index in ``events``. Raises IndexError if there is no such event.
        """
        return self.reading.logprobs(event)

    @property
    def findings(self) -> list[Finding]:
        """What is worth a sentence so far."""
        mask = self.source.redactor.text  # a parse that raised may quote what it could not read
        return [replace(found, message=mask(found.message)) for found in self.reading.findings(now=self.recording.now())]

    @property
    def widget(self) -> Any:
        """The widget of this run's session. Reading it means that you place it yourself: the run no longer shows itself."""
        return self.session.widget

    def _show_itself(self) -> None:
        from .view.display import show_once  # the view knows runs; runs only ask to be shown

        show_once(self)

    def _ipython_display_(self) -> None:
        from .view.display import display_run

        display_run(self)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Run{name}: {self.status}, {len(self.events)} events, {len(self.text)} characters>"
