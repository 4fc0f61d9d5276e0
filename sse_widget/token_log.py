"""The lines of ``log=True``: one for each fragment of text, with the time at which it came."""

from __future__ import annotations

import logging
from datetime import datetime, timezone

from .deltas import Delta
from .spelling import BULLET
from .veil import Deltas, Veil

logger = logging.getLogger("sse_widget.stream")


class TokenLog:
    """Writes the fragments of one run. One that may be the beginning of a secret is written when that is decided, with its own time."""

    def __init__(self, run: str, veil: Veil) -> None:
        self._run = run
        self._veil = veil
        self._waiting: list[tuple[int, Delta, str]] = []
        self._deltas: object = None

    def put(self, reading: Deltas, index: int, delta: Delta) -> None:
        """A fragment has come. index: its number among the deltas of this reading."""
        if reading.deltas is not self._deltas:  # another reading: what waits of the one before will not be decided any more
            for _, old, stamp in self._waiting:
                self._line(BULLET * len(old.value), stamp)
            self._waiting, self._deltas = [], reading.deltas
        self._waiting.append((index, delta, datetime.now(timezone.utc).isoformat(timespec="milliseconds")))

    def write(self, reading: Deltas) -> None:
        """Write what may be written."""
        veil, waiting = self._veil, []
        if self._waiting:
            veil.look(reading)
        for index, delta, stamp in self._waiting:
            if veil.is_needed and veil.waits(index, delta.part):
                waiting.append((index, delta, stamp))
            else:
                self._line(veil.delta(index, delta).value if veil.is_needed else delta.value, stamp)
        self._waiting = waiting

    def _line(self, text: str, stamp: str) -> None:
        logger.info('[STREAM][%s] Token: "%s" at %s', self._run, text, stamp)
