"""Gemini and Vertex AI, with its partial arguments. A stream's name says what is special about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import Gemini
from sse_widget.dialects.gemini_partial import PartialArgs, parse_path
from sse_widget.output import Output

from .typed import deltas, detected, mutated, parts, read, read_in_pieces, wire


def answer(*content: Any, finish: str | None = None, index: int | None = None, **top: Any) -> dict[str, Any]:
    """One response with one candidate; a str among the content is a text."""
    items = [{"text": part} if isinstance(part, str) else part for part in content]
    candidate: dict[str, Any] = {"content": {"parts": items, "role": "model"}}
    if finish:
        candidate["finishReason"] = finish
    if index is not None:
        candidate["index"] = index
    return {"candidates": [candidate], "modelVersion": "gemini-x", "responseId": "r-1", **top}


def about(**fields: Any) -> dict[str, Any]:
    """A last response whose candidate has these fields."""
    return {"candidates": [{"finishReason": "STOP", **fields}]}


def thought(text: str) -> dict[str, Any]:
    return {"text": text, "thought": True}


def function(**fields: Any) -> dict[str, Any]:
    return {"functionCall": fields}


def gemini(*events: Any) -> Output:
    return read(Gemini(), *events)


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = Gemini(join="+")
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 2}
    assert deltas(dialect, answer("Hel"), answer("lo", finish="STOP", usageMetadata=usage)) == [
        Delta(0, RESPONSE, "set", {"model": "gemini-x", "response_id": "r-1"}),
        Delta(0, RESPONSE, "set", {"role": "model"}),
        Delta(0, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(0, 1, "append", "Hel"),
        Delta(1, RESPONSE, "set", {"usage": usage}),
        Delta(1, 1, "append", "lo"),
        Delta(1, RESPONSE, "set", {"finish_reason": {0: "STOP"}}),
        Delta(2, 1, "close", None),
    ]
    assert dialect.ended


TEXTS: dict[str, tuple[list[Any], str, str]] = {
    # name: (events, text, reasoning)
    "several parts in one event": ([answer("a", "b"), answer("c")], "abc", ""),
    "thoughts": ([answer(thought("hm"), "a"), answer(thought("!"), "b")], "ab", "hm\n\n!"),
    "one thought in two events": ([answer(thought("h")), answer(thought("m")), answer("a")], "a", "hm"),
    "a signature between texts": ([answer("a"), answer({"text": "", "thoughtSignature": "x"}), answer("b")], "ab", ""),
    "no content, no parts": ([{"candidates": [{}]}, {"candidates": [{"content": {}}]}, answer("a")], "a", ""),
    "a text after a tool is a part of its own": ([answer("a"), answer({"executableCode": {"code": "1"}}), answer("b")], "ab", ""),
    "surrogate halves in two events": ([answer("a\ud83d"), answer("\ude00b")], "a\U0001f600b", ""),
    "a list in one event": ([[answer("a"), answer("b")]], "ab", ""),
    "a wrapped response": ([{"response": answer("a")}, {"response": answer("b")}], "ab", ""),
    "the sdk's names": (
        [{"candidates": [{"content": {"parts": [{"text": "a", "thought": None}]}, "finish_reason": "STOP"}], "model_version": "m"}],
        "a",
        "",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_and_reasoning(name: str) -> None:
    events, text, reasoning = TEXTS[name]
    output = gemini(*events)
    assert (output.text, output.reasoning) == (text, reasoning)
    assert output.error is None


def test_candidates_interleave() -> None:
    output = gemini(answer("T", index=0), answer("I", index=1), answer("wo", finish="STOP"), answer(" am", index=1, finish="MAX_TOKENS"))
    assert [(c.index, c.text, c.finish_reason) for c in output.choices] == [(0, "Two", "STOP"), (1, "I am", "MAX_TOKENS")]


def test_usage_is_replaced_and_the_first_id_stays() -> None:
    output = gemini(
        answer("a", usageMetadata={"candidatesTokenCount": 1, "totalTokenCount": 9, "serviceTier": "standard"}),
        answer("b", usageMetadata={"candidatesTokenCount": 3}, responseId="r-2"),
        answer("c", usageMetadata={}),
    )
    assert (output.usage, output.response_id, output.model) == ({"candidatesTokenCount": 3}, "r-1", "gemini-x")
    assert (output.service_tier, output.role) == ("standard", "model")


@pytest.mark.parametrize(("usage", "label"), [({"trafficType": "ON_DEMAND"}, "Gemini (Vertex AI)"), ({}, None)])
def test_vertex_shows_itself(usage: dict[str, Any], label: str | None) -> None:
    assert gemini(answer("a", usageMetadata=usage)).dialect == label


def test_a_blocked_prompt() -> None:
    dialect = Gemini()
    output = read(dialect, {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}})
    assert (output.text, output.refusal, output.finish_reason) == ("", "The prompt was blocked: SAFETY", "SAFETY")
    assert dialect.ended
    said = gemini({"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "No."}})
    assert (said.refusal, said.error) == ("No.", None)


ENDS: list[tuple[str, list[Any], bool, str | None]] = [
    ("a finish reason", [answer("a", finish="STOP")], True, "STOP"),
    ("none", [answer("a")], False, None),
    ("one of two", [answer("a", finish="STOP"), answer("b", index=1)], False, "STOP"),
    ("a number that has no name yet", [{"candidates": [{"finishReason": 17}]}], True, "17"),
    ("in each event, as old models do", [answer("a", finish="STOP"), answer("b", finish="STOP")], True, "STOP"),
]


@pytest.mark.parametrize(("events", "ended", "reason"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_the_end(events: list[Any], ended: bool, reason: str | None) -> None:
    dialect = Gemini()
    assert read(dialect, *events).finish_reason == reason
    assert dialect.ended == ended


def test_a_blocked_answer_says_why() -> None:
    output = gemini(answer("a"), about(finishReason="SAFETY", finishMessage="Not this."))
    assert (output.text, output.refusal, output.finish_reason) == ("a", "Not this.", "SAFETY")
    assert gemini(about(finishMessage="Model generated function call(s).")).refusal == ""


def piece(path: str, value: Any = None, *, more: bool = False, goes_on: bool = True) -> dict[str, Any]:
    name = "stringValue" if isinstance(value, str) else "boolValue" if isinstance(value, bool) else "numberValue"
    one = {"jsonPath": path, **({"nullValue": "NULL_VALUE"} if value is None else {name: value})}
    return answer(function(partialArgs=[{**one, "willContinue": more}], **({"willContinue": True} if goes_on else {})))


BEGIN, END = answer(function(name="f", willContinue=True)), answer(function())
CALLS: dict[str, tuple[list[Any], list[tuple[str, str, Any]]]] = {
    "whole": ([answer(function(id="c1", name="f", args={"a": 1}))], [("c1", "f", {"a": 1})]),
    "two in one event": ([answer(function(name="f", args={}), function(name="g", args={"b": 1}))], [("", "f", {}), ("", "g", {"b": 1})]),
    "the same name twice": ([answer(function(name="f", args={"a": i})) for i in (1, 2)], [("", "f", {"a": 1}), ("", "f", {"a": 2})]),
    "no args at all": ([answer(function(name="f"))], [("", "f", {})]),
    "a string in pieces": (
        [BEGIN, piece("$.q", "Bos", more=True), piece("$.q", 't"on\\\n', more=True), piece("$.q", ""), END],
        [("", "f", {"q": 'Bost"on\\\n'})],
    ),
    "nested and mixed": (
        [
            BEGIN, piece("$.days[0].name", "Mo", more=True), piece("$.days[0].name", "nday"), piece("$.days[0].n", 3),
            piece("$.days[1]['a b']", True), piece('$["c.d"]', None), piece("$.f", 0.5), END,
        ],
        [("", "f", {"days": [{"name": "Monday", "n": 3}, {"a b": True}], "c.d": None, "f": 0.5})],
    ),
    "out of order": ([BEGIN, piece("$.a.x", "1"), piece("$.b", "2"), piece("$.a.x", "3"), END], [("", "f", {"a": {"x": "13"}, "b": "2"})]),
    "ended by the last piece": ([BEGIN, piece("$.a", 1, goes_on=False), answer("text")], [("", "f", {"a": 1})]),
    "ended by the next call": ([BEGIN, piece("$.a", 1), BEGIN, piece("$.a", 2), END], [("", "f", {"a": 1}), ("", "f", {"a": 2})]),
    "name and first piece at once": (
        [answer(function(name="f", willContinue=True, partialArgs=[{"jsonPath": "$.a", "stringValue": "x"}])), END],
        [("", "f", {"a": "x"})],
    ),
    "no pieces": ([BEGIN, END], [("", "f", {})]),
    "ended by the finish reason": ([BEGIN, piece("$.a", "x", more=True), about()], [("", "f", {"a": "x"})]),
    "cut": ([BEGIN, piece("$.a", "x", more=True)], [("", "f", {"a": "x"})]),
    "paths that are none": ([BEGIN, piece("a", 1), piece("$..a", 1), piece("$[0]", 1), piece("$.b[9999]", 1), END], [("", "f", {"b": []})]),
    "surrogate halves": ([BEGIN, piece("$.a", "\ud83d", more=True), piece("$.a", "\ude00"), END], [("", "f", {"a": "\U0001f600"})]),
    "the sdk's names": (
        [
            answer({"function_call": {"name": "f", "will_continue": True}}),
            answer({"function_call": {"partial_args": [{"json_path": "$.a", "string_value": "x", "number_value": None}]}}),
        ],
        [("", "f", {"a": "x"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_function_calls(name: str) -> None:
    events, expected = CALLS[name]
    assert [(c.id, c.name, c.parsed) for c in gemini(*events).tool_calls] == expected


def test_partial_arguments_grow_and_are_never_rewritten_in_order() -> None:
    events = CALLS["nested and mixed"][0]
    found = deltas(Gemini(), *events)
    assert [d.value for d in found if d.op == "append"] == [
        '{"days":[{"name":"Mo', "nday", '","n":3', '},{"a b":true', '}],"c.d":null', ',"f":0.5', "}",
    ]  # fmt: skip
    assert not [d for d in found if d.op == "replace"]


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$.a", ("a",)),
        ("$.a[0].b", ("a", 0, "b")),
        ("$['a\\'b'][\"c\\\"\"]", ("a'b", 'c"')),
        *((bad, None) for bad in ("", "a", "$", "$.", "$..a", "$[0]", "$.a[-1]", "$.a[*]", "$" + ".a" * 99, 3, None)),
    ],
)
def test_paths(path: Any, steps: tuple[Any, ...] | None) -> None:
    assert parse_path(path) == steps


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["$.a", "$.a.b", "$.a[0]", "$.a[2].c", "$.d"]), st.none() | st.booleans() | st.text(max_size=3)),
        max_size=8,
    )
)
def test_any_pieces_make_json(pieces: list[tuple[str, Any]]) -> None:
    args = PartialArgs()
    sent = ""
    for path, value in pieces:
        more = args.add({"jsonPath": path, **({"stringValue": value} if isinstance(value, str) else {"boolValue": value})})
        text = sent + more if more is not None else args.text(final=False)
        sent = text or sent
    assert isinstance(json.loads(args.text(final=True)), dict)


def test_tools_that_google_runs_are_steps() -> None:
    output = gemini(
        answer({"executableCode": {"code": "print(1)", "language": "PYTHON", "id": "x"}}),
        answer({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n", "id": "x"}}, "It is 1."),
        answer({"toolCall": {"toolType": "FILE_SEARCH", "id": "t", "args": {"q": "a"}}}),
        answer({"toolResponse": {"toolType": "FILE_SEARCH", "id": "t"}}),
        answer({"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "?"}}),
    )
    assert parts(output) == [
        ("step", "code execution", {"language": "PYTHON", "code": "print(1)", "state": "completed", "output": "1\n"}),
        ("text", "It is 1.", {}),
        ("step", "file search", {"arguments": {"q": "a"}, "state": "completed"}),
        ("step", "code execution", {"state": "failed", "output": "?"}),
    ]
    assert output.tool_calls == []


def test_media_without_their_data() -> None:
    output = gemini(
        answer("a", {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        answer({"fileData": {"mimeType": "video/mp4", "fileUri": "https://x/v"}}, "b"),
    )
    assert output.media == [
        {"type": "image", "media_type": "image/png", "bytes": 3},
        {"type": "video", "media_type": "video/mp4", "url": "https://x/v"},
    ]
    assert output.text == "ab"


def test_sources() -> None:
    grounding = {
        "webSearchQueries": ["q"],
        "groundingChunks": [{"web": {"uri": "https://x", "title": "X"}}, {"retrievedContext": {"title": "Y", "text": "y"}}],
        "groundingSupports": [{"segment": {"endIndex": 3, "text": "abc"}, "groundingChunkIndices": [0, 7, "z"]}],
    }
    output = gemini(
        answer("abc"),
        about(groundingMetadata=grounding, citationMetadata={"citationSources": [{"startIndex": 1, "endIndex": 2, "uri": "https://c"}]}),
        about(groundingMetadata=grounding, urlContextMetadata={"urlMetadata": [{"retrievedUrl": "https://p", "urlRetrievalStatus": "OK"}]}),
    )
    assert output.citations == [
        {"type": "web", "url": "https://x", "title": "X", "segments": [{"endIndex": 3, "text": "abc"}]},
        {"type": "retrievedContext", "title": "Y", "cited_text": "y"},
        {"url": "https://c", "start": 1, "end": 2},
    ]
    assert parts(output, "step") == [
        ("step", "web search", {"query": "q"}),
        ("step", "page read", {"url": "https://p", "state": "completed"}),
    ]


STRAY = b'{\n  "error": {\n    "code": 499,\n    "message": "Cancelled.",\n    "status": "CANCELLED"\n  }\n}'
ERRORS: list[tuple[str, bytes, str | None]] = [
    ("in an event", wire([answer("a"), {"error": {"code": 499, "message": "Cancelled.", "status": "CANCELLED"}}]), None),
    ("pretty-printed between events", wire([answer("a")]) + STRAY + b"\n\n", None),
    ("its last line not ended", wire([answer("a")]) + STRAY, None),
    ("on one line", wire([answer("a")]) + STRAY.replace(b"\n", b"") + b"\n", None),
    ("in the array", json.dumps([answer("a"), json.loads(STRAY)]).encode(), "application/json"),
    ("after the array", json.dumps([answer("a")]).encode() + STRAY, "application/json"),
]


@pytest.mark.parametrize(("data", "content_type"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_errors(data: bytes, content_type: str | None) -> None:
    output = sw.Recording.from_bytes(data, content_type or "text/event-stream").read()
    assert output.text == "a"
    assert output.error is not None
    assert (output.error["message"], output.error["code"]) == ("Cancelled.", 499)


@pytest.mark.parametrize("indent", [None, 2])
def test_both_framings_say_the_same(indent: int | None) -> None:
    events = [answer(thought("hm")), answer("Hel"), answer("lo", finish="STOP")]
    array = sw.Recording.from_bytes(json.dumps(events, indent=indent).encode(), "application/json; charset=UTF-8")
    lines = sw.Recording.from_bytes(wire(events).replace(b"\n", b"\r\n"), "text/event-stream")
    assert array.read().to_dict() == lines.read().to_dict()
    assert len(array.events) == 3


DETECTED: list[tuple[Any, type | None]] = [
    (answer("a"), Gemini),
    ({"promptFeedback": {"blockReason": "SAFETY"}}, Gemini),
    ({"usageMetadata": {}, "modelVersion": "m"}, Gemini),
    ({"response": answer("a")}, Gemini),
    ({"candidates": [], "usage_metadata": None}, Gemini),
]


@pytest.mark.parametrize(("event", "dialect"), DETECTED)
def test_detected(event: Any, dialect: type | None) -> None:
    assert detected(event) is dialect


# --- whatever comes ------------------------------------------------------------------------------------------------------
MANY: dict[str, list[Any]] = {
    "gemini": [answer(thought("hm"), "é"), *CALLS["nested and mixed"][0], *(e for events, _, _ in TEXTS.values() for e in events)],
    "sources": [about(groundingMetadata={"groundingChunks": [{"web": {"uri": "u"}}]}), answer({"executableCode": {"code": "1"}})],
}


@pytest.mark.parametrize("name", MANY)
def test_any_prefix_and_any_cut(name: str) -> None:
    data = wire(MANY[name])
    for stop in range(0, len(data), 3):
        sw.Recording.from_bytes(data[:stop], "text/event-stream").read()
    whole = read_in_pieces(data, [])
    assert read_in_pieces(data, list(range(1, len(data)))) == whole


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(MANY)), st.integers(0, 10**6))
def test_mutations_never_raise(name: str, seed: int) -> None:
    json.dumps(gemini(*mutated(MANY[name], seed)).to_dict()).encode()
