"""Whose an event is, in the formats that several agents share; nothing is guessed beyond what these formats say."""

from __future__ import annotations

import re
from array import array
from collections.abc import Hashable
from typing import Any, Final

from .dialects.fields import dict_in, identity_in, text_in
from .wire import Frame

_AGENT: Final = ("agent", "agent_id", "agentId", "agent_name", "agentName")
"""Members by which services of their own making name an agent."""
_AG_UI: Final = re.compile(r"(TEXT_MESSAGE|REASONING|THINKING|TOOL_CALL|ACTIVITY|STEP)_[A-Z_]+")
_SDK: Final = frozenset({"raw_response_event", "run_item_stream_event", "agent_updated_stream_event"})
_LANGGRAPH: Final = frozenset({"messages", "messages/partial", "messages/complete", "messages/metadata"})

_STEPS: Final = 64
_KEPT: Final = 100_000
"""Messages and calls that are remembered; a stream that has more of them has other worries."""
Found = list[tuple[int, "Hashable | None"]]


class Known:
    """Finds the key of each event of one stream; it remembers what earlier events said of messages, calls and agents."""

    def __init__(self) -> None:
        self._agent: str | None = None  # OpenAI's Agents SDK: who speaks
        self._messages: dict[str, str] = {}  # AG-UI, LangGraph: message or call → lane
        self._last: dict[str, str] = {}  # AG-UI: the lane that a chunk without an id goes on with, by family
        self._steps: list[str] = []  # AG-UI: those that have begun and not finished
        self._turns = Turns()

    def find(self, index: int, frame: Frame, data: Any, event: Any) -> Found:
        """As `Key.finder` has it."""
        key = self._key(frame, data)
        if key is None and isinstance(data, dict) and (identity := _identity(data)):
            return self._turns.take(index, identity)
        return [(index, key)]

    def rest(self) -> Found:
        """What was still uncertain at the end: it has no lane."""
        return self._turns.rest()

    def _key(self, frame: Frame, data: Any) -> str | None:
        mode, bar, namespace = frame.type.partition("|")
        if bar and namespace:
            return namespace
        if mode in _LANGGRAPH:
            return self._langgraph(mode, data)
        if not isinstance(data, dict):
            return None
        kind = text_in(data, "type")
        if kind in _SDK:
            return self._agents_sdk(kind, data)
        for name in _AGENT:
            value = data.get(name)
            if value is not None and (found := identity_in(data, name) or text_in(value, "name", "id")):
                return found
        if "jsonrpc" in data or "statusUpdate" in data or "artifactUpdate" in data:
            return self._a2a(data)
        if kind and _AG_UI.fullmatch(kind):
            return self._ag_ui(kind, data)
        if kind == "event" and isinstance(path := dict_in(data, "params").get("namespace"), list):
            return "|".join(map(str, path)) or None
        if text_in(data, "event").startswith("on_") and isinstance(data.get("metadata"), dict):
            return _node(data["metadata"])
        if text_in(data, "author") and text_in(data, "invocationId", "invocation_id"):
            return None if data["author"] == "user" else str(data["author"])
        if kind.endswith(("Event", "Message")) and text_in(data, "source") not in ("", "user"):
            return text_in(data, "source")  # AutoGen
        return None

    # --- formats -------------------------------------------------------------------------------------------------------
    def _langgraph(self, mode: str, data: Any) -> str | None:
        """Without a namespace in its name an event tells its node: beside the message, or once for each message by its id."""
        if mode == "messages/metadata":
            for message, about in data.items() if isinstance(data, dict) else ():
                if place := _node(dict_in(about, "metadata")):
                    self._messages[message] = place
            return (
                next((self._messages[message] for message in data if message in self._messages), None) if isinstance(data, dict) else None
            )
        items = data if isinstance(data, list) else [data]
        if mode == "messages" and len(items) == 2 and (place := _node(items[1])):
            return place
        return next((self._messages[found] for item in items if (found := identity_in(item, "id")) in self._messages), None)

    def _agents_sdk(self, kind: str, data: dict[str, Any]) -> str | None:
        """OpenAI's Agents SDK: the agent changes by an event of its own, and what it has done names it once more."""
        if kind == "agent_updated_stream_event":
            self._agent = text_in(data.get("new_agent"), "name") or text_in(data, "new_agent") or self._agent
        elif kind == "run_item_stream_event":
            item = dict_in(data, "item")
            agent = item.get("agent")
            return text_in(agent, "name") or text_in(item, "agent") or self._agent
        return self._agent

    def _a2a(self, data: dict[str, Any]) -> str | None:
        result = dict_in(data, "result") if "jsonrpc" in data else data
        for member in ("statusUpdate", "artifactUpdate", "task", "message"):
            if isinstance(result.get(member), dict):
                result = {"kind": member, **result[member]}
                break
        task = identity_in(result, "taskId", "task_id")
        if not task and result.get("kind") == "task":
            task = identity_in(result, "id")
        return task or None

    def _ag_ui(self, kind: str, data: dict[str, Any]) -> str | None:
        """A message is a lane, or whoever it names as its author, or the one step that it comes in; a call belongs to its message."""
        if kind.startswith("STEP_"):
            return self._step(kind, text_in(data, "stepName"))
        family = "call" if kind.startswith("TOOL_CALL_") else "message"
        identity = identity_in(data, "toolCallId" if family == "call" else "messageId")
        if kind == "TOOL_CALL_RESULT":  # its message is that of the tool
            return self._messages.get(f"call {identity}")
        if not identity:
            return self._last.get(family)
        name = f"{family} {identity}"
        if len(self._messages) > _KEPT:
            self._messages.clear()
        if name not in self._messages:
            parent = identity_in(data, "parentMessageId")
            by = text_in(data, "name") if family == "message" else self._messages.get(f"message {parent}") or parent
            if not by and len(self._steps) == 1:
                by = self._steps[0]
            if not by and family == "call":
                return None
            self._messages[name] = by or identity
        self._last[family] = self._messages[name]
        return self._messages[name]

    def _step(self, kind: str, name: str) -> str | None:
        if kind == "STEP_STARTED" and name and len(self._steps) < _STEPS:
            self._steps.append(name)
        elif name in self._steps:
            self._steps.remove(name)
        return name or None


def _node(metadata: Any) -> str | None:
    """The node at the top that a message of LangGraph's comes from, with its task: ``research:0f1e``."""
    place = text_in(metadata, "langgraph_checkpoint_ns", "checkpoint_ns").partition("|")[0]
    return place or text_in(metadata, "langgraph_node") or None


def _identity(data: dict[str, Any]) -> str:
    """The id of the response that a chunk is of."""
    if isinstance(data.get("choices"), list):
        return identity_in(data, "id")
    return identity_in(data, "response_id") or identity_in(data.get("response"), "id") or identity_in(data, "message_id")


class Turns:
    """Ids that come again make lanes; ids that change with every chunk, as some services have them, make none. So nothing is certain
    before two ids have come twice, and until then all of it waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, array[int]] = {}
        self._certain = False

    def take(self, index: int, identity: str) -> Found:
        """The frames of which it is certain now whose they are."""
        if self._certain:
            return [(index, identity)]
        self._waiting.setdefault(identity, array("Q")).append(index)
        if sum(len(of) > 1 for of in self._waiting.values()) < 2:
            return []
        self._certain = True
        return self._all()

    def rest(self) -> Found:
        """What no lane has been found for."""
        return [(index, None) for index, _ in self._all()]

    def _all(self) -> Found:
        found = sorted((index, identity) for identity, of in self._waiting.items() for index in of)
        self._waiting.clear()
        return list(found)


def last_of_task(data: Any) -> bool:
    """Whether this event of A2A's is the last one of its task."""
    result = dict_in(data, "result") or data
    update = dict_in(result, "statusUpdate") or dict_in(result, "task") or result
    state = text_in(dict_in(update, "status"), "state").removeprefix("TASK_STATE_").lower()
    return update.get("final") is True or state in ("completed", "failed", "canceled", "cancelled", "rejected")
