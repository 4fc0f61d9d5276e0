"""Who shows the stream: the cells of each approach, and where on the page its text is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

OURS = """(n) => [...document.querySelectorAll('.sse-widget [data-sw="output"]')].map((it) => it.querySelector('[data-sw="answer"]'))"""
BARE = "() => [...document.querySelectorAll('.bench-bare')]"
# N: how many streams; what was displayed last is theirs.
OUTPUT = "() => [...document.querySelectorAll('.jp-Cell:nth-child(2) .jp-OutputArea')]"
OUTPUTS = "() => [...document.querySelectorAll('.jp-Cell:nth-child(1) .jp-OutputArea-output')].slice(-N)"


@dataclass(frozen=True)
class Approach:
    """label: how the tables call it. roots: a function of the page that gives the element of each stream. skip: workloads that are not
    run, and why. once: those that take so long that only the first round runs them. blocks: whether the cell that starts the stream
    lasts as long as it."""

    name: str
    label: str
    roots: str
    skip: dict[str, str]
    once: tuple[str, ...] = ()
    blocks: bool = True

    def cells(self, urls: list[str], extra: str) -> list[str]:
        """The cell that prepares, and the one that streams."""
        if self.name.startswith("ours"):
            opening = f"runs = [sw.stream(url, json={{'stream': True}}) for url in {urls!r}]\nfor run in runs: display(run)"
            wait = "\nfor run in runs: run.wait()" if self.blocks else ""
            return [f"import os, resource\nimport sse_widget as sw\n{HERE}", opening + wait]
        prepare = f"import os, resource, sys\nsys.path.append({str(ROOT)!r})\nfrom benchmarks.live.rivals import start\n{HERE}"
        return [f"{prepare}\ngo = start({self.name!r}, {urls!r}, {extra!r})", "go()"]


HERE = "_pid = os.getpid()"
SLOW = "more than a minute for 10,000 tokens"
SLOW_ONCE = ("W2",)
MIXED = "four streams would be mixed in one output"

APPROACHES = {
    it.name: it
    for it in (
        Approach("ours", "sse_widget", OURS, {}, blocks=False),
        Approach("ours-blocked", "sse_widget, the cell waits for it", OURS, {}),
        Approach("bare", "bare delta widget", BARE, {}),
        Approach("print", "`print`", OUTPUT, {"W3": MIXED}),
        Approach("display10", "`display(Markdown)`, 10/s", OUTPUTS, {}),
        Approach("display", "`display(Markdown)` per token", OUTPUTS, {"W4": SLOW, "W6": SLOW}, SLOW_ONCE),
        Approach(
            "html",
            "`ipywidgets.HTML` per token",
            "() => [...document.querySelectorAll('.widget-html-content')]",
            {"W4": SLOW, "W6": SLOW},
            SLOW_ONCE,
        ),
        Approach(
            "panel",
            "Panel `ChatMessage`",
            OUTPUTS,
            {"W4": SLOW, "W6": SLOW},
            SLOW_ONCE,
        ),
        Approach("chatlas", "chatlas", OUTPUT, {"W3": MIXED, "W4": SLOW, "W6": SLOW}, SLOW_ONCE),
    )
}
DEFAULT = ["ours", "ours-blocked", "bare", "print", "display10", "display", "html", "panel", "chatlas"]
