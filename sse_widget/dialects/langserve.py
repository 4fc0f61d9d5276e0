"""LangServe: a LangChain runnable behind HTTP."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import EMPTY, Frame
from .base import NOT_JSON, parse_json
from .fields import dicts_in, text_in
from .langchain import LangChainDialect, as_message, is_runnable_event

# Members of what chains stream as dicts: the one that grows is called so by convention.
_ANSWERS = ("answer", "output", "result", "text", "response")


class LangServe(LangChainDialect):
    """``event: data`` with a JSON string, a message chunk, an event of `astream_events` or a patch of `astream_log`.

    ``event: end`` has no data, so that no client is told; after ``event: error`` the connection breaks in mid-chunk.
    """

    name: ClassVar[str] = "langserve"
    label: ClassVar[str] = "LangServe"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://github.com/langchain-ai/langserve"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._said = False

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if frame.type != "data":
            return False
        if isinstance(data, dict):
            known = as_message(data) is not None or is_runnable_event(data) or bool(_patches(data))
            return known or any(isinstance(data.get(name), str) for name in _ANSWERS[:2])
        return isinstance(parse_json(frame.data) if data is NOT_JSON else data, str)

    def _event(self, frame: Frame, data: Any) -> None:
        if frame.type == "metadata":
            self._about(response_id=text_in(data, "run_id"))
        elif frame.type == "end":
            self._end_seen()
        elif frame.type == "error":
            if isinstance(data, dict) and "status_code" in data:
                self._error({"message": data.get("message"), "code": data["status_code"]})
            else:
                self._error_event(frame, data)
            self.ended = True  # nothing comes after it but the break, which is its consequence
        elif frame.type == "data":
            self._chunk_of(parse_json(frame.data) if data is NOT_JSON else data)
        else:
            self._error_event(frame, data)

    def _other(self, frame: Frame, data: Any) -> None:
        if frame.kind == EMPTY and frame.type == "end":
            self._end_seen()
        else:
            super()._other(frame, data)

    def _chunk_of(self, data: Any) -> None:
        message = as_message(data)
        if isinstance(data, str):
            self._append_answer(data)
        elif message is not None:
            self._message_chunk(message)
        elif is_runnable_event(data):
            self._runnable_event(data)
        elif isinstance(data, dict):
            patches = _patches(data)
            for patch in patches:
                self._patch(text_in(patch, "path"), patch.get("value"))
            if not patches:
                self._append_answer(text_in(data, *_ANSWERS))
            for item in dicts_in(data, "messages"):
                if (message := as_message(item)) is not None:
                    self._message_whole(message)

    def _patch(self, path: str, value: Any) -> None:
        """One operation of `astream_log`'s JSON Patch: the output grows under one path, runs of parts appear under another."""
        if path.startswith("/streamed_output/"):
            self._said = True
            self._chunk_of(value)
        elif path == "/final_output" and not self._said:
            self._chunk_of(value)
        elif path.startswith("/logs/") and path.count("/") == 2:
            self._step(path, text_in(value, "name"))
        elif path.startswith("/logs/") and path.endswith("/end_time"):
            self._step_end(path.rpartition("/")[0])


def _patches(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [patch for patch in dicts_in(data, "ops") if "path" in patch]
