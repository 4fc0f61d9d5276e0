"""A reader: when each word of an answer can be read, and when somebody who reads at an even speed is done with it.

Definitions:

* A *word* is a run of characters without spaces that has a letter or a digit; Markdown's own signs are none. Of Chinese and Japanese,
  which part no words, two characters count as one: a rule of thumb.
* 238 *words a minute* are the mean silent reading rate of adults in English, over 190 studies (M. Brysbaert, How many words do we read per
  minute?, Journal of Memory and Language 109, 2019; fiction 260; most people read between 175 and 300).
* A word *can be read* once its last character has come. The reader reads word after word, each for 60 / speed seconds, and waits for a
  word that is not there yet: ``end(i) = max(end(i - 1), there(i)) + 60 / speed``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reading import Reading

WORDS_PER_MINUTE = 238.0
_EAST = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{_EAST}]{{1,2}}|[^\s{_EAST}]*[^\W_{_EAST}][^\s{_EAST}]*")


def arrivals(pieces: Iterable[tuple[float, str]]) -> list[float]:
    """When each word of a text could be read. pieces: time (s) and fragment, in order."""
    times, texts = [], []
    for time, text in pieces:
        times.append(time)
        texts.append(text)
    ends = list(accumulate(map(len, texts)))
    return [times[bisect_left(ends, found.end())] for found in WORD.finditer("".join(texts))]


def answer(reading: Reading) -> list[tuple[float, str]]:
    """Time and text of the fragments of the answer: the first choice's text, or its refusal."""
    output, times = reading.output, reading.frames.times
    found: list[tuple[float, str]] = []
    for part in output.parts:
        if part.choice != 0 or part.kind not in ("text", "refusal"):
            continue
        for number, piece in enumerate(output.pieces(part)):
            before = part.join if number else "\n" if found else ""
            found.append((times[piece.frame], before + piece.text))
    return found


def ends(there: Sequence[float], speed: float) -> list[float]:
    """When the reader is done with each word. there: when each can be read, s; speed: words a minute."""
    each = 60 / speed
    at, found = 0.0, []
    for time in there:
        at = max(at, time) + each
        found.append(at)
    return found
