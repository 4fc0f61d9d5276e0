"""Very large JSON, read without keeping the other threads waiting.

The json module reads a document in one C call, and nobody else runs meanwhile: 20 MB of small objects take half a second, of numbers a
fifth, and the time stamps of all other streams would be late by that. A function of Python's that is called for every object and number
is a place where the interpreter can be handed on, which it is every 5 ms (`sys.getswitchinterval`). It doubles the cost, so it is only for
what is large. A long string needs no such place: 20 MB of text or base64 take 20 to 50 ms.
"""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Iterator
from typing import Any

LARGE = 1 << 20
"""Characters from which on a document counts as large; it takes some 10 ms."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(pairs)


def _float(text: str) -> float:
    return float(text)


def _int(text: str) -> int:
    return int(text)


_raw_decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_int).raw_decode


def raw_decode(text: str) -> tuple[Any, int]:
    """As `json.JSONDecoder.raw_decode`. Raises ValueError and RecursionError as that does."""
    with _uncollected():
        return _raw_decode(text)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles, of which JSON has none: with every million new objects that would take longer, and be as deaf."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
