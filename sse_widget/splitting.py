"""The half of a run that has lanes: it feeds a run for each key of its stream (see `demux`), and ends when they have."""

from __future__ import annotations

import time
import zlib
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from .demux import Demux, Lane
from .demux_key import Key
from .findings import Finding
from .listeners import Listeners
from .reading import Reading
from .recording import Recording
from .sources.tap import TapSource

if TYPE_CHECKING:
    from .run import Run
    from .session import Session

_SLICE = 64
"""Frames that are sorted before the writer looks at the clock."""


class Splitting:
    """What a run does with its lanes. All but ``lanes`` is on the writer thread, under the session's lock."""

    id: str
    name: str
    role: str
    persist: str
    session: Session
    recording: Recording
    reading: Reading
    _first_options: dict[str, Any]
    _demux: Demux | None = None
    _lane_runs: dict[Hashable, Run]

    @property
    def lanes(self) -> dict[Any, Run]:
        """The runs of the lanes that this stream is split into, by key, in order of appearance; empty without a ``key``."""
        with self.session.lock:
            if self._demux is not None:
                return dict(self._lane_runs)
            return {run.tag: run for run in self.session.runs if run.parent and run.parent == self.id}

    @property
    def is_derived(self) -> bool:
        """Whether this lane comes again from the recording of the run that it is a part of."""
        part_of = self.recording.part_of
        return part_of != "" and any(run.id == part_of and run.recording.key for run in self.session.runs)

    def split_by(self, key: Key) -> None:
        """Before it starts: sort what comes into lanes."""
        self._lane_runs = {}
        self._demux = Demux(self.recording, key, self._open_lane, self._came_before)
        self.recording.key = key.saved
        self.role = "conductor"

    @property
    def split(self) -> Demux | None:
        """How its stream is sorted; None if it is not."""
        return self._demux

    def _sort(self, deadline: float) -> bool:
        """Sort what has been folded, at least a slice and on until ``deadline`` (monotonic, s). True if the lanes are not there yet."""
        demux = self._demux
        if demux is None:
            return False
        more, links = not demux.ended, len(demux.links)
        while more:
            more = demux.advance(len(self.reading.channels), _SLICE)
            if time.monotonic() >= deadline:
                break
        if self.reading.finished and not more and not demux.ended:
            last = self.recording.read_entries(len(self.recording) - 1)[0]
            demux.end(last.info or {}, last.time, self.reading.cut_off_reason(), self._is_over)
        if len(demux.links) != links:
            self.session.link_lanes()
        return more or (self.reading.finished and not self._lanes_settled())

    def _lanes_settled(self) -> bool:
        """Whether all that this stream holds is in its lanes, and read there."""
        demux = self._demux
        return demux is None or (demux.ended and all(run.is_final for run in self._lane_runs.values()))

    def _drop_lanes(self, why: str) -> None:
        """Reading failed: nobody feeds the lanes any more."""
        for run in self._lane_runs.values() if self._demux is not None else ():
            run.recording.seal("error", broken=why)

    def _lane_findings(self) -> list[Finding]:
        return [] if self._demux is None else self._demux.findings()

    # --- what the sorting asks -----------------------------------------------------------------------------------------
    def _came_before(self, frame: int) -> bool:
        return self.reading.repeated > 0 and self.reading.labels.of(frame) == "repeated"

    def _is_over(self, lane: Lane) -> bool:
        """Whether a lane's own format had told its end before the connection's came."""
        reading = self._lane_runs[lane.key].reading
        reading.finish()
        return reading.dialect is not None and reading.dialect.ended

    def _open_lane(self, key: Hashable, tag: str, name: str) -> Recording:
        run: Run = self.session.stream(
            TapSource(self, f"a lane of {self.name or 'this stream'}"),  # type: ignore[arg-type]
            name=name or tag,
            framing=self.reading.frames.framing or "auto",
            persist=self.persist,
            bounds=self.recording.bounds,
            show=False,
            **{option: value for option, value in self._first_options.items() if value is not None},
        )
        self._lane_runs[key] = run
        run.belong_to(self, key, tag)
        return run.recording

    def belong_to(self: Any, of: Any, key: Hashable, tag: str) -> None:
        """Be the lane of another run: on its clock, of its request, called back where it is, and known by the same id each time."""
        self.id = f"{zlib.crc32(f'{of.id} {key}'.encode('utf-8', 'replace')):08x}"
        self.role, self.tag, self.parent, self.begun = "agent", tag, of.id, of.begun
        recording, original = self.recording, of.recording
        recording.begin(like=original)
        recording.run, recording.part_of = self.id, of.id
        recording.request, recording.response, recording.content_type = original.request, original.response, original.content_type
        recording.plain_items, recording.clock = original.plain_items, original.clock
        self._loop, self._loop_thread = of._loop, of._loop_thread
        self._listeners = Listeners(self._loop)
        self._listeners.on("status", self._tell_status)
