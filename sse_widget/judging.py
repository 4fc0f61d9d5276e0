"""What is to be said of a reading: why it counts as cut off, what is odd about it, what a rule missed and could name."""

from __future__ import annotations

from typing import Any

from .connections import Connections
from .dialects import Dialect, GenericJSON, RuleDialect, UnknownJSON, detect, parse_json
from .faults import FaultFold
from .findings import Finding, collect
from .frames import Frames
from .framing import is_mistaken, media_type
from .output import Output
from .recording import Recording
from .stalls import StallFold

_WITH_MARKER = ("openai_chat", "openai_completions")
"""Dialects whose streams end with ``[DONE]``, after a finish reason."""
_LOOKED_AT = 20
"""Events that are looked at for what a rule that matched nothing could have named."""


class Judging:
    """The part of `Reading` that judges. It looks at what was folded, and folds nothing itself."""

    recording: Recording
    frames: Frames
    output: Output
    dialect: Dialect | None
    ignored: list[int]
    finished: bool
    phase: int
    connections: Connections
    _chosen: dict[str, Any]
    _stalls: StallFold
    _faults: FaultFold
    _not_utf8: list[int]

    @property
    def promised_end(self) -> bool:
        """The dialect saw its end, or promises none; nor does a part of a stream."""
        return self.dialect is None or self.dialect.ended or not self.dialect.promises_end or self.recording.part_of != ""

    def rule_error(self) -> tuple[str, str] | None:
        """Message and hint if the user's rule read nothing at all from events that did come."""
        rule = self.dialect
        if not isinstance(rule, RuleDialect) or rule.matched or not rule.events:
            return None
        count = f"any of {rule.events} events" if rule.events > 1 else "the only event"
        if rule.failures:
            error = rule.failures[0][1]
            return (
                f"parse could not read {count}: {type(error).__name__}: {error}",
                "It is called with the data of each event, a str. Try it on run.events[0].data.",
            )
        where = ", ".join(self.suggestions())
        hint = f"There is text at: {where}." if where else "The data is no JSON object; look at run.events[0].data."
        return f"{rule.describe()} matched nothing in {count}.", hint

    def suggestions(self) -> list[str]:
        """JSONPaths that a rule could name, the likeliest first; none while a dialect that knows the format reads the stream."""
        dialect = self.dialect
        if isinstance(dialect, UnknownJSON):
            return dialect.suggestions
        if isinstance(dialect, GenericJSON):
            return list(dict.fromkeys(path for path in (dialect.path, *dialect.watch.suggestions) if path))
        if not isinstance(dialect, RuleDialect) or dialect.matched or not dialect.events:
            return []
        leaves = UnknownJSON()
        for index in range(min(len(self.frames.events), _LOOKED_AT)):
            event = self.frames.events[index]
            leaves.read(event.frame, self.frames[event.frame], parse_json(event.data))
        return leaves.suggestions

    def findings(self, *, now: float | None = None, cut_off: str = "") -> list[Finding]:
        """What is worth a sentence so far.

        now: seconds on the recording's clock, to name a stall that still lasts. cut_off: why the run counts as cut off, or "".
        """
        if not cut_off and self.finished and not self.recording.stopped:
            cut_off = self.cut_off_reason()
        if self.recording.queued:
            return [Finding("queued", "info", self.recording.queued)]
        content_type = self.recording.content_type
        waits = now is not None and not self.finished and not self.connections.is_lost
        open_stall = self._stalls.open_stall(now) if now is not None and waits else None
        return collect(
            stalls=[*self._stalls.stalls, *([open_stall] if open_stall else [])],
            ignored=self.ignored,
            invalid_utf8=self.frames.invalid_utf8,
            invalid_frames=self._not_utf8,
            faults=self._found_faults(),
            dialect=self.dialect,
            cut_off=cut_off,
            losses=self.connections.findings(None if self.finished else now),
            mistaken_type=media_type(content_type) if is_mistaken(content_type, self.frames.framing) and self.frames.events else "",
            looks_like=self._looks_like(),
            events=self._faults.span,
        )

    def _looks_like(self) -> type[Dialect] | None:
        """The dialect that the events show, if the one that was asked for has found nothing in them."""
        if self._chosen["dialect"] == "auto" or isinstance(self.dialect, RuleDialect) or self.output.parts:
            return None
        for event in self.frames.events[:_LOOKED_AT]:
            found = detect(self.frames[event.frame], parse_json(event.data))
            if found is not None and found not in (UnknownJSON, type(self.dialect)):
                return found
        return None

    def _found_faults(self) -> list[Finding]:
        whole = self.finished and not self.recording.stopped and not self.recording.broken and self.output.error is None
        chat = self.dialect is not None and self.dialect.name == "openai_chat"
        return self._faults.findings(finished=whole, end=self._odd_end(), usage_asked=_asks_for_usage(self.recording.request), alone=chat)

    def _odd_end(self) -> str:
        """What is to be said of an end that is one, yet not as promised; else ""."""
        dialect = self.dialect
        if dialect is None or not dialect.ended or dialect.name not in _WITH_MARKER or self.frames.framing != "sse":
            return ""
        if not self.output.done:
            return f"The stream ended with a finish reason and without the end marker of {dialect.label}; some services never send that."
        if self.phase and not any(choice.finish_reason for choice in self.output.choices):
            return "The stream ended without a finish reason, so whether the answer was whole or cut short cannot be told."
        return ""

    def cut_off_reason(self) -> str:
        """Why a finished recording counts as cut off, as the end of a sentence; "" if it does not.

        A transport that broke before the dialect saw its end, or a dialect that promises an end and did not give it.
        """
        if not self.finished or (self.dialect is not None and self.dialect.ended) or self.output.error is not None:
            return ""
        broken = self.recording.broken
        if broken:
            return f"the connection broke: {broken}"
        if not self.promised_end and (self.frames.events or self.output.parts):
            return f"{self.dialect.label if self.dialect else 'the format'} promises an end, and it did not come"
        return ""


def _asks_for_usage(request: dict[str, Any] | None) -> bool:
    """Whether a request has OpenAI's ``stream_options: {"include_usage": true}``."""
    body = request.get("body") if request else None
    options = body.get("stream_options") if isinstance(body, dict) else None
    return isinstance(options, dict) and options.get("include_usage") is True
