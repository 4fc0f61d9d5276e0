"""Fold: the metrics of several runs → what they come to together."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ..run import Run

FINAL = ("done", "stopped", "cut off", "failed")


@dataclass(frozen=True)
class Totals:
    """What the runs of a session come to so far. Times are seconds; None is "not yet" or "cannot be said"."""

    runs: int = 0
    live: int = 0
    """Runs that go on."""
    done: int = 0
    stopped: int = 0
    cut_off: int = 0
    failed: int = 0
    """How those that are over have ended."""
    elapsed: float | None = None
    """From the first request to the last end, on the session's clock; of runs that go on, to what came last."""
    in_a_row: float = 0.0
    """What the runs would have taken one after the other: the sum of their times."""
    first_token: float | None = None
    first_token_median: float | None = None
    first_token_max: float | None = None
    """From a run's request to its first token: the quickest, the one in the middle, the slowest."""
    events: int = 0
    bytes: int = 0
    """Of all bodies, after decompression."""
    tokens: int = 0
    tokens_source: Literal["usage", "chunks", "mixed"] = "chunks"
    """By the providers' usage, by events with content, or some by the one and some by the other."""
    tokens_per_s: float | None = None
    """All tokens over the time from the first content of any run to the last content of any. None below two tokens."""

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data, under the same names."""
        return asdict(self)


def totals(runs: Iterable[Run]) -> Totals:
    """The totals of these runs. One whose stream others hold apart (their ``parent``) is not counted beside them."""
    known = list(runs)
    split = {run.parent for run in known if run.parent}
    counted = [run for run in known if run.id not in split]
    each = [(run, run.metrics, run.start) for run in counted]
    ends = [(start, start + (m.end if m.end is not None else m.last_token or m.first_byte or 0.0)) for _, m, start in each]
    firsts = [m.first_token for _, m, _ in each if m.first_token is not None]
    flows = [
        (start + m.first_content, start + m.last_token) for _, m, start in each if m.first_content is not None and m.last_token is not None
    ]
    tokens = sum(m.tokens for _, m, _ in each)
    flow = max(last for _, last in flows) - min(first for first, _ in flows) if flows else 0.0
    sources = {m.tokens_source for _, m, _ in each if m.tokens}
    statuses = [str(run.status) for run in counted]
    return Totals(
        runs=len(counted),
        live=sum(status not in FINAL for status in statuses),
        done=statuses.count("done"),
        stopped=statuses.count("stopped"),
        cut_off=statuses.count("cut off"),
        failed=statuses.count("failed"),
        elapsed=max(end for _, end in ends) - min(start for start, _ in ends) if ends else None,
        in_a_row=sum(end - start for start, end in ends),
        first_token=min(firsts, default=None),
        first_token_median=statistics.median(firsts) if firsts else None,
        first_token_max=max(firsts, default=None),
        events=sum(m.events for _, m, _ in each),
        bytes=sum(m.bytes for _, m, _ in each),
        tokens=tokens,
        tokens_source=sources.pop() if len(sources) == 1 else "mixed" if sources else "chunks",
        tokens_per_s=(tokens - 1) / flow if tokens > 1 and flow > 0 else None,
    )
