"""Every hostile vector, performance bombs too, through the real page and the files (5 min): `tests/browser/test_hostile*.py` with all."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .table import Table

TESTS = [str(Path(__file__).parent.parent / "browser" / name) for name in ("test_hostile.py", "test_hostile_files.py")]


def part(options: argparse.Namespace) -> Table:
    """What each kind of vector came to, as often as there are rounds."""
    table = Table("Hostile text", ["kind", "streams", "refusals", "seconds", "longest task", "by"])
    for round_ in range(1, options.rounds + 1):
        print(f"round {round_} of {options.rounds}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            figures = Path(folder) / "figures.json"
            command = [sys.executable, "-m", "pytest", *TESTS, "-q", "-o", "faulthandler_timeout=0"]
            code = subprocess.run(command, env={**os.environ, "SSE_WIDGET_HOSTILE": str(figures)}, check=False).returncode
            found = json.loads(figures.read_text("utf-8")) if figures.exists() else {}
        for kind, each in found.items():
            longest, by = each["longest"]
            row = {"streams": str(each["streams"]), "refusals": str(each["refusals"]), "seconds": f"{each['seconds']:.0f}"}
            for column, value in {**row, "longest task": f"{longest} ms", "by": by}.items():
                table.put(f"{kind}, {round_}" if options.rounds > 1 else kind, column, value)
        if code != 0:
            table.fail(f"round {round_}", "streams", "see the tests' own words above")
        streams, refusals = (sum(each[what] for each in found.values()) for what in ("streams", "refusals"))
        table.notes.append(f"Round {round_}: {streams} vectors as streams, {refusals} as refusals.")
    return table
