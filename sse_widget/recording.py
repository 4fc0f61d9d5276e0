"""What arrived, with its time: an append-only list of chunks, items and our own marks.

A stream is a recording being written. Nothing else is stored; whatever a person sees is read from here.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import datetime
import json
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from .frames import Events, Frames
from .signals import Signal

if TYPE_CHECKING:
    from .dialects.logprobs import Logprob
    from .findings import Finding
    from .metrics import Metrics
    from .output import Output
    from .reading import Reading

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


_new = tuple.__new__  # a named tuple's own costs twice as much


class Storage(Protocol):
    """Where entries live: in memory now, in a spill file when a stream outgrows it."""

    def append(self, time: float, kind: EntryKind, data: bytes, info: dict[str, Any] | None) -> Entry: ...
    def __len__(self) -> int: ...
    def read(self, start: int, stop: int) -> Sequence[Entry]: ...
    def span(self, start: int, stop: int) -> bytes: ...


class MemoryStorage:
    """Entries in a list; byte ranges are found by bisection, since a frame may span chunks."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._ends: list[int] = []  # where each entry ends in the byte stream; marks take no room
        self._size = 0

    def append(self, time: float, kind: EntryKind, data: bytes, info: dict[str, Any] | None) -> Entry:
        entries = self._entries
        entry = _new(Entry, (len(entries), time, kind, data, info))
        self._size += len(data)
        self._ends.append(self._size)
        entries.append(entry)
        return entry

    def __len__(self) -> int:
        return len(self._entries)

    def read(self, start: int, stop: int) -> Sequence[Entry]:
        return self._entries[start:stop]

    def span(self, start: int, stop: int) -> bytes:
        pieces = []
        index = bisect_right(self._ends, start)
        while index < len(self._entries) and start < stop:
            data = self._entries[index].data
            offset = start - (self._ends[index] - len(data))
            piece = data[offset : offset + stop - start]
            pieces.append(piece)
            start += len(piece)
            index += 1
        return b"".join(pieces)


class SealedError(Exception):
    """Raised to a source that goes on writing after the end; it tells the source to leave."""


class Recording:
    """What arrived on one stream, in order, with times.

    request, response: what was asked and answered, secrets masked, or None. started: wall-clock start, seconds since the
    epoch; stored once, all other times are seconds (monotonic) since the request was sent.
    """

    def __init__(self, *, storage: Storage | None = None, name: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._storage: Storage = storage if storage is not None else MemoryStorage()
        self._clock = clock
        self._t0 = clock()
        self._lock = threading.Lock()
        self._framed: dict[str, Frames] = {}
        self._on_append: Callable[[], None] | None = None
        self.lock = threading.RLock()
        """Guards the folds of this recording: one reads at a time."""
        self.name = name
        self.started = time.time()
        self.request: dict[str, Any] | None = None
        self.response: dict[str, Any] | None = None
        self.content_type: str | None = None
        self.framing = "auto"
        self.closed = False
        self.broken = ""
        """How the transport broke, if it did."""
        self.stopped = False
        self.stopped_by = ""
        """Who stopped it, if somebody did: that stop, and not one that came too late, is what ended the recording."""
        self.size = 0
        self.opened = False
        self.paused = False
        self._gate = Signal()
        self.plain_items = False
        """The items are text by themselves (an iterator of str), not JSON that happens to be a string."""

    # --- writing -----------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """The request is handed to the transport now: time 0."""
        self._t0 = self._clock()
        self.started = time.time()

    def now(self) -> float:
        """Seconds since the request was sent."""
        return self._clock() - self._t0

    @property
    def t0(self) -> float:
        """Time 0 on the monotonic clock, seconds."""
        return self._t0

    def listen(self, callback: Callable[[], None] | None) -> None:
        """Call ``callback`` (from the writing thread; it must not block) after each entry."""
        self._on_append = callback

    def chunk(self, data: bytes, at: float | None = None) -> None:
        """Append bytes as the transport gave them. Raises SealedError after the end."""
        if not data:
            return
        when = self.now() if at is None else at
        with self._lock:  # as in _append, which stands here as well since this is what a stream does all day
            if self.closed:
                raise SealedError
            self._storage.append(when, "chunk", data, None)
            self.size += len(data)
        if self._on_append:
            self._on_append()

    def item(self, data: str, info: dict[str, Any], at: float | None = None) -> None:
        """Append one item of an iterator, as text. Raises SealedError after the end."""
        if info.get("as") == "str" and not self.size:
            self.plain_items = True
        try:
            raw = data.encode()
        except UnicodeEncodeError:  # half of a surrogate pair: UTF-8 cannot carry it
            raw = data.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        self._append("item", raw, info, at)

    def mark(self, name: str, at: float | None = None, **info: Any) -> None:
        """Append a mark of ours, e.g. ``mark("open", status=200)``. Raises SealedError after the end."""
        self.opened = self.opened or name == "open"
        self._append("mark", b"", {"mark": name, **info}, at)

    def seal(self, name: str, **info: Any) -> bool:
        """Append the last mark ("close", "stop" or "error"). False if the recording had its end already."""
        with self._lock:
            if self.closed:
                return False
            self._storage.append(self.now(), "mark", b"", {"mark": name, **info})
            self.stopped = name == "stop"
            self.stopped_by = str(info.get("by", ""))
            self.broken = str(info.get("broken", ""))
            self.closed = True
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

    def framed(self, framing: str = "auto") -> Frames:
        """The frames under one framing, shared by all who read it; they advance only when asked."""
        framing = self.framing if framing == "auto" else framing
        with self.lock:
            if framing not in self._framed:
                self._framed[framing] = Frames(_Entries(self), framing)
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

    @property
    def content_type(self) -> str | None:
        return self._recording.content_type

    @property
    def closed(self) -> bool:
        return self._recording.closed


def item_of(value: Any) -> tuple[str, dict[str, Any]] | None:
    """An iterator's item as text, and what it was; None for a type that is not understood.

    str is text; dict and list are JSON, bytes in them as base64 and times by ISO 8601 (boto3's events have both); anything with
    ``data``, ``event`` and ``id`` is a server-sent event (that of httpx-sse, httpx2 or openai); an SDK's chunk gives its JSON by
    ``model_dump``. Raises TypeError, ValueError or RecursionError for a dict that is no JSON.
    """
    if isinstance(value, str):
        return value, {"as": "str"}
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=_as_json), {"as": "json"}
    if hasattr(value, "data") and hasattr(value, "event") and hasattr(value, "id"):
        info = {"as": "sse", "event": value.event or "message", "id": value.id or "", "retry": getattr(value, "retry", None)}
        return value.data or "", info
    if hasattr(value, "model_dump"):
        return json.dumps(value.model_dump(mode="json", exclude_unset=True), ensure_ascii=False), {"as": "json"}
    return None


def _as_json(value: Any) -> str:
    """What boto3 has parsed, as Amazon's own JSON had it."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
