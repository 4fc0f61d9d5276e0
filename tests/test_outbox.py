"""`view/outbox.py`: what travels, and when."""

from __future__ import annotations

import struct
from array import array
from types import SimpleNamespace
from typing import Any

import pytest

from sse_widget.deltas import Delta
from sse_widget.labels import Labels
from sse_widget.redaction import Redactor
from sse_widget.veil import Veil
from sse_widget.view.outbox import BEHIND, INTERVAL, SLOW_INTERVAL, UNHEARD_INTERVAL, Credit, Lane, encode_ops, feed, pack_columns

OPEN = {"kind": "text", "choice": 0}

OPS: list[tuple[str, list[Delta], list[Any]]] = [
    ("consecutive appends are one run", [Delta(3, 1, "append", "a"), Delta(4, 1, "append", "b")], [[3, 1, ["a", "b"]]]),
    ("a frame without text is bridged", [Delta(3, 1, "append", "a"), Delta(5, 1, "append", "b")], [[3, 1, ["a", "", "b"]]]),
    ("a long silence is not", [Delta(3, 1, "append", "a"), Delta(30, 1, "append", "b")], [[3, 1, ["a"]], [30, 1, ["b"]]]),
    ("two appends of one frame are joined", [Delta(3, 1, "append", "a"), Delta(3, 1, "append", "b")], [[3, 1, ["ab"]]]),
    (
        "parts that alternate keep their runs",
        [Delta(0, 1, "append", "a"), Delta(1, 2, "append", "x"), Delta(2, 1, "append", "b"), Delta(3, 2, "append", "y")],
        [[0, 1, ["a", "", "b"]], [1, 2, ["x", "", "y"]]],
    ),
    (
        "another operation ends a run",
        [
            Delta(0, 1, "open", OPEN),
            Delta(0, 1, "append", "a"),
            Delta(1, 1, "replace", "A"),
            Delta(2, 1, "append", "b"),
            Delta(2, 1, "close", None),
        ],
        [[0, 1, "open", OPEN], [0, 1, ["a"]], [1, 1, "replace", "A"], [2, 1, ["b"]], [2, 1, "close", None]],
    ),
]


@pytest.mark.parametrize(("deltas", "ops"), [case[1:] for case in OPS], ids=[case[0] for case in OPS])
def test_operations(deltas: list[Delta], ops: list[Any]) -> None:
    assert encode_ops(deltas) == ops


def test_a_secret_that_a_server_echoes_does_not_travel() -> None:
    redactor = Redactor()
    lane = Lane("a", Veil(redactor))
    redactor.add("sk-1234567890")
    made = reading()
    made.deltas += [Delta(0, 1, "append", "your key sk-1234567890"), Delta(0, 0, "set", {"error": {"code": "sk-1234567890"}})]
    changes = lane.changes(made, {})
    assert changes is not None
    assert changes[0]["ops"] == [[0, 1, [f"your key {'•' * 13}"]], [0, 0, "set", {"error": {"code": "•" * 13}}]]
    assert "sk-" not in repr(lane.whole(made, {}))


def reading(frames: int = 0) -> Any:
    columns = SimpleNamespace(times=array("d"), starts=array("Q"), ends=array("Q"), kinds=array("B"))
    made = SimpleNamespace(number=1, frames=columns, channels=array("B"), deltas=[], labels=Labels())
    grow(made, frames)
    return made


def grow(made: Any, frames: int) -> None:
    for i in range(len(made.channels), len(made.channels) + frames):
        made.frames.times.append(i / 4)
        made.frames.starts.append(10 * i)
        made.frames.ends.append(10 * i + 7)
        made.frames.kinds.append(i % 3)
        made.channels.append(i % 2)
        made.deltas.append(Delta(i, 1, "append", str(i)))


def test_columns_are_little_endian_one_after_another() -> None:
    assert pack_columns(reading(5), 2, 4) == struct.pack("<2d2I2B2B", 0.5, 0.75, 7, 7, 2, 0, 0, 1)


def test_a_lane_sends_each_thing_once() -> None:
    lane, made = Lane("a"), reading(2)
    part, columns = lane.changes(made, {"status": "waiting", "name": "x"}) or ({}, b"")
    assert (part["first"], part["count"], part["ops"], part["state"]) == (0, 2, [[0, 1, ["0", "1"]]], {"status": "waiting", "name": "x"})
    assert len(columns) == 2 * 14
    assert lane.changes(made, {"status": "waiting", "name": "x"}) is None
    grow(made, 1)
    assert lane.has_news(made)
    part, _ = lane.changes(made, {"status": "writing", "name": "x"}) or ({}, b"")
    assert (part["first"], part["count"], part["ops"], part["state"]) == (2, 1, [[2, 1, ["2"]]], {"status": "writing"})


def test_of_metrics_only_those_that_moved_are_sent_and_a_snapshot_has_all() -> None:
    lane, made = Lane("a"), reading(1)
    early, later = {"events": 1, "end": None, "first_byte": 0.5}, {"events": 2, "end": None, "first_byte": 0.5}

    def told(metrics: dict[str, Any]) -> Any:
        return ((lane.changes(made, {"metrics": metrics}) or ({}, b""))[0]).get("state")

    assert told(early) == {"metrics": early}
    assert told(later) == {"metrics": {"events": 2}}
    assert told(later) is None
    assert lane.whole(made, {"metrics": later})[0]["state"] == {"metrics": later}
    assert lane.whole(made, {"metrics": {**later, "end": 3.0}})[0]["state"] == {"metrics": {**later, "end": 3.0}}
    assert told({**later, "end": 4.0}) == {"metrics": {**later, "end": 4.0}}  # what the page was shown ahead of the batches is owed again


def test_what_events_call_themselves_is_sent_once_for_a_run_of_them() -> None:
    redactor = Redactor()
    redactor.add("sk-1234567890")
    lane, made = Lane("a", Veil(redactor)), reading(2)
    made.labels.note(0, "message", {"type": "start"})
    made.labels.note(1, "message", {"type": "start"})
    part, _ = lane.changes(made, {}) or ({}, b"")
    assert part["labels"] == [[0, "start"]]
    grow(made, 2)
    made.labels.note(2, "message", {"type": "start"})
    made.labels.note(3, "sk-1234567890", None)
    part, _ = lane.changes(made, {}) or ({}, b"")
    assert part["labels"] == [[3, "•" * 13]]
    grow(made, 1)
    made.labels.note(4, "message", {"type": "end"})
    assert lane.whole(made, {})[0]["labels"] == [[0, "start"], [3, "•" * 13]]
    made.number += 1
    part, _ = lane.changes(made, {}) or ({}, b"")
    assert [label for _, label in part["labels"]] == ["start", "•" * 13, "end"]


def test_a_snapshot_holds_what_was_sent_and_the_next_batch_follows_on_it() -> None:
    lane, made = Lane("a"), reading(3)
    lane.changes(made, {"status": "writing"})
    grow(made, 2)
    whole, columns = lane.whole(made, {"status": "writing"})
    assert (whole["first"], whole["count"], whole["ops"], len(columns)) == (0, 3, [[0, 1, ["0", "1", "2"]]], 3 * 14)
    part, _ = lane.changes(made, {"status": "writing"}) or ({}, b"")
    assert (part["first"], part["count"]) == (3, 2)


def test_a_new_reading_starts_anew() -> None:
    lane, made = Lane("a"), reading(3)
    lane.changes(made, {})
    made.number = 2
    part, _ = lane.changes(made, {}) or ({}, b"")
    assert (part["reading"], part["first"], part["count"]) == (2, 0, 3)


def test_a_feed_holds_all_columns_in_one_buffer() -> None:
    message = feed(7, 1.23456, [({"lane": "a"}, b"123"), ({"lane": "b"}, b"45")], whole=True)
    assert (message["seq"], message["now"], message["whole"]) == (7, 1.2346, True)
    assert [lane.get("at", 0) for lane in message["lanes"]] == [0, 3]
    assert bytes(message["cols"]) == b"12345"
    assert "cols" not in feed(1, 0.0, [({"lane": "a"}, b"")])


def play(lag: float | None, seconds: float) -> list[float]:
    """Send whenever it is due, to a page that acknowledges twice a second what it got ``lag`` s ago (None: never)."""
    sent: list[float] = []
    credit, now, acked = Credit(), 0.0, 0.0
    while now < seconds:
        if lag is not None and now - acked >= 0.5:
            acked = now
            credit.acked(max((i for i, when in enumerate(sent) if when <= now - lag), default=-1), now)
        if credit.due(now) <= 0:
            credit.sent(len(sent), now)
            sent.append(now)
        now += 0.01
    return sent


@pytest.mark.parametrize(
    ("lag", "per_second"),
    [(0.02, 1 / INTERVAL), (0.3, 1 / INTERVAL), (3.0, 1 / SLOW_INTERVAL), (None, 1 / UNHEARD_INTERVAL)],
    ids=["a fast page", "a page a little behind", "a slow page gets less", "a page that says nothing is not left waiting"],
)
def test_credit(lag: float | None, per_second: float) -> None:
    sent = [when for when in play(lag, 20) if when > 10]
    assert per_second * 0.7 <= len(sent) / 10 <= per_second * 1.3


def test_a_page_that_catches_up_is_fast_again() -> None:
    credit = Credit()
    credit.sent(1, 0.0)
    credit.acked(1, 5.0)
    assert credit.due(5.0) < 0  # nothing is on its way any more, and the last was long ago
    credit.sent(2, 5.0)
    assert credit.due(5.0) == SLOW_INTERVAL
    credit.acked(2, 5.0 + BEHIND / 2)
    credit.sent(3, 6.0)
    assert credit.due(6.0) == pytest.approx(INTERVAL)


def test_a_snapshot_that_no_page_saw_owes_the_page_its_state() -> None:
    lane = Lane("a")
    made = reading()
    lane.changes(made, {"status": "waiting"})
    assert lane.whole(made, {"status": "writing"})[0]["state"] == {"status": "writing"}
    changes = lane.changes(made, {"status": "writing"})
    assert changes is not None
    assert changes[0]["state"] == {"status": "writing"}
