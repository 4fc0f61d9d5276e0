"""What is worth knowing about where we run: for a report of a problem, or to see whether a number on the page can be trusted."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("sse_widget", "ipykernel", "ipywidgets", "anywidget", "IPython", "httpx", "httpx-sse", "pyzmq", "jupyterlab", "jupyter_server")
ENVIRONMENT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONASYNCIODEBUG")
EVENTS = 1000
ROUNDS = 5
LIMITS = {"iopub_msg_rate_limit": 1000.0, "iopub_data_rate_limit": 1e6, "rate_limit_window": 3.0}
"""The defaults of jupyter_server: messages/s, bytes/s (of printed text alone), and seconds over which they are averaged."""


class Diagnosis:
    """What `doctor` found. facts: by heading and name, as text. Printed, it is a plain-text report without any secret."""

    def __init__(self, facts: dict[str, dict[str, str]]) -> None:
        self.facts = facts

    def __repr__(self) -> str:
        width = max(len(name) for section in self.facts.values() for name in section)
        sections = [
            "\n".join([heading, *(f"  {name.ljust(width)}  {value}" for name, value in section.items())])
            for heading, section in self.facts.items()
        ]
        return "\n\n".join(sections)


def doctor() -> Diagnosis:
    """Look at what matters here: versions, the clock, the server's limits, how Stop goes, and what an event costs us (takes 0.3 s or so).

    Works anywhere, also outside Jupyter. Nothing of it is secret: of environment variables only the names are told.
    """
    return Diagnosis(
        {
            "Versions": _versions(),
            "Clock": _clock(),
            "Kernel": _kernel(),
            "The server's limits": _limits(),
            "Our overhead": _overhead(),
        }
    )


def _versions() -> dict[str, str]:
    found = {"Python": f"{platform.python_version()} on {platform.system()}, {os.cpu_count()} CPUs"}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed for this Python"
    return found


def _clock() -> dict[str, str]:
    about = time.get_clock_info("monotonic")
    return {
        "name": f"time.monotonic, {about.implementation}",
        "resolution": f"{about.resolution * 1e6:g} µs by the system, {_step() * 1e6:.3g} µs between two readings",
        "set back or ahead": "possible" if about.adjustable else "never",
    }


def _step() -> float:
    """The smallest step that two readings in a row show, s."""
    steps = []
    for _ in range(100):
        before = after = time.monotonic()
        while after == before:
            after = time.monotonic()
        steps.append(after - before)
    return min(steps)


def _kernel() -> dict[str, str]:
    from .view.hearing import ear
    from .view.kernel import in_notebook, shell

    if not in_notebook():
        return {"where": "IPython, no kernel" if shell() is not None else "Python, no kernel", "Stop": "run.stop(), or an interrupt"}
    ear.hook()
    kernel = shell().kernel
    subshells = bool(getattr(kernel, "_supports_kernel_subshells", False))
    heard = ", ".join(f"{count} by {way}" for way, count in ear.heard.items())
    set_here = [name for name in ENVIRONMENT if name in os.environ or name.lower() in os.environ]
    return {
        "where": f"{type(kernel).__module__}.{type(kernel).__name__}",
        "subshells": ("it can have them" if subshells else "it has none") + f"; this runs in thread {threading.current_thread().name!r}",
        "Stop on the page": ear.ways(),
        "Stops so far": heard or "none",
        "our threads": ", ".join(sorted(t.name for t in threading.enumerate() if t.name.startswith("sse-widget"))) or "none yet",
        "environment": ", ".join(set_here) + " (set; values are not told)" if set_here else "no proxy and no certificates of its own",
    }


def _limits() -> dict[str, str]:
    """The limits of the server are not to be asked for, so they are looked up where it would have them from."""
    from .view.traffic import RATE

    values, where = dict(LIMITS), dict.fromkeys(LIMITS, "the default")
    for name, value, source in _configured():
        values[name], where[name] = value, source
    unread = [str(path) for path in _config_files(".py")]
    return {
        "messages": f"{values['iopub_msg_rate_limit']:,.0f}/s over {values['rate_limit_window']:g} s ({where['iopub_msg_rate_limit']})",
        "printed bytes": f"{values['iopub_data_rate_limit']:,.0f}/s ({where['iopub_data_rate_limit']})",
        "we send": f"{RATE:g} batches/s at most, over all widgets",
        **({"not read": ", ".join(unread) + ": it is a program, and may set them"} if unread else {}),
    }


def _configured() -> Iterator[tuple[str, float, str]]:
    """Limits that were set: in the server's files (JSON), then on its command line. Name, value, where."""
    for path in _config_files(".json"):
        try:
            sections = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        for section in sections.values() if isinstance(sections, dict) else ():
            for name in LIMITS:
                if isinstance(section, dict) and isinstance(section.get(name), (int, float)):
                    yield name, float(section[name]), path.name
    try:
        line = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return
    for name in LIMITS:
        found = re.search(rf"\.{name}=([0-9.eE+]+)", line)
        if found:
            yield name, float(found[1]), "the server's command line"


def _config_files(suffix: str) -> Iterator[Path]:
    """The server's files of settings that exist, the least important first."""
    try:
        from jupyter_core.paths import jupyter_config_path
    except ImportError:
        return
    for folder in reversed(jupyter_config_path()):
        for name in ("jupyter_server_config", "jupyter_notebook_config"):
            path = Path(folder) / f"{name}{suffix}"
            if path.is_file():
                yield path


def _overhead() -> dict[str, str]:
    runs = [_cost() for _ in range(ROUNDS)]
    stamp, fold, pack = (min(run[i] for run in runs) / EVENTS * 1e6 for i in range(3))
    return {
        "per event": f"{stamp + fold + pack:.1f} µs of CPU, the best of {ROUNDS} times {EVENTS:,} events of a chat",
        "of that": f"{stamp:.1f} to stamp and keep it, {fold:.1f} to read it, {pack:.1f} to pack it for the page",
        "GIL": f"handed on every {sys.getswitchinterval() * 1e3:g} ms at the latest, between two steps of Python",
    }


def _cost() -> tuple[float, float, float]:
    """Seconds of CPU that a stream costs: to record, to read, to pack."""
    from .reading import Reading
    from .recording import Recording
    from .view.outbox import Lane

    choice = '{"index":0,"delta":{"content":" word"},"finish_reason":null}'
    event = f'data: {{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{choice}]}}\n\n'.encode()
    recording = Recording()
    recording.content_type = "text/event-stream"
    recording.mark("open", status=200)
    reading, lane = Reading(recording), Lane("doctor")
    state: dict[str, Any] = {}
    spent = [0.0, 0.0, 0.0]
    for _ in range(EVENTS // 10):
        start = time.thread_time()
        for _ in range(10):
            recording.chunk(event)
        stamped = time.thread_time()
        while reading.advance(100):
            pass
        folded = time.thread_time()
        lane.changes(reading, state)
        packed = time.thread_time()
        spent = [spent[0] + stamped - start, spent[1] + folded - stamped, spent[2] + packed - folded]
    return spent[0], spent[1], spent[2]
