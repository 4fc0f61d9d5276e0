"""``python -m tests.faulty``: the server in a process of its own, as long as its standard input is open."""

from __future__ import annotations

import sys

from . import FaultyServer


def main() -> None:
    with FaultyServer() as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
