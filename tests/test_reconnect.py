"""`reconnect.py`: what a policy decides, by tables; nothing here waits."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.reconnect import USUAL, How, Loss, policy_of

PLAIN = sw.Reconnect()
EAGER = sw.Reconnect(before_first_event_only=True)
WHATEVER = sw.Reconnect(before_first_event_only=False)
HOWS: tuple[How, ...] = ("unsent", "asked", "status", "unanswered", "broken", "ended", "final")


def get(how: How, **facts: Any) -> Loss:
    return Loss(how, True, **facts)


def post(how: How, **facts: Any) -> Loss:
    return Loss(how, False, **facts)


def again(policy: sw.Reconnect, loss: Loss) -> bool:
    return policy.wait(loss, 0, 0.0, 0.5) is not None


CASES: list[tuple[Loss, bool, bool, bool, bool]] = [
    # loss, and whether there is another attempt by: the usual, Reconnect(), before the first event only, whatever has come
    (get("unsent"), True, True, True, True),
    (get("unsent", events=3, resumes=True), True, True, False, True),
    (get("asked"), True, True, True, True),
    (get("status"), False, False, True, True),
    (get("unanswered"), True, True, True, True),
    (get("broken"), True, True, True, True),
    (get("broken", events=3), False, True, False, True),
    (get("broken", events=3, resumes=True), True, True, False, True),
    (get("broken", events=3, resumes=True, finished=True), False, False, False, False),
    (get("ended", events=3), False, False, False, False),
    (get("ended", events=3, inviting=True, resumes=True), False, True, False, True),
    (get("ended", events=3, promised=True), False, True, False, True),
    (get("ended", events=3, promised=True, resumes=True), True, True, False, True),
    (get("ended", events=3, finished=True, inviting=True), False, False, False, False),
    (get("final"), False, False, False, False),
    (post("unsent"), True, True, True, True),
    (post("asked"), True, True, True, True),
    (post("status"), False, False, True, True),
    (post("unanswered"), False, False, True, True),
    (post("broken"), False, False, True, True),
    (post("broken", events=3), False, False, False, True),
    (post("broken", events=3, resumes=True), True, True, False, True),
    (post("ended", events=3, inviting=True), False, False, False, False),
    (post("ended", events=3, promised=True), False, False, False, True),
    (post("final"), False, False, False, False),
]


@pytest.mark.parametrize(("loss", "usual", "plain", "eager", "whatever"), CASES)
def test_what_is_asked_again(loss: Loss, usual: bool, plain: bool, eager: bool, whatever: bool) -> None:
    assert [again(policy, loss) for policy in (USUAL, PLAIN, EAGER, WHATEVER, sw.Reconnect.off)] == [usual, plain, eager, whatever, False]


@given(st.sampled_from(HOWS), st.booleans(), st.integers(0, 3), st.booleans(), st.booleans())
def test_a_post_that_may_have_been_processed_is_nobodys_surprise(
    how: How, inviting: bool, events: int, promised: bool, finished: bool
) -> None:
    loss = post(how, events=events, inviting=inviting, promised=promised, finished=finished)
    for policy in (USUAL, PLAIN, sw.Reconnect.lan, sw.Reconnect.mobile, sw.Reconnect(delay=5.0, attempts=50)):
        if again(policy, loss):
            assert how in ("unsent", "asked")
            assert policy.limit(loss) == 2


@pytest.mark.parametrize(
    ("policy", "loss", "waits"),
    [
        # the shortest and the longest of the first five waits
        (PLAIN, get("broken"), [(3, 3), (3, 6), (3, 12), (3, 24), (3, 30)]),
        (PLAIN, get("broken", retry=10.0), [(10, 10), (10, 20), (10, 30), (10, 30), (10, 30)]),
        (PLAIN, get("broken", retry=45.0), [(45, 45)] * 2),
        (PLAIN, get("broken", retry=0.0), [(0.1, 0.1), (0.1, 0.2)]),
        (PLAIN, get("unsent"), [(0.5, 0.5), (0.5, 1), (0.5, 2), (0.5, 4), (0.5, 8)]),
        (PLAIN, get("unsent", events=1, resumes=True), [(3, 3), (3, 6)]),
        (PLAIN, get("asked", after=7.0), [(7, 7), (7, 7)]),
        (sw.Reconnect(delay=5.0), get("broken"), [(5, 5), (5, 10), (5, 20), (5, 30), (5, 30)]),
        (sw.Reconnect(delay=5.0), get("broken", retry=8.0), [(8, 8), (8, 10), (8, 20)]),
        (sw.Reconnect(delay=5.0, jitter="none"), get("broken"), [(5, 5), (10, 10), (20, 20)]),
        (sw.Reconnect(delay=4.0, jitter="equal"), get("broken"), [(4, 4), (4, 8), (8, 16)]),
        (sw.Reconnect(delay=5.0, backoff=1), get("broken"), [(5, 5)] * 5),
        (sw.Reconnect(delay=0.0), get("broken"), [(0, 0)] * 5),
        (sw.Reconnect(delay=1.0, backoff=1e9, cap=2.0), get("broken"), [(1, 1), (1, 2), (1, 2)]),
        (sw.Reconnect.lan, get("broken"), [(0.25, 0.25), (0.25, 0.5), (0.25, 1), (0.25, 2)]),
    ],
)
def test_waits(policy: sw.Reconnect, loss: Loss, waits: list[tuple[float, float]]) -> None:
    found = [tuple(policy.wait(loss, tries, 0.0, chance) for chance in (0.0, 1.0)) for tries in range(len(waits))]
    assert found == waits


def test_the_count_and_the_budget_end_it() -> None:
    loss = get("broken")
    assert PLAIN.wait(loss, 4, 0.0, 0.0) == 3.0
    assert PLAIN.wait(loss, 5, 0.0, 0.0) is None
    assert PLAIN.wait(loss, 1, 117.0, 0.0) == 3.0
    assert PLAIN.wait(loss, 1, 117.1, 0.0) is None
    assert sw.Reconnect(budget=None).wait(loss, 1, 1e9, 0.0) == 3.0
    assert PLAIN.wait(get("asked", after=121.0), 0, 0.0, 0.0) is None
    assert sw.Reconnect(delay=1.0, attempts=99, backoff=1e300, cap=2.0, budget=None).wait(loss, 98, 0.0, 1.0) == 2.0
    assert sw.Reconnect.mobile.wait(get("broken"), 19, 0.0, 1.0) == 60.0


def test_an_end_may_be_taken_for_a_loss_or_never() -> None:
    loss = get("ended", events=2)
    assert again(sw.Reconnect(after_end=True), loss)
    assert not again(sw.Reconnect(after_end=True), post("ended", events=2))
    assert not again(sw.Reconnect(after_end=False), get("ended", events=2, inviting=True))
    # A strategy asks for the rest of one answer: an end that nobody promised to announce is its end.
    assert not again(sw.Reconnect(resume=sw.LangGraph()), get("ended", events=2, inviting=True, resumes=True))


def test_names() -> None:
    assert policy_of(None) is policy_of("off") is sw.Reconnect.off
    assert policy_of("lan") is sw.Reconnect.lan
    assert policy_of("mobile") is sw.Reconnect.mobile
    assert policy_of("auto") is USUAL
    mine = sw.Reconnect(delay=5.0)
    assert policy_of(mine) is mine
    with pytest.raises(sw.UsageError, match="Did you mean 'mobile'"):
        policy_of("mobil")
    with pytest.raises(sw.UsageError, match=r"not a float. For instance sw.Reconnect\(delay=5.0\)"):
        policy_of(5.0)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"delay": -1}, "delay must be seconds, not -1"),
    ({"delay": "5"}, "delay must be seconds, not '5'"),
    ({"cap": None}, "cap must be seconds, not None"),
    ({"budget": float("nan")}, "budget must be seconds"),
    ({"attempts": 2.5}, "attempts must be a whole number"),
    ({"attempts": True}, "attempts must be a whole number"),
    ({"backoff": 0.5}, "backoff must be a factor of 1 or more"),
    ({"jitter": "ful"}, "Did you mean 'full'"),
    ({"resume": "langgraph"}, "resume must be a strategy or a function"),
    ({"resume": sw.LangGraph}, r"not its class: LangGraph\(\)"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_what_cannot_be_is_refused_where_it_is_written(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sw.UsageError, match=message):
        sw.Reconnect(**options)


def test_a_policy_stays_what_it_is() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sw.Reconnect.lan.attempts = 9  # type: ignore[misc]
    assert sw.Reconnect(delay=1.0) == sw.Reconnect(1.0)
    assert "Retry-After" in (sw.Reconnect.__doc__ or "")
