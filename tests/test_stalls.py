"""Waits that are worth a sentence."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_widget.stalls import StallFold, _Median


def stalls(*gaps: float) -> list[tuple[float, float]]:
    """(start, duration) of the stalls of a stream whose first content comes at 10 s."""
    fold, time = StallFold(), 10.0
    fold.content(time, 0)
    for number, gap in enumerate(gaps):
        time += gap
        fold.content(time, number + 1)
    return [(round(s.time or 0.0, 6), round(s.duration or 0.0, 6)) for s in fold.stalls]


FAST = [0.05] * 20
UNNOTICED = ", so a client that waits for any byte notices nothing."


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([], []),
        (FAST, []),
        ([*FAST, 2.0, *FAST], [(11.0, 2.0)]),
        ([*FAST, 1.0], []),  # more than 1 s, it says
        ([*[0.5] * 9, 3.9], []),  # 7.8 times the median
        ([*[0.5] * 8, 4.5], [(14.0, 4.5)]),
        ([2.0] * 10, []),  # slow sentences are no stalls
        ([1.7, 1.9], []),
        ([2.0], []),  # nothing to compare it with
        ([6.0], [(10.0, 6.0)]),
        ([0.0625, 4.0], [(10.0625, 4.0)]),
        ([4.0, 0.1, 0.1], [(10.0, 4.0)]),
        ([*FAST, 2.0, 2.0, *FAST], [(11.0, 2.0), (13.0, 2.0)]),
    ],
)
def test_stalls(gaps: list[float], expected: list[tuple[float, float]]) -> None:
    assert stalls(*gaps) == expected


def test_content_returns_each_stall_once_it_is_certain() -> None:
    fold, time, returned = StallFold(), 0.0, []
    for frame, gap in enumerate([0.0, 3.0, 0.1, 0.1, 0.1, 5.0, 0.1]):
        time += gap
        returned.append([s.frames for s in fold.content(time, frame)])
    assert returned == [[], [], [], [(0, 1)], [], [(4, 5)], []]
    assert [s.frames for s in fold.stalls] == [(0, 1), (4, 5)]


@pytest.mark.parametrize(
    ("gaps", "waited", "stalled"),
    [
        (None, 100.0, False),
        ([], 4.9, False),
        ([], 5.1, True),
        (FAST, 0.9, False),
        (FAST, 1.1, True),
        ([2.0] * 5, 15.0, False),
        ([2.0] * 5, 17.0, True),
    ],
)
def test_open_stall(gaps: list[float] | None, waited: float, stalled: bool) -> None:
    fold, time = StallFold(), 0.0
    for frame, gap in enumerate([0.0, *gaps] if gaps is not None else []):
        time += gap
        fold.content(time, frame)
    found = fold.open_stall(time + waited)
    assert (found is not None) is stalled
    if found:
        assert found.message.startswith("No content has come for")
        assert found.duration == pytest.approx(waited)


@pytest.mark.parametrize(
    ("signs", "sentence"),
    [
        ([], "No content came for 2.00 s; the usual gap is 50 ms."),
        (
            [2.0],
            f"No content came for 2.00 s; the usual gap is 50 ms. The connection was alive: 1 sign of life came meanwhile{UNNOTICED}",
        ),
        (
            [2.0, 2.0, 2.5, 3.0],
            f"No content came for 2.00 s; the usual gap is 50 ms. The connection was alive: 3 signs of life came meanwhile{UNNOTICED}",
        ),
    ],
)
def test_a_stall_that_pings_mask(signs: list[float], sentence: str) -> None:
    fold = StallFold()
    for frame in range(21):
        fold.activity(frame * 0.05)
        fold.content(frame * 0.05, frame)
    for time in signs:
        fold.activity(time)
    fold.content(3.0, 21)  # what comes with the content itself is no sign of life before it
    (found,) = fold.stalls
    assert found.message == sentence
    assert (found.kind, found.severity, found.frames, found.time) == ("stall", "warning", (20, 21), 1.0)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30))
@example([float(n * 37 % 100) for n in range(300)])
@example([1.0] * 200 + [2.0] * 65)
def test_the_running_median_is_that_of_the_last_127(values: list[float]) -> None:
    median = _Median()
    for value in values:
        median.add(value)
    window = sorted(values[-127:])
    assert median.value() == window[(len(window) - 1) // 2]
    assert len(median) == len(window)


def test_time_without_a_connection_is_no_stall() -> None:
    fold = StallFold()
    for frame in range(21):
        fold.content(frame * 0.05, frame)
    fold.lost(9.0)
    fold.content(11.0, 21)
    assert fold.stalls == []
    fold.lost(9.0)
    fold.content(23.0, 22)
    (found,) = fold.stalls
    assert found.message == "No content came for 3.00 s; the usual gap is 50 ms. Besides, there was no connection for 9.00 s."
    assert found.duration == pytest.approx(3.0)


def test_a_thought_that_is_not_shown_is_no_stall_but_thinking() -> None:
    fold = StallFold()
    fold.content(0.5, 0, True)
    for ping in range(1, 13):
        fold.activity(float(ping))
    assert fold.open_stall(12.5) is not None
    fold.content(12.5, 13)
    for frame in range(20):
        fold.content(12.6 + frame * 0.05, 14 + frame)
    (found,) = fold.stalls
    assert (
        found.message
        == "The model was thinking for 12 s and showed nothing of it. The connection was alive: 12 signs of life came meanwhile."
    )
    assert found.severity == "info"
