"""A real kernel of any version, and a page as far as the kernel can tell: it hears batches, acknowledges them, and clicks on Stop."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

from ..browser.kernel import EXPRESSION, value_of
from .venvs import ROOT

PATIENCE = 60.0
"""Seconds; a bound for what never comes."""
ACKS = 0.5
"""Seconds between two acknowledgements, as the page has it."""


class RealKernel:
    """A kernel process, and a client on its sockets.

    python: its interpreter. folder: for its connection file and what it prints. subshells: click from a subshell, as JupyterLab does
    where the kernel has them.
    """

    def __init__(self, python: Path, folder: Path, *, subshells: bool = False) -> None:
        file = folder / f"kernel-{time.monotonic_ns()}.json"
        _, written = write_connection_file(str(file), ip="127.0.0.1", key=b"matrix")
        about: dict[str, Any] = {**written}
        self._log = file.with_suffix(".log")
        with self._log.open("wb") as log:
            command = [str(python), "-m", "ipykernel_launcher", "-f", str(file)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONFAULTHANDLER": "1"}
            # A session of its own: an interrupt of ours must not reach the runner, nor the runner's the kernel.
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder, env=environment
            )
        self._session = Session(key=b"matrix")
        self._context = zmq.Context()
        self._sockets = {name: self._connect(kind, int(about[f"{name}_port"])) for name, kind in self._kinds.items()}
        self._sockets["iopub"].subscribe(b"")
        self._poller = zmq.Poller()
        for one in self._sockets.values():
            self._poller.register(one, zmq.POLLIN)
        self.messages: list[dict[str, Any]] = []
        """What came on IOPub, in order, with ``at`` (monotonic, s)."""
        self._replies: dict[str, dict[str, Any]] = {}
        self._acked = 0.0
        self.acks = True
        self.subshell: str | None = None
        self._greet()
        if subshells:
            made = self._ask("control", "create_subshell_request", {})
            self.subshell = made["content"]["subshell_id"]

    _kinds = {"shell": zmq.DEALER, "control": zmq.DEALER, "iopub": zmq.SUB}  # noqa: RUF012

    def _connect(self, kind: int, port: int) -> zmq.Socket[bytes]:
        made = self._context.socket(kind)
        made.linger = 0
        made.connect(f"tcp://127.0.0.1:{port}")
        return made

    def _greet(self) -> None:
        """Wait until the kernel answers and IOPub flows."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            sent = self.send("shell", "kernel_info_request", {})
            if self._until(functools.partial(self.replied, sent), 2.0) and self._until(lambda: bool(self.messages), 0.5):
                return
        raise TimeoutError(f"The kernel did not start:\n{self.printed()}")

    # --- messages ----------------------------------------------------------------------------------------------------------
    def send(self, channel: str, kind: str, content: dict[str, Any], subshell: str | None = None) -> str:
        """Send a request; returns its id."""
        message = self._session.msg(kind, content)
        message["header"]["subshell_id"] = subshell
        self._session.send(self._sockets[channel], message)
        return str(message["header"]["msg_id"])

    def pump(self, timeout: float) -> None:
        """Receive what comes within ``timeout`` s, at least what is there; acknowledge batches now and then."""
        for one, _ in self._poller.poll(round(max(timeout, 0.0) * 1000)):
            _, message = self._session.recv(one, mode=0)
            if message is None:
                continue
            if one is self._sockets["iopub"]:
                self.messages.append({**message, "at": time.monotonic()})
                self._acknowledge(message)
            else:
                self._replies[message["parent_header"]["msg_id"]] = message

    def _until(self, done: Callable[[], Any], timeout: float) -> Any:
        deadline = time.monotonic() + timeout
        while not (value := done()) and time.monotonic() < deadline and self.process.poll() is None:
            self.pump(min(0.05, deadline - time.monotonic()))
        return value

    def until(self, done: Callable[[], Any], what: str, timeout: float = PATIENCE) -> Any:
        """Receive until ``done()``; returns what that gave. Raises TimeoutError."""
        value = self._until(done, timeout)
        if not value:
            raise TimeoutError(f"{what} did not happen within {timeout:g} s.\n{self.printed()}")
        return value

    def _ask(self, channel: str, kind: str, content: dict[str, Any], subshell: str | None = None) -> dict[str, Any]:
        sent = self.send(channel, kind, content, subshell)
        reply: dict[str, Any] = self.until(lambda: self._replies.get(sent), f"the reply to {kind}")
        return reply

    # --- cells ---------------------------------------------------------------------------------------------------------------
    def start_cell(self, code: str, subshell: str | None = None, *, silent: bool = False) -> str:
        """Send a cell off; returns the id to wait for."""
        asked = {"code": code, "silent": silent, "store_history": not silent, "allow_stdin": False, "stop_on_error": False}
        return self.send("shell", "execute_request", asked, subshell)

    def wait_cell(self, cell: str) -> dict[str, Any]:
        """Wait for a cell's end; returns its reply's content."""
        content: dict[str, Any] = self.until(lambda: self._replies.get(cell), "the end of a cell")["content"]
        return content

    def reply(self, cell: str) -> dict[str, Any] | None:
        """The content of the reply to a request, if it has come."""
        found = self._replies.get(cell)
        return found["content"] if found else None

    def replied(self, cell: str) -> bool:
        """Whether a request was replied to, so a cell has ended."""
        return cell in self._replies

    def failed(self, cell: str) -> bool:
        """Whether a cell has ended with an error."""
        return self.replied(cell) and self._replies[cell]["content"]["status"] != "ok"

    def run_cell(self, code: str, subshell: str | None = None) -> None:
        """Run a cell to its end. Raises AssertionError if it raises."""
        content = self.wait_cell(self.start_cell(code, subshell))
        assert content["status"] == "ok", "\n".join(content.get("traceback", [])) or content

    def value(self, expression: str) -> Any:
        """The value of an expression that JSON can say; asked of the main shell, so behind whatever runs there."""
        asked = {"code": "", "silent": True, "user_expressions": {"value": EXPRESSION.format(expression)}, "allow_stdin": False}
        return value_of(self._ask("shell", "execute_request", asked)["content"])

    # --- the page ------------------------------------------------------------------------------------------------------------
    @property
    def comm(self) -> str:
        """The comm of the newest widget of ours."""
        found = [
            message["content"]["comm_id"]
            for message in self.messages
            if message["msg_type"] == "comm_open" and "snapshot" in message["content"]["data"].get("state", {})
        ]
        return found[-1] if found else ""

    def batches(self, comm: str) -> list[dict[str, Any]]:
        """The batches so far that came on a comm."""
        return [batch for message in self.messages if (batch := _batch(message, comm))]

    def say(self, comm: str, command: dict[str, Any]) -> None:
        """Send a command of the page."""
        self.send("shell", "comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": command}}, self.subshell)

    def click_stop(self, lane: str, comm: str) -> float:
        """Press Stop; returns when (monotonic, s)."""
        at = time.monotonic()
        self.say(comm, {"type": "stop", "lane": lane})
        return at

    def _acknowledge(self, message: dict[str, Any]) -> None:
        comm = message["content"].get("comm_id", "")
        batch = _batch(message, comm)
        if self.acks and batch and time.monotonic() - self._acked > ACKS:
            self._acked = time.monotonic()
            self.say(comm, {"type": "ack", "seq": batch["seq"], "hidden": False})

    # --- its end ---------------------------------------------------------------------------------------------------------------
    def interrupt(self) -> float:
        """What the stop button of the notebook does; returns when."""
        at = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        return at

    def shut_down(self, *, restart: bool = False) -> int:
        """Ask it to leave, as a notebook does; returns its exit code."""
        self.send("control", "shutdown_request", {"restart": restart})
        return self.gone()

    def gone(self, timeout: float = PATIENCE) -> int:
        """Wait until the process has ended; returns its exit code. Raises TimeoutError with the stacks of its threads."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"The kernel did not leave within {timeout:g} s.\n{self.stacks()}") from None

    def stacks(self) -> str:
        """Kill it; returns what it printed, which ends with the stacks of its threads."""
        self.process.send_signal(signal.SIGABRT)
        self.process.wait()
        return self.printed()

    def printed(self) -> str:
        """What it wrote to its standard output and error."""
        return self._log.read_text("utf-8", "replace")

    def __enter__(self) -> RealKernel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for one in self._sockets.values():
            one.close()
        self._context.term()


def _batch(message: dict[str, Any], comm: str) -> dict[str, Any] | None:
    content = message["content"]
    if message["msg_type"] != "comm_msg" or content.get("comm_id") != comm:
        return None
    batch = content["data"].get("state", {}).get("batch")
    return batch if isinstance(batch, dict) else None
