"""Runs on one clock, with one feed to the page. A lone run has a session of its own."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from .engine import engine
from .errors import UsageError
from .presets import PRESET_OPTIONS, preset_request
from .run import Run
from .sources import REQUEST_OPTIONS, make_source

if TYPE_CHECKING:
    from .rereading import ReadAgain
    from .view.widget import StreamWidget

_READING_OPTIONS = ("framing", "dialect", "extract", "parse", "join")
_RUN_OPTIONS = ("name", "log", "show", "priority")
_LATER = {
    "reconnect": "A stream that breaks is not taken up again yet; None is what happens.",
    "idle_timeout": "There is no limit on silence yet; timeout=httpx.Timeout(…, read=60) limits it for HTTP.",
    "progress_timeout": "There is no limit on silence yet.",
    "bounds": "There are no bounds to set yet.",
    "persist": "What a saved notebook keeps cannot be chosen yet.",
}


SLICE = 0.02
"""Seconds of folding before the lock is given up: the kernel's thread wants it too, and the page its next batch."""
REST = 1 / 30
"""Seconds after a batch in which no other may go: what arrives meanwhile is folded together, unless somebody listens."""
logger = logging.getLogger("sse_widget")


class View(Protocol):
    """Something that shows a session and is fed by the writer."""

    def pump(self, now: float) -> float | None:
        """Send what is due. Returns the seconds until more will be due, or None if everything is sent."""

    def finish(self, now: float) -> None:
        """Send all that is left, now: a run has ended."""


class Session:
    """Any number of runs on one clock, in one widget.

    name: shown on the page; None for none.
    """

    def __init__(self, name: str | None = None) -> None:
        self.id = uuid.uuid4().hex[:8]
        self.name = name or ""
        self.runs: list[Run] = []
        self.t0 = time.monotonic()
        self.lock = threading.RLock()
        """Held while folding and feeding, so that a snapshot fits between two batches."""
        self.views: list[View] = []
        self._widget: StreamWidget | None = None
        self._live: list[Run] = []
        self.rest = 0.0
        self.static_output: Any = None
        """Handle of the second output, reserved for what remains without a kernel."""

    def stream(self, source: Any, **options: Any) -> Run:
        """Start reading ``source`` as a run of this session; the options are those of `sse_widget.stream`."""
        known = (*REQUEST_OPTIONS, *PRESET_OPTIONS, *_READING_OPTIONS, *_RUN_OPTIONS, "session")
        for name in options:
            if name not in known and name not in _LATER:
                raise UsageError.unknown("option", name, known)
        for name, instead in _LATER.items():
            if options.get(name) is not None:
                raise UsageError(f"{name} cannot be set yet.", hint=instead)
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
        run = Run(
            make_source(source, reading.get("framing", "auto"), request),
            self,
            name=options.get("name"),
            log=bool(options.get("log", False)),
            show=bool(options.get("show", True)),
            priority=options.get("priority") or 0,
            reading=reading,
        )
        run._start()  # first: what cannot be started is no run of ours
        with self.lock:
            self.runs.append(run)
            self._live.append(run)
        self.wake()
        return run

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
            for i, run in enumerate(queue):
                left = max(deadline - time.monotonic(), 0.0) * run.share / sum(other.share for other in queue[i:])
                try:
                    more = run._fold(time.monotonic() + left) or more
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
        for run in settled:
            run._release()
        wait = 0.0 if more else min((w for w in waits if w is not None), default=None)
        # Who follows every event, and a stream that brings more than is folded in passing, is not kept waiting.
        follows = not waits or any(run.is_followed for run in self._live) or time.monotonic() - begun > REST / 10
        self.rest = 0.0 if follows else min(REST, REST if wait is None else wait)
        return wait

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
    def widget(self) -> StreamWidget:
        """The widget that shows this session; made when it is first read, since each one carries the front end."""
        with self.lock:
            if self._widget is None:
                from .view.widget import StreamWidget  # heavy, and needless where nothing is shown

                self._widget = StreamWidget(self)
            return self._widget

    @property
    def has_widget(self) -> bool:
        """Whether the widget exists, that is, whether somebody has placed or shown it."""
        return self._widget is not None

    def stop(self) -> None:
        """Stop all runs."""
        for run in list(self.runs):
            run.stop()

    def _ipython_display_(self) -> None:
        from .view.display import display_session

        display_session(self)

    def __repr__(self) -> str:
        return f"<Session{f' {self.name!r}' if self.name else ''}: {len(self.runs)} runs>"
