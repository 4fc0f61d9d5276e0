"""What several connections brought, joined to one stream: events that came twice are passed over, an event that was broken off is not
read, an answer that was begun again takes the place of the one before, and the clocks stand still while there is no connection."""

from __future__ import annotations

from .clocks import Clocks
from .connections import Connections
from .frames import Frames
from .labels import Labels
from .metrics import MetricsFold
from .recording import Recording
from .repeats import Repeats
from .stalls import StallFold
from .wire import EVENT, TAIL, Frame

MARKS_KEPT = 500


class Joining:
    """The part of `Reading` that heeds our marks. A stream of one connection pays for it at its marks alone."""

    recording: Recording
    frames: Frames
    labels: Labels
    _metrics: MetricsFold
    _stalls: StallFold
    _entries: int
    _from: int = 0
    """The frame where the answer that counts begins: another one, before it, was given up."""

    def _begin_joining(self) -> None:
        """Nothing is folded yet."""
        self._begun_from = self._from
        self._sifts = self._from > 0  # not every event is read
        self.marks: list[tuple[int, str]] = []
        """Frame and name of our own marks, the first of them."""
        self.clocks = Clocks()
        self.connections = Connections()
        self._repeats = Repeats(self.frames)
        self.repeated = 0
        """Events that had come before, over another connection."""
        self.progress = 0.0
        """When something of the answer last came, s; 0 if nothing has."""

    @property
    def heard(self) -> float:
        """When something last came, whatever it was, s; 0 if nothing has."""
        return self.recording.heard(self._entries)

    def _note(self, index: int, frame: Frame) -> None:
        """Learn of a mark of ours."""
        if len(self.marks) < MARKS_KEPT:
            self.marks.append((index, frame.type))
        name, time, lost = frame.type, frame.time, self.connections.is_lost
        info = self.connections.mark(index, frame, self.frames.events_before(index))
        if name in ("pause", "wait"):
            self.clocks.hold(name, time)
        elif name == "resume":
            self.clocks.go_on("pause", time)
            self._stalls.resumed(time)
            self._metrics.resumed(time)
        elif name == "reconnect":
            self.clocks.go_on("wait", time)
            self._sifts = True
            if self.recording.part_of and not info.get("anew"):
                self._sifts = self._from > 0  # whoever sorted the stream has left out what came twice
            elif info.get("anew"):  # what follows is another answer, with numbers of its own
                self._from = max(self._from, index)
                self._repeats = Repeats(self.frames, index)
            else:
                self._repeats.begin(index)
        elif name == "open" and lost and not self.connections.is_lost:
            self._stalls.lost(self.connections.last_wait)
            self._metrics.lost(self.connections.last_wait)

    def _passes_over(self, index: int, frame: Frame) -> bool:
        """Whether this is an event, or half of one, that stays what came and is not read: it came before, or its answer was given up."""
        given_up = index < self._from
        if frame.kind != EVENT or not (given_up or self._came_before(index, frame)):
            return given_up and frame.kind == TAIL
        self._metrics.event(frame.time)
        return True

    def _came_before(self, index: int, frame: Frame) -> bool:
        if not self._repeats.has(index, frame):
            if self._repeats.missing:
                self.connections.missing(self._repeats.missing)
            return False
        self.repeated += 1
        self.connections.repeated()
        self.labels.note(index, "repeated", None)
        return True

    def _is_left_over(self, index: int) -> bool:
        """Whether an unfinished event is what a lost connection left: another one brings it whole."""
        return index + 1 < len(self.frames) and self.frames[index + 1].type in ("wait", "reconnect")
