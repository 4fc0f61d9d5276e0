"""Knowledge bases of Amazon Bedrock: ``RetrieveAndGenerateStream``, an answer with its sources."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .bedrock import read_exception
from .brief import brief
from .fields import dict_in, dicts_in, present, text_in

_KINDS = ("output", "citation", "guardrail")


class BedrockKnowledge(AgentDialect):
    """Event ``output`` with ``{"text": "Hel"}``, ``citation`` with the references of a part of the answer, and ``guardrail``.

    From boto3 each is the only member of its event. No end is promised.
    """

    name: ClassVar[str] = "bedrock_knowledge"
    label: ClassVar[str] = "Bedrock knowledge base"
    source: ClassVar[str] = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerateStream.html"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        kind, about = _named(frame, data)
        if kind == "output":
            return isinstance(about.get("text"), str) and about.keys() <= {"text", "p"}
        return kind == "citation" and bool(_references(about))

    def _event(self, frame: Frame, data: Any) -> None:
        kind, about = _named(frame, data)
        if kind == "output":
            self._append_answer(text_in(about, "text"))
        elif kind == "citation":
            for source in _references(about):
                self._single("citation", **reference(source))
        elif kind == "guardrail":
            if text_in(about, "action") == "INTERVENED":
                self._because("guardrail_intervened")
        elif not read_exception(self, frame, data):
            self._error_event(frame, data)


def _named(frame: Frame, data: Any) -> tuple[str, dict[str, Any]]:
    """The kind of an event, by its frame or by its only member, and what it holds; ("", {}) for what is none."""
    if not isinstance(data, dict):
        return "", {}
    if frame.type in _KINDS:
        return frame.type, data
    kind = next(iter(data)) if frame.type == "message" and len(data) == 1 else ""
    return (kind, dict_in(data, kind)) if kind in _KINDS else ("", {})


def _references(about: dict[str, Any]) -> list[dict[str, Any]]:
    """The references of a citation, which newer events have twice: by themselves, and within a ``citation``."""
    return dicts_in(dict_in(about, "citation"), "retrievedReferences") or dicts_in(about, "retrievedReferences")


def reference(source: dict[str, Any]) -> dict[str, Any]:
    """What is told of a reference: its text, and where it stands, as a URL if that has one."""
    location = dict_in(source, "location")
    url = next((text_in(place, "uri", "url") for place in location.values() if text_in(place, "uri", "url")), "")
    return present(url=url, cited_text=brief(text_in(dict_in(source, "content"), "text")), location=brief(location))
