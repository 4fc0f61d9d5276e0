"""Tool calls of OpenAI chat completions: which fragment belongs to which call.

Documented is ``(choice, index)``, but the index may be missing or the same for all calls, ids come empty in follow-ups, names
are repeated, and arguments come as objects.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from .base import Dialect, clean, compact_json


class _Call:
    """One call that is being put together. key: of its part."""

    __slots__ = ("has_arguments", "id", "key", "known_id", "name")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.id = ""
        self.known_id = ""  # the id as it has been sent
        self.name = ""
        self.has_arguments = False


class _Calls:
    """The calls of one choice."""

    __slots__ = ("by_id", "by_index", "last")

    def __init__(self) -> None:
        self.by_index: dict[Hashable, _Call] = {}
        self.by_id: dict[str, _Call] = {}
        self.last: _Call | None = None


class ToolCalls(Dialect):
    """The part of `OpenAIChat` that reads ``delta.tool_calls`` and the older ``delta.function_call``."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._calls: dict[int, _Calls] = {}
        self._call_count = 0

    def _has_calls(self, choice: int) -> bool:
        return choice in self._calls

    def _forget_calls(self, choice: int) -> None:
        self._calls.pop(choice, None)

    def _tool_calls(self, choice: int, items: Any) -> None:
        """Read ``tool_calls``: a list by the documents, a single object by Cohere."""
        if isinstance(items, dict):
            items = [items]
        if not isinstance(items, list):
            return
        taken: list[_Call] = []
        calls = self._calls.get(choice)
        for item in items:
            if not isinstance(item, dict):
                continue
            call = self._follow_up(calls, item) if calls is not None and len(item) == 2 else None
            if call is not None:
                self._arguments(choice, call, item["function"]["arguments"])
            else:
                call = self._call(choice, item, taken)
                self._fragment(choice, call, item)
            taken.append(call)

    @staticmethod
    def _follow_up(calls: _Calls, item: dict[str, Any]) -> _Call | None:
        """The call that ``{"index": 0, "function": {"arguments": "…"}}`` goes on with; None if the item is anything else.

        Nearly all fragments are such, and long arguments come in thousands of them.
        """
        function = item.get("function")
        if function.__class__ is not dict or len(function) != 1 or "arguments" not in function:
            return None
        index = item.get("index")
        call = calls.by_index.get(index) if index.__class__ is int else None
        if call is not None:
            calls.last = call
        return call

    def _call(self, choice: int, item: dict[str, Any], taken: list[_Call]) -> _Call:
        """The call that a fragment belongs to. taken: those that already got a fragment from this very list.

        By index, else by id, else it continues the last call. The same index with another id is another call, and so is a
        fragment with neither that names a function, unless it repeats the name of the call that is being written.
        """
        calls = self._calls.get(choice)
        if calls is None:
            calls = self._calls[choice] = _Calls()
        index = item.get("index")
        if not isinstance(index, (int, str)):
            index = None
        identity = item.get("id")
        if not isinstance(identity, str) or identity == "null":  # Mistral's own default
            identity = ""
        call: _Call | None
        if index is not None:
            call = calls.by_index.get(index)
            if call is not None and identity and call.id and identity != call.id:
                call = calls.by_id.get(identity)
        elif identity:
            call = calls.by_id.get(identity)
        else:
            call = calls.last
            name = _function(item).get("name")
            if call is not None and name and (call in taken or (call.name and name != call.name)):
                call = None
        if call is None:
            self._call_count += 1
            call = _Call((choice, "call", self._call_count))
        if index is not None:
            calls.by_index[index] = call
        if identity:
            call.id = call.id or identity
            calls.by_id[identity] = call
        calls.last = call
        return call

    def _fragment(self, choice: int, call: _Call, item: dict[str, Any]) -> None:
        function = _function(item)
        part = self._parts.get(call.key) or self._part(call.key, "tool_call", choice=choice)
        fields: dict[str, Any] = {}
        if call.id != call.known_id:
            fields["id"] = call.known_id = call.id
        name = function.get("name")
        if name and isinstance(name, str) and name != call.name:
            # Fragments of a name are appended; a name that begins with what is known is the name so far.
            call.name = name if name.startswith(call.name) else call.name + name
            fields["name"] = call.name
        kind = item.get("type")
        if kind and kind != "function":
            fields["type"] = kind
        if fields:
            self._set(part, **fields)
        self._arguments(choice, call, function.get("arguments"))

    def _arguments(self, choice: int, call: _Call, arguments: Any) -> None:
        if isinstance(arguments, str):
            self._append(call.key, "tool_call", arguments, choice=choice)
            call.has_arguments = call.has_arguments or bool(arguments)
        elif arguments:  # whole, as an object; {} is a mere placeholder
            text = compact_json(clean(arguments))
            if call.has_arguments:
                self._replace(call.key, "tool_call", text, choice=choice)
            else:
                self._append(call.key, "tool_call", text, choice=choice)
            call.has_arguments = True

    def _function_call(self, choice: int, item: Any) -> None:
        """``delta.function_call``, which had no index and no id because there was only ever one."""
        if isinstance(item, dict):
            self._tool_calls(choice, {"index": "function_call", "function": item})


def _function(item: dict[str, Any]) -> dict[str, Any]:
    function = item.get("function")
    if not isinstance(function, dict):
        function = item.get("custom")  # OpenAI's custom tools: {"name", "input"}
        if not isinstance(function, dict):
            return {}
        return {"name": function.get("name"), "arguments": function.get("input")}
    return function
