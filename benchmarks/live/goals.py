"""What is demanded of the widget, most of it as a ratio to the bare widget in the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .figures import Cell, Raw, cell, digits, ratio
from .workloads import WORKLOADS

ALL = ("W1", "W2", "W3", "W4", "W6")
FIREHOSE = ("W2", "W4", "W6")
PACED = ("W1", "W3")


@dataclass(frozen=True)
class Goal:
    """figure: see `figures.FIGURES`. limit: at most this. relative: as a ratio to the bare widget. worst: the worst round counts, and
    not the median."""

    figure: str
    workloads: tuple[str, ...]
    limit: float
    relative: bool = True
    worst: bool = False


GOALS = (
    Goal("p95 ms", PACED, 1.25),
    Goal("total s", FIREHOSE, 1.5),
    Goal("kernel CPU s", ALL, 1.5),
    Goal("renderer CPU s", ALL, 1.0),
    Goal("B/token", ("W1",), 130, relative=False),
    Goal("first paint ms", ALL, 17, relative=False),
    Goal("longest task ms", PACED, 50, relative=False),
    Goal("longest task ms", FIREHOSE, 100, relative=False),
    Goal("lost", ALL, 0, relative=False, worst=True),
)
Runs = Mapping[tuple[str, str], Sequence[Raw]]
"""The rounds by workload and approach."""


@dataclass(frozen=True)
class Verdict:
    """workload, what was measured, the demand in words, and whether it is met; None: not measured."""

    workload: str
    figure: str
    measured: str
    demand: str
    met: bool | None


def judge(runs: Runs, ours: str = "ours", base: str = "bare") -> list[Verdict]:
    """Every goal of the workloads that were run, in their order."""
    found = []
    for name in dict.fromkeys(workload for workload, _ in runs):
        mine, theirs = runs.get((name, ours), []), runs.get((name, base), [])
        tokens = WORKLOADS[name].all_tokens
        for goal in GOALS:
            if name not in goal.workloads:
                continue
            value = ratio(mine, theirs, goal.figure, tokens) if goal.relative else cell(mine, goal.figure, tokens)
            found.append(_verdict(name, goal, value))
    growth = cost_growth(runs.get(("W2", ours), []), runs.get(("W6", ours), []))
    if growth.values:
        found.append(_verdict("W6", Goal("CPU per token, to that of W2", (), 1.2), growth))
    return found


def _verdict(workload: str, goal: Goal, value: Cell) -> Verdict:
    reached = max(value.values, default=None) if goal.worst else value.median
    demand = f"≤ {digits(goal.limit)}{' × bare' if goal.relative and goal.workloads else ''}"
    return Verdict(workload, goal.figure, str(value), demand, None if reached is None else reached <= goal.limit)


def cost_growth(short: Sequence[Raw], long: Sequence[Raw]) -> Cell:
    """CPU of kernel and renderer for each token, of W6 in units of W2, round by round."""
    per = [
        [(raw["cpu"]["kernel"] + raw["cpu"]["renderer"]) / WORKLOADS[name].all_tokens for raw in rounds]
        for name, rounds in (("W2", short), ("W6", long))
    ]
    if not per[0] or not per[1]:
        return Cell([])
    return Cell([b / median(per[0]) for b in per[1]])
