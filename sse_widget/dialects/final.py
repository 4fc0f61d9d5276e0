"""Formats that say each text twice: in fragments, and whole once it is complete."""

from __future__ import annotations

from collections.abc import Hashable

from ..deltas import PartKind
from .base import mend
from .brief import BriefFields


class FinalTexts(BriefFields):
    """Keeps what was written, so that the whole text that follows neither doubles it nor is lost where no fragment came."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._written: dict[Hashable, list[str]] = {}

    def _write(self, key: Hashable, kind: PartKind, fragment: str) -> None:
        """A fragment of the text under ``key``."""
        if fragment:
            self._written.setdefault(key, []).append(fragment)
            self._append(key, kind, fragment)

    def _final(self, key: Hashable, kind: PartKind, text: str) -> None:
        """The text under ``key`` as a whole, perhaps for the third time. It is the truth: what differs is replaced.

        Nothing is done for an empty text, nor for a part that has been closed since.
        """
        fragments = self._written.get(key)
        if not text or (fragments is not None and key not in self._parts):
            return
        known, text = mend("".join(fragments or ())), mend(text)
        if text == known:
            return
        if text.startswith(known):
            self._append(key, kind, text[len(known) :])
        else:
            self._replace(key, kind, text)
        self._written[key] = [text]

    def _instead(self, key: Hashable, kind: PartKind, fragment: str) -> None:
        """The first fragment of a text that an announcement seemed to have whole: it counts instead."""
        self._written[key] = [fragment]
        self._replace(key, kind, fragment)

    def _spoken(self, key: Hashable) -> bool:
        """Whether the part under ``key`` has any text."""
        return bool(self._written.get(key))
