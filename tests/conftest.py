"""Fixtures that many rooms share: the demo server, a scripted raw server, a stream in the hand of the test, and comms that record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sse_widget as sw
from sse_widget.demo import DemoServer

from .support import Held, RawServer, RecordingComm


@pytest.fixture(scope="session")
def server() -> Iterator[DemoServer]:
    """The demo server; its log grows over the tests, so look for your own records by path or model."""
    with sw.demo.serve() as running:
        yield running


@pytest.fixture
def raw() -> Iterator[RawServer]:
    """A server that writes exactly the bytes it is told, for what a well-behaved server cannot do."""
    with RawServer() as running:
        yield running


@pytest.fixture
def held() -> Iterator[Held]:
    """A stream that goes on when the test says so, on a server of its own."""
    with RawServer() as running:
        stream = Held(running)
        yield stream
        stream.close()


@pytest.fixture
def comms(monkeypatch: pytest.MonkeyPatch) -> list[RecordingComm]:
    """Every comm that widgets open, with the messages they publish: the Python side of a widget without a kernel."""
    opened: list[RecordingComm] = []

    def create(**keys: object) -> RecordingComm:
        comm = RecordingComm(**keys)
        opened.append(comm)
        return comm

    monkeypatch.setattr("comm.create_comm", create)
    return opened
