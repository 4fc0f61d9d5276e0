"""Assertions about a stream that read well, in cells and in tests; each failure shows the events around.

expect(run).event("message_stop", within=5.0)
expect(run).text_contains("Naples").count("ping", at_least=1).no_stall(longer_than=2.0)
"""

from __future__ import annotations

import contextlib
import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from .deltas import REASONING, REFUSAL, TEXT, TOOL
from .errors import SSEWidgetError, UsageError
from .findings import seconds
from .recording import Recording
from .wire import COMMENT, EVENT

if TYPE_CHECKING:
    from .run import Run

AROUND = 3
"""Events that are shown before and after the place that a failure is about."""
WIDTH = 90
_CONTENT = frozenset({TEXT, REASONING, TOOL, REFUSAL})


def expect(what: Run | Recording) -> Expect:
    """What is expected of a run (which is waited for) or of a recording.

    Each method returns the same object, so that they can be put in a row, and raises AssertionError with the events around. Raises
    UsageError for anything else.
    """
    if isinstance(what, Recording):
        return Expect(what)
    if hasattr(what, "recording") and hasattr(what, "wait"):
        return Expect(what.recording, what)
    raise UsageError(f"expect wants a run or a recording, not a {type(what).__name__}.")


class Expect:
    """Made by `expect`."""

    def __init__(self, recording: Recording, run: Run | None = None) -> None:
        if run is not None and not run.is_final:
            with contextlib.suppress(SSEWidgetError):  # what came can be looked at all the same
                run.wait()
        self._recording = recording
        self._reading = run.reading if run is not None else recording._reading()

    def event(self, name: str, *, within: float | None = None, after: str | None = None) -> Expect:
        """There is an event of this type or label. within: seconds since the request. after: the type or label of one that came before."""
        events = self._named
        start = 0
        if after is not None:
            start = next((index + 1 for index, label, type, _ in events if after in (label, type)), len(events))
            if start >= len(events) and not any(after in (label, type) for _, label, type, _ in events):
                self._fail(f"no event {after!r} came, after which {name!r} was expected", len(events))
        found = next((event for event in events[start:] if name in (event[1], event[2])), None)
        if found is None:
            order = f" after {after!r}" if after is not None else ""
            self._fail(f"no event {name!r} came{order}; {self._kinds()}", len(events))
        elif within is not None and found[3] > within:
            self._fail(f"event {name!r} came at {seconds(found[3])}, not within {seconds(within)}", found[0])
        return self

    def count(self, name: str, *, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None) -> Expect:
        """So many events have this type or label; "ping" also counts comments that say nothing else, and "comment" all of them."""
        number = sum(name in (label, type) for _, label, type, _ in self._named) + self._comments(name)
        if exactly is not None and number != exactly:
            self._fail(f"{number} of {name!r} came, not {exactly}; {self._kinds()}")
        if at_least is not None and number < at_least:
            self._fail(f"{number} of {name!r} came, not at least {at_least}; {self._kinds()}")
        if at_most is not None and number > at_most:
            self._fail(f"{number} of {name!r} came, not at most {at_most}; {self._kinds()}")
        return self

    def text_contains(self, text: str) -> Expect:
        """The merged answer has this text in it."""
        if text not in self._reading.output.text:
            said = self._reading.output.text
            self._fail(f"{text!r} is not in the answer, which is {said[:200]!r}{'…' if len(said) > 200 else ''}")
        return self

    def reasoning_contains(self, text: str) -> Expect:
        """The merged reasoning has this text in it."""
        if text not in self._reading.output.reasoning:
            self._fail(f"{text!r} is not in the reasoning, which has {len(self._reading.output.reasoning):,} characters")
        return self

    def tool_call(self, name: str, **arguments: Any) -> Expect:
        """A tool of this name was called; with these arguments, if any are given."""
        calls = self._reading.output.tool_calls
        for call in calls:
            parsed = call.parsed if isinstance(call.parsed, dict) else {}
            if call.name == name and all(parsed.get(key, parsed) == value for key, value in arguments.items()):
                return self
        told = ", ".join(f"{call.name}({call.arguments[:60]})" for call in calls) or "none"
        self._fail(f"no call of {name!r}{f' with {arguments}' if arguments else ''}; the calls were: {told}")

    def finish_reason(self, reason: str) -> Expect:
        """The provider ended the answer for this reason."""
        said = self._reading.output.finish_reason
        if said != reason:
            self._fail(f"the finish reason is {said!r}, not {reason!r}", len(self._reading.frames.events))
        return self

    def first_token(self, within: float) -> Expect:
        """The first text came within so many seconds."""
        first = self._reading.metrics().first_token
        if first is None or first > within:
            self._fail(f"the first token came {'never' if first is None else 'at ' + seconds(first)}, not within {seconds(within)}", 0)
        return self

    def no_stall(self, *, longer_than: float) -> Expect:
        """Nothing with content was waited for longer than so many seconds, from the first to the last."""
        channels, times, frames = self._reading.channels, self._reading.frames.times, range(len(self._reading.channels))
        content = [frame for frame in frames if channels[frame] in _CONTENT]
        for before, frame in itertools.pairwise(content):
            wait = times[frame] - times[before]
            if wait > longer_than:
                self._fail(f"nothing came for {seconds(wait)}, from {seconds(times[before])} on", self._event_at(frame))
        return self

    def no_finding(self, *kinds: str) -> Expect:
        """Nothing was found to warn of; with kinds: none of these."""
        for finding in self._reading.findings():
            if finding.kind in kinds or (not kinds and finding.severity == "warning"):
                self._fail(f"{finding.kind}: {finding.message}", self._event_at(finding.frames[0]) if finding.frames else None)
        return self

    # --- how it is told ----------------------------------------------------------------------------------------------
    @cached_property
    def _named(self) -> list[tuple[int, str, str, float]]:
        return [(event.index, event.label, event.type, event.time) for event in self._reading.frames.events]

    def _comments(self, name: str) -> int:
        if name not in ("ping", "comment"):
            return 0
        comments = [frame.data.strip().lower() for frame in self._reading.frames if frame.kind == COMMENT]
        return len(comments) if name == "comment" else sum(text in ("", "ping", "keepalive", "keep-alive") for text in comments)

    def _kinds(self) -> str:
        kinds: dict[str, int] = {}
        for _, label, type, _ in self._named:
            kinds[label or type] = kinds.get(label or type, 0) + 1
        return "there were " + (", ".join(f"{count} × {kind!r}" for kind, count in list(kinds.items())[:8]) or "no events")

    def _event_at(self, frame: int) -> int:
        return self._reading.frames.kinds[:frame].count(EVENT)

    def _fail(self, message: str, around: int | None = None) -> NoReturn:
        __tracebackhide__ = True
        where = self._recording.name or "the stream"
        raise AssertionError(f"{where}: {message}.{self._shown(around)}")

    def _shown(self, around: int | None) -> str:
        """The events around a place, one a line."""
        events = self._reading.frames.events
        if around is None or not len(events):
            return ""
        first, stop = max(0, around - AROUND), min(len(events), around + AROUND + 1)
        lines = []
        for index in range(first, stop):
            event = events[index]
            added = "".join(delta.value for delta in self._reading.deltas_of(event.frame) if delta.op == "append")
            data = added or event.data  # what it added says more than the JSON around it
            data = data if len(data) <= WIDTH else data[: WIDTH - 1] + "…"
            pointer = "→" if index == around else " "
            lines.append(f"\n  {pointer} {index:>5}  {event.time:8.3f} s  {event.label or event.type:<20} {data!r}")
        return "".join(lines)
