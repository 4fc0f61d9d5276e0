"""Which framing a stream has, by its type and its first bytes. What a recording makes of it stands in test_frames."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.framing import guess, is_mistaken, media_type, sniff

SNIFFED: list[tuple[str | None, bytes, str | None]] = [
    ("text/event-stream", b"", "sse"),
    ("Text/Event-Stream ; charset=latin-1", b"{}\n", "sse"),
    ("text/event-stream;", b"", "sse"),
    ("text/event-streamfoo", b"data: a\n\n", None),
    ("x-text/event-stream", b"data: a\n\n", None),
    ("application/x-ndjson", b"", "ndjson"),
    ("application/jsonl; charset=utf-8", b"", "ndjson"),
    ("application/stream+json", b"", "ndjson"),
    ("application/x-jsonlines", b"", "ndjson"),
    # Called a document by mistake: the bytes tell, but the mere beginning of a field's name does not.
    ("application/json", b"data: a\n\n", "sse"),
    ("text/html; charset=utf-8", b"data: a\n\n", "sse"),
    ("text/html", b": hello", "sse"),
    ("text/html", b"data", None),
    ("text/html", b"<p>data: a", None),
    ("application/xml", b"data: a\n\n", None),
    *((kind, b"data: a", "sse") for kind in (None, "", "text/plain", "TEXT/PLAIN; charset=utf-8", "application/octet-stream")),
    (None, b"", None),
    (None, b"d", "sse"),
    (None, b"event", "sse"),
    (None, b"id:", "sse"),
    (None, b"retry: 5", "sse"),
    (None, b": ping", "sse"),
    (None, b"\xef\xbb\xbf\r\n\n:", "sse"),
    (None, b"\xef\xbb", None),
    (None, b"dates: 1", None),
    (None, b"Data: a", None),
    (None, b"idea", None),
    (None, b'{"a":1}\n', "ndjson"),
    (None, b'\n{"a":1}\r\n{"b"', "ndjson"),
    (None, b'{"a":1}', None),
    (None, b'{\n  "a": 1\n}\n', None),
    (None, b"<html>", None),
    ("application/vnd.amazon.eventstream", b"", "aws"),
    ("application/octet-stream", b"\0\0\0\x70", "aws"),
    (None, b"\0", None),
    (None, b"\0\0", "aws"),
    (None, b"[", None),
    (None, b'[{"a"', "json_array"),
    (None, b"\xef\xbb\xbf [\r\n  {", "json_array"),
    (None, b"[DONE]", None),
    ("application/json", b"", None),
    ("application/json; charset=UTF-8", b"[", "json_array"),
    ("Text/JSON", b" \r\n[1", "json_array"),
    ("application/json", b'{"error": 1}\n', None),
    ("application/json", b'{"a": 1}\n{"a": 2}\n', "ndjson"),
    ("text/html", b"[{", None),
    *((kind, b'0:"Hel"\n', "coded_lines") for kind in (None, "text/plain; charset=utf-8", "text/html", "application/json")),
    ("text/plain", b'f:{"messageId"', "coded_lines"),
    ("text/plain", b"2:[", "coded_lines"),
    ("text/plain", b"0:", None),
    ("text/plain", b"0:1", None),
    ("text/plain", b'2:"', None),
    ("text/plain", b"9: lives", None),
]


@pytest.mark.parametrize(("content_type", "first", "framing"), SNIFFED)
def test_sniff(content_type: str | None, first: bytes, framing: str | None) -> None:
    assert sniff(content_type, first) == framing


@pytest.mark.parametrize(
    ("header", "essence"),
    [(None, ""), ("", ""), (" Text/Plain ", "text/plain"), ("a/B;c=D", "a/b"), ("text/event-stream;x bogus", "text/event-stream")],
)
def test_media_type(header: str | None, essence: str) -> None:
    assert media_type(header) == essence


MISTAKEN: list[tuple[str | None, Any, bool]] = [
    ("text/html", "sse", True),
    ("application/json", "sse", True),
    ("application/json", "ndjson", False),
    ("application/json", "json_array", False),
    ("text/plain", "coded_lines", False),
    ("text/event-stream", "coded_lines", True),
    ("text/event-stream", "ndjson", True),
    ("text/event-stream", "sse", False),
    ("text/event-stream", None, False),
    ("application/x-ndjson", "sse", True),
    ("text/plain", "sse", False),
    (None, "sse", False),
]


@pytest.mark.parametrize(("content_type", "framing", "mistaken"), MISTAKEN)
def test_is_mistaken(content_type: str | None, framing: Any, mistaken: bool) -> None:
    assert is_mistaken(content_type, framing) == mistaken


LIES: list[tuple[str | None, bytes, bool, str | None]] = [
    # (type, first bytes, whether more may come, framing): the bytes win where they cannot be what the type says
    ("text/event-stream", b"data: a", True, "sse"),
    ("text/event-stream", b"whatever", True, "sse"),
    ("text/event-stream", b"\n", True, None),
    ("text/event-stream", b"\0", True, None),
    ("text/event-stream", b"\0\0\0\x70", True, "aws"),
    ("text/event-stream", b"[", True, None),
    ("text/event-stream", b"[{", True, "json_array"),
    ("text/event-stream", b"[DONE]", True, "sse"),
    ("text/event-stream", b'{"a"', True, None),
    ("text/event-stream", b'{"a": 1}', False, "ndjson"),
    ("text/event-stream", b'{"a": 1}\n', True, "ndjson"),
    ("text/event-stream", b'{\n "a"', True, "json_array"),
    ("application/x-ndjson", b"data: {}", True, "sse"),
    ("application/x-ndjson", b"[1]", True, "ndjson"),
    ("application/x-ndjson", b"\0\0", True, "aws"),
    ("application/vnd.amazon.eventstream", b"\0", True, "aws"),
    ("application/vnd.amazon.eventstream", b'{"message": "no"}', False, "ndjson"),
    ("application/vnd.amazon.eventstream", b"\x7f", True, "aws"),
    ("application/json", b"data: a\n", True, "sse"),
    ("application/json", b"[", True, "json_array"),
    ("text/event-stream", b"0", True, None),
    ("text/event-stream", b"0:", True, None),
    ("text/event-stream", b'0:"', True, "coded_lines"),
    ("text/event-stream", b"0:", False, "sse"),
    ("text/plain", b"f", True, None),
    (None, b"f:", True, None),
    (None, b"f: a", True, "sse"),
    (None, b"[\n", True, None),
    (None, b"[\n", False, "sse"),
    (None, b"", False, "sse"),
]


@pytest.mark.parametrize(("content_type", "head", "more", "framing"), LIES)
def test_a_type_that_lies(content_type: str | None, head: bytes, more: bool, framing: str | None) -> None:
    assert guess(content_type, head, final=not more) == framing


@pytest.mark.parametrize("content_type", [None, "text/event-stream", "application/json"])
def test_it_must_be_known_in_the_end(content_type: str | None) -> None:
    assert guess(content_type, b"{" + b" " * 5000, final=False) == "ndjson"
