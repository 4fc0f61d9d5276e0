"""How a comparison goes on: it asks its cells, on the writer's thread, as its schedule says."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..errors import UsageError
from ..run import Run
from ..session import Session
from ..sources import make_source
from .asked import Asked
from .asking import Asking, Question, failing
from .grid import Grid
from .money import prices_of
from .plan import Plan
from .schedule import Schedule
from .votes import Votes

if TYPE_CHECKING:
    from .session import Compare

Self = TypeVar("Self", bound="Going")
_LEFT = ("planned", "skipped", "failed", "stopped", "cut off")
"""States of cells that have no whole answer."""
_FOR_ALL = ("cancelled", "the end of its event loop", "the widget's close")
"""Who stops one run so, means all: the kernel ends, or nobody sees it any more."""


class Going(Session):
    """The half of a comparison that asks. Cells are asked on the writer's thread, so that a blocked kernel holds up none of them; what
    the caller's function does, it does in threads of its own, or on the caller's loop."""

    def __init__(
        self,
        plan: Plan,
        asking: Asking | None,
        *,
        concurrency: int = 4,
        barrier: bool = True,
        prices: Any = None,
        name: str | None = None,
        show: bool = True,
    ) -> None:
        super().__init__(name)
        if type(concurrency) is not int or concurrency < 1:
            raise UsageError(f"concurrency must be a whole number from 1, not {concurrency!r}.", hint="So many cells are asked at once.")
        self.plan = plan
        self.concurrency = concurrency
        self.barrier = bool(barrier)
        self.prices = prices_of(prices)
        self.votes = Votes()
        self._asking = asking
        self._show = show
        self._context = contextvars.copy_context()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._loop_thread = threading.current_thread()
        is_async = asking is not None and asking.is_async
        if is_async and self._loop is None:
            raise UsageError("An async request function needs a running event loop.", hint="Call sw.compare inside an async function.")
        self._on_loop = is_async
        """Whether cells wait for the caller's loop, which a blocking call would keep from turning."""
        self.asked = {cell.id: Asked(cell) for cell in plan.in_order()}
        self._schedule: Schedule[str] = Schedule((), concurrency, self.barrier)
        self._began = time.monotonic()
        self._grid = Grid(cast("Compare", self))
        self.board = self._grid

    def resume(self: Self) -> Self:
        """Ask what has no answer yet: cells that failed, broke, were stopped, or never began. Those that are done are kept.

        Returns the session, at once. Raises UsageError while it goes on, and for one that was loaded: its file does not know how to ask.
        """
        if self._asking is None:
            raise UsageError(
                "This comparison was loaded from a file, which does not say whom to ask.", hint="sw.compare(resume=path, provider=…)."
            )
        with self.lock:
            if not self._schedule.over:
                raise UsageError("The comparison goes on already.", hint="resume() is for what was stopped, or failed.")
            left = []
            for ident, asked in list(self.asked.items()):
                if asked.state in _LEFT:
                    if asked.run is not None:
                        self.runs.remove(asked.run)
                    self.asked[ident] = Asked(asked.cell)
                    left.append(ident)
            self._schedule = Schedule(left, self.concurrency, self.barrier)
            self._began = time.monotonic()
            self.pending = 1  # until the writer has seen that there is nothing to do
            self._grid.changed()
        self.post(self._advance)
        return self

    def pump(self, now: float) -> float | None:
        wait = super().pump(now)
        self._advance()
        return wait

    def _advance(self) -> None:
        """Take note of what has ended, and have done what is due. On the writer thread."""
        news = False
        with self.lock:
            for ident, asked in self.asked.items():
                if asked.settle(self.prices.get(self.plan.models[asked.cell.model])):
                    self._schedule.ended(ident)
                    news = True
                    if asked.run is not None and asked.run.stopped_by in _FOR_ALL:
                        self._skip_rest()
            step = self._schedule.step()
            for ident in step.prepare:
                self.asked[ident].state = "preparing"
            for ident in step.start:
                self.asked[ident].begin()
            news = news or bool(step.prepare or step.start)
        for ident in step.prepare:
            self._prepare(self.asked[ident])
        if news:
            self._grid.changed()
        if self.pending and self._schedule.over and self._is_settled:
            self._end()

    def _skip_rest(self) -> None:
        """Begin no other cell. Under the lock."""
        for ident in self._schedule.stop():
            self.asked[ident].state = "skipped"

    @property
    def _is_settled(self) -> bool:
        """Whether every cell that was asked has told how it ended."""
        return all(asked.over for asked in self.asked.values() if asked.run is not None)

    def _end(self) -> None:
        """All is asked and answered: put down what is to remain, and then let go whoever waits."""
        self.pending = 0
        self._grid.changed()
        with self.lock:
            for view in list(self.views):
                self._feed(view, time.monotonic(), last=True)
        super()._keep()
        for file in list(self.files):
            file.complete()
        self._signal.notify()

    def _keep(self) -> None:
        """Between two batches all runs have ended, too."""
        if not self.pending:
            super()._keep()

    def _prepare(self, asked: Asked) -> None:
        asking = self._asking
        assert asking is not None
        if asking.request is None:
            self._ask(asked, lambda: asking.by_provider(self.plan, asked.cell, lambda: self._ready(asked), asked.gate))
        elif asking.is_async:
            assert self._loop is not None
            self._to_loop(lambda: self._loop.create_task(self._call_on_loop(asked)))
        else:
            # It may well block: many packages send the request before they return.
            context = self._context.copy()
            threading.Thread(target=context.run, args=(self._call, asked), name=f"sse-widget-ask-{asked.cell.id}", daemon=True).start()

    def _call(self, asked: Asked) -> None:
        assert self._asking is not None
        begun = time.monotonic()
        try:
            result = self._asking.call(self.plan, asked.cell)
        except BaseException as error:
            result = failing(error)
        self.post(lambda: self._answered(asked, result, begun))

    async def _call_on_loop(self, asked: Asked) -> None:
        assert self._asking is not None
        begun = time.monotonic()
        try:
            result = await self._asking.call(self.plan, asked.cell)
        except BaseException as error:
            result = failing(error)
        self._answered(asked, result, begun)

    def _answered(self, asked: Asked, result: Any, begun: float) -> None:
        """The caller's function has given something to stream. begun: when it was called, s (monotonic): that is time 0 of what is not
        a request of ours, since it may have sent one."""

        def question() -> Question:
            assert self._asking is not None
            found = self._asking.by_result(result, lambda: self._ready(asked), asked.gate)
            if not found.gated:
                request = {name: found.options.pop(name, None) for name in ("client", "headers", "auth", "timeout")}
                source = make_source(found.source, str(found.options.get("framing", "auto")), request, found.options.get("secrets"))
                source.begun = begun
                found.source = source
            return found

        bound = hasattr(result, "__aiter__") or (isinstance(result, Mapping) and hasattr(result.get("source"), "__aiter__"))
        if bound and self._loop is not None and threading.current_thread() is not self._loop_thread:
            self._on_loop = True
            self._to_loop(lambda: self._ask(asked, question))
        else:
            self._ask(asked, question)

    def _ask(self, asked: Asked, question: Any) -> None:
        """Stream a cell; one that cannot be asked is a run that has failed."""
        if asked.state != "preparing":  # stopped meanwhile
            return
        try:
            found = question()
            run = self._stream(asked, found)
        except Exception as error:
            found = Question(failing(error))
            run = self._stream(asked, found)
        with self.lock:
            asked.run = run
            if run._loop is None and self._loop is not None:
                # Made on the writer's thread; its callbacks belong to the loop of whoever began the comparison.
                run._loop, run._listeners._loop = self._loop, self._loop
        if not found.gated:
            self._ready(asked)
        self._grid.changed()

    def _stream(self, asked: Asked, found: Question) -> Run:
        return self.stream(found.source, name=self.plan.label(asked.cell), show=self._show, **found.options)

    def _ready(self, asked: Asked) -> None:
        """A cell is ready. From any thread."""

        def note() -> None:
            with self.lock:
                if asked.state == "preparing":
                    asked.state = "ready"
                self._schedule.ready(asked.cell.id)
            self._advance()

        self.post(note)

    def _to_loop(self, work: Any) -> None:
        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # the loop is gone, and with it whoever could be asked
            self.stop(by="the end of its event loop", wait=False)
