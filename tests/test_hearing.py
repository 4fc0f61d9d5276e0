"""`view/hearing.py` and `view/nudge.py`: a Stop is heard where the kernel receives it, and every message still reaches the kernel."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from sse_widget.view import kernel
from sse_widget.view.hearing import KERNEL_THREAD, LOOP, WAIT, Ear
from sse_widget.view.nudge import Later, Nudge, uninterrupted

from .support import PATIENCE

STOP = {"method": "custom", "content": {"type": "stop", "lane": "1"}}


class Stream:
    """The shape of a ZMQStream: what is put into ``waiting`` is received when it is flushed."""

    def __init__(self, callback: Callable[[list[Any]], Any] | None) -> None:
        self._recv_callback = callback
        self.waiting: list[list[Any]] = []

    def on_recv(self, callback: Callable[[list[Any]], Any], copy: bool) -> None:
        assert not copy
        self._recv_callback = callback

    def flush(self, flag: int) -> None:
        while self.waiting:
            self.receive(self.waiting.pop(0))

    def receive(self, frames: list[Any]) -> Any:
        assert self._recv_callback is not None
        return self._recv_callback(frames)

    def closed(self) -> bool:
        return False

    def getsockopt(self, option: int) -> int:
        return self.fd

    fd = -1


class Hearer:
    """A widget as far as an `Ear` knows it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.is_live = True

    def hear(self, command: dict[str, Any], way: str) -> None:
        self.heard.append((command["type"], way))


class Loop:
    def add_callback(self, function: Callable[..., None], *arguments: Any) -> None:
        function(*arguments)


class Fake:
    """A kernel whose stream an ear listens to. version: 6 or 7."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
        monkeypatch.setattr(signal, "SIGURG", None, raising=False)  # no nudging here
        self.received: list[Any] = []
        self.stream = Stream(self._handle)
        self.session = Session(key=b"secret")
        thread = SimpleNamespace(io_loop=Loop()) if version == 7 else None
        self.kernel = SimpleNamespace(shell_stream=self.stream, session=self.session, shell_channel_thread=thread, io_loop=Loop())
        monkeypatch.setattr(kernel, "shell", lambda: SimpleNamespace(kernel=self.kernel))
        self.ear, self.widget = Ear(), Hearer()
        self.ear.listen("c1", self.widget)

    def _handle(self, frames: list[Any]) -> str:
        _, parts = self.session.feed_identities(frames, copy=False)
        self.received.append(self.session.deserialize(parts, copy=False)["msg_type"])
        return "what the kernel gives"

    def frames(self, data: Any, kind: str = "comm_msg", comm: str = "c1") -> list[zmq.Frame]:
        message = Session(key=b"secret").msg(kind, {"comm_id": comm, "data": data})
        return [zmq.Frame(part) for part in (b"page", *self.session.serialize(message))]


@pytest.mark.parametrize(("version", "way"), [(6, LOOP), (7, KERNEL_THREAD)])
def test_a_stop_is_heard_before_the_kernel_handles_it(monkeypatch: pytest.MonkeyPatch, version: int, way: str) -> None:
    fake = Fake(monkeypatch, version)
    assert fake.stream.receive(fake.frames(STOP)) == "what the kernel gives"
    assert fake.widget.heard == [("stop", way)]
    assert fake.received == ["comm_msg"]  # and not as a message that had been received before


@pytest.mark.parametrize(
    ("data", "kind", "comm"),
    [
        ({"method": "custom", "content": {"type": "ack"}}, "comm_msg", "c1"),
        ({"method": "update", "state": {}}, "comm_msg", "c1"),
        ({"method": "custom", "content": "stop"}, "comm_msg", "c1"),
        (None, "comm_msg", "c1"),
        (STOP, "comm_msg", "another's"),
        (STOP, "comm_close", "c1"),
    ],
)
def test_everything_else_passes_by(monkeypatch: pytest.MonkeyPatch, data: Any, kind: str, comm: str) -> None:
    fake = Fake(monkeypatch, 7)
    fake.stream.receive(fake.frames(data, kind, comm))
    assert (fake.widget.heard, fake.received) == ([], [kind])


def test_what_cannot_be_read_is_the_kernels_business(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(monkeypatch, 7)
    forged = fake.frames(STOP)
    forged[2] = zmq.Frame(b"0" * 64)
    with pytest.raises(ValueError, match="Invalid Signature"):
        fake.stream.receive(forged)
    assert fake.widget.heard == []


def test_a_widget_that_is_gone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(monkeypatch, 7)
    fake.widget = Hearer()
    fake.stream.receive(fake.frames(STOP))
    assert fake.received == ["comm_msg"]


def test_the_stream_is_hooked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(monkeypatch, 7)
    other = Hearer()
    fake.ear.listen("c2", other)
    fake.stream.receive(fake.frames(STOP, comm="c2"))
    assert (fake.widget.heard, other.heard, fake.received) == ([], [("stop", KERNEL_THREAD)], ["comm_msg"])


def test_a_wait_in_the_receiving_thread_receives(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(monkeypatch, 6)
    assert fake.ear.step < 1
    fake.stream.waiting.append(fake.frames(STOP))
    fake.ear.take()
    assert (fake.widget.heard, fake.received) == ([("stop", WAIT)], ["comm_msg"])
    steps: list[float] = []

    def elsewhere() -> None:
        steps.append(fake.ear.step)
        fake.ear.take()

    thread = threading.Thread(target=elsewhere)
    fake.stream.waiting.append(fake.frames(STOP))
    thread.start()
    thread.join()
    assert steps == [1.0]
    assert fake.stream.waiting  # that thread is not the one that may


def test_ipykernel_7_needs_no_help(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(monkeypatch, 7)
    fake.stream.waiting.append(fake.frames(STOP))
    fake.ear.take()
    assert fake.ear.step == 1.0
    assert fake.stream.waiting


@pytest.mark.parametrize("shell", [None, SimpleNamespace(), SimpleNamespace(kernel=SimpleNamespace(shell_stream=None))])
def test_where_there_is_nothing_to_listen_to_nothing_happens(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    monkeypatch.setattr(kernel, "shell", lambda: shell)
    ear = Ear()
    ear.listen("c1", Hearer())
    ear.attend()
    ear.take()
    assert ear.step == 1.0
    assert "in its turn" in ear.ways()


# --- nudging: real signals, in this process's main thread ---------------------------------------------------------------------
CELL = {"__name__": "IPython.core.interactiveshell"}
RECEIVING = {"__name__": "zmq.eventloop.zmqstream"}


class Waiting:
    """Something that can be polled; ``take`` receives it, as the kernel's shell would."""

    def __init__(self) -> None:
        self.fd, self._other = os.pipe()
        self.left = threading.Event()
        self.taken: list[str] = []
        self.live = True

    def arrive(self) -> None:
        os.write(self._other, b".")

    def take(self, later: Later) -> None:
        os.read(self.fd, 1)
        self.taken.append(threading.current_thread().name)
        later.put(self._act)

    def _act(self) -> None:
        self.taken.append(threading.current_thread().name)
        self.live = False
        self.left.set()

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._other)


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    before = signal.getsignal(signal.SIGURG)
    made = Waiting()
    yield made
    made.live = False
    signal.signal(signal.SIGURG, before)
    made.close()


def watch(waiting: Waiting) -> threading.Thread:
    nudge = Nudge(lambda option: waiting.fd, waiting.take, lambda: waiting.live)
    assert nudge.armed
    nudge.watch()
    return next(thread for thread in threading.enumerate() if thread.name == "sse-widget-nudge")


def in_a_cell(code: str, **names: Any) -> None:
    """Run code as IPython does: its stack says so."""
    exec(compile(code, "<cell>", "exec"), {**CELL, **names})


def test_a_cell_that_computes_is_nudged_and_another_thread_acts(waiting: Waiting) -> None:
    thread = watch(waiting)
    waiting.arrive()
    in_a_cell("while not left.is_set(): pass", left=waiting.left)
    assert waiting.taken == [threading.current_thread().name, "sse-widget-nudge"]
    thread.join(PATIENCE)
    assert not thread.is_alive()  # nothing is left to stop


def test_a_cell_that_sleeps_is_nudged(waiting: Waiting) -> None:
    thread = watch(waiting)
    waiting.arrive()
    in_a_cell("import time\nwhile not left.is_set(): time.sleep(0.5)", left=waiting.left)
    thread.join(PATIENCE)
    assert len(waiting.taken) == 2


def test_receiving_is_not_broken_into(waiting: Waiting) -> None:
    thread = watch(waiting)
    asked = threading.Event()
    inner = signal.getsignal(signal.SIGURG)
    assert callable(inner)

    def told(number: int, frame: FrameType | None) -> None:
        inner(number, frame)
        asked.set()

    signal.signal(signal.SIGURG, told)
    waiting.arrive()
    receive = eval("lambda: asked.wait(60)", {**RECEIVING, "asked": asked})
    in_a_cell("receive()", receive=receive)
    assert waiting.taken == []
    in_a_cell("while not left.is_set(): pass", left=waiting.left)
    thread.join(PATIENCE)


def test_a_signal_that_somebody_uses_is_left_to_them(waiting: Waiting) -> None:
    def theirs(number: int, frame: FrameType | None) -> None: ...

    signal.signal(signal.SIGURG, theirs)
    nudge = Nudge(lambda option: waiting.fd, waiting.take, lambda: True)
    nudge.watch()
    assert not nudge.armed
    assert signal.getsignal(signal.SIGURG) is theirs


def test_an_interrupt_waits_for_the_end_of_receiving() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done.append("received")
    assert done == ["received"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
