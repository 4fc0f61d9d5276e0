"""Where the entries of a recording live: as columns, since a stream may hold a million of them."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import repeat
from typing import Any, Literal, NamedTuple, Protocol

EntryKind = Literal["chunk", "item", "mark"]


class Entry(NamedTuple):
    """One thing that happened.

    time: seconds since the request was sent. kind: "chunk" (bytes of a transport), "item" (one item of an iterator, as
    UTF-8 text) or "mark" (ours: open, redirect, stop, error, close, …). info: for an item what it was (``as``: "str",
    "json" or "sse", and its ``event``, ``id``, ``retry``), for a mark its ``mark`` name and details; for a chunk None.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody looks for here
    time: float
    kind: EntryKind
    data: bytes
    info: dict[str, Any] | None


Row = tuple[int, float, EntryKind, bytes, "dict[str, Any] | None"]


class Storage(Protocol):
    """What a recording asks of the place where its entries live. One thread appends at a time; any number may read meanwhile."""

    def append(self, time: float, kind: EntryKind, data: bytes, info: dict[str, Any] | None) -> None:
        """Add an entry. Raises SSEWidgetError if there is no room for its data; then nothing was added."""

    def __len__(self) -> int: ...

    def read(self, start: int, stop: int) -> Sequence[Entry]:
        """The entries from ``start`` to before ``stop``, as far as there are any."""
        ...

    def rows(self, start: int, stop: int) -> Iterable[Row]:
        """The same as plain tuples, to be gone through once: for who reads all of them."""
        ...

    def span(self, start: int, stop: int) -> bytes:
        """The bytes of all entries in a row, from offset ``start`` to before ``stop``, as far as there are any."""
        ...

    def reach(self, stop: int) -> int:
        """Bytes of all entries before number ``stop``."""
        ...

    def infos(self, start: int, stop: int) -> Sequence[dict[str, Any] | None]:
        """``info`` of the entries from ``start`` to before ``stop``."""
        ...

    def time(self, index: int) -> float:
        """``time`` of an entry."""
        ...

    def holding(self, offset: int) -> int:
        """Number of the entry that holds the byte at this offset, which must be there."""
        ...


_entry = partial(tuple.__new__, Entry)  # a named tuple's own costs twice as much
_CHUNKS: Iterable[EntryKind] = repeat("chunk")
_SHARED = 64
"""Kinds of items whose description is kept once; a stream has few, unless each item has an id."""


class MemoryStorage:
    """Entries in memory, 24 bytes each beside their data."""

    def __init__(self) -> None:
        self._times = array("d")  # appended to last: its length is ours, so that a reader never finds half an entry
        self._ends = array("Q")  # where each entry ends in the byte stream; marks take no room
        self._infos: list[dict[str, Any] | None] = []
        self._data: list[bytes] = []
        self._size = 0
        self._room = float("inf")  # the size from which on `_make_room` is asked first
        self._shared: dict[tuple[Any, ...], dict[str, Any]] = {}

    def append(self, time: float, kind: EntryKind, data: bytes, info: dict[str, Any] | None) -> None:
        """As `Storage.append`."""
        if self._size > self._room and data:
            self._make_room()
        if kind == "item" and info is not None:
            info = self._once(info)
        self._infos.append(info)
        self._data.append(data)
        self._size = size = self._size + len(data)
        self._ends.append(size)
        self._times.append(time)

    def __len__(self) -> int:
        return len(self._times)

    def read(self, start: int, stop: int) -> Sequence[Entry]:
        """As `Storage.read`."""
        return list(map(_entry, self.rows(start, stop)))

    def rows(self, start: int, stop: int) -> Iterable[Row]:
        """As `Storage.rows`."""
        stop = min(stop, len(self._times))
        infos = self._infos[start:stop]
        kinds = map(_kind, infos) if any(infos) else _CHUNKS
        return zip(range(start, stop), self._times[start:stop], kinds, self._pieces(start, stop), infos)  # noqa: B905 - one is endless

    def span(self, start: int, stop: int) -> bytes:
        """As `Storage.span`."""
        if start >= stop:
            return b""
        first = bisect_right(self._ends, start)
        last = min(bisect_right(self._ends, stop - 1) + 1, len(self._times))
        if first >= last:
            return b""
        base = self.reach(first)
        pieces = self._pieces(first, last)
        whole = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return whole[start - base : stop - base]

    def reach(self, stop: int) -> int:
        """As `Storage.reach`."""
        return self._ends[stop - 1] if stop else 0

    def infos(self, start: int, stop: int) -> Sequence[dict[str, Any] | None]:
        """As `Storage.infos`."""
        return self._infos[start:stop]

    def time(self, index: int) -> float:
        """As `Storage.time`."""
        return self._times[index]

    def holding(self, offset: int) -> int:
        """As `Storage.holding`."""
        return bisect_right(self._ends, offset)

    def _once(self, info: dict[str, Any]) -> dict[str, Any]:
        """The same dict for the same description."""
        key = (*info, *info.values())
        try:
            return self._shared.setdefault(key, info) if len(self._shared) < _SHARED else self._shared.get(key, info)
        except TypeError:  # somebody's event has a list for an id
            return info

    # --- for storages that put data elsewhere ----------------------------------------------------------------------------
    def _make_room(self) -> None:
        """There is more in memory than there should be. Called by the thread that appends, before each piece of data."""

    def _pieces(self, start: int, stop: int) -> list[bytes]:
        """Data of the entries from ``start`` to before ``stop``; all of them are there."""
        return self._data[start:stop]


def _kind(info: dict[str, Any] | None) -> EntryKind:
    return "chunk" if info is None else "mark" if "mark" in info else "item"
