"""One reading of one recording: frames → dialect → output, metrics and findings, in step.

A reading can be made again at any time with another framing, dialect or rule; the recording does not change.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from .deltas import CHANNEL_OF_KIND, ERROR, META, REASONING, REFUSAL, RESPONSE, TEXT, TOOL, USAGE, Delta
from .dialects import NOT_JSON, Dialect, GenericJSON, PlainText, RuleDialect, UnknownJSON, detect, make_dialect, parse_json
from .dialects.base import DONE
from .faults import LARGE_EVENT, FaultFold
from .findings import Finding, collect
from .metrics import Metrics, MetricsFold
from .output import Output
from .recording import Recording
from .stalls import StallFold
from .wire import COMMENT, EMPTY, EVENT, IGNORED, MARK, TAIL, Frame

Parse = Callable[[str], "str | dict[str, Any] | None"]
_CONTENT = frozenset({TEXT, REASONING, TOOL, REFUSAL})

MARKS_KEPT = 500
_WITH_MARKER = ("openai_chat", "openai_completions")
"""Dialects whose streams end with ``[DONE]``, after a finish reason."""
_LOOKED_AT = 20
"""Events that are looked at for what a rule that matched nothing could have named."""


class Reading:
    """The folds over a recording. ``advance`` reads what is new; every event is folded exactly once.

    number: counts the readings of one recording; the page starts anew when it changes. large: bytes above which an event is told
    as a large one.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        number: int = 1,
        framing: str = "auto",
        dialect: str = "auto",
        extract: Any = None,
        parse: Parse | None = None,
        join: str = "",
        large: int = LARGE_EVENT,
    ) -> None:
        self.recording = recording
        self.number = number
        self.frames = recording.framed(framing)
        self.join = join
        self.output = Output(join=join)
        self.deltas: list[Delta] = []
        self.channels = array("B")
        self.ignored: list[int] = []
        self.marks: list[tuple[int, str]] = []
        """Frame and name of our own marks, the first of them."""
        self.dialect: Dialect | None = make_dialect(dialect, extract=extract, parse=parse, join=join)
        self.finished = False
        self.phase = META
        """The channel that carried content last: what the model is doing now."""
        self._raw_text = parse is not None and extract is None  # a post-processor gets the text, whatever it looks like
        self._metrics = MetricsFold()
        self._stalls = StallFold()
        self._faults = FaultFold(large=large)
        self._not_utf8: list[int] = []  # first and last frame with U+FFFD, which tells where bytes were no UTF-8
        self._entries = 0
        self._kinds: dict[int, int] = {}

    # --- folding -----------------------------------------------------------------------------------------------------
    def advance(self, limit: int | None = None) -> bool:
        """Fold what has arrived since the last call, at most about ``limit`` entries. True if more is waiting."""
        recording = self.recording
        with recording.lock:
            fresh = self.frames.advance(limit)
            for entry in recording.read_entries(self._entries, self._entries + limit if limit else None):
                self._entries += 1
                if entry.kind != "mark":
                    self._metrics.chunk(entry.time, len(entry.data))
                elif entry.info is not None:
                    self._mark(entry.info["mark"], entry.time)
            # An earlier reading may have advanced the shared frames; those we missed are decoded again from the bytes, in slices.
            missed = len(self.frames) - len(fresh)
            begun = len(self.channels)
            for index in range(begun, missed if limit is None else min(missed, begun + limit)):
                self._fold(self.frames[index])
            if len(self.channels) >= missed:
                for frame in fresh[len(self.channels) - missed :]:
                    self._fold(frame)
            more = self._entries < len(recording) or len(self.channels) < len(self.frames)
            # The frames must have seen the end themselves: it may have come between their look at the recording and ours.
            if self.frames.finished and not more and not self.finished:
                self.finished = True
                for delta in self.dialect.end(max(len(self.channels) - 1, 0)) if self.dialect else ():
                    self._apply(delta)
                self._settle()
            return more

    def finish(self) -> None:
        """Read to the end of what there is."""
        while self.advance():
            pass

    def _mark(self, name: str, time: float) -> None:
        if name == "open":
            self._metrics.mark("headers", time)
        elif name in ("close", "stop", "error"):
            self._metrics.mark("end", time)

    def _fold(self, frame: Frame) -> None:
        index = len(self.channels)
        channel = META
        kind = frame.kind
        if not frame.data.isascii() and "\ufffd" in frame.data:
            self._not_utf8[1:] = [index]
        if kind in (EVENT, TAIL):
            if kind == EVENT:
                self._metrics.event(frame.time)
            channel = self._read(index, frame)
        elif kind in (IGNORED, EMPTY):
            if kind == IGNORED:
                self.ignored.append(index)
            if self.dialect is not None:
                channel = self._take(self.dialect.read(index, frame, NOT_JSON))
        elif kind == MARK:
            self._note(index, frame)
            if frame.type == "error":
                channel = ERROR
        self.channels.append(channel)
        self._metrics.frame()
        if channel in _CONTENT:
            self.phase = channel
            self._metrics.content(frame.time, channel)
            self._stalls.content(frame.time, index)
        elif kind in (EVENT, COMMENT):
            self._stalls.activity(frame.time)

    def _note(self, index: int, frame: Frame) -> None:
        if len(self.marks) < MARKS_KEPT:
            self.marks.append((index, frame.type))
        if frame.type == "resume":
            self._stalls.resumed(frame.time)
            self._metrics.resumed(frame.time)

    def _read(self, index: int, frame: Frame) -> int:
        data: Any = NOT_JSON
        text = frame.data
        if not self._raw_text and not self.recording.plain_items and text.lstrip()[:1] in ("{", "["):
            data = parse_json(text)
        if frame.kind == TAIL and data is NOT_JSON and text != DONE and self.dialect and self.dialect.name not in ("text", "rule"):
            return META  # half an event of JSON means nothing yet; it stays visible as what it is
        if self.dialect is None or self.dialect.name == "unknown":
            found = detect(frame, data)
            # JSON that nobody knew may be known by a later event; but one line of text makes no text stream of it.
            if found is not None and (self.dialect is None or found not in (UnknownJSON, PlainText)):
                self.dialect = found(join=self.join)
        if self.dialect is None:
            return META
        deltas = self.dialect.read(index, frame, data)
        self._settle()
        channel = self._take(deltas)
        self._faults.event(index, frame, data, deltas, content=channel in _CONTENT)
        return channel

    def _settle(self) -> None:
        """Once there is a safe guess where the text of unknown JSON stands, the dialect that made it goes on."""
        if isinstance(self.dialect, UnknownJSON) and self.dialect.guess is not None:
            self.dialect = self.dialect.guess

    def _take(self, deltas: list[Delta]) -> int:
        """Apply what a frame adds; returns the channel that the frame is drawn in."""
        channel = META
        for delta in deltas:
            self._apply(delta)
            if delta.op == "append" or delta.op == "replace":
                channel = self._kinds.get(delta.part, TEXT) if channel in (META, USAGE) else channel
            elif delta.part == RESPONSE and delta.op == "set":
                if "error" in delta.value:
                    channel = ERROR
                elif channel == META and ("usage" in delta.value or "finish_reason" in delta.value):
                    channel = USAGE
            elif channel == META and delta.op == "open" and delta.value["kind"] != "text":
                channel = CHANNEL_OF_KIND.get(delta.value["kind"], META)
        return channel

    def _apply(self, delta: Delta) -> None:
        self.deltas.append(delta)
        self.output.apply(delta)
        if delta.op == "open":
            self._kinds[delta.part] = CHANNEL_OF_KIND.get(delta.value["kind"], META)
        elif delta.part == RESPONSE and delta.op == "set" and delta.value.get("usage"):
            self._metrics.usage(delta.value["usage"])

    # --- what is read from it ----------------------------------------------------------------------------------------
    @property
    def promised_end(self) -> bool:
        """The dialect saw its end, or promises none."""
        return self.dialect is None or self.dialect.ended or not self.dialect.promises_end

    def channel_of(self, part: int) -> int:
        """The channel of a part."""
        return self._kinds.get(part, META)

    def kind_of(self, part: int) -> str:
        """The kind of a part, e.g. "text"."""
        return next((str(p.kind) for p in self.output.parts if p.number == part), "")

    def deltas_of(self, frame: int) -> list[Delta]:
        """What one frame added. Deltas are in order of frames, so a bisection finds them."""
        start = bisect_left(self.deltas, frame, key=_frame_of)
        return self.deltas[start : bisect_right(self.deltas, frame, lo=start, key=_frame_of)]

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

    def metrics(self) -> Metrics:
        """Metrics so far."""
        with self.recording.lock:  # the fold sorts its gaps when it is asked
            return self._metrics.snapshot()

    def findings(self, *, now: float | None = None, cut_off: str = "") -> list[Finding]:
        """What is worth a sentence so far.

        now: seconds on the recording's clock, to name a stall that still lasts. cut_off: why the run counts as cut off, or "".
        """
        if not cut_off and self.finished and not self.recording.stopped:
            cut_off = self.cut_off_reason()
        open_stall = self._stalls.open_stall(now) if now is not None and not self.finished else None
        return collect(
            stalls=[*self._stalls.stalls, *([open_stall] if open_stall else [])],
            ignored=self.ignored,
            invalid_utf8=self.frames.invalid_utf8,
            invalid_frames=self._not_utf8,
            faults=self._found_faults(),
            dialect=self.dialect,
            cut_off=cut_off,
        )

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
        if not self.promised_end and self.frames.events:
            return f"{self.dialect.label if self.dialect else 'the format'} promises an end, and it did not come"
        return ""


def _frame_of(delta: Delta) -> int:
    return delta.frame


def _asks_for_usage(request: dict[str, Any] | None) -> bool:
    """Whether a request has OpenAI's ``stream_options: {"include_usage": true}``."""
    body = request.get("body") if request else None
    options = body.get("stream_options") if isinstance(body, dict) else None
    return isinstance(options, dict) and options.get("include_usage") is True
