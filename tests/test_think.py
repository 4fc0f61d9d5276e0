"""Thoughts in tags, told from the answer they are written into."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_widget.dialects import Dialect, OpenAIChat, PlainText, by_name, parse_json
from sse_widget.dialects.think import Segment, ThinkTags, split_thoughts
from sse_widget.output import Output

from .chat import DONE, chunk, frame, read, say


def split(*fragments: str) -> list[tuple[bool, str]]:
    """Runs of thought and answer that the fragments give."""
    tags, runs = ThinkTags(), list[tuple[bool, str]]()
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
    "an end alone": ("so</think>that", [(A, "so</think>that")]),
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


@pytest.mark.parametrize(
    ("dialect", "event"),
    [
        (PlainText, lambda text: text),
        (OpenAIChat, say),
        (OpenAIChat, lambda text: chunk({"content": [{"type": "text", "text": text}]})),
        (by_name("openai_completions"), lambda text: {"object": "text_completion", "choices": [{"index": 0, "text": text}]}),
    ],
)
def test_dialects_that_look_for_tags(dialect: type[Dialect], event: Any) -> None:
    one, output = dialect(), Output()
    for index, text in enumerate(SPLIT):
        data = frame(event(text))
        for delta in one.read(index, data, parse_json(data.data)):
            output.apply(delta)
    for delta in one.end(len(SPLIT)):
        output.apply(delta)
    assert parts(output) == [("reasoning", 0, "So it is."), ("text", 0, "The answer.")]
