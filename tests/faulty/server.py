"""The server itself, on loopback, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading

from .talk import FAULTS, Gone, Talk


class FaultyServer:
    """Serves on loopback, from a thread. served: how often each fault was asked for. open: connections that are."""

    def __init__(self) -> None:
        self.served: dict[str, int] = {}
        self.open = 0
        self._changed = threading.Condition()
        self._tries: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-server", daemon=True)
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._accept, "127.0.0.1", 0), self._loop).result()
        self._server = started
        self.port: int = started.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def idle(self, timeout: float = 60.0) -> bool:
        """Block until no connection is open. False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.open == 0, timeout)

    def asked(self, name: str, times: int = 1, timeout: float = 60.0) -> bool:
        """Block until a fault was asked for so often."""
        with self._changed:
            return self._changed.wait_for(lambda: self.served.get(name, 0) >= times, timeout)

    def close(self) -> None:
        """End, and all that is open with it."""

        async def end() -> None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> FaultyServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with self._changed:
            self.open += 1
        try:
            # A cancellation is that of `close`; a task of a stream's that ended by one would be told as an error.
            with contextlib.suppress(Gone, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            with contextlib.suppress(Exception):
                writer.close()
            self._tasks.discard(task)
            with self._changed:
                self.open -= 1
                self._changed.notify_all()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request after another, as long as the client keeps the connection."""
        while True:
            begin = await reader.readexactly(1)
            if begin == b"\x16":  # TLS, of which a server of plain HTTP understands nothing
                writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                return
            lines = (begin + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ", 2)
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
            await reader.readexactly(int(headers.get("content-length", 0)))
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = Talk(reader, writer, method, target, headers)
            await self._do(talk, talk.path.strip("/").partition("/")[0])

    async def _do(self, talk: Talk, name: str) -> None:
        if name == "series":  # one after another, attempt by attempt; after the last one all goes well
            faults, key = talk.query["faults"].split(","), talk.query["of"]
            number = self._tries[key] = self._tries.get(key, 0) + 1
            name = faults[number - 1] if number <= len(faults) else "good"
            last = talk.headers.get("last-event-id", "")
            if last.isdigit():
                talk.first = int(last) + 1
                talk.at = min(talk.count, talk.first + max(1, talk.at))
        with self._changed:
            self.served[name] = self.served.get(name, 0) + 1
            self._changed.notify_all()
        if name == "log":
            text = json.dumps({"served": self.served, "open": self.open - 1}).encode()
            await talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(text), text))
            talk.close()
        await FAULTS[name](talk)
