"""Secrets in files: what a recording is kept as holds none, whole or in pieces, and otherwise every byte where it was."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.files.hidden import Hidden
from sse_widget.redaction import Redactor
from sse_widget.view.lane import frame_detail

from .canary import CANARY, tell_nothing


def chat(text: str) -> bytes:
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [{'index': 0, 'delta': {'content': text}}]})}\n\n".encode()


def recorded(*chunks: bytes, secret: str = CANARY, closed: bool = True) -> sw.Recording:
    recording = sw.Recording()
    recording.redactor = Redactor()
    recording.redactor.add(secret)
    recording.content_type = "text/event-stream"
    recording.mark("open", status=200, note=secret)
    for chunk in chunks:
        recording.chunk(chunk)
    if closed:
        recording.seal("close")
    return recording


def pieces(text: str, size: int) -> list[bytes]:
    return [chat(text[at : at + size]) for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
def test_a_saved_recording_is_the_same_but_for_its_secrets(tmp_path: Path, size: int) -> None:
    wire = f": é {CANARY}\n\nid: {CANARY}\ndata: x\n\n".encode() + b"".join(pieces(f"a key: {CANARY}, and text", size))
    recording = recorded(*(wire[at : at + 11] for at in range(0, len(wire), 11)))
    path = recording.save(tmp_path / "run.ssejsonl")
    tell_nothing(path.read_text("utf-8"))
    loaded = sw.load(path)
    assert loaded.size == recording.size == len(wire)
    assert [len(entry.data) for entry in loaded.read_entries()] == [len(entry.data) for entry in recording.read_entries()]
    assert loaded.read().text in (f"a key: sk{'*' * 20}, and text", f"a key: {'*' * 22}, and text")
    assert recording.read().text == f"a key: {CANARY}, and text"  # in the memory it is what it was
    assert [frame.type for frame in loaded.frames] == [frame.type for frame in recording.frames]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(100, 300))
@settings(max_examples=15, deadline=None)
def test_a_growing_file_tells_nothing_before_it_is_certain(sizes: list[int], cut: int) -> None:
    text = f"{CANARY}{CANARY[:9]} {CANARY}"
    events: list[bytes] = []
    at = 0
    while at < len(text):
        size = sizes[len(events) % len(sizes)]
        events.append(chat(text[at : at + size]))
        at += size
    wire = b"".join(events)
    recording = recorded(closed=False)
    hidden = Hidden(recording)
    written: list[bytes] = []
    count = 0

    def write() -> None:
        nonlocal count
        fresh = hidden.entries(count, len(recording))
        count += len(fresh)
        written.extend(entry.data for entry in fresh)
        tell_nothing("".join(re.findall(r'"content": "([^"]*)"', b"".join(written).decode())))

    for start in range(0, len(wire), cut):
        recording.chunk(wire[start : start + cut])
        write()
    recording.seal("close")
    write()
    assert count == len(recording)
    assert sum(map(len, written)) == len(wire)


def test_every_other_form_too(tmp_path: Path) -> None:
    recording = recorded(*pieces(f"a key: {CANARY}, and text", 3), f"event: {CANARY}\nid: {CANARY}\ndata: {CANARY}\n\n".encode())
    recording.request = {"method": "GET", "url": "http://h.test/", "headers": [["x", CANARY]], "body": None}
    forms = [
        recording.to_har(tmp_path / "run.har").read_text("utf-8"),
        recording.to_csv(tmp_path / "run.csv").read_text("utf-8"),
    ]
    table = recording.to_markdown()
    for text in (*forms, table):
        tell_nothing(text)
    assert "and text" in table
    messages = json.loads(forms[0])["log"]["entries"][0]["_eventSourceMessages"]
    texts = [json.loads(message["data"])["choices"][0]["delta"]["content"] for message in messages[:-1]]
    tell_nothing("".join(texts))
    assert "".join(texts) == f"a key: sk{'•' * 20}, and text"


def test_where_no_secret_is_known_every_byte_is_written(tmp_path: Path) -> None:
    recording = recorded(chat(CANARY), secret="x")
    assert sw.load(recording.save(tmp_path / "run.ssejsonl")).read().text == CANARY


def test_a_replay_knows_the_secrets_of_what_it_plays() -> None:
    recording = recorded(chat(CANARY))
    run = sw.replay(recording, speed=float("inf"), show=False).wait(60)
    assert run.text == CANARY
    tell_nothing(repr([frame_detail(run, index) for index in range(len(run.reading.channels))]))
