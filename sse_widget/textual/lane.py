"""What is said of one run in plain text: who it is, what it says, and its numbers. Everything here is masked, and safe in a terminal."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..findings import counted, seconds
from .width import visible

if TYPE_CHECKING:
    from ..run import Run

ICONS = ("🧠", "🤖")
LEVELS = "▁▂▃▄▅▆▇█"
STILL = "·"
"""A stretch of a sparkline in which nothing came."""
LUMP = 0.1
"""Seconds below which a rate says nothing: what came in one lump came at once, however that is divided."""
LOOKED_AT = 20_000
"""Deltas that are looked at for the end of a text: a lane that called tools ever since has said its text long ago."""


def letter(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def title(run: Run, runs: Sequence[Run]) -> str:
    """Who speaks: `🧠 Agent A: Research Bot`. The runs of its session give it its letter; a lone one needs none."""
    name = shown(run, run.name or run.tag or run.output.model or run.source.label)
    if run.role == "conductor":
        return f"🎼 Conductor: {name}"
    others = [other for other in runs if other.role != "conductor"]
    number = others.index(run) if run in others else 0
    icon = ICONS[number % len(ICONS)]
    if len(others) < 2 and run.role != "agent":
        return f"{icon} {name}"
    return f"{icon} {'Agent' if run.role == 'agent' else 'Lane'} {letter(number)}: {name}"


def shown(run: Run, text: str) -> str:
    """A text of the run's as it may leave the kernel for a terminal."""
    return visible(run.source.redactor.text(text))


def said(run: Run, room: int) -> tuple[str, str]:
    """What the run says, and the last ``room`` characters of it or more, masked; not yet safe for a terminal.

    A thought while it thinks, else the answer, else the refusal.
    """
    kinds = {part.kind for part in run.output.parts if part.choice == 0}
    kind = "refusal" if "refusal" in kinds and "text" not in kinds else "text"
    label = "SSE Stream" if run.reading.frames.framing in ("sse", "") else "Stream"
    if "reasoning" in kinds and (run.status == "thinking" or kind not in kinds):
        kind, label = "reasoning", "Thinking"
    return label, _end(run, kind, room)


def _end(run: Run, kind: str, room: int) -> str:
    """The end of what the first choice says on one channel. From the back, so that it costs the same however long the text is."""
    reading, veil = run.reading, run.veil
    veil.look(reading)
    parts = {part.number: part for part in run.output.parts if part.kind == kind and part.choice == 0}
    pieces: list[str] = []
    size, deltas = 0, reading.deltas
    last = 0
    for index in range(len(deltas) - 1, max(len(deltas) - LOOKED_AT, 0) - 1, -1):
        delta = deltas[index]
        part = parts.get(delta.part)
        if part is None or delta.op not in ("append", "replace"):
            continue
        if pieces:
            pieces.append(part.join if delta.part == last else "\n")
        last = delta.part
        pieces.append(veil.delta(index, delta).value)
        size += len(delta.value)
        if size >= room:
            break
        if delta.op == "replace":
            del parts[delta.part]
    return "".join(reversed(pieces))


def sparkline(times: Sequence[float], duration: float, columns: int) -> str:
    """How many events came in each of so many equal stretches: ``··▁▅█▃``. times: s, in order; duration: s."""
    if not times or duration <= 0:
        return STILL * columns
    edges = [bisect_left(times, duration * i / columns) for i in range(columns)] + [len(times)]
    counts = [after - before for before, after in pairwise(edges)]
    most = max(counts)
    return "".join(STILL if not count else LEVELS[(count * len(LEVELS) - 1) // most] for count in counts)


def elapsed(run: Run) -> float:
    """Seconds since the request was sent; of a finished run its whole duration."""
    end = run.metrics.end
    return end if end is not None else max(run.recording.now(), 0.0)


def begun(run: Run) -> float:
    """When its request was sent, in seconds of the session; a replay begins when it is asked for."""
    return (run.recording.t0 if run.source.player is None else run.begun) - run.session.t0


def numbers(run: Run) -> list[str]:
    """First token, speed, events and time, as far as they are known."""
    metrics = run.metrics
    first = metrics.first_token if metrics.first_token is not None else metrics.first_content
    found = []
    if first is not None:
        found.append(f"first token {seconds(first)}")
    last = metrics.last_token
    if metrics.tokens_per_s is not None and first is not None and last is not None and last - first >= LUMP:
        # Where the provider does not count tokens, what is counted is events with content.
        found.append(f"{metrics.tokens_per_s:,.0f} {'tok' if metrics.tokens_source == 'usage' else 'pieces'}/s")
    return [*found, counted(metrics.events, "event"), seconds(elapsed(run))]


def calls(run: Run) -> list[str]:
    """The tools that were called, each on a line."""
    return [f"→ {shown(run, call.name or 'a tool')}({shown(run, call.arguments)})" for call in run.tool_calls]


def trouble(run: Run) -> str:
    """Why it failed, in a line; "" if it did not."""
    return "" if run.error is None else f"✗ {type(run.error).__name__}: {shown(run, run.error.message)}"
