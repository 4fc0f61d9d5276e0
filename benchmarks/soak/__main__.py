"""Streams with faults for some minutes: ``python -m benchmarks.soak --minutes 5 --seed 7``. Ends with 1 if anything was not as it must be.

A server in a process of its own injects the faults (`tests.faulty`); threads start streams, follow, stop, pause and read them again,
show them on pages to which not all messages get through, and look at what must be true all the time. What is chosen depends on the seed
alone; what happens first, on the machine.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import psutil  # type: ignore[import-untyped]

import sse_widget as sw
from sse_widget.engine import engine

from .people import LossyComm, Soak, meddler, person

ROOT = Path(__file__).parent.parent.parent
BEAT = 0.5
"""Seconds between two looks at the process."""
WARM = 30.0
"""Seconds after which memory is compared with what it is at the end."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--people", type=int, default=8, help="threads that start streams, 1 to 5 each at a time")
    parser.add_argument("--growth", type=float, default=0.25, help="by how much memory may grow after the first tenth, of what it was")
    given = parser.parse_args()
    warnings.simplefilter("error")
    print(f"seed {given.seed}, {given.minutes:g} min, {given.people} people, Python {sys.version.split()[0]}", flush=True)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faulty"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with mock.patch("comm.create_comm", LossyComm):
            wrong = soak(url, given)
        assert server.stdin is not None
        server.stdin.close()
    sys.exit(1 if wrong else 0)


def soak(url: str, given: argparse.Namespace) -> bool:
    sw.stream(f"{url}/good?words=3", show=False).wait(60)  # the engine and the writer are there
    runs: weakref.WeakSet[sw.Run] = weakref.WeakSet()
    begin = sw.Run.__init__

    def count(self: sw.Run, *args: object, **keys: object) -> None:
        runs.add(self)
        begin(self, *args, **keys)  # type: ignore[arg-type]

    watch = Watch()
    state = Soak(url, given.seed, time.monotonic() + given.minutes * 60)
    with mock.patch.object(sw.Run, "__init__", count):
        jobs: list[tuple[Callable[[Soak, int], None], int]] = [(person, number) for number in range(given.people)]
        jobs += [(meddler, number) for number in range(2)]
        threads = [threading.Thread(target=job, args=(state, number), name=f"soak-{number}") for job, number in jobs]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            watch.look(state, given)
            threads[0].join(BEAT)
    report(state, watch, url, runs, given)
    return bool(state.wrong)


class Watch:
    """The process: threads, file descriptors, tasks, memory."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.begin = time.monotonic()
        self.threads, self.files, self.tasks = self.now()
        self.most = [0, 0, 0]
        self.memory: list[tuple[float, float]] = []
        self.told = 0.0
        self.late = 0.0

    def now(self) -> tuple[int, int, int]:
        async def tasks() -> int:
            return len(asyncio.all_tasks()) - 1

        asked = time.monotonic()
        found = asyncio.run_coroutine_threadsafe(tasks(), engine.loop).result(60)
        self.late = max(getattr(self, "late", 0.0), time.monotonic() - asked)
        return threading.active_count(), len(os.listdir("/proc/self/fd")), found

    def look(self, state: Soak, given: argparse.Namespace) -> None:
        now = self.now()
        self.most = [max(most, one) for most, one in zip(self.most, now, strict=True)]
        streams = len(state.live)
        # Who starts them, a timer each, a connection each; httpx and the loops of asyncio.run have some more.
        bounds = (self.threads + 3 * given.people + streams + 10, self.files + 6 * given.people + 4 * streams + 20, 6 * streams + 20)
        for name, one, bound in zip(("threads", "files", "tasks"), now, bounds, strict=True):
            if one > bound:
                state.wrong.append(f"{one} {name} for {streams} streams")
        self.memory.append((time.monotonic() - self.begin, self.process.memory_info().rss / 1e6))
        if time.monotonic() - self.told > 30:
            self.told = time.monotonic()
            print(f"{self.memory[-1][0]:6.0f} s  {state.started} streams  {now} threads, files, tasks  {self.memory[-1][1]:.0f} MB"
                  f"  {len(state.wrong)} wrong", flush=True)  # fmt: skip


def report(state: Soak, watch: Watch, url: str, runs: weakref.WeakSet[sw.Run], given: argparse.Namespace) -> None:
    """Look at what is left behind, and print it all."""
    left: tuple[int, int, int] = (0, 0, 0)
    log: dict[str, dict[str, int]] = {}
    for _ in range(40):  # connections that were let go of take a moment to be closed
        gc.collect()
        left = watch.now()
        log = json.load(urllib.request.urlopen(f"{url}/log"))
        if left[0] <= watch.threads and left[2] <= watch.tasks and not log["open"] and not runs:
            break
        threading.Event().wait(0.25)
    for name, one, most in zip(("threads", "files", "tasks"), left, (watch.threads, watch.files + 5, watch.tasks), strict=True):
        if one > most:
            state.wrong.append(f"{one} {name} are left, {most} were at the beginning")
    if log["open"]:
        state.wrong.append(f"{log['open']} connections are left open at the server")
    if runs:
        state.wrong.append(f"{len(runs)} runs are still in memory: {list(runs)[:3]}")
    tenth = max(WARM, watch.memory[-1][0] / 10)
    warm = [mb for when, mb in watch.memory if when >= tenth][:5] or [watch.memory[-1][1]]
    last = [mb for _, mb in watch.memory[-10:]]
    before, after = max(warm), sum(last) / len(last)
    if after > before * (1 + given.growth):
        state.wrong.append(f"memory grew from {before:.0f} to {after:.0f} MB")

    served = log["served"]
    print(f"\n| fault | injected | streams | done | cut off | failed | stopped |\n|---|{'--:|' * 6}")
    for fault in sorted(served.keys() & state.ends.keys()):
        ends = state.ends[fault]
        print(
            f"| {fault} | {served[fault]} | {sum(ends.values())} |",
            " | ".join(str(ends[s]) for s in ("done", "cut off", "failed", "stopped")),
            "|",
        )
    injected = sum(count for fault, count in served.items() if fault not in ("good", "log"))
    print(f"\n{state.started} streams in {watch.memory[-1][0]:.0f} s, {injected} faults injected, {len(state.wrong)} things wrong.")
    print("Done to them: " + ", ".join(f"{what} {count}" for what, count in state.did.most_common()) + ".")
    print(f"Most threads {watch.most[0]}, files {watch.most[1]}, tasks {watch.most[2]}; left {left}, at the beginning "
          f"{(watch.threads, watch.files, watch.tasks)}; runs in memory {len(runs)}.")  # fmt: skip
    print(
        f"Memory {before:.0f} MB after {tenth:.0f} s, {after:.0f} MB at the end. The engine, whose loop shares Python's lock with all these"
    )
    print(f"threads, answered within {1000 * watch.late:.0f} ms at worst.")
    for words in state.wrong[:20]:
        print("WRONG:", words)


if __name__ == "__main__":
    main()
