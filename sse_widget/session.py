"""Runs on one clock, with one feed to the page. A lone run has a session of its own."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from .bounds import bounds_of
from .clocks import limit_of
from .demux_key import key_of
from .engine import engine
from .errors import UsageError
from .linking import Conducting, Linked
from .phase import BEAT, PHASE
from .presets import PRESET_OPTIONS, preset_request
from .reconnect import policy_of
from .run import Run, persist_of
from .sessions.board import Board
from .sessions.header import ASKED, checked, named_in
from .sessions.keeping import Keeping
from .sessions.waiting import WaitingForAll
from .signals import Signal
from .sources import REQUEST_OPTIONS, make_source, with_policy
from .tracebacks import quiet

if TYPE_CHECKING:
    from .files.table import Column
    from .rereading import ReadAgain
    from .sessions.file import SessionFile
    from .sessions.table import Cell
    from .view.widget import StreamWidget

_READING_OPTIONS = ("framing", "dialect", "extract", "parse", "join")
_RUN_OPTIONS = ("name", "log", "show", "priority", "bounds", "secrets", "reconnect", "idle_timeout", "progress_timeout", "persist", "key")


SLICE = 0.02
"""Seconds of folding before the lock is given up: the kernel's thread wants it too, and the page its next batch."""
REST = BEAT
"""Seconds after a batch in which no other may go: what arrives meanwhile is folded together, unless somebody listens."""
logger = logging.getLogger("sse_widget")


class View(Protocol):
    """Something that shows a session and is fed by the writer."""

    def pump(self, now: float) -> float | None:
        """Send what is due. Returns the seconds until more will be due, or None if everything is sent."""

    def finish(self, now: float) -> None:
        """Send all that is left, now: a run has ended."""


class Session(Keeping, WaitingForAll, Conducting):
    """Any number of runs on one clock, in one widget: streams, replays, and recordings that are added.

    name: shown on the page; None for none. header: the name of a header, such as ``"X-Session-Id"``, under which the session's id goes with
    every request that one of its runs makes; None for none. The id is in every recording, too.
    """

    def __init__(self, name: str | None = None, *, header: str | None = None) -> None:
        self.id = uuid.uuid4().hex[:8]
        self.name = name or ""
        self.header = checked(header)
        self.runs: list[Run] = []
        self.columns: list[tuple[Column, Cell]] = []
        """What `to_pandas` has beside its own columns: what each is, and what it is of a run."""
        self.kept: Any = None
        """Of a loaded session, what its board had kept in the file."""
        self.pending = 0
        self.files: list[SessionFile] = []
        self._signal = Signal()
        self.t0 = time.monotonic()
        self.started = time.time()
        """The wall clock at second 0 of the session, seconds since the epoch."""
        self.lock = threading.RLock()
        """Held while folding and feeding, so that a snapshot fits between two batches."""
        self.views: list[View] = []
        self._widget: StreamWidget | None = None
        self._board: Board | None = None
        self._live: list[Run] = []
        self.rest = 0.0
        self.static_output: Any = None
        """Handle of the second output, reserved for what remains without a kernel."""

    @quiet
    def stream(self, source: Any, **options: Any) -> Run:
        """Start reading ``source`` as a run of this session; the options are those of `sse_widget.stream`."""
        known = (*REQUEST_OPTIONS, *PRESET_OPTIONS, *_READING_OPTIONS, *_RUN_OPTIONS, "session")
        for name in options:
            if name not in known:
                raise UsageError.unknown("option", name, known)
        reading = {name: options[name] for name in _READING_OPTIONS if options.get(name) is not None}
        for name in ("framing", "dialect", "join"):
            if not isinstance(reading.get(name, ""), str):
                raise UsageError(f"{name} must be a string, not a {type(reading[name]).__name__}.")
        request = {name: options.get(name) for name in REQUEST_OPTIONS}
        chosen = {name: options[name] for name in PRESET_OPTIONS if options.get(name) is not None}
        if "provider" in chosen:
            source, request = preset_request(source, chosen, request)
        elif chosen:
            raise UsageError(f"{' and '.join(chosen)} cannot be used without a provider.", hint='Name one: provider="openai".')
        if self.header and isinstance(source, ASKED):
            request["headers"] = named_in(request.get("headers"), self.header, self.id)
        run = Run(
            with_policy(
                make_source(source, reading.get("framing", "auto"), request, options.get("secrets")),
                policy_of(options.get("reconnect", "auto")),
            ),
            self,
            name=options.get("name"),
            log=bool(options.get("log", False)),
            show=bool(options.get("show", True)),
            priority=options.get("priority") or 0,
            persist=persist_of(options.get("persist")),
            reading=reading,
            bounds=bounds_of(options.get("bounds")),
            idle_timeout=limit_of("idle_timeout", options.get("idle_timeout")),
            progress_timeout=limit_of("progress_timeout", options.get("progress_timeout")),
        )
        if (key := key_of(options.get("key") or run.source.key or None)) is not None:
            run.split_by(key)
        self._take_in(run)
        return run

    def _take_in(self, run: Run) -> None:
        """Start a run, which is one of the session's from now on."""
        run._start()  # first: what cannot be started is no run of ours
        with self.lock:
            self.runs.append(run)
            self._live.append(run)
        self.wake()

    def restore(self, kept: Any) -> None:
        """Take up what the board had kept in the file that this session was loaded from; its runs are here."""
        with self.lock:
            self.kept = kept
            if isinstance(self._board, Linked):  # a stream that is split has opened lanes already
                self._board.restore(kept)
        if isinstance(kept, dict) and kept.get("layout") == "theatre":
            from .theatre import restored  # which makes sessions itself

            self.board = restored(self, kept)

    def now(self) -> float:
        """Seconds on the session's clock."""
        return time.monotonic() - self.t0

    def _fold_again(self, run: ReadAgain) -> None:
        """A run has a new reading: fold it, also if the run had ended. Under the lock."""
        self._live += [known for known in self.runs if known is run and known not in self._live]
        self.wake()

    # --- on the writer thread ------------------------------------------------------------------------------------------
    def pump(self, now: float) -> float | None:
        """Fold what has arrived and feed the views. Returns the seconds until it should be called again, or None."""
        begun = time.monotonic()
        more = False
        settled = []
        with self.lock:
            # What counts most is folded first and gets most of the slice; what one leaves over goes to those after it.
            queue = sorted(self._live, key=lambda run: -run.share)
            deadline = time.monotonic() + SLICE
            shares = sum(run.share for run in queue)
            for run in queue:
                folding = time.monotonic()
                left = max(deadline - folding, 0.0) * run.share / shares
                shares -= run.share
                try:
                    more = run._fold(folding + left) or more
                    done = run._settle()
                except BaseException as error:  # one broken run must not take the others with it
                    logger.exception("sse_widget: run %s could not be read", run.id)
                    run._give_up(error)
                    done = True
                if done:
                    settled.append(run)
            for run in settled:
                self._live.remove(run)
            waits = [self._feed(view, now, last=bool(settled)) for view in list(self.views)]
            silences = [run._watch() for run in self._live]
        if settled:
            self._keep()
        for file in list(self.files):
            file.complete() if settled else engine.writer.wake(file)
        for run in settled:
            run._release()
        if settled:
            self._signal.notify()
        wait = 0.0 if more else min((w for w in waits if w is not None), default=None)
        # Who follows every event is not kept waiting; where many are followed, only as long as all of this took: others want a turn too.
        ended = time.monotonic()
        if any(run.is_followed for run in self._live):
            rest = min(REST, ended - begun) if len(self._live) > 1 else 0.0
        else:
            rest = PHASE.nearest(ended + REST) - ended  # it ends when the next batches go
        self.rest = min(rest, rest if wait is None else wait)
        return min((w for w in (wait, *silences) if w is not None), default=None)

    def _keep(self) -> None:
        """Put down what is to remain of ended runs, before anyone who waits is let go: nbclient keeps only what is sent by then."""
        from .view.display import keep

        try:
            keep(self)
        except Exception:
            logger.exception("sse_widget: what remains of a run could not be put down")

    def _feed(self, view: View, now: float, *, last: bool) -> float | None:
        """Feed one view. One that cannot be fed must not keep those waiting who wait for a run."""
        try:
            if last:
                view.finish(now)
            return view.pump(now)
        except Exception:
            logger.exception("sse_widget: a widget could not be fed")
            return None

    def post(self, job: Any) -> None:
        """Run ``job`` on the writer thread."""
        engine.writer.post(job)

    def wake(self) -> None:
        """Have this session pumped now."""
        engine.writer.wake(self, at_once=True)

    # --- the page --------------------------------------------------------------------------------------------------------
    @property
    def board(self) -> Board | None:
        """What the page shows beyond single lanes: the lanes side by side as soon as there are several, if nothing else is set."""
        if self._board is None and len(self.runs) > 1:
            self._board = Linked(self)
        return self._board

    @board.setter
    def board(self, board: Board) -> None:
        self._board = board
        self.wake()

    @property
    def widget(self) -> StreamWidget:
        """The widget that shows this session; made when it is first read, since each one carries the front end, and anew once closed."""
        with self.lock:
            if self._widget is None or not self._widget.is_open:
                from .view.widget import StreamWidget  # heavy, and needless where nothing is shown

                self._widget = StreamWidget(self)
            return self._widget

    @property
    def has_widget(self) -> bool:
        """Whether the widget exists, that is, whether somebody has placed or shown it."""
        return self._widget is not None

    def _ipython_display_(self) -> None:
        from .view.display import display_session

        display_session(self)

    def _display_(self) -> Any:
        """What marimo shows for a last expression, see `Run._display_`."""
        return self.widget

    def watch(self, out: TextIO | None = None) -> Session:
        """Show the lanes as text until all have ended: in place in a terminal, else line by line. Returns the session, and raises
        nothing for a run that failed. Ctrl-C ends the watching alone.

        out: where to; None for what is printed to.
        """
        from .textual.watch import watch

        watch(self, lambda: list(self.runs), out)
        return self

    def __repr__(self) -> str:
        from .textual.boxes import session_text  # the lanes as they are now: what can be seen without a widget

        return session_text(self)
