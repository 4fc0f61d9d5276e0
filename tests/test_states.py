"""`states.py`: one field and one set of words for how far a step or a result is, whatever the provider calls it."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects.states import STATES, state_of

from .agent_streams import body, read

WORDS: dict[str, list[Any]] = {
    "in_progress": ["in_progress", "running", "searching", "interpreting", "started", "", None, 3],
    "completed": ["completed", "succeeded", "success", "SUCCESS", "OUTCOME_OK", "URL_RETRIEVAL_STATUS_SUCCESS", "finished", "OK", "done"],
    "failed": ["failed", "error", "exception", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED", "incomplete", "expired", "partial-failure"],
    "cancelled": ["cancelled", "canceled", "CANCELLED", "aborted"],
    "denied": ["denied", "rejected", "output-denied"],
}


@pytest.mark.parametrize("state", WORDS)
def test_words(state: str) -> None:
    assert {word: state_of(word) for word in WORDS[state]} == dict.fromkeys(WORDS[state], state)


def test_a_word_that_says_nothing() -> None:
    assert (state_of("", "completed"), state_of("brisk", "completed"), state_of("failed", "completed")) == (
        "completed",
        "completed",
        "failed",
    )


def langchain(status: str) -> list[Any]:
    call = {"content": "", "type": "AIMessageChunk", "id": "m", "tool_call_chunks": [{"index": 0, "id": "c", "name": "w", "args": "{}"}]}
    result = {"content": "sunny", "type": "tool", "id": "t", "tool_call_id": "c", "status": status}
    return [("messages", [call, {"langgraph_node": "agent"}]), ("messages", [result, {"langgraph_node": "tools"}])]


def block(index: int, **about: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": about}


def node(when: str, status: str) -> dict[str, Any]:
    return {"event": f"node_{when}", "task_id": "t", "data": {"id": "n", "title": "Search", "status": status}}


def executed(index: int, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"executed_tools": [{"index": index, "name": "f", **more}]}}]}


CODE = {"index": 0, "type": "code_interpreter", "code_interpreter": {"input": "1"}}
ITEM = {"type": "web_search_call", "id": "ws", "status": "in_progress"}
STREAMS: dict[str, tuple[list[Any], list[tuple[str, str]]]] = {
    "Responses": (
        [
            {"type": "response.output_item.added", "output_index": 0, "item": ITEM},
            {"type": "response.web_search_call.searching", "output_index": 0},
        ],
        [("step", "in_progress")],
    ),
    "Responses, done": (
        [{"type": "response.output_item.done", "output_index": 0, "item": {**ITEM, "status": "incomplete"}}],
        [("step", "failed")],
    ),
    "Anthropic": (
        [
            block(0, type="server_tool_use", id="s", name="find", input={}),
            block(1, type="web_search_tool_result", tool_use_id="s", content=[]),
        ],
        [("step", "completed")],
    ),
    "AI SDK": (
        [
            {"type": "tool-input-start", "toolCallId": "a", "toolName": "w"},
            {"type": "tool-output-available", "toolCallId": "a", "output": 1, "preliminary": True},
            {"type": "tool-output-error", "toolCallId": "b", "errorText": "no"},
            {"type": "tool-output-denied", "toolCallId": "c"},
        ],
        [("tool_result", "in_progress"), ("tool_result", "failed"), ("tool_result", "denied")],
    ),
    "AG-UI": (
        [
            {"type": "STEP_STARTED", "stepName": "a"},
            {"type": "STEP_FINISHED", "stepName": "a"},
            {"type": "STEP_STARTED", "stepName": "b"},
            {"type": "TOOL_CALL_RESULT", "toolCallId": "c", "content": "x"},
        ],
        [("step", "completed"), ("step", "in_progress"), ("tool_result", "completed")],
    ),
    "LangGraph": (langchain("success"), [("step", "in_progress"), ("step", "in_progress"), ("tool_result", "completed")]),
    "LangGraph, failed": (langchain("error"), [("step", "in_progress"), ("step", "in_progress"), ("tool_result", "failed")]),
    "Dify": ([node("started", ""), node("finished", "exception")], [("step", "failed")]),
    "Assistants": (
        [
            ("thread.run.step.delta", {"id": "s", "delta": {"step_details": {"tool_calls": [CODE]}}}),
            ("thread.run.step.expired", {"id": "s"}),
        ],
        [("step", "failed")],
    ),
    "Gemini": (
        [{"candidates": [{"content": {"parts": [{"executableCode": {"code": "1"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK"}}]}}]}],
        [("step", "completed")],
    ),
    "Groq": ([executed(0), executed(0, output="x"), executed(1)], [("step", "completed"), ("step", "in_progress")]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_every_format_says_it_in_the_same_words(name: str) -> None:
    events, expected = STREAMS[name]
    output = read(body(*events)).output
    assert [(part.kind, part.fields.get("state")) for part in output.parts if part.kind in ("step", "tool_result")] == expected
    assert all("status" not in part.fields for part in output.parts)
    assert {state for _, state in expected} <= set(STATES)
