"""Where the time goes: `python -m benchmarks.live.profile W2 [ours]`.

The page: the browser's own trace, as self time (CPU of the thread) by kind of work; V8's sampling profile, as self and total time by
function, with a bundle that is not minified; and what forces style and layout in the midst of a script. The kernel: CPU by thread,
and py-spy's samples where `py-spy` is on the PATH. A run for each of them, since each slows what the others look at.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from playwright.sync_api import CDPSession, Page

from tests.browser.notebook import Notebook

from .approaches import APPROACHES, ROOT
from .measure import Bench
from .workloads import WORKLOADS

CATEGORIES = ["devtools.timeline", "toplevel", "v8", "blink", "cc", "disabled-by-default-v8.gc"]
FORCED = Path(__file__).with_name("forced.js").read_text("utf-8")
READABLE = """import pathlib, sse_widget.view.widget as _view
_view.StreamWidget._esm = pathlib.Path({!r}).read_text("utf-8")
_view.StreamWidget._css = pathlib.Path({!r}).read_text("utf-8")"""


class Traced(Bench):
    """Keeps the browser's trace of the measured time."""

    trace = b""

    def hook_start(self, notebook: Notebook, kernel: int) -> None:
        self.browser.start_tracing(page=notebook.page, categories=CATEGORIES)

    def hook_end(self, notebook: Notebook, kernel: int) -> None:
        self.trace = self.browser.stop_tracing()


class Sampled(Bench):
    """Keeps V8's profile."""

    session: CDPSession
    profile: dict[str, Any]

    def hook_start(self, notebook: Notebook, kernel: int) -> None:
        self.session = notebook.page.context.new_cdp_session(notebook.page)
        self.session.send("Profiler.enable")
        self.session.send("Profiler.setSamplingInterval", {"interval": 200})
        self.session.send("Profiler.start")

    def hook_end(self, notebook: Notebook, kernel: int) -> None:
        self.profile = self.session.send("Profiler.stop")["profile"]


class Forced(Bench):
    """Keeps who asked for sizes and styles, how often, and what it took (milliseconds of time, not of CPU)."""

    asked: dict[str, list[float]]

    def page(self, streams: int = 1) -> Page:
        page = super().page(streams)
        page.add_init_script(FORCED)
        return page

    def hook_end(self, notebook: Notebook, kernel: int) -> None:
        self.asked = notebook.page.evaluate("Object.fromEntries(window.forced)")


class Threads(Bench):
    """Keeps the CPU milliseconds of each of the kernel's threads."""

    spent: dict[str, float]

    def hook_start(self, notebook: Notebook, kernel: int) -> None:
        self.before = threads(kernel)

    def hook_end(self, notebook: Notebook, kernel: int) -> None:
        after = threads(kernel)
        names = dict(notebook.kernel_eval("[[it.native_id, it.name] for it in __import__('threading').enumerate()]"))
        self.spent = defaultdict(float)
        for ident, spent in after.items():
            self.spent[names.get(ident, "not Python's")] += spent - self.before.get(ident, 0)


def threads(pid: int) -> dict[int, float]:
    return {it.id: (it.user_time + it.system_time) * 1000 for it in psutil.Process(pid).threads()}


class Spied(Bench):
    """Keeps py-spy's samples of the kernel, one stack a line, counted. gil: only those that hold Python's lock."""

    stacks = ""

    def hook_start(self, notebook: Notebook, kernel: int) -> None:
        self.file = Path(tempfile.mkdtemp()) / "stacks"
        command = [
            "py-spy",
            "record",
            "--pid",
            str(kernel),
            "--rate",
            "500",
            "--format",
            "raw",
            "--threads",
            "--nonblocking",
            "--output",
            str(self.file),
        ]
        self.spy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        notebook.page.wait_for_timeout(1500)

    def hook_end(self, notebook: Notebook, kernel: int) -> None:
        self.spy.send_signal(2)
        self.spy.wait(30)
        self.stacks = self.file.read_text("utf-8") if self.file.exists() else ""


def by_kind(trace: bytes) -> dict[str, dict[str, float]]:
    """Milliseconds of CPU by thread and name of the event, its children's taken off."""
    document = json.loads(trace)
    events = document["traceEvents"]
    names = {(it["pid"], it["tid"]): it["args"]["name"] for it in events if it.get("name") == "thread_name"}
    drawing = {it["pid"] for it in events if it.get("name") == "FunctionCall"}
    stacks: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    spent: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for it in sorted((it for it in events if it.get("ph") == "X" and it["pid"] in drawing), key=lambda it: (it["ts"], -it.get("dur", 0))):
        key = (it["pid"], it["tid"])
        stack = stacks[key]
        while stack and stack[-1]["ts"] + stack[-1].get("dur", 0) <= it["ts"]:
            stack.pop()
        own = it.get("tdur", 0) / 1000
        thread = names.get(key, "?")
        spent[thread][it["name"]] += own
        if stack:
            spent[thread][stack[-1]["name"]] -= own
        stack.append(it)
    return spent


def by_function(profile: dict[str, Any]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Milliseconds by function: its own, with all it calls, and by file."""
    nodes = {it["id"]: it for it in profile["nodes"]}
    parents = {child: it["id"] for it in profile["nodes"] for child in it.get("children", [])}
    own: dict[int, float] = defaultdict(float)
    for sample, delta in zip(profile["samples"], profile["timeDeltas"], strict=True):
        own[sample] += delta / 1000

    def name(node: dict[str, Any]) -> str:
        frame = node["callFrame"]
        file = frame["url"].split("?")[0].rsplit("/", 1)[-1][:28]
        return f"{frame['functionName'] or '(anonymous)'} {file}:{frame['lineNumber'] + 1}"

    self_time: dict[str, float] = defaultdict(float)
    whole: dict[str, float] = defaultdict(float)
    files: dict[str, float] = defaultdict(float)
    for ident, spent in own.items():
        self_time[name(nodes[ident])] += spent
        frame = nodes[ident]["callFrame"]
        files[frame["url"].split("?")[0][:60] or frame["functionName"]] += spent
        at: int | None = ident
        seen = set()
        while at is not None:
            word = name(nodes[at])
            if word not in seen:
                whole[word] += spent
                seen.add(word)
            at = parents.get(at)
    return self_time, whole, files


def show(title: str, spent: dict[str, float], unit: str, count: int = 28) -> None:
    print(f"\n### {title} ({sum(spent.values()):,.0f} {unit} in all)\n")
    for name, value in sorted(spent.items(), key=lambda it: -it[1])[:count]:
        if value > 0:
            print(f"{value:10.1f} {unit}  {name}")


def readable() -> str:
    """Python that gives the widget a bundle with names in it."""
    folder = Path(tempfile.mkdtemp())
    source = ROOT / "js" / "src"
    command = [
        "npx",
        "esbuild",
        str(source / "index.ts"),
        str(source / "styles" / "index.css"),
        "--bundle",
        "--format=esm",
        "--keep-names",
        f"--outdir={folder}",
    ]
    subprocess.run(command, cwd=ROOT / "js", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return READABLE.format(str(folder / "index.js"), str(folder / "styles" / "index.css"))


def by_thread(workload_name: str, approach_name: str, rivals: str) -> None:
    with (counted := Threads(rivals)):
        counted.measure(APPROACHES[approach_name], WORKLOADS[workload_name])
        show("kernel: CPU by thread", counted.spent, "ms")


def main(workload_name: str, approach_name: str = "ours") -> None:
    workload, approach = WORKLOADS[workload_name], APPROACHES[approach_name]
    rivals = Path(sys.prefix) / "rivals"
    extra = str(rivals) if rivals.is_dir() else ""
    before = readable() if approach_name.startswith("ours") else ""
    print(f"## {workload.title}, {approach.name}")
    with (traced := Traced(extra)):
        raw = traced.measure(approach, workload, before=before)
        print(f"\nthe page's main thread (CPU s, counts): {raw['metrics']}")
        print(f"frames: {len(raw['gaps'])}, traffic: {raw['traffic']}, CPU s: {raw['cpu']}")
        for thread, spent in sorted(by_kind(traced.trace).items(), key=lambda it: -sum(it[1].values()))[:4]:
            show(f"thread {thread}", spent, "ms", 18)
    with (sampled := Sampled(extra)):
        sampled.measure(approach, workload, before=before)
        own, whole, files = by_function(sampled.profile)
        own = {name: spent for name, spent in own.items() if not name.startswith(("(idle)", "(program)"))}
        show("own time by function", own, "ms")
        show("with all it calls", {k: v for k, v in whole.items() if not k.startswith(("(root)", "(idle)", "(program)"))}, "ms", 45)
        show("by file", {k: v for k, v in files.items() if k not in ("(idle)", "(program)")}, "ms", 8)
    with (counted := Threads(extra)):
        counted.measure(approach, workload)
        show("kernel: CPU by thread", counted.spent, "ms")
    with (forced := Forced(extra)):
        forced.measure(approach, workload, before=before)
        print("\n### asking for sizes and styles in the midst of a script\n")
        for line, (count, took, slow) in sorted(forced.asked.items(), key=lambda it: -it[1][1])[:25]:
            print(f"{took:10.1f} ms  {count:6.0f} ×, {slow:.0f} of them over 0.05 ms  {line}")
    if shutil.which("py-spy"):
        with (spied := Spied(extra)):
            spied.measure(approach, workload)
            own, whole = defaultdict(float), defaultdict(float)
            for line in spied.stacks.splitlines():
                stack, _, times = line.rpartition(" ")
                frames = stack.split(";")
                thread = frames[0]
                own[f"{thread[:30]} · {frames[-1]}"] += int(times) * 2
                for frame in set(frames[1:]):
                    whole[f"{thread[:30]} · {frame}"] += int(times) * 2
            show("kernel: own time by line", own, "ms", 40)
            show("kernel: with all it calls", whole, "ms", 60)


if __name__ == "__main__":
    main(*sys.argv[1:])
