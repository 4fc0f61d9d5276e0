"""What a network, a proxy or a broken server does to a stream: the same bytes at other times, in other pieces, or not all of them.

A profile turns the entries of a recording into others. It is pure, and by its seed always the same, so that a lesson or a bug report
shows everybody the same faults.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..wire import EVENT

if TYPE_CHECKING:
    from ..recording import Recording


class Planned(NamedTuple):
    """What is to be appended, and when (s since the request)."""

    time: float
    kind: str
    data: bytes
    info: dict[str, Any] | None


@dataclass(frozen=True)
class Profile:
    """How the way from the server looks. All of it is off by default.

    latency: s added to everything. jitter: s added to each piece at the most; order is kept. bandwidth: bytes per second.
    buffer: bytes that a proxy collects before it passes them on; what it holds at the end comes at the end. loss: share (0 to 1) of the
    pieces that are lost and sent again, each after ``resend`` s, while all after it wait, as TCP has it. piece: bytes that a piece has
    at the most, wherever that cuts (also within a character). cut: share of the bytes after which the connection breaks.
    delay: s that the event number ``delayed`` (from 0) comes later, and all after it. duplicate, garble: share of the events that
    come twice, or whose data is no JSON any more. seed: of everything that is left to chance.
    """

    latency: float = 0.0
    jitter: float = 0.0
    bandwidth: float | None = None
    buffer: int = 0
    loss: float = 0.0
    resend: float = 1.0
    piece: int | None = None
    cut: float | None = None
    delay: float = 0.0
    delayed: int = 0
    duplicate: float = 0.0
    garble: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("latency", "jitter", "resend", "delay", "buffer", "delayed"):
            if not getattr(self, name) >= 0:
                raise UsageError(f"{name} of a Profile must be 0 or more.")
        for name in ("loss", "cut", "duplicate", "garble"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"{name} of a Profile is a share, from 0 to 1.")
        for name in ("bandwidth", "piece"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise UsageError(f"{name} of a Profile must be above 0, or None for no limit.")


PROFILES = {
    "none": Profile(),
    # Chromium's "3G" of the network panel: 400 kbit/s and 400 ms of latency; here as it is in a moving train.
    "3g": Profile(latency=0.4, jitter=0.15, bandwidth=50_000.0),
    "flaky": Profile(latency=0.08, jitter=0.2, loss=0.03, resend=0.9),
    # nginx with proxy_buffering on: 8 buffers of 4 or 8 KB, passed on as they fill.
    "buffering-proxy": Profile(latency=0.02, buffer=8192),
    "split-utf8": Profile(piece=7),
    "cut": Profile(cut=0.6),
    "duplicates": Profile(duplicate=0.1),
    "bad-json": Profile(garble=0.05),
}


def profile_of(network: Any) -> Profile:
    """The profile that is meant. Raises UsageError."""
    if network is None:
        return PROFILES["none"]
    if isinstance(network, Profile):
        return network
    if isinstance(network, str):
        if network not in PROFILES:
            raise UsageError.unknown("network", network, PROFILES)
        return PROFILES[network]
    raise UsageError(f"network must be a name or a Profile, not a {type(network).__name__}.", hint=f"Known: {', '.join(PROFILES)}.")


def plan(recording: Recording, profile: Profile) -> Iterator[Planned]:
    """The entries of a recording as they come through a network like that."""
    entries = [Planned(entry.time, entry.kind, entry.data, entry.info) for entry in recording.read_entries()]
    if profile == Profile(seed=profile.seed):
        yield from entries
        return
    chance = random.Random(profile.seed)
    steps = [*_faults(recording, entries, profile, chance)]
    steps = [*_pieces(steps, profile)]
    if profile.cut is not None:
        steps = [*_cut(steps, profile.cut)]
    yield from _way(_buffered(steps, profile.buffer), profile, chance)


def _faults(recording: Recording, entries: Sequence[Planned], profile: Profile, chance: random.Random) -> Iterator[Planned]:
    """Events that come later, twice, or spoiled. What an event's bytes are is known by the frames."""
    if not (profile.delay or profile.duplicate or profile.garble):
        yield from entries
        return
    insert: dict[int, bytes] = {}  # what comes after the byte at this offset
    spoil: set[int] = set()
    late: int | None = None
    frames, number = recording.frames, -1
    for frame in frames:
        if frame.kind != EVENT:
            continue
        number += 1
        if number == profile.delayed:
            late = frame.start
        if chance.random() < profile.duplicate:
            insert[frame.end] = recording.span(frame.start, frame.end)
        if chance.random() < profile.garble:
            spoil.add(frame.start + max(frame.end - frame.start - 4, 0) // 2)
    at, delay = 0, 0.0
    for entry in entries:
        data, begin = entry.data, at
        at += len(data)
        if late is not None and profile.delay and begin <= late < max(at, begin + 1) and data:
            delay = profile.delay
        edits = sorted({offset for offset in (*insert, *spoil) if begin < offset <= at or (offset in spoil and begin <= offset < at)})
        if edits and entry.kind == "item":  # an item is an event by itself
            yield entry._replace(time=entry.time + delay, data=data[: len(data) // 2] if spoil.intersection(edits) else data)
            if insert.keys() & set(edits):
                yield entry._replace(time=entry.time + delay)
            continue
        made, last = bytearray(), 0
        for offset in edits:
            made += data[last : offset - begin]
            last = offset - begin
            if offset in spoil and last < len(data):
                made += b"\\"  # a stray backslash ends any JSON
                last += 1
            made += insert.get(offset, b"")
        made += data[last:]
        yield entry._replace(time=entry.time + delay, data=bytes(made))


def _pieces(entries: Sequence[Planned], profile: Profile) -> Iterator[Planned]:
    """Chunks of a size at most. Items are never cut: an iterator has no pieces."""
    size = profile.piece
    for entry in entries:
        if size is None or entry.kind != "chunk" or len(entry.data) <= size:
            yield entry
        else:
            yield from (entry._replace(data=entry.data[at : at + size]) for at in range(0, len(entry.data), int(size)))


def _cut(entries: Sequence[Planned], share: float) -> Iterator[Planned]:
    """Everything up to this share of the bytes; then the connection is gone."""
    left = int(share * sum(len(entry.data) for entry in entries))
    last = 0.0
    for entry in entries:
        if len(entry.data) > left or (left == 0 and entry.data):
            if entry.kind == "chunk" and left:
                yield entry._replace(data=entry.data[:left])
            last = entry.time
            break
        left -= len(entry.data)
        last = entry.time
        if entry.kind != "mark" or (entry.info or {}).get("mark") not in ("close", "stop", "error"):
            yield entry
    yield Planned(last, "mark", b"", {"mark": "error", "broken": "the connection was cut by the network profile"})


def _buffered(entries: Sequence[Planned], size: int) -> Iterator[Planned]:
    """What a proxy that collects so many bytes passes on, and when."""
    held = bytearray()
    for entry in entries:
        if not size or entry.kind == "item":
            yield entry
        elif entry.kind == "chunk":
            held += entry.data
            if len(held) >= size:
                yield entry._replace(data=bytes(held))
                held.clear()
        else:
            if held and (entry.info or {}).get("mark") in ("close", "stop", "error"):
                yield Planned(entry.time, "chunk", bytes(held), None)
                held.clear()
            yield entry


def _way(entries: Iterator[Planned], profile: Profile, chance: random.Random) -> Iterator[Planned]:
    """When each piece is through. Nothing overtakes anything."""
    free = 0.0
    for entry in entries:
        time = entry.time + profile.latency + chance.random() * profile.jitter
        if entry.data and chance.random() < profile.loss:
            time += profile.resend
        time = max(time, free)
        if profile.bandwidth is not None:
            time += len(entry.data) / profile.bandwidth
        free = time
        yield entry._replace(time=time)


def named(profile: Profile) -> str:
    """What the page calls it."""
    return next((name for name, known in PROFILES.items() if known == replace(profile, seed=known.seed)), "network of its own")
