"""Streams each workload with each approach in turn, some rounds long, and writes benchmarks/RESULTS.md.

A short look while working on something: --rounds 1 --workloads W1,W2 --approaches ours,bare --no-write. What was measured is in
test-results/bench.json after every run; --report makes RESULTS.md of such a file.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from . import report
from .approaches import APPROACHES, ROOT
from .approaches import DEFAULT as ALL_APPROACHES
from .figures import FIGURES, cell
from .large import large
from .measure import Bench
from .scrub import scrub
from .workloads import DEFAULT as ALL_WORKLOADS
from .workloads import WORKLOADS

RIVALS = Path(sys.prefix) / "rivals"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BRIEF = ("p50 ms", "p95 ms", "max ms", "total s", "B/token", "once kB", "kernel CPU s", "renderer CPU s", "task s", "script s", "layout s",
         "style s", "longest task ms", "frame p95 ms", "first paint ms", "heap MB", "kernel MB", "lost", "other load")  # fmt: skip


def names(known: dict[str, Any]) -> Any:
    """A reader of lists of names, for argparse."""

    def read(text: str) -> list[str]:
        given = text.split(",")
        if unknown := [name for name in given if name not in known]:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(known)}")
        return given

    return read


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make bench ARGS="…"', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workloads", type=names(WORKLOADS), default=ALL_WORKLOADS, help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--approaches", type=names(APPROACHES), default=ALL_APPROACHES, help=f"of {', '.join(APPROACHES)}")
    parser.add_argument("--no-large", action="store_true", help="without finished runs: looking back, timeline, reload")
    parser.add_argument("--no-write", action="store_true", help="print only")
    parser.add_argument("--raw", type=Path, default=ROOT / "test-results" / "bench.json", help="where the raw figures go")
    parser.add_argument("--report", type=Path, help="measure nothing; write RESULTS.md of this file of raw figures")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    if asked.report:
        RESULTS.write_text(report.report(json.loads(asked.report.read_text("utf-8"))), "utf-8")
        return
    extra = str(RIVALS) if RIVALS.is_dir() else ""
    document: dict[str, Any] = {
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
        "rounds": asked.rounds,
        "approaches": asked.approaches,
        "machine": report.machine(),
        "versions": report.versions(extra),
        "runs": [],
    }
    with Bench(extra) as bench:
        document["versions"]["Chromium"] = bench.browser.version
        for number in range(asked.rounds):
            for workload in (WORKLOADS[name] for name in asked.workloads):
                for approach in (APPROACHES[name] for name in asked.approaches):
                    if workload.name not in approach.skip and not (number and workload.name in approach.once):
                        one(bench, document, number, approach.name, workload.name)
                        save(document, asked.raw)
        if not asked.no_large and "ours" in asked.approaches:
            document["scrub"] = scrub(bench.browser)
            print(json.dumps(document["scrub"]), flush=True)
            document["large"] = large(bench)
            print(json.dumps(document["large"]), flush=True)
            save(document, asked.raw)
    print(report.goals_table(grouped(document["runs"])))
    if not asked.no_write:
        RESULTS.write_text(report.report(document), "utf-8")
        print(f"written: {RESULTS}, from {asked.raw}")


def one(bench: Bench, document: dict[str, Any], number: int, approach: str, workload: str) -> None:
    """One run, into the document and as a line."""
    begin = time.monotonic()
    try:
        raw = bench.measure(APPROACHES[approach], WORKLOADS[workload]) | {"round": number}
    except (Error, RuntimeError) as error:  # a page that never came up costs a round, not the hour
        print(f"{workload} {approach}: no run: {error}", flush=True)
        return
    document["runs"].append(raw)
    figures = (f"{name}={cell([raw], name, WORKLOADS[workload].all_tokens)}" for name in FIGURES if name in BRIEF)
    print(workload, approach, raw["status"], *figures, *raw["console"], f"[{time.monotonic() - begin:.0f} s]", flush=True)


def grouped(runs: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for raw in runs:
        found.setdefault((raw["workload"], raw["approach"]), []).append(raw)
    return found


def save(document: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(document), "utf-8")


if __name__ == "__main__":
    main()
