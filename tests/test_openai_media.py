"""OpenAI's pictures and speech: media parts, and never text."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sse_widget.dialects import OpenAIMedia, detect

from .agent_streams import Event, check, event_frame, facts, survives

SMALL, WHOLE = (base64.b64encode(bytes(size)).decode() for size in (30, 60))
ABOUT = {"size": "1024x1024", "quality": "high", "output_format": "png", "created_at": 1}
USAGE = {"total_tokens": 5}


def picture(kind: str, data: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "b64_json": data, **ABOUT, **more}


STREAMS: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "a picture": (
        [
            ("image_generation.partial_image", picture("image_generation.partial_image", SMALL, partial_image_index=0)),
            ("image_generation.completed", picture("image_generation.completed", WHOLE, usage=USAGE)),
        ],
        {
            "dialect": "openai_media",
            "text": "",
            "kinds": ["media"],
            "usage": USAGE,
            "ended": True,
            "cut": False,
        },
    ),
    "an edit, cut": ([picture("image_edit.partial_image", SMALL, partial_image_index=1)], {"kinds": ["media"], "cut": True}),
    "speech": (
        [*({"type": "speech.audio.delta", "audio": data} for data in (SMALL, WHOLE)), {"type": "speech.audio.done", "usage": USAGE}],
        {"text": "", "media": [{"type": "audio", "bytes": 90}], "usage": USAGE, "ended": True},
    ),
    "an error": (
        [picture("image_generation.partial_image", SMALL), {"type": "error", "error": {"message": "blocked", "code": "moderation"}}],
        {"error": "blocked", "code": "moderation"},
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams(events: list[Event], expected: dict[str, Any]) -> None:
    check(events, expected)


def test_a_picture_is_one_part_that_says_what_it_is() -> None:
    first, last = STREAMS["a picture"][0]
    about = {"type": "image", "media_type": "image/png", "size": "1024x1024", "quality": "high", "preview": 0}
    assert facts(first)["media"] == [{**about, "bytes": 30}]
    assert facts(first, last)["media"] == [{**about, "bytes": 60}]


@pytest.mark.parametrize("events", [case[0] for case in STREAMS.values()], ids=STREAMS)
def test_cut_and_odd_streams_are_read(events: list[Event]) -> None:
    survives(events)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image_edit.completed", True),
        ("speech.audio.delta", True),
        ("image_generation", False),
        ("transcript.text.delta", False),
        (3, False),
    ],
)
def test_detection(kind: Any, expected: bool) -> None:
    assert (detect(*event_frame({"type": kind})) is OpenAIMedia) is expected
