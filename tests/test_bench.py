"""The parts of `make bench` that can be wrong without anybody seeing it: its text, its statistics, its goals and its tables."""

from __future__ import annotations

from typing import Any

import mistune  # nbconvert's, which JupyterLab needs
import pytest

from benchmarks.live import goals, report, text
from benchmarks.live.approaches import APPROACHES
from benchmarks.live.figures import Cell, cell, percentile, ratio


def raw(**changes: Any) -> dict[str, Any]:
    """A run as `measure` leaves it, with figures that are easy to count with."""
    made: dict[str, Any] = {
        "approach": "ours",
        "workload": "W1",
        "status": "ok",
        "markers": 4,
        "held": 4,
        "lags": [0.010, 0.020, 0.030, 0.040],
        "total": 10.0,
        "first_paint_ms": 8.0,
        "traffic": {"in": 200_000, "out": 20_000, "messagesIn": 300, "messagesOut": 40},
        "gaps": [16.0, 17.0, 50.0],
        "long": [],
        "cpu": {"kernel": 1.0, "server": 0.5, "renderer": 2.0, "browser": 1.0},
        "metrics": {"TaskDuration": 1.0, "ScriptDuration": 0.5, "LayoutDuration": 0.2, "RecalcStyleDuration": 0.1},
        "heap": 30_000_000,
        "memory": 110.0,
        "others": 0.0,
    }
    return made | changes


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.75, 3), (0.76, 4), (0.95, 4), (1.0, 4), (0.01, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([3, 1, 4, 2], share) == value


def test_a_cell_is_the_median_and_the_range() -> None:
    assert str(Cell([30.04, 10.0, 20.0])) == "20.0 (10.0–30.0)"
    assert str(Cell([0.5, None, 0.5])) == "0.50"
    assert str(Cell([None])) == "–"
    assert str(Cell([1234.5])) == "1,234"


def test_bytes_of_both_directions_are_shared_by_all_tokens() -> None:
    assert cell([raw()], "B/token", 2_000).median == 110


def test_a_ratio_is_taken_round_by_round() -> None:
    # The second round was slow for both: the ratio of the medians would be another.
    mine = [raw(total=2.0), raw(total=30.0), raw(total=2.0)]
    theirs = [raw(total=1.0), raw(total=10.0), raw(total=4.0)]
    assert ratio(mine, theirs, "total s", 1).values == [2.0, 3.0, 0.5]
    assert ratio(mine, [raw(total=None)], "total s", 1).values == []


def test_every_goal_is_judged() -> None:
    slow = raw(lags=[0.1] * 4, held=3, long=[60.0], cpu={"kernel": 1.4, "server": 0, "renderer": 2.2, "browser": 0})
    verdicts = {it.figure: it for it in goals.judge({("W1", "ours"): [slow], ("W1", "bare"): [raw(approach="bare")]})}
    met = {name: it.met for name, it in verdicts.items()}
    assert met == {
        "p95 ms": False,
        "kernel CPU s": True,
        "renderer CPU s": False,
        "B/token": True,
        "first paint ms": True,
        "longest task ms": False,
        "lost": False,
    }
    assert verdicts["p95 ms"].measured == "2.50"


def test_one_round_with_lost_text_is_one_too_many() -> None:
    verdicts = goals.judge({("W2", "ours"): [raw(), raw(), raw(held=3)]})
    assert [it.met for it in verdicts if it.figure == "lost"] == [False]
    assert [it.met for it in verdicts if it.figure == "total s"] == [None]


def test_the_report_says_what_was_left_out_and_what_failed() -> None:
    document = {
        "date": "2026-01-01",
        "rounds": 2,
        "machine": "2 cores",
        "versions": {"Python": "3.12"},
        "approaches": ["ours", "bare", "chatlas", "html"],
        "runs": [
            raw(workload="W4"),
            raw(workload="W4", status="cap", total=None, lags=[], held=1),
            raw(workload="W4", approach="bare"),
            raw(workload="W4", approach="bare"),
        ],
    }
    lines = report.report(document).splitlines()
    rows = {line.split(" | ")[0].strip("| "): line for line in lines if line.startswith("|")}
    assert "not complete after 60 s (1 of 2)" in rows[APPROACHES["ours"].label]
    assert "| ok |" in rows[APPROACHES["bare"].label]
    assert "not run: more than a minute" in rows[APPROACHES["chatlas"].label]
    heads = [line for line in lines if line.startswith("| approach")]
    assert {line.count("|") for line in [*heads, *rows.values()] if "bare delta widget" in line or line in heads} == {heads[0].count("|")}


@pytest.mark.parametrize("shape", ["mixed", "code"])
@pytest.mark.parametrize("count", [1, 40, 1_000, 5_000])
def test_the_text_has_as_many_tokens_as_asked_for_and_every_marker_in_order(count: int, shape: str) -> None:
    pieces = text.tokens(count, shape=shape)
    assert len(pieces) == count
    assert text.tokens(count, shape=shape) == pieces
    numbers = [int(number) for number in text.MARKER.findall("".join(pieces))]
    assert numbers == list(range(len(text.markers(pieces))))
    assert text.markers(pieces)[-1] == count - 1


def test_no_marker_is_lost_when_the_text_is_rendered() -> None:
    source = "".join(text.tokens(20_000))
    html = mistune.create_markdown(plugins=["table"])(source)
    assert isinstance(html, str)
    assert len(text.MARKER.findall(html)) == len(text.MARKER.findall(source))
    assert all(f"<{tag}" in html for tag in ("h2", "p", "ul", "ol", "pre", "table", "blockquote", "a", "strong", "em", "code"))


def test_a_token_is_as_long_as_those_of_models() -> None:
    assert 4 < len("".join(text.tokens(20_000))) / 20_000 < 5
