"""OpenAI Assistants: runs of a thread, whose steps and messages come as ``thread.*`` events."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

from ..deltas import RESPONSE, PartKind
from ..wire import Frame
from .base import DONE
from .brief import number_in
from .fields import dict_in, dicts_in, text_in
from .final import FinalTexts
from .states import IN_PROGRESS, state_of

_ENDS = frozenset({"completed", "requires_action", "incomplete", "failed", "cancelled", "expired"})
_STEP_ENDS = frozenset({"completed", "failed", "cancelled", "expired"})


class OpenAIAssistants(FinalTexts):
    """``event: thread.message.delta`` with ``{"delta": {"content": [{"index": 0, "text": {"value": "Hel"}}]}}`` … ``event: done``.

    Functions are tool calls, the code interpreter and the file search are steps. What is complete is sent again as a whole. The
    finish reason is the run's status or, if that is "incomplete", why it is.
    """

    name: ClassVar[str] = "openai_assistants"
    label: ClassVar[str] = "OpenAI Assistants"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://platform.openai.com/docs/api-reference/assistants-streaming/events"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._about: dict[str, Any] = {}
        self._named: dict[Hashable, dict[str, Any]] = {}
        self._cited: dict[Hashable, int] = {}

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return isinstance(data, dict) and _event_name(frame, data).startswith("thread.")

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            if frame.data.strip() == DONE:
                self._done()
            else:
                self._error_event(frame, data)
            return
        name = _event_name(frame, data)
        if text_in(data, "event") and isinstance(data.get("data"), dict):  # as the SDK's objects are written out
            data = data["data"]
        if name.startswith("thread.message."):
            if data.get("role") != "user":
                self._message(name.rpartition(".")[2], data)
        elif name.startswith("thread.run.step."):
            self._run_step(name.rpartition(".")[2], data)
        elif name.startswith("thread.run."):
            self._run(name.rpartition(".")[2], data)
        elif not name.startswith("thread."):
            self._error_event(frame, data)

    # --- the run ---------------------------------------------------------------------------------------------------------

    def _run(self, state: str, run: dict[str, Any]) -> None:
        about = {"model": text_in(run, "model"), "response_id": text_in(run, "id"), "usage": dict_in(run, "usage")}
        changed = {k: v for k, v in about.items() if v and self._about.get(k) != v}
        if changed:
            self._about.update(changed)
            self._set(RESPONSE, **changed)
        action = dict_in(run, "required_action", "submit_tool_outputs")
        for index, call in enumerate(dicts_in(action, "tool_calls")):
            self._call("", index, call, whole=True)
        if state in _ENDS:
            reason = text_in(run.get("incomplete_details"), "reason") if state == "incomplete" else ""
            self._set(RESPONSE, finish_reason={0: reason or state})
            if run.get("last_error") or state == "failed":
                self._error(run.get("last_error"), "The run failed, and the server did not say why.")
            for key in list(self._parts):
                self._close(key)
            self.ended = True

    # --- messages ----------------------------------------------------------------------------------------------------------

    def _message(self, state: str, message: dict[str, Any]) -> None:
        delta = state == "delta"
        identity = text_in(message, "id")
        for position, item in enumerate(dicts_in(dict_in(message, "delta") if delta else message, "content")):
            index = number_in(item, "index", position)
            kind = text_in(item, "type")
            key = (identity, kind, index)
            if kind == "refusal":
                self._grow(key, "refusal", text_in(item, "refusal"), whole=not delta)
            elif kind.startswith("image") and key not in self._cited:
                self._cited[key] = 1
                self._single(key, "media", {**dict_in(item, kind), "type": "image"})
            elif kind == "text":
                text = dict_in(item, "text")
                self._grow(key, "text", text_in(text, "value"), whole=not delta)
                known = 0 if delta else self._cited.get(key, 0)
                for annotation in dicts_in(text, "annotations")[known:]:
                    count = self._cited[key] = self._cited.get(key, 0) + 1
                    inner = annotation.get(text_in(annotation, "type"))
                    fields = {**annotation, **inner} if isinstance(inner, dict) else annotation
                    skipped = ("type", "index", annotation.get("type"))
                    self._single((*key, count), "citation", {k: v for k, v in fields.items() if k not in skipped})
        if state in ("completed", "incomplete"):
            self._close_of(identity)

    # --- steps of the run ----------------------------------------------------------------------------------------------------

    def _run_step(self, state: str, step: dict[str, Any]) -> None:
        delta = state == "delta"
        identity = text_in(step, "id")
        details = dict_in(step, "delta", "step_details") if delta else dict_in(step, "step_details")
        for position, call in enumerate(dicts_in(details, "tool_calls")):
            self._call(identity, number_in(call, "index", position), call, whole=not delta)
        if state in _STEP_ENDS:
            for key in [k for k in self._parts if isinstance(k, tuple) and k[0] == identity and k[1] == "step"]:
                self._set(self._parts[key], state=state_of(state))
            self._close_of(identity)

    def _call(self, step: str, index: int, call: dict[str, Any], *, whole: bool) -> None:
        kind = text_in(call, "type") or "function"
        inner = dict_in(call, kind)
        function = kind == "function"
        if not step:  # the run repeats the calls that wait for the client, by their ids
            same = [k for k, known in self._named.items() if known.get("id") == text_in(call, "id")]
            key: Hashable = same[0] if same else (step, "call", index)
        else:
            key = (step, "call" if function else "step", index)
        part_kind: PartKind = "tool_call" if function else "step"
        known = self._named.get(key)
        if known is None:
            known = self._named[key] = {}
            self._tell(self._part(key, part_kind), {} if function else {"state": IN_PROGRESS})
        part = self._parts.get(key)
        if part is None:
            return
        fields = {"id": text_in(call, "id"), "name": text_in(inner, "name") if function else kind}
        output = inner.get("outputs") or inner.get("results") or inner.get("output")
        if output and not function:
            fields["output"] = output
        changed = {k: v for k, v in fields.items() if v and known.get(k) != v}
        if changed:
            known.update(changed)
            self._tell(part, changed)
        self._grow(key, part_kind, text_in(inner, "arguments" if function else "input"), whole=whole)

    # --- helpers -------------------------------------------------------------------------------------------------------------

    def _grow(self, key: Hashable, kind: PartKind, text: str, *, whole: bool) -> None:
        if whole:
            self._final(key, kind, text)
        else:
            self._write(key, kind, text)

    def _close_of(self, identity: str) -> None:
        for key in [k for k in self._parts if isinstance(k, tuple) and k[0] == identity]:
            self._close(key)


def _event_name(frame: Frame, data: dict[str, Any]) -> str:
    """``thread.message.delta`` …: the SSE field, else what the SDK writes into ``event``, else the kind of the object."""
    for name in (frame.type, data.get("event"), data.get("object")):
        if isinstance(name, str) and name.startswith("thread."):
            return name
    return frame.type
