"""`engine.py`: the interpreter leaves at once, whatever is still open, and a fork has an engine of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

OPEN = """
import asyncio, sys, threading, time
import sse_widget as sw

def generator():
    yield "a"
    threading.Event().wait()

async def awaiting():
    yield "a"
    try:
        await asyncio.Event().wait()
    finally:
        print("closed")

async def blocking():
    yield "a"
    threading.Event().wait()

async def deaf():
    while True:
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            pass
        yield "a"

run = sw.stream((SOURCE)())
next(iter(run))
"""


def leave(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, every warning an error."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("source", "printed"), [("generator", ""), ("awaiting", "closed\n"), ("blocking", ""), ("deaf", ""), ("lambda: iter('ab')", "")]
)
@pytest.mark.parametrize("stop", ["", "run.stop()", "sys.exit(0)"])
def test_the_interpreter_leaves_with_a_stream_open(source: str, printed: str, stop: str) -> None:
    result = leave(OPEN.replace("SOURCE", source) + stop)
    assert (result.returncode, result.stdout) == (0, printed)
    complaints = [line for line in result.stderr.splitlines() if not line.startswith("Executing <")]  # of asyncio's debug mode
    assert complaints == []


FORK = """
import os, sys
import sse_widget as sw

async def source():
    yield "a"

assert sw.stream(source()).wait().text == "a"
child = os.fork()
if child == 0:
    sys.exit(0 if sw.stream(source()).wait(60).text == "a" else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_forked_child_has_an_engine_of_its_own() -> None:
    program = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n" + FORK  # Python's own, about forks
    result = leave(program)
    assert result.returncode == 0, result.stderr
