"""`gaps.py`: exact percentiles of many numbers, asked for while they come."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget.gaps
from sse_widget.gaps import Gaps


@given(st.lists(st.lists(st.floats(0, 100), max_size=8), max_size=12))
def test_percentiles_are_linear_whenever_they_are_asked_for(batches: list[list[float]]) -> None:
    few, sse_widget.gaps._FEW = sse_widget.gaps._FEW, 5  # so that a short list has its sorted part too
    try:
        gaps, values = Gaps(), []
        for batch in batches:
            for value in batch:
                gaps.append(value)
            values += batch
            ordered = sorted(values)
            if len(ordered) > 1:
                cuts = statistics.quantiles(ordered, n=100, method="inclusive")
                assert [gaps.percentile(p) for p in (50, 95, 99)] == pytest.approx([cuts[p - 1] for p in (50, 95, 99)])
            assert (gaps.percentile(0), gaps.percentile(100)) == ((ordered[0], ordered[-1]) if ordered else (None, None))
            assert len(gaps) == len(values)
    finally:
        sse_widget.gaps._FEW = few


def test_one_number_is_every_percentile() -> None:
    gaps = Gaps()
    gaps.append(0.5)
    assert [gaps.percentile(p) for p in (0, 50, 100)] == [0.5, 0.5, 0.5]
