"""Columns of strings that are mostly the same: as numbers of names, or as runs."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right


class Names(dict[str, int]):
    """Strings to small numbers; the number of a new one is made when it is asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __missing__(self, name: str) -> int:
        code = self[name] = len(self.names)
        self.names.append(name)
        return code


class Runs:
    """A string for each frame, as runs of the same: an id stays in force until another comes."""

    def __init__(self) -> None:
        self.last = ""
        self._starts = array("I")
        self._names: list[str] = []

    def note(self, index: int, name: str) -> None:
        """It is ``name`` from the frame with this number on."""
        if name != self.last:
            self.last = name
            self._names.append(name)
            self._starts.append(index)  # after the name: a reader goes by the starts

    def of(self, index: int) -> str:
        """What it is at this frame."""
        at = bisect_right(self._starts, index)
        return self._names[at - 1] if at else ""

    def between(self, first: int, stop: int) -> list[tuple[int, str]]:
        """What came from the frame ``first`` to before the frame ``stop``, and with which."""
        found = slice(bisect_left(self._starts, first), bisect_left(self._starts, stop))
        return list(zip(self._starts[found], self._names[found], strict=True))
