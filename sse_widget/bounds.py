"""How much a stream may take: bytes of one event, bytes in memory, bytes in all, and streams that are open at one host.

The bounds are there for what nobody meant: a server that never ends an event, a stream that runs over a weekend, a loop that opens
a thousand requests. Each is far above what a model sends, and each says its name when it is met.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from .errors import BoundError, UsageError

MIB = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """What ``sw.stream(…, bounds=sw.Bounds(event_bytes=1_000_000))`` sets. None is no bound. Raises UsageError for what is no number.

    event_bytes: of one event, comment or line on the wire, counted while it comes: the stream ends as soon as an unfinished one is
        larger, with a `BoundError`; what came before it is kept.
    memory_bytes: of the recording's data that are kept in memory. What is more goes into a temporary file (in the folder of
        `tempfile.gettempdir`, that is ``$TMPDIR``; readable by this user alone, and gone with the process), and is read from there.
        If it cannot be written, the stream ends with a `BoundError`. Beside its data an event takes about a hundred bytes.
    total_bytes: of the stream as a whole. It ends there with a `BoundError`, and what came is kept.
    streams_per_host: HTTP streams of this process that are open at one host and port. Others wait for their turn, in the order in
        which they were started; meanwhile they are "connecting", and a finding says what for. It is the run's own bound that counts
        for it, so one that must not be alone with few others can have more.
    """

    event_bytes: int | None = 64 * MIB
    memory_bytes: int | None = 64 * MIB
    total_bytes: int | None = None
    streams_per_host: int | None = 256

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and (type(value) is not int or value < 1):
                raise UsageError(f"Bounds: {field.name} must be a whole number above 0, or None for no bound, not {value!r}.")


DEFAULT = Bounds()


def bounds_of(given: object) -> Bounds:
    """What somebody gave as ``bounds``. None: the defaults. Raises UsageError for anything that is no `Bounds`."""
    if given is None:
        return DEFAULT
    if not isinstance(given, Bounds):
        raise UsageError(f"bounds must be sw.Bounds(…), not a {type(given).__name__}.")
    return given


def over(bound: str, limit: int, what: str) -> BoundError:
    """The error of something that outgrew a bound. what: the beginning of the sentence, such as "An event"."""
    return BoundError(
        f"{what} outgrew its bound of {limit:,} bytes ({bound}), so the stream was ended there.",
        hint=f"What came before is kept. sw.stream(…, bounds=sw.Bounds({bound}=…)) moves the bound; None takes it away.",
        bound=bound,
    )
