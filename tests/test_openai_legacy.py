"""Formats that are leaving: OpenAI's completions, Assistants and transcription, and Anthropic's text completions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.dialects import AnthropicLegacy, Dialect, OpenAIAssistants, OpenAIChat, OpenAICompletions, OpenAITranscription, by_name
from sse_widget.wire import Frame

from .typed import detected, frame, mutated, parts, read, read_in_pieces, wire


def piece(text: Any, index: Any = 0, reason: Any = None, **top: Any) -> dict[str, Any]:
    return {"id": "cmpl-1", "model": "m-1", "choices": [{"index": index, "text": text, "finish_reason": reason}], **top}


def thread(name: str, **data: Any) -> Frame:
    return frame(data, f"thread.{name}")


def says(text: str, index: int = 0, **about: Any) -> Frame:
    return thread("message.delta", id="msg", delta={"content": [{"index": index, "type": "text", "text": {"value": text, **about}}]})


def calls(*items: Any, step: str = "step") -> Frame:
    return thread("run.step.delta", id=step, delta={"step_details": {"type": "tool_calls", "tool_calls": list(items)}})


def code(text: str, **about: Any) -> dict[str, Any]:
    return {"index": 0, "type": "code_interpreter", "code_interpreter": {"input": text, "outputs": []}, **about}


def old(text: Any, reason: Any = None, **more: Any) -> dict[str, Any]:
    return {"completion": text, "stop_reason": reason, "model": "m-1", **more}


RUN = {"id": "run", "object": "thread.run", "model": "m-1"}
SAID = {"id": "msg", "role": "assistant", "content": [{"type": "text", "text": {"value": "Hello", "annotations": []}}]}
SEGMENT = {"type": "transcript.text.segment", "id": "seg_0", "speaker": "A", "start": 0.0, "end": 1.5}
LEGACY = {"type": "completion", "id": "compl_1"}
FUNCTION = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}', "output": None}}

STREAMS: dict[str, tuple[type[Dialect], list[Any], dict[str, Any]]] = {
    # name: (dialect, events, what the output says besides text "Hello" and the promised end)
    "completions": (
        OpenAICompletions,
        [piece("Hel"), piece("lo", usage=None), piece("", reason="stop"), {"choices": [], "usage": {"total_tokens": 3}}, "[DONE]"],
        {"finish_reason": "stop", "model": "m-1", "response_id": "cmpl-1", "usage": {"total_tokens": 3}},
    ),
    "completions: tgi, with empty reasons": (
        OpenAICompletions,
        [piece("Hel", reason=""), piece("lo", reason="length", usage={"total_tokens": 3})],
        {"finish_reason": "length"},
    ),
    "completions: index missing or odd": (
        OpenAICompletions,
        [piece("He"), piece("l", None), piece("l", -1), piece("o", True), "[DONE]"],
        {},
    ),
    "completions: not streamed": (
        OpenAICompletions,
        [{"object": "text_completion", **piece("Hello", reason="stop")}],
        {"finish_reason": "stop"},
    ),
    "assistants": (
        OpenAIAssistants,
        [
            thread("run.created", **RUN),
            thread("message.created", id="msg", role="assistant", content=[]),
            says("Hel", annotations=[]),
            says("lo"),
            thread("message.completed", **SAID),
            thread("run.completed", **RUN, usage={"total_tokens": 3}),
            frame("[DONE]", "done"),
        ],
        {"finish_reason": "completed", "model": "m-1", "response_id": "run", "usage": {"total_tokens": 3}},
    ),
    "assistants: no sse types": (
        OpenAIAssistants,
        [{"object": "thread.run", "model": "m-1"}, {"object": "thread.message.delta", "id": "msg", "delta": SAID}, "[DONE]"],
        {},
    ),
    "assistants: as the sdk writes events out": (
        OpenAIAssistants,
        [{"event": "thread.message.delta", "data": {"id": "msg", "delta": SAID}}, {"event": "thread.run.completed", "data": RUN}],
        {"finish_reason": "completed", "model": "m-1"},
    ),
    "assistants: only the whole message": (OpenAIAssistants, [thread("message.completed", **SAID), thread("run.completed")], {}),
    "assistants: the question is no answer": (
        OpenAIAssistants,
        [thread("message.created", id="q", role="user", content=[{"type": "text", "text": {"value": "?"}}]), says("Hello"), "[DONE]"],
        {},
    ),
    "assistants: incomplete": (
        OpenAIAssistants,
        [says("Hello"), thread("run.incomplete", incomplete_details={"reason": "max_completion_tokens"})],
        {"finish_reason": "max_completion_tokens"},
    ),
    "transcription": (
        OpenAITranscription,
        [
            {"type": "transcript.text.delta", "delta": "Hel"},
            {"type": "transcript.text.delta", "delta": "lo"},
            {"type": "transcript.text.done", "text": "Hello", "usage": {"total_tokens": 3}},
            "[DONE]",
        ],
        {"usage": {"total_tokens": 3}},
    ),
    "transcription: done alone": (OpenAITranscription, [{"type": "transcript.text.done", "text": "Hello"}], {}),
    "transcription: segments alone": (
        OpenAITranscription,
        [{**SEGMENT, "text": " Hel"}, {**SEGMENT, "text": "lo"}, {"type": "transcript.text.done", "text": "Hello"}],
        {},
    ),
    "transcription: deltas and segments": (
        OpenAITranscription,
        [
            {"type": "transcript.text.delta", "delta": "Hello"},
            {**SEGMENT, "text": "Hello"},
            {"type": "transcript.text.done", "text": "Hello"},
        ],
        {},
    ),
    "anthropic legacy": (
        AnthropicLegacy,
        [{**LEGACY, **old("Hel")}, {"type": "ping"}, {**LEGACY, **old("lo")}, {**LEGACY, **old("", "stop_sequence")}],
        {"finish_reason": "stop_sequence", "model": "m-1", "response_id": "compl_1"},
    ),
    "anthropic legacy: 2023-01-01, growing": (
        AnthropicLegacy,
        [old("Hel"), old("Hello"), old("Hello", "max_tokens"), "[DONE]"],
        {"finish_reason": "max_tokens"},
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    kind, events, about = STREAMS[name]
    dialect = kind()
    output = read(dialect, *events)
    assert output.text == "Hello"
    assert {key: getattr(output, key) for key in about} == about
    assert dialect.ended
    assert output.error is None
    assert detected(events[0], "message") is kind
    assert by_name(kind.name) is kind


@pytest.mark.parametrize("name", STREAMS)
def test_no_end_before_the_end(name: str) -> None:
    kind, events, _ = STREAMS[name]
    dialect = kind()
    read(dialect, *events[:1])
    assert dialect.ended is (len(events) == 1)


def test_completions_of_several_prompts() -> None:
    dialect = OpenAICompletions()
    output = read(dialect, piece("a"), piece("b", 1), piece("c", reason="stop"), piece("d", 1), end=False)
    assert not dialect.ended
    output = read(OpenAICompletions(), piece("a"), piece("b", 1), piece("c", reason="stop"), piece("d", 1, "length"))
    assert [(c.index, c.text, c.finish_reason) for c in output.choices] == [(0, "ac", "stop"), (1, "bd", "length")]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (piece("a"), OpenAICompletions),
        ({"object": "text_completion", "choices": []}, OpenAICompletions),
        ({"choices": [{"text": "a", "delta": {"content": "a"}}]}, OpenAIChat),
        ({"choices": []}, None),
    ],
)
def test_completions_are_no_chat(event: Any, expected: type[Dialect]) -> None:
    assert detected(event) is expected


@pytest.mark.parametrize(
    ("kind", "event", "message"),
    [
        (OpenAICompletions, {"error": {"message": "boom"}}, "boom"),
        (OpenAICompletions, {**piece("x"), "error": {"message": "boom"}}, "boom"),
        (OpenAITranscription, {"error": {"message": "boom"}}, "boom"),
        (AnthropicLegacy, {"type": "error", "error": {"message": "boom"}}, "boom"),
        (OpenAIAssistants, frame({"message": "boom", "code": "x"}, "error"), "boom"),
        (OpenAIAssistants, thread("run.failed", last_error={"code": "server_error", "message": "boom"}), "boom"),
        (OpenAIAssistants, thread("run.failed"), "The run failed, and the server did not say why."),
        (AnthropicLegacy, frame("busy", "error"), "busy"),
    ],
)
def test_errors(kind: type[Dialect], event: Any, message: str) -> None:
    error = read(kind(), event).error
    assert error is not None
    assert error["message"] == message


ASSISTANT_PARTS: dict[str, tuple[list[Any], list[tuple[str, str, dict[str, Any]]]]] = {
    "code interpreter": (
        [
            calls(code("", id="c")),
            calls(code("1+")),
            calls(code("1")),
            thread(
                "run.step.completed",
                id="step",
                step_details={
                    "tool_calls": [
                        {
                            "id": "c",
                            "type": "code_interpreter",
                            "code_interpreter": {"input": "1+1", "outputs": [{"type": "logs", "logs": "2"}]},
                        }
                    ]
                },
            ),
        ],
        [("step", "1+1", {"state": "completed", "id": "c", "name": "code_interpreter", "output": [{"type": "logs", "logs": "2"}]})],
    ),
    "function, fragments, then the client is asked": (
        [
            calls({"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}),
            calls({"index": 0, "type": "function", "function": {"arguments": '{"a":'}}),
            calls({"index": 0, "type": "function", "function": {"arguments": "1}"}}),
            thread("run.requires_action", required_action={"submit_tool_outputs": {"tool_calls": [FUNCTION]}}),
        ],
        [("tool_call", '{"a":1}', {"id": "call_1", "name": "f"})],
    ),
    "function, only when the client is asked": (
        [thread("run.requires_action", required_action={"submit_tool_outputs": {"tool_calls": [FUNCTION]}})],
        [("tool_call", '{"a":1}', {"id": "call_1", "name": "f"})],
    ),
    "citations, whole and in deltas": (
        [
            says("a", annotations=[{"index": 0, "type": "file_citation", "text": "[1]", "file_citation": {"file_id": "f"}}]),
            thread(
                "message.completed",
                id="msg",
                content=[
                    {
                        "type": "text",
                        "text": {
                            "value": "a",
                            "annotations": [{"type": "file_citation", "text": "[1]", "file_citation": {"file_id": "f"}}],
                        },
                    }
                ],
            ),
        ],
        [("text", "a", {}), ("citation", "", {"text": "[1]", "file_id": "f"})],
    ),
    "an image": (
        [
            thread("message.delta", id="msg", delta={"content": [{"index": 0, "type": "image_file", "image_file": {"file_id": "f"}}]}),
            thread("message.completed", id="msg", content=[{"type": "image_file", "image_file": {"file_id": "f"}}]),
        ],
        [("media", "", {"type": "image", "file_id": "f"})],
    ),
    "a refusal": (
        [thread("message.delta", id="msg", delta={"content": [{"index": 0, "type": "refusal", "refusal": "No."}]})],
        [("refusal", "No.", {})],
    ),
}


@pytest.mark.parametrize("name", ASSISTANT_PARTS)
def test_parts_of_assistants(name: str) -> None:
    events, expected = ASSISTANT_PARTS[name]
    assert parts(read(OpenAIAssistants(), *events)) == expected


def test_speakers() -> None:
    output = read(OpenAITranscription(), {**SEGMENT, "text": " Hi."}, {**SEGMENT, "text": " Ho.", "speaker": "B"})
    assert output.text == "Hi. Ho."
    assert [(kind, fields["name"], fields["end"]) for kind, _, fields in parts(output, "custom")] == [
        ("custom", "A", 1.5),
        ("custom", "B", 1.5),
    ]


def test_segments_repeat_what_deltas_have_said() -> None:
    assert read(OpenAITranscription(), {"type": "transcript.text.delta", "delta": "Hi."}, {**SEGMENT, "text": " Hi."}).text == "Hi."


RICH: dict[str, tuple[type[Dialect], list[Any]]] = {
    **{name: (kind, events) for name, (kind, events, _) in STREAMS.items()},
    **{name: (OpenAIAssistants, events) for name, (events, _) in ASSISTANT_PARTS.items()},
}


@given(st.sampled_from(sorted(RICH)), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_odd_json_never_raises(name: str, seed: int) -> None:
    kind, events = RICH[name]
    whole = [e if isinstance(e, Frame) else frame(e, "message") for e in events]
    odd = mutated([json.loads(e.data) if e.data[:1] == "{" else e.data for e in whole], seed)
    read(kind(), *(frame(e, whole[at % len(whole)].type) for at, e in enumerate(odd)))


@given(st.sampled_from(sorted(STREAMS)), st.sets(st.integers(1, 2000), max_size=20))
@settings(max_examples=50, deadline=None)
def test_chunks_do_not_matter(name: str, cuts: set[int]) -> None:
    data = wire(STREAMS[name][1])
    assert read_in_pieces(data, sorted(cut for cut in cuts if cut < len(data))) == read_in_pieces(data, [])
