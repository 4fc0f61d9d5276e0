"""When a run shows itself.

``display(run)`` and a last expression always show. ``await``, ``wait`` and iteration show a run only inside a running cell, if it
was never shown and its widget was never read; the one display that follows in that cell (the value of ``await run`` as its last
line) is absorbed, or the run would stand there twice.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from .kernel import cells, in_notebook, sending
from .static import bundle

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session

_absorb: weakref.WeakKeyDictionary[Session, object] = weakref.WeakKeyDictionary()
"""Sessions that showed themselves, with the cell in which they did; the next display there is absorbed."""
_shown: weakref.WeakSet[Session] = weakref.WeakSet()


def show_once(run: Run) -> None:
    """Show the run if it should show itself here and now."""
    session = run.session
    if not run.show or cells.current is None or session in _shown or session.has_widget or not in_notebook():
        return
    _put(session)
    _absorb[session] = cells.current


def display_run(run: Run) -> None:
    """What IPython does for ``display(run)`` and a last expression."""
    if not in_notebook():
        print(repr(run))  # noqa: T201  # a terminal, in the thread that asked
        return
    display_session(run.session)


def display_session(session: Session) -> None:
    """Show a session, unless it has just shown itself in this cell."""
    if not in_notebook():
        print(repr(session))  # noqa: T201
        return
    cell = _absorb.pop(session, None)
    if cell is not None and cell is cells.current:
        return
    _put(session)


def _put(session: Session) -> None:
    from IPython.display import display

    first = session not in _shown
    _shown.add(session)
    display(session.widget)  # type: ignore[no-untyped-call]
    if first:
        # Reserved for what remains without a kernel; still empty, so it takes no room.
        session.static_output = _reserve()
        keep(session)


def keep(session: Session) -> None:
    """Fill the second output, once all runs have ended: what is still there without a kernel. From any thread."""
    handle, runs = session.static_output, list(session.runs)
    if handle is None or not runs or not all(run.is_final for run in runs):
        return
    kept = [run for run in runs if run.persist in ("static", "both") and not run.lanes]  # of a stream that is split, its lanes
    if kept:
        with sending(None):
            handle.update(bundle(kept), raw=True)


def _reserve() -> Any:
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
