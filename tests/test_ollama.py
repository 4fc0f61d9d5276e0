"""Ollama's own API. A stream's name says what is special about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import Ollama

from .typed import deltas, detected, mutated, read


def chat(content: Any = "", **message: Any) -> dict[str, Any]:
    return {"model": "m", "created_at": "t", "message": {"role": "assistant", "content": content, **message}, "done": False}


def generate(response: str, **top: Any) -> dict[str, Any]:
    return {"model": "m", "response": response, "done": False, **top}


COUNTS = {"prompt_eval_count": 3, "eval_count": 2, "total_duration": 10**9}
LAST = {**chat(), "done": True, "done_reason": "stop", **COUNTS}


def call(name: str, arguments: Any, **about: Any) -> dict[str, Any]:
    return {**about, "function": {"name": name, "arguments": arguments}}


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = Ollama(join="+")
    assert deltas(dialect, chat("Hel"), chat("lo"), LAST) == [
        Delta(0, RESPONSE, "set", {"model": "m"}),
        Delta(0, RESPONSE, "set", {"role": "assistant"}),
        Delta(0, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(0, 1, "append", "Hel"),
        Delta(1, 1, "append", "lo"),
        Delta(2, RESPONSE, "set", {"finish_reason": {0: "stop"}}),
        Delta(2, RESPONSE, "set", {"usage": COUNTS}),
        Delta(2, RESPONSE, "set", {"done": True}),
        Delta(3, 1, "close", None),
    ]


STREAMS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "thinking": ([chat(thinking="h"), chat(thinking="m"), chat("a"), LAST], {"text": "a", "reasoning": "hm"}),
    "generate": ([generate("a"), generate("", thinking="hm"), generate("b", done=True, context=[1, 2])], {"text": "ab", "reasoning": "hm"}),
    "the last line has text": ([chat("a"), {**LAST, "message": {"content": "b"}}], {"text": "ab", "usage": COUNTS}),
    "a model is merely loaded": ([generate("", done=True, done_reason="load")], {"text": "", "finish_reason": "load", "usage": None}),
    "whole calls, all with index 0": (
        [chat(tool_calls=[call("f", {"a": 1}, id="c1")]),
         chat(tool_calls=[{"function": {"index": 0, "name": "g", "arguments": {}}}]), LAST],
        {"calls": [("c1", "f", {"a": 1}), ("", "g", {})]},
    ),
    "the same call twice": ([chat(tool_calls=[call("f", {}, id="c"), call("f", {}, id="c")])], {"calls": [("c", "f", {})] * 2}),
    "arguments as text, or none": (
        [chat(tool_calls=[call("f", '{"a":1}'), call("g", None)])],
        {"calls": [("", "f", {"a": 1}), ("", "g", {})]},
    ),
    "an error": ([chat("a"), {"error": "out of memory"}], {"text": "a", "error": {"message": "out of memory", "type": None, "code": None}}),
    "fields of the wrong type": ([chat("a"), chat(3), {**chat(), "message": [1]}, chat(tool_calls={"a": 1}, images=[7])], {"text": "a"}),
    "surrogate halves in two lines": ([chat("\ud83d"), chat("\ude00")], {"text": "\U0001f600"}),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    events, expected = STREAMS[name]
    output = read(Ollama(), *events)
    found = {**output.to_dict(), "calls": [(c.id, c.name, c.parsed) for c in output.tool_calls]}
    assert {key: found[key] for key in expected} == expected


def test_a_whole_call_is_complete_at_once() -> None:
    output = read(Ollama(), chat(tool_calls=[call("f", None)]), end=False)
    assert [(part.closed, output.tool_calls[0].parsed) for part in output.parts] == [(True, {})]


def test_an_image_is_named_not_kept() -> None:
    assert read(Ollama(), chat(images=["AAAA"])).media == [{"type": "image", "bytes": 3}]


@pytest.mark.parametrize(("event", "ended"), [(LAST, True), (chat("a"), False), ({"error": "x"}, False)])
def test_the_end(event: Any, ended: bool) -> None:
    dialect = Ollama()
    read(dialect, chat("a"), event)
    assert dialect.ended == ended


DETECTED: list[tuple[Any, bool]] = [
    (chat("a"), True),
    (generate("a"), True),
    ({"done": False, "content": "a"}, False),
    ({"done": "yes", "response": "a"}, False),
    ({"response": "a"}, False),
]


@pytest.mark.parametrize(("event", "is_ollama"), DETECTED)
def test_detected(event: Any, is_ollama: bool) -> None:
    assert (detected(event) is Ollama) == is_ollama


def lines(events: list[Any]) -> bytes:
    return "".join(json.dumps(event) + "\n" for event in events).encode()


MANY = [event for events, _ in STREAMS.values() for event in events]


def test_any_prefix_and_any_cut() -> None:
    data = lines(MANY)
    for end in range(0, len(data), 3):
        sw.Recording.from_bytes(data[:end], "application/x-ndjson").read()
    cut = sw.Recording()
    cut.content_type = "application/x-ndjson"
    for at in range(len(data)):
        cut.chunk(data[at : at + 1])
    cut.seal("close")
    assert cut.read().to_dict() == sw.Recording.from_bytes(data, "application/x-ndjson").read().to_dict()


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6))
def test_mutations_never_raise(seed: int) -> None:
    json.dumps(read(Ollama(), *mutated(MANY, seed)).to_dict()).encode()
