"""`theatre.py` and `readers.py`: who waits for what, by hand-computed figures; and what a class said."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.readers import arrivals, ends
from sse_widget.theatre import BLOCK, STREAM, Theatre

from .support import RecordingComm
from .test_textual import event, recorded

CASES = json.loads((Path(__file__).parent / "readers.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_reader(case: dict[str, Any]) -> None:
    there = arrivals((time, text) for time, text in case["pieces"])
    assert there == case["there"]
    assert ends(there, case["words_per_minute"]) == pytest.approx(case["ends"])


def shown(recording: Any, speed: float = 1.0, **options: Any) -> tuple[sw.Session, Theatre]:
    session = sw.theatre(recording, speed, **options)
    session.runs[0].wait(60)
    board = session.board
    assert isinstance(board, Theatre)
    return session, board


def test_figures_by_hand() -> None:
    """Words at 1, 1, 1.5 and 2 s; the last token at 2 s. At 60 words a minute each takes a second."""
    _, board = shown(recorded("Give the ", "dough ", "time."), reading_speed=60)
    figures = board.figures
    assert (figures.headers, figures.first_token, figures.last_token, figures.words) == (0.25, 1.0, 2.0, 4)
    assert (figures.begin_stream, figures.begin_block, figures.saved) == (1.0, 2.0, 1.0)
    assert (figures.finish_stream, figures.finish_block, figures.waited) == (5.0, 6.0, 0.0)
    assert (figures.display_stream, figures.display_block) == (None, None)


def test_who_reads_faster_than_it_is_written_waits_for_words() -> None:
    """At 240 a minute each takes a quarter: done at 1.25, 1.5, 1.75 and, since the last comes at 2, at 2.25."""
    _, board = shown(recorded("Give the ", "dough ", "time."), reading_speed=60)
    board.words_per_minute = 240
    figures = board.figures
    assert (figures.finish_stream, figures.finish_block, figures.waited) == (2.25, 3.0, 0.25)


def test_the_table() -> None:
    _, board = shown(recorded("Give the ", "dough ", "time."), reading_speed=60)
    board.command({"type": "board", "measured": {"stream": 0.0123, "block": 0.5}})
    assert str(board.figures).splitlines() == [
        "                                              token by token  all at once",
        "Backend     Response begins                           0.25 s       0.25 s",
        "            First token                               1.00 s       1.00 s",
        "            Last token                                2.00 s       2.00 s",
        "Display     Added by the page                          12 ms       0.50 s",
        "Perception  Reading can begin                         1.00 s       2.00 s",
        "            A reader at 60 words/min is done          5.00 s       6.00 s",
        "            Saved before the first read               1.00 s            –",
    ]
    assert board.figures.to_dict()["saved"] == 1.0


def test_thoughts_are_not_read() -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "Hm, dough."}}]}
    answer = {"choices": [{"index": 0, "delta": {"content": "Yes."}}]}
    recording = sw.Recording()
    recording.content_type = "text/event-stream"
    recording.mark("open", 0.0, status=200)
    for time, data in ((1.0, thought), (4.0, answer)):
        recording.chunk(event(data), time)
    recording.seal("close", at=4.0)
    figures = shown(recording)[1].figures
    assert (figures.first_token, figures.begin_stream, figures.words, figures.saved) == (1.0, 4.0, 1, 0.0)


def test_a_refusal_is_read_and_an_empty_answer_is_not() -> None:
    refusal = {"choices": [{"index": 0, "delta": {"refusal": "Not on pizza."}}]}
    assert shown(sw.stream([refusal]).wait())[1].figures.words == 3
    figures = shown(recorded())[1].figures
    assert figures.words == 0
    assert [figures.begin_stream, figures.begin_block, figures.finish_stream, figures.finish_block, figures.saved] == [None] * 5
    assert "–" in str(figures)


def test_a_run_that_goes_on_is_shown_when_it_has_ended() -> None:
    go = threading.Event()

    def source() -> Iterator[str]:
        yield "Dough "
        go.wait(60)
        yield "wants time."

    run = sw.stream(source(), name="held")
    assert next(iter(run)) == "Dough "
    session = sw.theatre(run)
    again = session.runs[0]
    sw.replay(recorded("later"), math.inf).wait()  # what could have come by now has
    assert (session.name, len(again.events), again.status) == ("held", 0, "connecting")
    go.set()
    assert again.wait(60).text == "Dough wants time."
    assert [frame.time for frame in again.recording.frames] == [frame.time for frame in run.recording.frames]


def test_a_run_is_read_as_it_was(tmp_path: Path) -> None:
    run = sw.stream([{"result": {"text": "dough"}}], extract="$.result.text", name="mine").wait()
    assert shown(run)[0].runs[0].text == "dough"
    path = run.recording.save(tmp_path / "run.ssejsonl")
    assert shown(path, extract="$.result.text", name="other")[0].runs[0].text == "dough"


@pytest.mark.parametrize(
    "options", [{"speed": 0}, {"speed": math.inf}, {"speed": "1"}, {"reading_speed": 1}, {"reading_speed": True}, {"wpm": 3}]
)
def test_what_is_no_speed_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(sw.UsageError):
        sw.theatre(recorded("x"), **options)


def test_votes() -> None:
    session, board = shown(recorded("Dough"))
    before = board.revision
    for side in ("stream", "stream", "block"):
        board.command({"type": "board", "vote": side})
    assert board.votes == {STREAM: 2, BLOCK: 1}
    assert board.revision == before + 3
    assert session.board.to_page() == {"speed": 1.0, "words_per_minute": 238.0, "votes": {"stream": 2, "block": 1}}  # type: ignore[union-attr]
    assert repr(board) == "<Theatre: 2 for token by token, 1 for all at once>"
    board.command({"type": "board", "forget": True})
    assert board.votes == {STREAM: 0, BLOCK: 0}


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"vote": "both"},
        {"vote": ["stream"]},
        {"words_per_minute": "fast"},
        {"words_per_minute": 1e9},
        {"forget": "yes"},
        {"measured": 3},
        {"measured": {"stream": -1, "block": math.nan}},
    ],
)
def test_what_no_page_of_ours_says_is_passed_over(command: dict[str, Any]) -> None:
    _, board = shown(recorded("Dough"))
    before = board.to_page(), board.revision, board.figures
    board.command({"type": "board", **command})
    assert (board.to_page(), board.revision, board.figures) == before


def test_the_page_is_told_of_a_vote(comms: list[RecordingComm]) -> None:
    session, _ = shown(recorded("Dough"))
    assert session.widget.get_state()["snapshot"]["board"]["layout"] == "theatre"
    comm = comms[-1]
    comm.receive({"type": "board", "vote": "block"})
    told = comm.wait_for(
        lambda messages: [
            batch["board"]
            for message in messages
            if isinstance(batch := message["data"].get("state", {}).get("batch"), dict) and batch.get("board", {}).get("revision") == 2
        ]
    )
    assert told[-1]["votes"] == {"stream": 0, "block": 1}


def test_a_file_keeps_the_theatre_and_what_was_voted(tmp_path: Path) -> None:
    session, board = shown(recorded("Give the ", "dough ", "time."), 2, reading_speed=60)
    board.command({"type": "board", "vote": "stream"})
    board.command({"type": "board", "measured": {"stream": 0.012, "block": None}})
    loaded: Any = sw.load(session.save(tmp_path / "class.ssejsonl"))
    again = loaded.board
    assert isinstance(again, Theatre)
    assert (again.to_page(), again.figures) == (board.to_page(), board.figures)


@pytest.mark.parametrize("kept", [{}, {"speed": "x"}, {"votes": 3, "display": []}, {"votes": {"stream": -1, "block": True}, "speed": 2}])
def test_a_file_that_somebody_has_changed_is_a_theatre_all_the_same(kept: dict[str, Any]) -> None:
    session = sw.Session()
    session.restore({"layout": "theatre", **kept})
    assert isinstance(session.board, Theatre)
    assert session.board.votes == {STREAM: 0, BLOCK: 0}


def test_figures_are_those_of_the_whole_recording() -> None:
    board = sw.theatre(recorded(*["word "] * 20_000, every=0.001)).board
    assert isinstance(board, Theatre)
    assert board.figures.words == 20_000  # also when they are asked for at once


def test_what_failed_has_figures() -> None:
    recording = sw.Recording()
    recording.mark("open", 0.1, status=200)
    recording.chunk(event({"choices": [{"index": 0, "delta": {"content": "Dough"}}]}), 1.0)
    recording.seal("error", at=2.0, type="SourceError", message="it broke")
    board = sw.theatre(recording).board
    assert isinstance(board, Theatre)
    assert board.figures.begin_stream == 1.0
