"""`session.py`: one clock, one feed; what goes wrong with one run or view stays with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import sse_widget as sw
from sse_widget.dialects import PlainText


class BrokenView:
    """A widget whose comm fails."""

    def pump(self, now: float) -> float | None:
        raise OSError("the comm is gone")

    def finish(self, now: float) -> None:
        raise OSError("the comm is gone")


def test_a_view_that_cannot_be_fed_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    session = sw.Session()
    session.views.append(BrokenView())
    assert session.stream(["a"]).wait(60).text == "a"
    assert "the comm is gone" in caplog.text


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3)])
def test_a_defect_in_a_fold_fails_its_run_and_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    read = PlainText.read

    def broken(self: PlainText, index: int, frame: Any, data: Any) -> Any:
        if frame.data == "break":
            raise error
        return read(self, index, frame, data)

    monkeypatch.setattr(PlainText, "read", broken)
    session = sw.Session()
    go = threading.Event()

    def source() -> Iterator[str]:
        yield "a"
        go.wait(60)
        yield "b"

    other = session.stream(source())
    run = session.stream(["a", "break"])
    with caplog.at_level(logging.CRITICAL), pytest.raises(sw.SSEWidgetError, match=type(error).__name__):
        run.wait(60)
    assert run.status == "failed"
    go.set()
    assert other.wait(60).text == "ab"


def test_what_cannot_be_started_is_no_run() -> None:
    session = sw.Session()
    with pytest.raises(sw.UsageError, match="none is running here"):
        session.stream("http://127.0.0.1:9", client=httpx.AsyncClient())
    assert session.runs == []


def test_stop_stops_all() -> None:
    session = sw.Session()
    go = threading.Event()

    def source() -> Iterator[str]:
        yield "a"
        go.wait(60)

    runs = [session.stream(source()) for _ in range(5)]
    session.stop()
    go.set()
    assert [run.status for run in runs] == ["stopped"] * 5


def test_who_stopped_it_is_who_ended_it() -> None:
    run = sw.stream(["a"]).wait()
    run.stop()
    assert (run.status, run.stopped_by) == ("done", "")
