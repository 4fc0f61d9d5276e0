"""Virtual environments of the matrix: one for each version of what is tried, in .venv/matrix-…, made again only when it has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "constraints.txt"


def environment(name: str, *pins: str, free: Collection[str] = ()) -> Path:
    """The interpreter of the environment ``name``: what the project depends on at run time, and these.

    pins: requirements such as ``ipykernel==6.29.5``; all else has the versions of constraints.txt, but for projects that are ``free``,
    since the pins want others than our own tools do. The project itself is not installed: put `ROOT` on its PYTHONPATH. Raises
    CalledProcessError if something cannot be installed.
    """
    home = ROOT / ".venv" / f"matrix-{name}"
    python = home / "bin" / "python"
    wanted = [*_dependencies(), *pins]
    stamp = home / "stamp"
    key = hashlib.sha256("\n".join([sys.version, CONSTRAINTS.read_text("utf-8"), *wanted]).encode()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text("utf-8") == key:
        return python
    print(f"── installing {', '.join(pins)}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    unbound = {*free, *(_project(pin) for pin in pins)}
    lines = [line for line in CONSTRAINTS.read_text("utf-8").splitlines() if _project(line) not in unbound]
    constraints = home / "constraints.txt"
    constraints.write_text("\n".join(lines), "utf-8")
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--constraint", str(constraints)]
    subprocess.run([*pip, *wanted], check=True)
    stamp.write_text(key, "utf-8")
    return python


def _dependencies() -> list[str]:
    return [each for each in importlib.metadata.requires("sse_widget") or () if "extra ==" not in each]


def _project(requirement: str) -> str:
    """The name of the project that a requirement is about."""
    return re.split(r"[=<>!~ ;\[]", requirement.strip(), maxsplit=1)[0].lower()
