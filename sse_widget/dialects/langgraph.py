"""LangGraph's server: the events of a graph, in the stream modes that the client asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import EMPTY, Frame
from .base import NOT_JSON, parse_json
from .brief import brief
from .fields import as_text, dict_in, dicts_in, identity_in, text_in
from .langchain import as_message, is_runnable_event
from .langgraph_protocol import Protocol
from .states import COMPLETED, FAILED

_MESSAGES = frozenset({"messages", "messages/partial", "messages/complete", "messages/metadata"})


class LangGraph(Protocol):
    """``event: messages`` brings chunks, ``event: messages/partial`` each message so far, ``values`` and ``updates`` whole states.

    ``event: messages|tools:0f1e`` is from a subgraph. Nodes are steps; a node is known by the messages' metadata, by ``tasks`` and
    ``debug`` events, else by its update at the end. The server promises no last event. The newer protocol is in `langgraph_protocol`.
    """

    name: ClassVar[str] = "langgraph"
    label: ClassVar[str] = "LangGraph"
    source: ClassVar[str] = "https://docs.langchain.com/langsmith/streaming"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._seen: set[tuple[str, str]] = set()  # tasks that have been told as steps
        self._open: list[tuple[str, str]] = []  # those that have not told their end
        self._nodes: set[str] = set()  # nodes of which there was such a task since their last update

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        mode = frame.type.partition("|")[0]
        if cls._is_protocol(data):
            return True
        if mode in _MESSAGES:
            return isinstance(data, (dict, list))
        if mode == "metadata":  # without the attempt it may be LangServe's as well
            return isinstance(data, dict) and "run_id" in data and "attempt" in data
        if mode == "values":
            return any(as_message(item) is not None for item in dicts_in(data, "messages"))
        if mode == "updates":
            states = data.values() if isinstance(data, dict) else ()
            return any(as_message(item) is not None for state in states for item in dicts_in(state, "messages"))
        return mode == "events" and is_runnable_event(data)

    def _event(self, frame: Frame, data: Any) -> None:
        mode, _, path = frame.type.partition("|")
        if data is NOT_JSON:
            data = parse_json(frame.data)
        if self._is_protocol(data):
            self._protocol(data)
        elif mode == "metadata":
            self._about(response_id=text_in(data, "run_id"))
        elif mode in _MESSAGES:
            self._messages(mode, data)
        elif mode == "values":
            self._state(data)
        elif mode == "updates":
            self._updates(data)
        elif mode in ("tasks", "debug"):
            self._task(dict_in(data, "payload") if mode == "debug" else data, text_in(data, "type"))
        elif mode == "events" and is_runnable_event(data):
            self._runnable_event(data)
        elif mode == "custom":
            self._single("custom", as_text(data), type="custom", namespace=path)
        elif mode == "error":
            # The exception's name is under "error", and its message may be empty.
            name, message = text_in(data, "error"), text_in(data, "message")
            self._error({"message": message or name or frame.data, "type": name or None})
        elif mode == "end":
            self._end_seen()

    def _other(self, frame: Frame, data: Any) -> None:
        if frame.kind == EMPTY and frame.type == "end":
            self._end_seen()
        else:
            super()._other(frame, data)

    # --- messages ------------------------------------------------------------------------------------------------------------

    def _messages(self, mode: str, data: Any) -> None:
        if mode == "messages/metadata":
            for about in data.values() if isinstance(data, dict) else ():
                self._node(dict_in(about, "metadata"))
            return
        items = data if isinstance(data, list) else [data]
        if mode == "messages" and len(items) == 2 and isinstance(items[1], dict) and as_message(items[1]) is None:
            self._node(items[1])
            items = items[:1]
        for item in items:
            message = as_message(item)
            if message is None:
                continue
            if mode == "messages":
                self._message_chunk(message)
            else:
                self._message_whole(message)

    def _state(self, state: Any) -> None:
        """The messages of a state that answer its last question; those before it are history."""
        messages = [message for item in dicts_in(state, "messages") if (message := as_message(item)) is not None]
        asked = max((at for at, message in enumerate(messages) if message.get("type") in ("human", "HumanMessage")), default=-1)
        for message in messages[asked + 1 :]:
            self._message_whole(message)

    def _updates(self, data: Any) -> None:
        """What each node gave, at its end."""
        for node, update in data.items() if isinstance(data, dict) else ():
            if node == "__interrupt__":
                self._single("custom", as_text(update), type="interrupt")
                self._because("interrupt")
            if node.startswith("__"):
                continue
            if node not in self._nodes:
                self._step((node, ""), node)
            self._end(next((task for task in self._open if task[0] == node), (node, "")))
            self._nodes.discard(node)  # a node that runs again is a step again
            for one in update if isinstance(update, list) else [update]:
                for item in dicts_in(one, "messages"):
                    if (message := as_message(item)) is not None:
                        self._message_whole(message)

    # --- nodes ---------------------------------------------------------------------------------------------------------------

    def _node(self, metadata: dict[str, Any]) -> None:
        """The node that a message comes from. Its task's id is the end of the namespace ``outer:id|inner:id``."""
        place = text_in(metadata, "langgraph_checkpoint_ns", "checkpoint_ns").rpartition("|")[2]
        node = text_in(metadata, "langgraph_node")
        self._begin(node, place.partition(":")[2] or identity_in(metadata, "langgraph_step"))

    def _task(self, task: Any, kind: str) -> None:
        """A task begins, or ends with a result or an error."""
        node, number = text_in(task, "name"), identity_in(task, "id")
        if kind == "task_result" or (isinstance(task, dict) and ("result" in task or "error" in task)):
            error = text_in(task, "error")
            if error and ("step", (node, number)) in self._parts:
                self._set(self._parts["step", (node, number)], error=brief(error))
            self._end((node, number), FAILED if error else COMPLETED)
        elif kind in ("task", "") and node:
            self._begin(node, number)

    def _begin(self, node: str, number: str) -> None:
        """A node is at work; told by every chunk, it is one step."""
        if node and not node.startswith("__") and (node, number) not in self._seen:
            self._seen.add((node, number))
            self._nodes.add(node)
            self._open.append((node, number))
            self._step((node, number), node)

    def _end(self, task: tuple[str, str], state: str = COMPLETED) -> None:
        if task in self._open:
            self._open.remove(task)
        self._step_end(task, state)
