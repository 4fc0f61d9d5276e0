"""Very large JSON, read and let go without keeping the other threads waiting.

The json module reads a document in one C call, and nobody else runs meanwhile: 20 MB of small objects take half a second, and to free them
takes as long again, in one piece. The time stamps of all other streams would be late by that. So what is large is read by pieces: C reads
what fits into a window of the text, and only the containers that are larger are walked through here, where the interpreter can be handed
on, which it is every 5 ms (`sys.getswitchinterval`). Whoever has done with the value calls `sweep`, which frees it by the same pieces. It
doubles the cost, so it is only for what is large. A long string needs none of this: 20 MB of text or base64 take 20 to 50 ms.
"""

from __future__ import annotations

import contextlib
import gc
import json
import re
from collections.abc import Iterator
from typing import Any, Final

LARGE: Final = 1 << 20
"""Characters from which on a document counts as large; it takes some 10 ms."""
_WINDOW: Final = 1 << 16
"""Characters that are read in one go."""
_MARGIN: Final = 8
"""Characters by which a value must end before its window does: the "1" at an end may be the beginning of "1.5e+7"."""
_DEEPEST: Final = 64
"""Levels that are walked through; below, no document that means anything has so much in one place."""
_PATIENCE: Final = 2
"""Wrong guesses in a row after which an array is read item by item."""
_CLOSE: Final = {"{": "}", "[": "]", '"': '"'}

_c_decode = json.JSONDecoder().raw_decode
_FIRST: Final = re.compile(r"[ \t\n\r]*")
_NEXT: Final = re.compile(r"[ \t\n\r]*([],}])[ \t\n\r]*")
_COLON: Final = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")

_kept: list[list[Any]] = []


def raw_decode(text: str, *, keep: bool = False) -> tuple[Any, int]:
    """As `json.JSONDecoder.raw_decode`. keep: until `sweep` is called. Raises ValueError and RecursionError as json's does."""
    reader = _Reader(text)
    with _uncollected():
        found = reader.value(0, 0)
    if keep:
        _kept.append(reader.pieces)
    return found


def sweep() -> None:
    """Free by pieces what was read to be kept until now, as far as nobody else has it. Cheap if there is nothing."""
    while _kept:
        pieces = _kept.pop()
        pieces.reverse()  # in the order in which they were made: so they lie in memory
        while pieces:
            pieces.pop()


class _Reader:
    """pieces: the values that C read in one go. Something else than the document itself holds them, so it goes to pieces by itself."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._window, self._base = text[:_WINDOW], 0
        self.pieces: list[Any] = []

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value that begins at ``at``, and where it ends."""
        while True:
            window, base = self._window, self._base
            if at - base < len(window):
                try:
                    value, end = _c_decode(window, at - base)
                except (ValueError, RecursionError):
                    pass  # its end is not in the window, or it is none
                else:
                    if end + _MARGIN <= len(window) or base + len(window) == len(self._text):
                        if value.__class__ is dict or value.__class__ is list:
                            self.pieces.append(value)
                        return value, base + end
            if base == at:
                break
            self._window, self._base = self._text[at : at + _WINDOW], at
        first = self._text[at : at + 1]
        if depth < _DEEPEST and first == "[":
            return self._array(at + 1, depth + 1)
        if depth < _DEEPEST and first == "{":
            return self._object(at + 1, depth + 1)
        return _c_decode(self._text, at)

    def _array(self, at: int, depth: int) -> tuple[list[Any], int]:
        text = self._text
        items: list[Any] = []
        at = _FIRST.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if text.startswith("]", at):
            return items, at + 1
        patience = _PATIENCE
        while True:
            while patience:
                several = self._several(at, items)
                if several == at:
                    patience -= 1
                    break
                at, patience = several, _PATIENCE
            value, at = self.value(at, depth)
            items.append(value)
            sign, end, at = self._sign(at)
            if sign == "]":
                return items, end
            if sign != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)

    def _several(self, at: int, items: list[Any]) -> int:
        """Read all items of an array that end in one window, if a guess where the last of them ends is right: one by one, numbers and
        strings would take ten times as long. Returns where the next one begins; ``at`` if the guess was wrong."""
        text = self._text
        close = _CLOSE.get(text[at : at + 1], "")
        cut = text.rfind(close + ",", at, at + _WINDOW) + len(close)
        if cut <= at:
            return at
        try:
            several, end = _c_decode(f"[{text[at:cut]}]")
        except (ValueError, RecursionError):
            return at
        if end != cut - at + 2:
            return at
        items += several
        self.pieces.append(several)
        return _FIRST.match(text, cut + 1).end()  # type: ignore[union-attr]

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        text = self._text
        members: dict[str, Any] = {}
        at = _FIRST.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith("}", at):
            return members, at + 1
        while True:
            if not text.startswith('"', at):
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
            name, at = _c_decode(text, at)
            colon = _COLON.match(text, at)
            if colon is None:
                raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
            members[name], at = self.value(colon.end(), depth)
            sign, end, at = self._sign(at)
            if sign == "}":
                return members, end
            if sign != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)

    def _sign(self, at: int) -> tuple[str, int, int]:
        """What follows a value, where that ends, and where what follows it begins."""
        found = _NEXT.match(self._text, at)
        return ("", at, at) if found is None else (found[1], found.end(1), found.end())


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles, of which JSON has none: with every million new objects that would take longer, and be as deaf.

    Afterwards they count as old: as new ones they would be looked through by the very next object that is made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # or somebody has frozen what is to stay so
            gc.freeze()
            gc.unfreeze()
        if enabled:
            gc.enable()
