"""One approach on one workload: a notebook and a kernel of its own, from the signal to a second after the last token was seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, CDPSession, Error, Page, sync_playwright

from tests.browser.lab import Lab, browser_flags, browser_path
from tests.browser.notebook import Notebook

from . import machine, text
from .approaches import ROOT, Approach
from .workloads import Workload

PROBE = Path(__file__).with_name("probe.js").read_text("utf-8")
SETTLE = 1.0
"""Seconds before the signal and after the last token, so that neither what opens a widget nor what follows the end is cut off."""
PATIENCE_MS = 60_000
HEIGHT, SHARE = 900, 700
"""CSS pixels of the window, and what each stream has of it at least."""
FLAG = "--class=sse-widget-benchmark"
RSS = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"  # KiB on Linux


class Bench:
    """A running JupyterLab, Chromium and source of streams. extra: a folder with the packages of rivals, or ""."""

    def __init__(self, extra: str) -> None:
        self.extra = extra
        self.run = 0
        self.source = subprocess.Popen([sys.executable, "-u", "-m", "benchmarks.live.server"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.source.stdout is not None
        self.url = self.source.stdout.readline().strip()
        if extra:  # the front ends that rivals need; they are there for every approach
            os.environ["JUPYTER_PATH"] = str(Path(extra) / "share" / "jupyter")
        self.lab = Lab(Path(tempfile.mkdtemp(prefix="bench-")))

    def __enter__(self) -> Bench:
        self.lab.wait()
        self._playwright = sync_playwright().start()
        self.browser: Browser = self._playwright.chromium.launch(executable_path=browser_path(), args=[*browser_flags(), FLAG])
        self.browser_pid = machine.browser_pid(FLAG)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(Error):
            self.browser.close()
        self._playwright.stop()
        self.lab.stop()
        self.source.kill()
        self.source.wait()

    def ask(self, path: str, *, post: bool = False) -> Any:
        """Ask the source of streams."""
        request = urllib.request.Request(f"{self.url}/{path}", data=b"" if post else None)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def urls(self, workload: Workload) -> tuple[str, list[str]]:
        """A run's name, and the address of each of its streams."""
        self.run += 1
        run = f"r{self.run}"
        about = f"{workload.tokens}/{workload.rate:g}/{workload.shape}"
        return run, [f"{self.url}/{run}/{i}/{about}/v1/chat/completions" for i in range(workload.streams)]

    def page(self, streams: int = 1) -> Page:
        """A new page, so tall that several streams are all on the screen: one that nobody sees may well be slower."""
        page = self.browser.new_page(viewport={"width": 1280, "height": max(HEIGHT, SHARE * streams)})
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(PROBE)
        return page

    def measure(self, approach: Approach, workload: Workload, *, before: str = "") -> dict[str, Any]:
        """Run once. before: Python that the first cell begins with. Gives the raw figures; times in seconds unless the name says ms."""
        run, urls = self.urls(workload)
        cells = approach.cells(urls, self.extra)
        if before:
            cells[0] = f"{before}\n{cells[0]}"
        notebook = Notebook(self.page(workload.streams), self.lab, cells)
        try:
            return self._measure(notebook, approach, workload, run)
        finally:
            with suppress(Error):
                notebook.interrupt()
            notebook.close()

    def _measure(self, notebook: Notebook, approach: Approach, workload: Workload, run: str) -> dict[str, Any]:
        page = notebook.page
        notebook.run_cell(0)
        kernel = int(notebook.kernel_eval("_pid"))
        notebook.start_cell(1)
        self.wait_streams(run, workload.streams)
        page.wait_for_timeout(SETTLE * 1000)
        debugger = page.context.new_cdp_session(page)
        debugger.send("Performance.enable", {"timeDomain": "threadTicks"})  # CPU of the main thread, whoever else wants the cores
        expected = [text.tokens(workload.tokens, seed=i + 1, shape=workload.shape) for i in range(workload.streams)]
        marked = [text.markers(pieces) for pieces in expected]
        roots = approach.roots.replace("slice(-N)", f"slice(-{workload.streams})")
        page.evaluate(f"(last) => bench.arm(last, {roots})", [len(it) - 1 for it in marked])
        offset = clock_offset(page)
        processes = {"kernel": kernel, "server": self.lab.process.pid, "browser": self.browser_pid, "source": self.source.pid}
        used, spent = machine.usage(**processes), metrics(debugger)
        begin = time.monotonic()
        self.hook_start(notebook, kernel)
        self.ask(f"{run}/go", post=True)
        status = "ok"
        try:
            page.wait_for_function("bench.done", polling=200, timeout=workload.cap * 1000)
        except Error:
            status = "cap"
        ended = True
        if status == "ok":
            with suppress(Error):
                page.wait_for_function("() => window.testRuns[1] !== 'running'", polling=200, timeout=20_000)
            ended = bool(page.evaluate("window.testRuns[1] !== 'running'"))
            page.wait_for_timeout(SETTLE * 1000)
        self.hook_end(notebook, kernel)
        used, spent = machine.usage(**processes).since(used), {name: value - spent[name] for name, value in metrics(debugger).items()}
        lasted = time.monotonic() - begin
        probed = page.evaluate("bench.disarm()")
        held = page.evaluate("bench.held()")
        sent = self.ask(f"{run}/sent")
        if status == "cap" and not page.evaluate("window.testRuns[1] === 'running'"):
            status = "lost"  # the cell has ended and nothing more will come, or not within the cap
        first = min(times[0] for times in sent.values() if times)
        seen = [[at / 1000 - offset for at in times] for times in probed["seen"]]
        lags = [[b - a for a, b in zip(sent.get(str(index), []), times, strict=False)] for index, times in enumerate(seen)]
        last = max((times[-1] for times in seen if times), default=0.0)
        debugger.send("HeapProfiler.collectGarbage")
        heap = debugger.send("Runtime.getHeapUsage")["usedSize"]
        memory = None
        if status != "cap" and ended:
            memory = notebook.kernel_eval(RSS) / 1024
        return {
            "approach": approach.name,
            "workload": workload.name,
            "status": status,
            "markers": sum(map(len, marked)),
            "held": sum(len(set(numbers) & set(range(len(it)))) for it, numbers in zip(marked, held, strict=False)),
            "lags": [round(lag, 4) for stream in lags for lag in stream],
            "lag_of_stream": [round(median(stream), 4) if stream else None for stream in lags],
            "total": last - first if status == "ok" else None,
            "first_paint_ms": None
            if not probed["firstText"] or not probed["firstMessage"]
            else probed["firstText"] - probed["firstMessage"],
            "first_message": None if not probed["firstMessage"] else probed["firstMessage"] / 1000 - offset - first,
            "traffic": probed["traffic"],
            "gaps": [round(gap, 1) for gap in probed["gaps"]],
            "long": probed["long"],
            "cpu": vars(used),
            "others": used.others / lasted,
            "lasted": lasted,
            "metrics": spent,
            "heap": heap,
            "memory": memory,
            "offset": offset,
            "console": [line for line in notebook.console if line.startswith(("error", "uncaught"))][:5],
        }

    def hook_start(self, notebook: Notebook, kernel: int) -> None:
        """For whoever profiles: right before the signal."""

    def hook_end(self, notebook: Notebook, kernel: int) -> None:
        """And when all is measured."""

    def wait_streams(self, run: str, count: int) -> None:
        """Return when the kernel has opened all streams of a run."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while self.ask(f"{run}/waiting")["waiting"] < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{run}: the kernel did not open its {count} streams.")
            time.sleep(0.05)


def first_paint(probed: dict[str, Any]) -> float | None:
    """Milliseconds from the message that carried the first token to the frame that showed it; it may have come in many ways."""
    message, shown = probed["firstMessage"], probed["firstText"]
    return None if message is None or shown is None else float(shown - message)


def clock_offset(page: Page) -> float:
    """What the page's clock shows more than this machine's monotonic one, in seconds: of many round trips the quickest tells best."""
    best = (float("inf"), 0.0)
    for _ in range(30):
        before = time.monotonic()
        there = page.evaluate("performance.timeOrigin + performance.now()") / 1000
        after = time.monotonic()
        best = min(best, (after - before, there - (before + after) / 2))
    return best[1]


def metrics(debugger: CDPSession) -> dict[str, float]:
    """Seconds that the page's main thread has spent so far, by what it did, and its documents' nodes."""
    found = {it["name"]: it["value"] for it in debugger.send("Performance.getMetrics")["metrics"]}
    names = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "LayoutCount", "RecalcStyleCount", "Nodes")
    return {name: found[name] for name in names}
