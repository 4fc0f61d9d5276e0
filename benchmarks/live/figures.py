"""From raw figures of runs to medians and ranges. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

Raw = dict[str, Any]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed. share: 0 to 1; values: not empty."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]


def _lag(share: float) -> Callable[[Raw, int], float | None]:
    return lambda raw, tokens: percentile(raw["lags"], share) * 1000 if raw["lags"] else None


def _gap(share: float) -> Callable[[Raw, int], float | None]:
    return lambda raw, tokens: percentile(raw["gaps"], share) if raw["gaps"] else None


FIGURES: dict[str, Callable[[Raw, int], float | None]] = {
    "p50 ms": _lag(0.5),
    "p95 ms": _lag(0.95),
    "max ms": _lag(1.0),
    "total s": lambda raw, tokens: raw["total"],
    "B/token in": lambda raw, tokens: raw["traffic"]["in"] / tokens,
    "B/token out": lambda raw, tokens: raw["traffic"]["out"] / tokens,
    "B/token": lambda raw, tokens: (raw["traffic"]["in"] + raw["traffic"]["out"]) / tokens,
    "once kB": lambda raw, tokens: raw["traffic"].get("once", 0) / 1000,
    "messages in": lambda raw, tokens: raw["traffic"]["messagesIn"],
    "messages out": lambda raw, tokens: raw["traffic"]["messagesOut"],
    "kernel CPU s": lambda raw, tokens: raw["cpu"]["kernel"],
    "server CPU s": lambda raw, tokens: raw["cpu"]["server"],
    "renderer CPU s": lambda raw, tokens: raw["cpu"]["renderer"],
    "browser CPU s": lambda raw, tokens: raw["cpu"]["browser"],
    "task s": lambda raw, tokens: raw["metrics"]["TaskDuration"],
    "script s": lambda raw, tokens: raw["metrics"]["ScriptDuration"],
    "layout s": lambda raw, tokens: raw["metrics"]["LayoutDuration"],
    "style s": lambda raw, tokens: raw["metrics"]["RecalcStyleDuration"],
    "longest task ms": lambda raw, tokens: max(raw["long"], default=0.0),
    "long tasks": lambda raw, tokens: len(raw["long"]),
    "frame p95 ms": _gap(0.95),
    "frame max ms": _gap(1.0),
    "first paint ms": lambda raw, tokens: raw["first_paint_ms"],
    "heap MB": lambda raw, tokens: raw["heap"] / 1e6,
    "kernel MB": lambda raw, tokens: raw["memory"],
    "lost": lambda raw, tokens: 1 - raw["held"] / raw["markers"],
    "other load": lambda raw, tokens: raw["others"],
}
"""What is said of a run, by name; None where there is nothing to say."""


class Cell:
    """A figure over all rounds."""

    def __init__(self, values: Sequence[float | None]) -> None:
        self.values = [value for value in values if value is not None]

    @property
    def median(self) -> float | None:
        return median(self.values) if self.values else None

    def __str__(self) -> str:
        """`39 (36–44)`; one number where all rounds agree to the digits shown; – where there is none."""
        if self.median is None:
            return "–"
        middle, low, high = (digits(value) for value in (self.median, min(self.values), max(self.values)))
        return middle if low == high else f"{middle} ({low}–{high})"


def digits(value: float) -> str:
    """Three significant digits and no exponent."""
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def cell(rounds: Sequence[Raw], figure: str, tokens: int) -> Cell:
    """A figure of the rounds of one approach on one workload."""
    return Cell([FIGURES[figure](raw, tokens) for raw in rounds])


def ratio(ours: Sequence[Raw], base: Sequence[Raw], figure: str, tokens: int) -> Cell:
    """The figure's ratio, round by round, since what else the machine does changes from one to the next."""
    values: list[float | None] = []
    for mine, theirs in zip(ours, base, strict=False):
        a, b = FIGURES[figure](mine, tokens), FIGURES[figure](theirs, tokens)
        values.append(a / b if a is not None and b else None)
    return Cell(values)
