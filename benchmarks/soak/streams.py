"""One stream of the soak: which fault it is to meet, how it may end, and what must be true of it at any time."""

from __future__ import annotations

import random
import threading
import zlib
from dataclasses import dataclass, field
from typing import Any

import sse_widget as sw
from tests.faulty import FAULTS, said
from tests.test_faulty import AT, ENDS, WORDS

TAKEN_UP = (
    *("cut", "cut_between", "cut_before", "cut_head", "half_close", "reset", "reset_before", "reset_head", "length_long", "length_short"),
    *("chunk_letters", "chunk_negative", "chunk_huge", "chunk_long", "chunk_short", "chunk_garbage", "garbage", "garbage_line", "banner"),
    *("http2", "headers_many", "headers_large", "headers_endless", "headers_wrong", "gzip_corrupt", "gzip_cut", "gzip_lie"),
    *("status_429", "status_503", "redirect_to_reset", "never", "never_head", "never_first", "never_more"),
)
"""Faults after which a GET with ids is asked for again."""
FOR_GOOD = ("status_500", "status_401", "status_cut")
"""Faults that end it for good."""
SILENCE = 1.5
"""Seconds of ``idle_timeout``."""


@dataclass
class Plan:
    """What a stream is asked for. faults: one after another; ends: the statuses that it may end with if nobody meddles; kept: the least and
    the most words that must be there then."""

    faults: list[str]
    words: int
    at: int
    seed: int
    ends: set[str]
    kept: tuple[int, int]
    again: bool
    options: dict[str, Any] = field(default_factory=dict)


def plan(chance: random.Random) -> Plan:
    """Any fault, or several in a row for a stream that is taken up again."""
    words, seed = chance.choice((2, 5, 20, 20, 80, 300)), chance.randrange(10**9)
    at = chance.randrange(1, words)
    if chance.random() < 0.6:
        name = chance.choice(list(FAULTS))
        end = ENDS[name]
        most = {0: 0, AT: at, WORDS: words}[end.words]
        least = 0 if name == "reset" or end.status == "stopped" else most  # a reset takes back what the client has not read
        options: dict[str, Any] = {"json": {"model": "m"}, "reconnect": "off"}
        return Plan([name], words, at, seed, {end.status}, (least, most), False, options)
    faults = [chance.choice(TAKEN_UP) for _ in range(chance.randrange(1, 5))]
    ends, kept = {"done"}, (words, words)
    if chance.random() < 0.15:
        faults.append(chance.choice(FOR_GOOD))
        # The words may all have come before the last fault is met.
        ends, kept = {"cut off", "failed", "done"}, (0, words)
    policy = sw.Reconnect(delay=chance.choice((0.0, 0.01, 0.05)), attempts=len(faults) + 2, jitter=chance.choice(("none", "full")))
    return Plan(faults, words, at, seed, ends, kept, True, {"reconnect": policy, "idle_timeout": SILENCE})


def address(server: str, plan: Plan, number: int) -> str:
    query = f"words={plan.words}&at={plan.at}&seed={plan.seed}"
    return f"{server}/series?{query}&of={number}&faults={','.join(plan.faults)}" if plan.again else f"{server}/{plan.faults[0]}?{query}"


class Wrong(Exception):
    """Something is not as it must be."""


class Stream:
    """A run with what is known of it. ``look`` may be called from any thread at any time."""

    def __init__(self, run: sw.Run, plan: Plan) -> None:
        self.run = run
        self.plan = plan
        self.text = "".join(said(plan.seed, plan.words))
        self.stopped = self.over = False
        self.lock = threading.Lock()
        self._entries = self._crc = 0
        self._sealed: int | None = None

    def look(self) -> None:
        """The recording only grows; nothing follows its end; the text is a beginning of what the server says."""
        with self.lock:
            recording, reading = self.run.recording, self.run.reading
            closed, length = recording.closed, len(recording)
            if length < self._entries:
                raise Wrong(f"the recording shrank from {self._entries} to {length} entries")
            before = recording.read_entries(0, self._entries)
            if _crc(before) != self._crc:
                raise Wrong("what was recorded has changed")
            if self._sealed is not None and length != self._sealed:
                raise Wrong(f"{length - self._sealed} entries came after the end")
            self._crc, self._entries = _crc(recording.read_entries(self._entries, length), self._crc), length
            if closed and self._sealed is None:
                self._sealed = len(recording)
            text, rule = self.run.text, self.run.rule["dialect"]
            if rule == "auto" and reading is self.run.reading and not self.text.startswith(text):
                raise Wrong(f"it says {text[-60:]!r}, which the server did not say")

    def end(self) -> None:
        """The run has ended: is it as it must be?"""
        self.look()
        with self.lock:
            run, plan = self.run, self.plan
            run.read_again()
            run._caught_up(run.reading)
            self.over = True
            words = said(plan.seed, plan.words)
            counts = [n for n in range(len(words) + 1) if "".join(words[:n]) == run.text]
            if not counts:
                raise Wrong(f"the text ends in a word: {run.text[-30:]!r}")
            if self.stopped and run.status == "stopped":
                return
            if run.status not in plan.ends:
                raise Wrong(f"it ended as {run.status!r}: {run.error}")
            least, most = plan.kept
            if not least <= counts[-1] <= most:
                raise Wrong(f"{counts[-1]} words of {plan.words} are there, {least} to {most} should be ({run.status})")
            if (run.status == "failed") != (run.error is not None):
                raise Wrong(f"{run.status} with {run.error!r}")
            if run.error is not None and not (run.error.message and run.error.hint):
                raise Wrong(f"an error without words: {run.error!r}")


def _crc(entries: Any, crc: int = 0) -> int:
    for entry in entries:
        crc = zlib.crc32(entry.data, zlib.crc32(repr((entry.index, entry.kind, entry.time)).encode(), crc))
    return crc
