"""One cell of a comparison as it goes: its run, and what became of it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from .money import Price, cost_of
from .plan import Cell

if TYPE_CHECKING:
    from ..run import Run

FINAL = ("done", "stopped", "cut off", "failed")
"""States in which a cell is over; those of its run."""


class Asked:
    """state: "planned", "preparing" (its connection is opened, or the caller's function is called), "ready" (it waits for the others
    of its batch), "running", a final status of its run, or "skipped" (stopped before it began). kept: it was loaded from a file."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.run: Run | None = None
        self.state = "planned"
        self.kept = False
        self.warmed: bool | None = None
        """Whether its connection was open before its clock began; None: that cannot be said."""
        self.cost: float | None = None
        self.gate: Future[None] = Future()

    @property
    def over(self) -> bool:
        return self.state in FINAL

    def settle(self, price: Price | None) -> bool:
        """Take over how its run ended. True when that is news."""
        run = self.run
        if run is None or not run.is_final or self.over:
            return False
        self.state = str(run.status)
        self.warmed = getattr(run.source, "warmed", None)
        self.cost = cost_of(run.output.usage, price)
        return True

    def begin(self) -> None:
        """Open its gate."""
        self.state = "running"
        if self.gate.set_running_or_notify_cancel():
            self.gate.set_result(None)

    def to_page(self) -> list[Any]:
        """Lane, state, whether it was kept, and whether it was warm."""
        return ["" if self.run is None else self.run.id, self.state, int(self.kept), self.warmed]
