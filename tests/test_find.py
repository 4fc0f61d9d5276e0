"""`view/find.py`: finding frames by what is in them, and giving them as JSON lines, slice by slice."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.errors import Redactor
from sse_widget.reading import Reading
from sse_widget.veil import Veil
from sse_widget.view import find as room
from sse_widget.view.find import find, lines

from .support import RecordingComm

WIRE = (
    b": ping one\n\n"
    b"retry: 3000\n\n"
    b'event: delta\nid: 7\ndata: {"choices": [{"delta": {"content": "The dough"}}]}\n\n'
    b'event: delta\ndata: {"choices": [{"delta": {"content": "caf\\u00e9 \\"au lait\\""}, "finish_reason": null}]}\n\n'
    b"odd: line\n" + 'event: usage\ndata: {"usage": {"total_tokens": 12}, "note": "café"}\n\n'.encode() + b"data: [DONE]\n\n"
)


def reading(wire: bytes = WIRE) -> Any:
    """As much of a run as is needed to look into what it has received."""
    found = Reading(sw.Recording.from_bytes(wire, content_type="text/event-stream"))
    found.finish()
    return SimpleNamespace(reading=found, veil=Veil(Redactor()))


def all_of(run: Any, **query: Any) -> list[int]:
    """Every frame that matches, over as many slices as it takes."""
    found: list[int] = []
    start = 0
    while start < len(run.reading.channels):
        answer = find(run, {"from": start, **query})
        assert answer["next"] > start
        found += answer["frames"]
        start = answer["next"]
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"text": "dough"}, ["The dough"]),
        ({"text": "DOUGH"}, ["The dough"]),
        ({"text": "café"}, ["café", "usage"]),
        ({"text": '"au'}, ["café"]),
        ({"text": "ping"}, [": ping"]),
        ({"text": "odd:"}, ["odd"]),
        ({"text": "nowhere"}, []),
        ({"path": "$.choices[0].delta.content"}, ["The dough", "café"]),
        ({"path": "$.choices[0].finish_reason"}, ["café"]),
        ({"path": "$..total_tokens"}, ["usage"]),
        ({"path": "$[?@.total_tokens == 12]"}, ["usage"]),
        ({"path": "$[?@.total_tokens == 13]"}, []),
        ({"event_type": "delta"}, ["The dough", "café"]),
        ({"event_type": "message"}, ["[DONE]"]),
    ],
)
def test_finds_by_text_path_and_type(query: dict[str, str], expected: list[str]) -> None:
    run = reading()
    words = {": ping": 1, "The dough": 3, "café": 4, "odd": 5, "usage": 6, "[DONE]": 7}  # 0 is our mark of the beginning
    assert all_of(run, **query) == [words[name] for name in expected]


@pytest.mark.parametrize("query", [{"text": "w7"}, {"path": "$.n"}, {"event_type": "odd"}])
def test_any_number_of_slices_finds_the_same(monkeypatch: pytest.MonkeyPatch, query: dict[str, str]) -> None:
    wire = b"".join(
        b"event: odd\ndata: x\n\n" if n % 5 == 0 else b'data: {"%s": "w%d"}\n\n' % (b"n" if n % 3 else b"m", n) for n in range(900)
    )
    run = reading(wire)
    at_once = all_of(run, **query)
    monkeypatch.setattr(room, "SLICE", -1.0)
    monkeypatch.setattr(room, "BLOCK", 100)
    asked = find(run, {"from": 0, **query})["next"]
    assert 0 < asked < 900
    assert all_of(run, **query) == at_once
    assert len(at_once) > 80


@pytest.mark.parametrize(
    "command", [{"path": "$.a["}, {"path": "a"}, {}, {"text": 3}, {"text": "a", "from": -1}, {"text": "a", "from": "b"}]
)
def test_what_no_page_of_ours_asks_is_an_error(command: dict[str, Any]) -> None:
    with pytest.raises(sw.UsageError):
        find(reading(), command)


def test_lines_are_json_with_everything_about_a_frame() -> None:
    run = reading()
    answer = lines(run, {"frames": [1, 3]})
    ping, delta = [json.loads(line) for line in answer["text"].splitlines()]
    assert answer["count"] == 2
    assert ping == {**ping, "frame": 1, "event": None, "kind": "comment", "data": "ping one"}
    assert delta == {**delta, "frame": 3, "event": 0, "kind": "event", "type": "delta", "id": "7"}
    assert json.loads(delta["data"])["choices"][0]["delta"]["content"] == "The dough"
    assert delta["size"] == run.reading.frames.ends[3] - run.reading.frames.starts[3]


def test_lines_come_in_pages_and_long_data_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = reading(b"data: " + b"x" * 500 + b"\n\n" + b"data: y\n\n" * 3)
    monkeypatch.setattr(room, "LINE", 300)
    monkeypatch.setattr(room, "PAGE", 200)
    answer = lines(run, {"frames": [1, 2, 3]})
    (line,) = [json.loads(line) for line in answer["text"].splitlines()]
    assert (answer["count"], len(line["data"]), line["truncated"]) == (1, 300, 500)
    assert lines(run, {"frames": [2, 3]})["count"] == 2


@pytest.mark.parametrize("frames", [None, [99], [-1], ["a"]])
def test_lines_of_frames_that_do_not_exist_are_an_error(frames: Any) -> None:
    with pytest.raises(sw.UsageError):
        lines(reading(), {"frames": frames})


def test_a_secret_is_in_no_line() -> None:
    run = reading(b"data: the key is sk-canary-123456\n\n")
    run.veil.redactor.add("sk-canary-123456")
    assert "canary" not in lines(run, {"frames": [1]})["text"]


def test_the_page_asks_by_its_comm(comms: list[RecordingComm]) -> None:
    run = sw.stream(["one", "two", "three"]).wait()
    widget = run.widget
    comm = next(each for each in comms if each.comm_id == widget.comm.comm_id)

    def ask(**command: Any) -> dict[str, Any]:
        comm.receive({"id": 9, "lane": run.id, **command})
        answers = comm.wait_for(lambda messages: [m for m in messages if m["data"].get("method") == "custom"])
        answer: dict[str, Any] = answers[-1]["data"]["content"]
        with comm.news:
            comm.messages[:] = [m for m in comm.messages if m["data"].get("method") != "custom"]
        return answer

    frames = [event.frame for event in run.events]
    end = len(run.recording.frames)
    assert ask(type="find", text="T", **{"from": 0}) == {"type": "find", "id": 9, "frames": frames[1:], "next": end}
    assert json.loads(ask(type="lines", frames=[frames[0]])["text"])["data"] == "one"
    assert ask(type="find", path="$[", **{"from": 0})["type"] == "error"
    assert ask(type="lines", frames=[end])["type"] == "error"
