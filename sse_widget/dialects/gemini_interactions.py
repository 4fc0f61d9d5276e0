"""Google's Interactions API: steps of thought, output and tool calls, each in fragments.

The kind of an event stands in ``event_type``: ``interaction.created``, then for each step ``step.start``, ``step.delta`` … and
``step.stop``, then ``interaction.completed`` and ``event: done``. Early versions said ``content.`` instead of ``step.``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ..deltas import PartKind
from ..wire import Frame
from .base import DONE
from .brief import brief
from .fields import as_text, dict_in, dicts_in, identity_in, present, text_in
from .indexed import IndexedCalls

_PREFIXES = ("interaction.", "step.", "content.")
_MEDIA = frozenset({"image", "audio", "video", "document"})
_OVER = frozenset({"completed", "requires_action", "failed", "cancelled", "incomplete"})


class GeminiInteractions(IndexedCalls):
    """``{"event_type": "step.delta", "index": 1, "delta": {"type": "text", "text": "Hel"}}``."""

    name: ClassVar[str] = "gemini_interactions"
    label: ClassVar[str] = "Gemini Interactions"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://ai.google.dev/api/interactions-api"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._kinds: dict[str, str] = {}  # the type of each open step
        self._wrote = False

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return text_in(data, "event_type").startswith(_PREFIXES)

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            if frame.data.strip() != DONE:
                self._error_event(frame, data)
            return
        self._about(usage=dict_in(data, "metadata", "usage") or dict_in(data, "metadata", "total_usage"))
        kind = text_in(data, "event_type")
        index = identity_in(data, "index")
        if kind.startswith("interaction."):
            self._interaction(kind, data)
        elif kind in ("step.start", "content.start"):
            self._start(index, dict_in(data, "step") or dict_in(data, "content"))
        elif kind in ("step.delta", "content.delta"):
            self._delta(index, dict_in(data, "delta"))
        elif kind in ("step.stop", "content.stop"):
            self._stop(index)
        elif not self._error_event(frame, data) and kind == "error":
            self._error(data)

    # --- the whole ---------------------------------------------------------------------------------------------------------

    def _interaction(self, kind: str, data: dict[str, Any]) -> None:
        about = dict_in(data, "interaction")
        self._about(
            model=text_in(about, "model"),
            response_id=text_in(about, "id") or text_in(data, "interaction_id"),
            usage=dict_in(about, "usage"),
            service_tier=text_in(about, "service_tier"),
        )
        if data.get("error") or about.get("error"):
            self._error(data.get("error") or about.get("error"))
        status = text_in(about, "status") or text_in(data, "status")
        if status in _OVER:
            self._because(status)
        if kind in ("interaction.completed", "interaction.complete") or (status in _OVER and kind != "interaction.created"):
            if not self._wrote:  # an interaction that was found again comes whole
                for number, step in enumerate(dicts_in(about, "outputs") or dicts_in(about, "steps")):
                    self._start(f"output {number}", step)
                    self._stop(f"output {number}")
            self._end_seen()

    # --- one step ------------------------------------------------------------------------------------------------------------

    def _start(self, index: str, step: dict[str, Any]) -> None:
        self._stop(index)
        kind = self._kinds[index] = text_in(step, "type")
        if kind == "function_call":
            self._function(index, step)
        elif kind in ("thought", "model_output", "text", *_MEDIA):
            for item in dicts_in(step, "content") or dicts_in(step, "summary") or [step]:
                of = text_in(item, "type")
                self._delta(index, {**item, "type": "thought_summary" if kind == "thought" else of if of in _MEDIA else "text"})
        elif kind:
            # What Google runs itself: searches, code, pages. The call and its result are steps of their own.
            about = step.get("arguments") or step.get("result")
            self._step(index, kind.replace("_", " "), **present(name=text_in(step, "name"), detail=brief(about)))

    def _stop(self, index: str) -> None:
        self._finish_call(index)
        self._kinds.pop(index, None)
        self._step_end(index)
        for kind in ("text", "reasoning"):
            self._close((index, kind))

    def _delta(self, index: str, delta: dict[str, Any]) -> None:
        kind = text_in(delta, "type")
        if kind == "text":
            self._write(index, "reasoning" if self._kinds.get(index) == "thought" else "text", text_in(delta, "text"))
            for note in dicts_in(delta, "annotations"):
                self._cite(note)
        elif kind in ("thought", "thought_summary"):
            self._write(index, "reasoning", text_in(dict_in(delta, "content"), "text") or text_in(delta, "text", "thought"))
        elif kind in ("arguments_delta", "function_call"):
            self._function(index, delta)
        elif kind in ("text_annotation", "text_annotation_delta"):
            for note in dicts_in(delta, "annotations"):
                self._cite(note)
        elif kind in _MEDIA:
            self._wrote = True
            self._media(kind, text_in(delta, "mime_type"), text_in(delta, "data", "uri"))
        elif kind and not kind.startswith("thought"):
            about = present(detail=brief(delta.get("arguments") or delta.get("result")))
            self._step(index, kind.replace("_", " "))
            if about and ("step", index) in self._parts:
                self._set(self._parts["step", index], **about)

    def _write(self, index: str, kind: PartKind, text: str) -> None:
        self._wrote = self._wrote or bool(text)
        self._append((index, kind), kind, text)

    def _function(self, index: str, call: dict[str, Any]) -> None:
        """A function call, or a fragment of its arguments."""
        self._wrote = True
        if index not in self._open_calls:
            self._begin_call(index, identity_in(call, "id"), text_in(call, "name"))
        self._feed_call(index, call.get("arguments"))

    def _cite(self, note: dict[str, Any]) -> None:
        url = text_in(note, "url", "source", "uri", "document_uri")
        start, end = note.get("start_index"), note.get("end_index")
        self._single("citation", url=url, title=as_text(note.get("title") or note.get("file_name")), start=start, end=end)
