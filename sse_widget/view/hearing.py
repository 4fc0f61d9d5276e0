"""How a click on Stop is heard while a cell runs.

A message of the page goes to the shell, which handles one thing at a time: behind a cell that blocks, Stop would wait for its end, and
the provider would go on and be paid. Subshells do better, but not every kernel has them, and not every front end uses them. So we listen
to the shell's messages where the kernel receives them, before it queues them, act on a Stop at once and pass every message on untouched;
the kernel delivers that Stop in its turn, and it finds nothing left to do.

* ipykernel 7 receives in a thread of its own: whatever a cell does, Stop is heard.
* ipykernel 6 receives in the main thread, on its loop: an idle kernel and an ``await`` cell hear. Our own waits have the shell received
  while they block (`Ear.take`), and other cells are nudged to do so, see `Nudge`. Only a call into C that does not come back keeps Stop
  waiting until it does.

Where a kernel is built in another way nothing is changed, and Stop arrives when the kernel handles it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

from . import kernel as jupyter
from .nudge import Later, Nudge, uninterrupted

logger = logging.getLogger("sse_widget")
STEP = 0.1
"""Seconds between two looks at the shell's messages while one of our waits keeps the thread that should receive them."""

HEARD = ("stop", "asset")
"""Commands that do not wait for the end of a cell. Several streams cannot be shown before the part of the front end that draws them is
there, and a cell that waits for them would keep it back."""
KERNEL_THREAD = "the kernel's receiving thread"
LOOP = "the kernel's loop"
WAIT = "the waiting cell"
NUDGE = "a signal to the running cell"
MESSAGE = "a message in its turn"


class Listener(Protocol):
    """Whoever can be told to stop, or asked for a part of the front end."""

    @property
    def is_live(self) -> bool:
        """Whether there is anything to stop."""

    def hear(self, command: dict[str, Any], way: str) -> None:
        """Act on a command; ``way``: how it came."""


class Ear:
    """Listens on the shell channel of this process's kernel, for all widgets."""

    def __init__(self) -> None:
        self._listeners: weakref.WeakValueDictionary[str, Listener] = weakref.WeakValueDictionary()
        self._stream: Any = None
        self._session: Any = None
        self._own_thread = False
        self._way = LOOP
        self._later: Later | None = None
        self._nudge: Nudge | None = None
        self.heard: dict[str, int] = {}
        """How many runs were stopped by the page, by the way in which it was heard."""

    # --- who listens -----------------------------------------------------------------------------------------------------
    def listen(self, comm_id: str, listener: Listener) -> None:
        """Tell ``listener`` of every Stop on the comm of this id. Called where widgets are made, usually in a cell."""
        self._listeners[comm_id] = listener
        self.hook()

    def hook(self) -> None:
        """Begin to listen, if this is a kernel that we know how to listen to."""
        kernel: Any = getattr(jupyter.shell(), "kernel", None)
        stream = getattr(kernel, "shell_stream", None)
        if stream is None or stream is self._stream or not callable(getattr(stream, "_recv_callback", None)):
            return
        self._stream, self._session = stream, kernel.session
        thread: Any = getattr(kernel, "shell_channel_thread", None)
        self._own_thread = thread is not None
        if self._own_thread:
            thread.io_loop.add_callback(self._hook, stream, KERNEL_THREAD)  # a stream belongs to the thread that reads it
        elif threading.current_thread() is threading.main_thread():
            self._hook(stream, LOOP)
            self._nudge = Nudge(stream.getsockopt, self._take_soon, self._any_live)
        else:
            kernel.io_loop.add_callback(self._hook, stream, LOOP)

    def attend(self) -> None:
        """A run goes on. Cheap, from any thread."""
        if self._nudge is not None:
            self._nudge.watch()

    def _any_live(self) -> bool:
        return any(listener.is_live for listener in list(self._listeners.values()))

    # --- where the kernel receives ---------------------------------------------------------------------------------------
    def _hook(self, stream: Any, way: str) -> None:
        """Be called for each message, before the kernel is. That there can be but one callback is why the kernel's is called by ours."""
        self._way = way
        inner = stream._recv_callback

        def receive(frames: list[Any]) -> Any:
            try:
                self._overhear(frames)
            except Exception:  # the message is the kernel's all the same
                logger.debug("sse_widget: a message of the shell could not be read", exc_info=True)
            return inner(frames)

        stream.on_recv(receive, copy=False)

    def _overhear(self, frames: list[Any]) -> None:
        _, parts = self._session.feed_identities(frames, copy=False)
        message = self._session.deserialize(parts, content=False, copy=False)  # without its content it does not count as received
        if message["header"]["msg_type"] != "comm_msg":
            return
        content = self._session.unpack(message["content"])
        listener = self._listeners.get(content.get("comm_id"))
        command = (content.get("data") or {}).get("content")
        if listener is None or not isinstance(command, dict) or command.get("type") not in HEARD:
            return
        way = self._way
        if self._later is not None:  # in a signal's handler, which may have broken in anywhere: no lock may be taken here
            self._later.put(lambda: listener.hear(command, way))
        else:
            listener.hear(command, way)

    # --- ipykernel 6, whose main thread receives ---------------------------------------------------------------------------
    @property
    def step(self) -> float:
        """Seconds for which the calling thread may wait before it should call `take` again."""
        return STEP if self._must_take() else 1.0

    def take(self) -> None:
        """Have the kernel receive what has come, if the caller keeps the thread that does. It is handled after the cell, as ever."""
        if self._must_take():
            with self._said(WAIT):
                self._receive()

    def _must_take(self) -> bool:
        return self._stream is not None and not self._own_thread and threading.current_thread() is threading.main_thread()

    def _take_soon(self, later: Later) -> None:
        """The same, in a signal's handler; what is to be done goes into ``later``."""
        self._later = later
        try:
            with self._said(NUDGE):
                self._receive()
        finally:
            self._later = None

    def _receive(self) -> None:
        stream = self._stream
        if not stream.closed():
            with uninterrupted():  # an interrupt between receiving and queueing would lose a message
                stream.flush(1)  # zmq.POLLIN

    @contextlib.contextmanager
    def _said(self, way: str) -> Iterator[None]:
        before, self._way = self._way, way
        try:
            yield
        finally:
            self._way = before

    # --- what people are told ----------------------------------------------------------------------------------------------
    def count(self, way: str) -> None:
        """A run was stopped by the page, heard in this way."""
        self.heard[way] = self.heard.get(way, 0) + 1

    def ways(self) -> str:
        """In words, how Stop is heard here while a cell runs."""
        if self._stream is None:
            return "in its turn: when the kernel is idle"
        if self._own_thread:
            return "at once, whatever a cell does: this kernel receives in a thread of its own"
        if self._nudge is not None and self._nudge.armed:
            return "at once, also while a cell runs; only a call into C that does not return delays it"
        return "at once while the kernel is idle, awaits, or waits for a run; other cells delay it until they end"


ear = Ear()
