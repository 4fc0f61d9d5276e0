"""The tables of RESULTS.md. Pure but for the versions."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from .approaches import APPROACHES
from .figures import Raw, cell
from .goals import Runs, judge
from .workloads import WORKLOADS

PACKAGES = ("jupyterlab", "ipykernel", "jupyter-server", "ipywidgets", "anywidget", "httpx", "playwright", "panel", "bokeh", "chatlas")
FRAME = 20
"""Milliseconds between two frames while the timeline is moved: what 95 of 100 keep to."""
SCRUB = 33
"""Milliseconds from moving the slider to the frame that shows the instant: 30 frames a second."""
RELOAD = 2
"""Seconds from JupyterLab to the whole answer."""
COLUMNS = {
    "send → visible, ms: p50": "p50 ms",
    "p95": "p95 ms",
    "max": "max ms",
    "total s": "total s",
    "lost": "lost",
    "B/token in": "B/token in",
    "out": "B/token out",
    "once kB": "once kB",
    "messages in": "messages in",
    "out ": "messages out",
    "kernel CPU s": "kernel CPU s",
    "renderer CPU s": "renderer CPU s",
    "main thread CPU s": "task s",
    "script": "script s",
    "style": "style s",
    "layout": "layout s",
    "longest task ms": "longest task ms",
    "frame gap p95 ms": "frame p95 ms",
    "max ": "frame max ms",
    "first paint ms": "first paint ms",
    "JS heap MB": "heap MB",
    "kernel MB": "kernel MB",
    "other load": "other load",
}
HOW = """Real JupyterLab, real kernels, headless Chromium. Each run has a notebook and a kernel of its own, and the approaches take turns
within each round. The server is a process of its own; it sends chat completions of about 265 bytes a token and begins when everything
is shown, so what opens a widget is not in the figures; a second after the last token is. Every twentieth token or so is a numbered
marker. The window is 1280 × 900, with four streams so tall that all are on the screen. Medians of the rounds, in brackets their range;
what takes more than a minute for 10,000 tokens (those that are left out of W4 and W6) was run in the first round alone.

- *send → visible*: from the server's write to the frame in whose layout the marker is part of the text, on one clock
- *total*: from the first send until the last token is visible; *lost*: share of the markers that are not in the text at the end
- *B/token, messages*: on the page's websockets, into the page and out of it; *once*: beside that, parts of the front end that are asked
  for when they are first needed
- *CPU*: of the kernel's and the page's processes, all threads; *main thread*, *script*, *style*, *layout*: CPU of that thread
- *longest task*: 0 if none was over 50 ms; *first paint*: from the message that carried the first token to the frame that showed it
- *JS heap*: after a collection; *kernel MB*: peak
- *other load*: cores that other processes of the machine kept busy meanwhile; times, unlike CPU, suffer from it"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def workload_table(name: str, runs: Runs, asked: Sequence[str]) -> str:
    """One row an approach; those that were left out say why."""
    workload = WORKLOADS[name]
    rows = []
    for approach in asked:
        rounds = runs.get((name, approach), [])
        about = APPROACHES[approach]
        if not rounds:
            reason = about.skip.get(name, "not run")
            rows.append([about.label, f"not run: {reason}", *[""] * len(COLUMNS)])
            continue
        rows.append(
            [about.label, status(rounds, workload.cap), *(str(cell(rounds, figure, workload.all_tokens)) for figure in COLUMNS.values())]
        )
    return f"## {workload.title}\n\n{table(['approach', 'status', *(it.strip() for it in COLUMNS)], rows)}\n"


def status(rounds: Sequence[Raw], cap: float) -> str:
    """`ok`, or in how many rounds the text was not complete."""
    words = {"cap": f"not complete after {cap:g} s", "lost": "text lost"}
    bad = [words[raw["status"]] for raw in rounds if raw["status"] != "ok"]
    return "ok" if not bad else ", ".join(f"{word} ({bad.count(word)} of {len(rounds)})" for word in dict.fromkeys(bad))


def goals_table(runs: Runs) -> str:
    words = {True: "met", False: "**not met**", None: "not measured"}
    rows = [[it.workload, it.figure, it.measured, it.demand, words[it.met]] for it in judge(runs)]
    return f"## Goals\n\n{table(['workload', 'figure', 'measured', 'goal', ''], rows)}\n"


def scrub_table(found: Mapping[str, Any]) -> str:
    """Looking back on 10,000 events."""
    rows = []
    for name, it in found.items():
        verdict = "met" if it["p95"] <= SCRUB else "**not met**"
        rows.append([name, *(f"{it[key]:.1f}" for key in ("p50", "p95", "max", "cpu")), str(it["late"]), verdict])
    columns = ["slider", "p50 ms", "p95 ms", "max ms", "CPU ms a step", "steps shown late", f"goal: p95 ≤ {SCRUB} ms"]
    return f"""## Looking back on 10,000 events

{table(columns, rows)}

From the input to behind the frame that shows it; CPU is the main thread's, with three more frames. Late is what needed another frame.
"""


def large_tables(found: Mapping[str, Any]) -> str:
    """The finished run of 100,000 tokens."""
    rows = []
    for name, it in found["timeline"].items():
        verdict = "no effect" if not it["changed"] else "met" if it["p95"] <= FRAME else "**not met**"
        rows.append([name, f"{it['p95']:.1f}", f"{it['max']:.1f}", str(it["frames"]), verdict])
    at = {name: value / 1000 for name, value in found["reload"].items()}
    ready = max(at["cells"], at["connected"])
    wait = at["end"] - ready
    return f"""## A finished run of 100,000 tokens

{table(["timeline", "frame p95 ms", "max ms", "frames", f"goal ≤ {FRAME} ms"], rows)}

Reload: JupyterLab shows the notebook and is connected to the kernel after {ready:.1f} s, everything has arrived at {at["message"]:.1f} s,
the widget is there at {at["widget"]:.1f} s, and its whole answer at {at["end"]:.1f} s: {wait:.1f} s after JupyterLab (goal {RELOAD} s:
{"met" if wait <= RELOAD else "**not met**"}), of which the page took {at["end"] - at["message"]:.1f} s.
"""


def versions(extra: str) -> dict[str, str]:
    """What took part."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        dist = next(iter(metadata.distributions(name=name, path=[*sys.path, extra])), None)
        if dist is not None:
            found[name] = dist.version
    return found


def machine() -> str:
    """Cores, memory, processor and system, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0
    info = Path("/proc/cpuinfo")
    model = ""
    if info.exists():
        model = next((line.split(":", 1)[1].strip() for line in info.read_text("utf-8").splitlines() if line.startswith("model name")), "")
    return ", ".join(filter(None, [f"{os.cpu_count()} cores", model, f"{memory:.0f} GiB", platform.platform()]))


def report(document: Mapping[str, Any]) -> str:
    """RESULTS.md of what a run left: its rounds, what was asked, versions, machine and date."""
    runs: dict[tuple[str, str], list[Raw]] = {}
    for raw in document["runs"]:
        runs.setdefault((raw["workload"], raw["approach"]), []).append(raw)
    workloads = list(dict.fromkeys(raw["workload"] for raw in document["runs"]))
    versions_line = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    head = f"""# Results of `make bench`

{document["date"]}, {document["rounds"]} rounds. {document["machine"]}. {versions_line}.

{HOW}
"""
    parts = [head, goals_table(runs)]
    if document.get("scrub"):
        parts.append(scrub_table(document["scrub"]))
    if document.get("large"):
        parts.append(large_tables(document["large"]))
    parts += [workload_table(name, runs, document["approaches"]) for name in workloads]
    return "\n".join(parts)
