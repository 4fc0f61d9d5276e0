"""Every state that the page can be in, each as a cell: for the tests of what it looks like, and for `scripts/gallery.py`.

What is live stays so: those streams have a stall of ten minutes where they are to be looked at, or a server that does not go on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sse_widget.demo import DemoServer

from ..support import Connection, RawServer, closed_port
from .cells import LONG, ask

SCRIPTS = """\
## الخبز والعجين

اخلط **500 غ** من الدقيق مع الماء، ثم انتظر ساعتين. Then bake.

## 如何做披萨

把面团放**两个小时**，烤箱开到最热。ピザは薄く伸ばす。피자를 굽는다.

- שלום, בצק טוב צריך זמן
- 👩‍🍳 👨‍👩‍👧‍👦 🍕 é ñ Ω
"""


class State(NamedTuple):
    """cell: the source that brings a widget into the state. word: its status, "" if it says none. shows: a text that is there once
    the state is reached."""

    cell: str
    word: str
    shows: str


def held_at(at: int) -> dict[str, Any]:
    """Fields of a request whose stream stands still before a fragment."""
    return {"rate": 150, "seed": 4, "stalls": [{"at": at, "seconds": LONG}]}


def states(server: DemoServer, raw: RawServer) -> dict[str, State]:
    """The states by their names. raw: a server of its own, which gets the request that is never answered."""

    def wait(connection: Connection) -> None:
        connection.closed_by_client(LONG)

    never = raw.serve(wait)

    def get(path: str) -> str:
        return f"run = sw.stream({server.url + path!r})\nrun"

    def chat(model: str, **fields: Any) -> str:
        return ask(server, model, **fields) + "\nrun"

    words = [f"{piece}\n\n" for piece in SCRIPTS.split("\n\n")]
    unknown = "[{'result': {'text': word}, 'meta': {'text': word[::-1]}} for word in ['Knead ', 'the ', '**dough**.']]"
    stop = "\nfor number, _ in enumerate(run):\n    if number == 40:\n        run.stop()"
    grid = (
        f"g = sw.compare({{'plain': 'How do I make pizza?', 'role': 'You are a grandmother. How do I make pizza?'}}, "
        f"['pizza', 'plain', 'markdown'], n=3, params={{'rate': 400, 'jitter': 0.5}}, provider='vllm', base_url={server.url + '/v1'!r}, "
        "prices={'pizza': (0.15, 0.6), 'markdown': (1, 4)}, seed=5, concurrency=6)\ng"
    )
    return {
        "connecting": State(f"run = sw.stream({never!r}, name='slow')\nrun", "Connecting", "Connecting to"),
        "waiting": State(chat("silence"), "Waiting", "Waiting for the first token"),
        "thinking": State(chat("pizza", **held_at(60)), "Thinking", "Thinking for"),
        "writing": State(chat("pizza", pings=24, **held_at(230)), "Writing", "Rest"),
        "calling": State(chat("tools", **held_at(20)), "Writing", "Calling"),
        "tools": State(chat("tools", rate=60), "Done", "Called search_recipes"),
        "done": State(chat("pizza", rate=250), "Done", "Buon appetito"),
        "stopped": State(ask(server, "count", tokens=100_000, rate=100) + stop, "Stopped", "w0040"),
        "reconnecting": State(
            f"run = sw.stream({server.url + '/lossy?rate=0&every=40'!r}, reconnect=sw.Reconnect(delay={LONG}, budget=None))\nrun",
            "Reconnecting",
            "The connection was lost",
        ),
        "cut off": State(chat("pizza", rate=250, cut=200), "Cut off", "connection broke"),
        "failed": State(get("/status/401"), "Failed", "Incorrect API key"),
        "refused": State(f"run = sw.stream('http://127.0.0.1:{closed_port()}/v1')\nrun", "Failed", "refused the connection"),
        "error inside": State(chat("pizza", rate=250, error={"at": 180, "message": "overloaded"}), "Failed", "overloaded"),
        "custom": State(ask(server, "custom", rate=80)[:-1] + ", extract='$.result.text')\nrun", "Done", "$.result.text"),
        "wrong rule": State(f"run = sw.stream({unknown}, extract='$.none')\nrun", "Failed", "matched nothing"),
        "unknown": State(f"run = sw.stream({unknown})\nrun", "Done", "unknown JSON"),
        "findings": State(
            chat("pizza", rate=200, pings=10, stalls=[{"at": 120, "seconds": 1.2}, {"at": 200, "seconds": 1.6}]), "Done", "Buon"
        ),
        "invalid": State(get("/invalid-utf8"), "Done", "not UTF-8"),
        "empty": State("run = sw.stream([])\nrun", "Done", "without any text"),
        "plain": State(get("/plain?rate=12"), "Done", "Perfect for a walk"),
        "refusal": State(chat("refusal", rate=80), "Done", "pineapple"),
        "markdown": State(chat("markdown", rate=300), "Done", "the first in your team"),
        "long": State(chat("count", tokens=6000, rate=0), "Done", "w6000"),
        "choices": State(chat("pizza", n=2, rate=300), "Done", "Buon appetito"),
        "scripts": State(
            f"run = sw.stream({words!r}, name='نص وكتابة · 文字と文章 · a rather long name that does not fit')\nrun", "Done", "披萨"
        ),
        "theatre": State("sw.theatre(sw.demo.recordings()['thinking'], 10, reading_speed=2000)", "", "Play both"),
        "lanes": State(
            f"both = sw.Session('two')\nfor model in ('pizza', 'tools'):\n"
            f"    both.stream({server.url + '/v1/chat/completions'!r}, json={{'model': model, 'stream': True, 'rate': 250}}, name=model)\n"
            "both.widget",
            "Done",
            "tools",
        ),
        "ten lanes": State(
            f"many = sw.Session('Newsroom')\nfor i, model in enumerate(['pizza', 'tools', 'markdown', 'count', 'pizza'] * 2):\n"
            f"    many.stream({server.url + '/v1/chat/completions'!r}, name=f'Agent {{i + 1}}', json={{'model': model, 'stream': True, "
            f"'rate': 60 + 12 * i, 'delay': 0.15 * i, 'tokens': 500, 'stalls': [{{'at': 70 + 9 * i, 'seconds': {LONG}}}]}})\nmany",
            "Live",
            "w0090",
        ),
        "compare": State(grid, "18 of 18 done", "Buon appetito"),
    }
