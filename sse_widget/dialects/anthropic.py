"""Anthropic Messages, also as Azure, Bedrock, Vertex AI and OpenRouter pass them on: content blocks that open, grow and close."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, ClassVar

from ..deltas import RESPONSE, PartKind
from ..wire import Frame
from .base import clean, compact_json
from .brief import BriefFields, number_in
from .fields import dict_in, dicts_in, text_in
from .states import COMPLETED, FAILED, IN_PROGRESS

_EVENTS = frozenset({"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"})
# Blocks that stream, their kind of part, and the member of their start that may already hold text.
_TEXTS: dict[str, tuple[PartKind, str]] = {
    "text": ("text", "text"),
    "thinking": ("reasoning", "thinking"),
    "compaction": ("step", "content"),
}
# Deltas: the member that holds the fragment, and the block it belongs to if the start of that was missed.
_FRAGMENTS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "input_json_delta": ("partial_json", "tool_use"),
    "compaction_delta": ("content", "compaction"),
}


class _Block:
    """One content block. key: of its part; kind: of its part; whole: its start brought the whole input of a tool."""

    __slots__ = ("key", "kind", "tool", "whole")

    def __init__(self, key: Hashable, kind: PartKind, tool: str = "") -> None:
        self.key = key
        self.kind = kind
        self.tool = tool
        self.whole = False


class Anthropic(BriefFields):
    """``{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}}`` … ``message_stop``.

    Only `tool_use` waits for the client. Tools that the server or an MCP server runs are steps: a call, whose input streams like
    that of any tool, and a result, which comes whole in a block of its own and completes the step. A second ``message_start``
    begins another message, whose blocks are counted from 0 again.
    """

    name: ClassVar[str] = "anthropic"
    label: ClassVar[str] = "Anthropic"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://docs.anthropic.com/en/docs/build-with-claude/streaming"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._blocks: dict[int, _Block] = {}
        self._last = 0
        self._block_count = 0
        # Steps that wait for their result, by the id of the call.
        self._waiting: dict[str, _Block] = {}
        self._usage: dict[str, Any] = {}
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "content_block_delta": self._delta,
            "content_block_start": self._start,
            "content_block_stop": self._stop,
            "message_start": self._message_start,
            "message_delta": self._message_delta,
        }

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        kind = data.get("type") or frame.type
        if kind == "message":  # an answer that was not streamed
            return data.get("role") == "assistant" and isinstance(data.get("content"), list) and "stop_reason" in data
        return isinstance(kind, str) and kind in _EVENTS

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            self._no_object(frame, data)
            return
        kind = text_in(data, "type") or frame.type
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(data)
        elif kind == "message_stop":
            self._close_all()
            self._done()
        elif kind == "message":
            self._whole_message(data)
        elif kind != "ping":
            self._error_event(frame, data)

    # --- the message -----------------------------------------------------------------------------------------------------

    def _message_start(self, data: dict[str, Any]) -> None:
        self._close_all()
        self._usage = {}
        self.ended = False
        message = dict_in(data, "message")
        about = {"model": text_in(message, "model"), "response_id": text_in(message, "id"), "role": text_in(message, "role")}
        self._set(RESPONSE, **{k: v for k, v in about.items() if v})
        self._take_usage(message)
        for index, block in enumerate(dicts_in(message, "content")):
            self._start({"index": index, "content_block": block})

    def _message_delta(self, data: dict[str, Any]) -> None:
        delta = dict_in(data, "delta")
        reason = text_in(delta, "stop_reason")
        if reason:
            self._set(RESPONSE, finish_reason={0: reason})
        details = dict_in(delta, "stop_details")
        if text_in(details, "explanation"):
            self._block_count += 1
            about = {k: v for k, v in details.items() if k not in ("type", "explanation")}
            self._single((self._block_count, "refusal"), "refusal", about, text_in(details, "explanation"))
        self._take_usage(data)

    def _take_usage(self, data: dict[str, Any]) -> None:
        """Usage is told twice: the input at the start, the output so far with every `message_delta`, often both."""
        usage = {k: v for k, v in dict_in(data, "usage").items() if v is not None}
        if usage:
            self._usage = {**self._usage, **usage}
            self._set(RESPONSE, usage=self._usage)

    def _whole_message(self, data: dict[str, Any]) -> None:
        self._message_start({"message": data})
        self._message_delta({"delta": data})
        self._close_all()
        self._done()

    def _close_all(self) -> None:
        self._blocks.clear()
        self._waiting.clear()
        for key in list(self._parts):
            self._close(key)

    # --- its blocks --------------------------------------------------------------------------------------------------------

    def _begin(self, index: int, kind: PartKind, fields: dict[str, Any] | None = None) -> _Block:
        self._block_count += 1
        block = _Block((self._block_count, kind), kind)
        self._blocks[index] = block
        self._tell(self._part(block.key, kind), fields or {})
        return block

    def _start(self, data: dict[str, Any]) -> None:
        index = self._last = number_in(data, "index", self._last)
        if index in self._blocks:
            self._stop(data)
        about = dict_in(data, "content_block")
        kind = text_in(about, "type")
        if kind in _TEXTS:
            part_kind, member = _TEXTS[kind]
            block = self._begin(index, part_kind, {"name": kind} if part_kind == "step" else None)
            self._append(block.key, part_kind, text_in(about, member))
            for citation in dicts_in(about, "citations"):
                self._cite(citation)
        elif kind == "redacted_thinking":
            self._begin(index, "reasoning", {"redacted": True})
        elif kind == "tool_use":
            self._input(self._begin(index, "tool_call", _named(about)), about)
        elif kind.endswith("tool_use"):  # server_tool_use, mcp_tool_use
            block = self._begin(index, "step", _named(about, server=text_in(about, "server_name"), state=IN_PROGRESS))
            block.tool = text_in(about, "id")
            if block.tool:
                self._waiting[block.tool] = block
            self._input(block, about)
        elif kind.endswith("tool_result"):
            self._result(index, kind, about)
        elif kind:  # fallback, container_upload, and what is still to come
            self._begin(index, "step", {"name": kind, **{k: v for k, v in about.items() if k != "type"}})

    def _input(self, block: _Block, about: dict[str, Any]) -> None:
        """Some servers send a tool's input whole with the start; {} only says that it follows."""
        value = about.get("input")
        if value:
            self._append(block.key, block.kind, value if isinstance(value, str) else compact_json(clean(value)))
            block.whole = True

    def _result(self, index: int, kind: str, about: dict[str, Any]) -> None:
        """What a server's tool gave, as the end of its step."""
        call = text_in(about, "tool_use_id")
        if call not in self._waiting and len(self._waiting) == 1:  # ids get lost in gateways and in edited recordings
            call = next(iter(self._waiting))
        block = self._waiting.pop(call, None)
        if block is None:
            block = self._begin(index, "step", {"name": kind.removesuffix("_tool_result")})
        self._blocks[index] = block
        content = about.get("content")
        failed = bool(about.get("is_error")) or "error" in text_in(content, "type")
        self._tell(self._part(block.key, "step"), {"state": FAILED if failed else COMPLETED, "output": content})

    def _delta(self, data: dict[str, Any]) -> None:
        index = number_in(data, "index", self._last)
        delta = data.get("delta")
        if not isinstance(delta, dict):
            return
        kind = delta.get("type")
        block = self._blocks.get(index)
        if isinstance(kind, str) and kind in _FRAGMENTS:
            member, missed = _FRAGMENTS[kind]
            fragment = delta.get(member)
            if not fragment or not isinstance(fragment, str):
                return
            if block is None:  # a stream that was joined in the middle
                self._start({"index": index, "content_block": {"type": missed}})
                block = self._blocks[index]
            if block.whole:
                block.whole = False
                self._replace(block.key, block.kind, fragment)
            else:
                self._append(block.key, block.kind, fragment)
        elif kind == "citations_delta":
            self._cite(dict_in(delta, "citation"))
        elif kind == "signature_delta" and block is not None:
            self._tell(self._part(block.key, block.kind), {"signed": True})

    def _stop(self, data: dict[str, Any]) -> None:
        block = self._blocks.pop(number_in(data, "index", self._last), None)
        if block is not None and block.tool not in self._waiting:  # a step is open until its result
            self._close(block.key)

    def _cite(self, citation: dict[str, Any]) -> None:
        if citation:
            self._block_count += 1
            self._single((self._block_count, "citation"), "citation", {k: v for k, v in citation.items() if k != "type"})


def _named(about: dict[str, Any], **more: str) -> dict[str, str]:
    """Id and name of a tool call, as far as they are there."""
    fields = {"id": text_in(about, "id"), "name": text_in(about, "name"), **more}
    return {k: v for k, v in fields.items() if v}
