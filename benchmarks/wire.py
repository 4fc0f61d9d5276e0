"""µs per event of the SSE decoder, beside httpx-sse's in the same run; and how the cost grows with the length of one event.

    python benchmarks/wire.py [events]

Times are CPU seconds of this process, the median of five interleaved rounds. The payload is that of a chat completion, about 265
bytes an event. `frames` is the decoder together with the columns of `Frames`.
"""
# ruff: noqa: T201 - its output is what this script is for

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping

from httpx_sse._decoders import SSEDecoder as PeerDecoder
from httpx_sse._decoders import SSELineDecoder as PeerLines

from sse_widget.ndjson import NDJSONDecoder
from sse_widget.recording import Recording
from sse_widget.wire import EVENT, SSEDecoder

ROUNDS = 5
Chunks = list[bytes]


def payload(index: int) -> str:
    delta = {"content": f" word{index}", "padding": "x" * (20 + index % 37)}
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
    return json.dumps({"id": "chatcmpl-0123456789", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def cut(data: bytes, size: int) -> Chunks:
    return [data[i : i + size] for i in range(0, len(data), size)]


def ours(chunks: Iterable[bytes]) -> int:
    decoder, count = SSEDecoder(), 0
    for index, chunk in enumerate(chunks):
        for frame in decoder.feed(chunk, 0.0, index):
            count += frame.kind == EVENT
    return count


def ndjson(chunks: Iterable[bytes]) -> int:
    decoder = NDJSONDecoder()
    return sum(len(decoder.feed(chunk, 0.0, index)) for index, chunk in enumerate(chunks))


def columns(chunks: Iterable[bytes]) -> int:
    recording = Recording()
    recording.content_type = "text/event-stream"
    frames = recording.framed("sse")
    for chunk in chunks:
        recording.chunk(chunk, 0.0)
        frames.advance()
    return len(frames.events)


def peer(chunks: Iterable[bytes]) -> int:
    lines, decoder, count = PeerLines(), PeerDecoder(), 0
    for chunk in chunks:
        for line in lines.decode(chunk.decode()):
            count += decoder.decode(line) is not None
    return count


def race(title: str, chunks: Chunks, events: int, runners: Mapping[str, Callable[[Chunks], int]]) -> None:
    spent: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(ROUNDS):
        for name, run in runners.items():
            begin = time.process_time()
            count = run(chunks)
            spent[name].append(time.process_time() - begin)
            assert count == events, (name, count, events)
    for name, seconds in spent.items():
        print(
            f"{title:<34} {name:<10} {statistics.median(seconds) / events * 1e6:10.2f} µs/event   (min {min(seconds) / events * 1e6:.2f})"
        )


def main(events: int) -> None:
    sse = [f"data: {payload(i)}\n\n".encode() for i in range(events)]
    crlf = [block.replace(b"\n", b"\r\n") for block in sse]
    both = {"ours": ours, "httpx-sse": peer}
    print(f"{events} events of {sum(map(len, sse)) / events:.0f} B, Python {sys.version.split()[0]}")
    race("one event a chunk", sse, events, {**both, "frames": columns})
    race("64 KiB chunks", cut(b"".join(sse), 65536), events, {**both, "frames": columns})
    race("CR LF, 64 KiB chunks", cut(b"".join(crlf), 65536), events, both)
    race("JSON lines, 64 KiB chunks", cut(b"".join(block[6:-1] for block in sse), 65536), events, {"ours": ndjson})
    for megabytes in (1, 5):
        line = b"data: " + b"x" * (megabytes << 20) + b"\n\n"
        race(f"one line of {megabytes} MiB in 1 KiB chunks", cut(line, 1024), 1, both)
        race(f"one line of {megabytes} MiB in one chunk", [line], 1, both)
        many = b"data: " + b"y" * 74 + b"\n"
        race(f"80 B lines, {megabytes} MiB, 1 KiB chunks", cut(many * ((megabytes << 20) // 81) + b"\n", 1024), 1, both)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
