"""What an event calls itself: by the field of its framing or, as many formats have it, by a member of its JSON.

Neighbours mostly are of one kind, so it is runs of them that are kept, and a stream of one kind costs one entry.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Any, Final

MEMBERS: Final = ("type", "event_type", "event", "object", "kind")
"""Where formats name the kind of an event, in the order in which they are asked."""
LONGEST: Final = 60
"""Characters of a label; what is longer is no name."""


def label_of(field: str, data: Any) -> str:
    """The label of an event, or "". field: its type by the framing, which is "message" if it says nothing. data: its parsed JSON."""
    if field != "message" or data.__class__ is not dict:
        found = "" if field == "message" else field
    else:
        get = data.get
        found = get("type") or get("event_type") or get("event") or get("object") or get("kind") or ""
        if found.__class__ is not str:
            found = next((value for value in map(get, MEMBERS) if value and isinstance(value, str)), "")
    return found if len(found) <= LONGEST and found.isprintable() else ""


class Labels:
    """The labels of the events of one reading, as runs: ``starts`` are frames, ``names`` the label from there on."""

    def __init__(self) -> None:
        self.starts = array("L")
        self.names: list[str] = []
        self._last = ""

    def __len__(self) -> int:
        return len(self.names)

    def note(self, index: int, field: str, data: Any) -> None:
        """Learn of an event. index: its frame; they come in order. field, data: as in `label_of`."""
        if field == "message" and data.__class__ is dict:  # as `label_of` does; most events are called as the one before
            get = data.get
            if (get("type") or get("event_type") or get("event") or get("object") or get("kind") or "") == self._last:
                return
        elif field == self._last:
            return
        label = label_of(field, data)
        if label != self._last:
            self._last = label
            self.starts.append(index)
            self.names.append(label)

    def of(self, index: int) -> str:
        """The label of the event that is this frame."""
        at = bisect_right(self.starts, index)
        return self.names[at - 1] if at else ""

    def runs(self, first: int, stop: int) -> list[list[Any]]:
        """``[frame, label]`` of the runs from number ``first`` to before ``stop``."""
        return [list(run) for run in zip(self.starts[first:stop], self.names[first:stop], strict=True)]
