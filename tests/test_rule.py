"""Any stream read by a rule: extract, parse, join."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sse_widget.dialects import RuleDialect, parse_json
from sse_widget.dialects.jsonpath import child, compile_path
from sse_widget.errors import UsageError
from sse_widget.output import Output
from sse_widget.wire import EVENT, TAIL, Frame

SENTENCES = ["Hello!", "The weather is sunny today.", "Perfect for a walk."]


def read(dialect: RuleDialect, *events: Any, last: int = EVENT) -> Output:
    """The output of events: texts as they are, all else as JSON. last: kind of the last frame."""
    output = Output()
    for index, event in enumerate(events):
        text = event if isinstance(event, str) else json.dumps(event)
        kind = last if index == len(events) - 1 else EVENT
        for delta in dialect.read(index, Frame(kind, 0.0, 0, 0, 0, "message", "", text, None), parse_json(text)):
            output.apply(delta)
    for delta in dialect.end(len(events)):
        output.apply(delta)
    return output


@pytest.mark.parametrize(
    ("extract", "events", "text"),
    [
        ("$.result.text", [{"result": {"text": "Hel"}}, {"result": {"text": "lo"}}], "Hello"),
        ("$.result.text", [{"result": {}}, {"result": None}, {"result": "x"}, [], {"result": {"text": None}}, "no JSON"], ""),
        ("$.a[1].b", [{"a": [0, {"b": "x"}]}, {"a": [0]}, {"a": "no list"}, {"a": {"1": 0}}], "x"),
        ("$.a[-1]", [{"a": ["x", "y"]}, {"a": []}, {"a": "string"}], "y"),
        ("$", ['"quoted "', '"text"'], "quoted text"),
        ("$..text", [{"x": [{"text": "a"}, {"deep": {"text": "b"}}]}], "ab"),
        ("$.parts[?@.type=='text'].v", [{"parts": [{"type": "text", "v": "a"}, {"type": "img", "v": "no"}]}], "a"),
        ("$['odd name']['']", [{"odd name": {"": "x"}}], "x"),
        ("$.n", [{"n": 1}, {"n": 2.5}, {"n": True}, {"n": {"k": ["é"]}}, {"n": 0}], '12.5true{"k":["é"]}0'),
        ("$.t", [{"t": "a"}, "[DONE]", {"t": "b"}], "ab"),
    ],
)
def test_extract(extract: str, events: list[Any], text: str) -> None:
    assert read(RuleDialect(extract=extract), *events).text == text


STATUS = ["Analyzing your query…", "Retrieving relevant data…", "Generating final response…"]


@pytest.mark.parametrize(
    "rule",
    [
        RuleDialect(extract={"step": "$.status", "text": "$.delta"}),
        RuleDialect(parse=lambda data: {"step": json.loads(data).get("status"), "text": json.loads(data).get("delta")}),
    ],
)
def test_status_texts_are_steps(rule: RuleDialect) -> None:
    events = [{"status": STATUS[0]}, {"status": STATUS[0]}, {"status": STATUS[1]}, {"status": STATUS[2]}, {"delta": "Pi"}, {"delta": "zza"}]
    output = read(rule, *events)
    assert [(p.kind, p.text, p.frames) for p in output.parts] == [
        ("step", STATUS[0], [0]),
        ("step", STATUS[1], [2]),
        ("step", STATUS[2], [3]),
        ("text", "Pizza", [4, 5]),
    ]
    assert output.text == "Pizza"


def test_named_channels() -> None:
    rule = RuleDialect(extract={"text": "$.say", "reasoning": "$.think", "usage": "$.usage", "step": "$.step"}, join=" ")
    output = read(
        rule,
        {"think": "One.", "step": "search"},
        {"think": "Two.", "step": "search"},
        {"say": "A.", "step": "write"},
        {"say": "B.", "usage": {"output_tokens": 4}},
    )
    assert (output.text, output.reasoning, output.usage) == ("A. B.", "One. Two.", {"output_tokens": 4})
    assert [(p.text, p.closed) for p in output.parts if p.kind == "step"] == [("search", True), ("write", True)]
    assert (rule.matched, rule.events) == (4, 4)


@pytest.mark.parametrize(
    ("parse", "extract", "events", "text"),
    [
        (lambda data: data.upper(), None, ["hel", "lo\n", " w"], "HELLO\n W"),
        (lambda data: None if data == "ping" else data, None, ["a", "ping", "b"], "ab"),
        (lambda data: {"v": data[::-1]}, "$.v", ["ab", "cd"], "badc"),
        (json.loads, "$.v", [{"v": "x"}], "x"),
        (json.loads, None, [{"text": "x", "other": 1}, {"nothing": 1}], "x"),
        (lambda data: data.upper(), "$.v", ["plain text goes on as it is"], "PLAIN TEXT GOES ON AS IT IS"),
    ],
)
def test_parse(parse: Callable[[str], Any], extract: str | None, events: list[Any], text: str) -> None:
    rule = RuleDialect(parse=parse, extract=extract)
    assert read(rule, *events).text == text
    assert rule.failures == []


def test_parse_can_name_channels() -> None:
    output = read(RuleDialect(parse=lambda data: {"reasoning": data, "usage": 3}), "hm")
    assert (output.text, output.reasoning, output.usage) == ("", "hm", {"output_tokens": 3})


def test_join_merges_sentences() -> None:
    events = [{"result": {"text": s}} for s in SENTENCES]
    rule = RuleDialect(extract="$.result.text", join=" ")
    assert read(rule, *events).text == "Hello! The weather is sunny today. Perfect for a walk."
    assert not rule.promises_end


def test_join_also_stands_between_matches_of_one_event() -> None:
    output = read(RuleDialect(extract="$.s[*]", join=" "), {"s": SENTENCES[:2]}, {"s": SENTENCES[2:]})
    assert output.text == " ".join(SENTENCES)
    assert [len(output.pieces(p)) for p in output.parts] == [2]


def test_a_parse_that_raises_marks_its_event_and_reading_goes_on() -> None:
    rule = RuleDialect(parse=lambda data: str(10 // int(data)))
    assert read(rule, "5", "0", "x", "2").text == "25"
    assert [(frame, type(error)) for frame, error in rule.failures] == [(1, ZeroDivisionError), (2, ValueError)]
    assert (rule.failure_count, rule.events, rule.matched) == (2, 4, 2)


def test_a_parse_that_returns_an_odd_type_has_failed() -> None:
    rule = RuleDialect(parse=lambda data: 3)
    assert read(rule, "a").text == ""
    assert "returned int" in str(rule.failures[0][1])


def test_failures_are_counted_without_end_but_kept_in_bounds() -> None:
    rule = RuleDialect(parse=lambda data: 1 / 0)
    read(rule, *["x"] * 1500)
    assert (rule.failure_count, len(rule.failures)) == (1500, 1000)


def test_half_an_event_at_the_end_is_no_failure() -> None:
    rule = RuleDialect(parse=lambda data: json.loads(data)["t"])
    assert read(rule, {"t": "a"}, '{"t": "b', last=TAIL).text == "a"
    assert rule.failure_count == 0
    assert read(RuleDialect(extract="$.t"), {"t": "a"}, {"t": "b"}, last=TAIL).text == "ab"


@pytest.mark.parametrize("rule", [RuleDialect(extract="$.text"), RuleDialect(parse=lambda data: None)], ids=["extract", "parse"])
def test_an_error_is_found_where_the_rule_finds_nothing(rule: RuleDialect) -> None:
    output = read(rule, {"error": {"message": "quota", "type": "limit"}})
    assert output.error == {"message": "quota", "type": "limit", "code": None}


def test_done_is_an_end_and_not_given_to_parse() -> None:
    rule = RuleDialect(parse=lambda data: json.loads(data)["t"])
    assert read(rule, {"t": "a"}, "[DONE]").done
    assert rule.ended
    assert rule.failures == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs extract or parse"),
        ({"extract": "result.text"}, r"not a JSONPath.*perhaps '\$\.result\.text'"),
        ({"extract": "[0]"}, r"perhaps '\$\[0\]'"),
        ({"extract": "$.a["}, "not a JSONPath"),
        ({"extract": {"txt": "$.a"}}, "no channel to extract 'txt'.*Did you mean 'text'"),
        ({"extract": {"text": 3}}, "must be a str, not int"),
        ({"extract": 3}, "must be a JSONPath or a dict of them, not int"),
        ({"parse": "upper"}, "must be a function"),
    ],
)
def test_faulty_rules(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RuleDialect(**options)


def shout(data: str) -> str:
    return data.upper()


@pytest.mark.parametrize(
    ("rule", "description"),
    [
        (RuleDialect(extract="$.a"), "extract='$.a'"),
        (RuleDialect(extract={"text": "$.a"}, parse=shout), "extract={'text': '$.a'}, parse=shout"),
    ],
)
def test_describe(rule: RuleDialect, description: str) -> None:
    assert rule.describe() == description


@pytest.mark.parametrize("name", ["a", "é", "a b", "a'b", "a\\b", "a.b", "", "1", "\n"])
def test_child_names_any_member(name: str) -> None:
    assert list(compile_path(child("$", name))({name: "x"})) == ["x"]


def test_deep_data_does_not_raise() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert len(list(compile_path("$..a")(deep))) < 5000
    assert list(compile_path("$.a.b")(deep)) == []
