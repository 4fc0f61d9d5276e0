"""Which events of a later connection had come before. They stay what came, and are not read twice.

An event is known again by the id of the stream's framing, else by a number or id in its JSON (``sequence_number`` of OpenAI's
Responses, ``event_id`` of Google's Interactions). Events without either cannot be known again.
"""

from __future__ import annotations

from typing import Any

from .dialects import parse_json
from .frames import Frames
from .wire import Frame

_LOOK_BACK = 500
"""Events before a break whose JSON is looked at for numbers and ids."""


class Repeats:
    """Compares the events of a later connection with those of the ones before. Without a second connection it costs nothing."""

    def __init__(self, frames: Frames, start: int = 0) -> None:
        """start: the frame from which on events count."""
        self._frames = frames
        self._start = start
        self._ids: set[str] = set()
        self._collected = start  # frames whose ids are in the set
        self._carried = ""  # the id that was in force when the connection began
        self._by_id = False
        self._sequence: int | None = None
        self._event_ids: set[str] = set()
        self._expected: int | None = None  # the number that comes next, if events are numbered without holes
        self.missing = 0
        """Events that the numbering of this connection leaves out."""

    def begin(self, frame: int) -> None:
        """A new connection begins at this frame."""
        frames = self._frames
        self._ids.update(frames.ids_between(self._collected, frame))
        self._collected = frame
        self._carried = frames[frame].id
        count = frames.events_before(frame)
        last = [frames.events[index].frame for index in range(max(0, count - 2), count)]
        ids = [frames[index].id for index in last]
        # An id that several events name is no name of an event, but of a message or a run.
        self._by_id = bool(self._carried) and not (len(ids) == 2 and ids[0] == ids[1] and all(map(frames.names_id, last)))
        self._expected = None
        if self._by_id and len(ids) == 2 and all(map(_is_number, ids)) and int(ids[1]) == int(ids[0]) + 1:
            self._expected = int(ids[1]) + 1
        self._numbers(count)
        self.missing = 0

    def _numbers(self, count: int) -> None:
        for index in range(count - 1, max(self._frames.events_before(self._start), count - _LOOK_BACK) - 1, -1):
            number, name = _named(self._frames.events[index].data)
            if number is not None:
                self._sequence = number if self._sequence is None else max(number, self._sequence)
            if name:
                self._event_ids.add(name)
            if number is None and not name:
                return
        if self._sequence is not None and self._expected is None:
            self._expected = self._sequence + 1

    def has(self, index: int, frame: Frame) -> bool:
        """Whether this event has come before. index: of its frame."""
        identity = frame.id
        if self._by_id and identity in self._ids and (identity != self._carried or self._frames.names_id(index)):
            return True
        number, name = _named(frame.data)
        if number is not None and self._sequence is not None and number <= self._sequence:
            return True
        if name and name in self._event_ids:
            return True
        if self._expected is not None:
            mine = number if number is not None else int(identity) if self._by_id and _is_number(identity) else self._expected
            self.missing = max(0, mine - self._expected)
            self._expected = None  # only the first new event can tell
        return False


def _named(text: str) -> tuple[int | None, str]:
    """Number and id that an event's JSON gives itself."""
    if "sequence_number" not in text and "event_id" not in text:
        return None, ""
    data: Any = parse_json(text)
    if not isinstance(data, dict):
        return None, ""
    number, name = data.get("sequence_number"), data.get("event_id")
    return (
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        name if isinstance(name, str) else "",
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16
