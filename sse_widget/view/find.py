"""Finding frames by what is in them, and giving them as JSON lines: for the page's list of events, whose data stays in the kernel.

Both go in slices. One slice takes the writer thread a few milliseconds, however long the stream is; the page asks again from where it
ended, until it has come to the end or does not want to know any more.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..dialects import parse_json
from ..dialects.jsonpath import Getter, compile_path
from ..errors import UsageError
from ..veil import Veil
from ..wire import EVENT, KIND_NAMES, TAIL

if TYPE_CHECKING:
    from ..reading import Reading
    from ..run import Run

SLICE = 0.012
"""Seconds after which a slice ends."""
BLOCK = 256 * 1024
"""Bytes that are searched for a text at a time."""
LARGE = 2_000_000
"""Bytes of one event that are looked at. What lies behind is not searched, and JSON that is longer is not parsed."""
PAGE = 256 * 1024
"""Characters of JSON lines after which a slice ends."""
LINE = 1_000_000
"""Characters of one event's data in its line."""

_path = lru_cache(maxsize=16)(compile_path)


def find(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    """The frames from ``command["from"]`` on that match, and ``next``, the frame from which to go on.

    command: "text" (in the bytes as they came, the case of A to Z ignored), "path" (a JSONPath that names something in the event's
    data) or "event_type" (or what its JSON calls itself). Raises UsageError for a path that is none.
    """
    start = command.get("from", 0)
    if not isinstance(start, int) or start < 0:
        raise UsageError("There is no such event.")
    reading = run.reading
    with reading.recording.lock:
        stop = len(reading.channels)
        start = min(start, stop)
        if isinstance(text := command.get("text"), str) and text:
            blocks = _with_text(reading, text, start, stop)
        elif isinstance(path := command.get("path"), str):
            getter = _path(path)
            blocks = _one_by_one(start, stop, lambda index: _has(reading, index, getter))
        elif isinstance(name := command.get("event_type"), str):
            blocks = _one_by_one(start, stop, lambda index: _is_called(reading, index, name))
        else:
            raise UsageError("Nothing was asked for.")
        answer: dict[str, Any] = {"frames": [], "next": start}
        deadline = time.monotonic() + SLICE
        for end, hits in blocks:
            answer["frames"] += hits
            answer["next"] = end
            if time.monotonic() > deadline:
                break
    return answer


def lines(run: Run, command: dict[str, Any]) -> dict[str, Any]:
    """The frames of ``command["frames"]`` as JSON lines, the first ``count`` of them: as many as go into one slice, and one at least.

    A line has the frame's number, its number among the events (or null), its kind, its time (seconds since the request was sent), its
    type, label, id and size, and its data with secrets masked; "truncated" is the length of data that was cut.
    """
    wanted = command.get("frames")
    if not isinstance(wanted, list) or not all(isinstance(index, int) for index in wanted):
        raise UsageError("There is no such event.")
    reading, veil = run.reading, run.veil
    text: list[str] = []
    size, deadline = 0, time.monotonic() + SLICE
    with reading.recording.lock:
        for index in wanted:
            if not 0 <= index < len(reading.channels):
                raise UsageError("There is no such event.")
            line = _line(reading, index, veil)
            text.append(line)
            size += len(line)
            if size > PAGE or time.monotonic() > deadline:
                break
    return {"text": "".join(text), "count": len(text)}


def _line(reading: Reading, index: int, veil: Veil) -> str:
    frame = reading.frames[index]
    row: dict[str, Any] = {
        "frame": index,
        "event": reading.frames.event_index(index),
        "kind": KIND_NAMES[frame.kind],
        "time": round(frame.time, 6),
        "type": frame.type,
        "label": reading.labels.of(index) if frame.kind == EVENT else "",
        "id": frame.id,
        "size": frame.end - frame.start,
    }
    row = veil.redactor.covered(row)
    row["data"] = veil.data(reading, index, frame.data[:LINE])
    if len(frame.data) > LINE:
        row["truncated"] = len(frame.data)
    return json.dumps(row, ensure_ascii=False) + "\n"


def _one_by_one(start: int, stop: int, matches: Callable[[int], bool]) -> Iterator[tuple[int, list[int]]]:
    for first in range(start, stop, 16):  # the clock is looked at now and then
        end = min(first + 16, stop)
        yield end, [index for index in range(first, end) if matches(index)]


def _is_called(reading: Reading, index: int, name: str) -> bool:
    frames = reading.frames
    return frames.kinds[index] == EVENT and (reading.labels.of(index) == name or frames[index].type == name)


def _has(reading: Reading, index: int, getter: Getter) -> bool:
    frames = reading.frames
    if frames.kinds[index] not in (EVENT, TAIL) or frames.ends[index] - frames.starts[index] > LARGE:
        return False
    text = frames[index].data
    return text.lstrip()[:1] in ("{", "[") and len(getter(parse_json(text))) > 0


def _with_text(reading: Reading, text: str, start: int, stop: int) -> Iterator[tuple[int, list[int]]]:
    """Many frames at a time in the bytes as they came: a hundred times as fast as one by one. JSON may have escaped what is looked for."""
    needles = {
        spelled.encode("utf-8", "replace").lower() for spelled in (text, *(json.dumps(text, ensure_ascii=e)[1:-1] for e in (True, False)))
    }
    frames = reading.frames
    starts, ends = frames.starts, frames.ends
    while start < stop:
        base = starts[start]
        end = min(max(bisect_right(ends, base + BLOCK, start, stop), start + 1), stop)
        block = reading.recording.span(base, min(ends[end - 1], base + max(LARGE, BLOCK))).lower()
        hits = set()
        for needle in needles:
            at = block.find(needle)
            while at >= 0:
                index = bisect_right(ends, base + at, start, end)
                while index < end and starts[index] > base + at:  # a mark of ours that was made in the middle of an event
                    index += 1
                if index < end and base + at + len(needle) <= ends[index]:
                    hits.add(index)
                    at = block.find(needle, max(ends[index] - base, at + 1))
                else:
                    at = block.find(needle, at + 1)
        yield end, sorted(hits)
        start = end
