"""What in a stream is worth a sentence to the person who looks at it.

The folds that find it stand in `stalls` (waits) and `faults` (what is odd about the stream itself).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .dialects import Dialect, GenericJSON, RuleDialect, UnknownJSON

_MOST = 50  # stalls told one by one

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing.

    kind: "stall", "cut_off", "reconnect", "ignored", "invalid_utf8", "parse", "extract", "unknown", "guess", "dialect", "content_type",
    or one of those in `sse_widget.faults`. severity: "info" for what is ordinary with some provider. message: a sentence that says what
    it means. frames: first and last frame concerned. time: s since the request was sent. duration: s.
    """

    kind: str
    severity: Severity
    message: str
    frames: tuple[int, int] | None = None
    time: float | None = None
    duration: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {**asdict(self), "frames": None if self.frames is None else list(self.frames)}


def collect(
    *,
    stalls: Sequence[Finding] = (),
    ignored: Sequence[int] = (),
    invalid_utf8: int = 0,
    invalid_frames: Sequence[int] = (),
    faults: Sequence[Finding] = (),
    dialect: Dialect | None = None,
    cut_off: str = "",
    losses: Sequence[Finding] = (),
    mistaken_type: str = "",
    looks_like: type[Dialect] | None = None,
    events: tuple[int, int] | None = None,
) -> list[Finding]:
    """All findings of a reading, what was lost first, then what is odd, stalls last and in order of time.

    stalls, faults: of `StallFold` and `FaultFold`. ignored: indexes of ignored lines' frames. invalid_utf8: number of lines with
    bytes that are no UTF-8. invalid_frames: first and last frame that holds such a place. dialect: asked for a rule's failures and for
    suggestions. cut_off: why the stream counts as cut off, or "". losses: of `Connections`. mistaken_type: the media type, if the
    stream is none of that. looks_like: what the events show where the dialect that was asked for found nothing. events: frames of the
    first and last event.
    """
    found = []
    if cut_off:
        found.append(
            Finding(
                "cut_off", "error", f"The stream was cut off: {cut_off.rstrip('.')}. What came before is kept.", events and events[1:] * 2
            )
        )
    found += losses
    if isinstance(dialect, RuleDialect):
        found += _of_rule(dialect, events)
    elif isinstance(dialect, UnknownJSON) and dialect.events:
        found.append(_of_unknown(dialect, events))
    elif isinstance(dialect, GenericJSON) and dialect.guesses:
        found.append(_of_guess(dialect, events))
    if looks_like is not None and dialect is not None:
        message = f"Nothing was found by the format that was asked for, {dialect.label}; the events look like {looks_like.label}."
        found.append(Finding("dialect", "warning", f"{message} Perhaps dialect={looks_like.name!r}?", events))
    if mistaken_type:
        message = f"The server calls this {mistaken_type}, which it is not, as its first bytes tell: strict clients refuse it."
        found.append(Finding("content_type", "warning", message, events and events[:1] * 2))
    if ignored:
        message = (
            f"{counted(len(ignored), 'line')} without a field name of the standard: every client drops such lines, which may hold an error."
        )
        found.append(Finding("ignored", "warning", message, (ignored[0], ignored[-1])))
    if invalid_utf8:
        message = f"{counted(invalid_utf8, 'line')} held bytes that are not UTF-8; each such place reads as \ufffd."
        found.append(Finding("invalid_utf8", "warning", message, (invalid_frames[0], invalid_frames[-1]) if invalid_frames else None))
    found += faults
    found += stalls[:_MOST]
    if len(stalls) > _MOST:
        rest = stalls[_MOST:]
        longest = max(s.duration or 0.0 for s in rest)
        found.append(Finding("stall", "info", f"{counted(len(rest), 'more stall')}, the longest {seconds(longest)}.", time=rest[0].time))
    return found


def _of_rule(rule: RuleDialect, events: tuple[int, int] | None) -> list[Finding]:
    found = []
    if rule.failure_count:
        frame, error = rule.failures[0]
        frames = (frame, rule.failures[-1][0])
        all_of_them = rule.failure_count == rule.events
        how_many = "every event" if all_of_them else f"{rule.failure_count} of {counted(rule.events, 'event')}"
        cause = f"{type(error).__name__}: {error}".rstrip(".: ")
        kept = "nothing could be read" if all_of_them else "they were left out"
        message = f"parse raised on {how_many}, so {kept}; the first time {cause}."
        found.append(Finding("parse", "error" if all_of_them else "warning", message, frames))
    elif rule.events and not rule.matched:
        message = f"The rule {rule.describe()} matched none of {counted(rule.events, 'event')}; an event's data shows what it should name."
        found.append(Finding("extract", "error", message, events))
    return found


def _of_unknown(dialect: UnknownJSON, events: tuple[int, int] | None) -> Finding:
    paths = dialect.suggestions
    message = "The events are JSON of an unknown format, so no text can be shown"
    if not paths:
        return Finding("unknown", "warning", f"{message}, and none of them holds a string.", events)
    others = f" (or {', '.join(paths[1:])})" if len(paths) > 1 else ""
    return Finding("unknown", "warning", f"{message}; say where it stands, for instance extract={paths[0]!r}{others}.", events)


def _of_guess(dialect: GenericJSON, events: tuple[int, int] | None) -> Finding:
    paths = dialect.paths
    where = " and ".join(f"the {channel} at {path}" for channel, path in sorted(paths.items(), reverse=True))
    rule = paths["text"] if list(paths) == ["text"] else dict(sorted(paths.items(), reverse=True))
    message = f"Nobody vouches for this format: by a guess {where} is read; extract={rule!r} would make it a rule."
    return Finding("guess", "info", message, events)


def counted(number: int, noun: str) -> str:
    """``1 line``, ``1,200 lines``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seconds(value: float) -> str:
    """A duration in s as a person would say it."""
    return f"{value * 1000:.0f} ms" if value < 0.1 else f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
