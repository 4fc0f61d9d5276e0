"""The writer's rests: what arrives between two batches is folded together, unless somebody follows every event."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import sse_widget as sw
from sse_widget.engine import Writer

from .support import RecordingComm
from .test_widget import of

LONG = 1000.0


class Pump:
    """Counts its calls, and rests after each."""

    def __init__(self, rest: float, wait: float | None = None) -> None:
        self.rest = rest
        self.wait = wait
        self.calls = threading.Semaphore(0)

    def pump(self, now: float) -> float | None:
        self.calls.release()
        return self.wait

    def called(self) -> bool:
        return self.calls.acquire(timeout=10)

    def not_called(self, writer: Writer) -> bool:
        """Whether no call has come when the writer has gone round once more."""
        done = threading.Event()
        writer.post(done.set)
        assert done.wait(10)
        return not self.calls.acquire(blocking=False)


def test_who_rests_is_not_woken_and_forgets_nothing() -> None:
    writer, pump = Writer(), Pump(LONG)
    writer.wake(pump)
    assert pump.called()
    for _ in range(3):
        writer.wake(pump)
        assert pump.not_called(writer)
    pump.rest = 0.0
    writer.wake(pump, at_once=True)
    assert pump.called()
    writer.wake(pump)
    assert pump.called()


def test_after_a_rest_what_came_meanwhile_is_done() -> None:
    writer, pump = Writer(), Pump(0.05)
    writer.wake(pump)
    assert pump.called()
    writer.wake(pump)
    assert pump.called()
    assert pump.not_called(writer)


def test_a_rest_takes_no_time_from_what_is_due() -> None:
    writer, pump = Writer(), Pump(LONG, wait=0.01)
    writer.wake(pump)
    assert pump.called()
    assert pump.called()
    pump.wait = None


def test_who_rests_keeps_nobody_else() -> None:
    writer, pump, other = Writer(), Pump(LONG), Pump(0.0)
    writer.wake(pump)
    assert pump.called()
    writer.wake(pump)
    writer.wake(other)
    assert other.called()


@pytest.mark.parametrize("how", ["nobody", "iterates", "delta", "event"])
def test_a_session_rests_between_batches_unless_somebody_follows(
    comms: list[RecordingComm], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("sse_widget.session.REST", 300.0)  # a slow machine is no reason for none
    first, go = threading.Event(), threading.Event()

    def source() -> Iterator[str]:
        first.wait(10)
        yield "a"
        go.wait(10)
        yield "b"

    run = sw.stream(source())
    session = run.session
    comm = of(comms, run.widget)
    if how in ("delta", "event"):
        run.on(how, lambda value: None)
    texts = iter(run)
    first.set()
    if how == "iterates":
        assert next(texts) == "a"
    else:
        comm.wait_for(lambda messages: "'a'" in repr(messages))
    settled = threading.Event()
    session.post(settled.set)
    assert settled.wait(10)
    assert (session.rest > 0) is (how == "nobody")
    go.set()
    assert run.wait(10).text == "ab"
