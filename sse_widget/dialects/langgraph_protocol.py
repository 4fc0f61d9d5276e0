"""LangGraph's newer protocol: numbered events that each name their ``method``, with messages in content blocks."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..deltas import PartKind
from .fields import as_text, dict_in, identity_in, text_in
from .langchain import LangChainDialect
from .states import COMPLETED, FAILED

# Kinds of content and of its fragments: the kind of part, and the member that holds the text.
_TEXTS: dict[str, tuple[PartKind, str]] = {
    "text": ("text", "text"),
    "text-delta": ("text", "text"),
    "reasoning": ("reasoning", "reasoning"),
    "reasoning-delta": ("reasoning", "reasoning"),
}


class Protocol(LangChainDialect):
    """``{"type": "event", "method": "messages", "params": {"namespace": ["node:id"], "data": {"event": "content-block-delta", …}}}``.

    Each block is told once more when it is whole. What a tool says is a message, too, but no answer.
    """

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._blocks: dict[Hashable, str] = {}  # of texts, and of the arguments of calls: what is known
        self._of_tools: set[str] = set()  # runs whose messages are those of tools

    @staticmethod
    def _is_protocol(data: Any) -> bool:
        return isinstance(data, dict) and data.get("type") == "event" and isinstance(data.get("method"), str) and "params" in data

    def _protocol(self, data: dict[str, Any]) -> None:
        method, params = text_in(data, "method"), dict_in(data, "params")
        path = params.get("namespace")
        place = path[-1] if isinstance(path, list) and path and isinstance(path[-1], str) else ""
        about = dict_in(params, "data")
        if method == "messages":
            self._block_event(text_in(about, "event"), about, place)
        elif method == "tools":
            self._tool_event(text_in(about, "event"), about)
        elif method == "lifecycle":
            self._life(text_in(about, "event"), about, place)
        elif method == "custom":
            self._single("custom", as_text(params.get("data")), type="custom", namespace=place)
        elif method.startswith("input"):
            self._single("custom", as_text(params.get("data")), type="interrupt")
            self._because("interrupt")

    def _life(self, event: str, about: dict[str, Any], place: str) -> None:
        """A graph or one of its nodes begins or ends. The outermost graph has no place."""
        ended = {"completed": COMPLETED, "failed": FAILED}.get(event)
        if event == "failed":
            self._error(about.get("error"), "The graph failed, and the server did not say why.")
        if not place:
            if ended:
                self._end_seen()
        elif ended:
            self._step_end(place, ended)
        elif ("step", place) not in self._parts:
            self._step(place, place.partition(":")[0])

    def _tool_event(self, event: str, about: dict[str, Any]) -> None:
        call = identity_in(about, "tool_call_id")
        if event in ("tool-finished", "tool-error"):
            output = about.get("output", about.get("error"))
            content = output.get("content") if isinstance(output, dict) and "content" in output else output
            self._result(call, content, name=text_in(about, "tool_name"), state=FAILED if event == "tool-error" else COMPLETED)

    def _block_event(self, event: str, about: dict[str, Any], place: str) -> None:
        run = identity_in(about, "run_id") or place
        if event == "message-start" and (text_in(about, "role") == "tool" or "tool_call_id" in about or place.startswith("tools:")):
            self._of_tools.add(run)
        if run in self._of_tools:
            return
        self._about(usage=dict_in(about, "usage"))
        if event == "message-start":
            self._about(response_id=identity_in(about, "id"), role="assistant")
        elif event == "message-finish":
            self._because(text_in(about, "reason"))
        elif event.startswith("content-block-"):
            block = dict_in(about, "content") or dict_in(about, "delta")
            if text_in(block, "type") == "block-delta":
                block = dict_in(block, "fields")
            self._block((run, identity_in(about, "index")), block, whole=event.endswith("finish"))

    def _block(self, key: Hashable, block: dict[str, Any], *, whole: bool) -> None:
        kind = text_in(block, "type")
        if kind in _TEXTS:
            part_kind, member = _TEXTS[kind]
            text = text_in(block, member)
            known = self._blocks.get(key, "")
            if not whole:
                self._blocks[key] = known + text
                self._append((key, part_kind), part_kind, text)
            elif text != known and text:
                self._replace((key, part_kind), part_kind, text)
            if whole:
                self._close((key, part_kind))
        elif "args" in block and identity_in(block, "id"):
            self._arguments(identity_in(block, "id"), text_in(block, "name"), block["args"], whole=whole)

    def _arguments(self, call: str, name: str, args: Any, *, whole: bool) -> None:
        """The arguments of a call so far, or all of them."""
        self._call(call, name)
        if whole or not isinstance(args, str):
            self._call_whole(call, args)
            return
        known = self._blocks.get(("call", call), "")
        if args.startswith(known):
            self._call_more(call, args[len(known) :])
            self._blocks["call", call] = args
