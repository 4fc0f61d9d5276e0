"""One HTML file that plays: the front end, the recording, and nothing from anywhere else."""

from __future__ import annotations

import base64
import contextlib
import gzip
import html
import json
import math
import pathlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecordingError, SSEWidgetError
from .table import written

if TYPE_CHECKING:
    from ..recording import Recording
    from ..session import Session

STATIC = pathlib.Path(__file__).parent.parent / "static"
ASSETS = ("charts", "code", "grid", "keep", "lanes", "math", "rule", "theatre")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' blob:">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 1280px; margin: 0 auto; padding: 12px; font-family: system-ui, sans-serif; }}
{css}
</style>
<div id="sse-widget">This page shows a recorded stream. It needs JavaScript, which is in the file itself.</div>
<script type="application/octet-stream" id="sse-widget-data">{data}</script>
<script>{script}</script>
</html>
"""


def to_html(kept: Recording | Session, path: Any) -> Path:
    """See `Recording.to_html` and `Session.to_html`."""
    text = page(kept)
    return written(path, lambda target: target.write_bytes(text.encode("utf-8", "backslashreplace")))


def page(kept: Recording | Session) -> str:
    """The file's text. Raises RecordingError where the front end is not built."""
    try:
        css, script = ((STATIC / name).read_text("utf-8") for name in ("widget.css", "standalone.js"))
        assets = {name: base64.b64encode((STATIC / f"{name}.js").read_bytes()).decode() for name in ASSETS}
    except OSError:
        raise RecordingError("The front end is missing from this installation.", hint="In a clone, run “make build”.") from None
    packed = gzip.compress(json.dumps({**saved(kept), "assets": assets}, ensure_ascii=False).encode("utf-8", "replace"), mtime=0)
    return _PAGE.format(
        title=html.escape(_title(kept)),
        css=_unbroken(css, "style"),
        script=_unbroken(script, "script"),
        data=base64.b64encode(packed).decode(),
    )


def saved(kept: Recording | Session) -> dict[str, Any]:
    """The snapshot that a kernel would send, and what is known of each frame."""
    from ..recording import Recording
    from ..sessions.board import told
    from ..view.lane import frame_detail, lane_state
    from ..view.outbox import Lane, feed

    session = _replayed(kept) if isinstance(kept, Recording) else _so_far(kept)
    parts, details = [], {}
    for run in session.runs:
        state = {**lane_state(run, slow_parts=True), "replay": None}
        lane = Lane(run.id, run.veil)
        lane.changes(run.reading, state)  # a snapshot has what was sent, so everything is
        parts.append(lane.whole(run.reading, state))
        details[run.id] = [frame_detail(run, index) for index in range(len(run.reading.channels))]
    message = feed(1, 0.0, parts, whole=True)
    columns = message.pop("cols", b"")
    message["cols"] = base64.b64encode(bytes(columns)).decode()
    board = told(session)
    return {"feed": message if board is None else {**message, "board": board}, "details": details}


def _replayed(recording: Recording) -> Session:
    from .. import replay

    run = replay(recording, math.inf, show=False)
    run.source.label = "recording"
    with contextlib.suppress(SSEWidgetError):  # what failed when it was live is shown as what failed
        run.wait()
    return run.session


def _so_far(session: Session) -> Session:
    """A copy of a session in which all is over: what came until now."""
    from ..session import Session
    from ..sessions.adding import add
    from ..view.export import so_far

    copy = Session(session.name)
    copy.id = session.id
    for run in list(session.runs):
        kept = add(copy, so_far(run.recording), at=run.start, name=run.name, rule=run.rule, id=run.id)
        kept.role, kept.tag, kept.parent = run.role, run.tag, run.parent
        kept.show = False
    if session.board is not None:
        copy.board = session.board
    return copy.wait()


def _title(kept: Recording | Session) -> str:
    from ..recording import Recording
    from ..sessions.file import covered

    if isinstance(kept, Recording):
        return kept.redactor.text(kept.name) or "A recorded stream"
    return str(covered(kept, kept.name)) or "Recorded streams"


def _unbroken(text: str, element: str) -> str:
    """Code that may stand inside an element: nothing in it ends that, or begins a comment."""
    return text.replace(f"</{element}", f"<\\/{element}").replace("<!--", "<\\!--")
