"""Boring HTTP against the real thing: nginx as a reverse proxy, tinyproxy as a forward one, TLS, HTTP/2, and the user's own client."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import textwrap

from ..table import Table
from ..venvs import ROOT, environment
from .servers import missing

PINS = ("h2==4.4.1", "hpack==4.2.0", "hyperframe==6.1.0", "cryptography==50.0.2", "websockets>=15", "grpcio>=1.66")
SHOWN = 160
"""Characters of a result in the table. The whole of it is told as it comes."""
TITLE = "HTTP as it is met: nginx before the server, tinyproxy before the client"


def part(options: argparse.Namespace) -> Table:
    """Every case once; they run in a process of their own, since they need HTTP/2 and change the environment."""
    table = Table(TITLE, ["case", "result"])
    lacking = missing()
    if lacking:
        table.fail("servers", "result", f"{' and '.join(lacking)} must be installed: apt install {' '.join(lacking)}")
        return table
    python = environment("http", *PINS)
    command = [str(python), "-X", "dev", "-m", __package__, options.only]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        told = json.loads(line)
        if told["failure"]:
            table.fail(told["case"], "result", told["failure"])
        else:
            table.put(told["case"], "result", textwrap.shorten(told["result"], SHOWN, placeholder=" …"))
        print(f"   {told['case']}: {told['failure'] or told['result']}", flush=True)
    if process.wait() != 0:
        table.fail("the cases", "result", f"their process ended with {process.returncode}")
    return table
