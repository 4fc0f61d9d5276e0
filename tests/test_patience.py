"""`patience.py`: very large JSON is the same JSON, and other threads run while it is read."""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

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
