"""Reading the text of an answer piece by piece."""

from __future__ import annotations

from .deltas import RESPONSE
from .reading import Reading


class TextCursor:
    """Gives the answer's new fragments (first choice) each time it is asked, with joins, so that joined they are the text."""

    def __init__(self, reading: Reading) -> None:
        self._given = -1  # the last frame of which a fragment was given
        self._begin(reading)

    def _begin(self, reading: Reading) -> None:
        self._reading, self._number = reading, reading.number
        self._after = self._given
        self._next = 0
        self._joins: dict[int, str] = {}
        self._lengths: dict[int, int] = {}

    def take(self, reading: Reading | None = None) -> list[str]:
        """The fragments since the last call.

        reading: the one in force now, if it may be another. It goes on after the last frame of which a fragment was given, so no
        event is given twice, and a reading that had found no text yet is made up for.
        """
        reading = reading or self._reading
        if reading is not self._reading or reading.number != self._number:
            self._begin(reading)
        texts = []
        deltas = self._reading.deltas
        stop = len(deltas)
        for delta in deltas[self._next : stop]:
            if delta.part == RESPONSE:
                continue
            if delta.op == "open":
                if delta.value["kind"] == "text" and delta.value.get("choice", 0) == 0:
                    self._joins[delta.part] = delta.value.get("join", "")
                    self._lengths[delta.part] = 0
            elif delta.part in self._joins and delta.op in ("append", "replace"):
                text: str = delta.value
                if delta.op == "replace":  # a snapshot: what it adds to what was given
                    text = text[self._lengths[delta.part] :]
                elif self._lengths[delta.part]:
                    text = self._joins[delta.part] + text
                self._lengths[delta.part] += len(text)
                if text and delta.frame > self._after:
                    texts.append(text)
                    self._given = delta.frame
        self._next = stop
        return texts
