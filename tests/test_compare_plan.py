"""`compare/plan.py`, `compare/schedule.py`, `compare/money.py`: what is asked, who is asked when, and what it costs. Pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.compare.money import asked_tokens, cost_of, prices_of, progress
from sse_widget.compare.plan import MOST, Plan, plan_of
from sse_widget.compare.schedule import Schedule
from sse_widget.compare.votes import Vote, Votes, refuse_unfinished


# --- the plan ------------------------------------------------------------------------------------------------------------
def test_a_plan_is_every_prompt_with_every_model_and_every_set_of_parameters() -> None:
    plan = plan_of(["one", [{"role": "user", "content": "two"}]], ["a", "b"], [{"temperature": 0}, {}], 2, seed=1)
    assert len(plan.cells) == 2 * 2 * 2 * 2
    assert [prompt.name for prompt in plan.prompts] == ["prompt 1", "prompt 2"]
    assert [prompt.text for prompt in plan.prompts] == ["one", "two"]
    assert plan.label(plan.cells[0]) == "prompt 1 · a · temperature=0 · #1"
    assert len({cell.id for cell in plan.cells}) == len({plan.key(cell) for cell in plan.cells}) == 16


def test_names_are_those_of_a_dict() -> None:
    assert [(prompt.name, prompt.value) for prompt in plan_of({"short": "Hi"}, "m").prompts] == [("short", "Hi")]


def test_the_order_is_shuffled_by_its_seed_and_each_repetition_is_a_block() -> None:
    def order(seed: int | None, how: str = "random") -> list[str]:
        return [cell.id for cell in plan_of(["a", "b", "c"], ["x", "y", "z"], None, 3, how, seed).in_order()]

    assert order(1) == order(1) != order(2)
    assert order(1, "given")[:3] == ["0.0.0.0", "0.1.0.0", "0.2.0.0"]
    for ids in (order(1), order(None)):
        assert [ident[-1] for ident in ids] == ["0"] * 9 + ["1"] * 9 + ["2"] * 9
        assert len(set(ids)) == 27


def test_a_plan_survives_its_file() -> None:
    plan = plan_of({"x": "one", "y": [{"role": "user", "content": "two"}]}, ["a", "b"], [{"top_p": 0.5}, {}], 2, "given", 9)
    assert Plan.from_dict(plan.to_dict()) == plan
    for broken in ({}, {**plan.to_dict(), "prompts": 3}, {**plan.to_dict(), "prompts": [{}]}, {**plan.to_dict(), "n": "2"}):
        with pytest.raises(sw.UsageError):
            Plan.from_dict(broken)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"prompts": []}, "no prompts"),
        ({"prompts": 3}, "must be a list"),
        ({"prompts": [3]}, "a text or a list of messages"),
        ({"prompts": [[]]}, "a text or a list of messages"),
        ({"models": []}, "no models"),
        ({"models": ["a", "a"]}, "stands twice"),
        ({"models": [1]}, "list of names"),
        ({"params": "hot"}, "dict or a list of dicts"),
        ({"n": 0}, "whole number"),
        ({"n": True}, "whole number"),
        ({"order": "rondom"}, "Did you mean 'random'"),
        ({"seed": "x"}, "seed"),
        ({"n": MOST + 1}, "is the most"),
    ],
)
def test_what_is_no_plan_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(sw.UsageError, match=said):
        plan_of(**{"prompts": ["a"], "models": ["m"], **arguments})


# --- the schedule --------------------------------------------------------------------------------------------------------
@given(
    count=st.integers(0, 12),
    concurrency=st.integers(1, 5),
    barrier=st.booleans(),
    chance=st.randoms(use_true_random=False),
    stop=st.integers(0, 40),
)
def test_whatever_happens_every_cell_has_its_turn_and_no_more_than_allowed_go_on(
    count: int, concurrency: int, barrier: bool, chance: Any, stop: int
) -> None:
    schedule = Schedule(range(count), concurrency, barrier)
    preparing: set[int] = set()
    ready: set[int] = set()
    running: set[int] = set()
    prepared: list[int] = []
    over: set[int] = set()
    steps = 0
    while True:
        prepare, start = schedule.step()
        assert not (barrier and prepare and (preparing or ready or running)), "a batch begins when the one before has ended"
        prepared += prepare
        preparing |= set(prepare)
        if start:
            assert set(start) <= ready
            assert not barrier or (set(start) == ready and not preparing and not running), "a batch begins at one instant"
        ready -= set(start)
        running |= set(start)
        assert len(preparing | ready | running) <= concurrency
        assert len(preparing) + len(ready) + len(running) == len(preparing | ready | running)
        if schedule.step() != ([], []):
            raise AssertionError("told twice")
        alive = sorted(preparing) + sorted(ready) + sorted(running)
        if not alive:
            break
        steps += 1
        if steps == stop:
            left = schedule.stop()
            assert set(left) == set(range(count)) - set(prepared)
            over |= set(left)
        one = chance.choice(alive)
        if one in preparing and chance.random() < 0.8:
            schedule.ready(one)
            preparing.remove(one)
            ready.add(one)
        else:  # also one that was being prepared may end: it failed, or was stopped
            schedule.ended(one)
            over.add(one)
            for place in (preparing, ready, running):
                place.discard(one)
    assert schedule.over
    assert prepared == sorted(prepared)
    assert over == set(range(count))


def test_without_a_barrier_one_begins_as_soon_as_another_has_ended() -> None:
    schedule = Schedule("abc", 2, False)
    assert schedule.step() == (["a", "b"], [])
    schedule.ready("b")
    assert schedule.step() == ([], ["b"])
    schedule.ended("b")
    assert schedule.step() == (["c"], [])


# --- money and time ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 12, "completion_tokens": 3}, 12),
        ({"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 1}, 16),
        ({"promptTokenCount": 4}, 4),
        ({"prompt_eval_count": 7}, 7),
        ({"tokens": {"input_tokens": 8}}, 8),
        ({"prompt_tokens": "12"}, None),
        ({}, None),
    ],
)
def test_tokens_of_the_prompt(usage: dict[str, Any], tokens: int | None) -> None:
    assert asked_tokens(usage) == tokens


def test_what_an_answer_costs() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    assert cost_of(usage, (2.0, 10.0)) == pytest.approx(0.007)
    assert cost_of(usage, None) is None
    assert cost_of(None, (2.0, 10.0)) is None
    assert cost_of({"completion_tokens": 500}, (2.0, 10.0)) is None


@pytest.mark.parametrize("prices", ["cheap", {"m": 3}, {"m": (1,)}, {"m": (1, -1)}, {"m": (1, float("nan"))}, {"m": (1, True)}])
def test_what_is_no_price_is_said(prices: Any) -> None:
    with pytest.raises(sw.UsageError, match="price"):
        prices_of(prices)


def test_what_is_left_is_estimated_from_what_is_done() -> None:
    done = [("a", 0.02), ("a", 0.04), ("b", None)]
    found = progress(6, done, 2, 10.0, ["a", "a", "b"], priced=True)
    assert (found.done, found.total, found.uncounted) == (3, 6, 1)
    assert found.eta == pytest.approx(15.0)  # two were asked in ten seconds, three are left
    assert found.cost == pytest.approx(0.06)
    assert found.cost_left == pytest.approx(0.03 * 3)  # of b nothing is known: the mean of all
    assert progress(2, [], 0, 5.0, ["a", "a"], priced=True)[2:] == (None, 0, None, 0)
    assert progress(1, [("a", None)], 1, 5.0, [], priced=False)[2:] == (0.0, None, None, 0)


# --- votes ---------------------------------------------------------------------------------------------------------------
def test_a_vote_takes_the_place_of_the_one_before() -> None:
    votes = Votes()
    votes.put(Vote(0, 0, "0.0.0.0", "good"))
    votes.put(Vote(0, 0, "0.1.0.0", "better", blind=True))
    votes.put(Vote(1, 0, "", "only a note"))
    assert [vote["cell"] for vote in votes.to_list()] == ["0.1.0.0", ""]
    votes.put(Vote(0, 0))
    assert [vote["note"] for vote in votes.to_list()] == ["only a note"]


def test_votes_of_a_file_are_looked_at() -> None:
    votes = Votes()
    good = Vote(0, 1, "0.0.0.1", "n").to_dict()
    votes.restore([good, {**good, "prompt": "x"}, {**good, "prompt": 5, "cell": "9.9.9.9"}, 3], {"0.0.0.1"}.__contains__)
    assert votes.to_list() == [good]
    votes.restore("nonsense", lambda cell: True)
    assert votes.to_list() == [good]


def test_a_vote_waits_for_all() -> None:
    refuse_unfinished([])
    with pytest.raises(sw.UsageError, match="2 have not: a, b"):
        refuse_unfinished(["a", "b"])
