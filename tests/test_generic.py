"""JSON of an unknown format, read by a guess where that is safe."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget.dialects import GenericJSON, UnknownJSON, by_name, make_dialect, parse_json
from sse_widget.output import Output
from sse_widget.reading import Reading

from .agent_streams import Event, body, event_frame, read, survives


def each(key: str, *values: Any, **beside: Any) -> list[Event]:
    return [{**beside, key: value} for value in values]


# name: events, the paths of the guess, text, reasoning
SAFE: dict[str, tuple[list[Event], dict[str, str], str, str]] = {
    "the only member": (each("value", "Sure", ",", " here"), {"text": "$.value"}, "Sure, here", ""),
    "a name of text": (
        [{"id": f"r-{n}", "result": {"text": t}, "lang": ["en", "de"][n % 2]} for n, t in enumerate("abc")],
        {"text": "$.result.text"},
        "abc",
        "",
    ),
    "a name that says nothing, without a rival": (each("say", "a", "b", "c", model="m"), {"text": "$.say"}, "abc", ""),
    "in a list": ([{"parts": [{"text": t}]} for t in "abc"], {"text": "$.parts[0].text"}, "abc", ""),
    "a name that needs quotes": (each("the answer", "a", "b", "c"), {"text": "$['the answer']"}, "abc", ""),
    "a growing prefix is a snapshot": (each("text", "He", "Hello", "Hello", "Hello!"), {"text": "$.text"}, "Hello!", ""),
    "a snapshot that is revised": (each("text", "He", "Hello", "Hello w", "Hallo"), {"text": "$.text"}, "Hallo", ""),
    "a delta beside its snapshot": (
        [{"delta": d, "text": t} for d, t in [("He", "He"), ("llo", "Hello"), ("!", "Hello!")]],
        {"text": "$.delta"},
        "Hello!",
        "",
    ),
    "the same twice": ([{"content": t, "message": {"content": t}} for t in "abc"], {"text": "$.content"}, "abc", ""),
    "a repeated fragment": (each("token", "a", "a", "b", "b"), {"text": "$.token"}, "aabb", ""),
    "empty fragments": (each("token", "", "a", "", "b", "c"), {"text": "$.token"}, "abc", ""),
    "reasoning first": (
        [*each("thinking", "a", "b", "c", answer=""), *each("answer", "x", "y", "z", thinking="")],
        {"reasoning": "$.thinking", "text": "$.answer"},
        "xyz",
        "abc",
    ),
    "status messages before the text": (
        [*each("message", "Looking", "Reading", "Writing", type="status"), *each("content", "a", "b", "c", type="token")],
        {"text": "$.content"},
        "abc",
        "",
    ),
    "two events are enough at the end": (each("answer", "a", "b"), {"text": "$.answer"}, "ab", ""),
    "an end marker where text stands": (
        [*each("data", "a", "b", "c", event="token"), {"event": "end", "data": "[DONE]"}],
        {"text": "$.data"},
        "abc",
        "",
    ),
    "a closing copy of it all, twice": (
        [
            {"partial": len(t) < 8, "content": {"parts": [{"text": t}]}}
            for t in ("One ", "and ", "two", "One and two", "three ", "more", "three more")
        ],
        {"text": "$.content.parts[0].text"},
        "One and twothree more",
        "",
    ),
    "digits that come again": (each("text", "1", "0", "10"), {"text": "$.text"}, "1010", ""),
    "baidu's result": (
        [{"object": "chat.completion", "result": t, "is_end": n == 1, "usage": {"total_tokens": n}} for n, t in enumerate("ab")],
        {"text": "$.result"},
        "ab",
        "",
    ),
    "dates and ids change as well": (
        [{"turn": f"{n:032x}", "at": f"2024-05-01T10:00:0{n}Z", "said": t} for n, t in enumerate("abc")],
        {"text": "$.said"},
        "abc",
        "",
    ),
    "an end marker": ([*each("value", "a", "b", "c"), "[DONE]"], {"text": "$.value"}, "abc", ""),
}


@pytest.mark.parametrize(("events", "paths", "text", "reasoning"), SAFE.values(), ids=SAFE)
def test_a_safe_guess(events: list[Event], paths: dict[str, str], text: str, reasoning: str) -> None:
    reading = read(body(*events))
    dialect, output = reading.dialect, reading.output
    assert isinstance(dialect, GenericJSON)
    assert dialect.paths == paths
    assert dialect.path == paths["text"]
    assert (output.text, output.reasoning) == (text, reasoning)
    assert dialect.path in str(output.dialect)
    assert [finding.kind for finding in reading.findings()] == ["guess"]


UNSAFE: dict[str, list[Event]] = {
    "one event": each("answer", "a"),
    "always the same": each("answer", "a", "a", "a"),
    "two that say different things": [{"en": e, "fr": f} for e, f in [("One", "Un"), ("two", "deux"), ("three", "trois")]],
    "two names of text": [{"text": e, "content": f} for e, f in [("One", "Un"), ("two", "deux"), ("three", "trois")]],
    "metadata alone": [{"id": n, "status": s} for n, s in [("1", "queued"), ("2", "running"), ("3", "done")]],
    "numbers": each("value", 1, 2, 3),
    "base64": each("data", "A" * 200, "B" * 200, "C" * 200),
    "JSON within JSON": each("data", '{"a":1}', '{"a":2}', '{"a":3}'),
    "a name that says nothing, twice": each("say", "a", "b"),
}


@pytest.mark.parametrize("events", UNSAFE.values(), ids=UNSAFE)
def test_no_guess(events: list[Event]) -> None:
    reading = read(body(*events))
    assert isinstance(reading.dialect, UnknownJSON)
    assert reading.output.parts == []
    assert [finding.kind for finding in reading.findings()] == ["unknown"]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([{"detail": "No such model"}], "No such model"),
        ([{"detail": [{"msg": "field required"}]}], '[{"msg":"field required"}]'),
        ([{"detail": "a"}, {"detail": "b"}], None),
        ([{"detail": "a", "id": 1}], None),
        ([{"code": 10013, "message": "input audit error", "sid": "s"}], "input audit error"),
        ([{"error_code": 17, "error_msg": "daily limit reached"}], "daily limit reached"),
        ([{"code": 0, "message": "Success"}], None),
        ([{"code": [], "message": "x"}], None),
    ],
)
def test_a_lone_detail_is_a_refusal(events: list[Event], message: str | None) -> None:
    output = read(body(*events)).output
    assert (output.error and output.error["message"]) == message
    assert output.parts == []


def test_what_came_before_the_guess_is_added_with_the_event_that_decides() -> None:
    reading = read(body(*each("text", "a", "b", "c", "d")))  # frames 0 and 5 are the marks of opening and closing
    assert [(delta.frame, delta.op, delta.value) for delta in reading.deltas if delta.part] == [
        (3, "open", {"kind": "text", "choice": 0}),
        (3, "append", "abc"),
        (4, "append", "d"),
        (5, "close", None),
    ]


def test_a_known_format_is_taken_before_there_is_a_guess() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}]}
    reading = read(body(*each("text", "a", "b"), chunk))
    assert reading.dialect is not None
    assert (reading.dialect.name, reading.output.text) == ("openai_chat", "hello")


def test_errors_before_and_after_the_guess() -> None:
    reading = read(body({"error": "first"}, *each("text", "a", "b", "c"), {"error": {"message": "second"}}))
    assert reading.output.error is not None
    assert reading.output.error["message"] == "first"
    assert [(part.number, part.kind, part.text) for part in reading.output.parts] == [(1, "text", "abc"), (2, "error", "second")]


def test_fragments_from_before_the_guess_are_joined_like_the_others() -> None:
    reading = Reading(read(body(*each("text", "a", "b", "c", "d"))).recording, join=" ")
    reading.finish()
    assert reading.output.text == "a b c d"


def test_it_can_be_forced() -> None:
    assert by_name("generic") is GenericJSON
    dialect = make_dialect("generic")
    assert isinstance(dialect, GenericJSON)
    output = Output()
    for index, data in enumerate(each("text", "a", "b", "c")):
        frame, parsed = event_frame(data)
        for delta in dialect.read(index, frame, parsed):
            output.apply(delta)
    assert (output.text, dialect.path) == ("abc", "$.text")


def test_watching_is_bounded() -> None:
    dialect = UnknownJSON()
    wide = {f"k{n}": {f"m{m}": "x" for m in range(50)} for n in range(50)}
    for index in range(300):
        frame, _ = event_frame("{}")
        dialect.read(index, frame, wide)
    watch = dialect._trial.watch
    assert (len(watch.seen), max(len(seen.values) for seen in watch.seen.values())) == (200, 256)
    assert dialect.events == 300


@pytest.mark.parametrize("events", [*(case[0] for case in SAFE.values()), *UNSAFE.values()], ids=[*SAFE, *UNSAFE])
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize("data", [{}, [], {"a": [[[]]]}, parse_json('{"\\u0000": "x"}'), {"x": "\ud83d"}])
def test_odd_events(data: Any) -> None:
    dialect = UnknownJSON()
    frame, _ = event_frame("{}")
    for index in range(5):
        dialect.read(index, frame, data)
    assert dialect.end(5) == []
