"""Items of OpenAI Responses that are calls: of the client's functions, and of the server's own tools.

Only calls that wait for the client's function become tool calls; what the server runs (searches, code, MCP) and calls without
a function (shells, patches) are steps with a name and a state, since no client has to answer them by name and arguments.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from .base import clean, compact_json
from .brief import brief, number_in
from .fields import base64_size, dict_in, dicts_in, text_in
from .final import FinalTexts
from .states import COMPLETED, FAILED, IN_PROGRESS, state_of

_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
# xAI reports the inner tools of its searches as custom tool calls, which nobody has to answer.
_XAI_TOOLS = frozenset({"x_keyword_search", "x_semantic_search", "x_user_search", "x_thread_fetch", "view_x_video"})
# Fields of an item that are no facts about a step: they are shown elsewhere, or are huge.
_NOT_SHOWN = frozenset({"id", "type", "status", "name", "arguments", "input", "code", "result", "tools", "fingerprint", "content"})


class Item:
    """One item of the output.

    number: unique in the stream, unlike its place. kind: its type, "" if it was never announced. fields: of its main part, as
    sent. cited: annotations seen, by content part. command: of a shell, the one being written. whole: its announcement had text.
    """

    __slots__ = ("cited", "command", "done", "fields", "id", "kind", "number", "place", "whole")

    def __init__(self, number: int, place: int, kind: str) -> None:
        self.number = number
        self.place = place
        self.kind = kind
        self.id = ""
        self.done = False
        self.command = 0
        self.whole = False
        self.fields: dict[str, Any] = {}
        self.cited: dict[int, int] = {}

    @property
    def main(self) -> Hashable:
        """The key of the part of an item that has but one."""
        return (self.number, "main", 0)


class Calls(FinalTexts):
    """The part of `OpenAIResponses` that reads items which are neither messages nor reasoning."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._declared: set[str] = set()

    def _declare(self, response: dict[str, Any]) -> None:
        """The tools that the request offered."""
        self._declared.update(text_in(tool, "name") for tool in dicts_in(response, "tools"))

    def _call(self, item: Item, about: dict[str, Any], *, done: bool) -> None:
        """The call as it stands, when it is announced and when it is complete."""
        announced = item.main in self._parts
        if item.kind in _CALLS and not self._is_of_server(item, text_in(about, "name")):
            self._tool_call(item, about)
        elif item.kind == "image_generation_call":
            self._image(item, about, done=done)
        else:
            self._step(item, about, done=done)
        if not announced:
            item.whole = self._spoken(item.main)

    def _is_of_server(self, item: Item, name: str) -> bool:
        return item.kind == "custom_tool_call" and name in _XAI_TOOLS and name not in self._declared

    def _tool_call(self, item: Item, about: dict[str, Any]) -> None:
        self._part(item.main, "tool_call")
        identity = text_in(about, "call_id") or item.fields.get("id") or text_in(about, "id")
        kind = "custom" if item.kind != "function_call" else None
        self._change(item, {"id": identity or None, "name": text_in(about, "name") or None, "type": kind})
        self._final(item.main, "tool_call", _written_out(about.get(_CALLS[item.kind])))

    # --- steps and media -----------------------------------------------------------------------------------------------------

    def _step(self, item: Item, about: dict[str, Any], *, done: bool) -> None:
        self._part(item.main, "step")
        fields = {k: v for k, v in about.items() if k not in _NOT_SHOWN and v not in (None, "", [], {})}
        fields["name"] = text_in(about, "name") or item.fields.get("name") or item.kind.removesuffix("_call")
        tools = [name for tool in dicts_in(about, "tools") if (name := text_in(tool, "name"))]
        if tools:
            fields["tools"] = tools
        self._change(item, {**fields, "state": _state(about, done)})
        self._final(item.main, "step", _asked(about))

    def _image(self, item: Item, about: dict[str, Any], *, done: bool) -> None:
        self._part(item.main, "media", type="image", name="image_generation")
        fields = {k: about[k] for k in ("size", "quality", "revised_prompt", "prompt") if about.get(k)}
        result = text_in(about, "result")
        if result.startswith(("https:", "http:")):
            fields["url"] = result
        elif result:
            fields["bytes"] = base64_size(result)
        self._change(item, {**fields, **_media_type(about), "state": _state(about, done)})

    def _partial_image(self, item: Item, data: dict[str, Any]) -> None:
        """A preview of the image: how large it is; the pixels stay in the event."""
        if not item.done:
            self._part(item.main, "media", type="image", name="image_generation")
            size = base64_size(text_in(data, "partial_image_b64"))
            self._change(item, {**_media_type(data), "bytes": size, "preview": number_in(data, "partial_image_index")})

    def _audio(self, item: Item, data: dict[str, Any], *, transcript: bool) -> None:
        """Sound in pieces of base64 beside its transcript, which becomes the text of the part."""
        key = (item.number, "audio", 0)
        part = self._part(key, "media", type="audio")
        if transcript:
            self._write(key, "media", text_in(data, "delta"))
        elif data.get("delta"):
            item.fields["bytes"] = item.fields.get("bytes", 0) + base64_size(text_in(data, "delta"))
            self._set(part, bytes=item.fields["bytes"])

    def _progress(self, item: Item, stage: str) -> None:
        """``searching``, ``generating``, ``completed`` …: the server tells how far its tool is. It may tell after the end."""
        if not item.done and "state" in item.fields:
            self._change(item, {"state": state_of(stage)})

    def _change(self, item: Item, fields: dict[str, Any]) -> None:
        """Set those fields of the item's main part that are new."""
        changed = {k: v for k, v in brief(fields).items() if item.fields.get(k) != v}
        if changed:
            item.fields.update(changed)
            self._tell(self._parts[item.main], changed)


def _asked(about: dict[str, Any]) -> str:
    """What a step was asked to do, in its own words: arguments, code, commands, a diff, a query, an address."""
    for name in ("arguments", "input", "code"):
        text = _written_out(about.get(name))
        if text:
            return text
    action = dict_in(about, "action") or dict_in(about, "operation")
    for words, glue in ((action.get("commands"), "\n"), (action.get("command"), " "), (about.get("queries"), "\n")):
        if isinstance(words, list):
            return glue.join(word for word in words if isinstance(word, str))
    return text_in(action, "diff", "query", "url")


def _state(about: dict[str, Any], done: bool) -> str:
    """How far a step is. Azure leaves a finished search at "searching"."""
    return FAILED if about.get("error") else state_of(about.get("status"), COMPLETED if done else IN_PROGRESS)


def _written_out(value: Any) -> str:
    """Arguments as text; {} is a mere placeholder."""
    return value if isinstance(value, str) else compact_json(clean(value)) if value else ""


def _media_type(about: dict[str, Any]) -> dict[str, str]:
    form = text_in(about, "output_format")
    return {"media_type": f"image/{form}"} if form else {}
