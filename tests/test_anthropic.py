"""Anthropic Messages. A stream's name says what is special about it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import Anthropic
from sse_widget.output import Output

from .typed import deltas, detected, frame, mutated, parts, read_in_pieces, wire
from .typed import read as read_by


def read(*events: Any, end: bool = True) -> Output:
    return read_by(Anthropic(), *events, end=end)


def begin(**about: Any) -> dict[str, Any]:
    message = {"id": "msg_1", "model": "m-1", "role": "assistant", "content": [], "usage": {"input_tokens": 5, "output_tokens": 1}}
    return {"type": "message_start", "message": {**message, **about}}


def block(kind: str, index: int = 0, **about: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **about}}


def grow(index: int = 0, **delta: Any) -> dict[str, Any]:
    kinds = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta", "signature": "signature_delta"}
    kind = kinds.get(next(iter(delta)), "citations_delta")
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **delta}}


def stop(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def finish(reason: str = "end_turn", usage: Any = None, **delta: Any) -> dict[str, Any]:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None, **delta},
        "usage": usage or {"output_tokens": 9},
    }


END = {"type": "message_stop"}
PING = {"type": "ping"}
PLAIN = [begin(), block("text", text=""), PING, grow(text="Hel"), grow(text="lo"), stop(), finish(), END]


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = Anthropic(join="+")
    assert deltas(dialect, *PLAIN) == [
        Delta(0, RESPONSE, "set", {"model": "m-1", "response_id": "msg_1", "role": "assistant"}),
        Delta(0, RESPONSE, "set", {"usage": {"input_tokens": 5, "output_tokens": 1}}),
        Delta(1, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(3, 1, "append", "Hel"),
        Delta(4, 1, "append", "lo"),
        Delta(5, 1, "close", None),
        Delta(6, RESPONSE, "set", {"finish_reason": {0: "end_turn"}}),
        Delta(6, RESPONSE, "set", {"usage": {"input_tokens": 5, "output_tokens": 9}}),
        Delta(7, RESPONSE, "set", {"done": True}),
    ]
    assert dialect.ended


TEXTS: dict[str, tuple[list[Any], str, str]] = {
    # name: (events, text, reasoning)
    "types only in the sse field": ([frame({k: v for k, v in e.items() if k != "type"}, e["type"]) for e in PLAIN], "Hello", ""),
    "no sse types": ([frame(e, "message") for e in PLAIN], "Hello", ""),
    "openrouter: an end marker after the end": ([*PLAIN, frame("[DONE]", "data")], "Hello", ""),
    "thinking, signed": (
        [
            begin(),
            block("thinking", thinking="", signature=""),
            grow(thinking="h"),
            grow(thinking="m"),
            grow(signature="EqR"),
            stop(),
            block("text", 1, text=""),
            grow(1, text="a"),
            stop(1),
        ],
        "a",
        "hm",
    ),
    "blocks that start with text": (
        [block("thinking", thinking="h"), grow(thinking="m"), stop(), block("text", 1, text="a"), grow(1, text="b")],
        "ab",
        "hm",
    ),
    "two texts around a tool": (
        [block("text", text=""), grow(text="a"), stop(), block("tool_use", 1), stop(1), block("text", 2), grow(2, text="b")],
        "ab",
        "",
    ),
    "interleaved blocks": (
        [block("text"), block("thinking", 1), grow(text="a"), grow(1, thinking="h"), grow(text="b"), grow(1, thinking="m")],
        "ab",
        "hm",
    ),
    "redacted thinking": ([block("redacted_thinking", data="xx"), stop(), block("text", 1), grow(1, text="a")], "a", ""),
    "block not announced": ([grow(text="a"), grow(text="b"), grow(1, thinking="hm")], "ab", "hm"),
    "no index": ([block("text", 0), {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}], "a", ""),
    "index used again without a stop": ([block("text"), grow(text="a"), block("text"), grow(text="b")], "ab", ""),
    "unknown events and deltas": (
        [begin(), block("text"), {"type": "message_new"}, grow(text="a"), grow(new="x"), grow(text=None)],
        "a",
        "",
    ),
    "surrogate halves in two deltas": ([block("text"), grow(text="a\ud83d"), grow(text="\ude00b")], "a\U0001f600b", ""),
    "an answer that was not streamed": (
        [
            {
                "type": "message",
                "role": "assistant",
                "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}],
            }
        ],
        "a",
        "hm",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_and_reasoning(name: str) -> None:
    events, text, reasoning = TEXTS[name]
    output = read(*events)
    assert (output.text, output.reasoning) == (text, reasoning)
    assert all(part.closed for part in output.parts)
    assert output.error is None


TOOL: dict[str, Any] = {"id": "toolu_1", "name": "f", "input": {}}
CALLS: dict[str, tuple[list[Any], list[tuple[str, str, str]]]] = {
    "fragments": (
        [block("tool_use", **TOOL), grow(partial_json=""), grow(partial_json='{"a"'), grow(partial_json=":1}"), stop()],
        [("toolu_1", "f", '{"a":1}')],
    ),
    "no arguments": ([block("tool_use", **TOOL), grow(partial_json=""), stop()], [("toolu_1", "f", "")]),
    "input whole at the start": ([block("tool_use", id="t", name="f", input={"a": [1, "é"]}), stop()], [("t", "f", '{"a":[1,"é"]}')]),
    "input whole at the start, and again": (
        [block("tool_use", id="t", name="f", input={"a": 1}), grow(partial_json='{"a"'), grow(partial_json=":1}"), stop()],
        [("t", "f", '{"a":1}')],
    ),
    "parallel": (
        [
            block("tool_use", **TOOL),
            grow(partial_json="{}"),
            stop(),
            block("tool_use", 1, id="t2", name="g"),
            grow(1, partial_json="[]"),
            stop(1),
        ],
        [("toolu_1", "f", "{}"), ("t2", "g", "[]")],
    ),
    "cut off in the arguments": ([block("tool_use", **TOOL), grow(partial_json='{"a')], [("toolu_1", "f", '{"a')]),
    "tools of the server": ([block("server_tool_use", **TOOL), grow(partial_json="{}"), stop(), block("mcp_tool_use", 1, **TOOL)], []),
}


@pytest.mark.parametrize("name", CALLS)
def test_tool_calls(name: str) -> None:
    events, expected = CALLS[name]
    output = read(begin(), *events, finish("tool_use"), END)
    assert [(c.id, c.name, c.arguments) for c in output.tool_calls] == expected
    assert output.finish_reason == "tool_use"


def test_a_call_without_arguments_has_none_once_it_is_complete() -> None:
    assert [c.parsed for c in read(block("tool_use", **TOOL), end=False).tool_calls] == [None]
    assert [c.parsed for c in read(block("tool_use", **TOOL), stop(), end=False).tool_calls] == [{}]


SEARCH = [block("server_tool_use", id="s", name="web_search", input={}), grow(partial_json='{"query":'), grow(partial_json='"x"}'), stop()]
FOUND = [{"type": "web_search_result", "url": "https://a", "title": "A", "encrypted_content": "…", "page_age": None}]

FALLBACK: dict[str, Any] = {"from": {"model": "a"}, "to": {"model": "b"}}

STEPS: dict[str, tuple[list[Any], list[tuple[str, str, dict[str, Any]]]]] = {
    "call and result": (
        [*SEARCH, block("web_search_tool_result", 1, tool_use_id="s", content=FOUND), stop(1)],
        [
            (
                "step",
                '{"query":"x"}',
                {
                    "id": "s",
                    "name": "web_search",
                    "state": "completed",
                    "output": [{"type": "web_search_result", "url": "https://a", "title": "A"}],
                },
            )
        ],
    ),
    "no result yet": (SEARCH, [("step", '{"query":"x"}', {"id": "s", "name": "web_search", "state": "in_progress"})]),
    "result with an id that got lost": (
        [*SEARCH, block("web_search_tool_result", 1, tool_use_id="redacted", content=[])],
        [("step", '{"query":"x"}', {"id": "s", "name": "web_search", "state": "completed", "output": []})],
    ),
    "result without a call": (
        [block("web_fetch_tool_result", tool_use_id="?", content={"url": "u"}), stop()],
        [("step", "", {"name": "web_fetch", "state": "completed", "output": {"url": "u"}})],
    ),
    "result that is an error": (
        [
            *SEARCH,
            block("web_search_tool_result", 1, tool_use_id="s", content={"type": "web_search_tool_result_error", "error_code": "max_uses"}),
        ],
        [
            (
                "step",
                '{"query":"x"}',
                {
                    "id": "s",
                    "name": "web_search",
                    "state": "failed",
                    "output": {"type": "web_search_tool_result_error", "error_code": "max_uses"},
                },
            )
        ],
    ),
    "nested: a fetch inside code": (
        [
            block("server_tool_use", id="c", name="code"),
            stop(),
            block("server_tool_use", 1, id="f", name="fetch"),
            stop(1),
            block("web_fetch_tool_result", 2, tool_use_id="f", content="page"),
            stop(2),
            block("code_execution_tool_result", 3, tool_use_id="c", content="done"),
            stop(3),
        ],
        [
            ("step", "", {"id": "c", "name": "code", "state": "completed", "output": "done"}),
            ("step", "", {"id": "f", "name": "fetch", "state": "completed", "output": "page"}),
        ],
    ),
    "mcp": (
        [
            block("mcp_tool_use", id="m", name="ask", server_name="wiki", input={}),
            stop(),
            block("mcp_tool_result", 1, tool_use_id="m", is_error=True, content=[{"type": "text", "text": "no"}]),
        ],
        [("step", "", {"id": "m", "name": "ask", "server": "wiki", "state": "failed", "output": [{"type": "text", "text": "no"}]})],
    ),
    "compaction": (
        [
            block("compaction", content=None),
            {"type": "content_block_delta", "index": 0, "delta": {"type": "compaction_delta", "content": "short"}},
        ],
        [("step", "short", {"name": "compaction"})],
    ),
    "fallback to another model": (
        [block("fallback", **FALLBACK), stop()],
        [("step", "", {"name": "fallback", **FALLBACK})],
    ),
    "fields named like arguments of ours": (
        [block("new", part=1, self=2, key=3)],
        [("step", "", {"name": "new", "part": 1, "self": 2, "key": 3})],
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps(name: str) -> None:
    events, expected = STEPS[name]
    output = read(begin(), *events)
    assert parts(output) == expected
    assert output.tool_calls == []


def test_citations() -> None:
    cite = {"type": "char_location", "cited_text": "x", "document_title": None, "start_char_index": 0, "encrypted_index": "…"}
    output = read(block("text", citations=[cite]), grow(text="a"), grow(citation=cite), stop())
    assert output.citations == [{"cited_text": "x", "start_char_index": 0}] * 2
    assert output.text == "a"


def test_a_refusal_says_why() -> None:
    output = read(begin(), finish("refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": "No."}), END)
    assert (output.finish_reason, output.text, output.refusal) == ("refusal", "", "No.")


@pytest.mark.parametrize(
    ("start", "later", "expected"),
    [
        ({"input_tokens": 5, "output_tokens": 1}, [{"output_tokens": 9}], {"input_tokens": 5, "output_tokens": 9}),
        (
            {"input_tokens": 0, "cache": 3},
            [{"input_tokens": 7, "cache": None, "output_tokens": 2}],
            {"input_tokens": 7, "cache": 3, "output_tokens": 2},
        ),
        ({"input_tokens": 5}, [{"output_tokens": 2}, {"output_tokens": 4}], {"input_tokens": 5, "output_tokens": 4}),
    ],
)
def test_usage_is_merged_never_summed(start: Any, later: list[Any], expected: Any) -> None:
    assert read(begin(usage=start), *(finish(usage=usage) for usage in later)).usage == expected


def test_a_second_message_has_parts_and_a_usage_of_its_own() -> None:
    dialect = Anthropic()
    again = [begin(id="msg_2", usage={"input_tokens": 1}), block("text", text=""), grow(text="Bye")]
    output = read_by(dialect, *PLAIN, *again)
    assert [part.text for part in output.parts] == ["Hello", "Bye"]
    assert (output.usage, output.response_id, dialect.ended) == ({"input_tokens": 1}, "msg_2", False)


def test_a_block_ends_when_its_index_is_used_again() -> None:
    output = read(block("text"), grow(text="a"), block("text"), grow(text="b"), end=False)
    assert [(part.text, part.closed) for part in output.parts] == [("a", True), ("b", False)]


def test_the_same_start_twice_is_one_message() -> None:
    assert parts(read(PLAIN[0], *PLAIN)) == [("text", "Hello", {})]


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            {"message": "Overloaded", "type": "overloaded_error", "code": None},
        ),
        (frame("busy", "error"), {"message": "busy", "type": None, "code": None}),
    ],
)
def test_errors_keep_what_was_said(event: Any, error: Any) -> None:
    dialect = Anthropic()
    output = read_by(dialect, *PLAIN[:4], event)
    assert (output.error, output.text, dialect.ended) == (error, "Hel", False)


@pytest.mark.parametrize(
    ("event", "sse_type", "expected"),
    [
        (begin(), "message", True),
        ({"message": {}}, "message_start", True),
        (grow(text="a"), "message", True),
        ({"type": "message", "role": "assistant", "content": [], "stop_reason": None}, "message", True),
        ({"type": "message", "content": "hi"}, "message", False),
        ({"type": "message-start"}, "message-start", False),
        (PING, "ping", False),
        ({"type": ["message_start"]}, "message", False),
        ("message_start", "message_start", False),
    ],
)
def test_detection(event: Any, sse_type: str, expected: bool) -> None:
    assert (detected(frame(event, sse_type)) is Anthropic) is expected


EVERYTHING = [
    *PLAIN[:-2],
    *[e for events, _ in (*CALLS.values(), *STEPS.values()) for e in events],
    finish(stop_details={"explanation": "x"}),
    END,
]


@given(st.integers(0, 2**32), st.integers(0, len(EVERYTHING) - 8))
@settings(max_examples=150, deadline=None)
def test_odd_json_never_raises(seed: int, start: int) -> None:
    read(*mutated(EVERYTHING[start : start + 8], seed))


@pytest.mark.parametrize("length", range(len(PLAIN) + 1))
def test_any_prefix_reads(length: int) -> None:
    assert "Hello".startswith(read(*PLAIN[:length]).text)


@given(st.sets(st.integers(1, len(wire(PLAIN)) - 1), max_size=20))
@settings(max_examples=30, deadline=None)
def test_chunks_do_not_matter(cuts: set[int]) -> None:
    assert read_in_pieces(wire(PLAIN), sorted(cuts)) == read_in_pieces(wire(PLAIN), [])
