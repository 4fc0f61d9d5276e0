"""Google's Agent Development Kit: the events of an agent's session, as its server and Agent Engine stream them."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .base import mend
from .fields import dict_in, dicts_in, identity_in, present, text_in
from .gemini import Gemini


class ADK(Gemini):
    """``{"author": "agent", "invocationId": "e-1", "content": {"parts": [{"text": "Hel"}]}, "partial": true}``.

    The parts are Gemini's. Fragments are ``partial``; the event that is not closes the turn, and repeats the text of them all.
    """

    name: ClassVar[str] = "adk"
    label: ClassVar[str] = "Google ADK"
    promises_end: ClassVar[bool] = False
    source: ClassVar[str] = "https://google.github.io/adk-docs/events/"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._turn = {False: "", True: ""}  # text and thoughts of the turn's fragments

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not text_in(data, "author") or not text_in(data, "invocationId", "invocation_id"):
            return False
        return isinstance(data.get("content"), dict) or isinstance(data.get("actions"), dict)

    def _event(self, frame: Frame, data: Any) -> None:
        if not self.matches(frame, data):
            super()._event(frame, data)
            return
        code, message = text_in(data, "errorCode", "error_code"), text_in(data, "errorMessage", "error_message")
        if message:
            self._error(present(message=message, code=code))
        self._about(response_id=text_in(data, "invocationId", "invocation_id"))
        if data["author"] == "user":
            return
        content = dict_in(data, "content")
        parts = self._fresh(dicts_in(content, "parts"), data.get("partial") is True)
        for result in (dict_in(part, "functionResponse") or dict_in(part, "function_response") for part in parts):
            if result:
                self._stop_writing(0)
                self._result(identity_in(result, "id"), result.get("response"), name=text_in(result, "name"))
        self._response({**data, "error": None, "candidates": [{**data, "content": {**content, "parts": parts}}]}, frame)

    def _fresh(self, parts: list[dict[str, Any]], partial: bool) -> list[dict[str, Any]]:
        """The parts without what the turn's fragments have said. Calls count when they are whole."""
        if partial:
            parts = [part for part in parts if text_in(part, "text")]
            for part in parts:
                self._turn[part.get("thought") is True] += part["text"]
            return parts
        fresh = []
        for part in parts:
            text, thought = text_in(part, "text"), part.get("thought") is True
            said = mend(self._turn[thought])  # a character may come in halves
            if text and said.startswith(text):
                self._turn[thought] = said[len(text) :]
            elif text and said and text.startswith(said):
                self._turn[thought] = ""
                fresh.append({**part, "text": text[len(said) :]})
            else:
                fresh.append(part)
        if parts:
            self._turn = {False: "", True: ""}
        return fresh
