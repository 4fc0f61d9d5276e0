"""Conformance cases of event streams, as data: what arrives, and what a conforming client makes of it.

Derived from https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. A row is
``(name, stream, events)`` or ``(name, stream, events, retry)``. In a stream given as text, ``¦`` is where one chunk ends and the
next begins; a list is chunks. An event is its data, if it is a message without an id, else ``(data, id)`` or ``(data, id, type)``.
retry is the reconnection time in ms that is in force at the end.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """events: (type, data, last event id) of each dispatched event. retry: ms, None if never set."""

    group: str
    name: str
    chunks: tuple[bytes, ...]
    events: list[tuple[str, str, str]]
    retry: int | None

    @property
    def label(self) -> str:
        return f"{self.group}-{self.name}"


MARK = "\ufeff"  # one byte order mark, once encoded
LONG = "x" * 3000
HUGE = "z" * (5 << 20)


def bytewise(stream: str) -> list[bytes]:
    return [bytes([byte]) for byte in stream.encode()]


def by(size: int, stream: str) -> list[bytes]:
    data = stream.encode()
    return [data[i : i + size] for i in range(0, len(data), size)]


TABLE: dict[str, list[tuple[Any, ...]]] = {
    "line-ends": [
        ("lf", "data: one\ndata: two\n\n", ["one\ntwo"]),
        ("crlf", "data: one\r\ndata: two\r\n\r\n", ["one\ntwo"]),
        ("cr", "data: one\rdata: two\r\r", ["one\ntwo"]),
        ("all-three-in-one-event", "data: 1\ndata: 2\r\ndata: 3\rdata: 4\n\n", ["1\n2\n3\n4"]),
        ("all-pairs-as-blank-line", "data: 1\n\ndata: 2\r\rdata: 3\r\n\r\ndata: 4\r\n\ndata: 5\n\r\ndata: 6\r\r\n", [*"123456"]),
        ("lf-cr-is-two-ends", "data: 1\n\rdata: 2\n\r", ["1", "2"]),
        ("bare-names-between", "data:x\r\ndata\ndata:y\r\n\r\n", ["x\n\ny"]),
        ("blank-lines-before", "\n\r\n\r\r\ndata: a\n\n", ["a"]),
        ("blank-lines-between", "data: a\n\n\n\r\n\r\rdata: b\r\r\r", ["a", "b"]),
        ("crlf-cut-in-line", "data: a\r¦\ndata: b\r¦\n\r¦\n", ["a\nb"]),
        ("crlf-cut-at-every-end", "data: a\r¦\n¦\r¦\ndata: b\r¦\n¦\r¦\n", ["a", "b"]),
        ("cut-cr-then-two-lf", "data: a\r¦\n\ndata: b\n\n", ["a", "b"]),
        ("cut-cr-then-lf-alone-then-lf", "data: a\r¦\n¦\ndata: b\n\n", ["a", "b"]),
        ("cut-after-two-cr", "data: a\r\r¦data: b\r\r", ["a", "b"]),
        ("cut-after-two-cr-then-lf", "data: a\r\r¦\ndata: b\n\n", ["a", "b"]),
        ("cut-cr-empty-chunk-lf", [b"data: a\r", b"", b"\ndata: b\n\n"], ["a\nb"]),
        ("lf-bytewise", bytewise("data: a\ndata: b\n\ndata: c\n\n"), ["a\nb", "c"]),
        ("crlf-bytewise", bytewise("data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n"), ["a\nb", "c"]),
        ("cr-bytewise", bytewise("data: a\rdata: b\r\rdata: c\r\r"), ["a\nb", "c"]),
        ("crlf-by-three", by(3, "data: a\r\ndata: bb\r\n\r\ndata: c\r\n\r\n"), ["a\nbb", "c"]),
    ],
    "not-line-ends": [
        *((f"u{ord(char):04x}", f"data: l{char}r\n\n", [f"l{char}r"]) for char in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"),
        ("in-type-and-id", "event: a\u2028b\nid: c\x85d\ndata: x\n\n", [("x", "c\x85d", "a\u2028b")]),
        ("all-bytewise", bytewise("data: 1\x0b2\x0c3\x1c4\x855\u20286\n\n"), ["1\x0b2\x0c3\x1c4\x855\u20286"]),
        ("escaped-newlines-are-text", "data: a\\nb\\r\\n\n\n", ["a\\nb\\r\\n"]),
    ],
    "bom": [
        ("dropped", f"{MARK}data: a\n\n", ["a"]),
        ("cut-after-1", [b"\xef", b"\xbb\xbfdata: a\n\n"], ["a"]),
        ("cut-after-2", [b"\xef\xbb", b"\xbfdata: a\n\n"], ["a"]),
        ("bytewise", bytewise(f"{MARK}data: a\n\n"), ["a"]),
        ("alone-in-chunk", f"{MARK}¦data: a\n\n", ["a"]),
        ("after-empty-chunk", [b"", f"{MARK}data: a\n\n".encode()], ["a"]),
        ("before-type", f"{MARK}event: t\nid: 1\ndata: a\n\n", [("a", "1", "t")]),
        ("before-comment", f"{MARK}: hello\ndata: a\n\n", ["a"]),
        ("before-blank-line", f"{MARK}\ndata: a\n\n", ["a"]),
        ("only-the-first-of-two", f"{MARK}{MARK}data: a\ndata: b\n\ndata: c\n\n", ["b", "c"]),
        ("not-after-a-blank-line", f"\n{MARK}data: a\n\ndata: b\n\n", ["b"]),
        ("not-at-a-later-block", f"data: a\n\n{MARK}data: b\n\ndata: c\n\n", ["a", "c"]),
        ("kept-in-value", f"data: a\n\ndata: {MARK}b{MARK}\n\n", ["a", f"{MARK}b{MARK}"]),
        ("half-of-one-is-text", [b"\xef\xbbdata: a\n\ndata: b\n\n"], ["b"]),
        ("utf-16-mark-is-text", [b"\xff\xfedata: a\n\ndata: b\n\n"], ["b"]),
    ],
    "utf8": [
        ("two-three-four-bytes", "data: é€😀\n\n", ["é€😀"]),
        ("bytewise", bytewise("data: é€😀豆腐\n\n"), ["é€😀豆腐"]),
        ("cut-in-character", [b"data: \xf0\x9f", b"\x98", b"\x80!\n\n"], ["😀!"]),
        ("in-type-and-id", "event: é\nid: 豆\ndata: x\n\n", [("x", "豆", "é")]),
        ("lone-ff", [b"data: a\xffb\n\ndata: c\n\n"], ["a\ufffdb", "c"]),
        ("lone-continuation", [b"data: a\x85b\n\n"], ["a\ufffdb"]),
        ("cut-off-by-lf", [b"data: \xe2\x82\ndata: b\n\n"], ["\ufffd\nb"]),
        ("cut-off-by-cr-in-next-chunk", [b"data: \xf0\x9f\x98", b"\rdata: b\r\r"], ["\ufffd\nb"]),
        ("overlong", [b"data: \xc0\xaf\n\n"], ["\ufffd\ufffd"]),
        ("surrogate", [b"data: \xed\xa0\x80\n\n"], ["\ufffd\ufffd\ufffd"]),
        ("above-10ffff", [b"data: \xf4\x90\x80\x80\n\n"], ["\ufffd" * 4]),
        ("in-type-and-id-invalid", [b"event: \xff\nid: \xfe\ndata: x\n\n"], [("x", "\ufffd", "\ufffd")]),
        ("nul-is-text", "data: a\0b\n\n", ["a\0b"]),
        ("end-in-character", [b"data: a\n\ndata: \xe2\x82"], ["a"]),
    ],
    "fields": [
        ("colons-in-value", "data: a: b::c\n\n", ["a: b::c"]),
        ("one-space-goes", "data:  a  \n\n", [" a  "]),
        ("tab-stays", "data:\ta\ndata:\u00a0b\n\n", ["\ta\n\u00a0b"]),
        ("no-space", "data:a\nevent:t\nid:1\n\n", [("a", "1", "t")]),
        ("no-colon", "data\n\ndata\ndata\n\n", ["", "\n"]),
        ("empty-value", "data:\n\ndata: \n\n", ["", ""]),
        ("empty-lines-kept", "data:\ndata: a\ndata:\n\n", ["\na\n"]),
        ("unknown-names", "foo: 1\ndat: 2\ndatas: 3\nda ta: 4\ndata : 5\n data: 6\ndata: ok\n\n", ["ok"]),
        ("names-match-case", "Data: 1\nDATA: 2\nEvent: t\nID: 1\ndata: ok\n\n", ["ok"]),
        ("nul-in-name", "data\0: 1\n\0data: 2\ndata: ok\n\n", ["ok"]),
        ("line-of-a-space-is-no-blank-line", "data: a\n \ndata: b\n\n", ["a\nb"]),
        ("line-of-a-tab-is-no-blank-line", "data: a\n\t\ndata: b\n\n", ["a\nb"]),
        ("type", "event: t\ndata: a\n\ndata: b\n\n", [("a", "", "t"), "b"]),
        ("type-last-wins", "event: t\nevent: u\ndata: a\n\n", [("a", "", "u")]),
        ("type-taken-back", "event: t\nevent\ndata: a\n\n", ["a"]),
        ("type-empty-is-message", "event:\ndata: a\n\n", ["a"]),
        ("type-after-data", "data: a\nid: 1\nevent: t\n\n", [("a", "1", "t")]),
        ("type-without-data", "event: t\n\ndata: a\n\n", ["a"]),
        ("comments", ": a\n:\n::\n:data: no\n\ndata: a\n: ping\ndata: b\n\n", ["a\nb"]),
        ("comment-long-with-nul", f":\0{LONG}\rdata: a\n:{LONG}\r\ndata: b\n\n", ["a\nb"]),
        ("comments-alone", ": a\n\n: b\n\n", []),
    ],
    "id": [
        ("set", "id: 1\ndata: a\n\n", [("a", "1")]),
        ("stays", "id: 1\ndata: a\n\ndata: b\n\n", [("a", "1"), ("b", "1")]),
        ("changes", "id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n", [("a", "1"), ("b", "2"), ("c", "2")]),
        ("taken-back-by-colon", "id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n", [("a", "1"), "b", "c"]),
        ("taken-back-by-name", "id: 1\ndata: a\n\nid\ndata: b\n\n", [("a", "1"), "b"]),
        ("last-in-block-wins", "id: 1\nid: 2\ndata: a\n\n", [("a", "2")]),
        ("with-nul-ignored", "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [("a", "1"), ("b", "1")]),
        ("alone-dispatches-nothing", "id: 1\n\ndata: a\n\n", [("a", "1")]),
        ("taken-back-alone", "id: 1\ndata: a\n\nid\n\ndata: b\n\n", [("a", "1"), "b"]),
        ("then-blank-lines", "id: 1\ndata: a\n\n\n\n\r\n\ndata: b\n\n", [("a", "1"), ("b", "1")]),
        ("then-pings", "id: 1\ndata: a\n\n: ping\n\n: ping\n\ndata: b\n\n", [("a", "1"), ("b", "1")]),
        ("spaces-kept", "id:  a b \ndata: x\n\n", [("x", " a b ")]),
        ("with-colon", "id: a:1\ndata: x\n\n", [("x", "a:1")]),
    ],
    "retry": [
        ("set", "retry: 1500\ndata: a\n\n", ["a"], 1500),
        ("no-space", "retry:20\n\n", [], 20),
        ("zero", "retry: 0\n\n", [], 0),
        ("leading-zeros", "retry: 007\n\n", [], 7),
        ("last-wins", "retry: 1\nretry: 2\n\n", [], 2),
        ("at-once-without-blank-line", "retry: 15\n", [], 15),
        ("not-without-line-end", "retry: 15", [], None),
        ("alone-dispatches-nothing", "retry: 1\n\ndata: a\n\n", ["a"], 1),
        ("stays", "retry: 9\ndata: a\n\ndata: b\n\n", ["a", "b"], 9),
        *(
            (f"ignored-{name}", f"retry: 3\nretry:{value}\ndata: a\n\n", ["a"], 3)
            for name, value in {
                "empty": "",
                "letters": " 1000x",
                "minus": " -5",
                "plus": " +5",
                "two-spaces": "  5",
                "space-after": " 5 ",
                "underscore": " 1_0",
                "arabic-digits": " ٣٤",
                "fraction": " 1.5",
                "exponent": " 1e3",
                "hex": " 0x10",
                "superscript": " 5²",
                "5000-digits": " " + "9" * 5000,
            }.items()
        ),
        ("5000-zeros", "retry: " + "0" * 5000 + "8\n\n", [], 8),
    ],
    "end": [
        ("nothing", [], []),
        ("no-blank-line", "data: a\n\ndata: b", ["a"]),
        ("one-lf", "data: a\n\ndata: b\n", ["a"]),
        ("one-crlf", "data: a\r\n\r\ndata: b\r\n", ["a"]),
        ("one-cr", "data: a\n\ndata: b\r", ["a"]),
        ("cr-is-the-blank-line", "data: a\r\n\r", ["a"]),
        ("two-cr", "data: a\r\r", ["a"]),
        ("done-unterminated", 'data: {"a":1}\n\ndata: [DONE]', ['{"a":1}']),
        ("id-not-in-force", "id: 1\ndata: a\n\nid: 2\ndata: b\n", [("a", "1")]),
        ("in-a-comment", "data: a\n\n: pin", ["a"]),
    ],
    "chunks": [
        ("event-over-three", "data: te¦st¦ing\n\n", ["testing"]),
        ("cut-in-name", "da¦ta: a\n¦\n", ["a"]),
        ("cut-before-colon-and-space", "data¦:¦ a\n\n", ["a"]),
        ("end-and-begin-in-one", "data: a¦b\n\ndata:¦c\n\n", ["ab", "c"]),
        ("blank-line-alone", "data: a\n¦\n¦data: b\n¦\n", ["a", "b"]),
        ("empty-chunks", [b"", b"data: a", b"", b"\n", b"", b"\n", b""], ["a"]),
        ("thousand-in-one", "".join(f"data: {i}\n\n" for i in range(1000)), [str(i) for i in range(1000)]),
        ("5-mib-in-one", [f"data: {HUGE}\n\n".encode()], [HUGE]),
        ("5-mib-by-4-kib", by(4096, f"data: {HUGE}\n\n"), [HUGE]),
        ("65536-lines", "data: y\n" * 65536 + "\n", ["\n".join(["y"] * 65536)]),
    ],
}


def _case(group: str, name: str, stream: str | list[bytes], events: list[Any], retry: int | None = None) -> Case:
    chunks = stream if isinstance(stream, list) else [chunk.encode() for chunk in stream.split("¦")]
    rows = [(event,) if isinstance(event, str) else event for event in events]
    full = [(*row, *("", "message")[len(row) - 1 :]) for row in rows]
    return Case(group, name, tuple(chunks), [(kind, data, identity) for data, identity, kind in full], retry)


CASES = [_case(group, *row) for group, rows in TABLE.items() for row in rows]
