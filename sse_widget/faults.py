"""Fold: events → the findings that say what is odd about a stream: said twice, buffered, padded, without its end …

Kinds: "duplicates", "cumulative", "repeated" (the text came again); "burst" (all at once), "buffered" (in heaps);
"responses", "role_change" (several speakers); "missing_end", "no_usage", "late_usage" (what should have come);
"run_together" (events that are not parted); "empty_choices", "large_events", "padding" (ordinary with some providers, so
only told).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .deltas import RESPONSE, Delta
from .findings import Finding, Severity, counted, seconds
from .wire import Frame

LARGE_EVENT = 1024  # bytes of an event on the wire, above which it counts as large
_SPEAKING = frozenset({"text", "reasoning", "tool_call", "refusal"})

_LATE = 1.0  # s from the last content to the usage
_MANY = 10  # events that a burst has at least
_INSTANT = 0.005  # s in which many events can only come from a buffer
_HEAPS, _HEAP, _PAUSE = 3, 8, 0.15  # so many pieces at least, of so many events, so many s apart
_SHORT_WAIT, _LONG_WAIT = 0.2, 1.0  # s before a burst: shorter, and it is no matter; longer, and it is one
_OFTEN = 0.8  # of the texts
_WHOLE = 40  # characters of a text that does not come again by chance


class _Tally:
    """Frames of which something is true: how many, the first and the last."""

    __slots__ = ("amount", "count", "first", "last")

    def __init__(self) -> None:
        self.count = self.amount = self.first = self.last = 0

    def add(self, index: int, amount: int = 0) -> None:
        if not self.count:
            self.first = index
        self.last = index
        self.count += 1
        self.amount += amount

    def finding(self, kind: str, severity: Severity, message: str) -> Finding:
        return Finding(kind, severity, message, (self.first, self.last))


class _Text:
    """What must be known of a part's text to see that something comes again."""

    __slots__ = ("count", "first", "last", "length")

    def __init__(self) -> None:
        self.first = ""
        self.last: str | None = None  # None: the last one was the second of a pair
        self.count = self.length = 0


class FaultFold:
    """Watches the events of one stream. large: bytes above which an event is told as large."""

    def __init__(self, *, large: int = LARGE_EVENT) -> None:
        self._limit = large
        self._large, self._padded, self._empty, self._together = _Tally(), _Tally(), _Tally(), _Tally()
        self._texts: dict[int, _Text] = {}
        self._appended = 0
        self._pairs, self._grown, self._whole = _Tally(), _Tally(), _Tally()
        self._paired: set[str] = set()  # a few different texts of the pairs
        self._roles: list[str] = []
        self._role_tally = _Tally()
        self._finished: dict[int, int] = {}  # choices that have a finish reason, and the frame that brought it
        self._again, self._ids = _Tally(), _Tally()
        self._id = ""
        self._usage: tuple[int, float] | None = None
        self._content: tuple[int, float] | None = None
        # The transport chunk that completed most events: how many, first and last frame, time.
        self._chunk, self._chunk_time = -1, -1.0
        self._in_chunk, self._chunk_first = 0, 0
        self._pieces = 0
        self._fullest = (0, 0, 0, 0.0)
        self._events = _Tally()
        self._first_time = self._last_time = 0.0

    @property
    def span(self) -> tuple[int, int] | None:
        """Frames of the first and the last event so far."""
        return (self._events.first, self._events.last) if self._events.count else None

    def event(self, index: int, frame: Frame, data: Any, deltas: Sequence[Delta], *, content: bool) -> None:
        """Learn from an event. data: its JSON, if it is any. deltas: what it added. content: whether that is content."""
        time = frame.time
        self._event(index, frame)
        if data.__class__ is dict:
            if "obfuscation" in data or "p" in data:  # OpenAI; Mistral and Bedrock
                for padding in (data.get("obfuscation"), data.get("p")):
                    if isinstance(padding, str):
                        self._padded.add(index, len(padding))
            if data.get("choices") == [] and not data.get("usage"):
                self._empty.add(index)
        if content:
            self._content = (index, time)
        for _, part, op, value in deltas:
            if op == "append":
                self._append(index, part, value)
            elif part == RESPONSE:
                self._response(index, time, value)
            elif op == "open" and self._finished and value["kind"] in _SPEAKING:
                self._open(index, value.get("choice", 0))

    def alike(self, index: int, frame: Frame, part: int, text: str) -> None:
        """Learn from an event that adds this text, and has nothing else that is looked at here."""
        self._event(index, frame)
        self._content = (index, frame.time)
        self._append(index, part, text)

    def _event(self, index: int, frame: Frame) -> None:
        _, time, start, end, chunk, _, _, _, _ = frame
        events = self._events
        if not events.count:
            self._first_time, events.first = time, index
        events.count += 1  # as `_Tally.add` does; this is called for each event
        events.last = index
        self._last_time = time
        if end - start > self._limit:
            self._large.add(index)
            self._large.amount = max(self._large.amount, end - start)
        if chunk != self._chunk:
            self._chunk = chunk
            if time != self._chunk_time:  # chunks of HTTP that the socket gave at once are one piece: something held them back
                self._chunk_time, self._in_chunk, self._chunk_first = time, 0, index
                self._pieces += 1
        self._in_chunk += 1
        if self._in_chunk > self._fullest[0]:
            self._fullest = (self._in_chunk, self._chunk_first, index, time)

    def together(self, index: int, count: int) -> None:
        """Learn that an event is really so many, which the server did not part."""
        self._together.add(index, count)

    def _open(self, index: int, choice: int) -> None:
        """A part begins that says something: after the choice's end it is another response's."""
        if self._finished.get(choice, index) < index:
            del self._finished[choice]
            self._again.add(index)

    def _append(self, index: int, part: int, text: str) -> None:
        known = self._texts.get(part)
        if known is None:
            known = self._texts[part] = _Text()
            known.first = text
        self._appended += 1
        last = known.last
        known.last = text
        length = len(text)
        if last is not None and text.startswith(last):
            if length > len(last):
                self._grown.add(index)
            else:
                self._pairs.add(index)
                known.last = None
                if len(self._paired) < _MANY:
                    self._paired.add(text)
        if length == known.length >= _WHOLE and known.count > 1 and text.startswith(known.first):
            self._whole.add(index)
        known.count += 1
        known.length += length

    def _response(self, index: int, time: float, fields: dict[str, Any]) -> None:
        if fields.get("usage"):
            self._usage = (index, time)
        if "finish_reason" in fields:
            self._finished.update(dict.fromkeys(fields["finish_reason"], index))
        role = fields.get("role")
        if role and role not in self._roles[-1:]:
            self._roles.append(role)
            self._role_tally.add(index)
        response_id = fields.get("response_id")
        if response_id and response_id != self._id:
            self._id = response_id
            self._ids.add(index)

    # --- what was found ----------------------------------------------------------------------------------------------------

    def findings(self, *, finished: bool = False, end: str = "", usage_asked: bool = False, alone: bool = True) -> list[Finding]:
        """What was found so far, warnings first.

        finished: the stream has come to its end, well enough that its lack of something means something. end: what is to be said
        of the end, or "". usage_asked: the request asked for usage. alone: the format has one response in a stream.
        """
        found = [*self._repetitions(), *self._speakers(alone), *self._ordinary()]
        if finished:
            found += self._missing(usage_asked)
            if end:
                last = self._events.last
                found.append(Finding("missing_end", "info", end, (last, last)))
            found += self._burst()
        return sorted(found, key=lambda one: one.severity == "info")

    def _repetitions(self) -> list[Finding]:
        found = []
        if len(self._paired) > 2 and 2 * self._pairs.count >= _OFTEN * self._appended:
            message = (
                f"{counted(self._pairs.count, 'fragment')} came twice in a row, so the text says everything double: the stream may be "
                "subscribed to twice, or a proxy repeats it."
            )
            found.append(self._pairs.finding("duplicates", "warning", message))
        elif self._grown.count > 3 and self._grown.count >= _OFTEN * (self._appended - len(self._texts)):
            message = (
                f"{counted(self._grown.count, 'event')} began with all that the one before held: the server sends the whole text so far "
                "each time where the format promises what is new, so the merged text repeats itself."
            )
            found.append(self._grown.finding("cumulative", "warning", message))
        elif self._whole.count:
            message = "An event repeats the whole text that had come, as if it were new, so the merged text has it twice."
            found.append(self._whole.finding("repeated", "warning", message))
        return found

    def _speakers(self, alone: bool) -> list[Finding]:
        found = []
        if len(self._roles) > 1:
            message = f"The role changed in mid-stream: {', then '.join(self._roles[:5])}. The text of all of them is merged."
            found.append(self._role_tally.finding("role_change", "warning", message))
        if self._again.count and alone:
            message = (
                f"More came after the finish reason ({counted(self._again.count, 'time')}): several responses share the stream, and their "
                "texts are merged; clients that stop at the first end miss the rest."
            )
            found.append(self._again.finding("responses", "warning", message))
        elif self._again.count or self._ids.count > 1:
            message = f"{max(self._ids.count, 1 + self._again.count):,} responses share the stream; their texts are merged."
            found.append((self._again if self._again.count else self._ids).finding("responses", "info", message))
        return found

    def _ordinary(self) -> list[Finding]:
        found = []
        if self._together.count:
            message = (
                f"{counted(self._together.amount, 'event')} came as {self._together.count:,}: the server does not end events with a blank "
                "line. They are read all the same; a client that keeps to the standard fails here, and nobody sees a token before the end."
            )
            found.append(self._together.finding("run_together", "warning", message))
        if self._empty.count:
            message = (
                f"{counted(self._empty.count, 'event')} had an empty list of choices, as Azure sends it with filter results: a client that "
                "reads choices[0] fails there."
            )
            found.append(self._empty.finding("empty_choices", "info", message))
        if self._large.count:
            message = (
                f"{counted(self._large.count, 'event')} had more than {_bytes(self._limit)} on the wire, the largest "
                f"{_bytes(self._large.amount)}."
            )
            found.append(self._large.finding("large_events", "info", message))
        if self._padded.count:
            message = (
                f"{counted(self._padded.count, 'event')} carried padding, {_bytes(self._padded.amount)} in all: it hides the lengths of "
                "tokens from those who watch the encrypted line, and adds to the traffic."
            )
            found.append(self._padded.finding("padding", "info", message))
        return found

    def _missing(self, usage_asked: bool) -> list[Finding]:
        usage, content = self._usage, self._content
        if content is None:
            return []
        if usage is None:
            message = "The request asked for usage (stream_options.include_usage), and none came: tokens can only be counted as fragments."
            return [Finding("no_usage", "warning", message, (content[0], self._events.last))] if usage_asked else []
        late = usage[1] - content[1]
        if late <= _LATE:
            return []
        message = f"Usage came {seconds(late)} after the last content: a client that waits for it ends that much later."
        return [Finding("late_usage", "info", message, (content[0], usage[0]), content[1], late)]

    def _burst(self) -> list[Finding]:
        total, (most, first, last, time) = self._events.count, self._fullest
        if not self._last_time:  # kept without times
            return []
        span = self._last_time - self._first_time
        if most >= _MANY and 2 * most > total:
            how = f"{most:,} of {counted(total, 'event')} came in one piece"
        elif total >= 2 * _MANY and span <= _INSTANT and self._first_time >= _SHORT_WAIT:
            how, first, last, time = (
                f"All {total:,} events came within {seconds(span)}",
                self._events.first,
                self._events.last,
                self._first_time,
            )
        else:
            return self._collected(total, span)
        severity: Severity = "warning" if time >= _LONG_WAIT else "info"
        message = (
            f"{how}, {seconds(time)} after the request: something on the way buffers the stream, such as a proxy with buffering on, or the "
            "server does not stream at all."
        )
        return [Finding("burst", severity, message, (first, last), time)]

    def _collected(self, total: int, span: float) -> list[Finding]:
        """Events that come in heaps, with pauses between: a buffer that is passed on whenever it is full."""
        pieces = self._pieces
        if pieces < _HEAPS or total < pieces * _HEAP or span < (pieces - 1) * _PAUSE:
            return []
        message = (
            f"{total:,} events came in {pieces} pieces of about {total // pieces}, {seconds(span / (pieces - 1))} apart: something on the "
            "way collects them, such as a proxy with buffering on, or the server sends only when it has many."
        )
        return [Finding("buffered", "warning", message, (self._events.first, self._events.last), self._first_time, span)]


def _bytes(number: int) -> str:
    return f"{number:,} B" if number < 10_000 else f"{number / 1000:,.0f} KB"
