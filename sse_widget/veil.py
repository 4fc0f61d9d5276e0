"""What of a run's text may leave the kernel: its deltas with secrets masked, also one that was cut by the borders of tokens.

A secret that comes in pieces is whole in no delta, so the texts of a part are searched as one. Where a part ends in what may be the
beginning of a secret, its last deltas are undecided until the part has gone on, was closed or the stream has ended. In the kernel
everything stays what it was: ``run.text`` is exact. Nothing of this costs anything while no secret is known.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from .deltas import Delta
from .redaction import Redactor
from .spelling import SHORTEST, Span, cover, merged

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_COLON = re.compile(r"\s*:")
_UNIT = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))|[^\\]", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_TOKENS = re.compile(r'("token"\s*:\s*")((?:[^"\\]|\\.)*)"')
_BYTES = re.compile(r'("bytes"\s*:\s*\[)([^\]]*)\]')
_DIGIT = re.compile(r"\d")


class Deltas(Protocol):
    """What a veil needs of a reading."""

    @property
    def deltas(self) -> Sequence[Delta]: ...


class _Part:
    """Where one part stands. buffer: the deltas, by number and with their texts, in which a secret may have begun; fresh: those that
    were not looked at yet; undecided: the first one that has to wait, and from which of its characters on."""

    __slots__ = ("buffer", "fresh", "undecided")

    def __init__(self) -> None:
        self.buffer: list[tuple[int, str]] = []
        self.fresh: list[tuple[int, str]] = []
        self.undecided: tuple[int, int] | None = None


class Veil:
    """Knows of every delta of a run's reading what of it is secret, and whether that is certain. Safe from any thread."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self._lock = threading.RLock()
        self._deltas: Sequence[Delta] = []
        self._version = 0
        self._count = 0
        self._parts: dict[int, _Part] = {}
        self._spans: dict[int, list[Span]] = {}
        self._torn: dict[int, list[tuple[str, list[Span]]]] = {}  # by frame, what earlier readings knew: the events are the same

    @property
    def is_needed(self) -> bool:
        """Whether there is any secret to hide."""
        return self.redactor.knows_any

    def look(self, reading: Deltas) -> None:
        """Take in what is new in a reading."""
        if not self.is_needed:
            return
        with self._lock:
            deltas, stop = reading.deltas, len(reading.deltas)
            if deltas is not self._deltas or self._version != self.redactor.version:
                self._forget()
                self._deltas, self._version = deltas, self.redactor.version
            ended = getattr(reading, "finished", False)
            parts = self._parts
            for index, (_, number, op, value) in enumerate(deltas[self._count : stop], self._count):
                if op == "append":
                    part = parts.get(number)
                    if part is None:
                        part = parts[number] = _Part()
                    part.fresh.append((index, value))
                elif op == "replace":
                    if number in parts:
                        self._decide(parts[number], ended=True)
                    parts[number] = part = _Part()
                    part.fresh.append((index, value))
                elif op == "close" and number in parts:
                    self._decide(parts.pop(number), ended=True)
            self._count = stop
            for part in parts.values():
                if part.fresh or (ended and part.undecided):
                    self._decide(part, ended=ended)

    def _forget(self) -> None:
        for index, spans in self._spans.items():
            delta = self._deltas[index]
            if (delta.value, spans) not in self._torn.get(delta.frame, ()):
                self._torn.setdefault(delta.frame, []).append((delta.value, spans))
        self._parts, self._spans, self._count = {}, {}, 0

    def _decide(self, part: _Part, *, ended: bool) -> None:
        """Search what is new of a part, together with what before it may belong to the same secret."""
        buffer = part.buffer + part.fresh
        text = buffer[0][1] if len(buffer) == 1 else "".join([text for _, text in buffer])
        part.buffer, part.fresh, part.undecided = [], [], None
        spans, tails = self.redactor.streaming.scan(text)
        if not spans and not tails:
            return
        size = len(text)
        begin = min((tail.begin for tail in tails), default=size)
        hold = min((tail.start for tail in tails), default=size)
        if ended:
            spans += [(tail.start, size) for tail in tails if tail.known >= SHORTEST]
            begin = hold = size
        if spans:
            self._note(buffer, merged(spans))
        at = 0
        for index, one in buffer:
            end = at + len(one)
            if end > begin:
                part.buffer.append((index, one))
                if end > hold and part.undecided is None:
                    part.undecided = (index, max(hold - at, 0))
            at = end

    def _note(self, buffer: list[tuple[int, str]], spans: list[Span]) -> None:
        at, found = 0, iter(spans)
        span = next(found, None)
        for index, text in buffer:
            end = at + len(text)
            here = []
            while span is not None and span[0] < end:
                if span[1] > at:
                    here.append((max(span[0] - at, 0), min(span[1], end) - at))
                if span[1] > end:
                    break
                span = next(found, None)
            if here:
                self._spans[index] = merged([*self._spans.get(index, ()), *here])
            at = end

    # --- what may be known of it ---------------------------------------------------------------------------------------
    def waits(self, index: int, part: int) -> bool:
        """Whether a delta of this number, of a part's text, is undecided."""
        known = self._parts.get(part)
        return known is not None and known.undecided is not None and index >= known.undecided[0]

    def delta(self, index: int, delta: Delta) -> Delta:
        """A delta as it may leave. index: its number in the reading looked at."""
        if delta.op not in ("append", "replace"):
            return delta._replace(value=self.redactor.covered(delta.value)) if delta.value else delta
        spans = self._spans_of(index, delta)
        return delta._replace(value=cover(delta.value, spans)) if spans else delta

    def _spans_of(self, index: int, delta: Delta) -> list[Span]:
        """The secret places of a delta; what of it is undecided counts as secret."""
        with self._lock:
            spans = self._spans.get(index, [])
            known = self._parts.get(delta.part)
            if known is not None and known.undecided is not None and index >= known.undecided[0]:
                begin = known.undecided[1] if index == known.undecided[0] else 0
                spans = merged([*spans, (begin, len(delta.value))])
            return spans

    def tell(self, reading: Deltas, owed: Sequence[int], first: int, stop: int) -> tuple[list[Delta], list[int]]:
        """Of the deltas ``owed`` and those from ``first`` to before ``stop``, what may leave, as it may; and the numbers of those that
        have to wait."""
        with self._lock:
            self.look(reading)
            waiting = any(part.undecided is not None and part.undecided[0] < stop for part in self._parts.values())
            if not owed and not waiting:
                return self._clear(reading.deltas[first:stop], first), []
            told, late = [], []
            for index in (*owed, *range(first, stop)):
                delta = reading.deltas[index]
                if delta.op in ("append", "replace") and self.waits(index, delta.part):
                    late.append(index)
                else:
                    told.append(self.delta(index, delta))
            return told, late

    def told(self, reading: Deltas, stop: int, owed: frozenset[int]) -> list[Delta]:
        """Everything to before ``stop`` but what is ``owed``, as it may leave: what `tell` gave, once more."""
        with self._lock:
            self.look(reading)
            clear = self._clear(reading.deltas[:stop], 0)
            return [delta for index, delta in enumerate(clear) if index not in owed] if owed else clear

    def _clear(self, deltas: Sequence[Delta], first: int) -> list[Delta]:
        spans = self._spans
        return [
            delta if delta[2] == "append" and index not in spans else self.delta(index, delta) for index, delta in enumerate(deltas, first)
        ]

    def of_frame(self, reading: Deltas, frame: int) -> list[Delta]:
        """What a frame added, as it may leave."""
        with self._lock:
            self.look(reading)
            return [self.delta(index, delta) if self.is_needed else delta for index, delta in _of_frame(reading.deltas, frame)]

    def hides_in(self, reading: Deltas, frame: int) -> list[tuple[str, list[Span]]]:
        """The texts that a frame added in which something is secret, and where."""
        if not self.is_needed:
            return []
        with self._lock:
            self.look(reading)
            found = list(self._torn.get(frame, ()))
            for index, delta in _of_frame(reading.deltas, frame):
                if delta.op in ("append", "replace") and (spans := self._spans_of(index, delta)):
                    found.append((delta.value, spans))
            return found

    def data(self, reading: Deltas, frame: int, text: str) -> str:
        """What a frame holds (its data, or the whole of it as it came), without its secrets and its pieces of secrets."""
        if not self.is_needed:
            return text
        return cover(*self.places(reading, frame, text))

    def places(self, reading: Deltas, frame: int, text: str) -> tuple[str, list[Span]]:
        """The same text, of the same length, in which no number spells a token, and where it holds something secret."""
        pieces = self.hides_in(reading, frame)
        spans = self.redactor.spans(text)
        if pieces:
            for value, places in pieces:
                spans += _located(text, value, places)
            # The text once more, token by token, as some providers tell how likely each was.
            spans += [found.span(2) for found in _TOKENS.finditer(text)]
            text = _BYTES.sub(lambda found: found[1] + _DIGIT.sub("1", found[2]) + "]", text)
        return text, merged(spans)

    def undecided(self, reading: Deltas) -> int | None:
        """The first frame of which it is not certain yet what of it is secret; None: there is none."""
        with self._lock:
            self.look(reading)
            open_ = [part.undecided[0] for part in self._parts.values() if part.undecided is not None]
            return reading.deltas[min(open_)].frame if open_ else None


def _of_frame(deltas: Sequence[Delta], frame: int) -> Iterator[tuple[int, Delta]]:
    index = bisect_left(deltas, frame, key=lambda delta: delta.frame)
    while index < len(deltas) and (delta := deltas[index]).frame == frame:
        yield index, delta
        index += 1


def _located(text: str, value: str, places: Sequence[Span]) -> list[Span]:
    """Where the secret places of ``value`` are in the event that brought it. If they cannot be found, all of it is masked."""
    found: list[Span] = []
    exact: list[Span] = []
    for string in _STRING.finditer(text):
        if string.end(1) - string.start(1) < len(value) or _COLON.match(text, string.end()):  # too short, or a name
            continue
        units = list(_UNIT.finditer(string[1]))
        decoded = "".join(_character(unit) for unit in units)
        for at in _all(decoded, value):
            base = string.start(1)
            where = exact if len(decoded) == len(value) else found
            where += [(base + units[at + start].start(), base + units[at + end - 1].end()) for start, end in places]
    if not exact and not found:
        found = [(at + start, at + end) for at in _all(text, value) for start, end in places]
    return exact or found or [(0, len(text))]


def _all(text: str, value: str) -> Iterator[int]:
    at = text.find(value) if value else -1
    while at >= 0:
        yield at
        at = text.find(value, at + 1)


def _character(unit: re.Match[str]) -> str:
    if unit[1]:
        return chr(int(unit[1], 16))
    return _PLAIN.get(unit[2], unit[2]) if unit[2] else unit[0]


def masked_tokens(tokens: list[list[Any]]) -> list[list[Any]]:
    """Tokens with their probabilities, without what they say: pieces of an event that holds something secret."""
    hide = "".join
    return [
        [hide("•" for _ in token), logprob, [[hide("•" for _ in other), chance] for other, chance in others]]
        for token, logprob, others in tokens
    ]
