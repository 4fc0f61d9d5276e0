"""Where the time went, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import counted, seconds

if TYPE_CHECKING:
    from ..metrics import Metrics
    from ..reading import Reading
    from ..recording import Recording


def summary(recording: Recording, reading: Reading | None = None) -> list[str]:
    """See `Recording.summary`. reading: one of the recording that is there already."""
    reading = reading or recording._reading()
    metrics = reading.metrics()
    said = [*_waiting(metrics), *_thinking(metrics), *_writing(metrics), *_end(recording, metrics)]
    return [*said, *(finding.message for finding in reading.findings())]


def _waiting(metrics: Metrics) -> list[str]:
    headers, first_event, first = metrics.headers, metrics.first_event, metrics.first_content
    said = []
    if headers is not None:
        said.append(f"The response began {seconds(headers)} after the request was sent.")
    if first_event is None:
        said.append("No event came.")
    elif first is None:
        said.append(f"The first event came at {seconds(first_event)}; none had any content.")
    elif first - first_event > 0.05:
        said.append(f"The first event came at {seconds(first_event)}, the first content at {seconds(first)}.")
    else:
        said.append(f"The first content came at {seconds(first)}.")
    return said


def _thinking(metrics: Metrics) -> list[str]:
    if metrics.thinking is None:
        return []
    share = f", {metrics.thinking_share:.0%} of what was generated" if metrics.thinking_share is not None else ""
    return [f"It thought for {seconds(metrics.thinking)}{share}."]


def _writing(metrics: Metrics) -> list[str]:
    first, last = metrics.first_answer, metrics.last_token
    if first is None or last is None:
        return []
    what = counted(metrics.tokens, "token") if metrics.tokens_source == "usage" else counted(metrics.chunks, "event") + " with content"
    said = f"The answer came from {seconds(first)} to {seconds(last)}: {what}"
    if metrics.tokens_per_s is not None and last > first:
        said += f", {metrics.tokens_per_s:,.1f} a second"
    if metrics.gap_p50 is not None and metrics.gap_max is not None:
        said += f"; gaps of {seconds(metrics.gap_p50)} (median), {seconds(metrics.gap_max)} (longest)"
    return [said + "."]


def _end(recording: Recording, metrics: Metrics) -> list[str]:
    if metrics.end is None:
        return ["It goes on." if not recording.closed else "It has no end."]
    size = f"{recording.size:,} bytes in {counted(metrics.events, 'event')}"
    if recording.stopped:
        how = f"was stopped by {recording.stopped_by}" if recording.stopped_by else "was stopped"
    elif recording.broken:
        how = f"broke ({recording.broken})"
    else:
        how = "ended"
    return [f"It {how} at {seconds(metrics.end)}: {size}."]
