"""Packages that only some ways in need: brought in when such a one is used, and missed in words."""

from __future__ import annotations

import importlib
from typing import Any, Final

from ..errors import UsageError

_PACKAGES: Final = {"websockets": "websocket", "grpc": "grpc"}
"""Which extra brings a package."""


def needed(module: str) -> Any:
    """A module of an optional package, such as "websockets.asyncio.client". Raises UsageError, which names the extra, without it."""
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        extra = _PACKAGES[package]
        raise UsageError(
            f"{package} is needed for this, and it cannot be imported: {error}.", hint=f'pip install "sse_widget[{extra}]" brings it.'
        ) from None
