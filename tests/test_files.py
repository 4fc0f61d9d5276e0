"""Recordings as files: what is written is read back equal, whatever was torn off or written by others says so."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.recording import Recording
from sse_widget.spill import SpillStorage
from tests.streams import STREAMS

KEPT = [
    "request",
    "response",
    "content_type",
    "name",
    "run",
    "session",
    "started",
    "framing",
    "plain_items",
    "clock",
    "closed",
    "stopped",
    "stopped_by",
    "broken",
    "size",
    "opened",
]


def recorded(data: bytes, cuts: list[int] | None = None) -> Recording:
    """A finished recording whose chunks end at these offsets, a tenth of a second apart."""
    recording = Recording(name="run 1", clock=lambda: 5.0)
    recording.run, recording.session = "aaaa1111", "bbbb2222"
    recording.request = {"method": "POST", "url": "https://api.test/v1", "headers": [["authorization", "***"]], "body": {"stream": True}}
    recording.response = {"status": 200, "reason": "OK", "http_version": "HTTP/1.1", "headers": [], "request_id": "req_1", "url": ""}
    recording.content_type = "text/event-stream"
    recording.mark("open", 0.0625, status=200)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts or [])})
    for number, (start, stop) in enumerate(itertools.pairwise(edges)):
        recording.chunk(data[start:stop], 0.1 * (number + 1))
    recording._restore(0.1 * len(edges), "mark", b"", {"mark": "close"})
    recording._restored()
    return recording


def same(one: Recording, other: Recording) -> None:
    assert list(one.read_entries()) == list(other.read_entries())
    assert {name: getattr(one, name) for name in KEPT} == {name: getattr(other, name) for name in KEPT}


@pytest.mark.parametrize("suffix", [".ssejsonl", ".ssejsonl.gz"])
@pytest.mark.parametrize("name", sorted(STREAMS))
def test_each_dialects_stream_comes_back_equal(tmp_path: Path, name: str, suffix: str) -> None:
    data = STREAMS[name].body()
    recording = recorded(data, list(range(0, len(data), 37)))
    recording.content_type = STREAMS[name].content_type
    loaded = sw.load(recording.save(tmp_path / f"run{suffix}"))
    same(recording, loaded)
    assert loaded.read().text == recording.read().text
    assert loaded.metrics() == recording.metrics()


@given(data=st.binary(max_size=80), cuts=st.lists(st.integers(0, 80), max_size=8))
def test_any_bytes_cut_anywhere_come_back_equal(tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]) -> None:
    recording = recorded(data, cuts)
    same(recording, sw.load(recording.save(tmp_path_factory.mktemp("any") / "run.ssejsonl")))


@pytest.mark.parametrize("items", [["a", "b\n", "\ud800", ""], [{"x": "é"}, {"y": [1]}], [b"data: x\n", b"\ndata: y\n\n"]])
def test_items_of_an_iterator_come_back_equal(tmp_path: Path, items: list[Any]) -> None:
    run = sw.stream(items, name="mine").wait()
    loaded = sw.load(run.recording.save(tmp_path / "run.ssejsonl"))
    same(run.recording, loaded)
    assert loaded.run == run.id
    assert loaded.session == run.session.id
    assert loaded.read().text == run.text


def test_people_can_read_it(tmp_path: Path) -> None:
    lines = recorded(b"data: gr\xc3\xbc\n\n").save(tmp_path / "run.ssejsonl").read_text("utf-8").splitlines()
    head, response, opened, chunk, closed, end = map(json.loads, lines)
    assert (head["format"], head["version"], head["session"]) == ("ssejsonl", 1, "bbbb2222")
    assert head["software"] == f"sse_widget {sw.__version__}"
    assert response["response"]["status"] == 200
    assert opened == {"t": 0.0625, "mark": "open", "status": 200}
    assert chunk == {"t": 0.1, "chunk": "data: grü\n\n"}
    assert closed["mark"] == "close"
    assert end == {"end": {"entries": 3, "bytes": 12}}
    assert "grü" in lines[3]


def test_a_character_in_two_chunks_keeps_its_bytes(tmp_path: Path) -> None:
    path = recorded("data: é\n\n".encode(), [7]).save(tmp_path / "run.ssejsonl")
    assert '"base64"' in path.read_text("utf-8")
    assert sw.load(path).span(0, 10) == "data: é\n\n".encode()


def test_a_file_grows_with_its_stream_and_a_torn_one_keeps_the_rest(tmp_path: Path) -> None:
    gate, path = threading.Event(), tmp_path / "run.ssejsonl"

    def source() -> Any:
        yield "one "
        gate.wait()
        yield "two"

    run = sw.stream(source())
    next(iter(run))
    run.recording.save(path)
    torn = sw.load(path)
    assert torn.read().text == "one "
    assert torn.broken == "the file has no end"
    gate.set()
    run.wait()
    same(run.recording, sw.load(path))  # complete as soon as the run has ended
    for cut in range(path.read_bytes().index(b'{"t"'), path.stat().st_size):
        part = tmp_path / "part.ssejsonl"
        part.write_bytes(path.read_bytes()[:cut])
        kept = list(sw.load(part).read_entries())
        assert kept[:-1] == list(run.recording.read_entries())[: len(kept) - 1]


def test_a_torn_gzip_keeps_what_can_be_unpacked(tmp_path: Path) -> None:
    path = recorded(os.urandom(60_000).hex().encode(), list(range(0, 120_000, 500))).save(tmp_path / "run.ssejsonl.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    torn = sw.load(path)
    assert 50 < len(torn) < 240
    assert torn.broken


HEAD = {"format": "ssejsonl", "version": 1, "started": 1.0}
CHUNK = {"t": 0.1, "chunk": "data: kept\n\n"}


@pytest.mark.parametrize(
    ("lines", "line", "why"),
    [
        ([HEAD, CHUNK, {"t": 0.2}, CHUNK], 3, "holds none of chunk"),
        ([HEAD, CHUNK, {"t": "now", "chunk": ""}], 3, "has no 't' in seconds"),
        ([HEAD, CHUNK, {"t": -1, "chunk": ""}], 3, "has no 't' in seconds"),
        ([HEAD, CHUNK, {"t": 0.2, "chunk": ["x"]}], 3, "should have a string as chunk"),
        ([HEAD, CHUNK, {"t": 0.2, "base64": "?"}], 3, "base64 that is none"),
        ([HEAD, CHUNK, {"t": 0.2, "item": "x", "as": 5}], 3, "has a as of a wrong type"),
        ([HEAD, CHUNK, {"t": 0.2, "mark": {}}], 3, "mark without a name"),
        ([HEAD, CHUNK, {"t": 0.2, "response": "200"}], 3, "response that is none"),
        ([HEAD, CHUNK, "not json", CHUNK], 3, "is no JSON"),
        ([HEAD, CHUNK, [1]], 3, "should be an object, not a list"),
        ([HEAD, CHUNK, {"end": {"entries": 7}}], 3, "tells of 7 entries, but there were 1"),
        ([HEAD, CHUNK, {"end": {}}, CHUNK], 4, "comes after the end"),
        ([{**HEAD, "version": 2}, CHUNK], 1, "is of version 2; this sse_widget reads up to version 1"),
        ([{**HEAD, "version": "1"}, CHUNK], 1, "has no version"),
        ([{**HEAD, "request": "GET"}, CHUNK], 1, "has a request that is none"),
        ([{**HEAD, "name": ["x"]}, CHUNK], 1, "has a name that is no text"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_what_came_before_it_is_kept(tmp_path: Path, lines: list[Any], line: int, why: str) -> None:
    path = tmp_path / "bad.ssejsonl"
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines))
    with pytest.raises(sw.RecordingError, match=r"bad\.ssejsonl, line") as caught:
        sw.load(path)
    assert why in caught.value.message
    assert caught.value.line == line
    kept = caught.value.recording
    assert kept.read(dialect="text").text == ("kept" if line > 2 else "")
    assert why in kept.broken


def test_a_gigantic_file_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sse_widget.files.load.MEMORY", 20_000)
    data = b"".join(b"data: %05d\n\n" % number for number in range(20_000))
    loaded = sw.load(recorded(data, list(range(0, len(data), 1000))).save(tmp_path / "run.ssejsonl.gz"))
    assert isinstance(loaded._storage, SpillStorage)
    assert loaded._storage.in_memory <= 20_000
    assert loaded._storage.in_file > 200_000
    assert [event.data for event in loaded.events] == [f"{number:05d}" for number in range(20_000)]


def test_a_line_nested_without_end_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "deep.ssejsonl"
    path.write_text(json.dumps(HEAD) + "\n" + '{"t":1,"mark":"open","x":' + "[" * 500_000 + "]" * 500_000 + "}\n")
    with pytest.raises(sw.RecordingError, match="line 2: it is nested too deeply"):
        sw.load(path)


def test_a_clock_that_was_set_back_leaves_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "back.ssejsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [HEAD, {**CHUNK, "t": 9}, {**CHUNK, "t": 4}, {"t": 5, "mark": "close"}]))
    loaded = sw.load(path)
    assert [entry.time for entry in loaded.read_entries()] == [9, 9, 9, 9, 9]
    assert next(entry.info for entry in loaded.read_entries() if entry.kind == "mark") == {"mark": "clock", "back": 5.0}
    assert len(loaded.events) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no recording"),
        (b"Just some text.\nNo stream.", "is no recording"),
        (gzip.compress(b"data: x\n\n" * 99, mtime=0)[:20], "cannot be unpacked|is no recording"),
        (b'{"log": {"entries": 5}}', "is no HAR that can be read"),
        (b'{"log": {"entries": []}}', "holds 0 responses, but none of them is a stream"),
        (b"interactions: [", "is no YAML that can be read"),
        (b"interactions: 5", "has no list of interactions"),
    ],
    ids=["nothing", "a picture", "prose", "torn", "no entries", "no streams", "torn yaml", "no list"],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(sw.RecordingError, match=why):
        sw.load(path)


def test_a_path_that_is_none_or_leads_nowhere(tmp_path: Path) -> None:
    with pytest.raises(sw.RecordingError, match=r"cannot be read: No such file"):
        sw.load(tmp_path / "none")
    with pytest.raises(sw.RecordingError, match=r"cannot be read: Is a directory"):
        sw.load(tmp_path)
    with pytest.raises(sw.RecordingError, match="from a path, not from a int"):
        sw.load(5)
    with pytest.raises(sw.RecordingError, match=r"cannot be written: No such file"):
        recorded(b"").save(tmp_path / "no" / "run.ssejsonl")
    with pytest.raises(sw.RecordingError, match=r"\.html is what to_html\(\) writes"):
        recorded(b"").save(tmp_path / "talk.html")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
def test_a_full_disk_leaves_the_old_file_and_the_recording(tmp_path: Path) -> None:
    recording, path = recorded(b"data: x\n\n" * 10_000), tmp_path / "run.ssejsonl"
    recording.save(path)
    old = path.read_bytes()
    (tmp_path / "run.ssejsonl.part").symlink_to("/dev/full")
    with pytest.raises(sw.RecordingError, match="No space left on device"):
        recording.save(path)
    assert path.read_bytes() == old
    assert len(recording.events) == 10_000


def test_a_disk_that_fills_up_while_the_stream_goes_on_does_not_disturb_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "run.ssejsonl"
    gate = threading.Event()

    def source() -> Any:
        yield "one "
        gate.wait()
        yield "two"

    run = sw.stream(source())
    next(iter(run))
    path.symlink_to("/dev/full")
    with pytest.raises(sw.RecordingError, match="No space left"):
        run.recording.save(path)
    gate.set()
    assert run.wait().text == "one two"


def test_raw_bytes_are_a_recording_without_times(tmp_path: Path) -> None:
    path = tmp_path / "kept.sse"
    path.write_bytes(b"data: one\n\n: ping\n\ndata: two\n\n")
    loaded = sw.load(path)
    assert [event.data for event in loaded.events] == ["one", "two"]
    assert loaded.name == "kept.sse"
    lines = tmp_path / "kept.ndjson"
    lines.write_bytes(gzip.compress(b'{"response":"a"}\n{"response":"b"}\n'))
    assert len(sw.load(lines).events) == 2


def har(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


EXCHANGE: dict[str, Any] = {
    "startedDateTime": "2026-01-01T00:00:00.000Z",
    "request": {"method": "GET", "url": "https://x.test/s?key=abcdef123456", "headers": [{"name": "Cookie", "value": "a=secret99"}]},
    "response": {"status": 200, "statusText": "OK", "headers": [], "content": {"mimeType": "text/event-stream", "text": ""}},
    "timings": {"wait": 250},
}
MESSAGES = [
    {"time": 1767225601.5, "eventName": "message", "eventId": "7", "data": "one"},
    {"time": 1767225602.0, "eventName": "tick", "eventId": "", "data": "two"},
]


def test_a_browsers_har_has_its_messages_with_their_times(tmp_path: Path) -> None:
    path = tmp_path / "page.har"
    path.write_bytes(har({"request": {}, "response": {}}, {**EXCHANGE, "_eventSourceMessages": MESSAGES}))
    loaded = sw.load(path)
    assert [(event.time, event.type, event.id, event.data) for event in loaded.events] == [
        (1.5, "message", "7", "one"),
        (2.0, "tick", "", "two"),
    ]
    assert loaded.started == 1767225600.0
    shown = json.dumps(loaded.request)
    assert "abcdef123456" not in shown
    assert "secret99" not in shown
    assert "x.test" in shown


def test_of_a_fetch_a_har_has_the_body_alone_and_one_of_several_streams_is_chosen(tmp_path: Path) -> None:
    body = {**EXCHANGE, "response": {**EXCHANGE["response"], "content": {"mimeType": "text/event-stream", "text": "data: a\n\n"}}}
    path = tmp_path / "page.har"
    path.write_bytes(har(body, {**EXCHANGE, "_eventSourceMessages": MESSAGES}))
    with pytest.raises(sw.RecordingError, match="holds 2 streams") as caught:
        sw.load(path)
    assert "entry=" in caught.value.hint
    assert [event.data for event in sw.load(path, entry=0).events] == ["a"]
    assert sw.load(path, entry=0).events[0].time == 0.25
    assert len(sw.load(path, entry=1).events) == 2
    with pytest.raises(sw.RecordingError, match="has no entry 2: it holds 2"):
        sw.load(path, entry=2)


CASSETTE = """interactions:
- request:
    body: '{"stream": true, "api_key": "abcdef123456"}'
    headers: {authorization: [Bearer abcdef123456], accept: [text/event-stream]}
    method: POST
    uri: https://api.test/v1/chat
  response:
    body: {string: "data: one\\n\\ndata: two\\n\\n"}
    headers: {Content-Type: [text/event-stream], x-request-id: [req_9]}
    status: {code: 200, message: OK}
version: 1
"""


def test_a_cassette_is_a_recording_without_times(tmp_path: Path) -> None:
    path = tmp_path / "cassette.yaml"
    path.write_text(CASSETTE)
    loaded = sw.load(path)
    assert [event.data for event in loaded.events] == ["one", "two"]
    assert loaded.response is not None
    assert loaded.response["request_id"] == "req_9"
    assert "abcdef123456" not in json.dumps(loaded.request)
    path.write_text(json.dumps({"version": 1, "interactions": [{"request": {}, "response": {"body": "data: x\n\n"}}]}))
    assert len(sw.load(path).events) == 1


def test_a_cassette_runs_no_code(tmp_path: Path) -> None:
    path = tmp_path / "cassette.yaml"
    path.write_text(f"interactions:\n- !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']\n")
    with pytest.raises(sw.RecordingError, match="is no YAML that can be read"):
        sw.load(path)
    assert not (tmp_path / "made").exists()
