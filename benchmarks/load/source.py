"""A server of many paced streams, in a process of its own, so that it shares no lock with who reads them.

    GET /<streams>/<events>/<rate>      a stream of chat chunks; it begins when so many are open
    GET /sent                           how many events were sent since the start

Each event's text is " number:time", the time on this machine's monotonic clock in seconds when it was sent: so whoever reads can tell
what is missing, what is out of order and how old it is. One loop with one alarm for all streams, each in its own phase: thousands of
events a second cost it a fraction of a core.
"""

# ruff: noqa: T201 - who started it reads the address from the output
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

PARAGRAPH = 50
"""Events after which a paragraph ends, as it does in what models write."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
CHUNK = {
    "id": "chatcmpl-B0123456789abcdefghijklmnopqr",
    "object": "chat.completion.chunk",
    "created": 1763640000,
    "model": "gpt-4.1-mini-2025-04-14",
    "service_tier": "default",
    "system_fingerprint": "fp_0123456789",
}
BEFORE, AFTER = (
    part.encode()
    for part in json.dumps(
        {**CHUNK, "choices": [{"index": 0, "delta": {"content": "@"}, "logprobs": None, "finish_reason": None}]}, separators=(",", ":")
    ).split("@")
)
LAST = {**CHUNK, "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]}
END = f"data: {json.dumps(LAST)}\n\ndata: [DONE]\n\n".encode()


def framed(data: bytes) -> bytes:
    """A chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Streams:
    """Those that begin together."""

    def __init__(self, expected: int, events: int, rate: float) -> None:
        self.expected, self.events, self.rate = expected, events, rate
        self.writers: list[asyncio.StreamWriter] = []
        self.over = asyncio.Event()

    async def play(self, sent: list[int]) -> None:
        """Send every stream's events, each stream in its phase."""
        begin = time.monotonic() + 0.5
        count = len(self.writers)
        steps = self.events * count
        for step in range(steps):
            number, stream = divmod(step, count)
            wait = begin + (number + stream / count) / self.rate - time.monotonic() if self.rate else 0.0
            if wait > 0.0005:
                await asyncio.sleep(wait)
            elif not step % 64:
                await asyncio.sleep(0)
            writer = self.writers[stream]
            if writer.is_closing():
                continue
            end = b"" if (number + 1) % PARAGRAPH else b"\\n\\n"
            writer.write(framed(b"data: %b %d:%.4f%b%b\n\n" % (BEFORE, number, time.monotonic(), end, AFTER)))
            if not self.rate and not step % 1024:
                await writer.drain()
            sent[0] += 1
        for writer in self.writers:
            writer.write(framed(END) + b"0\r\n\r\n")
        self.over.set()


async def serve() -> AsyncIterator[str]:
    """Serve on a free port; gives the address, and goes on until it is closed."""
    waiting: dict[tuple[str, ...], Streams] = {}
    tasks: set[asyncio.Task[None]] = set()
    sent = [0]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode().strip("/").split("/")
        if path == ["sent"]:
            body = json.dumps(sent[0]).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )
        else:
            streams = waiting.setdefault(tuple(path), Streams(int(path[0]), int(path[1]), float(path[2])))
            writer.write(HEAD)
            streams.writers.append(writer)
            if len(streams.writers) == streams.expected:
                del waiting[tuple(path)]
                task = asyncio.create_task(streams.play(sent))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await streams.over.wait()
        try:
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError:
            pass  # the client left

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        await server.serve_forever()


async def main() -> None:
    """Print the address, and serve until the process is ended."""
    async for url in serve():
        print(url, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
