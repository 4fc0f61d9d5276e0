"""What is worth a sentence about a stream that was split into lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .demux_key import OTHERS
from .findings import Finding, counted

if TYPE_CHECKING:
    from .demux import Demux


def findings_of(demux: Demux) -> list[Finding]:
    """The findings, the gravest first."""
    found = []
    if demux.raised is not None:
        frame, words = demux.raised
        many = f"on {counted(demux.alone['raised'], 'event')}" if demux.alone.get("raised") else "once"
        found.append(Finding("key", "warning", f"The function that sorts events into lanes raised {many}: {words}.", (frame, frame)))
    if demux.seen and not demux.lanes and not demux.alone.get("raised") and (demux.ended or demux.seen > 20):
        message = f"The key {demux.key.label} matched none of {counted(demux.seen, 'event')}, so there are no lanes."
        found.append(Finding("key", "warning", message))
    if demux.more:
        least = "at least " if len(demux.more) == 10_000 else ""
        message = (
            f"There are {least}{len(demux.more):,} keys more than the {demux.key.lanes} lanes allowed; they share the lane “{OTHERS}”."
        )
        found.append(Finding("key", "warning", message))
    if demux.lanes and demux.alone.get("unkeyed"):
        message = f"{counted(demux.alone['unkeyed'], 'event')} of {demux.seen:,} have no key and are in no lane."
        found.append(Finding("key", "info", message))
    if demux.alone.get("late"):
        found.append(Finding("key", "info", f"{counted(demux.alone['late'], 'event')} came after the end of their lanes."))
    if demux.pending:
        names = sorted({name for source, target, *_ in demux.pending for name in (source, target) if name})[:5]
        found.append(Finding("key", "info", f"What events say of {', '.join(names)} is not drawn: there is no such lane."))
    return found
