"""One run's state for the page, and one frame in detail."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..dialects import DIALECTS, UnknownJSON
from ..errors import UsageError
from ..veil import masked_tokens

if TYPE_CHECKING:
    from ..run import Run

LIKELY = 100
"""Tokens of an event whose probabilities are sent when a person looks at it."""
DETAIL_LIMIT = 64 * 1024
"""Characters of an event's data that are sent when a person looks at it; the rest stays in the kernel."""
NAMES = [[dialect.name, dialect.label] for dialect in DIALECTS if dialect is not UnknownJSON]
"""Name and label of each dialect that can be forced. Always the same, so it is sent once."""


def lane_state(run: Run, *, slow_parts: bool) -> dict[str, Any]:
    """What the page's header, footer and request view show. slow_parts: with metrics and findings, which cost more than the rest."""
    reading, recording = run.reading, run.recording
    output = reading.output
    dialect = reading.dialect
    player = run.source.player
    state: dict[str, Any] = {
        "name": run.name,
        "role": run.role,
        "tag": run.tag,
        "parent": run.parent,
        "model": output.model or getattr(run.source, "model", "") or "",
        "status": run.status,
        "start": round(run.start, 6),
        "replay": None if player is None else player.to_dict(run.session.t0),
        "started": round(recording.started, 3),
        "request": recording.request,
        "response": recording.response,
        "dialect": dialect.name if dialect else "",
        "dialect_label": (output.dialect or dialect.label) if dialect else "",
        "dialects": NAMES,
        "rule": rule_state(run),
        "framing": reading.frames.framing,
        "source": run.source.label,
        "stopped_by": run.stopped_by,
        "loop_bound": run.source.where == "caller",
        "pending": reading.connections.pending,
        "end": len(reading.channels) if run.is_final else None,
        "error": redacted_error(run),
    }
    if slow_parts:
        state["metrics"] = {name: round(value, 6) if isinstance(value, float) else value for name, value in vars(reading.metrics()).items()}
        state["findings"] = [asdict(finding) for finding in run.findings]
        state["attempts"] = attempts(run)
        words = reading.connections.words
        state["marks"] = [[*mark, words[mark[0]]] if mark[0] in words else list(mark) for mark in reading.marks]
        state["suggestions"] = reading.suggestions()
    return state


def rule_state(run: Run) -> dict[str, Any]:
    """How the run is read, as it was asked for. parse: the name of the function, or None; a function cannot travel."""
    rule = run.rule
    parse, extract = rule["parse"], rule["extract"]
    if extract is not None and not isinstance(extract, str):
        extract = dict(extract)
    return {**rule, "extract": extract, "parse": None if parse is None else getattr(parse, "__name__", type(parse).__name__)}


def rule_of(command: dict[str, Any]) -> dict[str, Any]:
    """What a command of the page asks to be read by. Raises UsageError for values that no page of ours sends."""
    rule = {name: command[name] for name in ("dialect", "extract", "join") if command.get(name) is not None}
    for name in ("dialect", "join"):
        if not isinstance(rule.get(name, ""), str):
            raise UsageError(f"{name} must be a string.")
    return rule


def redacted_error(run: Run) -> dict[str, Any] | None:
    """The run's error for the page; a provider's words may echo a key."""
    if run.error is None:
        return None
    mask = run.source.redactor.text
    return {key: mask(value) if isinstance(value, str) else value for key, value in run.error.to_dict().items()}


def attempts(run: Run) -> list[dict[str, Any]]:
    """The requests that were made, redirects included: where to, what came, when (seconds)."""
    return list(run.reading.connections.attempts)


def frame_detail(run: Run, index: int) -> dict[str, Any]:
    """Everything about one frame. Raises IndexError for a frame that does not exist."""
    reading, recording = run.reading, run.recording
    veil = run.veil
    with recording.lock:
        frames = reading.frames
        if not 0 <= index < len(reading.channels):
            raise IndexError(index)
        frame = frames[index]
        previous = frames.times[index - 1] if index else None
        chunk = recording.read_entries(frame.chunk, frame.chunk + 1)
        raw = recording.span(frame.start, min(frame.end, frame.start + DETAIL_LIMIT)).decode("utf-8", "replace")
        adds = [
            {"part": delta.part, "kind": reading.kind_of(delta.part), "text": delta.value[:DETAIL_LIMIT]}
            for delta in veil.of_frame(reading, index)
            if delta.op in ("append", "replace")
        ]
        data = veil.data(reading, index, frame.data[:DETAIL_LIMIT])
        raw = veil.data(reading, index, raw)
        likely = _likely(run, frames.event_index(index))
    detail = {
        "frame": index,
        "event": frames.event_index(index),
        "kind": frame.kind,
        "event_type": frame.type,
        "id_in_force": frame.id,
        "data": data,
        "truncated": len(frame.data) if len(frame.data) > DETAIL_LIMIT else None,
        "time": frame.time,
        "delta": frame.time - previous if previous is not None else None,
        "size": frame.end - frame.start,
        "start": frame.start,
        "end": frame.end,
        "chunk": frame.chunk,
        "chunk_size": len(chunk[0].data) if chunk else 0,
        "adds": adds,
        "logprobs": masked_tokens(likely) if veil.hides_in(reading, index) else likely,
        "raw": raw,
    }
    found: dict[str, Any] = run.source.redactor.covered(detail)
    return found


def _likely(run: Run, event: int | None) -> list[list[Any]]:
    """The tokens of an event with the logarithms of their probabilities, and what else might have stood there, the likeliest first."""
    found = [one.to_dict() for one in run.logprobs(event)[:LIKELY]] if event is not None else []
    return [[one["token"], one["logprob"], [[other["token"], other["logprob"]] for other in one["alternatives"]]] for one in found]
