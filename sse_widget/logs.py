"""Keeps the secrets that are known out of logs: ours, and those of the libraries that carry our requests.

httpx writes every URL at INFO, with its query; httpcore writes at DEBUG what the server answers, hpack what is sent. A filter on their
loggers replaces nothing but the secrets that a run knows of, and lets every line through. What a server sets in a cookie is known
too late for the line that tells of it, so that is masked by its name.
"""

from __future__ import annotations

import logging
import re

from .redaction import MASK, is_secret_name, mask_all

LOGGERS = (
    "sse_widget",
    "httpx",
    "httpx2",
    *(f"{package}.{room}" for package in ("httpcore", "httpcore2") for room in ("connection", "http11", "http2", "proxy", "socks")),
    "hpack.hpack",
    "hpack.table",
)
_PAIR = re.compile(r"""\(b?(['"])([A-Za-z0-9_-]+)\1, b?(['"])(.*?)(?<!\\)\3([,)])""")


class Guard(logging.Filter):
    """Masks what goes through a logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except Exception:  # arguments that do not fit: logging itself will say so
            return True
        shown = mask_all(_PAIR.sub(_without_value, said))
        if shown != said:
            record.msg, record.args = shown, ()
        if record.exc_info:
            said = logging.Formatter().formatException(record.exc_info)
            shown = mask_all(said)
            if shown != said:
                record.exc_info, record.exc_text = None, shown
        return True


def _without_value(pair: re.Match[str]) -> str:
    if not is_secret_name(pair[2]):
        return pair[0]
    return f"({pair[1]}{pair[2]}{pair[1]}, {pair[3]}{MASK}{pair[3]}{pair[5]}"


_guard = Guard()


def guard() -> None:
    """Stand before the loggers; once is enough."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_guard)  # a filter that is there already is not added again
