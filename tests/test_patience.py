"""`patience.py`: very large JSON is the same JSON, and other threads run while it is read."""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget import patience
from sse_widget.dialects.base import NOT_JSON, parse_json

LARGE: dict[str, Any] = {
    "text": 'wörd "quoted" \\ 👩‍🍳 ' * 20_000,
    "objects": [{"a": i, "b": [i, -i, i * 0.5, None, True, ""]} for i in range(20_000)],
    "numbers": [0, -1, 1e300, 1.5e-7, 12345678901234567890],
}


@pytest.mark.parametrize("ascii", [True, False])
def test_it_reads_what_json_reads(ascii: bool) -> None:
    text = json.dumps(LARGE, ensure_ascii=ascii)
    assert len(text) > patience.LARGE
    assert parse_json(text) == LARGE
    assert parse_json(f" {text}\n") == LARGE


# Borders of windows fall everywhere: small windows stand for large documents.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=4), inner, max_size=6),
    max_leaves=60,
)


def both(text: str) -> tuple[Any, Any]:
    """What json makes of it, and what we do: the value, or that it is none."""
    found: list[Any] = []
    for read in (json.JSONDecoder().raw_decode, patience.raw_decode):
        try:
            value, end = read(text)
        except ValueError:
            found.append("none")
        else:
            found.append((repr(value), end))  # repr tells 1 from 1.0 and True, and the order of members
    return found[0], found[1]


@given(VALUES, st.sampled_from([None, 0, 1]), st.booleans(), st.integers(12, 40), st.text('[]{},:"\\ e.0', max_size=2), st.integers(0, 400))
def test_it_is_what_json_reads_wherever_its_windows_end(
    value: Any, indent: int | None, ascii: bool, window: int, put: str, at: int
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    before = patience._WINDOW
    try:
        patience._WINDOW = window  # type: ignore[misc]
        ours = both(text)
        assert ours[0] == ours[1]
        broken = both(text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) :])
        assert broken[0] == broken[1]
    finally:
        patience._WINDOW = before  # type: ignore[misc]


def test_it_is_freed_by_pieces() -> None:
    """And not by whoever had it last, in one go."""

    value = patience.raw_decode(json.dumps(LARGE), keep=True)[0]
    kept = patience._kept[-1]
    assert max(len(json.dumps(piece)) for piece in kept) < len(json.dumps(LARGE)) / 4
    inner = [piece for piece in kept if isinstance(piece, list) and piece and isinstance(piece[0], dict)]
    assert sum(map(len, inner)) >= len(LARGE["objects"]) - 10  # the last few come one by one
    assert value["objects"][0] is inner[0][0]
    del value, inner
    patience.sweep()
    assert (patience._kept, kept) == ([], [])


def test_what_is_read_from_an_event_is_not_kept() -> None:
    recording = sw.Recording.from_bytes(f"data: {json.dumps(LARGE)}\n\n".encode(), "text/event-stream")
    assert len(recording.read().text) >= 0
    assert patience._kept == []


def test_what_is_no_json_is_none_at_any_length() -> None:
    text = json.dumps(LARGE)
    for broken in (text[:-1], text + "}", "[" * patience.LARGE, text.replace("null", "nul")):
        assert parse_json(broken) is NOT_JSON


@pytest.fixture
def slow_switching() -> Iterator[None]:
    """The interpreter is handed on only where it must be: at a place that is there for it, not because a test was lucky."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


def count_switches(read: Any) -> int:
    """How often another thread got to run while ``read`` did."""
    counted, over = [0], threading.Event()
    begun = threading.Event()

    def tick() -> None:
        begun.set()
        while not over.is_set():
            counted[0] += 1
            over.wait(1e-5)

    thread = threading.Thread(target=tick)
    thread.start()
    begun.wait()
    before = counted[0]
    read()
    found = counted[0] - before
    over.set()
    thread.join()
    return found


def test_other_threads_run_while_it_reads(slow_switching: None) -> None:
    text = json.dumps(LARGE)
    assert count_switches(lambda: patience.raw_decode(text)) > 10


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        patience.raw_decode("{}")
        assert gc.isenabled() is enabled
        with pytest.raises(ValueError, match="Expecting"):
            patience.raw_decode("{")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
