"""What the page takes away: a stream's file, made beside the writer, of what has come so far and without its secrets."""

from __future__ import annotations

import base64
import gzip
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.engine import engine
from sse_widget.files import page as page_module
from sse_widget.view import export

from .canary import CANARY, tell_nothing
from .support import PATIENCE, Held, RecordingComm
from .test_secrets_in_files import pieces, recorded
from .test_widget import of


def ask(comm: RecordingComm, lane: object, form: object) -> tuple[dict[str, Any], list[bytes]]:
    """What the page gets when it asks for this file."""
    comm.receive({"type": "export", "id": 3, "lane": lane, "form": form})
    message = comm.wait_for(lambda messages: [m for m in messages if m["data"].get("method") == "custom"])[-1]
    return message["data"]["content"], list(message["buffers"] or [])


def unpacked(page: str) -> str:
    """A page, and what is packed in it, but for its front end."""
    found = re.search(r'id="sse-widget-data">([^<]*)<', page)
    assert found is not None
    packed = json.loads(gzip.decompress(base64.b64decode(found[1])))
    packed.pop("assets")
    return page[: found.start()] + json.dumps(packed, ensure_ascii=False)


def test_a_recording_comes_as_a_file_that_can_be_loaded(comms: list[RecordingComm], tmp_path: Path) -> None:
    run = sw.stream(["a", "b"], name="My run: ½/../x").wait()
    answer, (data,) = ask(of(comms, run.widget), run.id, "recording")
    assert answer == {"type": "export", "id": 3, "name": "My-run-½-..-x.ssejsonl"}
    path = tmp_path / "run.ssejsonl"
    path.write_bytes(data)
    assert sw.load(path).read().text == "ab"


def test_a_page_comes_as_a_file_too(comms: list[RecordingComm]) -> None:
    run = sw.stream(["a", "b"]).wait()
    answer, (data,) = ask(of(comms, run.widget), run.id, "page")
    assert answer["name"].endswith(".html")
    assert '"ab"' in unpacked(data.decode()) or '["a", "b"]' in unpacked(data.decode())


@pytest.mark.parametrize(("lane", "form"), [(None, "page"), ("nobody", "page"), (0, "gif"), (0, None), (0, ["page"])])
def test_nothing_else_is_made(comms: list[RecordingComm], lane: object, form: object) -> None:
    run = sw.stream(["a"]).wait()
    answer, buffers = ask(of(comms, run.widget), run.id if lane == 0 else lane, form)
    assert (answer["type"], answer["id"], buffers) == ("error", 3, [])
    assert answer["message"].startswith("There is no such")


def test_what_goes_wrong_is_told_and_tells_no_secret(comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch) -> None:
    run = sw.stream(["a"]).wait()

    def fail(*_: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(export, "made", fail)
    answer, _ = ask(of(comms, run.widget), run.id, "page")
    assert answer == {"type": "error", "id": 3, "message": "The file could not be made: ValueError."}


def test_a_large_one_is_left_to_the_kernel(comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch) -> None:
    run = sw.stream(["abc"]).wait()
    monkeypatch.setattr(export, "LARGEST", 2)
    answer, _ = ask(of(comms, run.widget), run.id, "page")
    assert "run.recording.to_html(…)" in answer["message"]


def test_a_stream_that_goes_on_is_kept_as_far_as_it_came(comms: list[RecordingComm], held: Held, tmp_path: Path) -> None:
    run = sw.stream(held.url, json={"model": "held", "stream": True}, show=False)
    comm = of(comms, run.widget)
    held.words(5)
    said = held.said
    comm.wait_for(lambda _: run.text == said)
    files = {form: export.made(run, form)[1] for form in ("recording", "page")}
    (tmp_path / "run.ssejsonl").write_bytes(files["recording"])
    loaded = sw.load(tmp_path / "run.ssejsonl")
    assert said.split()[-1] in unpacked(files["page"].decode())
    assert loaded.read().text == said
    assert (loaded.stopped, loaded.stopped_by) == (True, "the download")
    assert not run.recording.closed
    held.words(1)
    held.end()
    assert run.wait(PATIENCE).text == held.said  # it went on as if nothing had been


def test_the_writer_does_not_wait_for_a_file(comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch) -> None:
    run = sw.stream(["a"]).wait()
    comm = of(comms, run.widget)
    begun, go_on, made = threading.Event(), threading.Event(), export.made

    def slow(*asked: Any) -> tuple[str, bytes]:
        begun.set()
        assert go_on.wait(PATIENCE)
        return made(*asked)

    monkeypatch.setattr(export, "made", slow)
    comm.receive({"type": "export", "id": 3, "lane": run.id, "form": "recording"})
    assert begun.wait(PATIENCE)
    idle = threading.Event()
    engine.writer.post(idle.set)
    assert idle.wait(PATIENCE)
    go_on.set()
    comm.wait_for(lambda messages: [m for m in messages if m["data"].get("method") == "custom"])


@pytest.mark.parametrize("size", [1, 3, 40])
@pytest.mark.parametrize("closed", [True, False])
def test_a_page_tells_no_secret(size: int, closed: bool) -> None:
    wire = f": {CANARY}\n\nid: {CANARY}\nevent: {CANARY}\ndata: x\n\n".encode() + b"".join(pieces(f"a key: {CANARY}, and text", size))
    recording = recorded(*(wire[at : at + 11] for at in range(0, len(wire), 11)), closed=closed)
    recording.name = f"run {CANARY}"
    recording.request = {"method": "GET", "url": f"http://h.test/?k={CANARY}", "headers": [["x", CANARY]], "body": {"k": CANARY}}
    made = unpacked(page_module.page(export.so_far(recording)))
    tell_nothing(made)
    texts = [text for run in re.findall(r"\[\d+, 1, (\[.*?\])\]", made) for text in json.loads(run)]
    assert "and text" in "".join(texts)
    tell_nothing("".join(texts))


def test_half_a_secret_is_none_that_may_leave() -> None:
    recording = recorded(*pieces(f"a key: {CANARY[:-2]}", 3), closed=False)
    copy = export.so_far(recording)
    assert copy.read().text.startswith("a key: ")
    assert CANARY[:3] not in copy.read().text
    assert recording.read().text.endswith(CANARY[:-2])
