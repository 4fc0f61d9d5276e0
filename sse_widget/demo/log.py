"""What the server saw: one record per request, and a way to wait for one without polling."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

How = Literal["open", "complete", "disconnected", "cut", "closed"]


@dataclass
class Record:
    """One request. It is filled in while the request is served; read it, do not write it.

    started, ended: wall clock in s, ``ended`` None while it is open. how: "open", then "complete", "disconnected" (the
    client went first), "cut" (the server broke it on purpose) or "closed" (the server itself went down). sent: fragments
    written so far; a broken one does not count. status: HTTP status, 0 before the headers. headers: as they came, secrets
    included, since nobody but the caller of ``serve`` ever sees them.
    """

    number: int
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    started: float
    body: bytes = field(default=b"", repr=False)
    model: str | None = None
    status: int = 0
    sent: int = 0
    ended: float | None = None
    how: How = "open"

    def header(self, name: str) -> str | None:
        """The first header of that name (any case), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class ConnectionLog(list[Record]):
    """The records in order of arrival. Written by the server's thread; read and awaited by any other."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._waiting = 0

    def open(self, method: str, path: str, query: str, headers: list[tuple[str, str]]) -> Record:
        """A record for a request that has just come in."""
        with self._changed:
            record = Record(len(self), method, path, query, headers, time.time())
            self.append(record)
            self._changed.notify_all()
        return record

    def touch(self) -> None:
        """Tell those who wait that a record has changed. Cheap if nobody does, for it is called for each fragment."""
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def close(self, record: Record, how: How) -> None:
        """The request is over."""
        with self._changed:
            record.how, record.ended = how, time.time()
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[Record], object], timeout: float) -> Record:
        """Block until a record satisfies ``predicate`` and return it. Raises TimeoutError after ``timeout`` s.

        The predicate runs in the caller's thread, once for each record whenever one has changed.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            # Counted before the records are read: a change in between finds the counter set and notifies.
            self._waiting += 1
            try:
                while True:
                    for record in self:
                        if predicate(record):
                            return record
                    if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                        seen = "\n".join(f"  {record}" for record in self) or "  none"
                        raise TimeoutError(f"No request was like that within {timeout:g} s. Requests so far:\n{seen}")
            finally:
                self._waiting -= 1
