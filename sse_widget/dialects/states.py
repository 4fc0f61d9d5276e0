"""How far a step or a tool's result is: the field ``state`` of its part, in the same few words for every format."""

from __future__ import annotations

import re
from typing import Any, Final

IN_PROGRESS: Final = "in_progress"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
DENIED: Final = "denied"
STATES: Final = (IN_PROGRESS, COMPLETED, FAILED, CANCELLED, DENIED)
"""All that ``state`` can be. The provider's own word, which says more at times, is in the event."""

# In this order: "partial-failure" has failed, "unsuccessful" and "incomplete" too.
_WORDS: Final = (
    (DENIED, re.compile(r"denied|rejected|refused|declined")),
    (CANCELLED, re.compile(r"cancel|abort|stopped|skipped")),
    (FAILED, re.compile(r"fail|error|exception|incomplete|unsuccess|expired|exceeded|timed?_?out|unsafe|paywall|invalid")),
    (COMPLETED, re.compile(r"complete|success|succeeded|done|finished|ended|(^|_)ok$")),
)


def state_of(word: Any, otherwise: str = IN_PROGRESS) -> str:
    """A provider's word for how far something is, as one of `STATES`; ``otherwise`` for a word that says nothing, or none."""
    text = word.lower().replace("-", "_") if isinstance(word, str) else ""
    return next((state for state, words in _WORDS if words.search(text)), otherwise)
