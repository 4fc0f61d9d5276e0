"""Try the cases, in the environment that has what they need. Prints a line of JSON for each."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import pkgutil
import sys
import traceback
from pathlib import Path

from .place import CASES, environment, placed


def main(only: str) -> int:
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if found.name.startswith("cases_"):
            importlib.import_module(f"{__package__}.{found.name}")
    logging.disable(logging.CRITICAL)
    with placed() as place:
        for name, case in CASES.items():
            if only not in name:
                continue
            told = {"case": name, "result": "", "failure": ""}
            with contextlib.ExitStack() as stack:
                stack.enter_context(environment())
                try:
                    told["result"] = asyncio.run(case(place))
                except Exception as error:
                    traceback.print_exc()
                    told["failure"] = f"{type(error).__name__}: {error}".partition("\n")[0]
            print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
