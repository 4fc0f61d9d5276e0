"""How long the fuzz tests look: a little by default, so that a run of all tests stays short, and as long as one likes.

``SSE_WIDGET_FUZZ=50 pytest tests/test_fuzz_wire.py`` tries fifty times as much. What is found is kept in ``.hypothesis`` and tried first.
"""

from __future__ import annotations

import itertools
import os
import random

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("SSE_WIDGET_FUZZ", "1"))
"""How many times as much as by default."""


def tries(count: int, **options: object) -> settings:
    """Settings for about so many examples by default. No deadlines: the machine may be busy."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=max(1, round(count * TIMES)), deadline=None, suppress_health_check=quiet, **options)  # type: ignore[arg-type]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """``data`` in chunks that end at these places, in any order and more than once (modulo its length)."""
    at = sorted(place % (len(data) + 1) for place in places)
    return [data[start:stop] for start, stop in itertools.pairwise([0, *at, len(data)])]


def damaged(data: bytes, seed: int, times: int) -> bytes:
    """``data`` with bytes lost, doubled, changed and put in, at ``times`` places."""
    chance, raw = random.Random(seed), bytearray(data)
    for _ in range(times):
        at, size = chance.randrange(len(raw) + 1), chance.randrange(40)
        into = chance.choice((b"", b"\n", b"\r", b"\xff", b"\xef\xbb\xbf", chance.randbytes(3), bytes(raw[at : at + size])))
        raw[at : at + chance.choice((0, 1, size))] = into
    return bytes(raw)
