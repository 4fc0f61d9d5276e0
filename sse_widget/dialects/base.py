"""What every dialect is: a reader that turns frames into deltas, one event at a time.

A dialect is one file. It subclasses `Dialect`, says in `matches` how its first event looks, and translates events in `_event` by
the helpers below, which number the parts, join what belongs to one part, and keep text fit for UTF-8. A new file is complete
when its class stands in the list in ``dialects/__init__.py``.
"""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Hashable
from typing import Any, ClassVar, Final

from .. import patience
from ..deltas import RESPONSE, Delta, PartKind
from ..wire import EMPTY, EVENT, IGNORED, TAIL, Frame
from .answers import Answers


class _NotJson(enum.Enum):
    NOT_JSON = "not JSON"


NOT_JSON: Final = _NotJson.NOT_JSON
"""What `parse_json` gives for data that is no JSON; unlike None it cannot be mistaken for JSON's null."""

DONE = "[DONE]"
"""The end marker of OpenAI's streams, which many plain-text servers have copied."""

_raw_decode: Final = json.JSONDecoder().raw_decode
_SPACE: Final = " \t\n\r"  # of JSON

_DEEPEST = 40  # levels of a field's JSON that are passed on; none that means anything is deeper, and recursion must be bounded


def parse_json(text: str, *, keep: bool = False) -> Any:
    """``text`` as JSON, or `NOT_JSON`. Never raises: absurd numbers and endless nesting are no JSON to us either.

    keep: what is very large is freed by `patience.sweep`, which keeps nobody waiting.
    """
    text = text.strip(_SPACE)
    try:
        # What `json.loads` does, at three quarters of the cost.
        value, end = _raw_decode(text) if len(text) < patience.LARGE else patience.raw_decode(text, keep=keep)
    except (ValueError, RecursionError):
        return NOT_JSON
    return value if end == len(text) else NOT_JSON


def compact_json(value: Any) -> str:
    """``value`` as JSON without spaces, characters unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def mend(text: str) -> str:
    """``text`` with surrogate pairs made characters and lone surrogates made U+FFFD, so that it can be encoded."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean(value: Any, depth: int = 0) -> Any:
    """A copy of JSON data that can travel to a page: `mend`-ed strings, no NaN or infinity, and bounded depth."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {} if depth > _DEEPEST else {mend(k) if isinstance(k, str) else k: clean(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [] if depth > _DEEPEST else [clean(v, depth + 1) for v in value]
    return value


class Dialect(Answers):
    """Reads one stream. Subclasses translate; this class keeps the book of parts.

    Class attributes: ``name``, by which a user chooses it; ``label``, how the page calls it; ``promises_end``, whether a stream
    that just stops is cut off; ``source``, the provider's document that describes the format.

    A part is found again by a key of the dialect's choosing, e.g. ``(choice, "text")``. Once closed, a key names a new part, so
    nothing is ever appended to a closed part. One event makes at most one append to one part.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    promises_end: ClassVar[bool] = False
    source: ClassVar[str] = ""

    def __init__(self, *, join: str = "") -> None:
        super().__init__()
        self.ended = False
        self.thinking = False
        """A thought has begun, of which nothing may be shown."""
        self._join = mend(join)
        self._index = 0
        self._out: list[Delta] = []
        self._parts: dict[Hashable, int] = {}
        self._count = 0
        self._joined: set[int] = set()
        # A high surrogate at the end of a part's text: its other half may come with the next append.
        self._held: dict[int, str] = {}
        # Text of parts that are sent as growing snapshots; held only for those.
        self._snapshots: dict[int, str] = {}
        self._placed: dict[int, int] = {}
        self._placed_for: list[Delta] | None = None
        self._error_seen = False

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        """Whether an event shows that a stream speaks this dialect. ``data``: its parsed JSON, or None or `NOT_JSON`."""
        return False

    def read(self, index: int, frame: Frame, data: Any) -> list[Delta]:
        """What one frame adds.

        index: the frame's index, kept in the deltas. frame: any kind of frame; most kinds add nothing.
        data: the frame's data as parsed by `parse_json`. Never raises, however odd the data.
        """
        out: list[Delta] = []
        self._out = out
        self._index = index
        if frame.kind == EVENT:
            self._event(frame, data)
        else:
            self._other(frame, data)
        return out

    def read_together(self, index: int, frame: Frame, events: list[tuple[str, Any]]) -> list[Delta]:
        """What a frame adds whose data is several events run together. events: the data of each, and its JSON."""
        out: list[Delta] = []
        placed: dict[int, int] = {}
        for text, data in events:
            for delta in self.read(index, frame._replace(kind=EVENT, data=text), data):
                at = placed.get(delta.part)
                if delta.op == "append" and at is not None:
                    glue = self._join if delta.part in self._joined else ""
                    out[at] = out[at]._replace(value=out[at].value + glue + delta.value)
                    continue
                if delta.op in ("append", "replace"):
                    placed[delta.part] = len(out)
                out.append(delta)
        return out

    def end(self, index: int) -> list[Delta]:
        """The stream is over, well or badly: what closes the open parts. index: the last frame's."""
        self._out = []
        self._index = index
        self._finish()
        for name in list(self._thinks):
            self._end_answer(name)
        for key in list(self._parts):
            self._close(key)
        return self._out

    # --- what a subclass fills in --------------------------------------------------------------------------------------

    def _event(self, frame: Frame, data: Any) -> None:
        """Translate one dispatched event."""

    def _finish(self) -> None:
        """Last words before the parts are closed."""

    # --- helpers -------------------------------------------------------------------------------------------------------

    def _part(self, key: Hashable, kind: PartKind, /, *, choice: int = 0, joined: bool | None = None, **fields: Any) -> int:
        """The number of the part under ``key``, opened if need be, then with ``fields`` set."""
        part = self._parts.get(key)
        if part is not None:
            return part
        self._count = part = self._count + 1
        self._parts[key] = part
        about: dict[str, Any] = {"kind": kind, "choice": choice}
        if self._join and (kind == "text" if joined is None else joined):
            about["join"] = self._join
            self._joined.add(part)
        self._out.append(Delta(self._index, part, "open", about))
        if fields:
            self._out.append(Delta(self._index, part, "set", clean(fields)))
        return part

    def _append(self, key: Hashable, kind: PartKind, text: str, *, choice: int = 0, joined: bool | None = None) -> None:
        """Add ``text`` to the part under ``key``; nothing is sent for an empty text."""
        if not text:
            return
        part = self._parts.get(key)
        if part is None:
            part = self._part(key, kind, choice=choice, joined=joined)
        if self._held or not text.isascii():
            text = self._whole(part, text)
            if not text:
                return
        if self._out:
            self._place(part, text)
        else:
            self._out.append(Delta(self._index, part, "append", text))

    def _place(self, part: int, text: str) -> None:
        """Append to ``part`` in an event that already has deltas: added to an append of the same part, if there is one."""
        out = self._out
        if self._placed_for is not out:
            self._placed_for = out
            self._placed = {d.part: at for at, d in enumerate(out) if d.op in ("append", "replace")}
        at = self._placed.get(part)
        if at is None:
            self._placed[part] = len(out)
            out.append(Delta(self._index, part, "append", text))
        else:
            glue = self._join if part in self._joined else ""
            out[at] = out[at]._replace(value=out[at].value + glue + text)

    def _replace(self, key: Hashable, kind: PartKind, text: str, *, choice: int = 0) -> None:
        """Make ``text`` the whole text of the part under ``key``."""
        part = self._part(key, kind, choice=choice)
        self._held.pop(part, None)
        out = self._out
        out[:] = [d for d in out if d.part != part or d.op not in ("append", "replace")]
        self._placed_for = None
        out.append(Delta(self._index, part, "replace", mend(text)))

    def _snapshot(self, key: Hashable, kind: PartKind, text: str, *, choice: int = 0) -> None:
        """The text of the part so far, sent again and again: what is new is appended, a changed beginning replaces all."""
        part = self._part(key, kind, choice=choice)
        known = self._snapshots.get(part, "")
        self._snapshots[part] = text
        if text.startswith(known):
            self._append(key, kind, text[len(known) :], choice=choice)
        else:
            self._replace(key, kind, text, choice=choice)

    def _set(self, part: int, /, **fields: Any) -> None:
        """Merge ``fields`` into those of ``part`` (`RESPONSE` for the response as a whole)."""
        self._out.append(Delta(self._index, part, "set", clean(fields)))

    def _close(self, key: Hashable) -> None:
        """Nothing more comes for the part under ``key``; a later use of the key opens a new part."""
        part = self._parts.pop(key, None)
        if part is None:
            return
        if self._held.pop(part, ""):
            self._place(part, "\ufffd")
        self._snapshots.pop(part, None)
        self._joined.discard(part)
        self._out.append(Delta(self._index, part, "close", None))

    def _done(self) -> None:
        """The promised end was seen."""
        self.ended = True
        self._set(RESPONSE, done=True)

    def _whole(self, part: int, text: str) -> str:
        """``text`` with what was held of this part before it, and without a high surrogate at its end, which is held now."""
        held = self._held.pop(part, "")
        if held:
            text = held + text
        if "\ud800" <= text[-1] <= "\udbff":
            self._held[part] = text[-1]
            text = text[:-1]
        return mend(text)

    # --- errors that come inside a stream --------------------------------------------------------------------------------

    def _error(self, error: Any, fallback: str = "The server reported an error without a message.") -> None:
        """An error that the server sent. error: its JSON (an object or a text), or None.

        The first one is the response's error, since later ones tend to be its consequences; each is a part of its own.
        """
        about: dict[str, Any] = error if isinstance(error, dict) else {}
        message = error if isinstance(error, str) else next((about[k] for k in ("message", "detail", "error") if about.get(k)), None)
        text = fallback if message is None else message if isinstance(message, str) else compact_json(clean(message))
        text = mend(text) or fallback
        summary = {"message": text, "type": about.get("type"), "code": about.get("code", about.get("status"))}
        key = ("error", self._count)
        part = self._part(key, "error")
        self._set(part, **{k: v for k, v in summary.items() if v is not None and k != "message"})
        self._place(part, text)
        self._close(key)
        if not self._error_seen:
            self._error_seen = True
            self._set(RESPONSE, error=summary)

    def _error_event(self, frame: Frame, data: Any) -> bool:
        """Whether the event is an error in one of the spellings that formats share; if so it is taken."""
        if isinstance(data, dict):
            if data.get("error"):
                self._error(data["error"])
                return True
            if frame.type == "error" or data.get("object") == "error" or data.get("type") == "error":
                self._error(data)
                return True
        elif frame.type == "error":
            self._error(data if isinstance(data, str) else frame.data or None)
            return True
        return False

    def _no_object(self, frame: Frame, data: Any) -> None:
        """An event whose data is no JSON object: the end marker, which hosts append also to streams that have ended, or an error."""
        if frame.data.strip() != DONE:
            self._error_event(frame, data)
        elif not self.ended:
            self._done()

    def _other(self, frame: Frame, data: Any) -> None:
        """Errors hidden in frames that a conforming client never dispatches.

        Servers built on llama-box send ``error: {...}`` as a field line, gateways a bare ``{"error": …}`` line between events,
        and some an ``event: error`` without data.
        """
        if frame.kind == IGNORED:
            line = frame.data.strip()
            name, _, rest = line.partition(":")
            if name == "error":
                found = parse_json(rest)
                inner = found.get("error") if isinstance(found, dict) else None
                self._error((rest.strip() or None) if found is NOT_JSON else inner or found)
            elif isinstance(found := parse_json(rest if name == "data" else line), dict) and found.get("error"):
                self._error(found["error"])  # a line that stands by itself, or a field with a space before its name
        elif frame.kind == EMPTY and frame.type == "error":
            self._error(None)
        elif frame.kind == TAIL:
            self._tail(frame, data)

    def _tail(self, frame: Frame, data: Any) -> None:
        """The end of a stream that lacks its last blank line: an event, if its data is whole.

        Clients drop it by the letter of the standard, but servers that forget the last line end are common, and an object
        whose JSON closes cannot have been cut.
        """
        if isinstance(data, dict) or frame.data == DONE:
            self._event(frame, data)
