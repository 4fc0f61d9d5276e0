"""What a very long stream costs the page, and how old what it shows is while many streams go on: in a real JupyterLab and Chromium.

    python -m benchmarks.load.page [--events 1000,100000,300000] [--streams 200] [--seconds 15]

Memory: one stream of so many events, as fast as they come, is shown; when it has ended and the garbage is collected, the heap of
JavaScript, its buffers and the DOM nodes are counted. The difference between two lengths is what an event costs, whatever Lab itself
needs. Age: so many streams of 50 events a second run in one session, and the age of the newest text on the page is read again and
again. Prints lines of JSON.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, expect, sync_playwright

from benchmarks.live.measure import clock_offset
from tests.browser.lab import Lab, browser_flags, browser_path
from tests.browser.notebook import Notebook

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 600_000  # ms
LONG = """import sse_widget as sw
run = sw.stream("{url}/1/{events}/0", show=False)
run"""
MANY = """import sse_widget as sw
session = sw.Session()
runs = [session.stream("{url}/{streams}/{events}/50", show=False) for _ in range({streams})]
session.widget"""
NEWEST = """() => {
  const said = document.querySelector('.sse-widget [data-sw="answer"]')?.textContent ?? '';
  const sent = /:(\\d+\\.\\d{4})\\s*$/.exec(said.slice(-60))?.[1];
  return [(performance.timeOrigin + performance.now()) / 1000, sent ? Number(sent) : null];
}"""


def opened(browser: Browser, lab: Lab, cell: str) -> tuple[Notebook, CDPSession]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    notebook = Notebook(page, lab, [cell])
    debugger = page.context.new_cdp_session(page)
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    return notebook, debugger


def memory(browser: Browser, lab: Lab, url: str, events: int) -> dict[str, Any]:
    """Heap, buffers and nodes after a stream of so many events."""
    notebook, debugger = opened(browser, lab, LONG.format(url=url, events=events))
    notebook.run_cell(0)
    expect(notebook.widget().locator('[data-sw="status"]')).to_contain_text("Done", timeout=PATIENCE)
    notebook.page.wait_for_timeout(2000)
    for _ in range(2):
        debugger.send("HeapProfiler.collectGarbage")
    usage = debugger.send("Runtime.getHeapUsage")
    nodes = debugger.send("Memory.getDOMCounters")["nodes"]
    spent = {one["name"]: one["value"] for one in debugger.send("Performance.getMetrics")["metrics"]}
    shown = notebook.kernel_eval("len(run.events)")
    notebook.close()
    return {
        "events": shown,
        "heap": usage["usedSize"],
        "buffers": usage.get("backingStorageSize", 0),
        "embedder": usage.get("embedderHeapUsedSize", 0),
        "nodes": nodes,
        "task s": round(spent["TaskDuration"], 1),
    }


def age(browser: Browser, lab: Lab, url: str, streams: int, seconds: float) -> dict[str, Any]:
    """How old the newest text on the page is while many streams go on."""
    notebook, debugger = opened(browser, lab, MANY.format(url=url, streams=streams, events=int(50 * seconds)))
    page = notebook.page
    notebook.run_cell(0)
    offset = clock_offset(page)
    expect(notebook.widget().locator('[data-sw="answer"]').first).to_contain_text(" 60:", timeout=PATIENCE)
    ages = []
    before = {one["name"]: one["value"] for one in debugger.send("Performance.getMetrics")["metrics"]}
    begin = time.monotonic()
    while time.monotonic() - begin < seconds * 0.6:
        now, sent = page.evaluate(NEWEST)
        if sent is not None:
            ages.append(1000 * (now - offset - sent))
        page.wait_for_timeout(37)
    lasted = time.monotonic() - begin
    after = {one["name"]: one["value"] for one in debugger.send("Performance.getMetrics")["metrics"]}
    whole = notebook.kernel_eval("[run.wait().status for run in runs].count('done')")
    lost = notebook.kernel_eval(f"sum({int(50 * seconds)} - len(run.text.split()) for run in runs)")
    notebook.close()
    ages.sort()
    return {
        "streams": streams,
        "done": whole,
        "lost": lost,
        "age of the newest text, ms, p50 p95 most": [
            round(ages[min(int(part * len(ages)), len(ages) - 1)], 1) for part in (0.5, 0.95, 1.0)
        ],
        "page cores": round((after["TaskDuration"] - before["TaskDuration"]) / lasted, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", default="1000,100000,300000")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15.0)
    asked = parser.parse_args()
    source = subprocess.Popen([sys.executable, "-u", "-m", "benchmarks.load.source"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert source.stdout is not None
    url = source.stdout.readline().strip()
    lab = Lab(Path(tempfile.mkdtemp(prefix="load-")))
    try:
        lab.wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
            found = [memory(browser, lab, url, int(events)) for events in filter(None, asked.events.split(","))]
            for few, many in pairwise(found):
                more = many["events"] - few["events"]
                each = {f"{name} an event": round((many[name] - few[name]) / more, 2) for name in ("heap", "buffers", "embedder", "nodes")}
                print(json.dumps({"from": few["events"], "to": many["events"], **each, "all": many}), flush=True)
            if asked.streams:
                print(json.dumps(age(browser, lab, url, asked.streams, asked.seconds)), flush=True)
            browser.close()
    finally:
        lab.stop()
        source.terminate()
        source.wait()


if __name__ == "__main__":
    main()
