"""A session as a file: all of it comes back, what was torn off costs what was torn, and what is odd is named."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer

from .support import PATIENCE


@pytest.fixture
def session(server: DemoServer) -> sw.Session:
    """Three runs that have ended in three ways."""
    made = sw.Session("Pizza")
    url = server.url + "/v1/chat/completions"
    made.stream(url, json={"model": "count", "stream": True, "tokens": 20, "rate": 0}, name="whole")
    made.stream(url, json={"model": "count", "stream": True, "tokens": 20, "rate": 0, "cut": 7}, name="cut", reconnect=None)
    made.stream([{"result": {"text": word}} for word in ("Knead ", "it")], extract="$.result.text", name="rule")
    return made.wait(PATIENCE)


def loaded(path: Path) -> sw.Session:
    """The session of a file, all of it read."""
    found = sw.load(path)
    assert isinstance(found, sw.Session)
    return found.wait(PATIENCE)


def told(session: sw.Session) -> list[tuple[Any, ...]]:
    """What a session is, run by run."""
    session.wait(PATIENCE)
    return [(run.id, run.name, str(run.status), run.text, run.metrics, run.rule["extract"]) for run in session.runs]


@pytest.mark.parametrize("ending", ["ssejsonl", "ssejsonl.gz"])
def test_all_of_it_comes_back(session: sw.Session, tmp_path: Path, ending: str) -> None:
    again = loaded(session.save(tmp_path / f"pizza.{ending}"))
    assert (again.id, again.name) == (session.id, "Pizza")
    assert told(again) == told(session)
    assert [str(run.status) for run in again.runs] == ["done", "cut off", "done"]
    starts = [run.start - again.runs[0].start for run in again.runs]
    assert starts == pytest.approx([run.start - session.runs[0].start for run in session.runs], abs=1e-5)
    # And what is started in it now comes after what was.
    later = again.stream(["more"])
    assert later.start >= max(run.start + (run.metrics.end or 0) for run in again.runs[:3])
    assert again.save(tmp_path / "twice.ssejsonl").exists()


def test_the_ids_bind_it(session: sw.Session, tmp_path: Path) -> None:
    path = session.save(tmp_path / "pizza.ssejsonl")
    heads = [json.loads(line) for line in path.read_text().splitlines() if '"format"' in line]
    assert [head["format"] for head in heads] == ["ssesession", "ssejsonl", "ssejsonl", "ssejsonl"]
    assert {head["session"] for head in heads} == {session.id}
    assert [head["run"] for head in heads[1:]] == [run.id for run in session.runs]


def test_one_run_of_it(session: sw.Session, tmp_path: Path) -> None:
    path = session.save(tmp_path / "pizza.ssejsonl")
    assert sw.load(path, entry=0).read().text == session.runs[0].text
    with pytest.raises(sw.RecordingError, match="no run 3"):
        sw.load(path, entry=3)
    with pytest.raises(sw.RecordingError, match="a session of 3 runs"):
        sw.replay(path)


def test_a_file_grows_with_its_session(tmp_path: Path) -> None:
    session, gates = sw.Session(), [threading.Event(), threading.Event()]
    seen = threading.Event()

    def source(gate: threading.Event, word: str) -> Iterator[str]:
        yield word
        gate.wait(PATIENCE)
        yield "!"

    first = session.stream(source(gates[0], "one"))
    path = session.save(tmp_path / "live.ssejsonl")
    second = session.stream(source(gates[1], "two"))
    second.on("end", lambda run: seen.set())
    gates[0].set()
    first.wait(PATIENCE)
    # Whoever waited for a run finds all of it in the file; the other one goes on.
    assert loaded(path).runs[0].text == "one!"
    assert '"over"' not in path.read_text()
    gates[1].set()
    session.wait(PATIENCE)
    assert [run.text for run in loaded(path).runs] == ["one!", "two!"]
    assert json.loads(path.read_text().splitlines()[-1]) == {"over": {"runs": 2}}


def test_a_file_may_be_torn_anywhere(session: sw.Session, tmp_path: Path) -> None:
    whole = session.save(tmp_path / "whole.ssejsonl").read_bytes()
    first = whole.index(b"\n") + 1
    texts = [run.text for run in session.runs]
    for cut in range(first, len(whole), 397):
        path = tmp_path / "torn.ssejsonl"
        path.write_bytes(whole[:cut])
        again = loaded(path)
        for run, text in zip(again.runs, texts, strict=False):
            assert text.startswith(run.text)
            assert str(run.status) in ("done", "cut off", "failed")
    assert again.runs[0].text == texts[0]


HEAD = {"format": "ssesession", "version": 1, "started": 1.0, "session": "s", "name": "n"}
LANE = {"format": "ssejsonl", "version": 1, "started": 1.0, "lane": "a", "start": 0.0}
CHUNK = {"t": 0.1, "chunk": "data: kept\n\n", "lane": "a"}


@pytest.mark.parametrize(
    ("lines", "line", "why"),
    [
        ([{**HEAD, "version": 2}], 1, "is a session of version 2; this sse_widget reads up to version 1"),
        ([{**HEAD, "version": True}], 1, "has no version"),
        ([{**HEAD, "name": 7}], 1, "has a name that is no text"),
        ([{**HEAD, "started": "now"}], 1, "has no 'started' in seconds"),
        ([HEAD, {**LANE, "version": 2}], 2, "is of version 2"),
        ([HEAD, {**LANE, "start": -5}], 2, "has no 'start' in seconds"),
        ([HEAD, {**LANE, "tag": []}], 2, "has a tag that is no text"),
        ([HEAD, LANE, CHUNK, {**CHUNK, "lane": "b"}], 4, "belongs to a lane that has not begun"),
        ([HEAD, LANE, CHUNK, {"t": 1, "chunk": "x"}], 4, "belongs to no lane"),
        ([HEAD, LANE, CHUNK, {**CHUNK, "t": None}], 4, "has no 't' in seconds"),
        ([HEAD, LANE, CHUNK, "no json"], 4, "is no JSON"),
        ([HEAD, LANE, CHUNK, {"board": 3}], 4, "has a board that is none"),
        ([HEAD, LANE, CHUNK, {"over": {"runs": 2}}], 4, "tells of 2 runs, but there were 1"),
        ([HEAD, LANE, CHUNK, {"over": {"runs": 1}}, CHUNK], 5, "comes after the end"),
    ],
)
def test_what_is_odd_is_named_and_what_came_before_is_offered(tmp_path: Path, lines: list[Any], line: int, why: str) -> None:
    path = tmp_path / "bad.ssejsonl"
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines))
    with pytest.raises(sw.RecordingError, match=r"bad\.ssejsonl, line") as caught:
        sw.load(path)
    assert why in caught.value.message
    assert caught.value.line == line
    if line > 3:
        kept = caught.value.recording
        assert kept.wait(PATIENCE).runs[0].recording.read(dialect="text").text == "kept"


def test_a_session_without_runs_is_one(tmp_path: Path) -> None:
    again = loaded(sw.Session("empty").save(tmp_path / "empty.ssejsonl"))
    assert (again.name, again.runs, again.is_over) == ("empty", [], True)


def test_what_a_board_keeps_comes_back(tmp_path: Path) -> None:
    class Kept:
        layout, revision = "grid", 1
        votes: ClassVar[dict[str, int]] = {}

        def to_page(self) -> dict[str, Any]:
            return {}

        def to_file(self) -> dict[str, Any]:
            return {"votes": dict(self.votes)}

        def command(self, command: dict[str, Any]) -> None:
            raise NotImplementedError

    session = sw.Session()
    session.board = board = Kept()
    session.stream(["a"]).wait(PATIENCE)
    board.votes["a"] = 2
    assert loaded(session.save(tmp_path / "board.ssejsonl")).kept == {"votes": {"a": 2}}


def test_no_secret_is_in_it(tmp_path: Path) -> None:
    session = sw.Session("hunter2hunter2")
    session.stream(["the key is hunter2", "hunter2, is it?"], secrets=[lambda: "hunter2hunter2"], name="hunter2hunter2").wait(PATIENCE)
    assert "hunter2" not in session.save(tmp_path / "secret.ssejsonl").read_text()


@pytest.mark.parametrize(("name", "hint"), [("x.html", "to_html"), ("x.csv", "to_csv")])
def test_another_forms_name_is_refused(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(sw.RecordingError, match="no name for a session"):
        sw.Session().save(tmp_path / name)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(sw.RecordingError, match="The session itself is unharmed"):
        sw.Session().save(tmp_path / "missing" / "x.ssejsonl")
