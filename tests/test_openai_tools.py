"""Which fragment belongs to which tool call."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import OpenAIChat

from .chat import DONE, call, calls, chunk, fragment, frame, read

CALLS: dict[str, tuple[list[Any], list[tuple[str, str, Any]]]] = {
    # name: (events, calls as (id, name, parsed arguments, or as text if they are incomplete))
    "by the book": (
        [call(fragment("", name="f", index=0, id="a", type="function")), call(fragment('{"x"', index=0)), call(fragment(":1}", index=0))],
        [("a", "f", {"x": 1})],
    ),
    "parallel and interleaved": (
        [
            call(fragment("", name="f", index=0, id="a"), fragment("", name="g", index=1, id="b")),
            call(fragment("[2", index=1), fragment("[1", index=0)),
            call(fragment("]", index=0), fragment("]", index=1)),
        ],
        [("a", "f", [1]), ("b", "g", [2])],
    ),
    "no arguments at all": ([call(fragment("", name="f", index=0, id="a"))], [("a", "f", {})]),
    "arguments cut off": ([call(fragment('{"x":', name="f", index=0, id="a"))], [("a", "f", '{"x":')]),
    "whole calls without index": (
        [call(fragment("[1]", name="f", id="a"), fragment("[2]", name="f", id="b"))],
        [("a", "f", [1]), ("b", "f", [2])],
    ),
    "index null, follow-ups by id": (
        [
            call(fragment("[", name="f", index=None, id="a"), fragment("[", name="g", index=None, id="b")),
            call(fragment("1]", id="a", name=""), fragment("2]", id="b", name="")),
        ],
        [("a", "f", [1]), ("b", "g", [2])],
    ),
    "neither index nor id: the last call goes on": (
        [call(fragment("[1", name="f")), call(fragment("]")), call(fragment("[2]", name="g"))],
        [("", "f", [1]), ("", "g", [2])],
    ),
    "neither index nor id, twice in one chunk": (
        [call(fragment("[1]", name="f"), fragment("[2]", name="f"))],
        [("", "f", [1]), ("", "f", [2])],
    ),
    "id is the word null": (
        [call(fragment("[1]", name="f", id="null"), fragment("[2]", name="g", id="null"))],
        [("", "f", [1]), ("", "g", [2])],
    ),
    "one index for two ids": (
        [call(fragment("[1]", name="f", index=0, id="a")), call(fragment("[2", name="g", index=0, id="b")), call(fragment("]", index=0))],
        [("a", "f", [1]), ("b", "g", [2])],
    ),
    "one index, back to an earlier id": (
        [call(fragment("[1", name="f", index=0, id="a"), fragment("[2", name="g", index=0, id="b")), call(fragment("]", index=0, id="a"))],
        [("a", "f", [1]), ("b", "g", "[2")],
    ),
    "empty ids and names in follow-ups": (
        [
            call(fragment("[", name="f", index=0, id="a")),
            call(fragment("1", name="", index=0, id="")),
            call({"index": 0, "id": None, "function": {"name": None, "arguments": "]"}}),
        ],
        [("a", "f", [1])],
    ),
    "name repeated": ([call(fragment("[", name="f", index=0, id="a")), call(fragment("]", name="f", index=0, id="a"))], [("a", "f", [])]),
    "name in fragments": ([call(fragment(name="get_", index=0)), call(fragment("[]", name="time", index=0))], [("", "get_time", [])]),
    "id after the first fragment": ([call(fragment("[", name="f", index=0)), call(fragment("]", index=0, id="a"))], [("a", "f", [])]),
    "arguments as an object": ([call(fragment({"x": "é"}, name="f", index=0))], [("", "f", {"x": "é"})]),
    "arguments as an object, sent twice": ([call(fragment({"x": n}, name="f", index=0)) for n in (1, 2)], [("", "f", {"x": 2})]),
    "an empty object, then fragments": ([call(fragment({}, name="f", index=0)), call(fragment("[1]", index=0))], [("", "f", [1])]),
    "cohere: an object instead of a list": ([chunk({"tool_calls": fragment("[1]", name="f", id="a")})], [("a", "f", [1])]),
    "function_call": (
        [chunk({"function_call": {"name": "f", "arguments": ""}}), chunk({"function_call": {"arguments": "[1]"}})],
        [("", "f", [1])],
    ),
    "custom tool": ([call({"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "[1]"}})], [("a", "f", [1])]),
    "in a message": ([{"choices": [{"message": {"tool_calls": [fragment("[1]", name="f", id="a")]}}]}] * 2, [("a", "f", [1])]),
    "odd items": ([call(None, 3, {}, {"index": [], "id": 4, "function": "f"}), chunk({"tool_calls": "none"})], [("", "", {})]),
    "two responses in one stream": (
        [
            chunk({"tool_calls": [fragment("{}", name="f", index=0)]}),
            chunk(finish="tool_calls"),
            chunk({"tool_calls": [fragment("[1]", name="g", index=0)]}, id="c-2"),
        ],
        [("", "f", {}), ("", "g", [1])],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_tool_calls(name: str) -> None:
    events, expected = CALLS[name]
    assert calls(read(*events, DONE)) == expected


def test_what_is_known_of_a_call_is_not_sent_again() -> None:
    dialect = OpenAIChat()
    event = call(fragment("[", name="f", index=0, id="a", type="function"))
    assert [[d.op for d in dialect.read(n, frame(event), event) if d.part] for n in range(2)] == [["open", "set", "append"], ["append"]]


def test_arguments_of_an_open_call_are_not_yet_known() -> None:
    output = read(call(fragment("", name="f", index=0)), end=False)
    assert output.tool_calls[0].parsed is None
