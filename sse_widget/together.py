"""Events that a server ran together: ``data: {…}`` lines without the blank line that should end each.

By the standard that is one event whose data has several lines, and such data is no JSON. Servers written by hand send it all the
same, since clients that read line by line never notice; so the lines are read for what was meant, and a finding says so.
"""

from __future__ import annotations

from typing import Any

from .dialects.base import DONE, NOT_JSON, parse_json


def run_together(text: str) -> list[tuple[str, Any]]:
    """The events in the data of one: each line and its JSON, an object. Empty if the data is anything else.

    text: data that is no JSON as a whole. A last line that is no JSON was cut, and is left out.
    """
    found: list[tuple[str, Any]] = []
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    for number, line in enumerate(lines, 1):
        data = parse_json(line) if line.startswith("{") else NOT_JSON
        if isinstance(data, dict) or (line == DONE and found):
            found.append((line, data))
        elif number < len(lines) or not line.startswith("{"):
            return []
    return found if len(lines) > 1 else []
