"""MCP over streamable HTTP: a server's answer to one JSON-RPC request, with what it has to say meanwhile."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .base import NOT_JSON
from .fields import as_text, dict_in, dicts_in, identity_in, text_in


class MCP(AgentDialect):
    """``{"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "…"}]}}``, after any number of notifications.

    The text of a tool's result is the answer. Progress and log messages are steps. A stream may begin with an empty event that
    only has an id, by which it could be resumed; the older transport over SSE begins with an ``endpoint`` to post to.
    """

    name: ClassVar[str] = "mcp"
    label: ClassVar[str] = "MCP"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://modelcontextprotocol.io/specification/2025-06-18/basic/transports"

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        # A2A is JSON-RPC, too, and is asked first.
        return bool(_messages(data)) or (frame.type == "endpoint" and data is NOT_JSON and frame.data.startswith(("/", "http")))

    def _event(self, frame: Frame, data: Any) -> None:
        messages = _messages(data)
        for message in messages:
            if "method" in message:
                self._method(message)
            elif message.get("error"):
                self._error(message["error"])
                self._end_seen()
            elif "result" in message:
                self._about(response_id=identity_in(message, "id"))
                self._answer(message["result"])
                self._end_seen()
        if not messages:
            self._error_event(frame, data)

    def _method(self, message: dict[str, Any]) -> None:
        """A notification, or a request to the client (of a sample, of the user's word)."""
        method, params = message.get("method"), dict_in(message, "params")
        if method == "notifications/progress":
            done, total = identity_in(params, "progress"), identity_in(params, "total")
            count = f"{done} of {total}" if done and total else done
            self._single("step", text_in(params, "message") or count, progress=params.get("progress"), total=params.get("total"))
        elif method == "notifications/message":
            data = params.get("data")
            words = text_in(data, "msg", "message") or as_text(data)
            self._single("step", words, level=params.get("level"), logger=params.get("logger"))
        elif "id" in message and isinstance(method, str):
            self._single("custom", as_text(params), type="request", method=method)

    def _answer(self, result: Any) -> None:
        if not isinstance(result, dict) or not isinstance(result.get("content"), list):
            if result not in ({}, None):  # a list of tools, a handshake
                self._single("custom", as_text(result), type="result")
            return
        if result.get("isError") is True:
            self._error({"message": "\n".join(text_in(item, "text") for item in dicts_in(result, "content")), "type": "tool_error"})
            return
        for item in dicts_in(result, "content"):
            kind = text_in(item, "type")
            resource = dict_in(item, "resource")
            if kind == "text":
                self._single("text", text_in(item, "text"))
            elif kind in ("image", "audio"):
                self._media(kind, text_in(item, "mimeType"), text_in(item, "data"))
            elif kind == "resource_link":
                self._single("citation", url=text_in(item, "uri"), title=text_in(item, "title", "name"))
            elif text_in(resource, "text"):
                self._single("custom", text_in(resource, "text"), type="resource", url=text_in(resource, "uri"))
            elif resource:
                self._media("file", text_in(resource, "mimeType"), text_in(resource, "blob"), name=text_in(resource, "uri"))
        if not result["content"] and result.get("structuredContent") is not None:
            self._single("text", as_text(result["structuredContent"]))


def _messages(data: Any) -> list[dict[str, Any]]:
    """The JSON-RPC messages of an event: one, or by the transport's 2025-03-26 version a batch."""
    return [item for item in (data if isinstance(data, list) else [data]) if isinstance(item, dict) and "jsonrpc" in item]
