"""`storage.py` and `spill.py`: the same entries whether they are in memory or in a file, and nothing left of the file."""

from __future__ import annotations

import errno
import gc
import os
import random
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import sse_widget.spill
from sse_widget import BoundError, Bounds, Recording, UsageError
from sse_widget.spill import SpillStorage
from sse_widget.storage import MemoryStorage, Storage

from .support import PATIENCE

LIMIT = 10_000


def fill(storage: Storage, count: int, seed: int = 0) -> None:
    """Chunks of all sizes, marks and items."""
    chooser = random.Random(seed)
    for number in range(count):
        kind = chooser.choice(("chunk", "chunk", "chunk", "item", "mark"))
        data = b"" if kind == "mark" else chooser.randbytes(chooser.choice((0, 1, 40, 300, 2500)))
        info = {"item": {"as": "str"}, "mark": {"mark": "pause", "number": number}}.get(kind)
        storage.append(number * 0.5, kind, data, info)  # type: ignore[arg-type]


def written(storage: SpillStorage) -> None:
    """Wait until no thread writes for it."""
    assert storage._writing.acquire(timeout=PATIENCE)
    storage._writing.release()


def test_it_reads_the_same_as_memory(tmp_path: Path) -> None:
    spilled, plain = SpillStorage(LIMIT, str(tmp_path)), MemoryStorage()
    for storage in (spilled, plain):
        fill(storage, 2000)
    written(spilled)
    assert spilled.in_file > 50 * LIMIT
    assert list(spilled.read(0, 5000)) == list(plain.read(0, 5000))
    size = plain.reach(2000)
    assert spilled.span(0, size) == plain.span(0, size)
    chooser = random.Random(5)
    for _ in range(500):
        first, last = sorted(chooser.choices(range(2001), k=2))
        assert list(spilled.read(first, last)) == list(plain.read(first, last))
        start, stop = sorted(chooser.choices(range(size + 10), k=2))
        assert spilled.span(start, stop) == plain.span(start, stop)


def test_memory_stays_within_the_bound(tmp_path: Path) -> None:
    storage = SpillStorage(LIMIT, str(tmp_path))
    most = 0
    for number in range(3000):
        storage.append(float(number), "chunk", b"x" * 100, None)
        most = max(most, storage.in_memory)
    assert most <= LIMIT + 200
    assert storage.in_memory + storage.in_file >= 300_000


def test_it_is_read_by_others_while_it_is_written(tmp_path: Path) -> None:
    storage = SpillStorage(LIMIT, str(tmp_path))
    wrong: list[object] = []
    over = threading.Event()

    def read() -> None:
        chooser = random.Random()
        while not over.is_set():
            count = len(storage)
            first = chooser.randrange(count + 1)
            for entry in storage.read(first, min(first + 50, count)):
                if entry.data != b"%7d" % entry.index * 10:
                    wrong.append(entry)
            if count and storage.span(first * 70, first * 70 + 7) not in (b"%7d" % first, b""):
                wrong.append(first)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(8000):
        storage.append(0.0, "chunk", b"%7d" % number * 10, None)
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nothing_is_left_of_the_file(tmp_path: Path) -> None:
    storage = SpillStorage(LIMIT, str(tmp_path))
    fill(storage, 500)
    written(storage)
    file = storage._file
    assert file is not None
    kept = os.fstat(file._number)
    assert stat.S_IMODE(kept.st_mode) == 0o600
    assert kept.st_nlink == 0
    assert list(tmp_path.iterdir()) == []
    number = file._number
    del storage
    gc.collect()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(number)


def test_where_an_open_file_cannot_be_unlinked_it_goes_when_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink = os.unlink

    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "in use", path)

    monkeypatch.setattr(os, "unlink", refuse)
    monkeypatch.delattr(os, "pread")  # as on Windows
    monkeypatch.delattr(os, "pwrite")
    spilled, plain = SpillStorage(LIMIT, str(tmp_path)), MemoryStorage()
    for storage in (spilled, plain):
        fill(storage, 500)
    written(spilled)
    assert list(spilled.read(0, 500)) == list(plain.read(0, 500))
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(os, "unlink", unlink)
    spilled.close()
    spilled.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_what_came_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = False
    write = sse_widget.spill._File._write_at

    def write_at(self: sse_widget.spill._File, at: int, data: memoryview) -> int:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, at, data)

    monkeypatch.setattr(sse_widget.spill._File, "_write_at", write_at)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    recording = Recording(bounds=Bounds(memory_bytes=LIMIT))
    said = []
    for number in range(2000):
        full = number >= 1000
        try:
            recording.chunk(b"%7d" % number * 10, float(number))
        except BoundError as error:
            said.append(error)
            break
    assert said, "the disk was full, and nobody said so"
    assert said[0].bound == "memory_bytes"
    assert "memory_bytes" in str(said[0])
    assert "No space left on device" in str(said[0])
    assert isinstance(said[0].__cause__, OSError)
    recording.seal("error")
    count = len(recording) - 1
    assert count >= 1000
    assert [entry.data for entry in recording.read_entries(0, count)] == [b"%7d" % number * 10 for number in range(count)]


def test_a_disk_that_has_room_again_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = SpillStorage(LIMIT, str(tmp_path / "later"))
    with pytest.raises(BoundError):
        fill(storage, 2000)
    count = len(storage)
    (tmp_path / "later").mkdir()
    storage.append(0.0, "chunk", b"x" * 100, None)
    written(storage)
    assert storage.in_file > 0
    assert len(storage) == count + 1


def test_a_stream_spills_by_itself_and_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    recording = Recording(bounds=Bounds(memory_bytes=LIMIT))
    recording.content_type = "text/event-stream"
    for number in range(3000):
        recording.chunk(b'data: {"choices":[{"index":0,"delta":{"content":" w%d"}}]}\n\n' % number, number * 0.01)
    recording.seal("close")
    storage = recording._storage
    assert isinstance(storage, SpillStorage)
    written(storage)
    assert storage.in_file > 10 * LIMIT
    assert recording.read().text == "".join(f" w{number}" for number in range(3000))
    assert recording.events[1].data == '{"choices":[{"index":0,"delta":{"content":" w1"}}]}'
    assert (recording.metrics().events, recording.metrics().bytes) == (3000, recording.size)


def test_a_forked_child_reads_and_does_not_write(tmp_path: Path) -> None:
    source = f"""
import os, sys
from sse_widget.spill import SpillStorage
storage = SpillStorage(10_000, {str(tmp_path)!r})
for number in range(1000):
    storage.append(0.0, "chunk", b"%7d" % number * 10, None)
with storage._writing:
    before = storage.span(0, 70_000)
    child = os.fork()
    if not child:
        for number in range(1000):
            storage.append(0.0, "chunk", b"-" * 70, None)
        os._exit(0 if storage.span(0, 70_000) == before and storage.span(70_000, 70_007) == b"-" * 7 else 1)
    _, status = os.waitpid(child, 0)
for number in range(1000):
    storage.append(0.0, "chunk", b"+" * 70, None)
sys.exit(status or storage.span(0, 70_000) != before or b"-" in storage.span(0, 140_000))
"""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", source], check=False).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [0, -1, 1.5, True, "64 MiB"])
def test_bounds_are_numbers_of_bytes(given: object) -> None:
    with pytest.raises(UsageError, match=r"memory_bytes must be a whole number above 0"):
        Bounds(memory_bytes=given)  # type: ignore[arg-type]
