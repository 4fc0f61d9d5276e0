"""`view/widget.py` and `view/lane.py`: the page reads a stream in another way."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import sse_widget as sw
from sse_widget.reading import Reading
from sse_widget.view.outbox import Lane

from .support import RecordingComm
from .test_widget import Page, of

CUSTOM = [{"result": {"text": "a"}, "n": 1}, {"result": {"text": "b"}, "n": 2}, {"other": 0}]


def ask(comm: RecordingComm, command: dict[str, Any]) -> dict[str, Any]:
    """Send a command and wait for its answer."""
    comm.receive(command)

    def answers(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = [m["data"]["content"] for m in messages if m["data"].get("method") == "custom"]
        return [answer for answer in found if answer["id"] == command["id"]]

    found: dict[str, Any] = comm.wait_for(answers)[-1]
    return found


def test_a_rule_from_the_page_is_a_new_reading(comms: list[RecordingComm]) -> None:
    run = sw.stream(CUSTOM, extract="$.wrong")
    comm = of(comms, run.widget)
    with pytest.raises(sw.RuleError):
        run.wait()
    page = Page(comm)
    assert page.state["status"] == "failed"
    assert page.state["rule"] == {"dialect": "auto", "extract": "$.wrong", "parse": None, "join": ""}
    assert page.state["suggestions"] == ["$.result.text"]
    assert ["openai_chat", "OpenAI chat"] in page.state["dialects"]
    assert "unknown" not in dict(page.state["dialects"])

    assert ask(comm, {"type": "read", "id": 1, "lane": run.id, "extract": "$.result.text", "join": " "}) == {"type": "read", "id": 1}
    run.wait()
    page = Page(comm)
    assert (page.reading, page.merged("text"), run.text) == (2, "a b".replace(" ", ""), "a b")  # the join travels with the part
    assert (page.state["status"], page.state["error"], page.state["dialect"]) == ("done", None, "rule")
    assert page.state["rule"]["extract"] == "$.result.text"
    assert page.state["end"] == len(page.frames) == len(run.recording.frames)

    ask(comm, {"type": "read", "id": 2, "lane": run.id})  # reset: as it was started
    with pytest.raises(sw.RuleError):
        run.wait()
    page = Page(comm)
    assert (page.reading, page.merged("text"), page.state["status"]) == (3, "", "failed")


def test_what_is_sent_once_is_sent_once(comms: list[RecordingComm]) -> None:
    run = sw.stream(CUSTOM, extract="$.result.text")
    comm = of(comms, run.widget)
    run.wait().read_again(extract="$.n").read_again()
    states = [
        lane.get("state", {})
        for message in comm.messages
        for lane in (message["data"].get("state", {}).get("batch") or {}).get("lanes", [])
    ]
    assert sum("dialects" in state for state in states) == 1


def test_a_snapshot_between_two_readings_is_whole(comms: list[RecordingComm]) -> None:
    """Asked for before the first batch of the new reading: the page must not get the old one's lengths of the new one's frames."""
    run = sw.stream([{"t": {"text": f"{i} "}} for i in range(300)], extract="$.t.text").wait()
    comm = of(comms, run.widget)
    run.read_again(extract="$.none").read_again(extract="$.t.text", wait=False)
    for _ in range(5):
        with run.session.lock:
            comm.handle_msg({"content": {"data": {"method": "request_state"}}, "buffers": []})
    run.wait()
    assert Page(comm).merged("text") == run.text


def test_a_snapshot_before_the_first_batch_of_a_reading() -> None:
    run = sw.stream(CUSTOM, extract="$.result.text").wait()
    lane = Lane("x")
    assert lane.changes(run.reading, {}) is not None
    fresh = Reading(run.recording, number=2)
    part, columns = lane.whole(fresh, {})
    assert (part["reading"], part["count"], part["ops"], columns) == (2, 0, [], b"")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"extract": "$.result.text"}, {"text": "ab", "matched": 2, "events": 3}),
        ({"extract": {"text": "$.n"}, "join": "\n"}, {"text": "1\n2", "matched": 2, "events": 3}),
        ({"dialect": "auto"}, {"text": "ab", "matched": 2, "events": 3}),  # by a guess
        ({"dialect": "anthropic"}, {"text": "", "matched": 0, "events": 3}),
        ({"extract": "$.key"}, {"text": "", "matched": 0, "events": 3}),
    ],
)
def test_a_preview(comms: list[RecordingComm], rule: dict[str, Any], expected: dict[str, Any]) -> None:
    run = sw.stream(CUSTOM, extract="$.n").wait()
    comm = of(comms, run.widget)
    reading = run.reading
    answer = ask(comm, {"type": "preview", "id": 9, "lane": run.id, **rule})
    assert answer == {"type": "preview", "id": 9, **expected}
    assert run.reading is reading


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"extract": "result.text"}, "perhaps '$.result.text'"),
        ({"extract": "$["}, "is not a JSONPath"),
        ({"dialect": "openai"}, "no dialect 'openai'"),
        ({"extract": 3}, "must be a JSONPath"),
        ({"join": []}, "join must be a string"),
        ({"extract": {"x": "$.a"}}, "channel"),
    ],
)
def test_an_impossible_rule_is_a_sentence(comms: list[RecordingComm], command: dict[str, Any], words: str) -> None:
    run = sw.stream(CUSTOM, extract="$.n").wait()
    comm = of(comms, run.widget)
    reading = run.reading
    answer = ask(comm, {"type": "preview", "id": 1, "lane": run.id, **command})
    assert (answer["type"], answer["matched"], words in answer["error"]) == ("preview", 0, True), answer
    answer = ask(comm, {"type": "read", "id": 2, "lane": run.id, **command})
    assert (answer["type"], words in answer["message"]) == ("error", True), answer
    answer = ask(comm, {"type": "read", "id": 3, "lane": "nobody", **command})
    assert answer == {"type": "error", "id": 3, "message": "There is no such stream."}
    assert run.reading is reading


def test_no_secret_in_a_preview(comms: list[RecordingComm]) -> None:
    canary = "sk-canary-0123456789"
    run = sw.stream([{"t": f"your key is {canary}"}], extract="$.t").wait()
    run.source.redactor.add(canary)
    answer = ask(of(comms, run.widget), {"type": "preview", "id": 1, "lane": run.id, "extract": "$.t"})
    assert answer["text"] == "your key is " + "•" * len(canary)


def test_a_read_without_a_number_is_done_and_not_answered(comms: list[RecordingComm]) -> None:
    run = sw.stream(CUSTOM, extract="$.n").wait()
    comm = of(comms, run.widget)
    comm.receive({"type": "read", "lane": run.id, "extract": "$.result.text"})
    done = threading.Event()
    run.session.post(done.set)
    assert done.wait(60)
    run.wait()
    assert run.text == "ab"
    assert not [m for m in comm.messages if m["data"].get("method") == "custom"]
