"""`make matrix`: every part, or those whose names begin with the words given (`make matrix ARGS="kernels"`).

A part is a module of this folder with a function ``part(options) -> Table``. It prints what it tries, and the table at the end.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from .table import Table


def parts() -> Iterator[tuple[str, ModuleType]]:
    """The parts there are, by name."""
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__package__}.{found.name}")
        if hasattr(module, "part"):
            yield found.name, module


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make matrix ARGS=…", description=__doc__)
    parser.add_argument("parts", nargs="*", help="the beginnings of parts' names; none: all")
    parser.add_argument("--only", default="", help="rows whose names hold these words")
    parser.add_argument("--versions", default="", help="only these versions, with commas between them")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is tried")
    options = parser.parse_args(arguments)
    chosen = [(name, module) for name, module in parts() if not options.parts or name.startswith(tuple(options.parts))]
    if not chosen:
        parser.error(f"there are {', '.join(name for name, _ in parts())}")
    tables: list[Table] = []
    for name, module in chosen:
        print(f"── {name}", flush=True)
        tables.append(module.part(options))
    for table in tables:
        print(table)
    return 1 if any(table.failures for table in tables) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
