"""Writes a recording's file: what has come, and while the stream goes on whatever comes."""

from __future__ import annotations

import contextlib
import gzip
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, TypeVar

from ..engine import engine
from ..errors import RecordingError
from . import lines
from .hidden import Hidden

if TYPE_CHECKING:
    from ..recording import Recording

G = TypeVar("G", bound="Growing")
logger = logging.getLogger("sse_widget")
REST = 0.1
"""Seconds between two writes of a stream that goes on: so much a crash may cost, beside the line it tears."""
ROOM = 1024
"""Entries written in one go, before others have their turn on the writer thread."""
_ELSEWHERE = {".html": "to_html()", ".htm": "to_html()", ".csv": "to_csv()", ".har": "to_har()", ".md": "to_markdown()"}


def save(recording: Recording, path: Any) -> Path:
    """See `Recording.save`."""
    file = begun(path, "recording", lambda target: Lines(recording, target))
    if not file.closed:
        recording.files.append(file.complete)
        recording.listen(lambda: engine.writer.wake(file))
        engine.writer.wake(file)  # what came between the last line and the listening
    return file.path


def begun(path: Any, what: str, make: Callable[[Path], G]) -> G:
    """A file that holds all that has come. what: "recording" or "session". Raises RecordingError if it cannot be written."""
    target = target_of(path, what)
    file = None
    try:
        file = make(target)
        while file.write(ROOM):
            pass
    except OSError as error:
        if file is not None:
            file.give_up()
        raise RecordingError(f"{target} cannot be written: {error.strerror or error}.", hint=f"The {what} itself is unharmed.") from error
    return file


def target_of(path: Any, what: str) -> Path:
    """Where a file is to be. what: "recording" or "session". Raises RecordingError for what is no path, or the name of another form."""
    try:
        target = Path(os.fspath(path))
    except TypeError:
        raise RecordingError(f"A {what} is saved under a path, not a {type(path).__name__}.") from None
    suffix = target.suffix.lower()
    if suffix in _ELSEWHERE:
        raise RecordingError(
            f"{target.name} is no name for a {what}.",
            hint=f"Use .ssejsonl or .ssejsonl.gz; {suffix} is what {_ELSEWHERE[suffix]} writes.",
        )
    return target


class Written:
    """How much of a recording has been put down as lines, one after the other, into whatever ``put`` writes to."""

    def __init__(self, recording: Recording, put: Callable[[dict[str, Any]], None], **more: Any) -> None:
        self._recording = recording
        self._put = put
        self._entries = 0
        self._size = 0
        self._response: Any = None
        self._hidden = Hidden(recording)
        self.whole = False
        """Nothing comes any more."""
        put(self._hidden.any({**lines.head(recording), **more}))

    def write(self, most: int) -> bool:
        """Put down up to ``most`` entries that have come, and the end if they were the last. True if more are waiting."""
        if self.whole:
            return False
        sealed = self._recording.closed  # asked first: after it nothing is appended
        count = len(self._recording)
        before = self._entries
        for entry in self._hidden.entries(self._entries, min(self._entries + most, count)):
            if self._recording.response is not self._response:
                self._response = self._recording.response
                self._put(self._hidden.any(lines.response(self._recording, entry.time)))
            self._put(lines.line_of(entry))
            self._entries += 1
            self._size += len(entry.data)
        if self._entries < count and self._entries > before:  # else it waits until it is certain what is secret
            return True
        if sealed:
            self._put(lines.end(self._entries, self._size))
            self.whole = True
        return False


class Output:
    """An open file of lines. whole: it is written in one go, and takes an older file's place when it is complete."""

    def __init__(self, path: Path, *, whole: bool) -> None:
        self.path = path
        self.closed = False
        # On a full disk the old one stays.
        self._part = path.with_name(path.name + ".part") if whole else path
        self._raw: IO[bytes] = open(self._part, "wb")  # noqa: SIM115 - it stays open as long as the stream
        zipped = path.suffix.lower() == ".gz"
        self._file: IO[bytes] = gzip.GzipFile("", "wb", fileobj=self._raw, mtime=0) if zipped else self._raw  # type: ignore[assignment]

    def line(self, value: dict[str, Any]) -> None:
        self._file.write(lines.dumps(value) + b"\n")

    def flush(self) -> None:
        self._file.flush()
        self._raw.flush()

    def close(self) -> None:
        self.closed = True
        self._file.close()
        self._raw.close()
        if self._part != self.path:
            os.replace(self._part, self.path)

    def give_up(self) -> None:
        """What was written of a file that was to take another's place is of no use."""
        self.closed = True
        with contextlib.suppress(OSError):  # closing writes what is left, which fails like the write before
            self._raw.close()
        if self._part != self.path:
            self._part.unlink(missing_ok=True)


class Growing(ABC):
    """An open file that goes on for as long as something comes.

    what: whose it is, "recording" or "session", in the words for a file that cannot be written on.
    """

    rest = REST
    what: ClassVar[str]

    def __init__(self, path: Path, *, whole: bool) -> None:
        self._out = Output(path, whole=whole)

    @property
    def path(self) -> Path:
        return self._out.path

    @property
    def closed(self) -> bool:
        return self._out.closed

    def give_up(self) -> None:
        self._out.give_up()

    @abstractmethod
    def write(self, most: int) -> bool:
        """Write up to ``most`` entries that have come, and the end if they were the last. True if more are waiting. Raises OSError."""

    @abstractmethod
    def recordings(self) -> list[Recording]:
        """Those it is of."""

    def complete(self) -> None:
        """Write what is missing, before anyone who waits for a run is let go: a file is whole once its runs have ended."""
        while self.pump(0.0) is not None:
            pass

    def pump(self, now: float) -> float | None:
        """Called by the writer after something came. A file that cannot be written must not disturb the stream: it is told once."""
        if self.closed:
            return None
        try:
            return 0.0 if self.write(ROOM) else None
        except (OSError, ValueError) as error:
            self.give_up()
            said = f"{self.path} is incomplete: {error}"
            for recording in self.recordings():
                recording.unsaved = said
            logger.error("sse_widget: %s. The %s in memory is unharmed.", said, self.what)
            return None


class Lines(Growing):
    """A recording's open file."""

    what = "recording"

    def __init__(self, recording: Recording, path: Path) -> None:
        super().__init__(path, whole=recording.closed)
        self._recording = recording
        self._written = Written(recording, self._out.line)

    def write(self, most: int) -> bool:
        """As `Growing.write`."""
        if self._written.write(most):
            return True
        if self._written.whole:
            self._out.close()
        else:
            self._out.flush()
        return False

    def recordings(self) -> list[Recording]:
        """As `Growing.recordings`."""
        return [self._recording]
