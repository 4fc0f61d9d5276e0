"""What a very long stream costs in the kernel: memory for each event, and the CPU to fold it.

    python -m benchmarks.load.memory [--events 1000000] [--traced]

Chat chunks of about 295 bytes, one in each transport chunk, are recorded within the default bounds and folded as they come: frames,
dialect, output, metrics, deltas. traced: `tracemalloc` counts as well, which takes ten times as long. Prints one line of JSON.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import gc
import json
import time
import tracemalloc

import psutil  # type: ignore[import-untyped]

from sse_widget.bounds import Bounds
from sse_widget.reading import Reading
from sse_widget.recording import Recording
from sse_widget.spill import SpillStorage

from .source import AFTER, BEFORE

BEHIND = 16
"""Chunks that wait when the reader gets its turn."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--traced", action="store_true")
    asked = parser.parse_args()
    process = psutil.Process()
    recording = Recording(bounds=Bounds())
    recording.content_type = "text/event-stream"
    reading = Reading(recording)
    gc.collect()
    if asked.traced:
        tracemalloc.start()
    before, used = process.memory_info().rss, time.process_time()
    size, most, steps = 0, 0, []
    for number in range(asked.events):
        data = b"data: %b word%d%b\n\n" % (BEFORE, number % 1000, AFTER)
        size += len(data)
        recording.chunk(data, number * 0.01)
        if number % BEHIND == 0:
            reading.advance()
        if number % (asked.events // 10 or 1) == 0:
            steps.append(process.memory_info().rss)
            reading.metrics()
    recording.seal("close")
    reading.finish()
    used = time.process_time() - used
    gc.collect()
    after = process.memory_info().rss
    most = max(*steps, after)
    storage = recording._storage
    held = storage.in_memory if isinstance(storage, SpillStorage) else size
    found = {
        "events": asked.events,
        "bytes an event": round(size / asked.events, 1),
        "rss MB": round(after / 1e6, 1),
        "most rss MB": round(most / 1e6, 1),
        "data in memory MB": round(held / 1e6, 1),
        "data in the file MB": round((size - held) / 1e6, 1),
        "rss an event, without its data, B": round((after - before - held) / asked.events, 1),
        "rss an event in the second half, with all, B": round((after - steps[len(steps) // 2]) / (asked.events / 2), 1),
        "CPU an event, µs": round(1e6 * used / asked.events, 2),
        "text, characters": len(reading.output.text),
    }
    if asked.traced:
        found["traced an event, without its data, B"] = round((tracemalloc.get_traced_memory()[0] - held) / asked.events, 1)
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
