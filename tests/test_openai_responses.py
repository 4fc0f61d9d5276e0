"""OpenAI Responses, with the accents of its hosts. A stream's name says what is special about it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import OpenAIResponses

from .responses import PLAIN, added, completed, created, done, event, message, read, rotating, say
from .typed import deltas, detected, frame, mutated, parts, read_in_pieces, wire
from .typed import read as read_by


def test_the_deltas_of_a_plain_stream() -> None:
    dialect = OpenAIResponses(join="+")
    assert deltas(dialect, *PLAIN) == [
        Delta(0, RESPONSE, "set", {"model": "m-1", "response_id": "resp_1"}),
        Delta(1, RESPONSE, "set", {"role": "assistant"}),
        Delta(2, 1, "open", {"kind": "text", "choice": 0, "join": "+"}),
        Delta(2, 1, "append", "Hel"),
        Delta(3, 1, "append", "lo"),
        Delta(6, 1, "close", None),
        Delta(7, RESPONSE, "set", {"finish_reason": {0: "completed"}, "usage": {"output_tokens": 2}}),
        Delta(7, RESPONSE, "set", {"done": True}),
    ]
    assert dialect.ended


SUMMARY = [event("reasoning_summary_text.delta", summary_index=i, delta=d) for i, d in ((0, "Fi"), (0, "rst"), (1, "Second"))]
SUMMED = {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": t} for t in ("First", "Second")]}
RAW = {"type": "reasoning", "id": "rs", "summary": [], "content": [{"type": "reasoning_text", "text": "We need"}]}

TEXTS: dict[str, tuple[list[Any], str, str]] = {
    # name: (events, text, reasoning)
    "text four times over": (PLAIN, "Hello", ""),
    "ids that rotate": (rotating(PLAIN), "Hello", ""),
    "no sse types": ([frame(e, "message") for e in PLAIN], "Hello", ""),
    "types only in the sse field": ([frame({k: v for k, v in e.items() if k != "type"}, e["type"]) for e in PLAIN], "Hello", ""),
    "codex: an empty final output": ([*PLAIN[:-1], completed()], "Hello", ""),
    "openrouter: an end marker after the end": ([*PLAIN, "[DONE]"], "Hello", ""),
    "only output_text.done": ([added(message()), event("output_text.done", content_index=0, text="Hello"), completed()], "Hello", ""),
    "only output_item.done": ([done(message("Hello")), completed(message("Hello"))], "Hello", ""),
    "only the final output": ([created(), completed(message("Hello"))], "Hello", ""),
    "announced, then only the final output": ([created(), added(message()), completed(message("Hello"))], "Hello", ""),
    "a lost delta": ([added(message()), say("Hel"), done(message("Hello"))], "Hello", ""),
    "a final text that differs": ([added(message()), say("Helo"), done(message("Hello"))], "Hello", ""),
    "a final output that differs from a complete item": ([say("Hello"), done(message("Hello")), completed(message("Hello!"))], "Hello", ""),
    "an empty final text": ([added(message()), say("Hello"), done(message("")), completed(message(""))], "Hello", ""),
    "not announced": ([say("Hel"), say("lo"), done(message("Hello"))], "Hello", ""),
    "no output_index": (
        [added(message()), say("Hel", item_id="msg_1"), {"type": "response.output_text.delta", "delta": "lo"}],
        "Hello",
        "",
    ),
    "bedrock: fragments of another index than the content's place": (
        [
            added(message()),
            event("output_text.delta", content_index=1, delta="Hello"),
            event("output_text.done", content_index=1, text="Hello"),
            done(message("Hello")),
            completed(message("Hello")),
        ],
        "Hello",
        "",
    ),
    "databricks: no places, and ids that nobody announced": (
        [
            *({"type": "response.output_text.delta", "item_id": i, "delta": d} for i, d in (("a", "Hel"), ("a", "lo"))),
            {"type": "response.output_item.done", "item": {**message("Hello"), "id": "a"}},
            {"type": "response.output_text.delta", "item_id": "b", "delta": "!"},
            {"type": "response.output_item.done", "item": {**message("!"), "id": "b"}},
        ],
        "Hello!",
        "",
    ),
    "two messages": ([say("a"), done(message("a")), added({**message(), "id": "msg_2"}, 1), say("b", 1)], "ab", ""),
    "two contents of one message": ([say("a"), event("output_text.delta", content_index=1, delta="b"), say("c")], "acb", ""),
    "every item at place 0": (
        [
            added({**SUMMED, "summary": []}),
            *SUMMARY,
            done(SUMMED),
            added(message()),
            say("a"),
            done(message("a")),
            completed(SUMMED, message("a")),
        ],
        "a",
        "First\n\nSecond",
    ),
    "summary in parts": ([added({**SUMMED, "summary": []}), *SUMMARY, done(SUMMED), completed(SUMMED)], "", "First\n\nSecond"),
    "summary only in the item": ([done(SUMMED)], "", "First\n\nSecond"),
    "raw reasoning": (
        [added(RAW | {"content": []}), event("reasoning_text.delta", content_index=0, delta="We need"), done(RAW), completed(RAW)],
        "",
        "We need",
    ),
    "raw reasoning and the same as a summary": (
        [event("reasoning_text.delta", delta="We need"), done(RAW | {"summary": [{"type": "summary_text", "text": "We need"}]})],
        "",
        "We need",
    ),
    "surrogate halves in two deltas": ([say("a\ud83d"), say("\ude00b"), done(message("a\U0001f600b"))], "a\U0001f600b", ""),
    "unknown events": ([event("output_text.delto", delta="x"), event("new.thing"), say("a"), {"type": "keepalive"}], "a", ""),
    "an answer that was not streamed": (
        [{"object": "response", "id": "r", "status": "completed", "output": [message("Hello")]}],
        "Hello",
        "",
    ),
    "padding": ([say("a", obfuscation="xyz", logprobs=0.5)], "a", ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_and_reasoning(name: str) -> None:
    events, text, reasoning = TEXTS[name]
    output = read(*events)
    assert (output.text, output.reasoning) == (text, reasoning)
    assert all(part.closed for part in output.parts)
    assert output.error is None


def test_refusal_is_no_text() -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "I can't."}]}
    output = read(event("refusal.delta", delta="I "), event("refusal.delta", delta="can't."), done(refusal), completed(refusal))
    assert (output.text, output.refusal) == ("", "I can't.")


@pytest.mark.parametrize(
    ("last", "reason", "ended"),
    [
        (completed(), "completed", True),
        (completed(status="incomplete", incomplete_details={"reason": "max_output_tokens"}), "max_output_tokens", True),
        (completed(status="incomplete"), "incomplete", True),
        (completed(status="failed", error={"code": "server_error", "message": "boom"}), "failed", True),
        (event("done", None, response={}), "completed", True),
        ("[DONE]", None, True),
        (say("more"), None, False),
    ],
)
def test_the_end(last: Any, reason: str | None, ended: bool) -> None:
    dialect = OpenAIResponses()
    output = read_by(dialect, created(), say("Hel"), last)
    assert (output.finish_reason, dialect.ended) == (reason, ended)


FAILED = completed(status="failed", error={"code": "server_error", "message": "boom"})


@pytest.mark.parametrize(
    ("events", "messages"),
    [
        ([FAILED], ["boom"]),
        ([{"type": "error", "code": "x", "message": "boom", "param": None}], ["boom"]),
        ([{"type": "error", "error": {"type": "server_error", "message": "boom"}}], ["boom"]),
        ([{"type": "error", "error": {"message": "boom"}}, FAILED], ["boom"]),
        ([{"type": "error", "error": {"message": "first"}}, FAILED], ["first", "boom"]),
        ([frame("busy", "error")], ["busy"]),
        ([event("failed", None, response={"status": "failed", "error": None})], ["The response failed, and the server did not say why."]),
    ],
)
def test_errors(events: list[Any], messages: list[str]) -> None:
    output = read(created(), say("Hel"), *events)
    assert [text for _, text, _ in parts(output, "error")] == messages
    assert output.error is not None
    assert (output.error["message"], output.text) == (messages[0], "Hel")


def test_the_last_event_says_what_was_really_used() -> None:
    output = read(created(service_tier="auto"), completed(service_tier="default", model="m-1-dated", usage={"output_tokens": 9}))
    assert (output.model, output.service_tier, output.usage) == ("m-1-dated", "default", {"output_tokens": 9})


def test_a_second_response_in_the_same_stream_has_parts_of_its_own() -> None:
    dialect = OpenAIResponses()
    second = [created(id="resp_2"), added(message()), say("Bye"), done(message("Bye"))]
    output = read_by(dialect, *PLAIN, *second)
    assert [part.text for part in output.parts] == ["Hello", "Bye"]
    assert not dialect.ended
    read_by(dialect, completed(message("Bye")))
    assert dialect.ended


@pytest.mark.parametrize(
    ("event", "sse_type", "expected"),
    [
        (created(), "message", True),
        ({"response": {}}, "response.created", True),
        ({"object": "response", "output": []}, "message", True),
        ({"object": "response"}, "message", False),
        ({"type": "content_block_start"}, "message", False),
        ({"type": 3}, "message", False),
        ("response.created", "response.created", False),
    ],
)
def test_detection(event: Any, sse_type: str, expected: bool) -> None:
    assert (detected(frame(event, sse_type)) is OpenAIResponses) is expected


NOTED = event("output_text.annotation.added", annotation={"type": "url_citation", "url": "u"})
EVERYTHING = [*PLAIN[:-1], NOTED, added(SUMMED, 1), *SUMMARY, done(RAW, 1), FAILED, created(), completed(message("Hello"), SUMMED)]


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_odd_json_never_raises(seed: int) -> None:
    read(*mutated(EVERYTHING, seed))


@pytest.mark.parametrize("length", range(len(PLAIN) + 1))
def test_any_prefix_reads(length: int) -> None:
    assert "Hello".startswith(read(*PLAIN[:length]).text)


@given(st.sets(st.integers(1, len(wire(PLAIN)) - 1), max_size=20))
@settings(max_examples=30, deadline=None)
def test_chunks_do_not_matter(cuts: set[int]) -> None:
    assert read_in_pieces(wire(PLAIN), sorted(cuts)) == read_in_pieces(wire(PLAIN), [])
