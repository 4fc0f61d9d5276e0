"""One open response: it sends bytes, sleeps, and notices at once when the other end is gone.

A plain ``asyncio.sleep`` between two fragments would notice a client that went away only at the next fragment. Here every
sleep is a future that the disconnect resolves too, without a task per sleep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .log import ConnectionLog, How, Record

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BREATHE_EVERY = 32
"""Bursts give the event loop a turn after this many sends, so that they see a disconnect and leave others a share."""


class Gone(Exception):
    """The response cannot go on: the client left, the server is closing, or it was cut on purpose."""


class Line:
    """The ASGI channels of one request, with its record kept up to date."""

    def __init__(self, receive: Receive, send: Send, record: Record, log: ConnectionLog) -> None:
        self.record = record
        self.how: How = "open"
        self._receive = receive
        self._send = send
        self._log = log
        self._sleeper: asyncio.Future[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._burst = 0

    async def receive(self) -> Message:
        """ASGI receive; keeps the request body in the record."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.record.body += message.get("body", b"")
        elif message["type"] == "http.disconnect":
            self.hang_up("disconnected")
        return message

    async def send(self, message: Message) -> None:
        """ASGI send; notes the status, and the end of a complete response. Once the line is gone, nothing is sent."""
        if self._gone:  # Starlette would still answer a Gone with a 500 of its own
            return
        if message["type"] == "http.response.start":
            self.record.status = message["status"]
            self._log.touch()
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body") and self.how == "open":
            self.how = "complete"

    async def start(self, headers: dict[str, str], *, status: int = 200) -> None:
        """Send the headers of a stream. Only from here on a disconnect is watched for: before, the body is still being read."""
        self.watch()
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    def watch(self) -> None:
        """Begin to watch for a disconnect. The request body must have been read, or not be wanted."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    async def write(self, data: bytes) -> None:
        """Send bytes of the body; none is nothing. Raises Gone if nobody is there to read them."""
        self._check()
        if not data:
            return
        await self.send({"type": "http.response.body", "body": data, "more_body": True})
        self._burst += 1
        if self._burst >= BREATHE_EVERY:
            self._burst = 0
            await asyncio.sleep(0)

    async def fragment(self, data: bytes) -> None:
        """Send a fragment of the reply, and count it."""
        await self.write(data)
        self.record.sent += 1
        self._log.touch()

    async def finish(self) -> None:
        """End the response as it should be ended."""
        self._check()
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    def cut(self) -> Gone:
        """The exception to raise to break the connection: uvicorn closes it without the final chunk when the app returns early."""
        self.hang_up("cut")
        return Gone()

    async def sleep_until(self, due: float) -> None:
        """Sleep until ``due`` (loop time, s). Raises Gone at once when the other end goes. Returns at once if it is past."""
        self._check()
        loop = asyncio.get_running_loop()
        if due <= loop.time():
            return
        sleeper = self._sleeper = loop.create_future()
        timer = loop.call_at(due, _wake, sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            self._sleeper = None
        self._burst = 0
        self._check()

    async def sleep(self, seconds: float) -> None:
        """Sleep for ``seconds``, as ``sleep_until`` does."""
        await self.sleep_until(asyncio.get_running_loop().time() + seconds)

    def hang_up(self, how: How) -> None:
        """The response is over because of ``how``; the first reason stays. Called on the server's loop."""
        if self.how == "open":
            self.how = how
        if self._sleeper is not None:
            _wake(self._sleeper)

    def close(self) -> None:
        """The request was served: stop watching, close the record."""
        if self._watcher is not None:
            self._watcher.cancel()
        self._log.close(self.record, "cut" if self.how == "open" else self.how)

    @property
    def _gone(self) -> bool:
        return self.how not in ("open", "complete")

    def _check(self) -> None:
        if self._gone:
            raise Gone

    async def _watch(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
