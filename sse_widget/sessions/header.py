"""The session's id as a header of every request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from ..errors import UsageError

ASKED = (str, httpx.URL, httpx.Request)
"""Sources for which a request is made."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, 5.6.2: what the name of a header may be."""


def checked(header: Any) -> str:
    """The header's name, "" for none. Raises UsageError for what is no name of a header."""
    if header is None:
        return ""
    if not isinstance(header, str) or not _TOKEN.fullmatch(header):
        raise UsageError('header must be the name of a header, such as "X-Session-Id".')
    return header


def named_in(headers: Any, name: str, id: str) -> Any:
    """The headers with one more, unless they have it: what somebody has written down for one stream counts."""
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
    if any(isinstance(pair, (tuple, list)) and len(pair) == 2 and str(pair[0]).lower() == name.lower() for pair in pairs):
        return headers
    return {**headers, name: id} if isinstance(headers, Mapping) else [*pairs, (name, id)]
