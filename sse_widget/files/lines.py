"""A recording as JSON lines, `.ssejsonl`: one line for what was asked, one for each thing that happened, one for the end.

    {"format": "ssejsonl", "version": 1, "software": …, "date": …, "started": …, "clock": …, "request": …}
    {"t": 0.21, "response": {"status": 200, "headers": […]}, "content_type": "text/event-stream"}
    {"t": 0.21, "mark": "open", "status": 200}
    {"t": 0.34, "chunk": "data: {…}\n\n"}       {"t": 0.35, "base64": "8J+Y"}       {"t": 0.4, "item": "…", "as": "str"}
    {"t": 2.51, "mark": "close"}
    {"end": {"entries": 42, "bytes": 9001}}

The whole form, with every member, is in docs/recording-format.md. Each line stands alone, so that a file can be appended to while
the stream goes on, and all but the last line of one that was torn off can be read.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ..recording import Entry

if TYPE_CHECKING:
    from ..recording import Recording

FORMAT, VERSION = "ssejsonl", 1
_RESERVED = {"t", "mark", "item", "chunk", "base64"}
_INFO = {"as": str, "event": str, "id": str, "retry": (int, type(None))}


class BadLine(Exception):
    """A line that cannot be understood; says why, for people."""


def dumps(value: Any) -> bytes:
    """One line, without its end. JSON has no NaN, and a line that other tools cannot read helps nobody."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    return text.encode("utf-8", "backslashreplace")  # half of a surrogate pair becomes its JSON escape


def head(recording: Recording) -> dict[str, Any]:
    """The first line: everything that was known when the request was sent."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "software": software(),
        "date": datetime.fromtimestamp(recording.started, timezone.utc).isoformat(timespec="milliseconds"),
        "started": recording.started,
        "clock": recording.clock,
        "session": recording.session,
        "run": recording.run,
        "name": recording.name,
        "framing": recording.framing,
        "plain_items": recording.plain_items,
        **({"key": recording.key} if recording.key else {}),
        **({"part_of": recording.part_of} if recording.part_of else {}),
        "request": recording.request,
    }


def software() -> str:
    """Who writes this."""
    from .. import __version__

    return f"sse_widget {__version__}"


def response(recording: Recording, time: float) -> dict[str, Any]:
    """The line before everything that came with this response."""
    return {"t": time, "response": recording.response, "content_type": recording.content_type}


def line_of(entry: Entry) -> dict[str, Any]:
    """The line of one entry. Bytes that are text stand there as text; a character that is cut in two makes its chunk base64."""
    _, time, kind, data, info = entry
    if kind == "mark":
        assert info is not None
        return {"t": time, **info}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"t": time, "base64": base64.b64encode(data).decode(), **(info or {})}
    return {"t": time, kind: text, **(info or {})}


def end(entries: int, size: int) -> dict[str, Any]:
    """The last line. entries: how many came before it; size: of all chunks and items, bytes."""
    return {"end": {"entries": entries, "bytes": size}}


def parse(text: bytes) -> dict[str, Any]:
    """A line's members. Raises BadLine."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise BadLine("is nested too deeply") from None
    except ValueError as error:
        raise BadLine(f"is no JSON: {str(error)[:100]}") from None
    if not isinstance(value, dict):
        raise BadLine(f"should be an object, not a {type(value).__name__}")
    return value


def entry_of(line: dict[str, Any]) -> tuple[float, str, bytes, dict[str, Any] | None]:
    """Time, kind, data and info of a line's entry. Raises BadLine."""
    time = number(line, "t")
    if "mark" in line:
        info = {name: value for name, value in line.items() if name != "t"}
        if not isinstance(line["mark"], str):
            raise BadLine("has a mark without a name")
        return time, "mark", b"", info
    kinds = [name for name in ("chunk", "item", "base64") if name in line]
    if len(kinds) != 1:
        raise BadLine("holds none of chunk, item, base64, mark, response, end" if not kinds else f"holds both {' and '.join(kinds)}")
    value = line[kinds[0]]
    if not isinstance(value, str):
        raise BadLine(f"should have a string as {kinds[0]}")
    info = {name: value for name, value in line.items() if name not in _RESERVED}
    if kinds[0] == "base64":
        try:
            data = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise BadLine("holds base64 that is none") from None
    else:
        try:
            data = value.encode()
        except UnicodeEncodeError:
            raise BadLine("holds half of a surrogate pair") from None
    kind = "item" if "as" in info else "chunk"
    for name, types in _INFO.items() if kind == "item" else ():
        if name in info and not isinstance(info[name], types):  # type: ignore[arg-type]
            raise BadLine(f"has a {name} of a wrong type")
    return time, kind, data, info if kind == "item" else None


def number(line: dict[str, Any], name: str) -> float:
    """A member that is a finite number of seconds, not negative. Raises BadLine."""
    value = line.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise BadLine(f"has no {name!r} in seconds")
    return float(value)
