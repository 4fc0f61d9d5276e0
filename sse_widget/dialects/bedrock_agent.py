"""Agents for Amazon Bedrock: an answer in chunks, and beside it traces of what the agent does.

https://docs.aws.amazon.com/bedrock/latest/userguide/trace-events.html
"""

from __future__ import annotations

from typing import Any

from ..wire import Frame
from .brief import brief
from .fields import dict_in, dicts_in, identity_in, present, text_in
from .indexed import IndexedCalls


class AgentTrace(IndexedCalls):
    """The part of `BedrockInvoke` that reads an agent's ``trace`` and ``returnControl`` events and its citations.

    A rationale is reasoning; the use of an action group, a knowledge base or a collaborator is a step, which the observation ends.
    """

    @staticmethod
    def _traces(frame: Frame, data: dict[str, Any]) -> bool:
        """Whether the event is one of an agent's: named by its frame or, from boto3, by its only member. Others have traces too."""
        kind, about = frame.type, data
        if kind == "message" and len(data) == 1:
            kind, about = next(iter(data.items()))
        if kind == "trace":
            trace = dict_in(about, "trace")
            return any(name.endswith("Trace") and isinstance(stage, dict) for name, stage in trace.items())
        return kind == "returnControl" and bool(dicts_in(about, "invocationInputs"))

    def _trace(self, frame: Frame, data: dict[str, Any]) -> bool:
        """Read an agent's event; whether it was one."""
        if frame.type == "returnControl" or "returnControl" in data:
            about = data if frame.type == "returnControl" else dict_in(data, "returnControl")
            for entry in dicts_in(about, "invocationInputs"):
                self._control(about, entry)
            return True
        trace = dict_in(data, "trace")
        if not trace:
            return False
        trace = dict_in(trace, "trace") or trace  # boto3's has the event's name around it
        for name in ("preProcessingTrace", "orchestrationTrace", "postProcessingTrace", "routingClassifierTrace"):
            self._stage(dict_in(trace, name))
        failure = dict_in(trace, "failureTrace")
        if failure:
            self._error(present(message=text_in(failure, "failureReason"), type="failureTrace", code=failure.get("failureCode")))
        return True

    def _stage(self, stage: dict[str, Any]) -> None:
        thought = text_in(dict_in(stage, "rationale"), "text")
        if thought:
            self._append("rationale", "reasoning", thought)
            self._close("rationale")
        asked = dict_in(stage, "invocationInput")
        for name, about in asked.items():
            if isinstance(about, dict):
                self._step_end("tool")
                self._step("tool", _step_name(name, about), **present(arguments=brief(about.get("parameters") or about.get("text"))))
        seen = dict_in(stage, "observation")
        for name, about in seen.items():
            if isinstance(about, dict) and name != "finalResponse" and ("step", "tool") in self._parts:
                self._set(self._parts["step", "tool"], **present(output=brief(about.get("text") or about.get("retrievedReferences"))))
                self._step_end("tool")

    def _control(self, about: dict[str, Any], entry: dict[str, Any]) -> None:
        """The agent hands a call back to its user, who shall carry it out."""
        for call in (dict_in(entry, "functionInvocationInput"), dict_in(entry, "apiInvocationInput")):
            if call:
                name = text_in(call, "function") or text_in(call, "apiPath")
                self._begin_call("control", identity_in(about, "invocationId"), name)
                parameters = dicts_in(call, "parameters")
                self._feed_call("control", {text_in(p, "name"): p.get("value") for p in parameters})
                self._finish_call("control")

    def _attribution(self, data: dict[str, Any]) -> None:
        """Where an agent's answer has it from."""
        for citation in dicts_in(dict_in(data, "attribution"), "citations"):
            for source in dicts_in(citation, "retrievedReferences"):
                text = text_in(dict_in(source, "content"), "text")
                self._single("citation", **present(cited_text=brief(text), location=brief(dict_in(source, "location"))))


def _step_name(kind: str, about: dict[str, Any]) -> str:
    """ "location_suggestion: find_city", or what kind of thing is used."""
    group, function = text_in(about, "actionGroupName", "agentCollaboratorName"), text_in(about, "function", "apiPath")
    return ": ".join(filter(None, (group, function))) or kind.removesuffix("Input")
