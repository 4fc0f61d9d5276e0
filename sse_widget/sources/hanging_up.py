"""Free a thread that is blocked in reading from somebody else's iterator, by shutting the connection underneath.

A thread cannot be stopped from outside, and closing an iterator that is being read raises (a generator) or waits (a lock). But a
connection that is shut ends the read: on Linux shutting wakes who reads, and closing does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts: the reader may have been on its way to its next read when it was to be freed."""
_CLIENTS = ("http.client", "httpcore", "httpcore2", "urllib3.response", "urllib3.connection")
"""Modules that read from a connection on behalf of an iterator. What else a generator does, such as talk to a database, is left alone."""
_DEPTH = 40


def hang_up(response: Any) -> None:
    """Shut the connection of a sync response, of httpx's shape or urllib3's. Safe from any thread, and more than once."""
    stream = getattr(response, "extensions", {}).get("network_stream")
    sock = stream.get_extra_info("socket") if stream is not None else None
    if isinstance(sock, socket.socket):
        _shut(sock)


def hang_up_on(thread: threading.Thread) -> None:
    """Shut the connection that ``thread`` waits for at this moment, if an HTTP client has it waiting there.

    Where it waits is told by its stack: innermost Python's own socket code or the client's, with the socket at hand. So a generator of
    the user's own, boto3, requests and urllib need no special case.
    """
    frame = sys._current_frames().get(thread.ident or 0)
    frames = list(_outwards(frame))
    if any(_module(frame).startswith(_CLIENTS) for frame in frames):
        found = next((sock for frame in frames[:4] if (sock := _socket_in(frame)) is not None), None)
        if found is not None:
            _shut(found)


async def free(thread: threading.Thread, release: Callable[[], None]) -> None:
    """Call ``release`` until ``thread`` has ended, or it was called often enough."""
    for pause in PAUSES:
        if not thread.is_alive():
            return
        release()
        await asyncio.sleep(pause)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    for _ in range(_DEPTH):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _socket_in(frame: FrameType) -> socket.socket | None:
    """The socket that a frame works with: its object, or that of its object."""
    this = frame.f_locals.get("self")
    for candidate in (this, getattr(this, "_sock", None), getattr(this, "sock", None)):
        if isinstance(candidate, socket.socket):
            return candidate
    return None


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the plain one: that of a TLS socket would first forget its session
