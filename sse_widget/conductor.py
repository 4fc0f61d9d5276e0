"""Fold: the runs of a session → what they all said, as one stream in the order in which it came, and what waited for whom.

Order is that of arrival here: events of one connection as they came over it, events of several by the one clock of this process. Nothing
that arrived later can have caused what arrived before, so this order respects every cause; what is a cause, only the wire or the user says.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from .linking import Linked, Tie, ended_at
from .textual.lane import shown

if TYPE_CHECKING:
    from .run import Run
    from .session import Session


class Said(NamedTuple):
    """What one lane said at a stretch.

    time: when it began, s on the session's clock. lane: its label (see `Conductor.runs`). kind: of the part, such as "text", "reasoning"
    or "tool_call". event: index of the first event, among those of its run.
    """

    time: float
    lane: str
    kind: str
    text: str
    event: int


class Handoff(NamedTuple):
    """One lane goes on where another was. source, target: labels. time: s on the session's clock, None if that is not known yet."""

    time: float | None
    source: str
    target: str
    text: str


class Barrier(NamedTuple):
    """A lane goes on when all of others have ended. ready: when the last of them did, None if it has not yet; last: which one that was."""

    lane: str
    sources: tuple[str, ...]
    ready: float | None
    last: str


class Wait(NamedTuple):
    """A lane that depended on others.

    on: whom. since: when they handed over, or the last of them ended (s on the session's clock). until: when the lane's next event came.
    seconds: between the two; None while it has not come. early: how long each of them was done before the last, s.
    """

    lane: str
    on: tuple[str, ...]
    since: float
    until: float | None
    seconds: float | None
    early: tuple[float, ...]


class Conductor(Sequence[Said]):
    """The merged stream of a session's runs, as it stands when this is made."""

    def __init__(self, session: Session) -> None:
        self.runs: dict[str, Run] = {}
        """The runs by their labels: tag or name, with a number if several have the same."""
        self._labels: dict[str, str] = {}
        for run in session.runs:
            wanted = run.name or run.tag or "run"
            label, number = wanted, 2
            while label in self.runs:
                label, number = f"{wanted} ({number})", number + 1
            self.runs[label], self._labels[run.id] = run, label
        self._ties = session.board.ties if isinstance(session.board, Linked) else []
        self._said = list(self._merged())

    @overload
    def __getitem__(self, index: int) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> list[Said]: ...
    def __getitem__(self, index: int | slice) -> Said | list[Said]:
        return self._said[index]

    def __len__(self) -> int:
        return len(self._said)

    def __repr__(self) -> str:
        return f"<Conductor: {len(self._said)} pieces of {len(self.runs)} lanes, {len(self._ties)} links>"

    def __str__(self) -> str:
        """A line for each piece, with its time and who said it; without secrets, and without what a terminal would obey."""
        shows = {label: shown(run, label) for label, run in self.runs.items()}
        width = max(map(len, shows.values()), default=0)
        lines = ((one, " ".join(shown(self.runs[one.lane], one.text).split())) for one in self._said)
        return "\n".join(f"{one.time:8.2f} s  {shows[one.lane]:<{width}}  {text}" for one, text in lines)

    # --- what was said -------------------------------------------------------------------------------------------------
    def _merged(self) -> Iterator[Said]:
        """Pieces of all lanes in order, those of one lane and kind that follow one another as one."""
        open: tuple[float, str, str, int] | None = None
        texts: list[str] = []
        for time, _, label, kind, text, event in heapq.merge(*(self._pieces(label, run) for label, run in self.runs.items())):
            if open is not None and open[1] == label and open[2] == kind:
                texts.append(text)
                continue
            if open is not None:
                yield Said(open[0], open[1], open[2], "".join(texts), open[3])
            open, texts = (time, label, kind, event), [text]
        if open is not None:
            yield Said(open[0], open[1], open[2], "".join(texts), open[3])

    def _pieces(self, label: str, run: Run) -> Iterator[tuple[float, int, str, str, str, int]]:
        """What the run's deltas add, each with its time, and its place on its connection. Of a stream that is split: what is in no lane."""
        reading, start = run.reading, run.start
        frames, kinds, known = reading.frames, {part.number: str(part.kind) for part in reading.output.parts}, dict[int, str]()
        split = run.split
        elsewhere = {frame for lane in split.lanes.values() for frame in lane.frames} if split is not None else frozenset()
        places = next((lane.frames for other in self.runs.values() if other.split and run.parent == other.id
                       for lane in other.split.lanes.values() if lane.recording is run.recording), None)  # fmt: skip
        for frame, part, op, value in list(reading.deltas):
            if frame in elsewhere or part not in kinds:
                continue
            if op == "append":
                text = value
            elif op == "replace":
                text = value[len(known.get(part, "")) :] if value.startswith(known.get(part, "")) else value
                known[part] = value
            else:
                name = value.get("name") if isinstance(value, dict) and kinds[part] == "tool_call" else None
                text = f"{name} " if name and isinstance(name, str) else ""
            if text:
                event = frames.events_before(frame)
                place = places[event] if places is not None and event < len(places) else frame
                yield start + frames.times[frame], place, label, kinds[part], text, event

    # --- what depended on what -----------------------------------------------------------------------------------------
    @property
    def handoffs(self) -> list[Handoff]:
        """Who handed over to whom."""
        return [Handoff(tie.time, self._of(tie.source), self._of(tie.target), tie.text) for tie in self._ties if tie.kind == "handoff"]

    @property
    def barriers(self) -> list[Barrier]:
        """Who had to wait for all of several."""
        found = []
        for ties in self._told("barrier"):
            ends = [ended_at(tie.source) for tie in ties]
            known = [end for end in ends if end is not None]
            ready = max(known) if len(known) == len(ends) else None
            last = self._of(ties[ends.index(ready)].source) if ready is not None else ""
            found.append(Barrier(self._of(ties[0].target), tuple(self._of(tie.source) for tie in ties), ready, last))
        return found

    @property
    def waits(self) -> list[Wait]:
        """Whom each lane that depended on others waited for, as far as that is over. Only what the wire or the user says counts."""
        found = []
        for kind in ("handoff", "barrier", "wait"):
            for ties in self._told(kind):
                ends = [tie.time if kind == "handoff" else ended_at(tie.source) for tie in ties]
                known = [end for end in ends if end is not None]
                if len(known) < len(ends):
                    continue
                since, target = max(known), ties[0].target
                until = _next(target, since)
                seconds = None if until is None else until - since
                early = tuple(since - end for end in known)
                found.append(Wait(self._of(target), tuple(self._of(tie.source) for tie in ties), since, until, seconds, early))
        return sorted(found, key=lambda wait: wait.since)

    def _told(self, kind: str) -> list[list[Tie]]:
        """The links of a kind, those to one lane that were told at once together."""
        groups: dict[tuple[object, str], list[Tie]] = {}
        for tie in self._ties:
            if tie.kind == kind:
                groups.setdefault((tie.said, tie.target.id), []).append(tie)
        return list(groups.values())

    def _of(self, run: Run) -> str:
        return self._labels[run.id]


def _next(run: Run, since: float) -> float | None:
    """When the first event of a run after ``since`` came, both s on the session's clock."""
    frames = run.reading.frames
    event = frames.events_before(bisect_left(frames.times, since - run.start))
    return run.start + frames.events[event].time if event < len(frames.events) else None
