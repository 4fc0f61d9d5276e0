"""A finished recording as a lane: nothing is read from anywhere, it is there."""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Any

from ..demux_key import Key
from ..errors import UsageError
from ..recording import Recording
from ..rereading import AS_DETECTED
from ..sources.base import BaseSource

if TYPE_CHECKING:
    from ..run import Run
    from ..session import Session


class KeptSource(BaseSource):
    """The way in of what has come in already."""

    label = "recording"

    async def read(self, recording: Recording) -> None:
        return


def add(session: Session, recording: Any, *, at: Any = 0.0, name: str | None = None, rule: Any = None, id: str = "") -> Run:
    """See `Session.add`. rule: dialect, extract, join to read it by. id: of the run; else that of the one that wrote it."""
    from ..files.load import load_recording
    from ..run import Run

    given = getattr(recording, "recording", recording)  # of a run, its recording
    original = given if isinstance(given, Recording) else load_recording(given)
    if not original.closed:
        raise UsageError("This recording is still being written.", hint="Wait for its run; session.stream(…) starts one here.")
    start = _start(session, original, at)
    source = KeptSource()
    source.redactor = original.redactor
    options = {key: value for key, value in (rule if isinstance(rule, dict) else {}).items() if key in AS_DETECTED}
    run = Run(source, session, name=original.name if name is None else name, log=False, show=True, priority=0, reading=options)
    wanted = id or original.run
    if wanted and all(other.id != wanted for other in session.runs):
        run.id = wanted
    own = copy.copy(original)  # the same entries; its place on the clock, its name and its session are those of this lane
    own.lock, own.files = threading.RLock(), []
    own.name, own.run, own.session = run.name, run.id, session.id
    own.place(session.t0 + start)
    run.take(own)
    if own.key:
        run.split_by(Key(own.key))
    session._take_in(run)
    return run


def _start(session: Session, recording: Recording, at: Any) -> float:
    if at == "recorded":
        if not session.runs:
            session.started = recording.started - session.now()
        return recording.started - session.started
    if isinstance(at, bool) or not isinstance(at, (int, float)):
        raise UsageError('at wants seconds on the session\'s clock, or "recorded".')
    return float(at)
