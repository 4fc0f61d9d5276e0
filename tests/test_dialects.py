"""What all dialects share, and which dialect a stream speaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_widget.deltas import RESPONSE, Delta
from sse_widget.dialects import DIALECTS, NOT_JSON, Dialect, OpenAIChat, PlainText, RuleDialect, UnknownJSON, by_name, detect, make_dialect
from sse_widget.dialects.base import clean, mend, parse_json
from sse_widget.dialects.openai_completions import OpenAICompletions
from sse_widget.errors import SSEWidgetError, UsageError
from sse_widget.output import Output
from sse_widget.wire import COMMENT, EMPTY, EVENT, IGNORED, TAIL, Frame

CHUNK = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}


def frame(data: Any, *, kind: int = EVENT, type: str = "message") -> Frame:
    text = data if isinstance(data, str) else json.dumps(data)
    return Frame(kind, 0.0, 0, len(text), 0, type, "", text, None)


def read(dialect: Dialect, *frames: Frame) -> Output:
    output = Output()
    for index, one in enumerate(frames):
        for delta in dialect.read(index, one, parse_json(one.data)):
            output.apply(delta)
    for delta in dialect.end(len(frames)):
        output.apply(delta)
    return output


class Letters(Dialect):
    """Each event's data is appended to the part named by its type: a minimal dialect."""

    name = "letters"
    label = "letters"

    def _event(self, frame: Frame, data: Any) -> None:
        for key in frame.type.split("+"):
            self._append(key, "text", frame.data)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (frame(CHUNK), OpenAIChat),
        (frame({"choices": [], "id": "", "prompt_filter_results": [{}]}), None),  # the next event tells
        (frame({"choices": [], "object": "chat.completion.chunk"}), OpenAIChat),
        (frame({"object": "chat.reasoning", "choices": None}), OpenAIChat),
        (frame({"choices": [{"text": "legacy"}]}), OpenAICompletions),
        (frame({"choices": "none"}), UnknownJSON),
        (frame({"result": {"text": "x"}}), UnknownJSON),
        (frame({"error": {"message": "x"}}), UnknownJSON),
        (frame([1, 2]), UnknownJSON),
        (frame("Hello, world"), PlainText),
        (frame("{half"), PlainText),
        (frame("[DONE]"), None),
        (frame(""), None),
        (frame("{oops", type="ping"), None),
        (frame("busy", type="error"), None),
        (frame("x", kind=COMMENT), None),
        (frame("error: x", kind=IGNORED), None),
        (frame("Hello", kind=TAIL), PlainText),
    ],
)
def test_detect(event: Frame, expected: type[Dialect] | None) -> None:
    assert detect(event, parse_json(event.data)) is expected


def test_names_and_labels_are_unique_and_complete() -> None:
    every: list[type[Dialect]] = [*DIALECTS, RuleDialect]
    assert len({d.name for d in every}) == len({d.label for d in every}) == len(every)
    assert all(d.name and d.label for d in every)


@pytest.mark.parametrize(("name", "expected"), [("openai_chat", OpenAIChat), ("OpenAI-Chat", OpenAIChat), ("text", PlainText)])
def test_by_name(name: str, expected: type[Dialect]) -> None:
    assert by_name(name) is expected
    assert isinstance(make_dialect(name), expected)


def test_by_name_names_the_nearest() -> None:
    with pytest.raises(SSEWidgetError, match=r"no dialect 'openai'.*Did you mean 'openai_chat'"):
        by_name("openai")


def test_make_dialect() -> None:
    assert make_dialect("auto") is None
    assert isinstance(make_dialect("auto", extract="$.a"), RuleDialect)
    assert isinstance(make_dialect("rule", parse=str.upper), RuleDialect)
    with pytest.raises(UsageError, match="exclude each other"):
        make_dialect("text", extract="$.a")
    with pytest.raises(UsageError, match="needs extract or parse"):
        make_dialect("rule")


# --- helpers of the base class -----------------------------------------------------------------------------------------


def test_one_append_for_one_part_in_one_event() -> None:
    dialect = Letters(join="-")
    assert dialect.read(0, frame("a", type="x+y+x+y+x"), NOT_JSON) == [
        Delta(0, 1, "open", {"kind": "text", "choice": 0, "join": "-"}),
        Delta(0, 1, "append", "a-a-a"),
        Delta(0, 2, "open", {"kind": "text", "choice": 0, "join": "-"}),
        Delta(0, 2, "append", "a-a"),
    ]
    assert dialect.read(1, frame("b", type="x+y+x"), NOT_JSON) == [Delta(1, 1, "append", "b-b"), Delta(1, 2, "append", "b")]


def test_a_closed_key_names_a_new_part() -> None:
    dialect = Letters()
    assert [d.part for d in dialect.read(0, frame("a", type="x"), NOT_JSON)] == [1, 1]
    assert dialect.end(0) == [Delta(0, 1, "close", None)]
    assert dialect.end(0) == []
    assert [d.part for d in dialect.read(1, frame("b", type="x"), NOT_JSON)] == [2, 2]


HIGH, LOW, SMILE = "\ud83d", "\ude00", "\U0001f600"


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        ([HIGH + LOW], SMILE),
        ([HIGH, LOW], SMILE),
        (["a" + HIGH, LOW + "b"], f"a{SMILE}b"),
        ([HIGH, "b"], "\ufffdb"),
        (["a" + HIGH], "a\ufffd"),
        ([LOW], "\ufffd"),
        ([HIGH, HIGH, LOW], f"\ufffd{SMILE}"),
        (["é", SMILE], f"é{SMILE}"),
    ],
    ids=ascii,
)
def test_surrogates_split_over_fragments(fragments: list[str], expected: str) -> None:
    output = read(Letters(), *(frame(f) for f in fragments))
    assert output.text == expected


def test_a_held_surrogate_belongs_to_its_own_part() -> None:
    output = read(Letters(), frame(HIGH, type="x"), frame(LOW, type="y"), frame(LOW, type="x"))
    assert [part.text for part in output.parts] == [SMILE, "\ufffd"]


def test_snapshot_appends_what_is_new_and_replaces_what_changed() -> None:
    class Snapshots(Letters):
        def _event(self, frame: Frame, data: Any) -> None:
            self._snapshot("x", "text", frame.data)

    dialect = Snapshots()
    ops = [
        [(d.op, d.value) for d in dialect.read(i, frame(text), NOT_JSON) if d.op != "open"]
        for i, text in enumerate(["He", "Hello", "Jello"])
    ]
    assert ops == [[("append", "He")], [("append", "llo")], [("replace", "Jello")]]


def test_clean_makes_json_that_can_travel() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    cleaned = clean({"a\ud800": [float("nan"), 1.5, "\udc00", None, True], "deep": deep})
    assert cleaned["a\ufffd"] == ["nan", 1.5, "\ufffd", None, True]
    json.dumps(cleaned, allow_nan=False).encode()


@pytest.mark.parametrize("text", ["", "abc", "é", SMILE])
def test_mend_leaves_good_text_alone(text: str) -> None:
    assert mend(text) is text


json_signs = st.text(' \t\n\r\x0b\xa0\ufeff{}[]",:0-1.eE+tnulNa', max_size=8)


@given(json_signs | st.sampled_from([' {"a": 1}\r\n', "\xa01", "1 x", "[]]", "NaN", "\ufeff1"]))
def test_parse_json_takes_what_json_loads_does(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = NOT_JSON
    assert repr(parse_json(text)) == repr(expected)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1" * 10_000, "[DONE]"])
def test_parse_json_never_raises(text: str) -> None:
    assert parse_json(text) is NOT_JSON


# --- errors that come inside a stream --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [OpenAIChat, PlainText, UnknownJSON])
@pytest.mark.parametrize(
    ("one", "message", "code"),
    [
        (frame('error: {"code":500,"message":"out of memory"}', kind=IGNORED), "out of memory", 500),
        (frame('error: {"error":{"message":"inner"}}', kind=IGNORED), "inner", None),
        (frame("error: no JSON", kind=IGNORED), "no JSON", None),
        (frame('{"error":{"message":"bare","status":"UNAVAILABLE"}}', kind=IGNORED), "bare", "UNAVAILABLE"),
        (frame(' data: {"error":{"message":"a space too many"}}', kind=IGNORED), "a space too many", None),
        (frame("", kind=EMPTY, type="error"), "The server reported an error without a message.", None),
        (frame({"message": "typed", "code": "x"}, type="error"), "typed", "x"),
        (frame("plain words", type="error"), "plain words", None),
    ],
)
def test_errors_in_every_spelling(dialect: type[Dialect], one: Frame, message: str, code: Any) -> None:
    output = read(dialect(), one)
    assert output.error == {"message": message, "type": None, "code": code}


@pytest.mark.parametrize(
    "one", [frame("errors: 3", kind=IGNORED), frame("", kind=EMPTY, type="ping"), frame("{}", kind=IGNORED), frame("hi", kind=COMMENT)]
)
def test_what_is_no_error(one: Frame) -> None:
    assert read(OpenAIChat(), one).error is None


def test_the_first_error_is_the_response_s_and_each_is_a_part() -> None:
    output = read(OpenAIChat(), frame({"error": "first"}), frame({"error": {"detail": ["second"]}}))
    assert output.error is not None
    assert output.error["message"] == "first"
    assert [(p.kind, p.text) for p in output.parts] == [("error", "first"), ("error", '["second"]')]


def test_unknown_opens_no_part_so_that_numbers_stay_free() -> None:
    dialect = UnknownJSON()
    assert [d.part for d in dialect.read(0, frame({"error": "x"}), {"error": "x"})] == [RESPONSE]
    assert dialect.end(0) == []


# --- plain text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "text", "ended"),
    [
        ([frame("Hel"), frame("lo"), frame(" \n world ")], "Hello \n world ", False),
        ([frame("a"), frame("[DONE]")], "a", True),
        ([frame("a"), frame("{}", type="done")], "a", True),
        ([frame("a"), frame("12:00", type="ping")], "a", False),
        ([frame("a", type="output"), frame("b", type="token")], "ab", False),
        ([frame("42"), frame('{"x":1}')], '42{"x":1}', False),
        ([frame("a"), frame("", kind=EMPTY, type="ping"), frame("b", kind=TAIL)], "ab", False),
    ],
)
def test_plain_text(frames: list[Frame], text: str, ended: bool) -> None:
    dialect = PlainText()
    assert read(dialect, *frames).text == text
    assert dialect.ended is ended
    assert not dialect.promises_end


# --- unknown JSON --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "first"),
    [
        ([{"id": "1", "result": {"text": "a"}}, {"id": "2", "result": {"text": "b"}}], "$.result.text"),
        ([{"type": "x", "parts": [{"say": "a"}]}, {"type": "x", "parts": [{"say": "b"}]}], "$.parts[0].say"),
        ([{"the answer": "a", "id": "1"}, {"the answer": "b", "id": "2"}], "$['the answer']"),
        ([{"model": "m", "x": "constant", "y": "a"}, {"model": "m", "x": "constant", "y": "b"}], "$.y"),
    ],
)
def test_suggestions(events: list[Any], first: str) -> None:
    dialect = UnknownJSON()
    read(dialect, *(frame(e) for e in events))
    assert dialect.suggestions[0] == first
    assert len(dialect.suggestions) <= 5
    # What is suggested must work.
    assert read(RuleDialect(extract=first), *(frame(e) for e in events)).text != ""


def test_suggestions_are_bounded() -> None:
    dialect = UnknownJSON()
    wide: Any = {f"k{n}": {f"m{m}": "x" for m in range(50)} for n in range(50)}
    read(dialect, *[frame(wide)] * 300)
    assert len(dialect.suggestions) == 5
    assert dialect.guess is None
    assert dialect.events == 300
    assert UnknownJSON().suggestions == []
