"""A server that streams the benchmark's text as chat completions, and notes when it sent each marker. It runs in a process of its own.

    GET  /<run>/waiting               how many requests of this run are open and wait for the signal
    POST /<run>/go                    the signal: all of them begin
    GET  /<run>/sent                  {stream: [seconds]}: when each marker was sent, on this machine's monotonic clock
    POST /<run>/<stream>/<tokens>/<rate>/<shape>/…    the stream itself; rate in tokens per second, 0: as fast as they go

A stream is built before it waits, so that the sending costs as little as it can.
"""

# ruff: noqa: T201 - the driver reads the address from the output
from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .text import MARKER, tokens

TOGETHER = 32
"""Events in one write where nothing paces them: a busy server's send buffer looks like that, and no client is slowed by system calls."""


class Run:
    """The streams that begin at one signal."""

    def __init__(self) -> None:
        self.signal = threading.Event()
        self.waiting = 0
        self.sent: dict[str, list[float]] = {}


runs: defaultdict[str, Run] = defaultdict(Run)


def events(pieces: list[str]) -> list[bytes]:
    """Chat completion chunks of about 265 bytes, one a token, and what ends such a stream."""
    head = {
        "id": "chatcmpl-B0123456789abcdefghijklmnopqr",
        "object": "chat.completion.chunk",
        "created": 1763640000,
        "model": "gpt-4.1-mini-2025-04-14",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }

    def event(delta: dict[str, str], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return f"data: {json.dumps({**head, 'choices': [choice]}, separators=(',', ':'))}\n\n".encode()

    usage = {"prompt_tokens": 9, "completion_tokens": len(pieces), "total_tokens": len(pieces) + 9}
    end = f"data: {json.dumps({**head, 'choices': [], 'usage': usage}, separators=(',', ':'))}\n\ndata: [DONE]\n\n".encode()
    return [*(event({"content": piece}) for piece in pieces), event({}, "stop"), end]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        run, what = self.path.strip("/").split("/")[:2]
        self.answer({"waiting": runs[run].waiting} if what == "waiting" else runs[run].sent)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = self.path.strip("/").split("/")
        run = runs[parts[0]]
        if parts[1] == "go":
            run.signal.set()
            self.answer({})
            return
        _, stream, count, rate, shape = parts[:5]
        pieces = tokens(int(count), seed=int(stream) + 1, shape=shape)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        self.stream(run, stream, pieces, float(rate))

    def stream(self, run: Run, stream: str, pieces: list[str], rate: float) -> None:
        lines = events(pieces)
        marked = [bool(MARKER.search(piece)) for piece in pieces] + [False] * (len(lines) - len(pieces))
        size = 1 if rate else TOGETHER
        groups = [(b"".join(lines[i : i + size]), sum(marked[i : i + size])) for i in range(0, len(lines), size)]
        run.sent[stream] = sent = []
        run.waiting += 1
        run.signal.wait()
        begin = time.monotonic()
        try:
            for number, (data, count) in enumerate(groups):
                if rate and (pause := begin + number / rate - time.monotonic()) > 0:
                    time.sleep(pause)
                if count:
                    sent.extend([time.monotonic()] * count)
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True  # the client left

    def answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left is none."""


def main() -> None:
    """Serve on a free port, whose address is the first line of the output."""
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
