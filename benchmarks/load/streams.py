"""Many streams at once in one process, which stands for a kernel: what arrives, in which order, how late, and what holds the engine up.

    python -m benchmarks.load.streams [--streams 200] [--rate 50] [--seconds 20] [--shown none|one|session]

shown: no widget; each stream in a session of its own, and the widget of one of them; or all of them in one session's widget, of which
one lane is looked at. A widget's messages go to a stub that acknowledges as a page does. Prints one line of JSON.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import comm
from comm.base_comm import BaseComm

ROOT = Path(__file__).parent.parent.parent
BEAT = 0.01
"""Seconds between two beats of the engine's loop."""
ACK = 0.5
"""Seconds between two acknowledgements of a page."""


class PageComm(BaseComm):
    """Takes a widget's messages as a server would, and answers as a page that is quick."""

    made: list[PageComm]

    def __init__(self, *args: Any, **keys: Any) -> None:
        self.times: list[float] = []
        self.lags: list[float] = []
        self.bytes = 0
        self.lane = ""
        self._acked = 0.0
        super().__init__(*args, **keys)
        PageComm.made.append(self)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any) -> None:
        now = time.monotonic()
        self.times.append(now)
        batch = ((data or {}).get("state") or {}).get("batch")
        if not batch:
            return
        self.bytes += len(json.dumps(batch, default=str)) + sum(len(one) for one in buffers or ())
        for lane in batch["lanes"]:
            if not self.lane or lane["lane"] == self.lane:
                texts = [text for op in lane["ops"] if isinstance(op[2], list) for text in op[2] if ":" in text]
                self.lags += [now - float(text.rpartition(":")[2]) for text in texts]
        if now - self._acked >= ACK:
            self._acked = now
            ack = {"type": "ack", "seq": batch["seq"], **({"focus": self.lane} if self.lane else {})}
            self.handle_msg({"content": {"data": {"method": "custom", "content": ack}}, "buffers": []})


class Heart:
    """Beats on a loop, and notes how late each beat is.

    late: seconds. own: CPU seconds of this process since the beat before, beyond which nobody can have been held up by ourselves; on a
    machine that others use too, the rest of the delay is theirs.
    """

    def __init__(self) -> None:
        self.late: list[float] = []
        self.own: list[float] = []
        self._over = False

    async def beat(self) -> None:
        due, used = time.monotonic() + BEAT, time.process_time()
        while not self._over:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now, so_far = time.monotonic(), time.process_time()
            self.late.append(now - due)
            self.own.append(min(now - due, so_far - used))
            due, used = now + BEAT, so_far

    def stop(self) -> None:
        self._over = True


def share(values: list[float], part: float) -> float | None:
    """The value below which this part of all lies, in ms."""
    ordered = sorted(values)
    return round(1000 * ordered[min(int(part * len(ordered)), len(ordered) - 1)], 1) if ordered else None


def cpu(pid: int) -> float:
    import psutil  # type: ignore[import-untyped]

    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def cpu_of_threads() -> dict[str, float]:
    """CPU seconds of our threads, by name."""
    import psutil

    names = {thread.native_id: thread.name.removeprefix("sse-widget-") for thread in threading.enumerate()}
    return {names[it.id]: it.user_time + it.system_time for it in psutil.Process().threads() if it.id in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--shown", choices=("none", "one", "session"), default="none")
    asked = parser.parse_args()
    events = int(asked.seconds * asked.rate) if asked.rate else 5000

    PageComm.made = []
    comm.create_comm = PageComm
    import sse_widget as sw
    import sse_widget.sources.warming
    import sse_widget.view.widget
    from sse_widget.engine import engine

    sse_widget.sources.warming.tls()  # what a kernel's first stream and first widget load takes Python's lock for a second

    source = subprocess.Popen([sys.executable, "-u", "-m", "benchmarks.load.source"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert source.stdout is not None
    url = source.stdout.readline().strip()
    heart = Heart()
    engine.submit(heart.beat())
    shared = sw.Session() if asked.shown == "session" else None
    path = f"{url}/{asked.streams}/{events}/{asked.rate:g}"
    threads = threading.active_count()
    begin, used, sources = time.monotonic(), time.process_time(), cpu(source.pid)
    runs = [sw.stream(path, session=shared, show=False) for _ in range(asked.streams)]
    if asked.shown != "none":
        _ = runs[0].widget
        PageComm.made[-1].lane = runs[0].id
    for run in runs:
        run.wait()
    heart.stop()
    by_thread = cpu_of_threads()
    took, used, sources = time.monotonic() - begin, time.process_time() - used, cpu(source.pid) - sources
    source.terminate()
    source.wait()

    lost = disordered = received = 0
    arrival: list[float] = []
    for run in runs:
        words = [word.split(":") for word in run.text.split()]
        numbers = [int(number) for number, _ in words]
        received += len(set(numbers))
        lost += events - len(set(numbers))
        disordered += sum(after <= before for before, after in pairwise(numbers))
        frames = run.recording.frames
        times = [frames.times[event.frame] + run.recording.t0 for event in run.events[: len(words)]]
        arrival += [at - float(sent) for at, (_, sent) in zip(times, words, strict=False)]
    sent_by_widget = [page for page in PageComm.made if page.times]
    rates = [
        sum(at <= other < at + 1 for page in sent_by_widget for other in page.times) for one in sent_by_widget for at in one.times[::10]
    ]
    print(
        json.dumps(
            {
                "streams": asked.streams,
                "rate": asked.rate,
                "shown": asked.shown,
                "sent": events * asked.streams,
                "received": received,
                "lost": lost,
                "out of order": disordered,
                "done": sum(run.status == "done" for run in runs),
                "seconds": round(took, 1),
                "kernel cores": round(used / took, 2),
                "CPU, µs an event": {name: round(1e6 * by_thread.get(name, 0.0) / max(1, received), 1) for name in ("engine", "writer")},
                "source cores": round(sources / took, 2),
                "loop late, ms, p50 p99 most": [share(heart.late, part) for part in (0.5, 0.99, 1.0)],
                "of it our own CPU, ms, p50 p99 most": [share(heart.own, part) for part in (0.5, 0.99, 1.0)],
                "send to recording, ms, p50 p95 most": [share(arrival, part) for part in (0.5, 0.95, 1.0)],
                "send to message, ms, p50 p95 most": [
                    share([lag for page in sent_by_widget for lag in page.lags], p) for p in (0.5, 0.95, 1.0)
                ],
                "messages": sum(len(page.times) for page in sent_by_widget),
                "messages a second, most": max(rates, default=0),
                "batch bytes an event": round(sum(page.bytes for page in sent_by_widget) / max(1, received if shared else events), 1),
                "threads": threading.active_count() - threads,
                "rss MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
