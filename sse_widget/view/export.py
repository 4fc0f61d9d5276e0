"""A stream as a file that the page asks for: what has come so far, without its secrets, made on a thread of its own.

The writer, which feeds every widget, must not wait for it; it only sends what is ready.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SSEWidgetError, UsageError
from ..files.hidden import Hidden
from ..files.page import page
from ..recording import Recording
from ..redaction import mask_all

if TYPE_CHECKING:
    from ..run import Run

LARGEST = 200 * 2**20
"""Bytes of a recording that a page can take; what is larger is better saved by the kernel itself."""
_HEAD = ("name", "run", "session", "clock", "started", "redactor", "request", "response", "content_type", "framing", "plain_items")
_turn = threading.Lock()

Answer = Callable[[dict[str, Any], list[bytes]], None]


def export(run: Run | None, command: dict[str, Any], answer: Answer) -> None:
    """Make the file that ``command`` asks for and hand it to ``answer``, which is called from another thread."""
    threading.Thread(target=_work, args=(run, command, answer), name="sse_widget-export", daemon=True).start()


def _work(run: Run | None, command: dict[str, Any], answer: Answer) -> None:
    told = ""
    try:
        if run is None:
            raise UsageError("There is no such stream.")
        with _turn:  # two clicks, or two pages, are no reason to do twice as much at a time
            name, data = made(run, command.get("form"))
        return answer({"type": "export", "id": command.get("id"), "name": name}, [data])
    except SSEWidgetError as error:
        told = mask_all(str(error) if run is None else run.source.redactor.text(str(error)))
    except Exception as error:  # the page waits for a word, and what went wrong may hold a secret
        told = f"The file could not be made: {type(error).__name__}."
    answer({"type": "error", "id": command.get("id"), "message": told}, [])


def made(run: Run, form: Any) -> tuple[str, bytes]:
    """The name and the bytes of a run's file. form: "recording" or "page". Raises UsageError and RecordingError."""
    recording = run.recording
    if form not in ("recording", "page"):
        raise UsageError("There is no such form.")
    if recording.size > LARGEST:
        what = "to_html" if form == "page" else "save"
        raise UsageError(f"That is more than {LARGEST // 2**20} MiB: save it in the kernel, with run.recording.{what}(…).")
    recording = so_far(recording)
    name = re.sub(r"[^\w.-]+", "-", run.source.redactor.text(run.name or "")).strip(".-")[:60] or "stream"
    if form == "page":
        return f"{name}.html", page(recording).encode("utf-8", "backslashreplace")
    with tempfile.TemporaryDirectory() as folder:
        return f"{name}.ssejsonl", recording.save(Path(folder) / "run.ssejsonl").read_bytes()


def so_far(recording: Recording) -> Recording:
    """The recording as it is now, for one that goes on: up to where it is certain what is secret, and stopped there."""
    if recording.closed:
        return recording
    copy = Recording()
    for name in _HEAD:
        setattr(copy, name, getattr(recording, name))
    now = 0.0
    for entry in Hidden(recording).entries(0, len(recording)):
        now = entry.time
        copy._restore(entry.time, entry.kind, entry.data, entry.info)
    copy._restore(now, "mark", b"", {"mark": "stop", "by": "the download"})
    copy._restored()
    return copy
