"""A recording as it may leave the kernel: secrets that its run knows of are masked, also where tokens and chunks have cut them.

In the memory everything is as it came; here it is read once more for what a file would tell. Where no secret is known, nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..storage import Entry
from ..veil import Veil

if TYPE_CHECKING:
    from ..deltas import Delta
    from ..reading import Reading
    from ..recording import Recording

MASK = b"*"
"""For each byte of a secret, so that everything in a file stands where it stood."""


class Hidden:
    """reading: one of the recording that has read all of it; None: one of its own, that grows with the recording."""

    def __init__(self, recording: Recording, reading: Reading | None = None) -> None:
        self._recording = recording
        self._redactor = recording.redactor
        self._veil = Veil(recording.redactor)
        self._reading = reading
        self._frames = 0
        self._offset = 0  # bytes of the entries that were given
        self._secret: list[tuple[int, int]] = []  # byte ranges, in order

    def any(self, value: Any) -> Any:
        """JSON data or a text that stands for itself, without secrets."""
        return self._redactor.covered(value)

    def data(self, frame: int, text: str) -> str:
        """What a frame holds, without secrets and pieces of them."""
        return self._veil.data(self._read(), frame, text) if self._veil.is_needed else text

    def deltas(self) -> Iterator[Delta]:
        """All that was added, without secrets."""
        reading = self._read()
        if not self._veil.is_needed:
            return iter(reading.deltas)
        return iter(self._veil.told(reading, len(reading.deltas), frozenset()))

    def entries(self, start: int, stop: int) -> list[Entry]:
        """The entries from ``start`` to before ``stop``, as far as it is certain what of them is secret. To be asked for once, in order."""
        entries = self._recording.read_entries(start, stop)
        if not self._veil.is_needed:
            self._offset += sum(len(entry.data) for entry in entries)
            return list(entries)
        certain = self._certain()
        given = []
        for entry in entries:
            end = self._offset + len(entry.data)
            if certain is not None and end > certain:
                break
            info = self._redactor.covered(entry.info) if entry.info else entry.info
            given.append(entry._replace(data=self._without(entry.data, self._offset), info=info))
            self._offset = end
        return given

    def _read(self) -> Reading:
        if self._reading is None:
            from ..reading import Reading

            self._reading = Reading(self._recording)
        if not self._reading.finished:
            self._reading.finish()
        return self._reading

    def _certain(self) -> int | None:
        """Up to which byte it is known what is secret; None: everywhere."""
        reading = self._read()
        undecided = self._veil.undecided(reading)
        frames = reading.frames
        stop = len(reading.channels) if undecided is None else undecided
        for index in range(self._frames, stop):
            frame = frames[index]
            raw = self._recording.span(frame.start, frame.end)
            text, spans = self._veil.places(reading, index, raw.decode("utf-8", "surrogateescape"))
            self._secret += list(_in_bytes(text, spans, frame.start))
        self._frames = max(self._frames, stop)
        if reading.finished:
            return None
        return frames[stop].start if stop < len(reading.channels) else frames[stop - 1].end if stop else 0

    def _without(self, data: bytes, offset: int) -> bytes:
        end = offset + len(data)
        for start, stop in self._secret:
            if start < end and stop > offset:
                first, last = max(start, offset) - offset, min(stop, end) - offset
                data = data[:first] + MASK * (last - first) + data[last:]
        self._secret = [span for span in self._secret if span[1] > end]
        return data


def _in_bytes(text: str, spans: Iterable[tuple[int, int]], base: int) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in spans:
        base += len(text[at:start].encode("utf-8", "surrogateescape"))
        size = len(text[start:end].encode("utf-8", "surrogateescape"))
        yield base, base + size
        base, at = base + size, end
