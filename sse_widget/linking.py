"""What lanes have to do with one another: handoffs, barriers and waits, said by the wire or by the user, as the board shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import UsageError
from .sessions.board import Lanes

if TYPE_CHECKING:
    from .conductor import Conductor
    from .run import Run
    from .session import Session

KINDS = ("handoff", "barrier", "wait")
MOST = 500
"""Links that the page is told."""


class Tie(NamedTuple):
    """A link between two runs.

    time: s on the session's clock: of a handoff when it was said, else when the source has ended; None until then. said: by which event
    of a stream, or by which call of the user's, it was told; links that were told at once have the same.
    """

    source: Run
    target: Run
    time: float | None
    kind: str
    text: str
    said: tuple[str, int]


class Linked(Lanes):
    """The usual board, with the links between its lanes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changes = 1
        self._given: list[tuple[str, str, float | None, str, str, int]] = []
        self._calls = 0
        self.restore(session.kept)

    def restore(self, kept: Any) -> None:
        """Take up the links of the file that the session was loaded from."""
        links = kept.get("links") if isinstance(kept, dict) else None
        for one in links if isinstance(links, list) and not self._given else ():
            self._restore(one)
        if self._given:
            self._changes += 1

    @property
    def revision(self) -> int:  # type: ignore[override]
        """Also grows as runs end: a link whose time is that of its source's end is told then."""
        linked = self._changes > 1
        return self._changes + (sum(run.is_final for run in self._session.runs) if linked else 0)

    def changed(self) -> None:
        """A stream has told of another link."""
        self._changes += 1

    def add(self, sources: Sequence[Run], targets: Sequence[Run], time: float | None, kind: str, text: str) -> None:
        """What the user says."""
        self._calls += 1
        self._given += [(source.id, target.id, time, kind, text, self._calls) for source in sources for target in targets]
        self._changes += 1

    @property
    def ties(self) -> list[Tie]:
        """All links, in order of time; those whose time is not known come last."""
        found = []
        for run in list(self._session.runs):
            split, lanes = run.split, run.lanes if run.split is not None else {}
            for link in split.links if split is not None else ():
                if link.source in lanes and link.target in lanes:
                    time = run.start + link.time if link.kind == "handoff" else ended_at(lanes[link.source])
                    found.append(Tie(lanes[link.source], lanes[link.target], time, link.kind, link.text, (run.id, link.frame)))
        runs = {run.id: run for run in self._session.runs}
        for one, other, when, kind, text, call in self._given:
            source, target = runs.get(one), runs.get(other)
            if source is not None and target is not None:
                found.append(Tie(source, target, ended_at(source) if when is None else when, kind, text, ("", call)))
        return sorted(found, key=lambda tie: (tie.time is None, tie.time or 0.0))

    def to_page(self) -> dict[str, Any]:
        links = [
            {"from": tie.source.id, "to": tie.target.id, "time": round(tie.time, 6), "kind": tie.kind, "text": tie.text}
            for tie in self.ties
            if tie.time is not None
        ]
        return {**super().to_page(), "links": links[:MOST]}

    def to_file(self) -> dict[str, Any]:
        """What the user said; what the streams say is in their recordings."""
        return {"links": [list(given) for given in self._given]} if self._given else {}

    def _restore(self, one: Any) -> None:
        """A link of a file, if it is one."""
        if not isinstance(one, list) or len(one) != 6 or not all(isinstance(one[place], str) for place in (0, 1, 3, 4)):
            return
        if (one[2] is None or isinstance(one[2], (int, float))) and isinstance(one[5], int) and one[3] in KINDS:
            self._given.append((one[0], one[1], one[2], one[3], one[4], one[5]))
            self._calls = max(self._calls, one[5])


def ended_at(run: Run) -> float | None:
    """When a run ended, s on the session's clock; None if it has not."""
    return run.start + run.recording.read_entries(len(run.recording) - 1)[0].time if run.is_final else None


class Conducting:
    """The half of a session that says how its runs depend on one another."""

    def link(self: Any, source: Any, target: Any, *, kind: str = "handoff", time: float | None = None, text: str = "") -> None:
        """Say that a run depends on others; it is drawn between their lanes, and told by ``conductor``.

        source, target: a `Run`, or a list of them. kind: "handoff" (the source hands over to the target), "barrier" (the target goes on
        when all of these sources have ended) or "wait" (the target waits for the source). time: when, in seconds on the session's clock;
        None: when the source has ended. text: what there is to read about it.

        Raises UsageError for what is no run of this session, and for a kind that does not exist.
        """
        if kind not in KINDS:
            raise UsageError.unknown("kind of link", kind, KINDS)
        if time is not None and (isinstance(time, bool) or not isinstance(time, (int, float))):
            raise UsageError(f"time is seconds on the session's clock, not a {type(time).__name__}.")
        sources, targets = self._runs_of(source), self._runs_of(target)
        if any(one is other for one in sources for other in targets):
            raise UsageError("A run cannot depend on itself.")
        with self.lock:
            board = self.board
            if not isinstance(board, Linked):
                raise UsageError("This session shows something else than its lanes, where no links can be drawn.")
            board.add(sources, targets, time, kind, str(text)[:200])
        self.wake()

    def link_lanes(self: Any) -> None:
        """A stream has told of a link. Under the lock."""
        if isinstance(self.board, Linked):
            self.board.changed()

    @property
    def conductor(self: Any) -> Conductor:
        """What all runs have said so far, merged in the order in which it came, with what they had to do with one another."""
        from .conductor import Conductor

        with self.lock:
            return Conductor(self)

    def _runs_of(self: Any, given: Any) -> list[Run]:
        found = list(given) if isinstance(given, (list, tuple)) else [given]
        for run in found:
            if not any(run is own for own in self.runs):
                raise UsageError(f"A {type(run).__name__} that is no run of this session cannot be linked.", hint="session.runs has them.")
        return found
