"""Services with a format of their own: Dify, Coze, Replicate, watsonx, TGI, llama.cpp."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import TGI, Coze, Dialect, Dify, LlamaCpp, Replicate, Watsonx, detect

from .agent_streams import Event, body, check, event_frame, read, survives


def dify(kind: str, **fields: Any) -> dict[str, Any]:
    return {"event": kind, "task_id": "t", **fields}


def inner(kind: str, **data: Any) -> dict[str, Any]:
    return dify(kind, data=data)


DIFY: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "a chat": (
        [
            dify("message", message_id="m1", answer="Hel"),
            ("ping", None),
            dify("message", message_id="m1", answer="lo"),
            dify(
                "message_end",
                metadata={"usage": {"completion_tokens": 2}, "retriever_resources": [{"document_name": "Doc", "content": "…"}]},
            ),
        ],
        {"dialect": "dify", "text": "Hello", "id": "m1", "usage": {"completion_tokens": 2}, "citations": ["Doc"], "ended": True},
    ),
    "a closing message that repeats the answer": (
        [dify("message", answer="Hel"), dify("message", answer="lo"), dify("message", answer="Hello"), dify("message_end")],
        {"text": "Hello"},
    ),
    "a fragment that repeats the only one before": (
        [dify("message", answer="ha"), dify("message", answer="ha")],
        {"text": "haha", "cut": True},
    ),
    "an agent's turn, told as it grows": (
        [
            dify("agent_thought", id="1", position=1, thought="", tool=""),
            dify("agent_thought", id="1", position=1, thought="Look it up.", tool="search", tool_input='{"q": 1}'),
            dify("agent_thought", id="1", position=1, thought="Look it up.", tool="search", tool_input='{"q": 1}', observation="found"),
            dify("agent_message", answer="Found."),
            dify("agent_thought", id="2", position=2, thought="Found."),
            dify("message_end"),
        ],
        {"text": "Found.", "reasoning": "Look it up.", "calls": [("1", "search", {"q": 1})], "results": [("1", "found")]},
    ),
    "a workflow": (
        [
            inner("workflow_started", id="w1"),
            inner("node_started", id="n1", title="LLM", node_type="llm"),
            inner("reasoning_chunk", reasoning="Hm", is_final=False),
            inner("reasoning_chunk", reasoning="", is_final=True),
            inner("text_chunk", text="Bon"),
            inner("text_chunk", text="jour"),
            inner("node_finished", id="n1", status="succeeded"),
            inner("workflow_finished", id="w1", status="succeeded", outputs={"result": "Bonjour"}, total_tokens=9),
        ],
        {
            "text": "Bonjour",
            "reasoning": "Hm",
            "steps": ["LLM"],
            "ends": ["completed"],
            "finish": "succeeded",
            "usage": {"total_tokens": 9},
            "id": "w1",
            "ended": True,
        },
    ),
    "a workflow that does not stream": (
        [inner("workflow_finished", status="succeeded", outputs={"result": "Bonjour"})],
        {"text": "Bonjour"},
    ),
    "a workflow that fails": ([inner("workflow_finished", status="failed", error="no model")], {"error": "no model", "finish": "failed"}),
    "an answer that is taken back": ([dify("message", answer="bad"), dify("message_replace", answer="good")], {"text": "good"}),
    "an error": (
        [dify("message", answer="a"), dify("error", status=400, code="quota", message="too much")],
        {"error": "too much", "code": "quota"},
    ),
}


def coze(kind: str, **fields: Any) -> Event:
    return f"conversation.{kind}", {"id": "m", "chat_id": "c", **fields}


def node(content: str, title: str = "LLM", *, last: bool = False) -> Event:
    return "Message", {"content": content, "node_title": title, "node_is_finish": last, "node_seq_id": "0"}


COZE: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "a chat": (
        [
            coze("chat.created", id="c", status="created", last_error={"code": 0, "msg": ""}),
            coze("message.delta", type="answer", role="assistant", reasoning_content="Hm"),
            coze("message.delta", type="answer", content="Hel"),
            coze("message.delta", type="answer", content="lo"),
            coze("message.completed", type="answer", content="Hello"),
            coze("message.completed", id="v", type="verbose", content='{"msg_type":"generate_answer_finish"}'),
            coze("message.completed", id="f", type="follow_up", content="And then?"),
            coze("chat.completed", id="c", status="completed", usage={"output_count": 2}, last_error={"code": 0, "msg": ""}),
            ("done", '"[DONE]"'),
        ],
        {
            "dialect": "coze",
            "text": "Hello",
            "reasoning": "Hm",
            "custom": [("follow_up", "And then?")],
            "usage": {"output_count": 2},
            "finish": "completed",
            "id": "c",
            "error": None,
            "ended": True,
        },
    ),
    "fragments that were missed": (
        [coze("message.delta", type="answer", content="Hel"), coze("message.completed", type="answer", content="Hello")],
        {"text": "Hello", "cut": True},
    ),
    "a message without fragments": ([coze("message.completed", type="answer", content="Hello")], {"text": "Hello"}),
    "tools": (
        [
            coze("message.completed", id="1", type="function_call", content='{"name": "w", "arguments": {"q": 1}}'),
            coze("message.completed", id="2", type="tool_response", content="rain"),
        ],
        {"calls": [("1", "w", {"q": 1})], "results": [("1", "rain")]},
    ),
    "calls for the client": (
        [
            coze(
                "chat.requires_action",
                status="requires_action",
                required_action={"submit_tool_outputs": {"tool_calls": [{"id": "c1", "function": {"name": "w", "arguments": "{}"}}]}},
            )
        ],
        {"calls": [("c1", "w", {})], "finish": "requires_action", "ended": True},
    ),
    "a chat that fails": (
        [coze("chat.failed", status="failed", last_error={"code": 5000, "msg": "event interval error"})],
        {"error": "event interval error", "code": 5000, "ended": True},
    ),
    "a workflow": (
        [node("Hel"), node("lo", last=True), node('{"output":"Hello"}', "", last=True), ("Done", {})],
        {"text": "Hello", "custom": [("output", '{"output":"Hello"}')], "ended": True},
    ),
    "a workflow that fails": (
        [node("a"), ("Error", {"error_code": 4000, "error_message": "Request parameter error"})],
        {"error": "Request parameter error", "code": "4000"},
    ),
    "a workflow that asks": ([node("Which city?"), ("Interrupt", {"node_title": "?"})], {"finish": "interrupt", "ended": True}),
    "sound": ([coze("audio.delta", content="AAAA"), coze("audio.delta", content="AAAA")], {"media": [{"type": "audio", "bytes": 6}]}),
}
REPLICATE: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "text with its spaces": (
        [("output", ""), ("output", " Once"), ("output", " upon\n\na"), ("output", "{"), ("done", "{}")],
        {"dialect": "replicate", "text": " Once upon\n\na{", "ended": True},
    ),
    "canceled": ([("output", "a"), ("done", {"reason": "canceled"})], {"finish": "canceled", "ended": True}),
    "an end without data": ([("output", "a"), ("done", None)], {"ended": True}),
    "an error": ([("output", "a"), ("error", {"detail": "CUDA out of memory"})], {"text": "a", "error": "CUDA out of memory"}),
    "no end": ([("output", "a")], {"cut": True}),
}


def result(text: str, generated: int, *, read: int = 0, why: str = "not_finished") -> Event:
    about = {"generated_text": text, "generated_token_count": generated, "input_token_count": read, "stop_reason": why}
    return {"model_id": "granite", "results": [about]}


WATSONX: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "the input is counted once": (
        [result("", 0, read=8), result("the", 1), result(" sun", 2), result("", 3, why="eos_token")],
        {
            "dialect": "watsonx",
            "text": "the sun",
            "usage": {"prompt_tokens": 8, "completion_tokens": 3},
            "finish": "eos_token",
            "model": "granite",
            "ended": True,
        },
    ),
    "no end": ([result("a", 1)], {"text": "a", "cut": True, "finish": None}),
    "an error": ([result("a", 1), {"errors": [{"code": "limit", "message": "slow down"}]}], {"error": "slow down", "code": "limit"}),
}


def token(text: str, *, special: bool = False, whole: str | None = None, details: Any = None) -> Event:
    return {"index": 1, "token": {"id": 1, "text": text, "special": special}, "generated_text": whole, "details": details}


TGI_STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "the end repeats the text": (
        [
            token("Hel"),
            token("lo"),
            token("</s>", special=True, whole="Hello", details={"finish_reason": "eos_token", "generated_tokens": 3}),
        ],
        {"dialect": "tgi", "text": "Hello", "finish": "eos_token", "usage": {"completion_tokens": 3}, "ended": True},
    ),
    "an error": (
        [token("a"), {"error": "Request failed", "error_type": "generation"}],
        {"text": "a", "error": "Request failed"},
    ),
}
LLAMA: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "counts at the end": (
        [
            {"index": 0, "content": "Hel", "stop": False},
            {"index": 0, "content": "lo", "stop": False},
            {"index": 0, "content": "", "stop": True, "stop_type": "limit", "tokens_predicted": 2, "tokens_evaluated": 5, "model": "m"},
        ],
        {
            "dialect": "llamacpp",
            "text": "Hello",
            "finish": "limit",
            "usage": {"prompt_tokens": 5, "completion_tokens": 2},
            "model": "m",
            "ended": True,
        },
    ),
    "flags of older versions": ([{"content": "a", "stop": False}, {"content": "", "stop": True, "stopped_eos": True}], {"finish": "eos"}),
    "several prompts": ([{"index": 0, "content": "a", "stop": False}, {"index": 1, "content": "b", "stop": False}], {"texts": ["a", "b"]}),
    "an error": (
        [{"content": "a", "stop": False}, {"error": {"code": 500, "message": "no slot"}}],
        {"text": "a", "error": "no slot", "code": 500},
    ),
}
FAMILIES = {"Dify": DIFY, "Coze": COZE, "Replicate": REPLICATE, "watsonx": WATSONX, "TGI": TGI_STREAMS, "llama.cpp": LLAMA}
STREAMS = {f"{family}: {name}": case for family, cases in FAMILIES.items() for name, case in cases.items()}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize("events", [TGI_STREAMS["the end repeats the text"][0], COZE["a chat"][0]])
def test_fields_without_a_space(events: list[Event]) -> None:
    """TGI and Coze leave out the space after the colon."""
    assert read(body(*events).replace(b": ", b":", 1).replace(b"\ndata: ", b"\ndata:")).output.text == "Hello"


def test_an_error_that_is_a_field_of_its_own() -> None:
    """As llama.cpp sent it until 2024: no client dispatches it."""
    reading = read(body({"content": "a", "stop": False}) + b'error: {"code":500,"message":"no slot"}\n\n')
    assert reading.output.error is not None
    assert (reading.output.text, reading.output.error["message"]) == ("a", "no slot")


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("message", dify("message", answer="a"), Dify),
        ("message", {"event": "error", "status": 400, "code": "x", "message": "y"}, Dify),
        (*coze("chat.created"), Coze),
        (*node("a"), Coze),
        ("output", " Once", Replicate),
        ("output", "", Replicate),
        ("message", result("a", 1), Watsonx),
        ("message", token("a"), TGI),
        ("message", {"content": "a", "stop": False}, LlamaCpp),
    ],
)
def test_detection(kind: str, data: Any, expected: type[Dialect]) -> None:
    assert detect(*event_frame(data, kind)) is expected


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("message", {"event": "message", "answer": "a"}),
        ("Message", {"content": "a"}),
        ("output", {"text": "a"}),
        ("message", {"results": [{"text": "a"}]}),
        ("message", {"token": "a"}),
        ("message", {"content": "a"}),
    ],
)
def test_words_that_anybody_may_use(kind: str, data: Any) -> None:
    assert detect(*event_frame(data, kind)) not in (Dify, Coze, Replicate, Watsonx, TGI, LlamaCpp)
