"""Tool calls that are found again by their index, as in the streams of Cohere, Bedrock and Gemini's interactions."""

from __future__ import annotations

from typing import Any

from .agent import AgentDialect
from .fields import present


class IndexedCalls(AgentDialect):
    """Which call a fragment belongs to, where ids stand at a call's beginning only, are missing, or are used twice."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._open_calls: dict[str, str] = {}  # index to the call's own key; ids are no keys, since they may be used twice
        self._calls_begun = 0

    def _begin_call(self, index: str, call_id: str, name: str) -> None:
        """A call begins; if one with this index was open, that one has ended."""
        self._finish_call(index)
        self._calls_begun += 1
        key = self._open_calls[index] = f"#{self._calls_begun}"
        self._arguments_of[key] = []
        self._part(("call", key), "tool_call", **present(id=call_id, name=name))

    def _feed_call(self, index: str, arguments: Any) -> None:
        """A fragment of the arguments' JSON, or all of them as an object; an empty object is a mere placeholder."""
        if index not in self._open_calls:
            self._begin_call(index, "", "")
        if isinstance(arguments, str):
            self._call_more(self._open_calls[index], arguments)
        elif arguments:
            self._call_whole(self._open_calls[index], arguments, close=False)

    def _finish_call(self, index: str) -> None:
        """Nothing more comes for the call with this index, if there is one."""
        key = self._open_calls.pop(index, None)
        if key is not None:
            self._call_end(key)
