"""One reading of one recording: frames → dialect → output, metrics and findings, in step.

A reading can be made again at any time with another framing, dialect or rule; the recording does not change.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from . import patience
from .delta_log import DeltaLog
from .deltas import CHANNEL_OF_KIND, ERROR, META, REASONING, REFUSAL, RESPONSE, STEP, TEXT, TOOL, USAGE, Delta
from .dialects import NOT_JSON, Dialect, OpenAIChat, PlainText, UnknownJSON, detect, make_dialect, parse_json
from .dialects.base import DONE
from .dialects.logprobs import Logprob, logprobs_in
from .faults import LARGE_EVENT, FaultFold
from .joining import Joining
from .judging import Judging
from .labels import Labels
from .metrics import Metrics, MetricsFold
from .output import Output
from .recording import Recording
from .stalls import StallFold
from .together import run_together
from .wire import COMMENT, EMPTY, EVENT, IGNORED, MARK, TAIL, Frame

Parse = Callable[[str], "str | dict[str, Any] | None"]
_CONTENT = frozenset({TEXT, REASONING, TOOL, REFUSAL})
_PROGRESS = _CONTENT | {STEP, ERROR}
"""What shows that an answer gets on: also a tool that the provider runs, which is shown and has no fragments."""

_SLICE = 64
"""Entries that are read at a time when all are to be read: few, so that their frames do not pile up in memory."""
_INSIDE = 20
"""Answers that may turn out to have begun within a thought: for each of them the recording is read once more."""
_EARLY = 20
"""Events before the one that shows the dialect, which are read by it afterwards."""


class Reading(Joining, Judging):
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
        self._chosen: dict[str, Any] = {"dialect": dialect, "extract": extract, "parse": parse, "join": join}
        self._raw_text = parse is not None and extract is None  # a post-processor gets the text, whatever it looks like
        self.large = large
        self._inside: dict[int, str] = {}
        self._known: type[Dialect] | None = None  # the dialect of a stream that seemed to be plain text by its greeting
        self._begin()

    def _begin(self) -> None:
        """Nothing is folded yet."""
        self.output = Output(join=self.join)
        self.deltas = DeltaLog()
        self.channels = array("B")
        self.labels = Labels()
        """What each event calls itself."""
        self.ignored: list[int] = []
        self.dialect: Dialect | None = make_dialect(**self._chosen) if self._known is None else self._known(join=self.join)
        self.finished = False
        self.phase = META
        """The channel that carried content last: what the model is doing now."""
        self._metrics = MetricsFold()
        self._stalls = StallFold()
        self._begin_joining()
        self._faults = FaultFold(large=self.large)
        self._not_utf8: list[int] = []  # first and last frame with U+FFFD, which tells where bytes were no UTF-8
        self._entries = 0
        self._kinds: dict[int, int] = {}
        self._thought = -1  # the frame that began a thought and said nothing of it
        self._early: list[int] = []  # frames that came before the dialect was known
        self._alike: OpenAIChat | None = None  # the dialect in force, if it knows events without parsing them
        if self.dialect is not None:
            self.dialect.inside = self._inside

    # --- folding -----------------------------------------------------------------------------------------------------
    def advance(self, limit: int | None = None) -> bool:
        """Fold what has arrived since the last call, at most about ``limit`` entries. True if more is waiting."""
        recording = self.recording
        with recording.lock:
            fresh = self.frames.advance(limit)
            entries = len(recording) if limit is None else min(len(recording), self._entries + limit)
            when, size = recording.received(self._entries, entries)
            if when is not None:
                self._metrics.chunk(when, size)
            for time, mark in recording.marks(self._entries, entries):
                self._mark(mark["mark"], time)
            self._entries = entries
            # An earlier reading may have advanced the shared frames; those we missed are decoded again from the bytes, in slices.
            missed = len(self.frames) - len(fresh)
            begun = len(self.channels)
            for index in range(begun, missed if limit is None else min(missed, begun + limit)):
                self._fold(self.frames[index])
            if len(self.channels) >= missed:
                for frame in fresh[len(self.channels) - missed :]:
                    self._fold(frame)
            if self.deltas.settle():
                self.output.settle()
                self._metrics.settle()
            more = self._entries < len(recording) or len(self.channels) < len(self.frames)
            # The frames must have seen the end themselves: it may have come between their look at the recording and ours.
            if self.frames.finished and not more and not self.finished:
                self.finished = True
                if self.dialect is None and self._early:
                    self._recognise(self._early[0], self.frames[self._early[0]], last=True)
                for delta in self.dialect.end(max(len(self.channels) - 1, 0)) if self.dialect else ():
                    self._apply(delta)
                self._settle()
            return self._begins_anew() or more

    def _begins_anew(self) -> bool:
        """Whether an answer turned out to have begun within a thought (see `ThinkTags`), or text to be but a greeting ("connected")
        before JSON: then all is folded again from the start, as a reading with another number, so that the thought has its own
        events and its own time."""
        found = self.dialect.began_inside if self.dialect is not None else None
        if self._from > self._begun_from:
            self._inside.clear()
            self._known = None
        elif self._known is not None and isinstance(self.dialect, PlainText):
            pass
        elif found is None or found[0] in self._inside or len(self._inside) == _INSIDE:
            return False
        else:
            self._inside[found[0]] = found[1]
        self.number += 1
        self._begin()
        return True

    @property
    def is_behind(self) -> bool:
        """Whether something has come that is not folded yet."""
        return self._entries < len(self.recording) or len(self.channels) < len(self.frames)

    def finish(self) -> None:
        """Read to the end of what there is."""
        while self.advance(_SLICE):
            pass

    def _mark(self, name: str, time: float) -> None:
        if name == "open":
            self._metrics.mark("headers", time)
        elif name in ("close", "stop", "error"):
            self._metrics.mark("end", time)

    def _fold(self, frame: Frame) -> None:
        index = len(self.channels)
        channel = META
        kind, time, _, _, _, name, _, text, _ = frame
        if not text.isascii() and "\ufffd" in text:
            self._not_utf8[1:] = [index]
        if self._sifts and self._passes_over(index, frame):
            pass
        elif kind == EVENT:
            if self._alike is not None and self._fold_alike(index, frame, time, name, text):
                return
            self._metrics.event(time)
            channel = self._read(index, frame)
            patience.sweep()
        elif kind == TAIL:
            if not self._is_left_over(index):
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
        if channel in _PROGRESS:
            self.progress = time
        if channel in _CONTENT:
            self.phase = channel
            silent = self._thought == index
            self._metrics.content(time, channel, silent=silent)
            self._stalls.content(time, index, silent)
        elif kind in (EVENT, COMMENT):
            self._stalls.activity(time)
            if self.dialect is not None and self.dialect.thinking and self.phase != REASONING:
                self.phase = REASONING
                self._stalls.hush()
                self._metrics.thought(time)

    def _fold_alike(self, index: int, frame: Frame, time: float, name: str, data: str) -> bool:
        """Fold a chunk of a chat that is as the ones before but for its text, as `_fold` would, at a third of the cost.

        time, name, data: the frame's own, its type and its data.
        """
        dialect = self._alike
        if dialect is None or dialect is not self.dialect or (text := dialect.alike.text(name, data)) is None:
            return False
        delta = dialect.same_again(index, text)
        if delta is None:
            return False
        part = delta[1]
        self.deltas.newest.append(delta)
        self.output.append(index, part, text)
        self._faults.alike(index, frame, part, text)
        self.phase = channel = self._kinds.get(part, TEXT)
        self.channels.append(channel)
        self.progress = time
        self._metrics.content_event(time, channel)
        self._stalls.content(time, index)
        return True

    def _read(self, index: int, frame: Frame) -> int:
        data: Any = NOT_JSON
        text = frame.data
        if not self._raw_text and not self.recording.plain_items and (text[:1] == "{" or text.lstrip()[:1] in ("{", "[")):
            data = parse_json(text, keep=True)
            self.labels.note(index, frame.type, data)
            dialect = self.dialect
            if data.__class__ is dict and dialect is not None and dialect.name not in ("unknown", "text"):
                # An object, and a dialect that knows what to make of it: so it is with nearly every event.
                deltas = dialect.read(index, frame, data)
                self._alike = dialect if isinstance(dialect, OpenAIChat) else None
                channel = self._take(deltas)
                self._faults.event(index, frame, data, deltas, content=channel in _CONTENT)
                return channel
        else:
            self.labels.note(index, frame.type, None)
        together: list[tuple[str, Any]] = []
        name = self.dialect.name if self.dialect else ""
        if data is NOT_JSON and "\n" in text and text[:1] == "{" and not (self._raw_text or self.recording.plain_items or name == "text"):
            together = run_together(text)
        if frame.kind == TAIL and data is NOT_JSON and text != DONE and name not in ("", "text", "rule") and not together:
            return META  # half an event of JSON means nothing yet; it stays visible as what it is
        for _, one in together or ((text, data),):
            if self.dialect is None or self.dialect.name == "unknown":
                self._recognise(index, frame, one)
        if name == "text" and isinstance(data, dict) and index < _EARLY and self._chosen["dialect"] == "auto" and self._known is None:
            found = detect(frame, data)
            self._known = None if found in (UnknownJSON, PlainText) else found
        if self.dialect is None:
            if data is not NOT_JSON:
                self._faults.event(index, frame, data, (), content=False)
            return META
        if together:
            deltas = self.dialect.read_together(index, frame, together)
            self._faults.together(index, len(together))
        else:
            deltas = self.dialect.read(index, frame, data)
        self._settle()
        channel = self._take(deltas)
        self._faults.event(index, frame, data, deltas, content=channel in _CONTENT)
        return channel

    def _recognise(self, index: int, frame: Frame, data: Any = None, *, last: bool = False) -> None:
        """Choose the dialect, if this event shows it; what came before is then read by it too, for it may tell of the response."""
        found = detect(frame, parse_json(frame.data) if last else data, last=last)
        # JSON that nobody knew may be known by a later event; but one line of text makes no text stream of it.
        if found is not None and (self.dialect is None or found not in (UnknownJSON, PlainText)):
            self.dialect = found(join=self.join)
            self.dialect.inside = self._inside
            if found not in (UnknownJSON, PlainText):
                for early in () if self.deltas else self._early:
                    before = self.frames[early]
                    self._take(self.dialect.read(early, before, parse_json(before.data)))
                self._early.clear()
                return
        if data is not NOT_JSON and len(self._early) < _EARLY:
            self._early.append(index)

    def _settle(self) -> None:
        """Once there is a safe guess where the text of unknown JSON stands, the dialect that made it goes on."""
        if isinstance(self.dialect, UnknownJSON) and self.dialect.guess is not None:
            self.dialect = self.dialect.guess

    def _take(self, deltas: list[Delta]) -> int:
        """Apply what a frame adds; returns the channel that the frame is drawn in."""
        channel = META
        for delta in deltas:
            op = delta.op
            if op == "append":  # what nearly every delta is, so nothing else is asked of it
                self._thought = -1
                self.deltas.newest.append(delta)
                self.output.apply(delta)
            else:
                self._apply(delta)
            if op == "append" or op == "replace":
                if channel in (META, USAGE):
                    channel = self._kinds.get(delta.part, TEXT)
            elif delta.part == RESPONSE and op == "set":
                if "error" in delta.value:
                    channel = ERROR
                elif channel == META and ("usage" in delta.value or "finish_reason" in delta.value):
                    channel = USAGE
            elif channel == META and op == "open" and delta.value["kind"] != "text":
                channel = CHANNEL_OF_KIND.get(delta.value["kind"], META)
                self._thought = len(self.channels) if channel == REASONING else -1
        return channel

    def _apply(self, delta: Delta) -> None:
        self.deltas.newest.append(delta)
        self.output.apply(delta)
        if delta.op == "open":
            self._kinds[delta.part] = CHANNEL_OF_KIND.get(delta.value["kind"], META)
        elif delta.part == RESPONSE and delta.op == "set" and delta.value.get("usage"):
            self._metrics.usage(delta.value["usage"])

    # --- what is read from it ----------------------------------------------------------------------------------------
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

    def logprobs(self, event: int | None = None) -> list[Logprob]:
        """The log-probabilities of the tokens in one event, or in all of them. event: its index; raises IndexError if there is none."""
        events, name = self.frames.events, self.dialect.name if self.dialect else ""
        with self.recording.lock:
            chosen = range(len(events)) if event is None else (range(len(events))[event],)
        found = []
        for index in chosen:
            one = events[index]
            if name == "bedrock_invoke" or "rob" in one.data:  # most streams have none, and to parse them again takes time
                found += [item._replace(event=index) for item in logprobs_in(name, parse_json(one.data), kind=one.type)]
        return found

    def metrics(self) -> Metrics:
        """Metrics so far."""
        with self.recording.lock:  # the fold sorts its gaps when it is asked
            return self._metrics.snapshot()


def _frame_of(delta: Delta) -> int:
    return delta.frame
