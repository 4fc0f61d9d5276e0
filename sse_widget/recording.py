"""What arrived, with its time: an append-only list of chunks, items and our own marks.

A stream is a recording being written. Nothing else is stored; whatever a person sees is read from here.

Our marks: "request", "redirect", "open" (the head of a response, or the beginning of an iterator), "body" (what came instead of a
stream), "pause" and "resume" (of the reading), "wait" (there is no connection; why, and for how long no other is tried), "reconnect"
(what is asked now, and how it goes on; a new connection begins), and the last one: "close", "stop" or "error".
"""

from __future__ import annotations

import builtins
import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .bounds import Bounds, over
from .errors import BoundError
from .files.exports import Exports
from .frames import Events, Frames
from .redaction import Redactor
from .signals import Signal
from .spill import SpillStorage
from .storage import Entry, EntryKind, MemoryStorage, Row, Storage

if TYPE_CHECKING:
    from .dialects.logprobs import Logprob
    from .findings import Finding
    from .metrics import Metrics
    from .output import Output
    from .reading import Reading

__all__ = ["Entry", "EntryKind", "MemoryStorage", "Recording", "SealedError", "Storage"]


class SealedError(Exception):
    """Raised to a source that goes on writing after the end; it tells the source to leave."""


class Recording(Exports):
    """What arrived on one stream, in order, with times.

    request, response: what was asked and answered, secrets masked, or None. started: wall-clock start, seconds since the
    epoch; stored once, all other times are seconds (monotonic) since the request was sent. bounds: how large it may grow; None for
    one that is there already, which has no other bounds than the machine's.
    """

    def __init__(
        self,
        *,
        storage: Storage | None = None,
        name: str = "",
        clock: Callable[[], float] = time.monotonic,
        bounds: Bounds | None = None,
    ) -> None:
        if storage is None:
            limit = bounds.memory_bytes if bounds is not None else None
            storage = MemoryStorage() if limit is None else SpillStorage(limit)
        self._storage: Storage = storage
        self.bounds = bounds
        self._most = bounds.total_bytes if bounds is not None and bounds.total_bytes is not None else float("inf")
        self._clock = clock
        self._t0 = clock()
        self._lock = threading.Lock()
        self._framed: dict[str, Frames] = {}
        self._on_append: Callable[[], None] | None = None
        self.lock = threading.RLock()
        """Guards the folds of this recording: one reads at a time."""
        self.name = name
        self.run = self.session = ""
        """Ids of the run that wrote it and of its session, or ""."""
        self.part_of = ""
        """Id of the run whose connection it is a part of, or "": how that ends is no matter of this one's format."""
        self.key = ""
        """The rule by which it is split into lanes, or ""; also if that was a function, which no file can keep."""
        self.clock: dict[str, Any] = {"name": "monotonic", "resolution": time.get_clock_info("monotonic").resolution}
        """What the times were taken from, and its resolution (s)."""
        self.unsaved = ""
        """Why a file that was to grow with the recording is incomplete, or ""."""
        self.files: list[Callable[[], None]] = []
        """For each file that grows with it: write what is missing. Called at its run's end, before anyone who waits is let go."""
        self.started = time.time()
        self.redactor = Redactor()
        """What its run knows to be secret: masked in every file that is made of it."""
        self.request: dict[str, Any] | None = None
        self.response: dict[str, Any] | None = None
        self.content_type: str | None = None
        self.framing = "auto"
        self.closed = False
        self.broken = ""
        """How the transport broke, if it did."""
        self.failure = ""
        """What its source failed of, if it did."""
        self.stopped = False
        self.stopped_by = ""
        """Who stopped it, if somebody did: that stop, and not one that came too late, is what ended the recording."""
        self.size = 0
        self.opened = False
        self.paused = False
        self._gate = Signal()
        self.queued = ""
        """What it waits for before the request is sent, as a sentence; "" if nothing."""
        self.plain_items = False
        """The items are text by themselves (an iterator of str), not JSON that happens to be a string."""

    # --- writing -----------------------------------------------------------------------------------------------------
    def begin(self, like: Recording | None = None) -> None:
        """The request is handed to the transport now: time 0. like: it was another one's request, and these are its times."""
        self._t0 = self._clock() if like is None else like._t0
        self.started = time.time() if like is None else like.started

    def place(self, t0: float) -> None:
        """Say where time 0 of a finished recording stands, seconds (monotonic)."""
        self._t0 = t0

    def now(self) -> float:
        """Seconds since the request was sent."""
        return self._clock() - self._t0

    @property
    def t0(self) -> float:
        """Time 0 on the monotonic clock, seconds."""
        return self._t0

    def listen(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` (from the writing thread; it must not block) after each entry, beside those that listen already."""
        before = self._on_append

        def both() -> None:
            assert before is not None
            before()
            callback()

        self._on_append = callback if before is None else both

    def chunk(self, data: bytes, at: float | None = None) -> None:
        """Append bytes as the transport gave them. Raises SealedError after the end, and BoundError where a bound is passed."""
        if not data:
            return
        when = self.now() if at is None else at
        if self.size + len(data) > self._most:
            return self._last_chunk(data, when)
        with self._lock:  # as in _append, which stands here as well since this is what a stream does all day
            if self.closed:
                raise SealedError
            self._storage.append(when, "chunk", data, None)
            self.size += len(data)
        if self._on_append:
            self._on_append()

    def _last_chunk(self, data: bytes, when: float) -> None:
        """Append what may still come, and raise."""
        rest = data[: max(int(self._most) - self.size, 0)]
        if rest:
            self.chunk(rest, when)
        raise self._too_much()

    def _too_much(self) -> BoundError:
        return over("total_bytes", int(self._most), "The stream")

    def item(self, data: str, info: dict[str, Any], at: float | None = None) -> None:
        """Append one item of an iterator, as text. Raises SealedError after the end, and BoundError where a bound is passed."""
        if info.get("as") == "str" and not self.size:
            self.plain_items = True
        try:
            raw = data.encode()
        except UnicodeEncodeError:  # half of a surrogate pair: UTF-8 cannot carry it
            raw = data.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        if self.size + len(raw) > self._most:  # half an item is none
            raise self._too_much()
        self._append("item", raw, info, at)

    def mark(self, name: str, at: float | None = None, **info: Any) -> None:
        """Append a mark of ours, e.g. ``mark("open", status=200)``. Raises SealedError after the end."""
        self.opened = self.opened or name == "open"
        self._append("mark", b"", {"mark": name, **info}, at)

    def seal(self, name: str, at: float | None = None, **info: Any) -> bool:
        """Append the last mark ("close", "stop" or "error"). False if the recording had its end already."""
        with self._lock:
            if self.closed:
                return False
            self._storage.append(self.now() if at is None else at, "mark", b"", {"mark": name, **info})
            self._ended_by({"mark": name, **info})
        self._gate.notify()
        if self._on_append:
            self._on_append()
        return True

    def _append(self, kind: EntryKind, data: bytes, info: dict[str, Any] | None, at: float | None) -> None:
        when = self.now() if at is None else at
        with self._lock:  # several threads may end a stream, but nothing may come after its end
            if self.closed:
                raise SealedError
            self._storage.append(when, kind, data, info)
            self.size += len(data)
        if self._on_append:
            self._on_append()

    def pause(self, paused: bool) -> None:
        """Ask the source to stop reading, or to go on; marked. Nothing is lost: the transport holds it back."""
        if paused != self.paused and not self.closed:
            self.paused = paused
            with contextlib.suppress(SealedError):  # it has ended in this very moment; there is nothing left to hold
                self.mark("pause" if paused else "resume")
            self._gate.notify()

    async def flow(self) -> None:
        """Wait while paused. Sources call it after each chunk. Raises SealedError after the end: no more is to be fetched."""
        while self._held():
            seen = self._gate.version
            if self._held():  # again, since it may have changed before the version was read
                await self._gate.changed(seen)
        if self.closed:
            raise SealedError

    def flow_blocking(self) -> None:
        """The same, for a source in a thread."""
        while self._held():
            seen = self._gate.version
            if self._held():
                self._gate.wait(seen, 1.0)
        if self.closed:
            raise SealedError

    def _held(self) -> bool:
        return self.paused and not self.closed

    # --- reading -----------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self._storage)

    def read_entries(self, start: int = 0, stop: int | None = None) -> Sequence[Entry]:
        """The entries from ``start`` to before ``stop``."""
        return self._storage.read(start, len(self) if stop is None else stop)

    def span(self, start: int, stop: int) -> bytes:
        """The bytes of all chunks and items in a row, from offset ``start`` to before ``stop``."""
        return self._storage.span(start, stop)

    def received(self, start: int, stop: int) -> tuple[float | None, int]:
        """When the first byte of these entries came (s; None if none did), and how many did."""
        before = self._storage.reach(start)
        size = self._storage.reach(stop) - before
        return self._storage.time(self._storage.holding(before)) if size else None, size

    def marks(self, start: int, stop: int) -> Iterator[tuple[float, dict[str, Any]]]:
        """Time and details of our marks among the entries from ``start`` to before ``stop``."""
        for index, info in enumerate(self._storage.infos(start, stop), start):
            if info is not None and "mark" in info:
                yield self._storage.time(index), info

    def heard(self, stop: int) -> float:
        """When something of the server or iterator last came before entry number ``stop``, s; 0 if nothing did."""
        for index in range(stop - 1, -1, -1):
            info = self._storage.infos(index, index + 1)[0]
            if info is None or info.get("mark") in (None, "open", "redirect"):
                return self._storage.time(index)
        return 0.0

    def framed(self, framing: str = "auto") -> Frames:
        """The frames under one framing, shared by all who read it; they advance only when asked."""
        framing = self.framing if framing == "auto" else framing
        with self.lock:
            if framing not in self._framed:
                self._framed[framing] = Frames(_Entries(self), framing, self.bounds.event_bytes if self.bounds else None)
            return self._framed[framing]

    @property
    def frames(self) -> Frames:
        """Everything in order: events, comments, retry fields, ignored lines, an unterminated tail, and our marks."""
        frames = self.framed()
        with self.lock:
            frames.advance()
        return frames

    @property
    def events(self) -> Events:
        """What a conforming client dispatches, as a sequence view."""
        return self.frames.events

    def read(self, framing: str = "auto", dialect: str = "auto", extract: Any = None, parse: Any = None, join: str = "") -> Output:
        """Read the recording, again if need be, and merge what it means.

        framing: "auto" or one of `sse_widget.framing.FRAMINGS`. dialect: "auto" or a name of `sse_widget.dialects`. extract, parse,
        join: as in `sse_widget.stream`. Returns the merged output. Raises UsageError for a name that does not exist.
        """
        return self._reading(framing=framing, dialect=dialect, extract=extract, parse=parse, join=join).output

    def metrics(self) -> Metrics:
        """Times and rates of the recording; definitions in `sse_widget.metrics`."""
        return self._reading().metrics()

    def findings(self, *, large: int = 1024) -> list[Finding]:
        """What is worth a sentence: stalls, a cut-off, ignored lines, … large: bytes above which an event is told as a large one."""
        return self._reading(large=large).findings()

    def logprobs(self, event: int | None = None) -> list[Logprob]:
        """How likely each token was, as in `Run.logprobs`. event: index in ``events``, or None for all."""
        return self._reading().logprobs(event)

    def _reading(self, **options: Any) -> Reading:
        from .reading import Reading  # a reading is a fold over recordings, which know nothing of it when they are loaded

        reading = Reading(self, **options)
        reading.finish()
        return reading

    def _restore(self, time: float, kind: EntryKind, data: bytes, info: dict[str, Any] | None) -> None:
        """Append an entry of a file."""
        if kind == "mark" and info is not None:
            self.opened = self.opened or info.get("mark") == "open"
        self._storage.append(time, kind, data, info)
        self.size += len(data)

    def _restored(self) -> None:
        """All of a file has been read: what the last mark says of the end is so again."""
        info = (self._storage.read(len(self) - 1, len(self))[0].info or {}) if len(self) else {}
        self._ended_by(info)

    def _ended_by(self, mark: dict[str, Any]) -> None:
        """Nothing comes after this mark."""
        self.stopped = mark.get("mark") == "stop"
        self.stopped_by = str(mark.get("by", ""))
        self.broken = str(mark.get("broken", ""))
        self.failure = str(mark.get("message", "")) if mark.get("mark") == "error" else ""
        self.closed = True

    @classmethod
    def from_bytes(cls, data: bytes, content_type: str | None = None, status: int = 200) -> Recording:
        """A finished recording of a body that was kept without times: one chunk at time 0."""
        recording = cls()
        recording.content_type = content_type
        recording.response = {"status": status, "reason": "", "http_version": "", "headers": [], "request_id": None, "url": ""}
        recording.mark("open", 0.0, status=status)
        recording.chunk(data, 0.0)
        recording._storage.append(0.0, "mark", b"", {"mark": "close"})
        recording.closed = True
        return recording

    def __repr__(self) -> str:
        state = "finished" if self.closed else "open"
        return f"<Recording {self.name or 'unnamed'}: {len(self)} entries, {self.size} bytes, {state}>"


class _Entries:
    """What `Frames` may see of a recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def __len__(self) -> int:
        return len(self._recording)

    def read(self, start: int, stop: int) -> Sequence[Entry]:
        return self._recording.read_entries(start, stop)

    def bytes(self, start: int, stop: int) -> builtins.bytes:
        return self._recording.span(start, stop)

    def rows(self, start: int, stop: int) -> Iterable[Row]:
        return self._recording._storage.rows(start, stop)

    def reach(self, stop: int) -> int:
        return self._recording._storage.reach(stop)

    @property
    def content_type(self) -> str | None:
        return self._recording.content_type

    @property
    def closed(self) -> bool:
        return self._recording.closed
