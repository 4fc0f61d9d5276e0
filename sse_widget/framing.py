"""Which framing a stream has: how its bytes are cut into events, told by its media type or, if that is silent or lies, its bytes."""

from __future__ import annotations

import re
from typing import Final, Literal

Framing = Literal["sse", "ndjson", "json_array", "aws", "coded_lines"]
FRAMINGS: Final[tuple[Framing, ...]] = ("sse", "ndjson", "json_array", "aws", "coded_lines")

BOM: Final = b"\xef\xbb\xbf"

_BY_TYPE: Final[dict[str, Framing]] = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/jsonlines": "ndjson",
    "application/stream+json": "ndjson",
    "application/vnd.amazon.eventstream": "aws",
}
_UNTOLD_TYPES: Final = {"", "text/plain", "application/octet-stream"}
"""Types that servers send when they do not care; the bytes decide."""
_JSON_TYPES: Final = {"application/json", "text/json"}
"""Usually one whole answer; but an array may be streamed element by element, and lines of objects come under this name too."""
_DOCUMENT_TYPES: Final = _JSON_TYPES | {"text/html"}
"""What frameworks put on an answer by default, also on one that is streamed; the bytes of a document look like no stream's."""
_SSE_FIELD: Final = re.compile(rb":|(?:data|event|id|retry):")
_SSE_PREFIXES: Final = tuple(name[:n] for name in (b"data", b"event", b"id", b"retry") for n in range(1, len(name) + 1))
_OBJECT_LINE: Final = re.compile(rb"[ \t]*\{[^\n]*\}[ \t\r]*\n")
_TWO_OBJECTS: Final = re.compile(_OBJECT_LINE.pattern + rb"\s*\{")
_ARRAY: Final = re.compile(rb"\[\s*\{")
_CODED: Final = rb'(?:[03g]:"|[28]:\[|[4-79abfhk]:\{)'
_CODED_LINE: Final = re.compile(_CODED)  # what a stream of the AI SDK, version 4, can begin with; see `sse_widget.coded_lines`
_CODED_BEGUN: Final = re.compile(rb"[02-9abfghk]:?")
_LIES: Final[dict[Framing, re.Pattern[bytes]]] = {
    "sse": re.compile(rb"[\[{\0]|" + _CODED),  # a field may have any name, but nobody's begins like this
    "ndjson": re.compile(rb"[:deir\0]"),  # no JSON begins with a letter of a field's name
    "aws": re.compile(rb"[^\0]"),  # no frame has 16 MiB
}
"""First bytes that a stream of this framing does not have, whatever its type says."""
HEAD: Final = 4096
"""So many bytes, in a row of chunks, may pass before the framing must be known."""


def media_type(content_type: str | None) -> str:
    """The essence of a Content-Type header, in lower case and without parameters; "" if there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def may_be_mistaken(content_type: str | None) -> bool:
    """Whether the type is that of a document, which servers put on streams by mistake: the first bytes must tell."""
    return media_type(content_type) in _DOCUMENT_TYPES


def is_mistaken(content_type: str | None, framing: Framing | None) -> bool:
    """Whether the type says something else than what the stream is."""
    essence = media_type(content_type)
    claimed = _BY_TYPE.get(essence)
    if claimed is not None:
        return framing is not None and framing != claimed
    return essence == "text/html" or (essence in _JSON_TYPES and framing in ("sse", "aws", "coded_lines"))


def sniff(content_type: str | None, first: bytes) -> Framing | None:
    """Which framing a response has.

    content_type: the header, or None. first: the first bytes of the body; they decide if the header is missing, says nothing
    (text/plain, application/octet-stream) or is that of a document (JSON, which may be an array that is streamed, or HTML). Returns
    None for what is no stream, or not yet enough of one to tell: an event stream shows itself by the beginning of a comment or
    field, JSON lines by a first line that is an object and has ended, an array by its bracket, AWS's frames by their length, coded
    lines by the first code and the beginning of the value that belongs to it.
    """
    essence = media_type(content_type)
    if essence in _BY_TYPE:
        return _BY_TYPE[essence]
    body = first.removeprefix(BOM).lstrip(b"\r\n")
    if essence in _DOCUMENT_TYPES and (_SSE_FIELD.match(body) or _CODED_LINE.match(body)):
        return "sse" if _SSE_FIELD.match(body) else "coded_lines"
    if essence in _JSON_TYPES:
        # One object is a whole answer or an error, even if its line ends; a second one makes a stream of it.
        return "json_array" if body.lstrip().startswith(b"[") else "ndjson" if _TWO_OBJECTS.match(body) else None
    return _by_bytes(body) if essence in _UNTOLD_TYPES else None


def guess(content_type: str | None, head: bytes, *, final: bool) -> Framing | None:
    """The framing of a recording that begins with ``head``; None if more bytes may tell. A wrong guess can be read again.

    final: no more bytes will come. Unlike `sniff` it does not believe a type that the bytes contradict, and it must settle for
    something in the end: for what the type says, else for "sse", whose rules accept anything. One JSON object is a line if it
    stands on one, else the only element of an array.
    """
    final = final or len(head) >= HEAD
    claimed = _BY_TYPE.get(media_type(content_type))
    body = head.removeprefix(BOM).lstrip(b"\r\n")
    if not body or (len(head) < len(BOM) and BOM.startswith(head)):
        return (claimed or "sse") if final else None
    if not final and (body in _SSE_PREFIXES or _CODED_BEGUN.fullmatch(body)):
        return None  # no frame ends here, so nothing is kept waiting by it
    if claimed and not _LIES[claimed].match(body):
        return claimed
    found = sniff(content_type, head) if not claimed else None
    if found := found or _by_bytes(body):
        return found
    inner = body.lstrip()
    if inner.startswith(b"{"):
        return "json_array" if b"\n" in body else "ndjson" if final else None  # pretty-printed JSON breaks its first line early
    if inner.rstrip() in (b"[", b"\0", b"") and not final:
        return None
    return claimed or "sse"


def _by_bytes(body: bytes) -> Framing | None:
    """What the bytes after a byte order mark and blank lines show; None if nothing, or nothing yet."""
    if _SSE_FIELD.match(body) or body in _SSE_PREFIXES:
        return "sse"
    if body.startswith(b"\0\0"):  # the length of the first frame, which is never 64 KiB
        return "aws"
    if _ARRAY.match(body.lstrip()):
        return "json_array"
    if _CODED_LINE.match(body):
        return "coded_lines"
    return "ndjson" if _OBJECT_LINE.match(body) else None
