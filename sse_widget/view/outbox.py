"""What the page has, what it lacks, and when the next batch may go. Pure: the clock is passed in.

A batch holds only what is new, so the cost of a stream is linear in its length; a snapshot holds everything and is computed when
somebody asks (a reload, a second view, a hole in the batches).
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..deltas import Delta
from ..dialects.base import mend
from ..frames import Frames
from ..labels import Labels
from ..phase import BEAT
from ..veil import Veil

if TYPE_CHECKING:
    from .traffic import Flow

VERSION = 1
INTERVAL = BEAT
"""Seconds between two batches. The eye sees no difference, and 30 messages/s stay far below the 1,000/s at which the
Jupyter server drops (jupyter_server `iopub_msg_rate_limit`)."""
BEHIND = 1.75
"""A page whose acknowledgement is older than this (seconds) is behind: it acknowledges every 1.25 s, plus half a second."""
SLOW_INTERVAL = 1.0
"""Batches a second for a page that says it is slow: less often, larger."""
UNHEARD_INTERVAL = 0.1
"""For a page that says nothing: it may be slow, or the kernel too busy to hear it; ten batches a second do for both."""
GAP = 8
"""So many frames without text are bridged by empty strings in an append run, since a new operation costs more bytes."""

Op = list[Any]


class LaneReading(Protocol):
    """What a lane needs of a reading."""

    number: int
    frames: Frames
    channels: array[int]
    labels: Labels

    @property
    def deltas(self) -> Sequence[Delta]: ...


def sendable(value: Any) -> Any:
    """JSON data as it is, unless it holds half a surrogate pair: no message could carry that, so it becomes U+FFFD.

    What a server says was mended when it was read; a run's name, a path of a rule and the words of an exception are the user's own.
    """
    written = json.dumps(value, ensure_ascii=False, default=str)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.loads(mend(written))
    return value


def encode_ops(deltas: Iterable[Delta]) -> list[Op]:
    """Deltas as they travel. Appends to consecutive frames of one part become one run: a token costs its text and three bytes."""
    ops: list[Op] = []
    runs: dict[int, Op] = {}
    texts: list[str] = []
    usual, following = -1, -1  # a part, and the frame with which it goes on: so it is with nearly every delta
    for frame, part, op, value in deltas:
        if frame == following and part == usual and op == "append":
            texts.append(value)
            following += 1
            continue
        run = runs.get(part)
        if op != "append":
            usual = -1
            if run is not None:
                del runs[part]
            ops.append([frame, part, op, value])
            continue
        usual, following = part, frame + 1
        if run is not None:
            texts = run[2]
            missing = frame - run[0] - len(texts)
            if missing == -1:
                texts[-1] += value
                continue
            if 0 <= missing <= GAP:
                texts.extend([""] * missing)
                texts.append(value)
                continue
        texts = [value]
        runs[part] = [frame, part, texts]
        ops.append(runs[part])
    return ops


def moved(state: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What of ``state`` is new or other than what is known."""
    return {name: value for name, value in state.items() if name not in known or known[name] != value}


def pack_columns(reading: LaneReading, first: int, stop: int) -> bytes:
    """Columns of the frames from ``first`` to before ``stop``, little-endian: times f64 (s), sizes u32 (bytes), kinds u8, channels u8."""
    frames = reading.frames
    times = frames.times[first:stop]
    sizes = array(
        "I", [min(end - start, 0xFFFFFFFF) for start, end in zip(frames.starts[first:stop], frames.ends[first:stop], strict=True)]
    )
    if sys.byteorder == "big":
        times.byteswap()
        sizes.byteswap()
    return times.tobytes() + sizes.tobytes() + frames.kinds[first:stop].tobytes() + reading.channels[first:stop].tobytes()


class Lane:
    """One run as the page knows it: how many frames and deltas it has, and which state. veil: over the run's secrets, or None."""

    def __init__(self, id: str, veil: Veil | None = None) -> None:
        self.id = id
        self._veil = veil
        self._number = 0
        self._frames = 0
        self._deltas = 0
        self._labels = 0
        self._owed: list[int] = []
        """Deltas, by number, that wait until it is certain whether they are the beginning of a secret."""
        self._state: dict[str, Any] = {}

    def changes(self, reading: LaneReading, state: dict[str, Any]) -> tuple[dict[str, Any], bytes] | None:
        """What is new since the last call, as a lane part and its columns; None if nothing is."""
        if reading.number != self._number:
            self._number, self._frames, self._deltas, self._labels = reading.number, 0, 0, 0
            self._owed = []
        frames, deltas = len(reading.channels), len(reading.deltas)
        changed = news = moved(state, self._state)
        if "metrics" in changed:  # most of them are known early and stay
            news = {**changed, "metrics": moved(changed["metrics"], self._state.get("metrics", {}))}
        ops = self._ops(reading, deltas)
        if frames == self._frames and deltas == self._deltas and not changed and not ops:
            return None
        labels = len(reading.labels)
        part = self._part(reading, self._frames, frames, self._labels, labels, ops)
        if changed:
            part["state"] = sendable(self._hidden(news))
            self._state.update(changed)
        columns = pack_columns(reading, self._frames, frames)
        self._frames, self._deltas, self._labels = frames, deltas, labels
        return part, columns

    def whole(self, reading: LaneReading, state: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Everything that the page should have, up to what was sent in batches: the next batch follows on it."""
        # Of a reading that no batch has begun yet the page owes nothing: the next batch brings it from its first frame.
        frames, deltas, labels = (self._frames, self._deltas, self._labels) if reading.number == self._number else (0, 0, 0)
        part = self._part(reading, 0, frames, 0, labels, self._all_ops(reading, deltas))
        # Not noted as sent: whoever asked may be no page at all, and then the next batch still owes it to the page. And what it shows
        # ahead of the batches is owed too: by the next batch it may be again what it was, which would seem to be no change.
        for key, value in state.items():
            if key in self._state and self._state[key] != value:
                del self._state[key]
        part["state"] = sendable(self._hidden({**self._state, **state}))
        return part, pack_columns(reading, 0, frames)

    def has_news(self, reading: LaneReading) -> bool:
        """Whether frames or deltas are waiting."""
        return len(reading.channels) > self._frames or len(reading.deltas) > self._deltas or reading.number != self._number

    def fresh(self, reading: LaneReading) -> array[int]:
        """The channels of the frames that are waiting."""
        return reading.channels[self._frames if reading.number == self._number else 0 :]

    def _ops(self, reading: LaneReading, stop: int) -> list[Op]:
        """The operations of the deltas that are new, and of those that were owed and are certain by now."""
        first, veil = self._deltas, self._veil
        if veil is None or not veil.is_needed:
            return encode_ops(reading.deltas[first:stop])
        told, self._owed = veil.tell(reading, self._owed, first, stop)
        return encode_ops(told)

    def _all_ops(self, reading: LaneReading, stop: int) -> list[Op]:
        veil = self._veil
        if veil is None or not veil.is_needed:
            return encode_ops(reading.deltas[:stop])
        return encode_ops(veil.told(reading, stop, frozenset(self._owed if reading.number == self._number else ())))

    def _hidden(self, value: Any) -> Any:
        return value if self._veil is None else self._veil.redactor.covered(value)

    def _part(self, reading: LaneReading, first: int, stop: int, first_label: int, stop_label: int, ops: list[Op]) -> dict[str, Any]:
        labels = reading.labels.runs(first_label, stop_label)
        named = {"labels": self._hidden(labels)} if labels else {}
        return {"lane": self.id, "reading": reading.number, "first": first, "count": stop - first, "ops": ops, **named}


def feed(
    seq: int, now: float, parts: Sequence[tuple[dict[str, Any], bytes]], *, whole: bool = False, flow: Flow | None = None
) -> dict[str, Any]:
    """A feed of several lanes: their parts, and all columns in one binary buffer. flow: what the sending came to, now and then."""
    at = 0
    lanes = []
    for part, columns in parts:
        lanes.append({**part, "at": at} if at else part)
        at += len(columns)
    message: dict[str, Any] = {"seq": seq, "now": round(now, 4), "lanes": lanes}
    if at:
        message["cols"] = memoryview(b"".join(columns for _, columns in parts))
    if whole:  # a batch follows on one, and is of the same version
        message.update(v=VERSION, whole=True)
    if flow is not None:
        message["flow"] = flow.to_dict()
    return message


class Credit:
    """When the next batch may go: a budget, and how far the page is behind, in time.

    Acknowledgements are cumulative. A page that answers late is sent fewer and larger batches; one that does not answer may sit
    behind a busy kernel, which cannot hear it, so it is never left waiting for long.
    """

    def __init__(self) -> None:
        self._unacked: list[tuple[int, float]] = []
        self._last = float("-inf")
        self._slow = False
        self._newest = self._heard = 0

    def sent(self, seq: int, now: float) -> None:
        """A batch went out. seq: its number. now: seconds."""
        self._last = now
        self._newest = seq
        if not self._unacked or now - self._unacked[-1][1] >= INTERVAL:
            self._unacked.append((seq, now))

    def acked(self, seq: int, now: float) -> None:
        """The page has everything up to ``seq``."""
        self._heard = max(self._heard, seq)
        done = [sent for number, sent in self._unacked if number <= seq]
        if done:
            # How late the newest acknowledged batch is tells the queue's length; 1.25 s of it are the page's own pause.
            self._slow = now - done[-1] > BEHIND
            self._unacked = [(number, sent) for number, sent in self._unacked if number > seq]

    def interval(self, now: float) -> tuple[float, str]:
        """Seconds between two batches as things are, and why they are more than usual: "behind", "unheard" or ""."""
        if self._slow:
            return SLOW_INTERVAL, "behind"
        if self._unacked and now - self._unacked[0][1] > BEHIND:
            return UNHEARD_INTERVAL, "unheard"
        return INTERVAL, ""

    def due(self, now: float) -> float:
        """Seconds until the next batch may go; 0 or less: now."""
        return self._last + self.interval(now)[0] - now

    @property
    def all_heard(self) -> bool:
        """Whether the page has acknowledged the newest batch."""
        return self._heard >= self._newest
