"""OpenAI's streams of pictures and of speech, which have no text at all."""

from __future__ import annotations

from typing import Any, ClassVar

from ..wire import Frame
from .agent import AgentDialect
from .brief import brief
from .fields import base64_size, dict_in, present, text_in

_PICTURES = ("image_generation.", "image_edit.")


class OpenAIMedia(AgentDialect):
    """``{"type": "image_generation.partial_image", "b64_json": "…"}``, ``{"type": "speech.audio.delta", "audio": "…"}``.

    A picture comes whole each time, better and better, so it is one part whose fields are those of the last. The data stay in
    the events; the parts tell what it is, and how large.
    """

    name: ClassVar[str] = "openai_media"
    label: ClassVar[str] = "OpenAI images and speech"
    promises_end: ClassVar[bool] = True
    source: ClassVar[str] = "https://platform.openai.com/docs/api-reference/images-streaming"

    def __init__(self, *, join: str = "") -> None:
        super().__init__(join=join)
        self._bytes = 0

    @classmethod
    def matches(cls, frame: Frame, data: Any) -> bool:
        return text_in(data, "type").startswith((*_PICTURES, "speech.audio."))

    def _event(self, frame: Frame, data: Any) -> None:
        kind = text_in(data, "type")
        if kind.startswith(_PICTURES):
            self._picture(data, kind.endswith(".completed"))
        elif kind.startswith("speech.audio."):
            self._speech(data, kind.endswith(".done"))
        elif not isinstance(data, dict):
            self._no_object(frame, data)
        else:
            self._error_event(frame, data)

    def _picture(self, data: dict[str, Any], last: bool) -> None:
        style = {name: data.get(name) for name in ("size", "quality", "background")}
        form = text_in(data, "output_format")
        size = base64_size(text_in(data, "b64_json"))
        fields = present(media_type=text_in(data, "media_type") or (form and f"image/{form}"), bytes=size, **style)
        if not last:
            fields["preview"] = data.get("partial_image_index")
        self._set(self._part("picture", "media", type="image"), **brief(present(**fields)))
        if last:
            self._close("picture")
            self._ends(data)

    def _speech(self, data: dict[str, Any], last: bool) -> None:
        fragment = text_in(data, "audio")
        if fragment:
            self._bytes += base64_size(fragment)
            self._set(self._part("speech", "media", type="audio"), bytes=self._bytes)
        if last:
            self._close("speech")
            self._ends(data)

    def _ends(self, data: dict[str, Any]) -> None:
        self._about(usage=dict_in(data, "usage"))
        self._end_seen()
