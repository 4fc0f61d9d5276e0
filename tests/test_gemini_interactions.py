"""Google's Interactions API. A stream's name says what is special about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.dialects import GeminiInteractions

from .typed import detected, mutated, parts, read, read_in_pieces, wire


def step(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"event_type": "step.start", "index": index, "step": {"type": kind, **fields}}


def more(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **fields}}


def stop(index: int) -> dict[str, Any]:
    return {"event_type": "step.stop", "index": index}


def interaction(kind: str, status: str, **fields: Any) -> dict[str, Any]:
    return {"event_type": f"interaction.{kind}", "interaction": {"id": "i-1", "model": "m", "status": status, **fields}}


CREATED, COMPLETED = interaction("created", "in_progress"), interaction("completed", "completed", usage={"total_tokens": 5})
STEPS: list[Any] = [
    CREATED,
    {"event_type": "interaction.status_update", "interaction_id": "i-1", "status": "in_progress"},
    step(0, "thought"), more(0, "thought_summary", content={"text": "hm"}), more(0, "thought_signature", signature="x"), stop(0),
    step(1, "function_call", id="c1", name="f", arguments={}),
    more(1, "arguments_delta", arguments='{"a":'), more(1, "arguments_delta", arguments="1}"), stop(1),
    step(2, "google_search_call", arguments={"queries": ["q"]}), stop(2),
    step(3, "model_output"), more(3, "text", text="Hel"),
    more(3, "text", text="lo", annotations=[{"url": "https://x", "title": "X"}]), stop(3),
    COMPLETED,
    "[DONE]",
]  # fmt: skip


def test_a_step_that_has_a_name_of_its_own() -> None:
    output = read(GeminiInteractions(), CREATED, step(0, "mcp_server_tool_call", name="search", arguments={"q": 1}), stop(0), COMPLETED)
    fields = {"name": "search", "detail": {"q": 1}, "state": "completed"}
    assert parts(output, "step") == [("step", "mcp server tool call", fields)]


def test_an_interaction() -> None:
    dialect = GeminiInteractions()
    output = read(dialect, *STEPS)
    assert (output.text, output.reasoning, output.finish_reason, output.usage) == ("Hello", "hm", "completed", {"total_tokens": 5})
    assert (output.model, output.response_id, output.error, dialect.ended) == ("m", "i-1", None, True)
    assert [(c.id, c.name, c.parsed) for c in output.tool_calls] == [("c1", "f", {"a": 1})]
    assert parts(output, "step") == [("step", "google search call", {"detail": {"queries": ["q"]}, "state": "completed"})]
    assert output.citations == [{"url": "https://x", "title": "X"}]


INTERACTIONS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "the early names": (
        [
            {"event_type": "content.start", "index": 0, "content": {"type": "text"}},
            {"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": "a"}},
            {"event_type": "content.stop", "index": 0},
            {"event_type": "interaction.complete", "interaction": {"status": "completed"}},
        ],
        {"text": "a", "finish_reason": "completed"},
    ),
    "usage beside the events, replaced": (
        [
            {**CREATED, "metadata": {"usage": {"total_tokens": 1}}},
            {**more(0, "text", text="a"), "metadata": {"usage": {"total_tokens": 2}}},
        ],
        {"text": "a", "usage": {"total_tokens": 2}, "finish_reason": None},
    ),
    "whole arguments": ([step(0, "function_call", id="c", name="f", arguments={"a": 1}), stop(0)], {"finish_reason": None}),
    "found again whole": (
        [interaction("completed", "completed", outputs=[{"type": "text", "text": "a"}, {"type": "thought", "summary": [{"text": "hm"}]}])],
        {"text": "a", "reasoning": "hm", "finish_reason": "completed"},
    ),
    "outputs repeated at the end": (
        [more(0, "text", text="a"), interaction("completed", "completed", outputs=[{"type": "text", "text": "a"}])],
        {"text": "a"},
    ),
    "a failure": (
        [more(0, "text", text="a"), {"event_type": "error", "error": {"code": "x", "message": "No."}}],
        {"text": "a", "error": {"message": "No.", "type": None, "code": "x"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INTERACTIONS)
def test_interactions(name: str) -> None:
    events, expected = INTERACTIONS[name]
    found = read(GeminiInteractions(), *events).to_dict()
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("event", [CREATED, stop(0), {"event_type": "content.delta"}])
def test_detected(event: Any) -> None:
    assert detected(event) is GeminiInteractions


def test_any_prefix_and_any_cut() -> None:
    data = wire(STEPS)
    for end in range(0, len(data), 3):
        sw.Recording.from_bytes(data[:end], "text/event-stream").read()
    assert read_in_pieces(data, list(range(1, len(data)))) == read_in_pieces(data, [])


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6))
def test_mutations_never_raise(seed: int) -> None:
    json.dumps(read(GeminiInteractions(), *mutated(STEPS, seed)).to_dict()).encode()
