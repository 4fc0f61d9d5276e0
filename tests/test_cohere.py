"""Cohere's chat, both versions. A stream's name says what is special about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import Cohere, CohereV1, Dialect

from .typed import deltas, detected, mutated, parts, read, read_in_pieces, wire


def event(kind: str, message: Any = None, index: int | None = None, **top: Any) -> dict[str, Any]:
    found = {"type": kind, **({} if index is None else {"index": index}), **top}
    return found if message is None else {**found, "delta": {"message": message}}


def say(text: str, index: int = 0, kind: str = "text") -> dict[str, Any]:
    return event("content-delta", {"content": {kind: text}}, index)


def tool(kind: str, index: int, call: Any) -> dict[str, Any]:
    return event(f"tool-call-{kind}", {"tool_calls": call}, index)


def arguments(text: Any, index: int = 0) -> dict[str, Any]:
    return tool("delta", index, {"function": {"arguments": text}})


def begins(name: str, call_id: str = "", index: int = 0, args: Any = "") -> dict[str, Any]:
    return tool("start", index, {"id": call_id, "type": "function", "function": {"name": name, "arguments": args}})


START = event("message-start", {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}, id="m-1")
USAGE = {"billed_units": {"output_tokens": 2}, "tokens": {"output_tokens": 3}}
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": USAGE}}
PLAIN = [
    START,
    event("content-start", {"content": {"type": "text", "text": ""}}, 0),
    say("Hel"),
    say("lo"),
    event("content-end", index=0),
    END,
]


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = Cohere(join="+")
    assert deltas(dialect, *PLAIN, "[DONE]") == [
        Delta(0, RESPONSE, "set", {"response_id": "m-1", "role": "assistant"}),
        Delta(2, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(2, 1, "append", "Hel"),
        Delta(3, 1, "append", "lo"),
        Delta(4, 1, "close", None),
        Delta(5, RESPONSE, "set", {"usage": USAGE}),
        Delta(5, RESPONSE, "set", {"finish_reason": {0: "COMPLETE"}}),
        Delta(5, RESPONSE, "set", {"done": True}),
    ]


TEXTS: dict[str, tuple[list[Any], str, str]] = {
    # name: (events, text, reasoning)
    "thinking, then text": ([say("hm", 0, "thinking"), event("content-end", index=0), say("a", 1)], "a", "hm"),
    "a start that has text": ([event("content-start", {"content": {"type": "text", "text": "a"}}, 0), say("b")], "ab", ""),
    "content as a list": ([event("content-delta", {"content": [{"text": "a"}, {"text": "b"}]}, 0)], "ab", ""),
    "a plan is reasoning": (
        [event("tool-plan-delta", {"tool_plan": t}) for t in ("I ", "will.")],
        "",
        "I will.",
    ),
    "two contents": ([say("a", 0), event("content-end", index=0), say("b", 1)], "ab", ""),
    "an unknown event": ([{"type": "debug", "prompt": "x"}, say("a")], "a", ""),
    "nothing where something should be": ([event("content-delta", {"content": None}, 0), {"type": "content-delta"}, say("a")], "a", ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_and_reasoning(name: str) -> None:
    events, text, reasoning = TEXTS[name]
    dialect = Cohere()
    output = read(dialect, START, *events)
    assert (output.text, output.reasoning, output.error, dialect.ended) == (text, reasoning, None, False)


CALLS: dict[str, tuple[list[Any], list[tuple[str, str, Any]]]] = {
    "an object, not a list": (
        [begins("f", "c1"), arguments('{"a"'), arguments(":1}"), event("tool-call-end", index=0)],
        [("c1", "f", {"a": 1})],
    ),
    "a list": ([tool("start", 0, [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}])], [("c1", "f", {})]),
    "no arguments": ([begins("f", "c1"), event("tool-call-end", index=0)], [("c1", "f", {})]),
    "interleaved": (
        [begins("f", "c1"), begins("g", "c2", 1), arguments('{"a"', 0), arguments("{}", 1), arguments(":1}", 0)],
        [("c1", "f", {"a": 1}), ("c2", "g", {})],
    ),
    "the same index again": (
        [begins("f", "c1"), arguments("{}"), begins("g", "c2"), arguments('{"b":1}')],
        [("c1", "f", {}), ("c2", "g", {"b": 1})],
    ),
    "the same id again": ([begins("f", "c1"), begins("f", "c1", 1, '{"a":1}')], [("c1", "f", {}), ("c1", "f", {"a": 1})]),
    "arguments as an object": ([begins("f", "c1", args={"a": 1})], [("c1", "f", {"a": 1})]),
    "a fragment without a start": ([arguments("{}")], [("", "", {})]),
}


@pytest.mark.parametrize("name", CALLS)
def test_tool_calls(name: str) -> None:
    events, expected = CALLS[name]
    assert [(c.id, c.name, c.parsed) for c in read(Cohere(), START, *events, END).tool_calls] == expected


def test_parts_are_closed_as_soon_as_they_are_complete() -> None:
    plan = event("tool-plan-delta", {"tool_plan": "I will."})
    output = read(Cohere(), plan, begins("f", "c1"), arguments("{}"), begins("g", "c2"), plan, say("a"), end=False)
    assert [(part.kind, part.closed) for part in output.parts] == [
        ("reasoning", True), ("tool_call", True), ("tool_call", False), ("reasoning", False), ("text", False),
    ]  # fmt: skip
    assert output.reasoning == "I will.\n\nI will."


def test_citations() -> None:
    sources = [{"type": "document", "id": "d", "document": {"url": "https://x", "title": "X"}}]
    one = {"start": 0, "end": 2, "text": "Hi", "sources": sources}
    output = read(Cohere(), say("Hi"), event("citation-start", {"citations": one}, 0), event("citation-end", index=0))
    assert output.citations == [{"url": "https://x", "title": "X", "cited_text": "Hi", "start": 0, "end": 2, "sources": sources}]
    assert read(Cohere(), event("citation-start", {"citations": [one, one]}, 0)).citations == output.citations * 2


def test_an_error_at_the_end() -> None:
    output = read(Cohere(), say("a"), {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "out of luck"}})
    assert output.error == {"message": "out of luck", "type": None, "code": None}
    assert (output.text, output.finish_reason) == ("a", "ERROR")


# --- version 1 -----------------------------------------------------------------------------------------------------------
def line(kind: str, **fields: Any) -> dict[str, Any]:
    return {"is_finished": kind == "stream-end", "event_type": kind, **fields}


META = {"meta": {"billed_units": {"output_tokens": 2}, "tokens": {"output_tokens": 3}}}
V1_END = line("stream-end", finish_reason="COMPLETE", response={"text": "Hello", "generation_id": "g-1", **META})
V1_PLAIN = [line("stream-start", generation_id="g-1"), line("text-generation", text="Hel"), line("text-generation", text="lo"), V1_END]
CALL = {"name": "f", "parameters": {"a": 1}}
V1: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "the end repeats the text": (
        V1_PLAIN,
        {"text": "Hello", "finish_reason": "COMPLETE", "response_id": "g-1", "usage": {k: USAGE[k] for k in ("tokens", "billed_units")}},
    ),
    "nothing but the end": ([V1_END], {"text": "Hello", "response_id": "g-1"}),
    "whole calls, twice": (
        [line("tool-calls-generation", tool_calls=[CALL, CALL]), line("stream-end", response={"text": "", "tool_calls": [CALL, CALL]})],
        {"text": "", "calls": [("", "f", {"a": 1})] * 2},
    ),
    "calls in fragments, then whole": (
        [
            line("tool-calls-chunk", text="I will."),
            line("tool-calls-chunk", tool_call_delta={"index": 0, "name": "f"}),
            line("tool-calls-chunk", tool_call_delta={"index": 0, "parameters": '{"a":'}),
            line("tool-calls-chunk", tool_call_delta={"index": 0, "parameters": " 1}"}),
            line("tool-calls-generation", tool_calls=[CALL]),
        ],
        {"text": "", "reasoning": "I will.", "calls": [("", "f", {"a": 1})]},
    ),
    "searches, documents and citations": (
        [
            line("search-queries-generation", search_queries=[{"text": "q"}]),
            line("search-results", documents=[{"id": "d", "url": "https://x", "title": "X", "snippet": "…"}]),
            line("citation-generation", citations=[{"start": 0, "end": 1, "text": "a", "document_ids": ["d"]}]),
        ],
        {"citations": [{"id": "d", "url": "https://x", "title": "X"}, {"start": 0, "end": 1, "cited_text": "a", "sources": ["d"]}]},
    ),
    "an error": (
        [line("text-generation", text="a"), line("stream-end", finish_reason="ERROR", error="no")],
        {"text": "a", "finish_reason": "ERROR", "error": {"message": "no", "type": None, "code": None}},
    ),
    "bedrock: no response at the end": (
        [line("text-generation", text="a"), {"is_finished": True, "finish_reason": "COMPLETE"}],
        {"text": "a", "finish_reason": "COMPLETE"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", V1)
def test_version_1(name: str) -> None:
    events, expected = V1[name]
    output = read(CohereV1(), *events)
    found = {**output.to_dict(), "calls": [(c.id, c.name, c.parsed) for c in output.tool_calls]}
    assert {key: found[key] for key in expected} == expected


def test_a_search_is_a_step() -> None:
    output = read(CohereV1(), line("search-queries-generation", search_queries=[{"text": "q"}]))
    assert parts(output) == [("step", "search", {"query": "q"})]


# --- whatever comes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("found", "dialect"),
    [(START, Cohere), (say("a"), Cohere), (event("tool-plan-delta"), Cohere), (V1_PLAIN[0], CohereV1), (V1_END, CohereV1)],
)
def test_detected(found: Any, dialect: type[Dialect]) -> None:
    assert detected(found) is dialect


MANY: dict[str, tuple[type[Dialect], list[Any]]] = {
    "v2": (Cohere, [*PLAIN[:-1], *CALLS["interleaved"][0], say("é", 3), *TEXTS["a plan is reasoning"][0], END]),
    "v1": (CohereV1, [*V1_PLAIN[:-1], *V1["calls in fragments, then whole"][0], *V1["searches, documents and citations"][0], V1_END]),
}


@pytest.mark.parametrize("name", MANY)
def test_any_prefix_and_any_cut(name: str) -> None:
    data = wire(MANY[name][1])
    whole = sw.Recording.from_bytes(data, "text/event-stream").read()
    for end in range(0, len(data), 3):
        assert whole.text.startswith(sw.Recording.from_bytes(data[:end], "text/event-stream").read().text)
    assert read_in_pieces(data, list(range(1, len(data)))) == read_in_pieces(data, [])


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(MANY)), st.integers(0, 10**6))
def test_mutations_never_raise(name: str, seed: int) -> None:
    dialect, events = MANY[name]
    json.dumps(read(dialect(), *mutated(events, seed)).to_dict()).encode()
