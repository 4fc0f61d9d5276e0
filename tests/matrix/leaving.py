"""A kernel that goes away while streams are open leaves none of them to the server, leaves at once, and has nothing to say about it."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ..support import RawServer
from .kernel import RealKernel
from .kernels import VERSIONS, Endless, opened
from .table import Table
from .venvs import environment

SOURCES = {
    "http": "run = sw.stream({url!r}, json={{'stream': True}})",
    "sync": "import urllib.request\ndef lines():\n    yield from urllib.request.urlopen({url!r})\nrun = sw.stream(lines())",
    "async": """import httpx
async def lines():
    async with httpx.AsyncClient() as client, client.stream('POST', {url!r}, timeout=None) as response:
        async for line in response.aiter_lines(): yield line
run = sw.stream(lines())""",
}


def _shut_down(kernel: RealKernel) -> None:
    kernel.shut_down()


def _restart(kernel: RealKernel) -> None:
    kernel.shut_down(restart=True)


def _signal(number: int) -> Callable[[RealKernel], None]:
    def send(kernel: RealKernel) -> None:
        kernel.process.send_signal(number)
        kernel.gone()

    return send


def _cell(code: str) -> Callable[[RealKernel], None]:
    def leave(kernel: RealKernel) -> None:
        kernel.start_cell(code)
        kernel.gone()

    return leave


WAYS: dict[str, Callable[[RealKernel], None]] = {
    "shut down": _shut_down,
    "restarted": _restart,
    "exit() in a cell": _cell("exit()"),
    "os._exit(0) in a cell": _cell("import os; os._exit(0)"),
    "terminated": _signal(signal.SIGTERM),
    "killed": _signal(signal.SIGKILL),
}
NOISE = ("Traceback", "Exception ignored", "Error", "Task was destroyed", "never awaited", "Fatal Python")


def part(options: argparse.Namespace) -> Table:
    """ms from the kernel's order to leave until it has left; the server has seen every connection close by then, or soon after."""
    versions = [version for version in VERSIONS if not options.versions or version in options.versions.split(",")]
    table = Table("Leaving: ms until the kernel is gone, with a widget and three streams open", ["how", *versions])
    for version in versions:
        python = environment(f"ipykernel-{version}", f"ipykernel=={version}")
        for name, leave in [(name, leave) for name, leave in WAYS.items() if options.only in name]:
            try:
                text = f"{_try(python, leave):.0f}"
                table.put(name, version, text)
            except (AssertionError, TimeoutError, OSError) as error:
                table.fail(name, version, text := str(error))
            print(f"   {version} · {name}: {text}", flush=True)
        if not options.only:
            _survives(python, table, version)
    return table


def _try(python: Path, leave: Callable[[RealKernel], None]) -> float:
    with tempfile.TemporaryDirectory() as folder, RawServer() as raw, opened(python, Path(folder), False) as kernel:
        server = Endless(raw)
        for name, start in SOURCES.items():
            kernel.run_cell(start.format(url=f"{server.url}/{name}") + "\ndisplay(run)")
            server.wait(server.opened, f"/{name}")
        children = Path(f"/proc/{kernel.process.pid}").exists()
        before = kernel.printed()
        at = time.monotonic()
        leave(kernel)
        gone = time.monotonic()
        for name in SOURCES:
            server.wait(server.closed, f"/{name}")
        said = kernel.printed()[len(before) :]
        assert not any(noise in said for noise in NOISE), f"it left with noise:\n{said}"
        assert not children or not _alive(kernel.process.pid), "a process is left"
        return (gone - at) * 1000


def _alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _survives(python: Path, table: Table, version: str) -> None:
    """`sys.exit` in a cell ends the cell and not the kernel: the stream goes on, and Stop works."""
    row = "sys.exit() in a cell ends the cell alone"
    with tempfile.TemporaryDirectory() as folder, RawServer() as raw, opened(python, Path(folder), False) as kernel:
        server = Endless(raw)
        try:
            kernel.wait_cell(
                kernel.start_cell(SOURCES["http"].format(url=f"{server.url}/http") + "\ndisplay(run)\nimport sys; sys.exit(3)")
            )
            kernel.run_cell("count = len(run.events)\nfor text in run:\n    if len(run.events) > count + 5: break")
            kernel.run_cell("run.stop()")
            server.wait(server.closed, "/http")
            table.put(row, version, "yes")
        except (AssertionError, TimeoutError) as error:
            table.fail(row, version, str(error))
