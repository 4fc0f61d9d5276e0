"""All frames of one recording under one framing, as columns that point at byte ranges.

A stream may hold a million events, so none of them is kept as an object, and no text is kept at all: `Frames` and `Events` look
like sequences, and decode an element again from the recording's bytes when it is asked for.
"""

from __future__ import annotations

import builtins
import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol, overload

from .aws import AWSDecoder
from .coded_lines import CodedLinesDecoder
from .columns import Names, Runs
from .errors import UsageError
from .framing import FRAMINGS, HEAD, Framing, guess
from .json_array import JSONArrayDecoder
from .labels import label_of
from .ndjson import NDJSONDecoder
from .redaction import masked_repr
from .storage import Entry, Row
from .wire import EVENT, MARK, RETRY, TAIL, Decoder, Frame, SSEDecoder, retry_ms

_DECODERS: Final[dict[Framing, type[SSEDecoder] | type[NDJSONDecoder] | type[JSONArrayDecoder] | type[AWSDecoder]]] = {
    "sse": SSEDecoder,
    "ndjson": NDJSONDecoder,
    "json_array": JSONArrayDecoder,
    "aws": AWSDecoder,
    "coded_lines": CodedLinesDecoder,
}
_ROW: Final = 256
"""Frames that are put into the columns in one go, at the most about so many."""
_FROM_ENTRY: Final = len(FRAMINGS)
"""Origin of a frame that is an item or a mark by itself; other origins are indexes into FRAMINGS."""


class Source(Protocol):
    """What `Frames` reads: a recording, or something that looks like one."""

    @property
    def content_type(self) -> str | None: ...
    @property
    def closed(self) -> bool: ...
    def __len__(self) -> int: ...
    def read(self, start: int, stop: int) -> Sequence[Entry]: ...
    def rows(self, start: int, stop: int) -> Iterable[Row]: ...
    def bytes(self, start: int, stop: int) -> builtins.bytes: ...
    def reach(self, stop: int) -> int: ...


class Event(NamedTuple):
    """An event as a conforming client dispatches it.

    index: its number among the events. time: seconds since the request was sent. type: "message" by default. id: the last event
    id in force. size: bytes of its whole block. frame: its number among the frames. chunk: number of the entry that completed it.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody looks for here
    time: float
    type: str
    id: str
    data: str
    size: int
    frame: int
    chunk: int

    def __repr__(self) -> str:
        return masked_repr(self)

    def json(self) -> Any:
        """``data`` parsed. Raises ValueError if it is not JSON."""
        return json.loads(self.data)

    @property
    def label(self) -> str:
        """What the event calls itself: ``type`` if the stream sets one, else the kind that its JSON names, else "" (see `labels`)."""
        try:
            data = self.json() if self.type == "message" and self.data.lstrip()[:1] == "{" else None
        except (ValueError, RecursionError):
            data = None
        return label_of(self.type, data)


class Frames(Sequence[Frame]):
    """The frames of ``source``; they grow by `advance`, never by themselves.

    framing: one of `FRAMINGS`, or "auto" (by the content type, else by the first bytes; what cannot be told is read as "sse",
    whose rules accept anything). ``chunk`` of a frame is the index of the recording's entry that completed it. The columns are public:
    kinds, times (s), starts, ends (bytes), chunks. limit: bytes that one frame may have; where one has more, reading ends (see
    ``outgrown``). Raises UsageError for a framing that does not exist.
    """

    def __init__(self, source: Source, framing: str = "auto", limit: int | None = None) -> None:
        known: dict[str, Framing | None] = {"auto": None, **{name: name for name in FRAMINGS}}
        if framing not in known:
            raise UsageError.unknown("framing", framing, known)
        self.framing: Framing | None = known[framing]
        """The framing in use; None while it is not yet known, or if there was nothing but items and marks."""
        self.finished = False
        """The source is closed and everything in it has been read."""
        self.outgrown: int | None = None
        """Where the frame begins that was larger than it may be: it is in no column, and no byte after it is decoded. None: none was."""
        self.kinds = array("B")
        self.times = array("d")
        self.starts = array("Q")
        self.ends = array("Q")
        self.chunks = array("I")
        self._origins = array("B")
        self._types = Names()
        self._type_codes = array("I")
        self._ids = Runs()
        self._event_frames = array("I")
        self.events = Events(self, self._event_frames)

        self._source = source
        self._limit = limit
        self._read = 0  # entries read
        self._decoder: Decoder | None = None  # of the connection that is open
        self._held: list[Entry] = []  # entries that wait until the framing is known
        self._head = bytearray()  # their first bytes
        self._offset = 0  # bytes that have gone by
        self._chunk = 0  # the last entry that had bytes
        self._last_id = ""
        self._retry: int | None = None
        self._invalid = 0

    @property
    def last_event_id(self) -> str:
        """The last event id in force."""
        return self._decoder.last_event_id if self._decoder else self._last_id

    @property
    def retry(self) -> int | None:
        """The reconnection time in force, ms; None if the stream never set one."""
        return self._decoder.retry if self._decoder else self._retry

    @property
    def invalid_utf8(self) -> int:
        """Lines so far that held bytes which are not UTF-8."""
        return self._invalid + (self._decoder.invalid_utf8 if self._decoder else 0)

    def advance(self, limit: int | None = None) -> list[Frame]:
        """Read the entries that are new, at most ``limit`` of them, and return the frames they complete, with their data.

        Once the source is closed and read to its end, the unterminated rest follows as the last frame.
        """
        closed = self._source.closed  # first, since an entry may be appended in between
        stop = len(self._source)
        end = stop if limit is None else min(stop, self._read + limit)
        fresh: list[Frame] = []
        row: list[Frame] = []  # of chunks in a row: the columns take many frames at once for a third of the price
        if self._limit is not None and self._source.reach(end) - self._last_end() > self._limit:
            self._advance_carefully(end, fresh)  # some frame may be too large
        for entry in self._source.rows(self._read, end):
            index, time, kind, data, _ = entry
            if kind == "chunk" and self._decoder is not None:
                self._offset += len(data)
                self._chunk = index
                row += self._decoder.feed(data, time, index)
                if len(row) < _ROW:
                    continue
            if row:
                self._add(row, self._origin, fresh)
                row = []
            if kind != "chunk" or self._decoder is None:
                self._take(Entry(*entry), fresh)
        if row:
            self._add(row, self._origin, fresh)
        self._read = end
        if closed and end == stop and not self.finished:
            last = self._source.read(stop - 1, stop) if stop else ()
            self._end_connection(last[-1].time if last else 0.0, fresh)
            self.finished = True
        return fresh

    def _last_end(self) -> int:
        """Where the last event ends."""
        return self.ends[self._event_frames[-1]] if self._event_frames else 0

    def _advance_carefully(self, end: int, fresh: list[Frame]) -> None:
        """Read entries one by one, and look at the size of each frame. What is too large does not depend on how the bytes were cut."""
        assert self._limit is not None
        for entry in self._source.read(self._read, end):
            self._take(entry, fresh)
            if self._decoder is not None and self._decoder.pending > self._limit:
                self._outgrow(self._offset - self._decoder.pending)
        self._read = end

    def _outgrow(self, start: int) -> None:
        assert self._decoder is not None
        self.outgrown = start
        self._leave(self._decoder)

    def event_index(self, frame: int) -> int | None:
        """The number among the events of the frame with number ``frame``; None if it is no event."""
        index = bisect_left(self._event_frames, frame)
        return index if index < len(self._event_frames) and self._event_frames[index] == frame else None

    def events_before(self, frame: int) -> int:
        """How many of the frames before the one with number ``frame`` are events."""
        return bisect_left(self._event_frames, frame)

    def ids_between(self, first: int, stop: int) -> list[str]:
        """The event ids that came into force from the frame ``first`` to before ``stop``, by whole events."""
        return [name for frame, name in self._ids.between(first, stop) if self.kinds[frame] != TAIL]

    def names_id(self, frame: int) -> bool:
        """Whether an event of an event stream says its id itself, rather than be under one that came before."""
        raw = self._source.bytes(self.starts[frame], self.ends[frame])
        return any(line.partition(b":")[0] == b"id" for line in raw.splitlines())

    # --- reading entries ---------------------------------------------------------------------------------------------
    def _take(self, entry: Entry, fresh: list[Frame]) -> None:
        reconnects = entry.kind == "mark" and _mark(entry) in ("wait", "reconnect")  # there is no connection any more
        if entry.kind == "item" or reconnects:
            self._end_connection(entry.time, fresh, broken_off=reconnects)
        elif self._held or (entry.kind == "chunk" and self.framing is None):
            # Marks wait too, so that times never run backwards.
            self._held.append(entry)
            if len(self._head) < HEAD:  # no byte more, or the size of a chunk would make a difference
                self._head += entry.data[: HEAD - len(self._head)]
            self._settle(fresh, final=False)
            return
        if entry.kind == "chunk":
            self._feed(entry, fresh)
        else:
            self._add(self._by_itself(entry), _FROM_ENTRY, fresh)

    def _settle(self, fresh: list[Frame], *, final: bool) -> None:
        """Read the entries held back, if the framing can be told now; if ``final`` it must."""
        self.framing = guess(self._source.content_type, bytes(self._head), final=final)
        if self.framing:
            held, self._held = self._held, []
            self._head.clear()
            for entry in held:
                self._take(entry, fresh)

    def _feed(self, entry: Entry, fresh: list[Frame]) -> None:
        if self.outgrown is not None:
            return
        if self._decoder is None:
            assert self.framing is not None  # _take holds chunks back until then
            self._decoder = _DECODERS[self.framing](last_event_id=self._last_id, retry=self._retry, offset=self._offset)
        self._offset += len(entry.data)
        self._chunk = entry.index
        frames = self._decoder.feed(entry.data, entry.time, entry.index)
        if self._limit is not None:
            for index, frame in enumerate(frames):
                if frame.end - frame.start > self._limit:
                    self._outgrow(frame.start)
                    del frames[index:]
                    break
        self._add(frames, self._origin, fresh)

    def _end_connection(self, time: float, fresh: list[Frame], *, broken_off: bool = False) -> None:
        """Flush the decoder; the next bytes begin a new stream, in which the id and the reconnection time stay in force.

        broken_off: another connection follows, so half a character at the end is no wrong one.
        """
        if self._held:
            self._settle(fresh, final=True)
        if self._decoder:
            invalid = self._decoder.invalid_utf8
            self._add(self._decoder.flush(time, self._chunk), self._origin, fresh)
            self._invalid -= self._decoder.invalid_utf8 - invalid if broken_off else 0
            self._leave(self._decoder)

    def _leave(self, decoder: Decoder) -> None:
        self._last_id, self._retry = decoder.last_event_id, decoder.retry
        self._invalid += decoder.invalid_utf8
        self._decoder = None

    def _by_itself(self, entry: Entry) -> list[Frame]:
        """The frames of an item or a mark."""
        start = self._offset
        if entry.kind == "mark":
            return [Frame(MARK, entry.time, start, start, entry.index, _mark(entry), self.last_event_id, _entry_data(MARK, entry), None)]
        info = entry.info or {}
        self._offset += len(entry.data)
        self._chunk = entry.index
        frames = []
        if (retry := info.get("retry")) is not None:
            self._retry = retry
            frames.append(Frame(RETRY, entry.time, start, start, entry.index, "", self._last_id, _entry_data(RETRY, entry), retry))
        if (identity := info.get("id")) is not None:
            self._last_id = identity
        data, kind = _entry_data(EVENT, entry), info.get("event") or "message"
        frames.append(Frame(EVENT, entry.time, start, self._offset, entry.index, kind, self._last_id, data, None))
        return frames

    @property
    def _origin(self) -> int:
        assert self.framing is not None
        return FRAMINGS.index(self.framing)

    def _add(self, frames: list[Frame], origin: int, fresh: list[Frame]) -> None:
        """Append frames to the columns. `kinds` is the last, since its length is ours: a reader never finds half a row."""
        if len(frames) < 4:  # the usual case of a live stream; a column at a time would cost three times as much
            for frame in frames:
                kind, time, start, end, chunk, name, identity, _, _ = frame
                self.times.append(time)
                self.starts.append(start)
                self.ends.append(end)
                self.chunks.append(chunk)
                self._origins.append(origin)
                self._type_codes.append(self._types[name])
                if identity != self._ids.last:
                    self._ids.note(len(self.kinds), identity)
                self.kinds.append(kind)
                if kind == EVENT:
                    self._event_frames.append(len(self.kinds) - 1)
            fresh += frames
            return
        count = len(frames)
        kinds, times, starts, ends, chunks, types, ids, _, _ = zip(*frames)  # noqa: B905 - all have nine fields
        self.times.extend(array("d", times))
        self.starts.extend(array("Q", starts))
        self.ends.extend(array("Q", ends))
        self.chunks.extend(array("I", chunks))
        self._origins.extend(array("B", (origin,)) * count)
        if types.count(types[0]) == count:
            self._type_codes.extend(array("I", (self._types[types[0]],)) * count)
        else:
            self._type_codes.extend(map(self._types.__getitem__, types))
        first = len(self.kinds)
        if ids.count(self._ids.last) < count:
            for index, identity in enumerate(ids, first):
                self._ids.note(index, identity)
        self.kinds.extend(array("B", kinds))
        if kinds.count(EVENT) == count:
            self._event_frames.extend(range(first, first + count))
        else:
            self._event_frames.extend(first + i for i, kind in enumerate(kinds) if kind == EVENT)
        fresh += frames

    # --- the sequence ------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.kinds)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = range(len(self))[index]  # a negative index, and IndexError
        kind, start, end, chunk, origin = self.kinds[i], self.starts[i], self.ends[i], self.chunks[i], self._origins[i]
        if origin == _FROM_ENTRY:
            data = _entry_data(kind, self._source.read(chunk, chunk + 1)[0])
        else:
            data = _DECODERS[FRAMINGS[origin]].data_of(kind, self._source.bytes(start, end))
        name, identity = self._types.names[self._type_codes[i]], self._ids.of(i)
        return Frame(kind, self.times[i], start, end, chunk, name, identity, data, retry_ms(data) if kind == RETRY else None)

    def __repr__(self) -> str:
        return f"<Frames: {len(self)}>"


class Events(Sequence[Event]):
    """The events among ``frames``, as a view that grows with them. numbers: of the frames that are events."""

    def __init__(self, frames: Frames, numbers: Sequence[int]) -> None:
        self._frames = frames
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = range(len(self))[index]
        number = self._numbers[i]
        frame = self._frames[number]
        return Event(i, frame.time, frame.type, frame.id, frame.data, frame.end - frame.start, number, frame.chunk)

    def __repr__(self) -> str:
        return f"<Events: {len(self)}>"


def _mark(entry: Entry) -> str:
    return str((entry.info or {}).get("mark", ""))


def _entry_data(kind: int, entry: Entry) -> str:
    """``data`` of a frame that an item or mark makes by itself."""
    if kind == MARK:
        return json.dumps(entry.info or {}, ensure_ascii=False, default=str)
    if kind == RETRY:
        return str((entry.info or {})["retry"])
    return entry.data.decode("utf-8", "replace")
