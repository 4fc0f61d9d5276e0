"""Fifty interrupts of a kernel while it waits for streams, iterates over them and stops them: no deadlock, and nothing left behind."""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ..support import RawServer
from .kernel import RealKernel
from .kernels import VERSIONS, Endless, opened
from .table import Table
from .venvs import environment

TIMES = 50
CELLS = {
    "wait": "run.wait()",
    "iterate": "for text in run: pass",
    "await": "await run",
    "async for": "async for text in run: pass",
    "stop and start": "while True: sw.stream({url!r} + '/again', json={{}}).stop()",
    "callbacks": "run.on('delta', lambda delta: None)\nrun.on('end', lambda ended: None)\nrun.wait()",
    "threads": """import threading
for _ in range(4): threading.Thread(target=run.wait, daemon=True).start()
run.wait()""",
}
LEFT = """[
    run.status,
    sum(thread.name.startswith("sse-widget-") and thread.name.rpartition("-")[2] not in ("engine", "writer", "nudge")
        for thread in __import__("threading").enumerate()),
    passed.wait(60),
]"""


def part(options: argparse.Namespace) -> Table:
    """ms from an interrupt to the end of its cell, the longest and the median of fifty."""
    versions = [version for version in VERSIONS if not options.versions or version in options.versions.split(",")]
    table = Table(f"{TIMES} interrupts: ms until the cell has ended", ["figure", *versions])
    for version in versions:
        python = environment(f"ipykernel-{version}", f"ipykernel=={version}")
        try:
            took, swallowed = _try(python)
            took.sort()
            table.put("presses that Python lost", version, ", ".join(f"{count} in “{name}”" for name, count in swallowed.items()) or "0")
            table.put("median", version, f"{took[len(took) // 2]:.0f}")
            table.put("longest", version, f"{took[-1]:.0f}")
            print(f"   {version}: {took[len(took) // 2]:.0f}, at most {took[-1]:.0f}", flush=True)
        except (AssertionError, TimeoutError, OSError) as error:
            table.fail("median", version, str(error))
            print(f"   {version}: FAILED {error}", flush=True)
    return table


def _try(python: Path) -> tuple[list[float], Counter[str]]:
    took: list[float] = []
    swallowed: Counter[str] = Counter()
    chance = random.Random(5)
    names = list(CELLS)
    with tempfile.TemporaryDirectory() as folder, RawServer() as raw, opened(python, Path(folder), False) as kernel:
        server = Endless(raw)
        for number in range(TIMES):
            path = f"/stream-{number}"
            url = server.url + path
            code = CELLS[names[number % len(names)]].format(url=server.url)
            cell = kernel.start_cell(f"run = sw.stream({url!r}, json={{}})\ndisplay(run)\n{code}")
            server.wait(server.opened, path)
            _pause(kernel, chance.random() * 0.2)
            at = kernel.interrupt()
            content = _ended(kernel, cell)
            while content is None:  # what meets Python in a weak reference's callback is lost, whosever that is: a person presses again
                swallowed[names[number % len(names)]] += 1
                assert swallowed.total() < TIMES / 2, f"{code} does not end:\n{kernel.stacks()}"
                at = kernel.interrupt()
                content = _ended(kernel, cell)
            took.append((time.monotonic() - at) * 1000)
            assert content["status"] == "error", content
            # An interrupt that hits the cell before it waits is not the run's: then it is still there to be stopped.
            kernel.run_cell("run.stop()\npassed = __import__('threading').Event(); run.session.post(passed.set)")
            server.wait(server.closed, path)
            status, threads, passed = kernel.value(LEFT.replace("\n", " "))
            assert (status, threads, passed) == ("stopped", 0, True), (
                f"{code}: {status}, {threads} threads left, the writer works: {passed}"
            )
    return took, swallowed


def _ended(kernel: RealKernel, cell: str) -> dict[str, Any] | None:
    """The reply to a cell, if it ends within some seconds."""
    with contextlib.suppress(TimeoutError):
        return kernel.until(lambda: kernel.reply(cell), "its end", 5) or None
    return None


def _pause(kernel: RealKernel, seconds: float) -> None:
    """Let the kernel go on for a while; there is nothing to wait for, since any moment will do."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        kernel.pump(left)
