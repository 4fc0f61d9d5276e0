"""Entries of a long stream: the newest in memory, the older ones in a temporary file.

The thread that appends is the one that reads sockets, so it must not wait for a disk. Once three quarters of the bound are in
memory, a thread writes the older half out; only where the disk is slower than the stream, and the bound is reached, does the stream
wait for it, which holds the server back.

The file is unlinked as soon as it is open (where the system allows that), so nothing is left of it however the process ends. Its
positions are the offsets of the stream, and it is read and written at positions alone: a forked child, which shares the file, can
read what was there when it began, and never writes.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import weakref
from bisect import bisect_left

from .errors import BoundError
from .storage import MemoryStorage

PIECE = 1024 * 1024
"""Bytes that are joined and written at a time."""


class SpillStorage(MemoryStorage):
    """As `MemoryStorage`, with at most about ``limit`` bytes of data in memory. folder: where the file goes; None: the system's."""

    def __init__(self, limit: int, folder: str | None = None) -> None:
        super().__init__()
        self._limit = limit
        self._folder = folder
        self._room = limit * 3 // 4
        self._window: tuple[int, list[bytes]] = (0, self._data)  # number of the first entry whose data are in memory, and these data
        self._written = 0  # entries whose data are in the file
        self._file: _File | None = None
        self._error: OSError | None = None
        self._writing = threading.Lock()
        self._process = os.getpid()

    @property
    def in_memory(self) -> int:
        """Bytes of data that are in memory."""
        return self._size - self.reach(self._window[0])

    @property
    def in_file(self) -> int:
        """Bytes of data that are in the file."""
        return self.reach(self._written)

    def close(self) -> None:
        """Give the file back, and with it what it holds. It happens by itself when nobody knows the storage any more."""
        if self._file is not None:
            self._file.close()

    def _make_room(self) -> None:
        if os.getpid() != self._process:  # the file is the parent's
            self._room = float("inf")
            return
        self._forget_written()
        held, soon = self.in_memory, self._limit * 3 // 4
        if held > self._limit:
            with self._writing:  # until the thread that writes has done, if there is one
                pass
            self._forget_written()
            if self.in_memory > self._limit:
                self._write()
                self._forget_written()
                if self._error is not None:
                    raise self._no_room() from self._error
        elif held > soon and self._error is None and not self._writing.locked():
            with contextlib.suppress(RuntimeError):  # the interpreter ends, and starts no threads any more
                threading.Thread(target=self._write, name="sse-widget-spill", daemon=True).start()
        held = self.in_memory
        # If there is too much still, it is looked at again when there is a little more, and at the bound.
        self._room = self._size - held + soon if held <= soon else min(self._size + self._limit // 16, self._size - held + self._limit)

    def _forget_written(self) -> None:
        first, data = self._window
        if self._written > first:
            self._data = data[self._written - first :]
            self._window = (self._written, self._data)

    def _write(self) -> None:
        """Write the older half of what is in memory."""
        with self._writing:
            first, data = self._window
            until = min(bisect_left(self._ends, self._size - self._limit // 2) + 1, first + len(data))
            self._error = None
            try:
                if self._file is None:
                    self._file = _File(self._folder)
                    weakref.finalize(self, self._file.close)
                while self._written < until:
                    begin = self.reach(self._written)
                    stop = min(max(bisect_left(self._ends, begin + PIECE), self._written + 1), until)
                    self._file.write(begin, b"".join(data[self._written - first : stop - first]))
                    self._written = stop
            except OSError as error:  # the data stay in memory, and it is told when there is no room for more
                self._error = error

    def _no_room(self) -> BoundError:
        assert self._error is not None
        folder = self._folder or tempfile.gettempdir()
        return BoundError(
            f"The stream outgrew the {self._limit:,} bytes that it may keep in memory (memory_bytes), and the rest could not be written "
            f"to {folder}: {self._error.strerror or self._error}.",
            hint="What came is kept. Make room there, set TMPDIR to another folder before Python starts, or give the stream more memory: "
            "sw.stream(…, bounds=sw.Bounds(memory_bytes=…)); None takes the bound away.",
            bound="memory_bytes",
        )

    def _pieces(self, start: int, stop: int) -> list[bytes]:
        first, data = self._window  # once: it may be moved meanwhile, and the old one stays right
        if start >= first:
            return data[start - first : stop - first]
        assert self._file is not None
        until = min(stop, first)
        base = self.reach(start)
        raw = self._file.read(base, self.reach(until) - base)
        ends = self._ends[start:until]
        pieces, at = [], 0
        for end in ends:
            pieces.append(raw[at : end - base])
            at = end - base
        return pieces + data[: max(stop - first, 0)]


class _File:
    """A temporary file that is read and written at positions."""

    def __init__(self, folder: str | None) -> None:
        self._number, self._path = tempfile.mkstemp(prefix="sse_widget-", suffix=".spill", dir=folder)  # mode 0600
        self._lock = threading.Lock()
        self._unlinked = self._unlink()

    def write(self, at: int, data: bytes) -> None:
        """Write all of it. Raises OSError if that cannot be."""
        view = memoryview(data)
        while view:
            count = self._write_at(at, view)
            view, at = view[count:], at + count

    def read(self, at: int, size: int) -> bytes:
        """So many bytes, which are there. Raises OSError."""
        pieces = []
        while size > 0:
            piece = self._read_at(at, size)
            if not piece:
                raise OSError("the temporary file is shorter than it was")
            pieces.append(piece)
            at, size = at + len(piece), size - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Close it and leave nothing of it. More than once is the same as once."""
        with self._lock:
            number, self._number = self._number, -1
        if number >= 0:
            os.close(number)
            if not self._unlinked:
                self._unlink()

    def _unlink(self) -> bool:
        with contextlib.suppress(OSError):  # Windows lets nobody take away what is open
            os.unlink(self._path)
            return True
        return False

    def _write_at(self, at: int, data: memoryview) -> int:
        if hasattr(os, "pwrite"):
            return os.pwrite(self._number, data, at)
        with self._lock:
            os.lseek(self._number, at, os.SEEK_SET)
            return os.write(self._number, data)

    def _read_at(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._number, size, at)
        with self._lock:
            os.lseek(self._number, at, os.SEEK_SET)
            return os.read(self._number, size)
