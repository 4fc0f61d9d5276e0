"""Messages as LangChain writes them, which LangServe and LangGraph stream."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from .agent import AgentDialect
from .fields import dict_in, dicts_in, identity_in, text_in
from .states import COMPLETED, FAILED, state_of

_MODEL = frozenset({"ai", "AIMessage", "AIMessageChunk", "assistant"})
_TOOL = frozenset({"tool", "ToolMessage", "ToolMessageChunk"})
_OTHERS = frozenset({"human", "HumanMessage", "system", "SystemMessage", "user", "remove", "function", "chat", "ChatMessageChunk"})


def as_message(data: Any) -> dict[str, Any] | None:
    """A LangChain message as plain fields, or None if the data is none.

    ``dumps`` writes ``{"lc": 1, "type": "constructor", "id": [..., "AIMessageChunk"], "kwargs": {...}}`` where other places write
    the fields themselves.
    """
    if not isinstance(data, dict):
        return None
    message: dict[str, Any] = data
    kwargs, path = data.get("kwargs"), data.get("id")
    if "lc" in data and isinstance(kwargs, dict) and isinstance(path, list) and path and isinstance(path[-1], str):
        message = {**kwargs, "type": path[-1]}
    kind = message.get("type") or message.get("role")
    if not isinstance(kind, str) or kind not in _MODEL | _TOOL | _OTHERS or "content" not in message:
        return None
    return message


class LangChainDialect(AgentDialect):
    """The part of `LangServe` and `LangGraph` that reads messages, as chunks and as wholes, and the events of runnables."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._streamed: set[str] = set()  # messages that came as chunks: what tells them again whole is a copy
        self._calls_at: dict[Hashable, str] = {}
        self._last_call = ""

    def _message_chunk(self, message: dict[str, Any]) -> None:
        """What a message chunk adds."""
        kind = message.get("type") or message.get("role")
        if kind in _TOOL:
            self._tool_message(message)
        elif kind in _MODEL:
            number = identity_in(message, "id")
            self._streamed.add(number)
            for reasoning, text in _contents(message):
                if reasoning:
                    self._append((number, True), "reasoning", text)
                else:
                    self._append_answer(text, key=(number, False), thought=(number, True), name=number)
            for chunk in dicts_in(message, "tool_call_chunks"):
                self._call_chunk(number, chunk)
            self._about_message(message)

    def _message_whole(self, message: dict[str, Any]) -> None:
        """A message as it stands now; told again, longer or not, it is still the same one."""
        kind = message.get("type") or message.get("role")
        if kind in _TOOL:
            self._tool_message(message)
        elif kind in _MODEL:
            number = identity_in(message, "id")
            if number not in self._streamed:
                whole = {True: "", False: ""}
                for reasoning, text in _contents(message):
                    whole[reasoning] += text
                for reasoning, text in whole.items():
                    if text and reasoning:
                        self._snapshot((number, True), "reasoning", text)
                    elif text:
                        self._snapshot_answer(text, key=(number, False), thought=(number, True), name=number)
                for call in dicts_in(message, "tool_calls"):
                    self._call_snapshot(message, call)
            self._about_message(message)

    def _about_message(self, message: dict[str, Any]) -> None:
        about = dict_in(message, "response_metadata")
        self._about(usage=dict_in(message, "usage_metadata"), model=text_in(about, "model_name", "model"))
        self._because(text_in(about, "finish_reason", "stop_reason", "done_reason"))

    # --- tools -------------------------------------------------------------------------------------------------------------

    def _call_chunk(self, message: str, chunk: dict[str, Any]) -> None:
        """A fragment of a call: the first has the id, the others the index only, and at times not even that."""
        place = (message, identity_in(chunk, "index"))
        call_id = text_in(chunk, "id") or self._calls_at.get(place) or self._last_call or f"{message}:{place[1]}"
        if call_id not in self._arguments_of or text_in(chunk, "name"):
            self._call(call_id, text_in(chunk, "name"))
        self._calls_at[place] = self._last_call = call_id
        self._call_more(call_id, text_in(chunk, "args"))

    def _call_snapshot(self, message: dict[str, Any], call: dict[str, Any]) -> None:
        """A call whose arguments so far come as an object, closed by LangChain's parser wherever they were cut.

        That object does not grow at its end, so the model's own text of it is taken where the message has it.
        """
        call_id = identity_in(call, "id")
        self._call(call_id, text_in(call, "name"))
        blocks = (block for block in dicts_in(message, "content") if block.get("id") == call_id)
        written = next((text_in(block, "partial_json") for block in blocks), "")
        known = self._arguments_of[call_id]
        if written and known is not None:
            self._snapshot(("call", call_id), "tool_call", written)
            known[:] = [written]
        elif call.get("args"):
            self._call_whole(call_id, call.get("args"), close=False)

    def _tool_message(self, message: dict[str, Any]) -> None:
        call_id = identity_in(message, "tool_call_id", "id")
        if call_id not in self._results:
            state = state_of(message.get("status"), COMPLETED)
            self._result(call_id, _plain(message.get("content")), name=text_in(message, "name"), state=state)

    # --- events of runnables (astream_events) --------------------------------------------------------------------------------

    def _runnable_event(self, data: dict[str, Any]) -> None:
        """``{"event": "on_chat_model_stream", "data": {"chunk": …}, "name": …, "run_id": …}``."""
        kind, run = text_in(data, "event"), identity_in(data, "run_id")
        about = dict_in(data, "data")
        message = as_message(about.get("chunk"))
        if kind == "on_chat_model_stream" and message is not None:
            self._message_chunk({"id": run, **{k: v for k, v in message.items() if v is not None}})
        elif kind == "on_llm_stream":
            chunk = about.get("chunk")
            text = chunk if isinstance(chunk, str) else text_in(chunk, "text")
            self._append_answer(text, key=(run, False), thought=(run, True), name=run)
        elif kind in ("on_tool_start", "on_retriever_start"):
            self._step(run, text_in(data, "name"))
        elif kind in ("on_tool_end", "on_tool_error", "on_retriever_end"):
            self._step_end(run, FAILED if kind == "on_tool_error" else COMPLETED)
            output = as_message(about.get("output"))
            if output is not None:
                self._tool_message(output)


def is_runnable_event(data: Any) -> bool:
    """Whether the data is one of `astream_events`."""
    return isinstance(data, dict) and text_in(data, "event").startswith("on_") and "data" in data


def _contents(message: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    """The texts of a message in order, each with whether it is reasoning."""
    more = dict_in(message, "additional_kwargs")
    thought = text_in(more, "reasoning_content") or text_in(more, "reasoning")
    if thought:
        yield True, thought
    content = message.get("content")
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, str):
            yield False, block
        elif isinstance(block, dict):
            kind = block.get("type")
            if kind in ("text", "text_delta", "output_text"):
                yield False, text_in(block, "text")
            elif kind in ("thinking", "reasoning", "reasoning_content"):
                summary = "".join(text_in(item, "text") for item in dicts_in(block, "summary"))
                inner = text_in(block.get("reasoning_content"), "text")
                yield True, text_in(block, "thinking", "reasoning", "text") or inner or summary


def _plain(content: Any) -> Any:
    """A tool's content: the texts of its blocks if it is a list of them."""
    if isinstance(content, list) and all(isinstance(block, dict) and isinstance(block.get("text"), str) for block in content):
        return "\n".join(block["text"] for block in content)
    return content
