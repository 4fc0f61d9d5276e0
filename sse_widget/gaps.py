"""Gaps between events, all of them, for percentiles that are exact."""

from __future__ import annotations

from array import array

_FEW = 4096


class Gaps:
    """Numbers of which percentiles are asked now and then while more are added.

    Most of them lie sorted in eight bytes each. What was added since is sorted when it is asked for, and goes there once it is an
    eighth of all; so a question costs little, however many there are.
    """

    def __init__(self) -> None:
        self._sorted = array("d")
        self._new: list[float] = []
        self.append = self._new.append
        """Add a number: the list's own, which is quickest."""

    def __len__(self) -> int:
        return len(self._sorted) + len(self._new)

    def percentile(self, percent: float) -> float | None:
        """The percentile, interpolated linearly (NumPy's default); None if there are no numbers."""
        self.settle()
        count = len(self)
        if not count:
            return None
        place = (count - 1) * percent / 100
        low = int(place)
        first = self._at(low)
        return first + (self._at(min(low + 1, count - 1)) - first) * (place - low) if place > low else first

    def settle(self) -> None:
        """Put what is new in its place, if it is time. Called now and then by the thread that adds."""
        self._new.sort()  # sorted already but for what is new: that costs one pass
        if len(self._new) > max(_FEW, len(self._sorted) // 8):
            self._sorted = array("d", sorted([*self._sorted, *self._new]))
            self._new.clear()

    def _at(self, index: int) -> float:
        """The number with ``index`` smaller ones before it, of both together."""
        old, new = self._sorted, self._new
        # How many of the new ones stand before it: the most whose last is no larger than the old one that would follow.
        low, high = max(0, index - len(old)), min(index, len(new))
        while low < high:
            middle = (low + high) // 2
            if new[middle] < old[index - middle - 1]:
                low = middle + 1
            else:
                high = middle
        rest = index - low
        if low == len(new):
            return old[rest]
        return new[low] if rest == len(old) else min(old[rest], new[low])
