"""What is worth a sentence: cuts, lines that were lost, rules that do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_widget.dialects import NOT_JSON, Dialect, GenericJSON, OpenAIChat, RuleDialect, UnknownJSON
from sse_widget.findings import Finding, collect
from sse_widget.wire import EVENT, Frame


def fed(dialect: Dialect, *events: Any) -> Dialect:
    for index, event in enumerate(events):
        text = event if isinstance(event, str) else json.dumps(event)
        dialect.read(index, Frame(EVENT, 0.0, 0, 0, 0, "message", "", text, None), NOT_JSON if isinstance(event, str) else event)
    return dialect


STALL = Finding("stall", "warning", "x", (1, 2), 1.0, 2.0)

CUT = ("cut_off", "error", "The stream was cut off: it broke. What came before is kept.")

CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "nothing": ({"dialect": OpenAIChat()}, []),
    "cut off": ({"cut_off": "it broke."}, [CUT]),
    "ignored lines": (
        {"ignored": [3, 7]},
        [("ignored", "warning", "2 lines without a field name of the standard: every client drops such lines, which may hold an error.")],
    ),
    "invalid utf-8": (
        {"invalid_utf8": 1},
        [("invalid_utf8", "warning", "1 line held bytes that are not UTF-8; each such place reads as \ufffd.")],
    ),
    "parse raised sometimes": (
        {"dialect": fed(RuleDialect(parse=lambda data: f"{1 / int(data)}"), "1", "0", "3")},
        [("parse", "warning", "parse raised on 1 of 3 events, so they were left out; the first time ZeroDivisionError: division by zero.")],
    ),
    "parse raised always": (
        {"dialect": fed(RuleDialect(parse=lambda data: data[99]), "1", "2")},
        [
            (
                "parse",
                "error",
                "parse raised on every event, so nothing could be read; the first time IndexError: string index out of range.",
            )
        ],
    ),
    "extract matched nothing": (
        {"dialect": fed(RuleDialect(extract="$.a"), {"b": 1}, {"b": 2})},
        [("extract", "error", "The rule extract='$.a' matched none of 2 events; an event's data shows what it should name.")],
    ),
    "rule without events": ({"dialect": RuleDialect(extract="$.a")}, []),
    "rule that fits": ({"dialect": fed(RuleDialect(extract="$.a"), {"a": "x"}, {"b": 2})}, []),
    "unknown json": (
        {"dialect": fed(UnknownJSON(), {"result": {"text": "a"}, "id": "1"})},
        [
            (
                "unknown",
                "warning",
                "The events are JSON of an unknown format, so no text can be shown; say where it stands, "
                "for instance extract='$.result.text' (or $.id).",
            )
        ],
    ),
    "an error and nothing else": ({"dialect": fed(UnknownJSON(), {"error": {"message": "busy"}}, {"error": "gone"})}, []),
    "unknown json without strings": (
        {"dialect": fed(UnknownJSON(), {"n": 1})},
        [("unknown", "warning", "The events are JSON of an unknown format, so no text can be shown, and none of them holds a string.")],
    ),
    "a guess": (
        {"dialect": fed(GenericJSON(), *({"result": {"text": text}} for text in "abc"))},
        [
            (
                "guess",
                "info",
                "Nobody vouches for this format: by a guess the text at $.result.text is read; "
                "extract='$.result.text' would make it a rule.",
            )
        ],
    ),
    "two guesses": (
        {"dialect": fed(GenericJSON(), *({"thinking": one, "answer": other} for one, other in ("ax", "by", "cz")))},
        [
            (
                "guess",
                "info",
                "Nobody vouches for this format: by a guess the text at $.answer and the reasoning at $.thinking is read; "
                "extract={'text': '$.answer', 'reasoning': '$.thinking'} would make it a rule.",
            )
        ],
    ),
    "no guess yet": ({"dialect": GenericJSON()}, []),
    "gravest first, stalls last": (
        {"stalls": [STALL], "cut_off": "it broke", "ignored": [0]},
        [
            CUT,
            ("ignored", "warning", "1 line without a field name of the standard: every client drops such lines, which may hold an error."),
            ("stall", "warning", "x"),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_collect(name: str) -> None:
    options, expected = CASES[name]
    found = collect(**options)
    assert [(f.kind, f.severity, f.message) for f in found] == expected
    assert json.loads(json.dumps([f.to_dict() for f in found]))[:1] == [f.to_dict() for f in found][:1]


def test_frames_of_findings() -> None:
    (found,) = collect(ignored=[3, 5, 7])
    assert found.frames == (3, 7)
    (found,) = collect(dialect=fed(RuleDialect(parse=int), "x", "y", "z"))
    assert found.frames == (0, 2)


def test_many_stalls_end_in_a_summary() -> None:
    found = collect(stalls=[STALL] * 60)
    assert len(found) == 51
    assert found[-1].message == "10 more stalls, the longest 2.00 s."
