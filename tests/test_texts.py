"""`texts.py` and `delta_log.py`: lists that put what is old into less room, and read the same."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_widget import Recording
from sse_widget.delta_log import DeltaLog
from sse_widget.deltas import Delta, Op
from sse_widget.output import Output
from sse_widget.reading import Reading
from sse_widget.texts import BLOCK, Texts

LONG = 5 * BLOCK + 7
WORDS = ("", "a", "word ", "é", "日本", "🙂", "\ud83d", "\x00\n")


def some(count: int, seed: int = 0) -> list[str]:
    chooser = random.Random(seed)
    return [chooser.choice(WORDS) for _ in range(count)]


@given(st.integers(0, LONG), st.integers(0, LONG), st.sampled_from(("", "|")))
def test_any_range_reads_the_same(start: int, stop: int, join: str) -> None:
    texts, plain = Texts(), some(LONG)
    for number, text in enumerate(plain, 1):
        texts.newest.append(text)
        if number % 700 == 0:
            texts.settle()
    assert len(texts) == LONG
    assert texts.read(start, stop) == plain[start:stop]
    assert texts.joined(start, max(start, stop), join) == join.join(plain[start:stop])


def test_what_is_old_is_joined() -> None:
    texts = Texts(["x"] * LONG)
    texts.settle()
    assert len(texts._view[1]) < 2 * BLOCK
    assert sum(len(block.text) for block in texts._blocks) + len(texts._view[1]) == LONG


def deltas(count: int) -> list[Delta]:
    """Appends to two parts, with all the other operations among them."""
    chooser = random.Random(1)
    made = [Delta(0, 1, "open", {"kind": "text"}), Delta(0, 2, "open", {"kind": "reasoning"})]
    others: list[tuple[Op, Any]] = [("set", {"a": 1}), ("replace", "new"), ("close", None)]
    for frame in range(count):
        part = chooser.choice((1, 1, 2))
        if frame % 97 == 0:
            made.append(Delta(frame, part, *chooser.choice(others)))
        else:
            made.append(Delta(frame, part, "append", chooser.choice(WORDS)))
    return made


def test_a_log_is_the_list_of_its_deltas() -> None:
    log, plain = DeltaLog(), deltas(LONG)
    for number, delta in enumerate(plain, 1):
        log.newest.append(delta)
        if number % 900 == 0:
            log.settle()
    assert log._view[0] > 2 * BLOCK, "nothing was put into the columns"
    assert len(log) == len(plain)
    assert list(log) == plain
    assert log[3] == plain[3]
    assert log[-1] == plain[-1]
    settled = log._view[0]
    for start, stop in itertools.product((0, 5, BLOCK, settled - 1, settled, settled + 3, len(plain)), repeat=2):
        assert log[start:stop] == plain[start:stop]
    assert log[: BLOCK + 10 : 3] == plain[: BLOCK + 10 : 3]
    with pytest.raises(IndexError):
        log[len(plain)]


def test_an_output_is_the_same_however_often_it_settles() -> None:
    settled, plain = Output(), Output()
    for number, delta in enumerate(deltas(3 * LONG)):
        settled.apply(delta)
        plain.apply(delta)
        if number % 1500 == 0:
            settled.settle()
            assert settled.text == plain.text
    assert settled.to_dict() == plain.to_dict()
    for one, other in zip(settled.parts, plain.parts, strict=True):
        assert settled.pieces(one) == plain.pieces(other)
        assert one.frames == other.frames


def test_a_long_reading_keeps_no_object_for_an_old_delta() -> None:
    recording = Recording()
    recording.content_type = "text/event-stream"
    reading = Reading(recording)
    for number in range(LONG):
        recording.chunk(b'data: {"choices":[{"index":0,"delta":{"content":" w%d"}}]}\n\n' % number, number * 0.01)
        reading.advance()
    recording.seal("close")
    reading.finish()
    assert reading.output.text == "".join(f" w{number}" for number in range(LONG))
    assert reading.deltas_of(12) == [Delta(12, 1, "append", " w12")]
    assert len(reading.deltas._view[1]) < 2 * BLOCK
    assert len(reading.output.parts[0]._texts._view[1]) < 3 * BLOCK
