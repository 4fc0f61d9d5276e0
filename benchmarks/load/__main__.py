"""Measures all of it, a line of JSON each: memory of a stream of a million events, many streams at once, and the page under both.

make load      (about five minutes)      make load ARGS="memory streams"
"""

# ruff: noqa: T201
from __future__ import annotations

import subprocess
import sys

PARTS = {
    "memory": [["memory"], ["memory", "--events", "200000", "--traced"]],
    "streams": [["streams", "--shown", shown] for shown in ("none", "one", "session")],
    "page": [["page"]],
}


def main() -> None:
    asked = sys.argv[1:] or list(PARTS)
    for name in asked:
        if name not in PARTS:
            raise SystemExit(f"There is no {name}; there are {', '.join(PARTS)}.")
        for module, *options in PARTS[name]:
            print(f"── {' '.join([module, *options])}", flush=True)
            subprocess.run([sys.executable, "-m", f"benchmarks.load.{module}", *options], check=True)


if __name__ == "__main__":
    main()
