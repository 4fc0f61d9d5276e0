"""OpenAI chat completions, with the accents of the services that speak them. A stream's name says what is special about it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import OpenAIChat, parse_json
from sse_widget.dialects.base import Dialect
from sse_widget.output import Output

from .chat import DONE, call, chunk, fragment, frame, read, say


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = OpenAIChat(join="+")
    events = [chunk({"role": "assistant", "content": ""}), say("Hel"), say("lo"), chunk(finish="stop"), DONE]
    deltas = [d for i, e in enumerate(events) for d in dialect.read(i, frame(e), parse_json(frame(e).data))]
    assert deltas == [
        Delta(0, RESPONSE, "set", {"model": "m-1", "response_id": "c-1"}),
        Delta(0, RESPONSE, "set", {"role": "assistant"}),
        Delta(1, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(1, 1, "append", "Hel"),
        Delta(2, 1, "append", "lo"),
        Delta(3, RESPONSE, "set", {"finish_reason": {0: "stop"}}),
        Delta(4, RESPONSE, "set", {"done": True}),
    ]
    assert dialect.end(4) == [Delta(4, 1, "close", None)]


TEXTS: dict[str, tuple[list[Any], str, str]] = {
    # name: (events, text, reasoning)
    "content null and empty": ([chunk({"content": None}), say(""), say("a"), chunk({})], "a", ""),
    "delta absent or no object": ([{"choices": [{"index": 0}]}, {"choices": [{"delta": 3}, None, 7]}, say("a")], "a", ""),
    "azure: empty choices and no id first": ([{"choices": [], "id": "", "prompt_filter_results": [{}]}, say("a")], "a", ""),
    "index missing": (
        [{"choices": [{"delta": {"content": "a"}}]}, say("b", index=None), say("c", index=-1), say("d", index=True)],
        "abcd",
        "",
    ),
    "reasoning_content": (
        [chunk({"content": None, "reasoning_content": "hm"}), chunk({"content": "a", "reasoning_content": None})],
        "a",
        "hm",
    ),
    "reasoning": ([chunk({"content": "", "reasoning": "hm"}), say("a")], "a", "hm"),
    "reasoning_details alone": (
        [chunk({"reasoning_details": [{"type": "reasoning.text", "text": "h"}, {"type": "reasoning.summary", "summary": "m"}]})],
        "",
        "hm",
    ),
    "reasoning in three spellings at once": (
        [chunk({"reasoning_content": "hm", "reasoning": "hm", "reasoning_details": [{"text": "hm"}]}), say("a")],
        "a",
        "hm",
    ),
    "first spelling empty": ([chunk({"reasoning_content": "", "reasoning": "hm"})], "", "hm"),
    "details encrypted or odd": ([chunk({"reasoning_details": [{"type": "reasoning.encrypted", "data": "xx"}, 3, {"text": 4}]})], "", ""),
    "mistral: content as a list of parts": (
        [
            chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "h"}, {"type": "text", "text": "m"}]}]}),
            chunk({"content": [{"type": "thinking", "thinking": "!"}, {"type": "text", "text": "a"}, "b"]}),
            say("c"),
        ],
        "abc",
        "hm!",
    ),
    "content as one typed part": ([chunk({"content": {"type": "text", "text": "a"}})], "a", ""),
    "perplexity: the message so far beside the delta": (
        [
            {"choices": [{"index": 0, "delta": {"content": "a"}, "message": {"content": "a"}}]},
            {"choices": [{"index": 0, "delta": {"content": "b"}, "message": {"content": "ab"}}]},
            {"choices": [{"index": 0, "message": {"content": "ab"}, "finish_reason": "stop"}]},
        ],
        "ab",
        "",
    ),
    "messages so far without deltas": (
        [{"choices": [{"message": {"content": t, "reasoning_content": "hm"}}]} for t in ("a", "ab", "abc")],
        "abc",
        "hm",
    ),
    "a message that changes its beginning": ([{"choices": [{"message": {"content": t}}]} for t in ("a", "xyz")], "xyz", ""),
    "surrogate halves in two deltas": ([say("a\ud83d"), say("\ude00b")], "a\U0001f600b", ""),
    "a lone surrogate": ([say("a\ude00b")], "a\ufffdb", ""),
    "padding and floats as logprobs": ([say("a", obfuscation="xyz", p="abc", logprobs=0.5)], "a", ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_and_reasoning(name: str) -> None:
    events, text, reasoning = TEXTS[name]
    output = read(*events, DONE)
    assert (output.text, output.reasoning) == (text, reasoning)
    assert output.error is None


def test_choices_interleave() -> None:
    output = read(
        say("T"), say("I", index=1), say("wo", index=0), say(" am", index=1), chunk(finish="stop"), chunk(index=1, finish="length"),
        {"choices": [], "usage": {"completion_tokens": 4}}, DONE,
    )  # fmt: skip
    assert [(c.index, c.text, c.finish_reason) for c in output.choices] == [(0, "Two", "stop"), (1, "I am", "length")]
    assert (output.text, output.finish_reason, output.usage) == ("Two", "stop", {"completion_tokens": 4})


def test_two_choices_in_one_chunk() -> None:
    both = {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}
    assert [c.text for c in read(both, both).choices] == ["aa", "bb"]


def test_refusal_is_no_text() -> None:
    output = read(chunk({"content": None, "refusal": "I "}), chunk({"refusal": "can't."}))
    assert (output.text, output.refusal) == ("", "I can't.")


@pytest.mark.parametrize(
    ("events", "usage"),
    [
        ([say("a", usage=None), {"choices": [], "usage": {"completion_tokens": 1}}], {"completion_tokens": 1}),
        ([say("a", usage={"completion_tokens": 1}), say("b", usage={"completion_tokens": 2})], {"completion_tokens": 2}),
        ([say("a"), chunk(finish="stop", x_groq={"id": "x", "usage": {"completion_tokens": 3}})], {"completion_tokens": 3}),
        ([say("a", usage={}), say("b", usage=7)], None),
    ],
    ids=["own chunk", "cumulative", "groq", "empty or odd"],
)
def test_usage_is_replaced_never_summed(events: list[Any], usage: Any) -> None:
    assert read(*events).usage == usage


def test_usage_that_is_repeated_is_sent_once() -> None:
    dialect = OpenAIChat()
    event = say("a", usage={"completion_tokens": 1})
    assert [any(d.op == "set" and "usage" in d.value for d in dialect.read(i, frame(event), event)) for i in range(3)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("events", "ended"),
    [
        ([say("a")], False),
        ([say("a"), DONE], True),
        ([say("a"), chunk(finish="stop")], True),
        ([say("a"), say("b", index=1), chunk(finish="stop")], False),
        ([say("a"), say("b", index=1), chunk(finish="stop"), chunk(index=1, finish="stop")], True),
        ([say("a"), chunk(finish="stop"), say("b", id="c-2")], False),
        ([say("a"), chunk(finish="stop"), say(" ", id="c-1")], True),
        ([say("a"), chunk(finish="")], False),
        ([{"error": {"message": "x"}}], False),
    ],
)
def test_ended(events: list[Any], ended: bool) -> None:
    dialect = OpenAIChat()
    read(*events, dialect=dialect)
    assert dialect.ended is ended


ERRORS: dict[str, tuple[Any, dict[str, Any]]] = {
    "alone": ({"error": {"message": "m", "type": "t", "param": None, "code": "c"}}, {"message": "m", "type": "t", "code": "c"}),
    "beside choices": (
        chunk({"content": ""}, finish="error", error={"code": 502, "message": "m", "metadata": {}}),
        {"message": "m", "type": None, "code": 502},
    ),
    "as a text": ({"error": "m"}, {"message": "m", "type": None, "code": None}),
    "event: error": (frame({"error": {"message": "m"}}, "error"), {"message": "m", "type": None, "code": None}),
    "event: error, bare": (frame({"message": "m", "code": 1}, "error"), {"message": "m", "type": None, "code": 1}),
    "event: error, no JSON": (frame("m", "error"), {"message": "m", "type": None, "code": None}),
    "object: error": ({"object": "error", "message": "m", "code": 400}, {"message": "m", "type": None, "code": 400}),
    "without a message": (
        {"error": {"type": "t"}},
        {"message": "The server reported an error without a message.", "type": "t", "code": None},
    ),
    "groq": (chunk({}, x_groq={"error": "m"}), {"message": "m", "type": None, "code": None}),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_in_the_stream(name: str) -> None:
    event, error = ERRORS[name]
    output = read(say("partial"), event)
    assert output.error == error
    assert output.text == "partial"


def test_what_the_response_says_of_itself() -> None:
    output = read({"choices": [], "id": "", "model": ""}, say("a", id="c-9", model="m-9", service_tier="flex"), say("b", id="c-10"))
    assert (output.model, output.response_id, output.service_tier) == ("m-9", "c-9", "flex")


@pytest.mark.parametrize(
    ("key", "service"), [("x_groq", "Groq"), ("prompt_filter_results", "Azure"), ("provider", "OpenRouter"), ("timings", "llama.cpp")]
)
def test_the_service_is_named(key: str, service: str) -> None:
    assert read(say("a", **{key: {"x": 1}})).dialect == f"OpenAI chat ({service})"


def test_citations_in_every_spelling_once() -> None:
    output = read(
        chunk({"annotations": [{"type": "url_citation", "url_citation": {"url": "https://a", "title": "A", "start_index": 0}}]}),
        say("x", search_results=[{"url": "https://b", "title": "B"}], citations=["https://a", "https://b", "https://c"]),
        say("y", search_results=[{"url": "https://b", "title": "B"}], citations=["https://a", "https://b", "https://c"]),
        chunk({"content": [{"type": "reference", "reference_ids": [1]}]}),
    )
    assert output.citations == [
        {"url": "https://a", "title": "A", "start_index": 0},
        {"url": "https://b", "title": "B"},
        {"url": "https://c"},
        {"reference_ids": [1]},
    ]
    assert output.text == "xy"


def test_media_is_told_and_not_carried() -> None:
    output = read(
        chunk({"images": [{"image_url": {"url": "data:image/png;base64,QUJDRA=="}}, {"image_url": {"url": "https://x/y.png"}}, {}]}),
        chunk({"audio": {"id": "a", "transcript": "Hel"}}),
        chunk({"audio": {"data": "QUJD", "transcript": "lo"}}),
        chunk({"audio": {"data": "QUI="}}),
    )
    assert output.media == [
        {"type": "image", "media_type": "image/png", "bytes": 4},
        {"type": "image", "url": "https://x/y.png"},
        {"type": "audio", "id": "a", "bytes": 5, "text": "Hello"},
    ]
    assert "QUJD" not in json.dumps(output.to_dict())


def test_tools_run_by_the_server_are_steps_and_no_calls() -> None:
    tool = {"index": 0, "type": "search", "arguments": '{"q":1}'}
    output = read(chunk({"executed_tools": [tool]}), chunk({"executed_tools": [{**tool, "output": "found " * 500}]}))
    assert output.tool_calls == []
    (step,) = output.parts
    assert (step.kind, step.text, step.fields["name"], len(step.fields["output"])) == ("step", '{"q":1}', "search", 500)


def test_reasoning_steps() -> None:
    output = read(
        {"object": "chat.reasoning", "choices": [{"index": 0, "delta": {"reasoning_steps": [{"thought": "Look.", "type": "web"}]}}]}
    )
    assert [(p.kind, p.text, p.fields) for p in output.parts] == [("step", "Look.", {"type": "web"})]


# --- whatever comes ------------------------------------------------------------------------------------------------------

STREAM: list[Any] = [
    chunk({"role": "assistant", "content": ""}, prompt_filter_results=[{}]),
    chunk({"reasoning": "hm", "reasoning_details": [{"text": "hm"}]}),
    chunk(
        {
            "content": [
                {"type": "thinking", "thinking": [{"text": "h"}]},
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": "data:,"},
            ]
        }
    ),
    say("b\ud83d", usage={"completion_tokens": 1}, x_groq={"usage": {}}, citations=["u"], search_results=[{"url": "v"}]),
    call(fragment("{", name="f", index=0, id="a"), fragment({"y": 1}, name="g", index=1, id="b")),
    chunk({"refusal": "no", "audio": {"id": "x", "data": "QQ==", "transcript": "t"}, "images": [{"image_url": {"url": "https://x"}}]}),
    chunk({"function_call": {"name": "f", "arguments": "{}"}, "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}]}),
    chunk({"executed_tools": [{"index": 0, "name": "s", "output": "o"}], "reasoning_steps": [{"thought": "x"}]}),
    {"choices": [{"index": 1, "message": {"content": "whole", "tool_calls": [fragment("[]", name="f")]}}]},
    chunk(finish="stop", usage={"completion_tokens": 2}, service_tier="flex"),
    {"error": {"message": "late", "code": 1}},
    DONE,
]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["a\ud800", "null", "function", "text"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["index", "id", "type", "text", "url", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in inner for p in places(item, (*path, key)))]


PLACES = places(STREAM)[1:]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), max_size=5), st.lists(st.sampled_from(range(len(STREAM))), max_size=4))
def test_no_mutation_of_a_stream_raises(changes: list[tuple[tuple[Any, ...], Any]], repeats: list[int]) -> None:
    stream = copy.deepcopy(STREAM)
    for path, value in changes:
        at: Any = stream
        try:
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change removed the place
    output = Output()
    dialect = OpenAIChat()
    for index, event in enumerate([*stream, *(stream[n] for n in repeats)]):
        deltas = dialect.read(index, frame(""), event)
        assert all(d.frame == index for d in deltas)
        appended = [d.part for d in deltas if d.op == "append"]
        assert len(appended) == len(set(appended))
        for delta in deltas:
            if delta.part != RESPONSE and delta.op != "open":
                assert not output._by_number[delta.part].closed
            output.apply(delta)
    for delta in dialect.end(99):
        output.apply(delta)
    json.dumps(output.to_dict(), allow_nan=False, ensure_ascii=False).encode()
    assert all(part.closed for part in output.parts)


DELTAS: list[Any] = [{"role": "assistant", "content": "d"}, {"content": ["d"]}, {"content": None}, {"refusal": "no"}, {}, []]
CHOICES: list[Any] = [[], {}, None, ["x"], [{"delta": {"content": "g"}}], [*say("h")["choices"] * 2]]
# One key after another away from the chunk that only goes on, which is read by a short way.
NEARLY_PLAIN: list[dict[str, Any]] = [
    *(say(text) for text in ("a", " b", "", "é", "<think>", "</think>", "`", "\n", "x < y", "\ud83d", "\ude00")),
    *(say("c", index=index) for index in (1, True, 1.0, None, [0], "0")),
    *(say("c", **top) for top in ({"usage": {"completion_tokens": 1}}, {"service_tier": "fast"}, {"service_tier": None}, {"id": "c-2"})),
    *(say("c", **top) for top in ({"error": {"message": "no"}}, {"citations": ["https://a.example"]}, {"x_groq": {"id": "r"}})),
    *(say("c", finish=finish) for finish in ("stop", "", 1)),
    *(chunk(delta) for delta in DELTAS),
    *(chunk({"content": "e", key: value}) for key, value in (("reasoning", "f"), ("tool_calls", [{"index": 0, "id": "t"}]))),
    *({**say("c"), "choices": choices} for choices in CHOICES),
    {**say("c"), "choices": [{"index": 0, "message": {"content": "a b"}, "delta": None}]},
    {**say("c"), "choices": [{"index": 0, "message": {"content": "a b"}, "delta": {"content": "i"}}]},
]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from([say("a"), say("b", id="c-2"), say("c", finish="stop")]) | st.sampled_from(NEARLY_PLAIN), max_size=12),
    st.sampled_from(["", " "]),
)
def test_the_short_way_for_plain_chunks_leads_where_the_long_one_does(stream: list[dict[str, Any]], join: str) -> None:
    short, long = OpenAIChat(join=join), OpenAIChat(join=join)
    for index, event in enumerate(stream):
        assert short.read(index, frame(""), event) == Dialect.read(long, index, frame(""), event)
        assert short.ended == long.ended
    assert short.end(99) == long.end(99)


def test_a_plain_chunk_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = OpenAIChat()
    dialect.read(0, frame(""), say("a"))
    monkeypatch.setattr(dialect, "_event", None)
    assert dialect.read(1, frame(""), say(" b")) == [Delta(1, 1, "append", " b")]


@pytest.mark.parametrize("length", range(len(STREAM) + 1))
def test_any_prefix_reads(length: int) -> None:
    whole, part = read(*STREAM), read(*STREAM[:length])
    assert whole.text.startswith(part.text.rstrip("\ufffd"))
    assert whole.reasoning.startswith(part.reasoning)
    assert len(part.parts) <= len(whole.parts)
