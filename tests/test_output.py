"""The fold of deltas to what a response says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_widget.deltas import RESPONSE, Delta
from sse_widget.output import Choice, Output, Piece, ToolCall


def fold(*deltas: tuple[int, int, Any, Any], join: str = "") -> Output:
    output = Output(join=join)
    for delta in deltas:
        output.apply(Delta(*delta))
    return output


def opened(part: int, kind: str = "text", *, frame: int = 0, **about: Any) -> tuple[int, int, str, Any]:
    return (frame, part, "open", {"kind": kind, "choice": 0, **about})


def test_an_empty_output() -> None:
    output = Output()
    assert (output.text, output.reasoning, output.refusal, output.tool_calls, output.choices, output.finish_reason) == (
        "",
        "",
        "",
        [],
        [],
        None,
    )
    assert repr(output) == "<Output ''>"


@pytest.mark.parametrize(
    ("about", "default", "text"),
    [({}, "", "abc"), ({"join": "-"}, "", "a-b-c"), ({}, " ", "a b c"), ({"join": ""}, " ", "abc")],
)
def test_join(about: dict[str, Any], default: str, text: str) -> None:
    output = fold(opened(1, **about), (1, 1, "append", "a"), (2, 1, "append", "b"), (4, 1, "append", "c"), join=default)
    assert output.text == output.parts[0].text == text
    pieces = output.pieces(output.parts[0])
    assert [(p.frame, p.text) for p in pieces] == [(1, "a"), (2, "b"), (4, "c")]
    assert all(text[p.start : p.start + len(p.text)] == p.text for p in pieces)


def test_the_default_join_is_for_texts_only() -> None:
    output = fold(opened(1, "tool_call"), (1, 1, "append", "["), (2, 1, "append", "]"), join=" ")
    assert output.tool_calls[0].arguments == "[]"


@given(st.lists(st.one_of(st.text(max_size=3), st.none()), max_size=20), st.sampled_from(["", " ", "--"]))
def test_reading_in_between_changes_nothing(texts: list[str | None], join: str) -> None:
    output = fold(opened(1, join=join))
    known: list[str] = []
    for frame, text in enumerate(texts):
        known = ["new"] if text is None else [*known, text]
        output.apply(Delta(frame, 1, "replace", "new") if text is None else Delta(frame, 1, "append", text))
        if frame % 2:
            assert output.text == join.join(known)
    assert output.text == join.join(known)


def test_replace_forgets_the_text_but_not_its_frames() -> None:
    output = fold(opened(1), (1, 1, "append", "a"), (2, 1, "append", "b"), (5, 1, "replace", "xyz"), (6, 1, "append", "!"))
    (part,) = output.parts
    assert part.text == "xyz!"
    assert part.frames == [0, 1, 2, 5, 6]
    assert output.pieces(part) == [Piece(5, 0, "xyz"), Piece(6, 3, "!")]


def test_parts_of_a_choice_are_joined_by_kind() -> None:
    output = fold(
        opened(1, "reasoning"),
        (1, 1, "append", "hm"),
        opened(2),
        (2, 2, "append", "A."),
        opened(3, "reasoning"),
        (3, 3, "append", "so"),
        opened(4),
        (4, 4, "append", "B."),
        opened(5),
        opened(6, choice=1),
        (5, 6, "append", "other"),
        opened(7, "error"),
        (6, 7, "append", "oops"),
        join=" ",
    )
    assert (output.text, output.reasoning) == ("A. B.", "hm\n\nso")
    assert [(c.index, c.text) for c in output.choices] == [(0, "A. B."), (1, "other")]


@pytest.mark.parametrize(
    ("arguments", "closed", "parsed"),
    [
        (['{"a"', ":1}"], False, {"a": 1}),
        (['{"city": "Par'], False, {"city": "Par"}),
        (['{"a": 1, "b'], True, {"a": 1}),  # cut off
        (['{"a"'], False, {}),
        ([], False, None),
        ([], True, {}),
        ([" \n"], True, {}),
        (["[" * 100_000], True, None),
        (["no JSON"], True, None),
    ],
)
def test_tool_call_arguments(arguments: list[str], closed: bool, parsed: Any) -> None:
    output = fold(opened(1, "tool_call"), (1, 1, "set", {"id": "x", "name": "f"}), *((i, 1, "append", a) for i, a in enumerate(arguments)))
    if closed:
        output.apply(Delta(9, 1, "close", None))
    assert output.tool_calls == [ToolCall("x", "f", "".join(arguments), parsed)]


@pytest.mark.parametrize(
    ("arguments", "parsed", "complete"),
    [
        ('{"a": 1}', {"a": 1}, True),
        ('{"a": 1', {"a": 1}, False),
        ("", None, False),
        ("", {}, True),
        ("null", None, True),
        ("no", None, False),
    ],
)
def test_whether_the_arguments_are_all_there(arguments: str, parsed: Any, complete: bool) -> None:
    assert ToolCall("x", "f", arguments, parsed).complete is complete


def test_what_is_set_on_the_response() -> None:
    output = fold(
        (0, RESPONSE, "set", {"model": "m", "response_id": "r", "dialect_label": "chat", "service_tier": "flex", "role": "assistant"}),
        (1, RESPONSE, "set", {"finish_reason": {0: "stop"}}),
        (2, RESPONSE, "set", {"finish_reason": {1: "length"}, "usage": {"a": 1}}),
        (3, RESPONSE, "set", {"usage": {"b": 2}, "error": {"message": "x"}, "done": True, "a later key": 1}),
    )
    assert (output.model, output.response_id, output.dialect, output.service_tier) == ("m", "r", "chat", "flex")
    assert (output.usage, output.error, output.done, output.finish_reason) == ({"b": 2}, {"message": "x"}, True, "stop")
    assert output.choices == [Choice(n, "", "", "", [], reason, "assistant") for n, reason in enumerate(["stop", "length"])]


def test_citations_and_media() -> None:
    output = fold(
        opened(1, "citation"), (0, 1, "set", {"url": "u"}), opened(2, "media"), (1, 2, "set", {"type": "audio"}), (1, 2, "append", "said")
    )
    assert (output.citations, output.media) == ([{"url": "u"}], [{"type": "audio", "text": "said"}])


def test_to_dict_is_json_and_repr_is_short() -> None:
    output = fold(
        opened(1),
        (1, 1, "append", "long " * 1000),
        opened(2, "tool_call"),
        (2, 2, "append", '"\\ud800"'),
        opened(3, "reasoning", choice=0),
        (3, 3, "append", "hm"),
        opened(4, choice=1),
        (4, RESPONSE, "set", {"finish_reason": {0: "stop"}, "error": {"message": "bad"}}),
    )
    json.dumps(output.to_dict(), ensure_ascii=False, allow_nan=False).encode()
    assert repr(output) == (
        "<Output 'long long long long long long long long…', 2 characters of reasoning, 1 tool calls, 2 choices, stop, error 'bad'>"
    )


def test_an_unopened_part_is_an_error_of_the_dialect() -> None:
    with pytest.raises(KeyError):
        fold((0, 7, "append", "x"))
