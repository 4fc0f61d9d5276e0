"""`view/traffic.py`: who may send when, and what that came to."""

from __future__ import annotations

from array import array
from itertools import count

import pytest

from sse_widget.deltas import ERROR, META, REASONING, TEXT, TOOL
from sse_widget.view.outbox import INTERVAL, SLOW_INTERVAL, UNHEARD_INTERVAL
from sse_widget.view.traffic import HIDDEN_INTERVAL, LATEST, RATE, Budget, Load, Traffic, urgent, weight

STEP = 0.005


class Page:
    """A widget's traffic with a page that acknowledges every 1.25 s, ``lag`` s late (None: never), and says what it is told to."""

    def __init__(self, budget: Budget | None = None, *, lag: float | None = 0.02) -> None:
        self.traffic = Traffic(budget)
        self.lag = lag
        self.hidden = False
        self.focus: str | None = None
        self.sent: list[tuple[float, frozenset[str]]] = []
        self._acked = float("-inf")

    def play(self, now: float, loads: list[Load]) -> None:
        """One moment: acknowledge if it is time, send if it is due."""
        if self.lag is not None and now - self._acked >= 1.25:
            self._acked = now
            newest = max((seq for seq, (when, _) in enumerate(self.sent) if when <= now - self.lag), default=-1)
            self.traffic.heard(newest, now, hidden=self.hidden, focus=self.focus)
        if self.traffic.due(loads, now) <= 0 and loads:
            late = self.traffic.choose(loads, now)
            lanes = [load.lane for load in loads if load.lane not in late]
            self.traffic.sent(len(self.sent), lanes, now, late=bool(late))
            self.sent.append((now, frozenset(lanes)))

    def rate(self, since: float, until: float, lane: str = "a") -> float:
        """Batches a second in which a lane was."""
        return sum(since <= when < until and lane in lanes for when, lanes in self.sent) / (until - since)


def play(pages: list[Page], loads: list[list[Load]], until: float, since: float = 0.0) -> None:
    for tick in count():
        now = since + tick * STEP
        if now >= until:
            return
        for page, load in zip(pages, loads, strict=True):
            page.play(now, load)


def a(weight: float = 1.0, lane: str = "a") -> Load:
    return Load(lane, weight, 3)


@pytest.mark.parametrize("widgets", [1, 4])
def test_up_to_the_budget_every_widget_is_as_quick_as_if_it_were_alone(widgets: int) -> None:
    budget = Budget()
    pages = [Page(budget) for _ in range(widgets)]
    play(pages, [[a()]] * widgets, 4)
    assert all(page.rate(1, 4) == pytest.approx(1 / INTERVAL, rel=0.2) for page in pages)
    assert all(page.traffic.flow.merged == 0 and page.traffic.flow.why == "" for page in pages)


def test_beyond_it_they_share_it() -> None:
    budget = Budget()
    pages = [Page(budget) for _ in range(40)]
    play(pages, [[a()]] * 40, 6)
    assert sum(page.rate(2, 6) for page in pages) == pytest.approx(RATE, rel=0.15)
    assert pages[0].traffic.flow.why == "shared"


def test_what_weighs_more_gets_more_of_it() -> None:
    budget = Budget()
    pages = [Page(budget) for _ in range(40)]
    play(pages, [[a(8.0)], *[[a()]] * 39], 6)
    assert pages[0].rate(2, 6) > 4 * pages[1].rate(2, 6)
    assert pages[1].rate(2, 6) > 1


def test_who_sends_no_more_takes_no_part() -> None:
    budget = Budget()
    pages = [Page(budget) for _ in range(40)]
    play(pages, [[a()]] * 40, 3)
    play(pages[:1], [[a()]], 8, since=3)
    assert pages[0].rate(5, 8) == pytest.approx(1 / INTERVAL, rel=0.2)
    play(pages, [[a()]] * 40, 11, since=8)
    for page in pages[1:]:
        page.traffic.close()
    play(pages[:1], [[a()]], 12, since=11)
    assert pages[0].rate(11, 12) == pytest.approx(1 / INTERVAL, rel=0.2)


@pytest.mark.parametrize(
    ("lag", "hidden", "interval", "why"),
    [
        (0.02, False, INTERVAL, ""),
        (3.0, False, SLOW_INTERVAL, "behind"),
        (None, False, UNHEARD_INTERVAL, "unheard"),
        (0.02, True, HIDDEN_INTERVAL, "hidden"),
    ],
    ids=["a fast page", "a slow page", "a page that is not heard", "a page that nobody sees"],
)
def test_how_often_a_page_is_sent_to(lag: float | None, hidden: bool, interval: float, why: str) -> None:
    page = Page(lag=lag)
    page.hidden = hidden
    play([page], [[a()]], 20)
    assert page.rate(10, 20) == pytest.approx(1 / interval, rel=0.3)
    assert page.traffic.flow.why == why
    assert page.traffic.flow.batches == len(page.sent)
    assert (page.traffic.flow.merged > 0) == bool(why)


def test_what_is_merged_and_what_is_sent_are_the_batches_that_would_have_been() -> None:
    page = Page()
    page.hidden = True
    play([page], [[a()]], 20)
    flow = page.traffic.flow
    assert flow.batches + flow.merged == pytest.approx(20 / INTERVAL, rel=0.1)


def test_a_stream_that_brings_little_merges_nothing() -> None:
    page = Page()
    page.hidden = True
    for second in range(10):
        play([page], [[]], second + 0.99, since=second)
        play([page], [[a()]], second + 0.99 + STEP / 2, since=second + 0.99)
    assert page.traffic.flow.merged == 0


def test_a_page_that_is_looked_at_again_is_sent_to_at_once() -> None:
    page = Page()
    page.hidden = True
    play([page], [[a()]], 5.3)
    last = page.sent[-1][0]
    assert page.traffic.due([a()], 5.3) > 0.1
    assert page.traffic.heard(len(page.sent) - 1, 5.3)
    assert page.traffic.due([a()], 5.3) == pytest.approx(last + INTERVAL - 5.3)
    assert page.traffic.due([a()], 5.3) <= 0


def test_of_several_pages_one_that_is_seen_is_enough() -> None:
    traffic = Traffic()
    for tenth in range(100):
        traffic.heard(0, tenth / 10, hidden=tenth % 2 == 1)
        assert not traffic.hidden(tenth / 10)
    for tenth in range(100, 130):
        traffic.heard(0, tenth / 10, hidden=True)
    assert traffic.hidden(13.0)
    traffic.new_page()
    assert not traffic.hidden(13.0)


LANES = [a(8.0, "shown"), a(2.0, "answers"), a(1.0, "thinks")]


def test_without_pressure_every_lane_goes_with_every_batch() -> None:
    page = Page()
    play([page], [LANES], 2)
    assert {lanes for _, lanes in page.sent} == {frozenset({"shown", "answers", "thinks"})}


def test_under_pressure_what_counts_less_goes_with_fewer_batches_and_none_waits_for_ever() -> None:
    page = Page(lag=None)
    play([page], [LANES], 60)
    assert page.rate(10, 60, "shown") == pytest.approx(1 / UNHEARD_INTERVAL, rel=0.2)
    assert page.rate(10, 60, "answers") == pytest.approx(1 / UNHEARD_INTERVAL / 4, rel=0.3)
    assert page.rate(10, 60, "thinks") == pytest.approx(1 / UNHEARD_INTERVAL / 8, rel=0.3)
    heavy = Page(lag=None)
    play([heavy], [[a(1e6, "shown"), a(1.0, "thinks")]], 60)
    assert heavy.rate(10, 60, "thinks") >= 0.8 / LATEST


def test_who_comes_back_to_a_hidden_page_finds_all_lanes() -> None:
    page = Page()
    page.hidden = True
    play([page], [LANES], 20)
    assert page.sent[-1][1] == {"shown", "answers", "thinks"}


def test_the_queue_is_counted() -> None:
    page = Page()
    page.hidden = True
    play([page], [[Load("a", 1.0, 70), Load("b", 1.0, 5)]], 4)
    page.traffic.choose([Load("a", 1.0, 2)], 4.0)
    assert (page.traffic.flow.waiting, page.traffic.flow.most) == (2, 75)


@pytest.mark.parametrize(
    ("channels", "yes"),
    [([], False), ([META, REASONING], False), ([REASONING, TEXT], True), ([ERROR], True), ([REASONING, TOOL, REASONING], True)],
)
def test_errors_tool_calls_and_answers_are_urgent(channels: list[int], yes: bool) -> None:
    assert urgent(array("B", channels)) is yes


def test_what_counts() -> None:
    assert weight(1.0, focus=True, urgent=False) > weight(1.0, focus=False, urgent=True) > weight(1.0, focus=False, urgent=False)
    assert weight(4.0, focus=False, urgent=False) == 4 * weight(1.0, focus=False, urgent=False)
