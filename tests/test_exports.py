"""Recordings as data: the same rows for pandas, polars, Arrow, CSV and JSON lines; HAR; Markdown; and where the time went."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pandas  # type: ignore[import-untyped]
import polars
import pytest

import sse_widget as sw
from sse_widget.files.table import COLUMNS, columns
from sse_widget.recording import Recording
from tests.chat import DONE, call, chunk, fragment, say


def recorded() -> Recording:
    """A chat with thinking, a tool call and an answer, an event every half second; a comment; an odd cell."""
    recording = Recording(name="chat")
    recording.started = 1_767_225_600.0
    recording.request = {"method": "POST", "url": "https://api.test/v1?a=1", "headers": [["accept", "*/*"]], "body": {"stream": True}}
    recording.response = {"status": 200, "reason": "OK", "http_version": "HTTP/1.1", "headers": [["x", "y"]], "request_id": None, "url": ""}
    recording.content_type = "text/event-stream"
    recording.mark("open", 0.2, status=200)
    look = call(fragment('{"a":1}', name="look", index=0, id="c1"))
    events = [chunk({"reasoning_content": "Hm. "}), look, say("=1+1 "), say("ok"), chunk(finish="stop"), DONE]
    for number, event in enumerate(events):
        data = event if isinstance(event, str) else json.dumps(event)
        recording.chunk(f"data: {data}\n\n".encode() + (b": ping\n\n" if number == 1 else b""), 0.5 * (number + 1))
    recording._restore(4.0, "mark", b"", {"mark": "close"})
    recording._restored()
    return recording


NAMES = [column.name for column in COLUMNS]
ROWS = {
    "index": [0, 1, 2, 3, 4, 5],
    "frame": [1, 2, 4, 5, 6, 7],
    "time": [0.5, 1.0, 1.5, 2.0, 2.5, 3.0],
    "gap": [None, 0.5, 0.5, 0.5, 0.5, 0.5],
    "type": ["message"] * 6,
    "id": [""] * 6,
    "chunk": [1, 2, 3, 4, 5, 6],
    "channel": ["reasoning", "tool", "text", "text", "usage", "meta"],
    "delta": ["Hm. ", '{"a":1}', "=1+1 ", "ok", "", ""],
}


def test_a_row_is_an_event() -> None:
    table = columns(recorded())
    assert list(table) == NAMES
    assert {name: table[name] for name in ROWS} == ROWS
    assert table["data"][-1] == DONE
    assert table["size"] == [len(event.data) + len("data: \n\n") for event in recorded().events]


def test_an_empty_recording_has_the_same_columns() -> None:
    nothing = Recording.from_bytes(b"")
    assert list(nothing.to_pandas().columns) == NAMES
    assert nothing.to_polars().columns == NAMES
    assert len(nothing.to_pandas()) == 0


def test_pandas() -> None:
    frame = recorded().to_pandas()
    assert list(frame.columns) == NAMES
    assert frame["gap"].isna().tolist() == [True] + [False] * 5
    assert frame["time"].dtype == "float64"
    assert frame["size"].dtype == "int64"
    assert frame.groupby("channel")["delta"].sum()["text"] == "=1+1 ok"


def test_polars_and_whoever_speaks_arrow() -> None:
    frame = recorded().to_polars()
    assert frame.schema["time"] == polars.Float64
    assert frame["gap"].to_list() == ROWS["gap"]
    assert polars.DataFrame(recorded()).equals(frame)  # by __arrow_c_stream__


@pytest.mark.parametrize(("method", "package"), [("to_pandas", "pandas"), ("to_polars", "polars")])
def test_without_the_library_it_says_which(monkeypatch: pytest.MonkeyPatch, method: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(sw.UsageError, match=f"needs {package}") as caught:
        getattr(recorded(), method)()
    assert caught.value.hint == f"pip install {package}"


def test_without_any_there_is_no_arrow_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("pyarrow", "polars"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(sw.UsageError, match="needs pyarrow or polars"):
        recorded().__arrow_c_stream__()


def test_csv_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    path = recorded().to_csv(tmp_path / "run.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["delta"] for row in rows] == ["Hm. ", '{"a":1}', "'=1+1 ", "ok", "", ""]
    assert [float(row["time"]) for row in rows] == ROWS["time"]
    assert rows[0]["gap"] == ""
    assert pandas.read_csv(path)["size"].sum() == sum(event.size for event in recorded().events)


def test_json_lines(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in recorded().to_jsonl(tmp_path / "run.jsonl").read_text("utf-8").splitlines()]
    assert [list(row) for row in rows] == [NAMES] * 6
    assert {name: [row[name] for row in rows] for name in ROWS} == ROWS


def test_har_goes_there_and_back(tmp_path: Path) -> None:
    path = recorded().to_har(tmp_path / "run.har")
    entry = json.loads(path.read_text("utf-8"))["log"]["entries"][0]
    assert entry["startedDateTime"] == "2026-01-01T00:00:00.000+00:00"
    assert entry["timings"] == {"send": 0, "wait": 200.0, "receive": 3800.0}
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}]
    assert entry["request"]["postData"]["text"] == '{"stream": true}'
    loaded = sw.load(path)
    assert [(event.type, event.data) for event in loaded.events] == [(event.type, event.data) for event in recorded().events]
    assert [event.time for event in loaded.events] == pytest.approx(ROWS["time"], abs=1e-6)
    assert loaded.read().text == recorded().read().text


def test_markdown_has_everything_that_a_reader_wants() -> None:
    text = recorded().to_markdown()
    assert "> Hm." in text
    assert '**look**\n\n```json\n{"a":1}\n```' in text
    assert text.rstrip().endswith("=1+1 ok")


def test_a_fence_inside_arguments_does_not_end_the_block() -> None:
    data = json.dumps(call(fragment('{"a":"```"}', name="look", index=0, id="c1")))
    assert "````json" in Recording.from_bytes(f"data: {data}\n\n".encode()).to_markdown()


def test_the_summary_says_where_the_time_went() -> None:
    assert recorded().summary().splitlines() == [
        "The response began 0.20 s after the request was sent.",
        "The first content came at 0.50 s.",
        "It thought for 1.00 s, 25% of what was generated.",
        "The answer came from 1.50 s to 2.00 s: 4 events with content, 2.0 a second; gaps of 0.50 s (median), 0.50 s (longest).",
        f"It ended at 4.00 s: {recorded().size:,} bytes in 6 events.",
    ]


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ({"mark": "stop", "by": "the page"}, "It was stopped by the page at 2.00 s: 0 bytes in 0 events."),
        ({"mark": "error", "broken": "reset"}, "It broke (reset) at 2.00 s: 0 bytes in 0 events."),
    ],
)
def test_the_summary_says_how_it_ended(mark: dict[str, Any], said: str) -> None:
    recording = Recording()
    recording._restore(2.0, "mark", b"", mark)
    recording._restored()
    assert said in recording.summary()


def test_a_live_run_has_a_summary_too() -> None:
    assert "It goes on." in Recording().summary()


@pytest.mark.parametrize("method", ["to_csv", "to_jsonl", "to_har"])
def test_a_place_that_cannot_be_written(method: str, tmp_path: Path) -> None:
    with pytest.raises(sw.RecordingError, match="cannot be written: No such file"):
        getattr(recorded(), method)(tmp_path / "none" / "file")
    with pytest.raises(sw.RecordingError, match="not a int"):
        getattr(recorded(), method)(5)
