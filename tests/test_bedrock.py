"""Amazon Bedrock: converse, invoke with a vendor's events inside, agents. A stream's name says what is special about it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.aws import pack
from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import BedrockConverse, BedrockInvoke, UnknownJSON
from sse_widget.output import Output
from sse_widget.wire import Frame

from .typed import ODD, deltas, detected, frame, mutated, parts, read

AWS = "application/vnd.amazon.eventstream"


def event(kind: str, **data: Any) -> Frame:
    return frame({**data, "p": "abc"}, kind)


def delta(index: int, **fields: Any) -> Frame:
    return event("contentBlockDelta", contentBlockIndex=index, delta=fields)


def start(index: int, **fields: Any) -> Frame:
    return event("contentBlockStart", contentBlockIndex=index, start=fields)


def stop(index: int) -> Frame:
    return event("contentBlockStop", contentBlockIndex=index)


def chunk(data: Any, **more: Any) -> Frame:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else json.dumps(data).encode()
    return event("chunk", bytes=base64.b64encode(raw).decode(), **more)


def in_bytes(events: list[Frame]) -> bytes:
    """The stream as AWS frames."""
    return b"".join(pack(one.data.encode(), {":event-type": one.type, ":message-type": "event"}) for one in events)


def calls(output: Output) -> list[tuple[str, str, Any]]:
    return [(c.id, c.name, c.parsed) for c in output.tool_calls]


USAGE = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
ENDING = [event("messageStop", stopReason="end_turn"), event("metadata", usage=USAGE, metrics={"latencyMs": 1})]
PLAIN = [event("messageStart", role="assistant"), delta(0, text="Hel"), delta(0, text="lo"), stop(0), *ENDING]


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = BedrockConverse(join="+")
    assert deltas(dialect, *PLAIN) == [
        Delta(0, RESPONSE, "set", {"role": "assistant"}),
        Delta(1, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(1, 1, "append", "Hel"),
        Delta(2, 1, "append", "lo"),
        Delta(3, 1, "close", None),
        Delta(4, RESPONSE, "set", {"finish_reason": {0: "end_turn"}}),
        Delta(4, RESPONSE, "set", {"done": True}),
        Delta(5, RESPONSE, "set", {"usage": USAGE}),
    ]


CONVERSE: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "reasoning": (
        [delta(0, reasoningContent={"text": "hm"}), delta(0, reasoningContent={"signature": "x"}), stop(0), delta(1, text="a"), *ENDING],
        {"text": "a", "reasoning": "hm"},
    ),
    "as boto3 gives it, and amazon's own models": (
        [{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"delta": {"text": "a"}, "contentBlockIndex": 0}},
         {"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": USAGE}}],
        {"text": "a", "usage": USAGE, "finish_reason": "end_turn"},
    ),
    "tool calls, one without arguments": (
        [start(0, toolUse={"toolUseId": "c1", "name": "f"}), *(delta(0, toolUse={"input": text}) for text in ('{"a"', ":1}")), stop(0),
         start(1, toolUse={"toolUseId": "c2", "name": "g"}), delta(1, toolUse={"input": ""}), stop(1), *ENDING],
        {"calls": [("c1", "f", {"a": 1}), ("c2", "g", {})]},
    ),
    "a tool of the server is a step": (
        [start(0, toolUse={"toolUseId": "s", "name": "search", "type": "server_tool_use"}), delta(0, toolUse={"input": "{}"}), stop(0),
         start(1, toolResult={"toolUseId": "s", "status": "success"}), stop(1)],
        {"calls": [], "parts": [("step", "search", {"state": "completed"})]},
    ),
    "a citation before its text": (
        [delta(0, citation={"title": "facts", "sourceContent": [{"text": "R."}], "location": {"web": {"url": "https://x"}}}),
         delta(0, text="a")],
        {"text": "a", "citations": [{"url": "https://x", "title": "facts", "cited_text": "R.", "location": {"web": {"url": "https://x"}}}]},
    ),
    "an image": ([delta(0, image={"source": {"bytes": "AAAA"}})], {"media": [{"type": "image", "bytes": 3}]}),
    "an exception by its frame": (
        [delta(0, text="a"), frame({"message": "slow down"}, "throttlingException")],
        {"text": "a", "error": {"message": "slow down", "type": "throttlingException", "code": None}},
    ),
    "an exception by its key": (
        [delta(0, text="a"), {"modelStreamErrorException": {"message": "no", "originalStatusCode": 424}}],
        {"text": "a", "error": {"message": "no", "type": "modelStreamErrorException", "code": 424}},
    ),
    "an error without a shape": (
        [delta(0, text="a"), frame({"code": "InternalFailure", "message": "Sorry"}, "error")],
        {"text": "a", "error": {"message": "Sorry", "type": None, "code": "InternalFailure"}},
    ),
    "a guardrail": ([event("messageStop", stopReason="guardrail_intervened")], {"finish_reason": "guardrail_intervened"}),
}  # fmt: skip


def said(output: Output) -> dict[str, Any]:
    texts = [choice.text for choice in output.choices]
    return {**output.to_dict(), "texts": texts, "calls": calls(output), "parts": parts(output)}


@pytest.mark.parametrize("name", CONVERSE)
def test_converse(name: str) -> None:
    events, expected = CONVERSE[name]
    found = said(read(BedrockConverse(), *events))
    assert {key: found[key] for key in expected} == expected


# --- invoke --------------------------------------------------------------------------------------------------------------
ANTHROPIC: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m-1", "model": "claude", "role": "assistant", "usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"outputTokenCount": 2}},
]
TITAN: dict[str, Any] = {"outputText": "lo", "completionReason": "FINISH", "inputTextTokenCount": None, "totalOutputTextTokenCount": 2}
INVOKE: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "anthropic": (
        [chunk(one) for one in ANTHROPIC],
        {"text": "Hello", "finish_reason": "end_turn", "model": "claude", "dialect": "Bedrock (Anthropic)"},
    ),
    "openai chat": ([chunk({"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]})], {"text": "a", "finish_reason": "stop"}),
    "cohere v1": ([chunk({"event_type": "text-generation", "text": "a", "is_finished": False})], {"text": "a"}),
    "nova": ([chunk({"contentBlockDelta": {"delta": {"text": "a"}}})], {"text": "a", "dialect": "Bedrock (Bedrock Converse)"}),
    "titan": (
        [chunk({"outputText": "Hel"}), chunk(TITAN)],
        {"text": "Hello", "finish_reason": "FINISH", "usage": {"totalOutputTextTokenCount": 2}},
    ),
    "titan behind a guardrail, which counts in fractions": (
        [chunk({"outputText": "No.", "index": 0.0, "totalOutputTextTokenCount": 3.0, "inputTextTokenCount": float("inf")})],
        {"text": "No.", "usage": {"totalOutputTextTokenCount": 3}},
    ),
    "claude's completions": (
        [chunk({"completion": text, "stop_reason": why, "stop": None}) for text, why in ((" Hel", None), ("lo", None), ("", "stop"))],
        {"text": " Hello", "finish_reason": "stop"},
    ),
    "command": (
        [chunk({"text": "Hel", "is_finished": False}), chunk({"text": "lo", "is_finished": False}),
         chunk({"finish_reason": "COMPLETE", "is_finished": True, "amazon-bedrock-invocationMetrics": {"outputTokenCount": 2}})],
        {"text": "Hello", "finish_reason": "COMPLETE", "usage": {"outputTokenCount": 2}},
    ),
    "command, two generations": (
        [chunk({"text": text, "is_finished": False, "index": index}) for text, index in (("a", 0), ("x", 1), ("b", 0), ("y", 1))],
        {"text": "ab", "texts": ["ab", "xy"]},
    ),
    "command, all at once": ([chunk({"generations": [{"text": "Hello", "finish_reason": "COMPLETE"}], "prompt": "?"})],
        {"text": "Hello", "finish_reason": "COMPLETE"}),
    "llama": (
        [chunk({"generation": "a", "prompt_token_count": 4, "generation_token_count": 1, "stop_reason": None}),
         chunk({"generation": "b", "prompt_token_count": None, "generation_token_count": 2, "stop_reason": "stop"})],
        {"text": "ab", "finish_reason": "stop", "usage": {"prompt_token_count": 4, "generation_token_count": 2}},
    ),
    "mistral": (
        [chunk({"outputs": [{"text": text, "stop_reason": why}]}) for text, why in (("a", None), ("b", "stop"))],
        {"text": "ab", "finish_reason": "stop"},
    ),
    "as boto3 gives it": ([{"chunk": json.loads(chunk({"outputText": "a"}).data)}], {"text": "a"}),
    "an exception among the vendor's events": (
        [chunk(ANTHROPIC[0]), chunk(ANTHROPIC[2]), frame({"message": "late"}, "modelTimeoutException"),
         chunk(ANTHROPIC[2])],
        {"text": "HelloHello", "error": {"message": "late", "type": "modelTimeoutException", "code": None}},
    ),
    "base64 that is none": ([chunk({"outputText": "a"}), event("chunk", bytes="*")], {"text": "a"}),
    "json that nobody knows": ([chunk({"a": 1}), chunk({"outputText": "a"})], {"text": "a"}),
}  # fmt: skip


@pytest.mark.parametrize("name", INVOKE)
def test_invoke(name: str) -> None:
    events, expected = INVOKE[name]
    found = said(read(BedrockInvoke(), *events))
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(("events", "ended"), [(ANTHROPIC, True), (ANTHROPIC[:3], False)])
def test_it_ends_when_the_vendor_says_so(events: list[Any], ended: bool) -> None:
    dialect = BedrockInvoke()
    read(dialect, *map(chunk, events))
    assert dialect.ended == ended


def trace(**stage: Any) -> Frame:
    return event("trace", sessionId="s", trace={"orchestrationTrace": stage})


AGENT = [
    trace(rationale={"text": "First the country."}),
    trace(invocationInput={"actionGroupInvocationInput": {"actionGroupName": "places", "function": "find", "parameters": [{"name": "a"}]}}),
    trace(observation={"actionGroupInvocationOutput": {"text": "Costa Rica"}}),
    trace(rationale={"text": "Then the city."}),
    chunk("Go to ", attribution={"citations": [{"retrievedReferences": [{"content": {"text": "R."}, "location": {"type": "S3"}}]}]}),
    chunk("Jacó."),
]


def test_an_agent() -> None:
    output = read(BedrockInvoke(), *AGENT)
    assert (output.text, output.reasoning) == ("Go to Jacó.", "First the country.\n\nThen the city.")
    assert parts(output, "step") == [("step", "places: find", {"arguments": [{"name": "a"}], "state": "completed", "output": "Costa Rica"})]
    assert output.citations == [{"cited_text": "R.", "location": {"type": "S3"}}]


def test_an_agent_that_hands_control_back_or_fails() -> None:
    asked = {"functionInvocationInput": {"function": "f", "parameters": [{"name": "a", "value": "1"}]}}
    assert calls(read(BedrockInvoke(), event("returnControl", invocationId="i", invocationInputs=[asked]))) == [("i", "f", {"a": "1"})]
    failed = read(BedrockInvoke(), event("trace", sessionId="s", trace={"failureTrace": {"failureReason": "No."}}))
    assert failed.error == {"message": "No.", "type": "failureTrace", "code": None}


# --- whatever comes ------------------------------------------------------------------------------------------------------
DETECTED: list[tuple[Frame, type | None]] = [
    (PLAIN[0], BedrockConverse),
    (frame({"contentBlockDelta": {}}), BedrockConverse),
    (chunk({"outputText": "a"}), BedrockInvoke),
    (frame({"bytes": "e30=", "p": "a"}), BedrockInvoke),
    (AGENT[0], BedrockInvoke),
    (frame({"trace": {"agentId": "a", "sessionId": "s", "trace": {"orchestrationTrace": {}}}}), BedrockInvoke),
    (frame({"returnControl": {"invocationId": "i", "invocationInputs": [{}]}}), BedrockInvoke),
    # Traces of others.
    (frame({"trace": {"id": "t", "spans": []}, "text": "a"}), UnknownJSON),
    (frame({"trace": {"trace": {"span": {}}}}), UnknownJSON),
    (frame({"trace": "t", "sessionId": "s"}), UnknownJSON),
    (event("trace", sessionId="s", trace={"span": "x"}), UnknownJSON),
    (event("trace", sessionId="s", text="a"), UnknownJSON),
    (frame({"returnControl": {}}), UnknownJSON),
]


@pytest.mark.parametrize(("one", "dialect"), DETECTED)
def test_detected(one: Frame, dialect: type | None) -> None:
    assert detected(one) is dialect


MANY: dict[str, tuple[type[BedrockConverse] | type[BedrockInvoke], list[Frame]]] = {
    "converse": (BedrockConverse, [e for events, _ in CONVERSE.values() for e in events if isinstance(e, Frame)]),
    "invoke": (BedrockInvoke, [*map(chunk, ANTHROPIC), *AGENT]),
    "titan": (BedrockInvoke, [chunk({"outputText": "é"}), chunk(TITAN)]),
}


@pytest.mark.parametrize("name", MANY)
def test_any_prefix_and_any_cut(name: str) -> None:
    data = in_bytes(MANY[name][1])
    whole = sw.Recording.from_bytes(data, AWS).read()
    for end in range(0, len(data), 5):
        assert whole.text.startswith(sw.Recording.from_bytes(data[:end], AWS).read().text)
    cut = sw.Recording()
    for at in range(len(data)):  # without a type, too
        cut.chunk(data[at : at + 1])
    cut.seal("close")
    assert cut.read().to_dict() == sw.Recording.from_bytes(data, AWS).read().to_dict()


def test_a_damaged_frame_costs_that_frame_alone() -> None:
    data = bytearray(in_bytes(PLAIN))
    data[len(in_bytes(PLAIN[:2])) - 8] ^= 1
    recording = sw.Recording.from_bytes(bytes(data), AWS)
    output = recording.read()
    assert (output.text, output.finish_reason) == ("lo", "end_turn")
    assert "checksum" in next(one.data for one in recording.frames if one.kind == sw.wire.IGNORED)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(MANY)), st.integers(0, 10**6))
def test_mutations_never_raise(name: str, seed: int) -> None:
    dialect, events = MANY[name]
    datas = mutated([json.loads(one.data) for one in events], seed)
    kinds = [events[i % len(events)].type for i in range(len(datas))]
    json.dumps(read(dialect(), *(frame(d, k) for d, k in zip(datas, kinds, strict=True))).to_dict()).encode()


@pytest.mark.parametrize("inside", ODD)
def test_odd_events_inside(inside: Any) -> None:
    output = read(BedrockInvoke(), chunk(inside), *(chunk({**one, **dict.fromkeys(one, inside)}) for one in [*ANTHROPIC, TITAN]))
    json.dumps(output.to_dict()).encode()
