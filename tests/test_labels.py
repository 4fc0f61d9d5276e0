"""What an event calls itself: in the framing's field, else in its JSON."""

from __future__ import annotations

from typing import Any

import pytest

from sse_widget import Recording
from sse_widget.labels import LONGEST, Labels, label_of
from sse_widget.reading import Reading

from .agent_streams import body

LABELS: list[tuple[str, Any, str]] = [
    ("ping", {"type": "other"}, "ping"),
    ("output", None, "output"),
    ("message", {"type": "text-delta", "kind": "x"}, "text-delta"),
    ("message", {"event_type": "step.delta", "object": "o"}, "step.delta"),
    ("message", {"object": "o", "event": "message_end"}, "message_end"),
    ("message", {"kind": "k", "object": "chat.completion.chunk"}, "chat.completion.chunk"),
    ("message", {"kind": "status-update"}, "status-update"),
    ("message", {"type": "", "event": {"x": 1}, "kind": "k"}, "k"),
    ("message", {"type": ["x"], "object": 3}, ""),
    ("message", {"type": "x" * LONGEST}, "x" * LONGEST),
    ("message", {"type": "x" * (LONGEST + 1)}, ""),
    ("message", {"type": "a\nb"}, ""),
    ("message", {"type": "\ud800"}, ""),
    ("message", {}, ""),
    ("message", [1], ""),
    ("message", None, ""),
]


@pytest.mark.parametrize(("field", "data", "label"), LABELS)
def test_label(field: str, data: Any, label: str) -> None:
    assert label_of(field, data) == label


def test_neighbours_of_one_kind_are_one_entry() -> None:
    labels = Labels()
    for index, kind in ((1, "a"), (2, "a"), (5, "b"), (6, "a")):
        labels.note(index, "message", {"type": kind})
    assert labels.runs(0, len(labels)) == [[1, "a"], [5, "b"], [6, "a"]]
    assert [labels.of(index) for index in (0, 1, 2, 4, 5, 6, 9)] == ["", "a", "a", "a", "b", "a", "a"]


def test_events_that_need_no_parsing_have_a_label_too() -> None:
    def chat(text: str) -> dict[str, Any]:
        return {"id": "c", "model": "m", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}

    plain = [chat(f" word {n}") for n in range(6)]
    data = body(*plain, ("ping", {"type": "x"}), *plain, ("other", chat(" other")), *plain)
    reading = Reading(Recording.from_bytes(data, "text/event-stream"))
    reading.finish()
    assert [reading.labels.of(event.frame) for event in reading.recording.events] == [event.label for event in reading.recording.events]
    assert reading.labels.runs(0, 9)[2:] == [[8, "chat.completion.chunk"], [14, "other"], [15, "chat.completion.chunk"]]


@pytest.mark.parametrize("options", [{}, {"dialect": "openai_chat"}, {"extract": "$.x"}])
def test_a_reading_and_an_event_say_the_same(options: dict[str, Any]) -> None:
    events = [{"object": "chat.completion.chunk", "choices": []}, ("ping", {"type": "x"}), {"type": "end"}, {"no": 1}]
    data = body(*events, ("output", "plain"), "plain", '{"type"')
    reading = Reading(Recording.from_bytes(data, "text/event-stream"), **options)
    reading.finish()
    labels = ["chat.completion.chunk", "ping", "end", "", "output", "", ""]
    dispatched = reading.recording.events
    assert [event.label for event in dispatched] == labels
    assert [reading.labels.of(event.frame) for event in dispatched] == labels
    assert dispatched[0].type == "message"  # what a client dispatches stays what it is
