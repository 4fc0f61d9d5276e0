"""What is measured, by which definition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sse_widget.deltas import ERROR, META, REASONING, REFUSAL, STEP, TEXT, TOOL, USAGE
from sse_widget.metrics import Metrics, MetricsFold, generated_tokens


def fold(*contents: tuple[float, int], usage: dict[str, Any] | None = None) -> Metrics:
    metrics = MetricsFold()
    for time, channel in contents:
        metrics.event(time)
        metrics.content(time, channel)
    if usage is not None:
        metrics.usage(usage)
    return metrics.snapshot()


def test_nothing_yet() -> None:
    assert MetricsFold().snapshot() == Metrics()


def test_the_times_of_a_whole_stream() -> None:
    metrics = MetricsFold()
    metrics.mark("headers", 0.1)
    metrics.chunk(0.15, 0)
    metrics.chunk(0.2, 10)
    metrics.event(0.3)  # a role, no content
    metrics.content(0.3, META)
    for time, channel in ((1.0, REASONING), (1.5, REASONING), (2.0, TEXT), (3.0, TEXT)):
        metrics.chunk(time, 100)
        metrics.frame(2)
        metrics.event(time)
        metrics.content(time, channel)
    metrics.event(3.5)
    metrics.content(3.5, USAGE)
    metrics.mark("headers", 9.0)
    metrics.mark("end", 3.9)
    metrics.mark("end", 4.0)
    assert metrics.snapshot() == Metrics(
        headers=0.1, first_byte=0.2, first_event=0.3, first_token=1.0, first_answer=2.0, first_content=1.0, last_token=3.0, end=4.0,
        events=6, frames=8, bytes=410, chunks=4, tokens=4, tokens_source="chunks", tokens_per_s=1.5,
        gap_p50=0.5, gap_p95=0.95, gap_p99=0.99, gap_max=1.0, thinking=1.0, thinking_share=0.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("contents", "first_token", "first_answer", "first_content", "thinking"),
    [
        ([(1.0, TEXT)], 1.0, 1.0, 1.0, None),
        ([(1.0, REFUSAL)], 1.0, 1.0, 1.0, None),
        ([(1.0, TOOL), (2.0, TOOL)], None, None, 1.0, None),
        ([(1.0, TOOL), (2.0, TEXT)], 2.0, 2.0, 1.0, None),
        ([(1.0, REASONING), (4.0, TOOL)], 1.0, None, 1.0, 3.0),
        ([(1.0, REASONING)], 1.0, None, 1.0, 0.0),
        ([(1.0, TEXT), (2.0, REASONING), (5.0, TEXT)], 1.0, 1.0, 1.0, 3.0),
        ([(1.0, META), (1.0, ERROR), (1.0, STEP), (1.0, USAGE)], None, None, None, None),
    ],
)
def test_firsts(contents: list[tuple[float, int]], first_token: Any, first_answer: Any, first_content: Any, thinking: Any) -> None:
    metrics = fold(*contents)
    assert (metrics.first_token, metrics.first_answer, metrics.first_content, metrics.thinking) == (
        first_token, first_answer, first_content, thinking
    )  # fmt: skip


TWO = ((1.0, TEXT), (3.0, TEXT))


@pytest.mark.parametrize(
    ("contents", "usage", "tokens", "source", "rate"),
    [
        (TWO, None, 2, "chunks", 0.5),
        (TWO, {"completion_tokens": 11}, 11, "usage", 5.0),
        (TWO, {"prompt_tokens": 5}, 2, "chunks", 0.5),
        (TWO, {"completion_tokens": 0}, 0, "usage", None),
        (TWO[:1], {"completion_tokens": 11}, 11, "usage", None),
        (((1.0, TOOL), (2.0, TOOL)), {"output_tokens": 9}, 9, "usage", 8.0),
        ((), {"completion_tokens": 11}, 11, "usage", None),
        (((1.0, TEXT), (1.0, TEXT)), None, 2, "chunks", None),
    ],
)
def test_tokens_and_their_source(contents: Any, usage: Any, tokens: int, source: str, rate: float | None) -> None:
    metrics = fold(*contents, usage=usage)
    assert (metrics.tokens, metrics.tokens_source, metrics.tokens_per_s) == (tokens, source, rate)


def test_hidden_reasoning_does_not_make_a_stream_fast() -> None:
    usage = {"completion_tokens": 103, "completion_tokens_details": {"reasoning_tokens": 100}}
    hidden, shown = fold(*TWO, usage=usage), fold((0.0, REASONING), *TWO, usage=usage)
    assert (hidden.tokens, hidden.tokens_hidden, hidden.tokens_per_s) == (103, 100, 1.0)
    assert (shown.tokens, shown.tokens_hidden, shown.tokens_per_s) == (103, 0, 34.0)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"completion_tokens": 5}, (5, 0)),
        ({"output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 3}}, (5, 3)),
        ({"candidatesTokenCount": 5, "thoughtsTokenCount": 3}, (8, 3)),
        ({"eval_count": 5}, (5, 0)),
        # xAI: reasoning is not part of the completion, which the total gives away.
        (
            {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 42, "completion_tokens_details": {"reasoning_tokens": 30}},
            (32, 30),
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 32, "total_tokens": 42, "completion_tokens_details": {"reasoning_tokens": 30}},
            (32, 30),
        ),
        ({"completion_tokens": 5, "completion_tokens_details": None}, (5, 0)),
        ({"completion_tokens": None, "output_tokens": 4}, (4, 0)),
        ({"completion_tokens": "5"}, None),
        ({"completion_tokens": True}, None),
        ({}, None),
        ({"outputTokens": 7}, (7, 0)),
        ({"total_output_tokens": 7}, (7, 0)),
        ({"tokens": {"input_tokens": 3, "output_tokens": 7}}, (7, 0)),
        ({"output_count": 7}, (7, 0)),
    ],
)
def test_generated_tokens(usage: dict[str, Any], expected: Any) -> None:
    assert generated_tokens(usage) == expected


def test_gaps_are_right_after_snapshots_in_between() -> None:
    metrics = MetricsFold()
    seen = []
    for time in (0.0, 3.0, 4.0, 9.0, 11.0):
        metrics.content(time, TEXT)
        now = metrics.snapshot()
        seen.append((now.gap_p50, now.gap_max))
    assert seen == [(None, None), (3.0, 3.0), (2.0, 3.0), (3.0, 5.0), (2.5, 5.0)]


DETAILS = {"completion_tokens": 20, "completion_tokens_details": {"reasoning_tokens": 5}}


@pytest.mark.parametrize(
    ("channels", "usage", "share"),
    [
        ([TEXT], {}, None),
        ([], DETAILS, 0.25),  # thought in secret
        ([REASONING, TEXT, TEXT, TEXT], {}, 0.25),
        ([REASONING, TEXT], DETAILS, 0.25),
        ([REASONING, TEXT], {"completion_tokens": 20}, 0.5),
        ([REASONING, TEXT], {"completion_tokens": 0, "completion_tokens_details": {"reasoning_tokens": 5}}, 0.5),
        ([TEXT], {"completion_tokens": 20}, None),
        ([TEXT, TEXT], {"candidatesTokenCount": 10, "thoughtsTokenCount": 30}, 0.75),
    ],
)
def test_the_share_of_thinking(channels: list[int], usage: dict[str, Any], share: float | None) -> None:
    metrics = MetricsFold()
    for time, channel in enumerate(channels):
        metrics.content(time, channel)
    metrics.usage(usage)
    assert metrics.snapshot().thinking_share == share


def test_to_dict_is_json() -> None:
    told = fold(*TWO).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["first_token"] == 1.0
