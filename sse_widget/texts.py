"""Many short texts in order, in little room.

A fragment of an answer has five characters, and Python's object around it fifty bytes; so all but the newest are joined, and cut out
again when somebody asks. The newest stay as they are: to add one must cost no more than a list does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

BLOCK = 1024
"""Texts that are joined to one."""


class _Block(NamedTuple):
    text: str
    ends: array[int]

    def part(self, start: int, stop: int) -> list[str]:
        text, ends = self
        at = ends[start - 1] if start else 0
        parts = []
        for end in ends[start:stop]:
            parts.append(text[at:end])
            at = end
        return parts


class Texts:
    """A list that grows at its end. One thread adds, to ``newest``; any may read meanwhile."""

    __slots__ = ("_blocks", "_view", "newest")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._blocks: list[_Block] = []
        self.newest = list(texts)
        """A text is added to this list, which is quicker than any method of ours; `settle` replaces it."""
        self._view = (0, self.newest)  # blocks, and the texts after them: changed in one step

    def settle(self) -> None:
        """Put what is not new into less room. Called now and then by the thread that adds."""
        count, newest = self._view
        if len(newest) < 2 * BLOCK:
            return
        at = 0
        while len(newest) - at >= 2 * BLOCK:
            texts = newest[at : at + BLOCK]
            self._blocks.append(_Block("".join(texts), array("I", accumulate(map(len, texts)))))
            at += BLOCK
            count += 1
        self.newest = newest[at:]
        self._view = (count, self.newest)

    def __len__(self) -> int:
        count, newest = self._view
        return count * BLOCK + len(newest)

    def read(self, start: int, stop: int) -> list[str]:
        """The texts from number ``start`` to before ``stop``, as far as there are any."""
        count, newest = self._view
        settled = count * BLOCK
        found: list[str] = []
        while start < min(stop, settled):
            number, first = divmod(start, BLOCK)
            last = min(BLOCK, stop - number * BLOCK)
            found += self._blocks[number].part(first, last)
            start = number * BLOCK + last
        return found + newest[max(start - settled, 0) : max(stop - settled, 0)]

    def joined(self, start: int, stop: int, join: str = "") -> str:
        """The same as one text, with ``join`` between."""
        if join or stop - start < BLOCK:
            return join.join(self.read(start, stop))
        first = -(-start // BLOCK)  # whole blocks are joined already
        last = max(min(stop // BLOCK, self._view[0]), first)
        pieces = self.read(start, min(first * BLOCK, stop))
        pieces += [block.text for block in self._blocks[first:last]]
        pieces += self.read(max(last * BLOCK, start), stop) if last * BLOCK < stop else []
        return "".join(pieces)
