"""Cohere's chat, version 1, as lines of JSON; also what Cohere's models send on Amazon Bedrock."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .brief import brief
from .cohere import Cohere
from .fields import dict_in, dicts_in, identity_in, present, text_in

_TYPES = frozenset(
    {
        "stream-start",
        "text-generation",
        "search-queries-generation",
        "search-results",
        "citation-generation",
        "tool-calls-generation",
        "tool-calls-chunk",
        "stream-end",
    }
)


class CohereV1(Cohere):
    """``{"is_finished": false, "event_type": "text-generation", "text": "Hel"}``. ``stream-end`` repeats the whole response."""

    name: ClassVar[str] = "cohere_v1"
    label: ClassVar[str] = "Cohere v1"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.cohere.com/v1/reference/chat-stream"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._spoke = False
        self._listed = False  # the calls have come as a list

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return text_in(data, "event_type") in _TYPES

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            self._error_event(frame, data)
            return
        kind = text_in(data, "event_type")
        if kind == "text-generation":
            self._speak(text_in(data, "text"))
        elif kind == "tool-calls-chunk":
            self._append("plan", "reasoning", text_in(data, "text"))
            self._fragment(dict_in(data, "tool_call_delta"))
        elif kind == "tool-calls-generation":
            self._whole_calls(dicts_in(data, "tool_calls"))
        elif kind == "citation-generation":
            for citation in dicts_in(data, "citations"):
                self._single(
                    "citation",
                    **present(cited_text=text_in(citation, "text"), start=citation.get("start"), end=citation.get("end")),
                    **present(sources=brief(citation.get("document_ids") or citation.get("sources"))),
                )
        elif kind == "search-queries-generation":
            for query in dicts_in(data, "search_queries"):
                self._single("step", "search", query=text_in(query, "text"))
        elif kind == "search-results":
            for document in dicts_in(data, "documents"):
                self._single("citation", **present(**{k: brief(document.get(k)) for k in ("id", "url", "title")}))
        elif kind == "stream-start":
            self._about(response_id=identity_in(data, "generation_id"))
        elif kind == "stream-end" or data.get("is_finished") is True:
            self._stream_end(data)
        else:
            self._error_event(frame, data)

    def _speak(self, text: str) -> None:
        self._spoke = self._spoke or bool(text)
        self._append("text", "text", text)

    def _fragment(self, delta: dict[str, Any]) -> None:
        """``tool_call_delta``: a name, or ``parameters`` as text of their JSON."""
        if not delta:
            return
        index = identity_in(delta, "index")
        name = text_in(delta, "name")
        if name:
            self._close("plan")
            self._begin_call(index, "", name)
        self._feed_call(index, delta.get("parameters"))

    def _whole_calls(self, calls: list[dict[str, Any]]) -> None:
        """All calls as a list, after their fragments or instead of them, and once more at the end."""
        if self._listed or not calls:
            return
        self._listed = True
        streamed = list(self._open_calls)
        for number, call in enumerate(calls):
            index = streamed[number] if number < len(streamed) else f"whole {number}"
            if number >= len(streamed):
                self._begin_call(index, "", text_in(call, "name"))
            self._feed_call(index, call.get("parameters"))
            self._finish_call(index)

    def _stream_end(self, data: dict[str, Any]) -> None:
        response = dict_in(data, "response")
        if not self._spoke:
            self._speak(text_in(response, "text") or text_in(data, "text"))
        self._whole_calls(dicts_in(response, "tool_calls"))
        usage = present(**{k: dict_in(response, "meta", k) for k in ("tokens", "billed_units")})
        self._about(response_id=identity_in(response, "generation_id"), usage=usage)
        reason = text_in(data, "finish_reason") or text_in(response, "finish_reason")
        if data.get("error"):
            self._error(data["error"])
        elif reason == "ERROR":
            self._error(text_in(response, "text") or None)
        self._because(reason)
        self._end_seen()
