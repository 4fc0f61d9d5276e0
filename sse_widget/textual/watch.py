"""Watching runs from a terminal or a script, as text, until they have ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from .screen import Lines, Screen

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session

PAUSE = 0.1
"""Seconds between two frames."""


def watch(session: Session, runs: Callable[[], Sequence[Run]], out: TextIO | None = None, *, alone: bool = False) -> None:
    """Show runs as text until all have ended, in the thread that asks. Ctrl-C ends the watching, and not the runs.

    runs: which ones; asked before each frame, since lanes may appear. out: where to; None for what is printed to. alone: without
        a line about their session.
    """
    out = sys.stdout if out is None else out
    for run in runs():
        run._refuse_own_loop("watch()")
    shown = Screen(out, alone=alone) if out.isatty() else Lines(out)
    try:
        while True:
            here = runs()
            going = next((run for run in here if not run._ended), None)  # before drawing: the last frame has the end of all
            shown.draw(session, here)
            for run in here:
                run._listeners.drain()
            if going is None:
                return
            due = time.monotonic() + PAUSE
            while (left := due - time.monotonic()) > 0 and not going._ended:
                going._sleep(going._signal.version, left)
    except KeyboardInterrupt:
        return
    finally:
        shown.close()
