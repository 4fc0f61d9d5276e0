"""A session's board: what its page shows beyond single lanes. It goes with a batch when it has changed, and never with a token.

The page fetches the part of the front end that has the layout's name, and gives it a place above the card of the lane that is looked at.
What the page says to its board ("board" commands) comes on the writer thread, under the session's lock, and what is not understood is
passed over.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from ..view.outbox import sendable

if TYPE_CHECKING:
    from ..session import Session

logger = logging.getLogger("sse_widget")


class Board(Protocol):
    """Whatever a session shows of itself."""

    @property
    def layout(self) -> str:
        """Name of the part of the front end that draws it."""

    @property
    def revision(self) -> int:
        """Grows with every change; `Session.wake` after one has it sent."""

    def to_page(self) -> dict[str, Any]:
        """JSON-able, and of a bounded size: all of it is sent after each change. On the writer thread, under the session's lock."""

    def command(self, command: dict[str, Any]) -> None:
        """What the page says. On the writer thread, under the session's lock; what is not known is passed over."""


class Lanes:
    """The usual board of several runs: swimlanes on one clock. What is chosen on it stays on the page."""

    layout = "lanes"
    revision = 1

    def to_page(self) -> dict[str, Any]:
        """Nothing but the lanes."""
        return {}

    def command(self, command: dict[str, Any]) -> None:
        """The page has nothing to say: Stop goes to each run."""


def told(session: Session) -> dict[str, Any] | None:
    """The session's board as the page gets it, without any secret that a run of it knows of. None if it has none."""
    board = session.board
    if board is None:
        return None
    head = {"id": session.id, "name": session.name, "layout": board.layout, "revision": board.revision}
    try:
        told: dict[str, Any] = sendable({**board.to_page(), **head})
    except Exception:  # the lanes are to be fed all the same
        logger.exception("sse_widget: a board could not be shown")
        told = sendable(head)
    for redactor in {id(run.source.redactor): run.source.redactor for run in session.runs}.values():
        if redactor.knows_any:
            told = redactor.covered(told)
    return told
