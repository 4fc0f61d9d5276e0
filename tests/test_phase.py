"""When batches go within a page's frames."""

from __future__ import annotations

import pytest

from sse_widget.phase import BEAT, EASE, FRAME, LEAD, Phase
from sse_widget.view.outbox import INTERVAL
from sse_widget.view.traffic import Budget, Load, Traffic


def apart(one: float, other: float) -> float:
    """Seconds between two instants, modulo a frame; of the nearest."""
    return (one - other + FRAME / 2) % FRAME - FRAME / 2


def test_nothing_is_moved_before_a_page_has_spoken() -> None:
    assert [Phase().nearest(due) for due in (float("-inf"), 0.0, 1.234)] == [float("-inf"), 0.0, 1.234]


def test_an_instant_is_moved_to_right_before_a_frame() -> None:
    phase = Phase()
    phase.heard(0.0123)
    for step in range(500):
        due = 50 + step / 1000
        moved = phase.nearest(due)
        assert apart(moved + LEAD, 0.0123) == pytest.approx(0, abs=1e-9)
        assert abs(moved - due) <= BEAT / 2 + 1e-9
    assert phase.nearest(float("-inf")) == float("-inf")


def test_all_widgets_use_the_same_half_of_the_frames() -> None:
    phase = Phase()
    phase.heard(1.0)
    before = phase.nearest(10.0)
    for frame in (1.0 + FRAME, 1.0 + 7 * FRAME, 400 * FRAME + 1.0):
        phase.heard(frame)
        assert phase.nearest(10.0) == pytest.approx(before)


def test_who_needs_batches_sooner_has_them_at_once_and_later_by_and_by() -> None:
    phase = Phase()
    phase.heard(1.0)
    before = phase.nearest(10.0)
    phase.heard(1.0 - 0.004)
    assert phase.nearest(10.0) == pytest.approx(before - 0.004)
    phase.heard(1.0)
    assert phase.nearest(10.0) == pytest.approx(before - 0.004 * (1 - EASE))


def test_what_flows_goes_with_every_second_frame_and_what_drips_at_once() -> None:
    phase = Phase()
    phase.heard(0.005)
    traffic = Traffic(Budget(), phase)
    sent: list[float] = []
    load = [Load("a", 1.0, 1)]
    for tick in range(2000):
        now = tick / 1000
        traffic.heard(len(sent), now)
        flows = now < 1 or tick % 250 == 0
        if flows and traffic.due(load, now) <= 0:
            traffic.sent(len(sent) + 1, ["a"], now)
            sent.append(now)
    flowing = [when for when in sent if 0 < when < 1]
    assert {round(apart(when + LEAD, 0.005), 3) for when in flowing[1:]} <= {0.0, 0.001}  # a tick is a millisecond
    assert len(flowing) == pytest.approx(1 / INTERVAL, abs=1)
    assert [when for when in sent if when > 1.1] == [1.25, 1.5, 1.75]
