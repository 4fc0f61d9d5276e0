"""CPU for each event: our reading of chat chunks beside httpx-sse and `json.loads`, in one run.

    python benchmarks/reading.py [events]

theirs: httpx-sse's two decoders over the same chunks, then `json.loads` of each event, and nothing else: the results are dropped, no
text is put together, no time is noted. decode_and_read: what it takes until a user has `run.text`: the chunks are recorded with their
times, decoded to frames in columns, parsed, read by the dialect and merged. At most 1.5 times theirs is the goal. ours: that, and what
the page shows: metrics, findings, and the deltas kept. CPU seconds of this process, medians of interleaved rounds.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from sse_widget import Recording
from sse_widget.dialects.base import parse_json
from sse_widget.dialects.openai_chat import OpenAIChat
from sse_widget.frames import Frames
from sse_widget.output import Output

ROUNDS = 5
CHUNK = 65_536


def stream(events: int) -> bytes:
    """OpenAI chat chunks of 265 bytes."""
    made = []
    for i in range(events):
        delta = {"content": f" word{i % 10}"}
        chunk = {
            "id": "chatcmpl-B0123456789abcdefghijklmnopqr",
            "object": "chat.completion.chunk",
            "created": 1763640000,
            "model": "gpt-4.1-mini-2025-04-14",
            "service_tier": "default",
            "system_fingerprint": "fp_0123456789",
            "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}],
        }
        made.append(f"data: {json.dumps(chunk, separators=(',', ':'))}\n\n")
    return "".join(made).encode()


def theirs(chunks: list[bytes]) -> None:
    """httpx-sse's decoders, then JSON."""
    lines, events = SSELineDecoder(), SSEDecoder()
    for chunk in chunks:
        for line in lines.decode(chunk.decode()):
            event = events.decode(line)
            if event is not None:
                json.loads(event.data)


def recorded(chunks: list[bytes]) -> Recording:
    recording = Recording()
    recording.content_type = "text/event-stream"
    for i, chunk in enumerate(chunks):
        recording.chunk(chunk, i * 0.01)
    recording.seal("close")
    return recording


def ours(chunks: list[bytes]) -> None:
    """Everything: decode, read, merge, measure, find."""
    recorded(chunks).read()


def decode_and_read(chunks: list[bytes]) -> None:
    """Decode, dialect and output alone, in the slices in which `Reading.finish` goes."""
    dialect, output = OpenAIChat(), Output()
    recording = recorded(chunks)
    frames = recording.framed()
    assert isinstance(frames, Frames)
    index = 0
    while not frames.finished:
        for frame in frames.advance(64):
            if frame.data[:1] == "{":
                for delta in dialect.read(index, frame, parse_json(frame.data)):
                    output.apply(delta)
            index += 1


def cpu(work: Callable[[list[bytes]], None], chunks: list[bytes]) -> float:
    begin = time.process_time()
    work(chunks)
    return time.process_time() - begin


def main(events: int) -> None:
    """Print µs per event, medians of interleaved rounds."""
    body = stream(events)
    for name, chunks in (
        ("one event a chunk", [part + b"\n\n" for part in body.split(b"\n\n")[:-1]]),
        ("64 KiB chunks", [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]),
    ):
        times: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for work in (theirs, decode_and_read, ours):
                times.setdefault(work.__name__, []).append(cpu(work, chunks) / events * 1e6)
        base = median(times["theirs"])
        print(
            f"{name}, {len(body) // events} B: " + ", ".join(f"{k} {median(v):.2f} µs ({median(v) / base:.2f}×)" for k, v in times.items())
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
