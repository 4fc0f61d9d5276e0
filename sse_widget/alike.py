"""Events that are one like another but for their text, so that their JSON need not be parsed: only the text is new.

Chunks of a chat are mostly that: ``{"id": "…", "choices": [{"delta": {"content": "Hel"}}]}``, again and again. Where an event is
``head + text + tail``, no string in the head and the tail holds a backslash, and the text holds neither quote nor backslash nor
control character, then an event with the same head and tail parses to the same JSON with another text in the same place.
"""

from __future__ import annotations

import re
from typing import Any, Final

_OTHER: Final = frozenset({"obfuscation", "p"})
"""Members that are looked at for themselves in each event, see `faults`."""


class Alike:
    """Knows one event's head and tail. key: the member that holds the text."""

    def __init__(self, key: str) -> None:
        self._quoted = f'"{key}"'
        self._opening = re.compile(rf'{self._quoted}[ \t\r\n]*:[ \t\r\n]*"')
        self._known = False
        self._head = self._tail = self._type = ""
        self._from = self._less = 0
        self._missed = 0
        self.number = 0
        """Which of several texts it is: a choice's number."""

    def text(self, type: str, data: str) -> str | None:
        """The text of an event that is like the known one, printable ASCII and not empty; None: it has to be parsed."""
        if not self._known or not data.startswith(self._head) or not data.endswith(self._tail) or type != self._type:
            return None
        text = data[self._from : len(data) - self._less]  # empty if head and tail overlap
        if not text or '"' in text or "\\" in text or not text.isascii() or not text.isprintable():
            return None
        self._missed = 0
        return text

    def learn(self, type: str, data: str, value: dict[str, Any], text: str, number: int) -> None:
        """Learn from an event that had to be parsed, and adds this text alone. type, data: its own; value: its JSON.

        Where events are not alike that is in vain, so it is tried ever more rarely.
        """
        if self._known and type == self._type and data.startswith(self._head) and data.endswith(self._tail):
            self._missed = 0  # it is like the others, and only its text must be parsed
            return
        self._known = False  # two looks in turn may have two labels
        self._missed += 1
        if self._missed & (self._missed - 1) or "\\" in data or data.count(self._quoted) != 1 or not _OTHER.isdisjoint(value):
            return
        found = self._opening.search(data)
        if found is None or not data.startswith(f'{text}"', found.end()):
            return
        self._head, self._tail = data[: found.end()], data[found.end() + len(text) :]
        self._from, self._less = len(self._head), len(self._tail)
        self._type, self.number, self._known = type, number, True
