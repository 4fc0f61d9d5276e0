"""When each fragment is due: a schedule drawn up beforehand, so that small delays never add up."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

from .options import Options

STALL_SECONDS = (1.0, 2.5)
"""Range of the length of a stall whose length was not given, in s."""


@dataclass(frozen=True)
class Plan:
    """due: s after the first event at which each fragment is sent, never falling. cut: index of the broken fragment."""

    due: list[float]
    cut: int | None


def plan(count: int, options: Options) -> Plan:
    """Plan a reply of ``count`` fragments.

    Depends on nothing but its arguments: the same seed gives the same intervals, the same stalls and the same cut. Each
    choice has a generator of its own, so that asking for jitter does not move the stalls.
    """
    chance = _generator(options.seed, "jitter")
    interval = 1.0 / options.rate if options.rate else 0.0
    gaps = [interval * (1.0 + options.jitter * chance.uniform(-1.0, 1.0)) for _ in range(count)]
    for at, seconds in _stalls(count, options):
        if at < count:
            gaps[at] += seconds
    return Plan(due=list(accumulate(gaps)), cut=_cut(count, options))


def _stalls(count: int, options: Options) -> tuple[tuple[int, float], ...]:
    if not isinstance(options.stalls, int):
        return options.stalls
    chance = _generator(options.seed, "stalls")
    places = sorted(chance.sample(range(count), min(options.stalls, count)))
    return tuple((at, chance.uniform(*STALL_SECONDS)) for at in places)


def _cut(count: int, options: Options) -> int | None:
    if options.cut is True:
        # Never the first fragment: a stream that breaks should have something to keep.
        return _generator(options.seed, "cut").randrange(1, count) if count > 1 else None
    return options.cut if options.cut is not False else None


def _generator(seed: int, purpose: str) -> random.Random:
    return random.Random(f"{purpose} {seed}")
