"""Reads JSON that has not all come yet: it is closed where it stands, and then parsed.

One pass finds the last place where a value was complete and which brackets are open there. Nothing is repaired that more text
could not complete, so what is no JSON stays unread.
"""

from __future__ import annotations

import json
import re
from typing import Any

# A token each: a string with its end if that has come, a bracket or sign, or a run that is a number or a literal.
_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)("?)|[{}\[\],:]|[^\s"{}\[\],:\\]+|\s+', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LITERALS = frozenset({"true", "false", "null"})
# A string as far as its escapes are whole; the first half of a surrogate pair is whole only with its second.
_HALF_PAIR = r"[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z"
_WHOLE = re.compile(rf"[^\\]*(?:\\(?:[^u]|u(?!{_HALF_PAIR})[0-9a-fA-F]{{4}})[^\\]*)*", re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def parse_partial(text: str) -> Any:
    """``text`` as JSON as far as it goes; None if nothing of it can be read yet, or if it is no JSON.

    A string is cut where it is, a number likewise (``1`` of ``1.5``). A literal that is not complete and a key without its value
    are left out. The cost is linear in the length of ``text``. Never raises.
    """
    try:
        return json.loads(_closed(text))
    except (ValueError, RecursionError):
        return None


def _closed(text: str) -> str:
    """``text`` up to the last place where it could have ended, and what closes the brackets that are open there."""
    brackets: list[str] = []
    safe, ending = 0, ""
    key = False  # a string that comes now is a key, which is nothing before its value has begun
    at = 0
    while token := _TOKEN.match(text, at):
        found, start, at = token.group(), at, token.end()
        sign = found[0]
        if sign == '"':
            whole = None if token.group(2) else _WHOLE.match(text, start + 1)
            if not key:
                safe, ending = (whole.end(), '"') if whole else (at, "")
            if whole:
                at = len(text)
        elif sign in "{[":
            brackets.append(_CLOSING[sign])
            key = sign == "{"
            safe = at
        elif sign in "}]":
            if not brackets or brackets.pop() != sign:
                return text
            key = False
            safe = at
        elif sign == ",":
            key = bool(brackets) and brackets[-1] == "}"
        elif sign == ":":
            key = False
        elif found in _LITERALS:
            safe = at
        elif number := _NUMBER.match(found):
            safe = at if at < len(text) else start + number.end()
    if at < len(text):
        return text  # a backslash outside a string: the parser will refuse it
    return text[:safe] + ending + "".join(reversed(brackets))
