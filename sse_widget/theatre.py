"""The latency theatre: one answer, token by token and all at once, on one clock. Nothing gets faster by streaming, and it feels so.

The page plays it, as often as it is asked to, and measures what it adds itself; what is measured and voted is kept here.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from .errors import SSEWidgetError, UsageError
from .findings import seconds
from .readers import WORDS_PER_MINUTE, answer, arrivals, ends
from .recording import Recording
from .replay.network import profile_of
from .replay.player import Player, checked_speed
from .run import Run
from .session import Session
from .signals import Signal
from .sources.replay import ReplaySource
from .tracebacks import quiet

if TYPE_CHECKING:
    from .reading import Reading

STREAM, BLOCK = "token by token", "all at once"
SLOWEST_READER, FASTEST_READER = 20.0, 2000.0
_SAYS = {"stream": STREAM, "block": BLOCK}


@dataclass(frozen=True)
class Figures:
    """What the theatre shows in numbers. Seconds since the request was sent, on the clock of the recording; None: there was none."""

    headers: float | None
    first_token: float | None
    """The first text, thought or answer. This and all of the backend's times are the same for both stages."""
    last_token: float | None
    words: int
    """Words of the answer, as `sse_widget.readers` counts them."""
    words_per_minute: float
    begin_stream: float | None
    """Reading can begin: the first word of the answer is there. With the whole answer: when its last token is."""
    begin_block: float | None
    finish_stream: float | None
    """A reader at that speed is done."""
    finish_block: float | None
    saved: float | None
    """Time saved before the first read: ``begin_block − begin_stream``."""
    waited: float | None
    """For how long the reader of the stream, once they read, had to wait for words."""
    display_stream: float | None = None
    """What the page added, by its own measure (median of the fragments): from when one was due until it was painted."""
    display_block: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data, under the same names."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """The table: where, what, token by token, all at once."""
        reader = f"A reader at {self.words_per_minute:.0f} words/min is done"
        return [
            ("Backend", "Response begins", _said(self.headers), _said(self.headers)),
            ("Backend", "First token", _said(self.first_token), _said(self.first_token)),
            ("Backend", "Last token", _said(self.last_token), _said(self.last_token)),
            ("Display", "Added by the page", _said(self.display_stream), _said(self.display_block)),
            ("Perception", "Reading can begin", _said(self.begin_stream), _said(self.begin_block)),
            ("Perception", reader, _said(self.finish_stream), _said(self.finish_block)),
            ("Perception", "Saved before the first read", _said(self.saved), "–"),
        ]

    def __str__(self) -> str:
        rows = [("", "", STREAM, BLOCK), *self.rows()]
        sizes = [max(len(row[i]) for row in rows) for i in range(4)]
        lines, before = [], ""
        for where, what, stream, block in rows:
            lines.append(f"{'' if where == before else where:{sizes[0]}}  {what:{sizes[1]}}  {stream:>{sizes[2]}}  {block:>{sizes[3]}}")
            before = where
        return "\n".join(lines)


def figures_of(reading: Reading, words_per_minute: float = WORDS_PER_MINUTE) -> Figures:
    """The figures of one reading of a recording."""
    metrics = reading.metrics()
    there = arrivals(answer(reading))
    last = metrics.last_token
    begin = there[0] if there else None
    whole = last if there else None
    finish = ends(there, words_per_minute)[-1] if there else None
    took = len(there) * 60 / words_per_minute
    return Figures(
        headers=metrics.headers,
        first_token=metrics.first_token,
        last_token=last,
        words=len(there),
        words_per_minute=words_per_minute,
        begin_stream=begin,
        begin_block=whole,
        finish_stream=finish,
        finish_block=None if whole is None else whole + took,
        saved=None if whole is None or begin is None else whole - begin,
        waited=None if finish is None or begin is None else max(finish - begin - took, 0.0),
    )


def _said(value: float | None) -> str:
    return "–" if value is None else seconds(value)


class Theatre:
    """The board of a theatre. votes: how many said what felt faster, by "token by token" and "all at once"."""

    layout = "theatre"

    def __init__(self, session: Session, speed: float, words_per_minute: float, recording: Recording | None = None) -> None:
        """recording: what is shown, which may still be written; None for one that is not."""
        self._recording = recording
        self.revision = 1
        self.votes = {STREAM: 0, BLOCK: 0}
        self._session = session
        self._speed = speed
        self._words_per_minute = words_per_minute
        self._display: dict[str, float | None] = {"stream": None, "block": None}

    @property
    def speed(self) -> float:
        """How fast it plays: seconds of the recording per second."""
        return self._speed

    @property
    def words_per_minute(self) -> float:
        """How fast the reader reads. Set it any time."""
        return self._words_per_minute

    @words_per_minute.setter
    def words_per_minute(self, speed: float) -> None:
        self._words_per_minute = reading_speed_of(speed)
        self._changed()

    @property
    def figures(self) -> Figures:
        """The measured table; print it, or take `Figures.to_dict`. The page's own times are in it once it was played there; of a run that
        still goes on, nothing is."""
        run = self._session.runs[0]
        if self._recording is None or self._recording.closed:  # then it is soon over, if it is not yet
            with contextlib.suppress(SSEWidgetError):  # what failed has figures too
                run.wait()
        found = figures_of(run.reading, self._words_per_minute)
        return replace(found, display_stream=self._display["stream"], display_block=self._display["block"])

    def to_page(self) -> dict[str, Any]:
        """What the page needs beside the lane."""
        votes = {key: self.votes[word] for key, word in _SAYS.items()}
        return {"speed": self._speed, "words_per_minute": self._words_per_minute, "votes": votes}

    def command(self, command: dict[str, Any]) -> None:
        """A vote, the end of a voting, another reader, or what the page has measured."""
        if (word := _SAYS.get(str(command.get("vote")))) is not None:
            self.votes[word] += 1
        elif command.get("forget") is True:
            self.votes = {STREAM: 0, BLOCK: 0}
        elif isinstance(measured := command.get("measured"), dict):
            self._display = {key: _seconds_of(measured.get(key)) for key in _SAYS}
            return  # the page knows
        elif command.get("words_per_minute") is not None:
            try:
                self._words_per_minute = reading_speed_of(command["words_per_minute"])
            except UsageError:  # no page of ours says that
                return
        else:
            return
        self._changed()

    def to_file(self) -> dict[str, Any]:
        """What a session's file keeps."""
        return {**self.to_page(), "layout": self.layout, "display": self._display}

    def take(self, kept: dict[str, Any]) -> None:
        """Take up what a file has kept; what is none of that is passed over."""
        votes, display = kept.get("votes"), kept.get("display")
        for key, word in _SAYS.items():
            count = votes.get(key) if isinstance(votes, dict) else None
            self.votes[word] = count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else 0
            self._display[key] = _seconds_of(display.get(key)) if isinstance(display, dict) else None

    def _changed(self) -> None:
        self.revision += 1
        self._session.wake()

    def __repr__(self) -> str:
        return f"<Theatre: {', '.join(f'{count} for {word}' for word, count in self.votes.items())}>"


def restored(session: Session, kept: dict[str, Any]) -> Theatre:
    """The theatre of a session that was loaded from a file."""
    found = Theatre(session, 1.0, WORDS_PER_MINUTE)
    with contextlib.suppress(UsageError):  # a file that somebody has changed
        found = Theatre(session, checked_speed(kept.get("speed")), reading_speed_of(kept.get("words_per_minute")))
    found.take(kept)
    return found


class _Whole(ReplaySource):
    """A recording, once it has its end: there is nothing to show of an answer that came all at once while it still comes."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording, Player(math.inf), profile_of(None))
        self._ended = Signal()
        if not recording.closed:
            recording.listen(self._ended.notify)

    async def read(self, recording: Recording) -> None:
        while True:
            seen = self._ended.version
            if self._original.closed:
                break
            await self._ended.changed(seen)
        await super().read(recording)


@quiet
def theatre(
    recording: Any, speed: float = 1.0, *, reading_speed: float = WORDS_PER_MINUTE, name: str | None = None, **reading: Any
) -> Session:
    """Show what streaming does for who waits: the same answer token by token and all at once, on one clock.

    recording: a `Recording`, the path of one, or a `Run`; of one that still goes on, the curtain rises at its end. speed: seconds of the
        recording per second, 0.01 to 1000; the page can change it. reading_speed: words a minute of the reader who is shown, 20 to 2000;
        238 is what adults read (`sse_widget.readers` has the source, and how words are counted). name: shown on the page. What is left:
        framing, dialect, extract, parse and join, as in `stream`; a run is read as it was.

    Returns a `Session`. Its ``board`` has ``figures``, the measured table, and ``votes``, what a class said. Raises UsageError for a speed
    that is none, and RecordingError for a file that cannot be read.
    """
    from .files.load import load_recording

    speed = checked_speed(speed)
    if math.isinf(speed):
        raise UsageError("A theatre plays at a speed of 0.01 to 1000; at once, there is nothing to see.")
    words_per_minute = reading_speed_of(reading_speed)
    if isinstance(recording, Run):
        rule = {key: value for key, value in recording.rule.items() if key in ("dialect", "extract", "parse", "join")}
        reading = {**rule, **reading}
        name = recording.name if name is None else name
        recording = recording.recording
    elif not isinstance(recording, Recording):
        recording = load_recording(recording)
    name = recording.name if name is None else name
    session = Session(name)
    session.board = Theatre(session, speed, words_per_minute, recording)
    session.stream(_Whole(recording), name=name, show=False, **reading)
    return session


def reading_speed_of(value: Any) -> float:
    """Words a minute. Raises UsageError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not SLOWEST_READER <= value <= FASTEST_READER:
        raise UsageError(
            f"reading_speed must be a number of words a minute, from {SLOWEST_READER:.0f} to {FASTEST_READER:.0f}.",
            hint="Adults read about 238.",
        )
    return float(value)


def _seconds_of(value: Any) -> float | None:
    ok = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if ok else None
