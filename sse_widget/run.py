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
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import traitlets

from .bounds import DEFAULT, Bounds
from .dialects.logprobs import Logprob
from .engine import engine
from .errors import SourceError, SSEWidgetError, UsageError
from .findings import Finding
from .frames import Events
from .listeners import Listeners
from .output import Output, ToolCall
from .reading import Reading
from .recording import Recording, SealedError
from .rereading import AS_DETECTED, ReadAgain
from .settling import Settling
from .signals import Signal
from .sources import BaseSource, Broken
from .sources.hanging_up import free
from .splitting import Splitting
from .token_log import TokenLog
from .tracebacks import bare
from .veil import Veil
from .waiting import Waiting
from .watching import Watching

if TYPE_CHECKING:
    from .replay.player import Player
    from .session import Session

PRIORITIES = 6
"""Steps of priority, up and down, that make a difference."""


PERSIST = ("static", "widget", "both", "none")


def persist_of(value: Any) -> str:
    """What a saved notebook keeps; "static" if nothing is said. Raises UsageError."""
    if value is None:
        return "static"
    if not isinstance(value, str) or value not in PERSIST:
        raise UsageError.unknown("persist", str(value), PERSIST)
    return value


class _Live(traitlets.TraitType[Any, Any]):
    """A trait that is always read live. Its change is told on the user's side, so observers never run in our threads."""

    def __init__(self, read: Callable[[Any], Any], help: str) -> None:
        super().__init__(read_only=True, help=help)
        self._read = read

    def get(self, obj: Any, cls: Any = None) -> Any:
        return self._read(obj)


class Run(Waiting, ReadAgain, Settling, Watching, Splitting, traitlets.HasTraits):
    """A stream that is being read, or was.

    Await it, ``wait()`` for it, iterate over its text, observe its ``status``, or just show it: it goes on in the background.

    ``wait(timeout)`` gives up waiting and lets the run go on. `asyncio.wait_for` cancels what it awaits, as it does with every task,
    so it stops the run (which is how an interrupt of an awaiting cell arrives, too); ``asyncio.wait_for(asyncio.shield(run), timeout)``
    lets it go on.
    """

    status = _Live(
        lambda run: run._live_status(),
        help="connecting, waiting, thinking, writing, reconnecting, paused, done, stopped, cut off or failed.",
    )
    metrics = _Live(lambda run: run.reading.metrics(), help="Times and rates so far, see `sse_widget.metrics`.")

    def __init__(
        self,
        source: BaseSource,
        session: Session,
        *,
        name: str | None,
        log: bool,
        show: bool,
        priority: int,
        reading: dict[str, Any],
        bounds: Bounds = DEFAULT,
        persist: str = "static",
        idle_timeout: float | None = None,
        progress_timeout: float | None = None,
    ) -> None:
        super().__init__()
        self.id = uuid.uuid4().hex[:8]
        self.session = session
        self.priority = priority
        self.persist = persist
        """What a saved notebook keeps: "static", "widget", "both" or "none"."""
        self.name = name or ""
        self.role = ""
        """What it is among the runs of its session: "", "conductor" or "agent"."""
        self.tag = ""
        """Who speaks in it, and in ``parent`` the id of the run that it is a part of; "" if it is a stream of its own."""
        self.parent = ""
        self.source = source
        self.veil = Veil(source.redactor)
        self.source.look = self._look
        self.idle_timeout = idle_timeout
        self.progress_timeout = progress_timeout
        self.begun = time.monotonic()
        clock = time.monotonic if source.player is None else source.player.clock
        self.recording = Recording(name=self.name, bounds=bounds, clock=clock)
        self.recording.redactor = source.redactor
        self.recording.run, self.recording.session = self.id, session.id
        self.recording.framing = reading.pop("framing", "auto")
        self._options = self._first_options = {**AS_DETECTED, **reading}
        self.reading = Reading(self.recording, **self._options)
        self.error: SSEWidgetError | None = None
        self._source_error: SSEWidgetError | None = None
        self.show = show
        self._log = log
        self._token_log = TokenLog(self.id, self.veil)
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
        self._reader: threading.Thread | None = None
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._loop_thread = threading.current_thread()
        self._listeners = Listeners(self._loop)
        self._listeners.on("status", self._tell_status)

    def take(self, recording: Recording) -> None:
        """Before it starts: be the run of a recording that is there already."""
        self.recording = recording
        self.reading = Reading(recording, **self._options)

    # --- 1 started, 2 read -------------------------------------------------------------------------------------------
    def _start(self) -> None:
        if self.source.where == "tap":  # it is read by the run whose stream it is a part of
            self.recording.listen(lambda: engine.writer.wake(self.session))
            return
        self.recording.listen(lambda: engine.writer.wake(self.session))
        if self.source.player is not None:
            self.source.player.listen(self.session.wake)
        if self.source.where == "engine":
            self._future = engine.submit(self._read())
        elif self.source.where == "thread":
            context = contextvars.copy_context()
            self._reader = threading.Thread(target=context.run, args=(self._read_blocking,), name=f"sse-widget-{self.id}", daemon=True)
            self._reader.start()
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
        bare(error, strict=self.source.redactor.knows_any)
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
        self._let_go()
        if wait and not engine.is_current:
            self._settled_within(2.0)

    def _let_go(self) -> None:
        """Have the source end: whatever it still reads is not wanted."""
        if self._future is not None:
            self._future.cancel()
        if self._task is not None and self._loop is not None and not self._task.done():
            with contextlib.suppress(RuntimeError):  # its loop is gone, and the task with it
                self._loop.call_soon_threadsafe(self._task.cancel)
        self.source.release()
        if self._reader is not None and self._reader.is_alive():  # it may just be on its way to its next read
            engine.submit(free(self._reader, self.source.release))

    def _settled_within(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while True:
            seen = self._signal.version
            if self._ended:
                return True
            if not self._signal.wait(seen, deadline - time.monotonic()):
                return False

    @property
    def player(self) -> Player:
        """The clock of a replay: ``speed``, ``position``, ``pause()``, ``play()``, ``step()``, ``seek()``.

        Raises UsageError for a run that is no replay.
        """
        if self.source.player is None:
            raise UsageError("This run is no replay; what it reads comes when it comes.", hint="sw.replay(run.recording) plays it again.")
        return self.source.player

    def pause(self) -> None:
        """Stop reading from the source, which holds the server back once the socket's buffers are full. Marked in the recording."""
        self.source.hold(self.recording, True)

    def resume(self) -> None:
        """Go on reading."""
        self.source.hold(self.recording, False)

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
    def start(self) -> float:
        """When its request was sent, or its replay began, in seconds on the session's clock."""
        return (self.recording.t0 if self.source.player is None else self.begun) - self.session.t0

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
        found = [*self._lane_findings(), *self.reading.findings(now=self.recording.now())]
        return [replace(one, message=mask(one.message)) for one in found]

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

    def _display_(self) -> Any:
        """What marimo shows for a last expression: it knows widgets, and not `_ipython_display_`."""
        return self.widget

    def watch(self, out: TextIO | None = None) -> Run:
        """Show the run as text until it has ended, see `Session.watch`. Returns the run; `wait` raises what it failed of."""
        from .textual.watch import watch

        watch(self.session, lambda: [self], out, alone=True)
        return self

    def __str__(self) -> str:
        from .textual.boxes import run_text  # what `print` shows

        return run_text(self)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Run{name}: {self.status}, {len(self.events)} events, {len(self.text)} characters>"
