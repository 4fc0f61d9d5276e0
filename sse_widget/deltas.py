"""What an event adds: operations on the parts of a response.

Text that only grows cannot carry what formats produce (snapshots that replace, several choices, tool arguments, a rule
that is changed later), so every dialect speaks in these five operations and nothing else.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Op = Literal["open", "append", "replace", "set", "close"]

RESPONSE = 0
"""Part 0 is the response as a whole: model, usage, finish reasons, errors. It is never opened."""

PartKind = Literal["text", "reasoning", "refusal", "tool_call", "tool_result", "citation", "media", "step", "error", "custom"]


class Delta(NamedTuple):
    """One operation.

    frame: index of the frame that caused it. part: number of the part, counted from 1 in order of opening.
    value: for ``open`` a dict with ``kind`` and ``choice`` (and ``join`` if fragments are joined by one), for ``append``
    and ``replace`` a string, for ``set`` a dict merged into the part's fields, for ``close`` None.
    """

    frame: int
    part: int
    op: Op
    value: Any


# What a frame is coloured by on the timeline. The numbers travel to the page.
META, TEXT, REASONING, TOOL, REFUSAL, ERROR, USAGE, STEP = range(8)
CHANNEL_OF_KIND: dict[str, int] = {
    "text": TEXT,
    "reasoning": REASONING,
    "refusal": REFUSAL,
    "tool_call": TOOL,
    "tool_result": STEP,  # it comes from a tool, so it is nothing that the model wrote
    "citation": META,
    "media": TEXT,
    "step": STEP,
    "error": ERROR,
    "custom": META,
}
