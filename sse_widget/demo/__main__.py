"""``python -m sse_widget.demo``: run the demo server in the foreground, for curl and other clients."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from .replies import MODELS
from .server import DemoServer, serve

CURL = """\
curl -N {url}/v1/chat/completions -H 'Content-Type: application/json' \\
  -d '{{"model": "pizza", "stream": true, "messages": [{{"role": "user", "content": "How do I make pizza?"}}]}}'"""


def welcome(server: DemoServer) -> str:
    """What is printed at the start: the address, a line to try, and the replies there are."""
    models = "\n".join(f"  {model.name:<9} {model.about}" for model in MODELS.values())
    return f"Demo server on {server.url} (Ctrl-C stops it). Try:\n\n{CURL.format(url=server.url)}\n\nModels:\n{models}\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C. Returns the exit status; 1 if the port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m sse_widget.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="port to listen on; 0 picks a free one (default: 8765)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)")
    args = parser.parse_args(argv)
    try:
        server = serve(port=args.port, host=args.host)
    except OSError as error:
        print(f"Cannot listen on {args.host}:{args.port}: {error.strerror or error}. Is it in use? Try --port 0.", file=sys.stderr)
        return 1
    with server:
        print(welcome(server), flush=True)
        try:
            while True:
                time.sleep(3600)  # not Event.wait, which Ctrl-C does not interrupt on Windows
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
