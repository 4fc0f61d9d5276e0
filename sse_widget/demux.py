"""Splits one stream into lanes, by a `Key`: pure, but for the lanes that it is asked to open.

The stream itself stays what it is, whole; a lane is a recording of the events of one key, with the bytes and the times that they have in
the stream. So the same stream always gives the same lanes, and what is in no lane is counted.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .demux_findings import findings_of
from .demux_key import LONGEST, OTHERS, Key, data_of, tag_of
from .demux_known import Known, last_of_task
from .demux_links import Links, plain
from .findings import Finding
from .frames import Event, Frames
from .recording import Recording, SealedError
from .wire import EVENT, MARK, TAIL, Frame

_FORWARDED = frozenset({"open", "wait", "reconnect", "pause", "resume"})
"""Marks that concern everybody on the connection."""
LINKS = 500
"""Links that are kept."""


class Link(NamedTuple):
    """source, target: keys of lanes. time: s in the recording. frame: of the event that says so; kind, text: see `demux_links.Said`."""

    source: Hashable
    target: Hashable
    time: float
    kind: str
    text: str
    frame: int


@dataclass
class Lane:
    """One key's part of the stream."""

    key: Hashable
    tag: str
    name: str
    recording: Recording
    frames: array[int]
    """Numbers of its events' frames in the stream."""
    last: float = 0.0
    done: bool = False


class Demux:
    """Sorts the frames of one recording into lanes.

    open: makes the empty recording of a new lane from its key, tag and name. came_before: whether the event in a frame had come over an
    earlier connection: it stays where it is.
    """

    def __init__(
        self,
        recording: Recording,
        key: Key,
        open: Callable[[Hashable, str, str], Recording],
        came_before: Callable[[int], bool] = lambda frame: False,
    ) -> None:
        self.key = key
        self.lanes: dict[Hashable, Lane] = {}
        self.links: list[Link] = []
        self.alone: dict[str, int] = {}
        """Why events are in no lane, and how many."""
        self.seen = 0
        self.ended = False
        self._recording = recording
        self._frames: Frames = recording.framed()
        self._open = open
        self._came_before = came_before
        self._find: Any
        if key.rule == "auto":
            known = Known()
            self._find, self._rest = known.find, known.rest
        else:
            self._find, self._rest = key.finder(), list
        self._says = Links()
        self.pending: list[tuple[str, str, float, str, str, int, Hashable | None]] = []  # links to lanes that are not there yet
        self._read = 0
        self._marks: list[tuple[str, float, dict[str, Any]]] = []  # of the connection that is open
        self.raised: tuple[int, str] | None = None
        self.more: set[int] = set()  # hashes of the keys beyond the limit

    def advance(self, stop: int, limit: int) -> bool:
        """Sort the frames up to number ``stop``, at most ``limit`` of them. True if more are waiting."""
        if stop <= self._read:  # the stream is being read again, from its start
            return False
        end = min(stop, self._read + limit)
        for index in range(self._read, end):
            kind = self._frames.kinds[index]
            if kind in (EVENT, TAIL):
                self._sort(index)
            elif kind == MARK:
                self._mark(self._frames[index])
        self._read = end
        return end < stop

    def end(self, mark: dict[str, Any], time: float, cut_off: str = "", is_over: Callable[[Lane], bool] = lambda lane: False) -> None:
        """Nothing more comes. mark, time: the last of the stream. cut_off: why it counts as cut off, or "": then its lanes do, too.
        is_over: whether a lane had said all that it had to say by then."""
        self.ended = True
        for index, key in self._rest():
            self._put(index, key, *self._event(index))
        name, info = str(mark.get("mark")), {name: value for name, value in mark.items() if name != "mark"}
        for lane in self.lanes.values():
            if lane.done:
                continue
            if (name == "close" and not cut_off) or is_over(lane):
                lane.recording.seal("close", at=lane.last)  # it said nothing after that, and nothing more was to come
            elif cut_off and name == "close":
                lane.recording.seal("error", at=time, broken=cut_off)
            else:
                lane.recording.seal(name, at=time, **info)

    # --- events --------------------------------------------------------------------------------------------------------
    def _event(self, index: int) -> tuple[Frame, Any, Event]:
        frame = self._frames[index]
        number = self._frames.events_before(index)
        event = Event(number, frame.time, frame.type, frame.id, frame.data, frame.end - frame.start, index, frame.chunk)
        return frame, data_of(frame), event

    def _sort(self, index: int) -> None:
        frame, data, event = self._event(index)
        if frame.kind == TAIL and (data is None or index + 1 < len(self._frames)):
            return  # half an event, which no lane can be told of
        self.seen += 1
        if self._came_before(index):
            self._alone("repeated")
            return
        try:
            found = self._find(index, frame, data, event)
            for _, key in found:
                hash(key)
        except Exception as error:
            self._note_raised(index, error)
            self._alone("raised")
            return
        for number, key in found:
            if number == index:
                self._put(index, key, frame, data, event)
            else:
                self._put(number, key, *self._event(number))

    def _put(self, index: int, key: Hashable | None, frame: Frame, data: Any, event: Event) -> None:
        lane = None if key is None else self._lane(key, event, data)
        self._link(index, frame, data, event, lane.key if lane else None)
        if lane is None:
            self._alone("unkeyed")
        elif lane.done or not self._append(lane, frame):
            self._alone("late")
        else:
            lane.frames.append(index)
            lane.last = frame.time
            if self._is_last(event, data):
                lane.done = True
                lane.recording.seal("close", at=frame.time)

    def _append(self, lane: Lane, frame: Frame) -> bool:
        """Give an event to its lane. False if that has been stopped meanwhile."""
        recording = self._recording
        entry = recording.read_entries(frame.chunk, frame.chunk + 1)[0]
        try:
            if entry.kind == "item" and entry.info is not None:
                lane.recording.item(entry.data.decode("utf-8", "replace"), entry.info, at=frame.time)
            else:
                lane.recording.chunk(recording.span(frame.start, frame.end), at=frame.time)
        except SealedError:
            return False
        return True

    def _is_last(self, event: Event, data: Any) -> bool:
        if self.key.done is not None:
            try:
                return bool(self.key.done(event))
            except Exception as error:
                self._note_raised(event.frame, error)
                return False
        known = self.key.rule == "auto" and isinstance(data, dict)
        return known and ("jsonrpc" in data or "statusUpdate" in data) and last_of_task(data)

    def _lane(self, key: Hashable, event: Event, data: Any) -> Lane:
        lane = self.lanes.get(key)
        if lane is None and len(self.lanes) - (OTHERS in self.lanes) >= self.key.lanes and key != OTHERS:
            if len(self.more) < 10_000:
                self.more.add(hash(key))
            lane = self.lanes.get(OTHERS)
            key = OTHERS
        if lane is None:
            tag, name = "?", ""
            try:
                tag = tag_of(key)
                name = self.key.name_of(key, event, data) if key != OTHERS else ""
            except Exception as error:
                self._note_raised(event.frame, error)
            lane = self.lanes[key] = Lane(key, tag, name, self._open(key, tag, name), array("Q"))
            for mark, time, info in self._marks:
                lane.recording.mark(mark, at=time, **info)
            self._settle_links()
        return lane

    def _note_raised(self, frame: int, error: Exception) -> None:
        """A function of the user's raised on the event of this frame; the first time is told."""
        self.raised = self.raised or (frame, f"{type(error).__name__}: {error}".rstrip(": ")[:200])

    def _alone(self, why: str) -> None:
        self.alone[why] = self.alone.get(why, 0) + 1

    def _mark(self, frame: Frame) -> None:
        if frame.type not in _FORWARDED:
            return
        info = {name: value for name, value in (data_of(frame) or {}).items() if name != "mark"}
        if frame.type == "open":
            self._marks = [("open", frame.time, info)]
        for lane in self.lanes.values():
            with contextlib.suppress(SealedError):
                lane.recording.mark(frame.type, at=frame.time, **info)
                lane.recording.paused = self._recording.paused

    # --- links ---------------------------------------------------------------------------------------------------------
    def _link(self, index: int, frame: Frame, data: Any, event: Event, key: Hashable | None) -> None:
        """Note what the event says of other lanes; those it names may come later."""
        said = [(one.source, one.target, one.kind, one.text) for one in self._says.of(frame, data)]
        if self.key.links is not None:
            try:
                given = self.key.links(event)
                said += [
                    ("", str(to), "handoff", "") for to in (given if isinstance(given, (list, tuple, set)) else [given]) if to is not None
                ]
            except Exception as error:
                self._note_raised(index, error)
        for source, target, kind, text in said:
            if len(self.links) + len(self.pending) < LINKS:
                self.pending.append((source[:LONGEST], target[:LONGEST], frame.time, kind, text[:200], index, key))
        if said:
            self._settle_links()

    def _settle_links(self) -> None:
        if not self.pending:
            return
        names: dict[str, Hashable] = {}
        for lane in self.lanes.values():
            for name in (lane.name, lane.tag, str(lane.key)):
                if name:
                    names.setdefault(plain(name), lane.key)
        waiting = []
        for one in self.pending:
            source, target, time, kind, text, frame, key = one
            ends = [names.get(plain(name)) if name else key for name in (source, target)]
            if ends[0] is None or ends[1] is None:
                waiting.append(one)
            elif ends[0] != ends[1]:
                self.links.append(Link(ends[0], ends[1], time, kind, text, frame))
        self.pending = waiting
        self.links.sort(key=lambda link: link.frame)

    def findings(self) -> list[Finding]:
        """What is worth a sentence about the split."""
        return findings_of(self)


def split(recording: Recording, key: Key) -> Demux:
    """Sort a finished recording: its lanes are in ``lanes``, by key."""

    def open(key: Hashable, tag: str, name: str) -> Recording:
        lane = Recording(name=name or tag, bounds=recording.bounds)
        lane.begin(like=recording)
        lane.part_of = recording.run or "a stream"
        lane.request, lane.response, lane.content_type = recording.request, recording.response, recording.content_type
        lane.framing = recording.framed().framing or "auto"
        lane.plain_items, lane.clock, lane.redactor = recording.plain_items, recording.clock, recording.redactor
        return lane

    with recording.lock:
        recording.framed().advance()
    demux = Demux(recording, key, open)
    while demux.advance(len(recording.framed()), 1024):
        pass
    if recording.closed:
        last = recording.read_entries(len(recording) - 1)[0] if len(recording) else None
        demux.end((last.info if last else None) or {}, last.time if last else 0.0)
    return demux
