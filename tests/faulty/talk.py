"""One request to the server of faults, and what an answer is made of."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SYLLABLES = ("ba", "ké", "li", "mo", "nü", "豆", "😀", "ra", "so", "ti", "wa", "zu")


def said(seed: int, words: int) -> list[str]:
    """What a stream of this seed says."""
    chance = random.Random(seed)
    return [" " + "".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(1, 5))) for _ in range(words)]


class Gone(Exception):
    """The connection is over, one way or the other."""


class Talk:
    """One request and the answer to it. count: words of the whole stream; at: so many of them come before the fault."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, target: str, headers: dict[str, str]
    ) -> None:
        self.reader, self.writer, self.method, self.headers = reader, writer, method, headers
        parts = urlsplit(target)
        self.path = parts.path
        self.query = dict(parse_qsl(parts.query))
        self.seed, self.count = int(self.query.get("seed", 0)), int(self.query.get("words", 12))
        self.at = int(self.query.get("at", self.count // 2))
        self.pace = float(self.query.get("pace", 0))
        self.words = said(self.seed, self.count)
        self.first = 0
        self.pack: Callable[[bytes], bytes] = bytes
        self.chunked = True

    async def write(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except (OSError, RuntimeError):
            raise Gone from None

    async def head(self, status: str = "200 OK", chunked: bool = True, /, **headers: str) -> None:
        self.chunked = chunked
        lines = [f"HTTP/1.1 {status}", "Content-Type: text/event-stream", *(["Transfer-Encoding: chunked"] if chunked else [])]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.write("\r\n".join([*lines, "", ""]).encode())

    async def body(self, data: bytes) -> None:
        data = self.pack(data)
        if data:
            await self.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)

    def event(self, number: int) -> bytes:
        return self.message({"content": self.words[min(number, self.count - 1)]}, None, number)

    def message(self, delta: dict[str, Any], finish: str | None, number: int) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        data = json.dumps({"id": "faulty", "object": "chat.completion.chunk", "model": "faulty", "choices": [choice]})
        return f"id: {number}\ndata: {data}\n\n".encode()

    async def say(self, stop: int | None = None) -> None:
        """The words that are left before number ``stop``, else all, each in its event."""
        while self.first < (self.count if stop is None else stop):
            await self.body(self.event(self.first))
            self.first += 1
            await asyncio.sleep(self.pace)

    async def done(self) -> None:
        """What a stream ends with, but for the end of the transport."""
        await self.say()
        await self.body(self.message({}, "stop", self.count) + b"data: [DONE]\n\n")

    async def finish(self) -> None:
        """A good end, from wherever it stands."""
        await self.done()
        if self.chunked:
            await self.write(b"0\r\n\r\n")

    def reset(self) -> None:
        """RST instead of FIN: what has not arrived yet is lost, too."""
        raw = self.writer.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise Gone

    def close(self) -> None:
        """FIN, where the stream stands."""
        self.writer.close()
        raise Gone

    async def left(self) -> None:
        """Until the client has closed the connection."""
        with contextlib.suppress(OSError):
            while await self.reader.read(65536):
                pass

    async def arrived(self) -> None:
        """Until all that was written is likely to be with the client: a reset would take it back."""
        await asyncio.sleep(0.05)


Fault = Callable[[Talk], Awaitable[None]]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    FAULTS[getattr(function, "__name__", "")] = function
    return function
