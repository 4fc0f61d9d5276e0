"""When within a page's frame a batch goes. Pure: the clock is passed in (seconds).

A page shows what it has once a frame. A batch that comes right after a frame has begun waits for the next one, up to 17 ms for nothing;
and batches of four widgets that come one after the other have the page laid out in every frame. So each page says when its frames are,
by our clock and through everything that lies between, and batches go right before those: all widgets' with the same ones.
"""

from __future__ import annotations

from math import isfinite

FRAME = 1 / 60
"""Seconds between two frames. On a screen with 120 or 240 a second every second or fourth of them is meant; with others nobody
waits for more than 7 ms, and pages do not say anything since they find no rhythm."""
BEAT = 2 * FRAME
"""Seconds between two instants at which batches go."""
LEAD = 0.0025
"""Seconds that a batch has to spare beside what its page has found that most of them need."""
EASE = 0.25
"""A page that needs batches sooner gets them at once; one that could do with later ones is followed by so much of the difference."""


class Phase:
    """A grid of instants, as far as a page has said where it is. One for a kernel: two pages on one screen have the same frames."""

    def __init__(self) -> None:
        self._at: float | None = None

    def heard(self, frame: float) -> None:
        """What was sent at ``frame``, or any number of frames before or after it, came right with a frame of the page."""
        at = frame - LEAD
        if self._at is None:
            self._at = at
        else:  # the same frames as before: only a half of them is used, and all widgets use the same half
            apart = (at - self._at + FRAME / 2) % FRAME - FRAME / 2
            self._at += apart if apart < 0 else apart * EASE

    def nearest(self, due: float) -> float:
        """The instant nearest to ``due``; itself if there is nothing to go by."""
        if self._at is None or not isfinite(due):
            return due
        return self._at + round((due - self._at) / BEAT) * BEAT


PHASE = Phase()
"""That of this kernel's pages."""
