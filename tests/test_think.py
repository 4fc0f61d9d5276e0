"""Thoughts in tags, told from the answer they are written into."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget import Recording
from sse_widget.deltas import META, REASONING, TEXT
from sse_widget.dialects.think import Segment, ThinkTags, split_thoughts
from sse_widget.output import Output
from sse_widget.reading import Reading

from .chat import DONE, chunk, read, say


def split(*fragments: str, inside: str = "") -> list[tuple[bool, str]]:
    """Runs of thought and answer that the fragments give. inside: the tag that the prompt has opened."""
    tags, runs = ThinkTags(inside=inside), list[tuple[bool, str]]()
    fed = [(text, tags.feed(text)) for text in fragments]
    segments = [s for text, new in fed for s in ([Segment(False, text)] if new is None else new) if s.text]
    for thought, text, turn in [*segments, *tags.end()]:
        assert turn == ((runs[-1][0] if runs else False) != thought)
        if runs and runs[-1][0] == thought:
            runs[-1] = (thought, runs[-1][1] + text)
        else:
            runs.append((thought, text))
    return runs


A, T = False, True

CASES: dict[str, tuple[str, list[tuple[bool, str]]]] = {
    "none": ("Hello", [(A, "Hello")]),
    "one": ("<think>\nhm\n</think>\n\nHello", [(T, "hm\n"), (A, "Hello")]),
    "no thought": ("<think>\n\n</think>\n\nHello", [(A, "Hello")]),
    "amid": ("One. <think>hm</think> Two.", [(A, "One. "), (T, "hm"), (A, "Two.")]),
    "twice": ("<think>a</think>b<think>c</think>d", [(T, "a"), (A, "b"), (T, "c"), (A, "d")]),
    "other names": ("<Thinking>a</thinking>b<reasoning>c</reasoning>d", [(T, "a"), (A, "b"), (T, "c"), (A, "d")]),
    "another's end": ("<think>a</thinking>b</think>c", [(T, "a</thinking>b"), (A, "c")]),
    "nested": ("<think>a<think>b</think>c", [(T, "a<think>b"), (A, "c")]),
    "unclosed": ("<think>so", [(T, "so")]),
    "unclosed end": ("<think>so</thin", [(T, "so</thin")]),
    "an end alone in code": ("`</think>` and\n```\n</think>\n```\n", [(A, "`</think>` and\n```\n</think>\n```\n")]),
    "an end too many": ("a<think>b</think>c</think>d", [(A, "a"), (T, "b"), (A, "c</think>d")]),
    "an end that only begins": ("a </thin b </", [(A, "a </thin b </")]),
    "only begins so": ("a <thin", [(A, "a <thin")]),
    "only looks so": ("a <thinker> < think> <think/> <thinking", [(A, "a <thinker> < think> <think/> <thinking")]),
    "twice begun": ("<<think>a</</think>b", [(A, "<"), (T, "a</"), (A, "b")]),
    "other tags": ("a < b && c > d <b>e</b>", [(A, "a < b && c > d <b>e</b>")]),
    # code
    "inline": ("Write `<think>a</think>` here", [(A, "Write `<think>a</think>` here")]),
    "inline, two signs": ("``a ` <think>`` <think>x", [(A, "``a ` <think>`` "), (T, "x")]),
    "inline, three signs amid": ("a ```<think>``` b", [(A, "a ```<think>``` b")]),
    "inline, at a line's start": ("```<think>``` b<think>c", [(A, "```<think>``` b"), (T, "c")]),
    "a lone sign": ("5` <think>hm\n\nso</think>x", [(A, "5` "), (T, "hm\n\nso"), (A, "x")]),
    "a lone sign at the end": ("5` <think>hm", [(A, "5` "), (T, "hm")]),
    "a lone sign, new paragraph": ("5`\n \n<think>a`</think>b", [(A, "5`\n \n"), (T, "a`"), (A, "b")]),
    "over lines": ("`a\n<think>` b", [(A, "`a\n<think>` b")]),
    "block": ("See:\n```html\n<think>\n\na\n</think>\n```\n<think>b", [(A, "See:\n```html\n<think>\n\na\n</think>\n```\n"), (T, "b")]),
    "block, tildes": ("~~~\n<think>\n```\n~~~\n<think>b", [(A, "~~~\n<think>\n```\n~~~\n"), (T, "b")]),
    "block, longer": ("````\n```\n<think>\n````` \n<think>b", [(A, "````\n```\n<think>\n````` \n"), (T, "b")]),
    "block, no end yet": ("```\n<think>\n``` x\n<think>", [(A, "```\n<think>\n``` x\n<think>")]),
    "block, unclosed": ("```\n<think>a</think>", [(A, "```\n<think>a</think>")]),
    "block on its first line": ("```<think>\n<think>", [(A, "```<think>\n<think>")]),
    "tildes are no inline code": ("a ~~<think>b</think>~~", [(A, "a ~~"), (T, "b"), (A, "~~")]),
    "code in a thought": ("<think>`</think>` and\n```\n</think>\n```\n</think>x", [(T, "`</think>` and\n```\n</think>\n```\n"), (A, "x")]),
    "a lone sign in a thought": ("<think>don`t</think>x\n", [(T, "don`t"), (A, "x\n")]),
    "an end far away": ("` <think>" + "a " * 2100 + "`", [(A, "` "), (T, "a " * 2100 + "`")]),
}


@pytest.mark.parametrize("name", CASES)
def test_thoughts_and_answers(name: str) -> None:
    text, expected = CASES[name]
    assert split(text) == expected
    assert split(*text) == expected
    for at in range(0, len(text), max(1, len(text) // 60)):
        assert split(text[:at], text[at:]) == expected
    assert split_thoughts(text) == ("".join(t for is_one, t in expected if is_one), "".join(t for is_one, t in expected if not is_one))


INSIDE: dict[str, tuple[str, str, list[tuple[bool, str]]]] = {
    "think": ("\nso\n</think>\n\nthat", "think", [(T, "so\n"), (A, "that")]),
    "another name": ("so</Reasoning>that", "reasoning", [(T, "so"), (A, "that")]),
    "no thought": ("</think>\nthat", "think", [(A, "that")]),
    "code in it": ("so `</think>` it\n</think>that", "think", [(T, "so `</think>` it\n"), (A, "that")]),
    "another thought": ("so</think>that<think>hm</think>.", "think", [(T, "so"), (A, "that"), (T, "hm"), (A, ".")]),
}


@pytest.mark.parametrize("name", INSIDE)
def test_an_end_alone_tells_that_the_text_began_within_the_thought(name: str) -> None:
    text, tag, expected = INSIDE[name]
    for cut in (1, 3, len(text)):
        fragments = [text[at : at + cut] for at in range(0, len(text), cut)]
        tags = ThinkTags()
        for fragment in fragments:
            tags.feed(fragment)
        tags.end()
        assert tags.lone == tag
        assert split(*fragments, inside=tag) == expected
    assert split_thoughts(text) == ("".join(t for is_one, t in expected if is_one), "".join(t for is_one, t in expected if not is_one))


def test_an_end_alone_tells_nothing_where_thoughts_have_a_field() -> None:
    tags = ThinkTags(lone=False)
    tags.feed("so</think>that")
    assert tags.lone == ""


def test_with_a_join_each_fragment_is_whole() -> None:
    tags = ThinkTags(join="\n")
    fed = [tags.feed(text) for text in ("<think>One.", "Two.</think>", "a <", "```", "<think>", "```", "<think>b")]
    assert [[(s.thought, s.text) for s in found or ()] for found in fed] == [
        [(T, "One.")], [(T, "Two.")], [(A, "a <")], [(A, "```")], [(A, "<think>")], [(A, "```")], [(T, "b")],
    ]  # fmt: skip
    assert tags.end() == []


PIECES = st.sampled_from(
    [
        "<think>",
        "</think>",
        "<thinking>",
        "</thinking>",
        "<",
        "</",
        "think>",
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "a",
        "b\n",
        "```\n",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.lists(st.integers(0, 60), max_size=12))
@example("`\n\n<think>`</think>", [1, 2, 3])
def test_any_cut_gives_the_same(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    fragments = [text[a:b] for a, b in pairwise(places)]
    assert split(*fragments) == split(text)


@given(st.lists(st.text(alphabet="ab `~\n>/", max_size=6), max_size=20))
def test_text_without_tags_is_left_as_it_comes(fragments: list[str]) -> None:
    tags = ThinkTags()
    for text in fragments:
        assert tags.feed(text) in ([(False, text, False)] if text else [], None)
    assert tags.end() == []


# --- in the dialects -----------------------------------------------------------------------------------------------------

SPLIT = ["<th", "ink>\nSo", " it is.", "</thi", "nk>\n", "\nThe ", "answer."]


def parts(output: Output) -> list[tuple[str, int, str]]:
    return [(part.kind, part.choice, part.text) for part in output.parts]


def test_chat() -> None:
    output = read(*map(say, SPLIT), DONE)
    assert parts(output) == [("reasoning", 0, "So it is."), ("text", 0, "The answer.")]
    assert [part.frames for part in output.parts] == [[1, 2], [5, 6]]


def test_chat_keeps_the_order_of_thoughts_and_the_choices_apart() -> None:
    events = [say("One. ", index=1), say("<think>", index=0), say("<think>a</think>", index=1), say("b", index=0), say("Two.", index=1)]
    output = read(*events)
    assert parts(output) == [("text", 1, "One. "), ("reasoning", 1, "a"), ("reasoning", 0, "b"), ("text", 1, "Two.")]
    assert [(c.text, c.reasoning) for c in output.choices] == [("", "b"), ("One. Two.", "a")]


def test_chat_without_tags_is_as_before() -> None:
    """Reasoning in a field of its own stays open while code is written."""
    events = [chunk({"reasoning_content": "hm"}), say("a `"), chunk({"reasoning_content": "so"}), say("b` < c")]
    assert parts(read(*events)) == [("reasoning", 0, "hmso"), ("text", 0, "a `b` < c")]


def test_what_was_held_is_told_at_the_end() -> None:
    assert parts(read(say("a <thi"))) == [("text", 0, "a <thi")]
    assert parts(read(say("<think>a </thi"))) == [("reasoning", 0, "a </thi")]


def test_a_message_that_comes_whole() -> None:
    event = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "<think>a</think>\nb"}, "finish_reason": "stop"}]}
    assert parts(read(event)) == [("reasoning", 0, "a"), ("text", 0, "b")]


def converse(text: str) -> dict[str, Any]:
    return {"generation": text, "prompt_token_count": None, "generation_token_count": 1, "stop_reason": None}


def wrapped(event: Any) -> tuple[str, Any]:
    """An event as Bedrock's invoke has it."""
    return "chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()}


def langchain(text: str) -> dict[str, Any]:
    return {"content": text, "type": "AIMessageChunk", "id": "run-1"}


WRITERS: dict[str, tuple[dict[str, Any], Callable[[str], Any]]] = {
    "text": ({}, lambda text: text),
    "chat": ({}, say),
    "chat, typed content": ({}, lambda text: chunk({"content": [{"type": "text", "text": text}]})),
    "completions": ({}, lambda text: {"object": "text_completion", "choices": [{"index": 0, "text": text}]}),
    "llama.cpp": ({}, lambda text: {"content": text, "stop": False}),
    "TGI": ({}, lambda text: {"token": {"text": text, "special": False}, "generated_text": None}),
    "Ollama chat": ({}, lambda text: {"model": "m", "message": {"role": "assistant", "content": text}, "done": False}),
    "Ollama generate": ({}, lambda text: {"model": "m", "response": text, "done": False}),
    "watsonx": ({}, lambda text: {"results": [{"generated_text": text, "stop_reason": "not_finished"}]}),
    "Replicate": ({}, lambda text: ("output", text)),
    "Dify": ({}, lambda text: {"event": "message", "task_id": "t", "answer": text}),
    "LangServe, strings": ({}, lambda text: ("data", json.dumps(text))),
    "LangServe, messages": ({}, lambda text: ("data", langchain(text))),
    "LangGraph": ({}, lambda text: ("messages", [langchain(text), {"langgraph_node": "agent"}])),
    "Bedrock, Llama": ({}, lambda text: wrapped(converse(text))),
    "Bedrock, DeepSeek": ({}, lambda text: wrapped({"choices": [{"text": text, "stop_reason": None}]})),
    "a rule": ({"extract": "$.a"}, lambda text: {"a": text}),
    "a function": ({"parse": str.upper}, lambda text: text),
    "a guess": ({}, lambda text: {"result": {"text": text}, "n": 1}),
}
LONE = ["So", " it", " is.\n</thi", "nk>\n", "\nThe ", "answer."]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("texts", "frames"), [(SPLIT, (2, 6)), (LONE, (1, 5))], ids=["whole", "an end alone"])
def test_dialects_that_look_for_tags(name: str, texts: list[str], frames: tuple[int, int]) -> None:
    options, event = WRITERS[name]
    reading = stream(*map(event, texts), **options)
    thought, answer = (part for part in reading.output.parts if part.kind != "step")
    assert (thought.kind, answer.kind) == ("reasoning", "text")
    assert (thought.text.strip().lower(), answer.text.lower()) == ("so it is.", "the answer.")
    if name != "a guess":  # what came before the guess is made up for in one event
        assert (thought.frames[0], answer.frames[0]) == frames


@pytest.mark.parametrize("name", WRITERS)
def test_code_is_left_alone_by_all_of_them(name: str) -> None:
    options, event = WRITERS[name]
    reading = stream(*map(event, ("Write `<think>`", " and `</th", "ink>`", " there.")), **options)
    said = [(kind, text.lower()) for kind, _, text in parts(reading.output) if kind != "step"]
    assert said == [("text", "write `<think>` and `</think>` there.")]


# --- an end alone: everything is read once more --------------------------------------------------------------------------


def stream(*events: Any, **options: Any) -> Reading:
    """A reading of events after our own mark, one entry each, folded one by one."""
    recording = Recording()
    recording.mark("open", 0.0)
    reading = Reading(recording, **options)
    for at, event in enumerate(events):
        kind, data = event if isinstance(event, tuple) else ("message", event)
        text = data if isinstance(data, str) else json.dumps(data)
        recording.item(text, {"as": "sse", "event": kind, "id": ""}, 1.0 + at)
        reading.advance()
    recording.seal("close")
    reading.finish()
    return reading


def test_the_thought_has_its_own_events_and_its_own_time() -> None:
    reading = stream(*map(say, LONE), DONE)
    assert list(reading.channels) == [META, REASONING, REASONING, REASONING, META, TEXT, TEXT, META, META]
    metrics = reading.metrics()
    assert (metrics.first_token, metrics.first_answer, metrics.thinking, metrics.thinking_share) == (1.0, 5.0, 4.0, 0.6)
    assert (metrics.events, metrics.chunks, metrics.frames) == (7, 5, 9)
    assert reading.number == 2


def test_each_choice_and_each_response_may_begin_so() -> None:
    events = [say("a", index=0), say("b", index=1), say("</think>c", index=1), say("</think>d", index=0)]
    output = stream(*events).output
    assert [(c.reasoning, c.text) for c in output.choices] == [("a", "d"), ("b", "c")]
    agent = [
        *map(say, ("a</think>b",)),
        chunk(finish="stop"),
        *(say(t, id="c-2") for t in ("c", "</think>d")),
        chunk(finish="stop", id="c-2"),
    ]
    reading = stream(*agent)
    assert parts(reading.output) == [("reasoning", 0, "a"), ("text", 0, "b"), ("reasoning", 0, "c"), ("text", 0, "d")]
    assert reading.number == 3


@pytest.mark.parametrize(
    "events",
    [
        [chunk({"content": "", "role": "assistant"}), chunk({"reasoning_content": "hm"}), say("so</think>that")],
        [say("so"), chunk({"reasoning_content": "hm"}), say("</think>that")],
    ],
)
def test_where_thoughts_have_a_field_an_end_alone_is_text(events: list[Any]) -> None:
    reading = stream(*events)
    assert (reading.output.text, reading.output.reasoning, reading.number) == ("so</think>that", "hm", 1)


def test_what_was_text_stays_text_when_a_tagged_thought_follows() -> None:
    reading = stream(chunk({"reasoning_content": "hm"}), say("so</think>that "), say("<think>x</think>y"))
    assert parts(reading.output) == [("reasoning", 0, "hmx"), ("text", 0, "so</think>that "), ("text", 0, "y")]
    assert reading.number == 1


def test_it_is_not_read_for_ever() -> None:
    agent = [[say("a</think>b", id=f"c-{n}"), chunk(finish="stop", id=f"c-{n}")] for n in range(40)]
    reading = stream(*(event for one in agent for event in one))
    assert reading.number == 21
    assert reading.output.text == "b" * 20 + "a</think>b" * 20


def test_a_rule_with_a_join() -> None:
    events = [{"a": text} for text in ("<think>One.", "Two.", "</think>", "Three <", "four.")]
    output = stream(*events, extract="$.a", join=" ").output
    assert (output.reasoning, output.text) == ("One. Two.", "Three < four.")
    output = stream(*({"a": text} for text in ("One.", "Two.</think>", "Three.")), extract="$.a", join=" ").output
    assert (output.reasoning, output.text) == ("One. Two.", "Three.")


def test_growing_snapshots() -> None:
    texts = ["<think>", "<think>hm", "<think>hm</think>", "<think>hm</think>\na", "<think>hm</think>\nab"]
    assert parts(stream(*({"text": text} for text in texts)).output) == [("reasoning", 0, "hm"), ("text", 0, "ab")]
    partial = [("messages/partial", [{**langchain(text), "type": "ai"}]) for text in texts]
    assert parts(stream(*partial).output) == [("reasoning", 0, "hm"), ("text", 0, "ab")]
    replaced = stream(*partial, ("messages/partial", [{**langchain("<think>hm</think>c"), "type": "ai"}])).output
    assert (replaced.reasoning, replaced.text) == ("hm", "c")


def test_a_live_run_tells_the_new_reading() -> None:
    """What was given as text cannot be taken back, but nothing is given twice, and callbacks hear the new reading from its start."""
    go, heard = threading.Event(), list[Any]()

    def source() -> Iterator[Any]:
        yield say("so ")
        yield say("it is")
        assert go.wait(60)
        yield say("</think>The ")
        yield say("answer")
        yield chunk(finish="stop")

    run = sw.stream(source(), show=False)
    run.on("delta", heard.append)
    pieces = run._iterate()
    first = [next(pieces), next(pieces)]
    go.set()
    assert (first, list(pieces)) == (["so ", "it is"], ["The ", "answer"])
    assert (run.reasoning, run.text, run.status) == ("so it is", "The answer", "done")
    opened = [delta.value["kind"] for delta in heard if delta.op == "open"]
    assert opened == ["text", "reasoning", "text"]
    assert run.read_again().reasoning == "so it is"
