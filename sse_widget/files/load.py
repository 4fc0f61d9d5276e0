"""Reads a recording back: our own form line by line, and by its first bytes what other tools have written."""

from __future__ import annotations

import gzip
import io
import itertools
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from ..bounds import Bounds
from ..errors import RecordingError
from ..framing import sniff
from . import har, lines, vcr
from .lines import BadLine

if TYPE_CHECKING:
    from ..recording import EntryKind, Recording

LONGEST = 256 * 1024 * 1024
"""Bytes of a line. An event has a quarter of it at most, and a file of nothing but one endless line must not fill the memory."""
FOREIGN = 512 * 1024 * 1024
"""Bytes of a file in another tool's form, which is read in one piece."""
HEAD = 4096
END_MARKS = ("close", "stop", "error")
MEMORY = Bounds().memory_bytes or 64 * 2**20


def load(path: Any, entry: int | None = None) -> Recording | Any:
    """Read a recording, or a whole session, from a file.

    path: of a file written by `Recording.save` or `Session.save`, of raw bytes as ``curl`` keeps them (SSE, NDJSON, a JSON array), of a
    HAR, or of a VCR cassette; each also compressed by gzip. What it is, is told by its content. entry: which of several streams that a HAR
    or a cassette holds; not needed if only one of its responses is a stream. Of a session's file: the recording of that one run.

    Returns the finished recording, or the `Session` if it is a session's file. Raises RecordingError, which names the line and has, as
    ``recording``, what could be read: a recording or a session.
    """
    return _open(path, entry)


def load_recording(path: Any) -> Recording:
    """The same where only a recording is of use. Raises RecordingError for a session's file."""
    from ..recording import Recording

    found = _open(path, None)
    if not isinstance(found, Recording):
        raise RecordingError(
            f"{path} holds a session of {len(found.runs)} runs.", hint="sw.load(path) gives it; sw.load(path, 0) its first run."
        )
    return found


def _open(path: Any, entry: int | None) -> Any:
    try:
        file = Path(os.fspath(path))
    except TypeError:
        raise RecordingError(f"A recording is loaded from a path, not from a {type(path).__name__}.") from None
    try:
        with open(file, "rb") as raw:
            return _load(raw, file.name, entry)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}.") from error


def _load(raw: IO[bytes], name: str, entry: int | None) -> Any:
    zipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    file = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if zipped else raw
    try:
        start = file.read(HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RecordingError(f"{name} cannot be unpacked: {error}.") from error
    file.seek(0)
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = bare.partition(b"\n")[0] if bare.startswith(b"{") and b'"format"' in bare.partition(b"\n")[0] else b""
    if b'"ssesession"' in first:
        from ..sessions import file as session_file

        return session_file.read(name, file, entry)
    if b'"ssejsonl"' in first:
        if entry is not None:
            raise RecordingError(f"{name} holds one stream; entry is for files of other tools that hold several.")
        return Reader(name).read(file)
    data = _whole(file, name)
    if har.is_one(bare):
        return har.read(data, name, entry)
    if vcr.is_one(bare):
        return vcr.read(data, name, entry)
    framing = sniff(None, bare)
    if framing is None:
        raise RecordingError(
            f"{name} is no recording{'' if bare else ': it is empty'}.",
            hint="Known are .ssejsonl, the raw bytes of a stream, HAR and VCR cassettes.",
        )
    from ..recording import Recording

    recording = Recording.from_bytes(data)
    recording.name = name
    return recording


def _whole(file: IO[bytes], name: str) -> bytes:
    try:
        data = file.read(FOREIGN + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RecordingError(f"{name} cannot be unpacked: {error}.") from error
    if len(data) > FOREIGN:
        raise RecordingError(f"{name} is larger than {FOREIGN // 2**20} MiB, unpacked.")
    return data


def numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line and its number, from 1; of a line that is too long, more than `LONGEST` bytes."""
    buffered = io.BufferedReader(cast(Any, file)) if not isinstance(file, io.BufferedReader) else file
    for number in itertools.count(1):
        try:
            text = buffered.readline(LONGEST + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile):  # a .gz that was torn off: what could be unpacked has been read
            return
        if not text:
            return
        yield number, text


class Reader:
    """Reads one file of our own form."""

    def __init__(self, name: str, memory: int | None = None) -> None:
        from ..recording import Recording
        from ..spill import SpillStorage

        self._name = name
        self._line = 0
        self._begun = False
        self.last = 0.0
        self._last_mark = ""
        self.ended = False
        # A file may be of any size: what does not fit into memory goes where that of a live stream would go.
        self.recording = Recording(storage=SpillStorage(MEMORY if memory is None else memory))

    def read(self, file: IO[bytes]) -> Recording:
        """The recording. Raises RecordingError."""
        torn = False
        for text, whole in self._lines(file):
            try:
                line = lines.parse(text)
            except BadLine as error:
                if not whole:  # a crash tears the last line; nobody has lost more by it than it held
                    torn = True
                    break
                raise self._bad(str(error)) from None
            try:
                self.take(line)
            except BadLine as error:
                raise self._bad(str(error)) from None
        self.close("" if self.ended else f"the file {'ends in the middle of a line' if torn else 'has no end'}")
        return self.recording

    def _lines(self, file: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
        """Each line, and whether it has its end."""
        for self._line, text in numbered(file):
            if len(text) > LONGEST:
                raise self._bad(f"is longer than {LONGEST // 2**20} MiB")
            if text.strip():
                yield text, text.endswith(b"\n")

    def take(self, line: dict[str, Any]) -> None:
        """Take in the next line. Raises BadLine."""
        recording = self.recording
        if not self._begun:
            self._begun = True
            self._head(line)
        elif self.ended:
            raise BadLine("comes after the end")
        elif "end" in line:
            told = line["end"]
            if isinstance(told, dict) and isinstance(told.get("entries"), int) and told["entries"] != len(recording):
                raise BadLine(f"tells of {told['entries']:,} entries, but there were {len(recording):,}: lines are missing")
            self.ended = True
        elif "response" in line:
            if not (line["response"] is None or isinstance(line["response"], dict)):
                raise BadLine("has a response that is none")
            recording.response = line["response"]
            recording.content_type = _text(line, "content_type")
        else:
            time, kind, data, info = lines.entry_of(line)
            if time < self.last:
                # A clock that was set back, or lines in disorder. The order of lines is what happened; nothing is hidden.
                recording._restore(self.last, "mark", b"", {"mark": "clock", "back": self.last - time})
                time = self.last
            self.last = time
            self._last_mark = str(info["mark"]) if kind == "mark" and info is not None else ""
            if kind == "item" and not recording.size and info is not None and info.get("as") == "str":
                recording.plain_items = True  # the head of a file that grew with its stream could not know
            recording._restore(time, cast("EntryKind", kind), data, info)

    def _head(self, line: dict[str, Any]) -> None:
        recording, version = self.recording, line.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise BadLine("has no version")
        if version > lines.VERSION:
            raise BadLine(f"is of version {version}; this sse_widget reads up to version {lines.VERSION}. A newer one can read it")
        recording.started = lines.number(line, "started")
        request = line.get("request")
        if not (request is None or isinstance(request, dict)):
            raise BadLine("has a request that is none")
        recording.request = request
        for name in ("name", "session", "run", "framing", "key", "part_of"):
            setattr(recording, name, _text(line, name) or getattr(recording, name))
        recording.plain_items = line.get("plain_items") is True
        if isinstance(clock := line.get("clock"), dict):
            recording.clock = clock

    def close(self, why: str) -> None:
        """What the last mark said is so again; a file without one was cut off, ``why`` says by what."""
        recording = self.recording
        if self._last_mark not in END_MARKS:
            recording._restore(self.last, "mark", b"", {"mark": "error", "broken": why or "the recording has no end"})
        recording._restored()

    def _bad(self, why: str) -> RecordingError:
        self.close(f"line {self._line} {why}")
        count = len(self.recording.events) if len(self.recording) else 0
        kept = f"error.recording has the {count:,} events before it." if count else ""
        return RecordingError(f"{self._name}, line {self._line}: it {why}.", hint=kept, line=self._line, recording=self.recording)


def _text(line: dict[str, Any], name: str) -> str | None:
    value = line.get(name)
    if not (value is None or isinstance(value, str)):
        raise BadLine(f"has a {name} that is no text")
    return value
