"""Scripts for the front end's store: what the kernel sends while streams come, change and end, and what a page should know after it.

``python -m tests.played SEED COUNT`` prints them as JSON. js/tests/played.test.ts plays them to the real store, over a line that loses,
doubles and reorders. Each message has the snapshot beside it that the kernel would have sent at that moment, had a page asked.
"""

from __future__ import annotations

import base64
import json
import random
import sys
from contextlib import closing
from typing import Any

from sse_widget.output import Output
from sse_widget.run import Run

from .pages import Kernel, Message
from .streams import STREAMS

NAMES = sorted(name for name, stream in STREAMS.items() if len(stream.body()) < 3000)
RULES: list[dict[str, Any]] = [{"dialect": "text"}, {"dialect": "generic"}, {}, {"extract": "$..text", "join": " "}, {"large": 10}]


def script(seed: int) -> dict[str, Any]:
    """One script: the messages in the order in which they were sent, a snapshot for each, and the truth at the end."""
    chance = random.Random(seed)
    with closing(Kernel()) as kernel:
        runs = [kernel.add(STREAMS[chance.choice(NAMES)])]
        widget = kernel.session.widget
        messages = [_trait(kernel.sent[0], "snapshot")]
        snapshots = [messages[0]]
        for _ in range(chance.randrange(5, 40)):
            _happen(kernel, runs, chance)
            before = len(kernel.sent)
            kernel.step(chance.choice((0.01, 0.05, 0.05, 0.3, 0.7, 4.0)))
            _note(kernel, before, messages, snapshots)
        for run in runs:
            kernel.feed(run, 10**6)
        for _ in range(15):  # as long as the kernel says anything, its last words for a page that may not have heard included
            before = len(kernel.sent)
            kernel.step(1.0)
            _note(kernel, before, messages, snapshots)
        assert widget.comm is kernel.comm
        then = {run.id: _then(run, chance) for run in runs}
        return {"seed": seed, "messages": messages, "snapshots": snapshots, "truth": kernel.truth(), "then": then}


def _happen(kernel: Kernel, runs: list[Run], chance: random.Random) -> None:
    run = chance.choice(runs)
    what = chance.random()
    if what < 0.7:
        kernel.feed(run, chance.choice((1, 30, 200, 200, 900)))
    elif what < 0.8:
        kernel.hear({"type": "ack", "seq": max(0, kernel.session.widget._seq - chance.randrange(3)), "hidden": chance.random() < 0.2})
    elif what < 0.88:
        run.read_again(**chance.choice(RULES), wait=False)
    elif what < 0.94:
        (run.resume if run.recording.paused else run.pause)()
    elif what < 0.97 and len(runs) < 3:
        runs.append(kernel.add(STREAMS[chance.choice(NAMES)]))
    elif what > 0.985:
        run.stop(wait=False)


def _note(kernel: Kernel, before: int, messages: list[Any], snapshots: list[Any]) -> None:
    fresh = [_trait(message, "batch") for message in kernel.sent[before:]]
    if fresh:
        snapshot = _trait(kernel.ask(), "snapshot")
        messages += fresh
        snapshots += [snapshot] * len(fresh)


def _trait(message: Message, name: str) -> dict[str, Any]:
    """The value of a trait as it travels, its columns in base64."""
    data = message["data"]
    buffers = {tuple(path): buffer for path, buffer in zip(data["buffer_paths"], message["buffers"], strict=True)}
    columns = buffers.get((name, "cols"))
    return {"name": name, "feed": data["state"][name], "cols": None if columns is None else base64.b64encode(columns).decode()}


def _then(run: Run, chance: random.Random) -> dict[str, Any]:
    """The texts as they stood at some frame."""
    deltas, frames = run.reading.deltas, len(run.reading.channels)
    frame = chance.randrange(frames)
    output = Output()
    for delta in deltas:
        if delta.frame <= frame:
            output.apply(delta)
    return {"frame": frame, "texts": [[part.number, part.text] for part in output.parts]}


def main() -> None:
    seed, count = map(int, sys.argv[1:])
    json.dump([script(seed + number) for number in range(count)], sys.stdout, allow_nan=False)


if __name__ == "__main__":
    main()
