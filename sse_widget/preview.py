"""What another reading would give, tried on the last events of a recording: nothing is changed by it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .dialects import GenericJSON, RuleDialect, parse_json
from .dialects.jsonpath import compile_path
from .reading import Reading
from .recording import Recording
from .veil import Veil

EVENTS = 200
"""Events that are tried, the last ones."""
SIZE = 2_000_000
"""Characters of data that are tried at most, since a preview is made while a person types."""
TEXT = 400
"""Characters of text that are given."""


class Preview(NamedTuple):
    """text: what would be read, the first `TEXT` characters. matched: events that add something, of the number of `events` tried."""

    text: str
    matched: int
    events: int


def preview(reading: Reading, veil: Veil | None = None, *, dialect: str = "auto", extract: Any = None, join: str = "") -> Preview:
    """Read the last events of a reading's recording in another way.

    veil: hides the secrets in them; the first event may begin in the middle of one, which nobody would recognise afterwards.
    dialect, extract, join: as in `sse_widget.stream`. Raises `UsageError` for a name or a rule that cannot be.
    """
    tried = _last_events(reading, veil)
    trial = Reading(tried, dialect=dialect, extract=extract, join=join)
    trial.finish()
    return Preview(trial.output.text[:TEXT], _matched(trial), len(trial.frames.events))


def _matched(trial: Reading) -> int:
    if isinstance(trial.dialect, RuleDialect):
        return trial.dialect.matched
    if isinstance(trial.dialect, GenericJSON):  # once it has guessed, it makes up in one go for the events before
        getters = [compile_path(path) for path in trial.dialect.paths.values()]
        everything = (parse_json(event.data) for event in trial.frames.events)
        return sum(any(isinstance(value, str) for get in getters for value in get(data)) for data in everything)
    return len({delta.frame for delta in trial.deltas if delta.op in ("append", "replace")})


def _last_events(reading: Reading, veil: Veil | None) -> Recording:
    """A recording of nothing but the last events, so that a trial takes the very way that a reading takes."""
    events = reading.frames.events
    with reading.recording.lock:
        stop = len(events)
        first, size = stop, 0
        while first > max(0, stop - EVENTS) and size < SIZE:
            first -= 1
            size += events[first].size
        chosen = events[first:stop]
    tried = Recording(clock=lambda: 0.0)
    for event in chosen:
        data = event.data if veil is None else veil.data(reading, event.frame, event.data)
        tried.item(data, {"as": "sse", "event": event.type, "id": event.id})
    tried.plain_items = reading.recording.plain_items
    tried.seal("close")
    return tried
