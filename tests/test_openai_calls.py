"""What OpenAI Responses call: functions of the client, and tools of the server. A stream's name says what is special about it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .responses import PLAIN, added, completed, created, done, event, message, read, rotating, say
from .typed import mutated, parts


def function(arguments: Any = "", *, call: str = "call_1", name: str = "f", **fields: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": call, "name": name, "arguments": arguments, **fields}


def arguments(fragment: str, place: int = 0) -> dict[str, Any]:
    return event("function_call_arguments.delta", place, delta=fragment)


SECOND = function(call="call_2", name="g") | {"id": "fc_2"}

CALLS: dict[str, tuple[list[Any], list[tuple[str, str, str]]]] = {
    "fragments": (
        [added(function()), arguments('{"a":'), arguments("1}"), done(function('{"a":1}')), completed(function('{"a":1}'))],
        [("call_1", "f", '{"a":1}')],
    ),
    "ids that rotate": (rotating([added(function()), arguments('{"a":1}'), done(function('{"a":1}'))]), [("call_1", "f", '{"a":1}')]),
    "arguments only in output_item.done": ([added(function()), done(function('{"a":1}'))], [("call_1", "f", '{"a":1}')]),
    "the item is the truth": ([added(function()), arguments('{"a":'), done(function('{"b":2}'))], [("call_1", "f", '{"b":2}')]),
    "arguments whole at the start, and again": (
        [added(function('{"a":1}')), arguments('{"a"'), arguments(":1}")],
        [("call_1", "f", '{"a":1}')],
    ),
    "arguments whole at the start alone": ([added(function('{"a":1}')), completed()], [("call_1", "f", '{"a":1}')]),
    "announced twice": ([added(function()), arguments("{"), added(function()), arguments("}")], [("call_1", "f", "{}")]),
    "arguments as an object": ([done(function({"a": [1]}))], [("call_1", "f", '{"a":[1]}')]),
    "arguments.done only": ([added(function()), event("function_call_arguments.done", arguments="{}")], [("call_1", "f", "{}")]),
    "not announced": ([arguments("{"), arguments("}"), done(function("{}"))], [("call_1", "f", "{}")]),
    "parallel and interleaved": (
        [
            added(function()),
            added(function(call="call_2", name="g") | {"id": "fc_2"}, 1),
            arguments("{", 0),
            arguments("[", 1),
            arguments("}"),
            arguments("]", 1),
        ],
        [("call_1", "f", "{}"), ("call_2", "g", "[]")],
    ),
    "parallel, every item at place 0": (
        [
            added(function()),
            arguments("{}"),
            done(function("{}")),
            added(function(call="call_2", name="g") | {"id": "fc_2"}),
            arguments("[]"),
            done(function("[]", call="call_2", name="g") | {"id": "fc_2"}),
        ],
        [("call_1", "f", "{}"), ("call_2", "g", "[]")],
    ),
    "parallel and interleaved, every item at place 0": (
        [
            added(function()),
            added(SECOND),
            {**arguments("{"), "item_id": "fc_1"},
            {**arguments("["), "item_id": "fc_2"},
            {**arguments("}"), "item_id": "fc_1"},
            {**arguments("]"), "item_id": "fc_2"},
        ],
        [("call_1", "f", "{}"), ("call_2", "g", "[]")],
    ),
    "complete items at place 0": (
        [done(function("{}")), done({**SECOND, "arguments": "[]"})],
        [("call_1", "f", "{}"), ("call_2", "g", "[]")],
    ),
    "the same id for every item": (
        [
            added(function()),
            added({**SECOND, "id": "fc_1"}, 1),
            {**arguments("{}"), "item_id": "fc_1"},
            {**arguments("[]", 1), "item_id": "fc_1"},
        ],
        [("call_1", "f", "{}"), ("call_2", "g", "[]")],
    ),
    "custom tool": (
        [
            added({"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": ""}),
            event("custom_tool_call_input.delta", delta="SELECT"),
            event("custom_tool_call_input.delta", delta=" 1"),
            event("custom_tool_call_input.done", input="SELECT 1"),
            done({"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"}),
        ],
        [("c", "sql", "SELECT 1")],
    ),
    "codex: final output empty": ([added(function()), done(function("{}")), completed()], [("call_1", "f", "{}")]),
    "xai: tools that its search uses": (
        [done({"type": "custom_tool_call", "call_id": "xs", "name": "x_keyword_search", "input": "{}"})],
        [],
    ),
    "a tool of the client with such a name": (
        [
            created(tools=[{"type": "custom", "name": "x_keyword_search"}]),
            done({"type": "custom_tool_call", "call_id": "c", "name": "x_keyword_search", "input": "q"}),
        ],
        [("c", "x_keyword_search", "q")],
    ),
    "server tools": ([done({"type": kind, "arguments": "{}"}) for kind in ("mcp_call", "shell_call", "new_call")], []),
}


@pytest.mark.parametrize("name", CALLS)
def test_tool_calls(name: str) -> None:
    events, expected = CALLS[name]
    output = read(*events)
    assert [(c.id, c.name, c.arguments) for c in output.tool_calls] == expected


def test_a_call_without_arguments_has_none_once_it_is_complete() -> None:
    assert [c.parsed for c in read(added(function()), end=False).tool_calls] == [None]
    assert [c.parsed for c in read(added(function()), done(function("")), end=False).tool_calls] == [{}]


SEARCH = {"type": "web_search_call", "id": "ws", "status": "in_progress"}
FOUND = {**SEARCH, "status": "searching", "action": {"type": "search", "query": "news"}}
MCP = {"type": "mcp_call", "id": "m", "name": "ask", "server_label": "wiki", "arguments": "", "output": None, "error": None}
IMAGE = {"type": "image_generation_call", "id": "ig", "status": "generating", "result": "QUJD", "output_format": "png"}
CODE = {"type": "code_interpreter_call", "code": "1+1", "outputs": [{"type": "logs", "logs": "2"}], "container_id": "c"}
SHELL = {"type": "shell_call", "action": {"commands": ["ls", "pwd"]}, "status": "completed"}

STEPS: dict[str, tuple[list[Any], list[tuple[str, str, dict[str, Any]]]]] = {
    "web search": (
        [added(SEARCH), event("web_search_call.searching"), event("web_search_call.completed"), done(FOUND)],
        [("step", "news", {"name": "web_search", "state": "completed", "action": {"type": "search", "query": "news"}})],
    ),
    "still searching": (
        [added(SEARCH), event("web_search_call.searching")],
        [("step", "", {"name": "web_search", "state": "in_progress"})],
    ),
    "mcp call": (
        [
            added(MCP),
            event("mcp_call_arguments.delta", delta='{"q":'),
            event("mcp_call_arguments.delta", delta="1}"),
            event("mcp_call_arguments.done", arguments='{"q":1}'),
            done({**MCP, "arguments": '{"q":1}', "output": "an answer"}),
        ],
        [("step", '{"q":1}', {"name": "ask", "server_label": "wiki", "state": "completed", "output": "an answer"})],
    ),
    "mcp call that failed": (
        [done({**MCP, "error": "no such page"})],
        [("step", "", {"name": "ask", "server_label": "wiki", "state": "failed", "error": "no such page"})],
    ),
    "code interpreter": (
        [
            added({"type": "code_interpreter_call", "code": ""}),
            event("code_interpreter_call_code.delta", delta="1+"),
            event("code_interpreter_call_code.delta", delta="1"),
            event("code_interpreter_call_code.done", code="1+1"),
            done(CODE),
        ],
        [("step", "1+1", {"name": "code_interpreter", "state": "completed", "outputs": CODE["outputs"], "container_id": "c"})],
    ),
    "shell with two commands": (
        [
            added({"type": "shell_call", "action": {"commands": []}}),
            event("shell_call_command.delta", command_index=0, delta="l"),
            event("shell_call_command.delta", command_index=0, delta="s"),
            event("shell_call_command.done", command_index=0, command="ls"),
            event("shell_call_command.delta", command_index=1, delta="pwd"),
            done(SHELL),
        ],
        [("step", "ls\npwd", {"name": "shell", "state": "completed", "action": SHELL["action"]})],
    ),
    "an image: its size, never its data": (
        [
            added({"type": "image_generation_call", "status": "in_progress"}),
            event("image_generation_call.partial_image", partial_image_b64="QUI=", partial_image_index=0, output_format="png"),
            done(IMAGE),
            completed(IMAGE),
        ],
        [
            (
                "media",
                "",
                {"type": "image", "name": "image_generation", "state": "completed", "media_type": "image/png", "bytes": 3, "preview": 0},
            )
        ],
    ),
    "sound and its transcript": (
        [
            event("audio.delta", None, delta="QUJD"),
            event("audio.transcript.delta", None, delta="Hi"),
            event("audio.delta", None, delta="QUJD"),
        ],
        [("media", "Hi", {"type": "audio", "bytes": 6})],
    ),
    "a tool nobody knows yet": (
        [done({"type": "time_travel_call", "id": "t", "year": 1984, "encrypted_content": "xx"})],
        [("step", "", {"name": "time_travel", "year": 1984, "state": "completed"})],
    ),
    "tools of a server by name": (
        [done({"type": "mcp_list_tools", "server_label": "wiki", "tools": [{"name": "ask", "input_schema": {}}, {"name": "read"}]})],
        [("step", "", {"name": "mcp_list_tools", "server_label": "wiki", "tools": ["ask", "read"], "state": "completed"})],
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_and_media(name: str) -> None:
    events, expected = STEPS[name]
    output = read(*events)
    assert parts(output) == expected
    assert output.tool_calls == []


def test_fields_of_a_step_are_cut() -> None:
    data_url = "data:image/png;base64," + "A" * 9000
    huge = {"type": "code_interpreter_call", "outputs": [{"logs": "x" * 9000}, {"url": data_url}], "results": [{"text": "y" * 400}] * 50}
    ((_, _, fields),) = parts(read(done(huge)))
    assert [len(value) for output in fields["outputs"] for value in output.values()] == [500, len("data:image/png;base64,…")]
    assert len(str(fields)) < 6000


def test_citations_come_once() -> None:
    note = {"type": "url_citation", "url": "https://a", "title": "A", "start_index": 0, "end_index": 1}
    wrapped = {"type": "url_citation", "url_citation": {"url": "https://b"}}
    item = message("ab", annotations=[note, wrapped, {"type": "file_citation", "file_id": "f"}])
    announced = event("output_text.annotation.added", content_index=0, annotation_index=0, annotation=note)
    output = read(added(message()), say("ab"), announced, event("content_part.done", part=item["content"][0]), done(item), completed(item))
    assert output.citations == [
        {"url": "https://a", "title": "A", "start_index": 0, "end_index": 1},
        {"url": "https://b"},
        {"file_id": "f"},
    ]


EVERYTHING = [
    *PLAIN[:-1],
    *[e for events, _ in (*CALLS.values(), *STEPS.values()) for e in events if e["type"] != "response.completed"],
    completed(message("Hello"), function(), IMAGE),
]


@given(st.integers(0, 2**32), st.integers(0, len(EVERYTHING) - 8))
@settings(max_examples=150, deadline=None)
def test_odd_json_never_raises(seed: int, start: int) -> None:
    read(*mutated(EVERYTHING[start : start + 8], seed))
