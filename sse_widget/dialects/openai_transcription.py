"""OpenAI's transcription of speech: a text that grows, with speakers where they are told apart."""

from __future__ import annotations

from typing import Any, ClassVar

from ..deltas import RESPONSE
from ..wire import Frame
from .fields import text_in
from .final import FinalTexts


class OpenAITranscription(FinalTexts):
    """``{"type": "transcript.text.delta", "delta": "Hel"}`` … ``{"type": "transcript.text.done", "text": "Hello"}``.

    A diarized transcript comes in segments, each with its speaker and its times in the sound (s), and only sometimes in deltas
    too; the segments are kept as parts of their own, beside the one text.
    """

    name: ClassVar[str] = "openai_transcription"
    label: ClassVar[str] = "OpenAI transcription"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._segments = 0
        self._deltas_seen = False

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        kind = data.get("type") or frame.type
        return isinstance(kind, str) and kind.startswith("transcript.")

    def _event(self, frame: Frame, data: Any) -> None:
        if not isinstance(data, dict):
            self._no_object(frame, data)
            return
        kind = text_in(data, "type") or frame.type
        if kind == "transcript.text.delta":
            self._deltas_seen = True
            self._write("text", "text", text_in(data, "delta"))
        elif kind == "transcript.text.segment":
            self._segment(data)
        elif kind == "transcript.text.done":
            self._final("text", "text", text_in(data, "text"))
            usage = data.get("usage")
            if usage and isinstance(usage, dict):
                self._set(RESPONSE, usage=usage)
            self._close("text")
            self._done()
        else:
            self._error_event(frame, data)

    def _segment(self, data: dict[str, Any]) -> None:
        text = text_in(data, "text")
        if not self._deltas_seen:
            self._write("text", "text", text if self._spoken("text") else text.lstrip())
        self._segments += 1
        key = ("segment", self._segments)
        self._single(key, "custom", {**data, "type": "segment", "name": text_in(data, "speaker")})
