"""OpenAI Responses: the events, and the response as a whole. What its items become is in `openai_items` and `openai_calls`.

Also spoken by Azure, Bedrock, ChatGPT's Codex, GitHub Copilot, DeepSeek, LM Studio, OpenRouter and xAI. New event types come
every month; those that are not known pass by, and the items they belong to are still shown.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..deltas import RESPONSE, PartKind
from ..wire import Frame
from .brief import number_in
from .fields import dict_in, dicts_in, text_in
from .openai_items import Items

# response.<this>.delta and .done: the kind of part, the index beside output_index, and the key of the whole text.
_TEXTS: dict[str, tuple[PartKind, str, str]] = {
    "output_text": ("text", "content_index", "text"),
    "refusal": ("refusal", "content_index", "refusal"),
    "reasoning_text": ("reasoning", "content_index", "text"),
    "reasoning_summary_text": ("reasoning", "summary_index", "text"),
}
_FRAGMENTS = {f"response.{name}.delta": (name, kind, index) for name, (kind, index, _) in _TEXTS.items()}
_WHOLES = {f"response.{name}.done": (name, kind, index, whole) for name, (kind, index, whole) in _TEXTS.items()}
_ENDS = frozenset({"completed", "incomplete", "failed", "cancelled", "done"})
# response.function_call_arguments.delta, response.code_interpreter_call_code.done, …
_CALL = re.compile(r"response\.(\w+_call)_(\w+)\.(delta|done)")
# response.web_search_call.searching, response.mcp_list_tools.failed, …
_PROGRESS = re.compile(r"response\.(?:\w+_call|mcp_list_tools)\.(\w+)")


class OpenAIResponses(Items):
    """``{"type": "response.output_text.delta", "output_index": 0, "delta": "Hel"}`` … ``{"type": "response.completed"}``.

    The type in the JSON counts, not the SSE field, which some hosts leave out. The finish reason is the response's status or,
    if that is "incomplete", why it is. A ``response.created`` after an end begins another response in the same stream.
    """

    name: ClassVar[str] = "openai_responses"
    label: ClassVar[str] = "OpenAI Responses"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://platform.openai.com/docs/api-reference/responses-streaming"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._about: dict[str, Any] = {}
        self._failure: Any = None

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        kind = data.get("type") or frame.type
        if isinstance(kind, str) and kind.startswith("response."):
            return True
        return data.get("object") == "response" and isinstance(data.get("output"), list)  # an answer that was not streamed

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            self._no_object(frame, data)
            return
        kind = data.get("type")
        if not isinstance(kind, str) or not kind:
            kind = frame.type
        fragment = _FRAGMENTS.get(kind)
        if fragment is not None:
            name, part_kind, index = fragment
            self._write((self._find(data).number, name, number_in(data, index)), part_kind, text_in(data, "delta"))
        elif kind.startswith("response."):
            self._other_event(kind, data)
        elif data.get("object") == "response":
            self._end_response(text_in(data, "status"), data)
        elif self._error_event(frame, data):
            self._failure = data.get("error") or data

    def _other_event(self, kind: str, data: dict[str, Any]) -> None:
        name = kind.partition(".")[2]
        if kind in _WHOLES:
            text, part_kind, index, whole = _WHOLES[kind]
            self._final((self._find(data).number, text, number_in(data, index)), part_kind, text_in(data, whole))
        elif name in ("output_item.added", "output_item.done"):
            self._item_event(data, done=name.endswith("done"))
        elif name in ("content_part.done", "reasoning_summary_part.done"):
            sub = number_in(data, "content_index", number_in(data, "summary_index"))
            self._content(self._find(data), sub, dict_in(data, "part"))
        elif name in ("output_text.annotation.added", "output_text_annotation.added"):
            self._annotation(self._find(data), number_in(data, "content_index"), data.get("annotation"))
        elif name == "image_generation_call.partial_image":
            self._partial_image(self._find(data), data)
        elif name in ("audio.delta", "audio.transcript.delta"):
            self._audio(self._find(data), data, transcript=name.endswith("transcript.delta"))
        elif name in ("created", "queued", "in_progress"):
            if name == "created" and (self._items or self.ended):
                self._begin_again()
            self._describe(dict_in(data, "response"))
        elif name in _ENDS:
            self._end_response(name, dict_in(data, "response"))
        elif call := _CALL.fullmatch(kind):
            self._call_event(self._find(data), call[1], data, None if call[3] == "delta" else text_in(data, call[2]))
        elif progress := _PROGRESS.fullmatch(kind):
            self._progress(self._find(data), progress[1])

    # --- the whole response ----------------------------------------------------------------------------------------------

    def _describe(self, response: dict[str, Any]) -> None:
        """Model, id and tier, as they change: the last event has the model and the tier that were really used."""
        about = {"model": response.get("model"), "response_id": response.get("id"), "service_tier": response.get("service_tier")}
        changed = {k: v for k, v in about.items() if v and isinstance(v, str) and self._about.get(k) != v}
        if changed:
            self._about.update(changed)
            self._set(RESPONSE, **changed)
        self._declare(response)

    def _end_response(self, name: str, response: dict[str, Any]) -> None:
        """The last event, which repeats everything (or, from ChatGPT's Codex, has an empty output)."""
        self.thinking = False
        self._describe(response)
        for place, item in enumerate(dicts_in(response, "output")):
            self._repeated_item(place, item)
        self._close_items()
        status = text_in(response, "status") or ("completed" if name == "done" else name)
        reason = text_in(response.get("incomplete_details"), "reason") if status == "incomplete" else ""
        fields: dict[str, Any] = {"finish_reason": {0: reason or status}}
        usage = response.get("usage")
        if usage and isinstance(usage, dict):
            fields["usage"] = usage
        self._set(RESPONSE, **fields)
        error = response.get("error")
        # An `error` event may have told the same before.
        if (error or name == "failed") and not (self._failure is not None and _same(error, self._failure)):
            self._error(error or None, "The response failed, and the server did not say why.")
        self._done()

    def _begin_again(self) -> None:
        """An agent's next response in the same stream: its indexes begin at 0 again."""
        self._forget_items()
        self._failure = None
        self.ended = False


def _same(error: Any, other: Any) -> bool:
    """Whether two errors say the same; one that says nothing is the same as any."""
    message = text_in(error, "message")
    return not error or (message != "" and message in (text_in(other, "message"), other))
