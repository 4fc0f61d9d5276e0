"""All that the events of a stream added, in order: kept for who comes later and needs everything, such as a page that is loaded anew."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import overload

from .deltas import Delta
from .texts import BLOCK, Texts


class DeltaLog(Sequence[Delta]):
    """Deltas as a list that grows at its end. The newest are kept as they are; older ones, which mostly are appends, as columns,
    a tenth of the size. One thread adds; any may read meanwhile."""

    def __init__(self) -> None:
        self._frames = array("I")
        self._parts = array("I")
        self._texts = Texts()
        self._others: dict[int, Delta] = {}  # those that are no appends
        self.newest: list[Delta] = []
        """A delta is added to this list, which is quicker than any method of ours; `settle` replaces it."""
        self._view = (0, self.newest)  # deltas in the columns, and those after them: changed in one step

    def settle(self) -> bool:
        """Put what is not new into less room. Called now and then by the thread that adds. Whether there was anything to do."""
        count, newest = self._view
        if len(newest) < 2 * BLOCK:
            return False
        old = newest[:-BLOCK]
        frames, parts, ops, values = zip(*old, strict=True)
        if ops.count("append") < len(ops):
            self._others.update((number, delta) for number, delta in enumerate(old, count) if delta.op != "append")
            values = tuple(value if op == "append" else "" for op, value in zip(ops, values, strict=True))
        self._frames.extend(frames)
        self._parts.extend(parts)
        self._texts.newest.extend(values)
        self._texts.settle()
        self.newest = newest[-BLOCK:]
        self._view = (count + len(old), self.newest)
        return True

    def __len__(self) -> int:
        count, newest = self._view
        return count + len(newest)

    @overload
    def __getitem__(self, index: int) -> Delta: ...
    @overload
    def __getitem__(self, index: slice) -> list[Delta]: ...
    def __getitem__(self, index: int | slice) -> Delta | list[Delta]:
        count, newest = self._view
        if isinstance(index, slice):
            start, stop, step = index.indices(count + len(newest))
            found = newest[start - count : max(stop - count, 0)] if start >= count else self._read(start, stop, count, newest)
            return found[::step] if step != 1 else found
        i = range(count + len(newest))[index]
        return newest[i - count] if i >= count else self._read(i, i + 1, count, newest)[0]

    def __iter__(self) -> Iterator[Delta]:
        return iter(self[:])

    def _read(self, start: int, stop: int, count: int, newest: list[Delta]) -> list[Delta]:
        old = min(stop, count)
        rows = zip(range(start, old), self._frames[start:old], self._parts[start:old], self._texts.read(start, old), strict=True)
        others = self._others
        found = [others.get(number) or Delta(frame, part, "append", text) for number, frame, part, text in rows]
        return found + newest[: max(stop - count, 0)]
