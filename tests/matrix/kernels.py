"""Stop on real kernels: in every situation of a notebook, the server sees the connection close, and nothing of the run appears after."""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sse_widget.view.hearing import KERNEL_THREAD, LOOP, MESSAGE, NUDGE, WAIT

from ..support import Connection, RawServer
from .kernel import PATIENCE, RealKernel
from .table import Table
from .venvs import environment

VERSIONS = ("6.29.5", "6.31.0", "7.0.1", "7.4.0")
SUBSHELLS = ("7.0.1", "7.4.0")
"""Those that have subshells; a front end may use them or not."""
RATE = 100
"""Events a second."""


WAYS = {KERNEL_THREAD: "r", LOOP: "l", WAIT: "w", NUDGE: "s", MESSAGE: "m"}


class Endless:
    """Chat streams that end only when their client closes them. ``opened`` and ``closed`` hold when, by path (monotonic, s)."""

    def __init__(self, server: RawServer) -> None:
        self.url = server.serve(self._play)
        self.opened: dict[str, float] = {}
        self.closed: dict[str, float] = {}
        self._changed = threading.Condition()
        self.gate = threading.Event()

    def _play(self, connection: Connection) -> None:
        path = connection.head.split(" ")[1]
        with self._changed:
            self.opened[path] = time.monotonic()
            self._changed.notify_all()
        if path.startswith("/gate"):
            self.gate.wait(PATIENCE)
            connection.start()
            connection.end()
            return
        try:
            if "silent" not in path:
                connection.start()
            number = 0
            connection.socket.settimeout(1 / RATE)
            while True:
                try:
                    if connection.socket.recv(1) == b"":
                        return
                except TimeoutError:
                    pass
                if "silent" not in path and "quiet" not in path:
                    number += 1
                    choice = {"index": 0, "delta": {"content": f" w{number}"}, "finish_reason": None}
                    event = json.dumps({"object": "chat.completion.chunk", "choices": [choice]})
                    connection.chunk(f"data: {event}\n\n".encode())
                    if "drop" in path and number == 5:
                        return
        except OSError:  # the client reset it, which is a close as well
            pass
        finally:
            with self._changed:
                self.closed[path] = time.monotonic()
                self._changed.notify_all()

    def wait(self, times: dict[str, float], path: str) -> float:
        """When it happened; waits for it. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: path in times, PATIENCE):
                raise TimeoutError("The server did not see the connection " + ("close." if times is self.closed else "open."))
            return times[path]


class Handshake:
    """Accepts connections and says nothing, so that a TLS handshake never ends."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/"

    def accept(self) -> socket.socket:
        """The connection of a client that has begun its handshake."""
        self._listener.settimeout(PATIENCE)
        taken, _ = self._listener.accept()
        taken.settimeout(PATIENCE)
        assert taken.recv(1, socket.MSG_PEEK)
        return taken

    def close(self) -> None:
        self._listener.close()


@dataclass(frozen=True)
class Situation:
    """cell: what the same cell does, once ``run`` is started, while Stop is pressed; "" for nothing. start: how the run is started.

    how: who stops: "page", "interrupt", or the source of a cell that does. subshell: that cell runs in one. words: what `run.stopped_by`
    must be then. path: what is asked of the server. first: Stop is pressed once something came.
    """

    name: str
    cell: str = ""
    how: str = "page"
    words: str = "the page"
    start: str = "run = sw.stream({url!r}, json={{'stream': True}})"
    path: str = "/stream"
    first: bool = True
    subshell: bool = False


BUSY = "import time\nend = time.monotonic() + {limit}\nwhile not run.recording.closed and time.monotonic() < end: {step}"
PACKAGED = """import httpx
client = httpx.Client(timeout=None)
run = sw.stream(client.send(client.build_request('POST', {url!r}), stream=True))"""
RECONNECTS = "run = sw.stream({url!r}, reconnect=sw.Reconnect(delay=1000.0, cap=1000.0, budget=None))"
AWAITS = """import asyncio
for _ in range(100):
    if run.recording.closed: break
    await asyncio.sleep(0.2)"""
LOCK = "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=3)"
READ = "import socket, threading; here, there = socket.socketpair(); threading.Timer(3, there.send, [b'.']).start(); here.recv(1)"
SITUATIONS = [
    Situation("idle kernel"),
    Situation("run.wait()", "run.wait()"),
    Situation("for text in run", "for text in run: pass"),
    Situation("await run", "await run"),
    Situation("async for", "async for text in run: pass"),
    Situation("another cell sleeps", BUSY.format(limit=20, step="time.sleep(0.5)")),
    Situation("another cell sleeps once", "import time; time.sleep(3)"),
    Situation("another cell computes", BUSY.format(limit=20, step="sum(range(1000))")),
    Situation("another cell awaits", AWAITS),
    Situation("another cell waits for a lock", LOCK),
    Situation("another cell, in a C call of 3 s", READ),
    Situation("before the first byte, idle", path="/silent", first=False),
    Situation("before the first byte, run.wait()", "run.wait()", path="/silent", first=False),
    Situation("during a TLS handshake, idle", start="run = sw.stream({tls!r})", path="tls", first=False),
    Situation("during a TLS handshake, run.wait()", "run.wait()", start="run = sw.stream({tls!r})", path="tls", first=False),
    Situation("while it waits to reconnect, idle", start=RECONNECTS, path="/drop"),
    Situation("while it waits to reconnect, run.wait()", "run.wait()", start=RECONNECTS, path="/drop"),
    Situation("while it waits to reconnect, await run", "await run", start=RECONNECTS, path="/drop"),
    Situation("a sync response, idle", start=PACKAGED),
    Situation("a sync response, run.wait()", "run.wait()", start=PACKAGED),
    Situation("a sync response, before the first event", start=PACKAGED, path="/quiet", first=False),
    Situation("interrupt, run.wait()", "run.wait()", how="interrupt", words="interrupt"),
    Situation("interrupt, for text in run", "for text in run: pass", how="interrupt", words="interrupt"),
    Situation("interrupt, await run", "await run", how="interrupt", words="interrupt"),
    Situation("interrupt, async for", "async for text in run: pass", how="interrupt", words="interrupt"),
    Situation("run.stop() in the next cell", how="run.stop()", words="stop()"),
    Situation("run.stop() in a subshell", "import time; time.sleep(2)", how="run.stop()", words="stop()", subshell=True),
    Situation("the widget's close", how="run.widget.close()", words="the widget's close"),
]


def part(options: argparse.Namespace) -> Table:
    """Every situation in every version; the figure is the median of the rounds."""
    versions = [version for version in VERSIONS if not options.versions or version in options.versions.split(",")]
    columns = [*versions, *(f"{version} subshell" for version in versions if version in SUBSHELLS)]
    table = Table("Stop: ms until the server sees the close, and the way in which it was heard", ["situation", *columns])
    table.notes.append("The page's Stop was heard by: " + ", ".join(f"{letter} {way}" for way, letter in WAYS.items()) + ".")
    situations = [situation for situation in SITUATIONS if options.only in situation.name]
    for column in columns:
        version, _, subshell = column.partition(" ")
        python = environment(f"ipykernel-{version}", f"ipykernel=={version}")
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = Endless(stack.enter_context(RawServer()))
            kernel: RealKernel | None = None
            for situation in situations:
                if situation.subshell and not subshell:
                    continue
                kernel = kernel or stack.enter_context(opened(python, folder, bool(subshell)))
                try:
                    tried = [_try(kernel, server, situation) for _ in range(options.rounds)]
                except (AssertionError, TimeoutError, OSError) as error:
                    table.fail(situation.name, column, str(error).partition("\n")[0])
                    print(f"   {column} · {situation.name}: FAILED {error}", flush=True)
                    kernel = None  # what this one does now is not known
                    continue
                text = f"{statistics.median(ms for ms, _ in tried):.0f} {tried[-1][1]}".strip()
                table.put(situation.name, column, text)
                print(f"   {column} · {situation.name}: {text}", flush=True)
    return table


@contextlib.contextmanager
def opened(python: Path, folder: Path, subshells: bool) -> Iterator[RealKernel]:
    """A kernel in which the project is imported."""
    with RealKernel(python, folder, subshells=subshells) as kernel:
        kernel.run_cell("import sse_widget as sw\nfrom sse_widget.view.hearing import ear")
        yield kernel


def _try(kernel: RealKernel, server: Endless, situation: Situation) -> tuple[float, str]:
    """One round: milliseconds and, for the page's Stop, the way in which it was heard."""
    handshake = Handshake()
    path = f"{situation.path}-{time.monotonic_ns()}"
    try:
        start = situation.start.format(url=f"{server.url}{path}", tls=handshake.url)
        kernel.messages.clear()
        cell = kernel.start_cell(f"before = dict(ear.heard)\n{start}\ndisplay(run)\nprint('here')\n{situation.cell}")
        comm = kernel.until(lambda: kernel.comm or kernel.failed(cell), "a widget")
        assert comm == kernel.comm, f"the cell ended without a widget: {kernel.wait_cell(cell)}"
        tls = handshake.accept() if situation.path == "tls" else None
        if tls is None:
            server.wait(server.opened, path)
        lane = kernel.until(lambda: _lane(kernel, comm, situation.first), "a first batch")
        if situation.path == "/drop":
            kernel.until(lambda: _states(kernel, comm, "reconnecting"), "a wait for the next attempt")
        if not situation.cell:
            kernel.wait_cell(cell)
        at, ended = _stop(kernel, situation, lane, comm)
        if situation.path == "/drop":  # there is no connection, and must be none again
            closed = kernel.until(lambda: _told(kernel, comm), "word of the stop")
        else:
            closed = _drained(tls) if tls is not None else server.wait(server.closed, path)
        content = kernel.wait_cell(cell)
        if ended:
            kernel.wait_cell(ended)
        wanted = "error" if situation.how == "interrupt" else "ok"
        assert content["status"] == wanted, f"the cell ended with {content['status']}: {content.get('ename')} {content.get('evalue')}"
        _check(kernel, comm, situation)
        heard = kernel.value("[way for way in ear.heard if ear.heard[way] != before.get(way, 0)]")
        return (closed - at) * 1000, WAYS[heard[0]] if heard else ""
    finally:
        handshake.close()


def _lane(kernel: RealKernel, comm: str, content: bool) -> str:
    """The lane of a widget, once something of it came. content: once there is content."""
    for batch in kernel.batches(comm):
        for lane in batch["lanes"]:
            if not content or lane["first"] + lane["count"] > 3:
                return str(lane["lane"])
    return ""


def _states(kernel: RealKernel, comm: str, status: str) -> bool:
    """Whether the page was told of this status."""
    return any(lane.get("state", {}).get("status") == status for batch in kernel.batches(comm) for lane in batch["lanes"])


def _told(kernel: RealKernel, comm: str) -> float | None:
    """When the page was told that the run is stopped; None if it was not."""
    return time.monotonic() if _states(kernel, comm, "stopped") else None


def _stop(kernel: RealKernel, situation: Situation, lane: str, comm: str) -> tuple[float, str]:
    """Have the run stopped. When, and the cell that did, if one."""
    if situation.how == "page":
        return kernel.click_stop(lane, comm), ""
    if situation.how == "interrupt":  # one that comes before the cell waits is not the run's
        kernel.until(lambda: any(message["msg_type"] == "stream" for message in kernel.messages), "the last line before the wait")
        far = _frames(kernel, comm) + RATE // 5
        kernel.until(lambda: _frames(kernel, comm) >= far, "some more events")
        return kernel.interrupt(), ""
    at = time.monotonic()
    return at, kernel.start_cell(situation.how, kernel.subshell if situation.subshell else None)


def _drained(connection: socket.socket) -> float:
    """When the client closed this connection."""
    with connection, contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return time.monotonic()


def _check(kernel: RealKernel, comm: str, situation: Situation) -> None:
    """What is to be seen after any Stop, in the kernel and by the page."""
    kernel.run_cell("run.wait(60)")
    # A round trip through the writer: whatever it was about to send has been sent.
    kernel.run_cell("import threading; passed = threading.Event(); run.session.post(passed.set); passed.wait(60)")
    told = kernel.value("(run.status, run.stopped_by, len(run.recording.frames), run.text)")
    assert told[:2] == ["stopped", situation.words], f"it says {told[:2]}"
    kernel.until(lambda: not _pending(kernel, comm, told[2]) or situation.how == "run.widget.close()", "the last batch", 10)
    ended = False
    for batch in kernel.batches(comm):
        for lane in batch["lanes"]:
            assert not (ended and (lane["count"] or lane["ops"])), "content came after the page was told that it was stopped"
            ended = ended or lane.get("state", {}).get("status") == "stopped"
    assert ended or situation.how == "run.widget.close()", "the page was not told that it was stopped"
    assert kernel.value("len(run.recording.frames)") == told[2], "the recording went on"


def _pending(kernel: RealKernel, comm: str, frames: int) -> bool:
    """Whether the page has not been told of all frames, or not of the end."""
    return _frames(kernel, comm) < frames


def _frames(kernel: RealKernel, comm: str) -> int:
    """How many frames the page was told of."""
    return max((lane["first"] + lane["count"] for batch in kernel.batches(comm) for lane in batch["lanes"]), default=0)
