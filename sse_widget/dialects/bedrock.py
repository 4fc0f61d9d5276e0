"""Amazon Bedrock: ``ConverseStream``, whose events are its own, and ``InvokeModelWithResponseStream``, which wraps a vendor's.

Their events come in AWS frames, named by the frame. boto3 gives them as objects with one key, which is that name, and so do
Amazon's own models.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..wire import Frame
from .base import NOT_JSON, Dialect, parse_json
from .bedrock_agent import AgentTrace
from .brief import brief, number_in
from .fields import as_text, base64_size, dict_in, dicts_in, identity_in, present, text_in
from .indexed import IndexedCalls
from .states import COMPLETED, state_of

_CONVERSE = frozenset({"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"})
_WRAPPED = _CONVERSE - {"metadata"}
# Members that hold the text of Titan, Llama and Claude's completions, and those that count tokens.
_TEXTS = ("outputText", "generation", "completion")
_COUNTS = ("inputTextTokenCount", "totalOutputTextTokenCount", "prompt_token_count", "generation_token_count")


class BedrockConverse(IndexedCalls):
    """Event ``contentBlockDelta`` with ``{"contentBlockIndex": 0, "delta": {"text": "Hel"}, "p": "abc"}``; ``p`` is padding.

    The end is ``messageStop``; ``metadata`` with the usage follows it.
    """

    name: ClassVar[str] = "bedrock_converse"
    label: ClassVar[str] = "Bedrock Converse"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return isinstance(data, dict) and (frame.type in _WRAPPED or not _WRAPPED.isdisjoint(data))

    def _event(self, frame: Frame, data: Any) -> None:
        kind = frame.type
        if not isinstance(data, dict):
            self._exception(frame, data)
            return
        if kind not in _CONVERSE:
            inner = next((key for key in data if key in _CONVERSE), "")
            if inner:
                kind, data = inner, dict_in(data, inner)
        index = identity_in(data, "contentBlockIndex")
        if kind == "contentBlockDelta":
            self._delta(index, dict_in(data, "delta"))
        elif kind == "contentBlockStart":
            self._start(index, dict_in(data, "start"))
        elif kind == "contentBlockStop":
            self._stop(index)
        elif kind == "messageStart":
            self._about(role=text_in(data, "role"))
        elif kind == "messageStop":
            self._because(data.get("stopReason"))
            self._end_seen()
        elif kind == "metadata":
            self._about(usage=dict_in(data, "usage"), service_tier=text_in(dict_in(data, "serviceTier"), "type"))
        else:
            self._exception(frame, data)

    def _start(self, index: str, start: dict[str, Any]) -> None:
        tool, result, image = (dict_in(start, name) for name in ("toolUse", "toolResult", "image"))
        if tool and not text_in(tool, "type").startswith("server"):
            self._begin_call(index, identity_in(tool, "toolUseId"), text_in(tool, "name"))
        elif tool:
            self._step(identity_in(tool, "toolUseId"), text_in(tool, "name") or "tool")
        elif result:
            self._step_end(identity_in(result, "toolUseId"), state_of(text_in(result, "status"), COMPLETED))
        elif image:
            self._single("media", type="image", media_type=text_in(image, "format"))

    def _stop(self, index: str) -> None:
        self._finish_call(index)
        for kind in ("text", "reasoning"):
            self._close((index, kind))

    def _delta(self, index: str, delta: dict[str, Any]) -> None:
        self._append((index, "text"), "text", text_in(delta, "text"))
        self._append((index, "reasoning"), "reasoning", text_in(dict_in(delta, "reasoningContent"), "text"))
        if index in self._open_calls:
            self._feed_call(index, dict_in(delta, "toolUse").get("input"))
        citation = dict_in(delta, "citation")
        if citation:
            location = citation.get("location")
            text = "".join(text_in(item, "text") for item in dicts_in(citation, "sourceContent"))
            url = text_in(dict_in(location, "web"), "url")
            self._single("citation", url=url, title=text_in(citation, "title"), cited_text=brief(text), location=brief(location))
        image = text_in(dict_in(delta, "image", "source"), "bytes")
        if image:
            self._single("media", type="image", bytes=base64_size(image))

    def _exception(self, frame: Frame, data: Any) -> None:
        if not read_exception(self, frame, data):
            self._error_event(frame, data)


class BedrockInvoke(AgentTrace):
    """Event ``chunk`` with ``{"bytes": "eyJ0eXBl…", "p": "abc"}``: base64 of one event of the model's vendor.

    It is handed on to the vendor's dialect, detected like any other. Models whose events nobody else sends (Titan, Llama, Mistral,
    and the older ones of Cohere and Anthropic) are read here; so are agents, whose chunks are text and whose traces tell their steps.
    """

    name: ClassVar[str] = "bedrock_invoke"
    label: ClassVar[str] = "Bedrock"
    source: ClassVar[str] = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._vendor: Dialect | None = None

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return isinstance(data, dict) and (payload_of(frame.type, data) is not None or cls._traces(frame, data))

    def _event(self, frame: Frame, data: Any) -> None:
        payload = payload_of(frame.type, data) if isinstance(data, dict) else None
        if payload is not None:
            self._chunk(frame, payload)
            self._attribution(data)
        elif not read_exception(self, frame, data) and not (isinstance(data, dict) and self._trace(frame, data)):
            self._error_event(frame, data)

    def _chunk(self, frame: Frame, payload: str) -> None:
        data = parse_json(payload)
        if not isinstance(data, dict):
            self._append_answer(payload)  # an agent's answer
            return
        kind = data.get("type")
        inner = frame._replace(type=kind if isinstance(kind, str) else "message", data=payload)
        if self._vendor is None and not self._of_bedrock_alone(data):
            self._vendor = _vendor_of(inner, data, self._join)
            if self._vendor is not None:
                self._set(RESPONSE, dialect_label=f"{self.label} ({self._vendor.label})")
        if self._vendor is not None:
            self._hand_on(inner, data)
        elif data.get("error"):
            self._error(data["error"])

    def _hand_on(self, frame: Frame, data: Any) -> None:
        """The vendor's dialect reads; both number their parts from one count."""
        vendor = self._vendor
        assert vendor is not None
        vendor._count = self._count
        vendor.inside = self.inside
        self._out += vendor.read(self._index, frame, data)
        self._count = vendor._count
        self.ended, self.began_inside = vendor.ended, vendor.began_inside

    def _finish(self) -> None:
        if self._vendor is not None:
            vendor, self._vendor = self._vendor, None
            vendor._count = self._count
            self._out += vendor.end(self._index)
            self._count = vendor._count
            self.began_inside = vendor.began_inside

    def _of_bedrock_alone(self, data: dict[str, Any]) -> bool:
        """Events that only Bedrock has in this form: Titan, Llama, Mistral, Cohere's Command, Claude's completions; whether it was one."""
        outputs = dicts_in(data, "outputs") or dicts_in(data, "generations")
        known = any(isinstance(data.get(name), str) for name in _TEXTS) or isinstance(data.get("is_finished"), bool)
        if not outputs and (not known or "type" in data or "event_type" in data):
            return False
        for position, one in enumerate(outputs or [data]):
            choice = max(number_in(one, "index", position), 0)
            self._append_answer(text_in(one, *_TEXTS, "text"), choice=choice, key=("text", choice), thought=("thought", choice))
            reason = text_in(one, "completionReason", "stop_reason", "finish_reason")
            if reason:
                self._because(reason, choice)
                self._end_seen()
        usage = {name: int(data[name]) for name in _COUNTS if type(data.get(name)) in (int, float) and 0 <= data[name] < 1e15}
        self._about(usage={**(self._response_fields.get("usage") or {}), **usage} or dict_in(data, "amazon-bedrock-invocationMetrics"))
        return True


def read_exception(dialect: Dialect, frame: Frame, data: Any) -> bool:
    """Whether a frame is one of AWS's exceptions, by its type or, from boto3, by its only key; if so it is taken as an error."""
    kind, about = frame.type, data
    if isinstance(data, dict) and not kind.endswith("Exception"):
        kind = next((key for key in data if key.endswith("Exception")), "")
        about = data.get(kind)
    if not kind.endswith("Exception"):
        return False
    message = text_in(about, "message", "Message", "originalMessage") or (frame.data if about is NOT_JSON else as_text(about))
    status = about.get("originalStatusCode") if isinstance(about, dict) else None
    dialect._error(present(message=message, type=kind, code=status))
    return True


def payload_of(kind: str, data: dict[str, Any]) -> str | None:
    """What a chunk wraps, as text; None if the event, whose frame is of this kind, is no chunk."""
    encoded = data.get("bytes") if kind == "chunk" or data.keys() <= {"bytes", "p"} else dict_in(data, "chunk").get("bytes")
    if not isinstance(encoded, str):
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def _vendor_of(frame: Frame, data: dict[str, Any], join: str) -> Dialect | None:
    from . import PlainText, UnknownJSON, detect  # the list of all dialects, which holds this one too

    found = detect(frame, data)
    return None if found is None or found in (PlainText, UnknownJSON, BedrockInvoke) else found(join=join)
