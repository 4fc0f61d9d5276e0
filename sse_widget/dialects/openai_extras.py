"""What else a chat completion's delta may hold: lists of typed content, citations, images, sound, tools run by the server."""

from __future__ import annotations

from typing import Any

from .base import Dialect
from .states import COMPLETED, IN_PROGRESS

EXTRAS = frozenset({"annotations", "images", "audio", "executed_tools", "reasoning_steps"})
"""Keys of a delta that `Extras` reads."""

_LONGEST = 500  # characters of a server-side tool's output that are shown; the whole is in the event


class Extras(Dialect):
    """The part of `OpenAIChat` that reads content which is neither text, reasoning, refusal nor tool call."""

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._cited: set[str] = set()
        self._count_of: dict[str, int] = {}
        self._audio_bytes: dict[int, int] = {}

    def _extras(self, choice: int, delta: dict[str, Any]) -> None:
        """Read the rare fields of one delta."""
        if delta.get("annotations"):
            self._annotations(choice, delta["annotations"])
        if delta.get("images"):
            for image in _dicts(delta["images"]):
                self._image(choice, image.get("image_url"))
        if isinstance(delta.get("audio"), dict):
            self._audio(choice, delta["audio"])
        if delta.get("executed_tools"):
            for tool in _dicts(delta["executed_tools"]):
                self._executed(choice, tool)
        if delta.get("reasoning_steps"):
            for step in _dicts(delta["reasoning_steps"]):
                self._single(choice, "step", {k: v for k, v in step.items() if k != "thought"}, text=_str(step.get("thought")))

    def _typed_content(self, choice: int, content: Any) -> None:
        """``delta.content`` as a list of typed parts (Mistral) or as one of them."""
        for item in content if isinstance(content, list) else [content]:
            if isinstance(item, str):
                self._append_answer(item, choice=choice, key=(choice, "text"), thought=(choice, "reasoning"))
            if not isinstance(item, dict):
                continue
            kind = item.get("type")
            if kind == "thinking":
                self._append((choice, "reasoning"), "reasoning", _thinking(item.get("thinking")), choice=choice)
            elif kind == "refusal":
                self._append((choice, "refusal"), "refusal", _str(item.get("refusal")), choice=choice)
            elif kind == "image_url":
                self._image(choice, item.get("image_url"))
            elif kind == "reference":
                self._single(choice, "citation", {k: v for k, v in item.items() if k != "type"})
            else:
                self._append_answer(_str(item.get("text")), choice=choice, key=(choice, "text"), thought=(choice, "reasoning"))

    # --- citations ---------------------------------------------------------------------------------------------------------

    def _annotations(self, choice: int, annotations: Any) -> None:
        for item in _dicts(annotations):
            inner = item.get(str(item.get("type")))
            self._cite(choice, inner if isinstance(inner, dict) else item, repeated=False)

    def _sources(self, data: dict[str, Any]) -> None:
        """Perplexity's and xAI's lists beside the choices: whole on every chunk, so each address counts once."""
        for key in ("search_results", "citations"):  # results have titles, citations are mere addresses
            items = data.get(key)
            for item in items if isinstance(items, list) else []:
                if isinstance(item, str):
                    self._cite(0, {"url": item}, repeated=True)
                elif isinstance(item, dict):
                    self._cite(0, item, repeated=True)

    def _cite(self, choice: int, fields: dict[str, Any], *, repeated: bool) -> None:
        url = fields.get("url")
        if isinstance(url, str):
            if repeated and url in self._cited:
                return
            self._cited.add(url)
        self._single(choice, "citation", {k: v for k, v in fields.items() if v is not None and k != "type"})

    # --- media: what it is, never the data itself ------------------------------------------------------------------------------

    def _image(self, choice: int, image: Any) -> None:
        url = image.get("url") if isinstance(image, dict) else image
        if not isinstance(url, str) or not url:
            return
        if url.startswith("data:"):
            head, _, body = url.partition(",")
            self._single(choice, "media", {"type": "image", "media_type": head[5:].partition(";")[0], "bytes": _base64_size(body)})
        else:
            self._single(choice, "media", {"type": "image", "url": url})

    def _audio(self, choice: int, audio: dict[str, Any]) -> None:
        """Sound comes in pieces of base64 beside pieces of a transcript, which becomes the text of the part."""
        key = (choice, "audio")
        part = self._part(key, "media", choice=choice, type="audio")
        fields = {k: audio[k] for k in ("id", "expires_at") if audio.get(k)}
        data = audio.get("data")
        if data and isinstance(data, str):
            fields["bytes"] = self._audio_bytes[choice] = self._audio_bytes.get(choice, 0) + _base64_size(data)
        if fields:
            self._set(part, **fields)
        self._append(key, "media", _str(audio.get("transcript")), choice=choice)

    # --- tools that the server runs ------------------------------------------------------------------------------------------

    def _executed(self, choice: int, tool: dict[str, Any]) -> None:
        """Groq's tools: first with arguments, then again with the output. No call for the client, so a step."""
        key = (choice, "executed", str(tool.get("index")))
        known = key in self._parts
        part = self._part(key, "step", choice=choice)
        output = tool.get("output")
        fields = {"name": tool.get("name") or tool.get("type"), "output": output[:_LONGEST] if isinstance(output, str) else None}
        fields["state"] = IN_PROGRESS if output is None else COMPLETED
        self._set(part, **{k: v for k, v in fields.items() if v})
        if not known:
            self._append(key, "step", _str(tool.get("arguments")), choice=choice)

    def _single(self, choice: int, kind: Any, fields: dict[str, Any], text: str = "") -> None:
        """A part that comes whole. kind: a `PartKind`."""
        self._count_of[kind] = number = self._count_of.get(kind, 0) + 1
        key = (choice, kind, number)
        part = self._part(key, kind, choice=choice)
        if fields:
            self._set(part, **fields)
        self._append(key, kind, text, choice=choice)
        self._close(key)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _thinking(value: Any) -> str:
    """Mistral's ``thinking``: a list of text parts, in older models a string."""
    if isinstance(value, list):
        return "".join(_str(item.get("text")) if isinstance(item, dict) else _str(item) for item in value)
    return _str(value)


def _base64_size(text: str) -> int:
    """Bytes that ``text`` decodes to."""
    return len(text) * 3 // 4 - text[-2:].count("=")
