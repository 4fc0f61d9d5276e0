"""Parts of the front end that are too heavy to be saved with every widget: the page asks for them when it first needs them."""

from __future__ import annotations

import functools
import pathlib

from ..errors import UsageError

STATIC = pathlib.Path(__file__).parent.parent / "static"
ASSETS = ("charts", "code", "math")
"""Modules of ``js/src/lazy``: the charts, colours for code, and formulas."""


@functools.cache
def asset(name: str) -> bytes:
    """The module of this name, as JavaScript. Raises UsageError for anything but one of ``ASSETS``, and if it is not built."""
    if name not in ASSETS:
        raise UsageError("There is no such part of the front end.")
    try:
        return (STATIC / f"{name}.js").read_bytes()
    except OSError:
        raise UsageError("This part of the front end is missing from this installation.") from None
