"""CPU and memory of the processes that take part, as the operating system counts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]


@dataclass
class Usage:
    """CPU seconds so far. all: of the whole machine, whoever used them."""

    kernel: float
    server: float
    renderer: float
    browser: float
    source: float
    own: float
    all: float

    def since(self, before: Usage) -> Usage:
        return Usage(**{name: value - getattr(before, name) for name, value in vars(self).items()})

    @property
    def others(self) -> float:
        """Used by processes that are no part of the benchmark."""
        return max(0.0, self.all - self.kernel - self.server - self.renderer - self.browser - self.source - self.own)


def cpu(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def renderers(browser: int) -> list[int]:
    """The processes that draw pages."""
    found = []
    for child in children(browser):
        try:
            if "--type=renderer" in child.cmdline():
                found.append(child.pid)
        except psutil.NoSuchProcess:
            pass
    return found


def children(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def browser_pid(flag: str) -> int:
    """The browser that was started with this flag, a word that nobody else has."""
    for child in children(os.getpid()):
        try:
            line = child.cmdline()
        except psutil.NoSuchProcess:
            continue
        if flag in line and not any(word.startswith("--type=") for word in line):
            return int(child.pid)
    raise RuntimeError("The browser's process was not found.")


def total(pids: Iterable[int]) -> float:
    return sum(map(cpu, pids))


def usage(*, kernel: int, server: int, browser: int, source: int) -> Usage:
    drawing = renderers(browser)
    others = [browser, *(child.pid for child in children(browser) if child.pid not in drawing)]
    times = psutil.cpu_times()
    busy = sum(getattr(times, name, 0.0) for name in ("user", "system", "nice", "irq", "softirq", "steal"))
    return Usage(cpu(kernel), cpu(server), total(drawing), total(others), cpu(source), cpu(os.getpid()), busy)
