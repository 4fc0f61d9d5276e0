"""How a connection broke, in words. The HTTP libraries say it in terms of their own insides, or not at all."""

from __future__ import annotations

import errno
from typing import Final

_RESET: Final = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})
_NO_HTTP: Final = "what came is no HTTP/1.1"
INCOMPLETE: Final = "the other side closed it, and the answer is incomplete"
TOO_SHORT: Final = "the other side closed it before the answer was as long as it says (Content-Length)"
WRONG_CHUNKS: Final = "the answer's chunks do not have the lengths that they say"

_WORDS: Final = (
    # What h11 and httpcore say (0.16, 1.0), in part; what is to be said.
    ("without sending a response", "the server closed it without an answer"),
    ("receive buffer too long", "the head of the answer is too long, or is none"),
    ("illegal request line", _NO_HTTP),
    ("illegal status line", _NO_HTTP),
    ("illegal header line", f"{_NO_HTTP}: a line of its head is no header"),
    ("content-length", "the length that the answer says it has (Content-Length) is none, or there are two"),
    ("chunk header", WRONG_CHUNKS),
    ("chunk footer", WRONG_CHUNKS),
    ("incomplete chunked read", INCOMPLETE),
    ("complete message body (received", TOO_SHORT),
    ("<streamreset", "the other side reset this stream of the connection (HTTP/2)"),
    ("<connectionterminated", "the other side announced the end of the connection (HTTP/2), and the client did not read on"),
    ("while decompressing", "the answer is not coded as its Content-Encoding says, or is damaged"),
)


def how_it_broke(error: BaseException) -> str:
    """The end of a sentence: "The connection broke: …". error: of httpx, httpx2, httpcore or requests."""
    said = str(error)
    lowered = said.lower()
    for theirs, ours in _WORDS:
        if theirs in lowered:
            return ours
    name = type(error).__name__
    if (name in ("ReadError", "WriteError") and not said) or "reset by peer" in lowered or errno_of(error) in _RESET:
        return "the other side reset it"
    if not said and name.endswith("Timeout"):
        return f"nothing came for longer than its timeout allows ({name})"
    return said.rstrip(".") or name


def errno_of(error: BaseException) -> int | None:
    """The number of the operating system's error, if there is one below."""
    link: BaseException | None = error
    for _ in range(10):
        if link is None:
            return None
        if isinstance(link, OSError) and link.errno is not None:
            return link.errno
        link = link.__cause__ or link.__context__
    return None
