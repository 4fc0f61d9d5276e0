"""A moment of the soak (`make soak`), so that it works when somebody wants all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_moment_of_it() -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--minutes", "0.03", "--seed", "1", "--people", "2"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 things wrong" in ran.stdout
    assert "| fault | injected |" in ran.stdout
