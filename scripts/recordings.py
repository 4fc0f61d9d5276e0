"""Makes the bundled recordings of sse_widget/demo/recordings: the demo server's streams, as they came over a real connection.

    python scripts/recordings.py          all of them; it takes a minute
    python scripts/recordings.py cut      this one

Run it only where a recording is to change: times differ with every run, so every file does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sse_widget as sw
from sse_widget.recording import Recording
from sse_widget.replay import PROFILES
from sse_widget.replay.network import plan

FOLDER = Path(sw.__file__).parent / "demo" / "recordings"
ASK = [{"role": "user", "content": "How do I make a good pizza at home?"}]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    asked = sys.argv[1:] or list(RECIPES)
    with sw.demo.serve() as server:
        for name in asked:
            recording = RECIPES[name](server.url)
            recording.name = name
            path = recording.save(FOLDER / f"{name}.ssejsonl.gz")
            print(f"{name}: {len(recording.events)} events, {recording.metrics().end:.1f} s, {path.stat().st_size / 1000:.1f} KB")


def record(path: str, **body: Any) -> Callable[[str], Recording]:
    """What the demo server answers at a path."""
    given = {"messages": ASK, "stream": True, **body}

    def make(url: str) -> Recording:
        run = sw.stream(url + path, json=given)
        try:
            run.wait()
        except sw.SSEWidgetError as error:
            print(f"  {error}")
        recording = run.recording
        assert recording.request is not None
        # The port of a moment is nothing to be kept.
        plain = json.loads(json.dumps([recording.request, recording.response]).replace(url.removeprefix("http://"), "demo.test"))
        recording.request, recording.response = plain
        return recording

    return make


def begun_as(original: Recording) -> Recording:
    """An empty recording of the same request and response."""
    copy = Recording()
    copy.request, copy.response, copy.content_type = original.request, original.response, original.content_type
    copy.started = original.started
    return copy


def through(make: Callable[[str], Recording], network: str) -> Callable[[str], Recording]:
    """The same, as it would have come through a network."""

    def bent(url: str) -> Recording:
        original = make(url)
        copy = begun_as(original)
        for time, kind, data, info in plan(original, PROFILES[network]):
            copy._restore(time, kind, data, info)  # type: ignore[arg-type]
        copy._restored()
        return copy

    return bent


def masked(make: Callable[[str], Recording]) -> Callable[[str], Recording]:
    """The same, with a ping every half second while nothing else comes: the connection lives, the model stands still."""

    def pinged(url: str) -> Recording:
        original = make(url)
        copy = begun_as(original)
        last = 0.0
        for entry in original.read_entries():
            while entry.time - last > 0.75 and copy.opened:
                last += 0.5
                copy._restore(last, "chunk", b": ping\n\n", None)
            copy._restore(entry.time, entry.kind, entry.data, entry.info)
            last = entry.time
        copy._restored()
        return copy

    return pinged


def agents(url: str) -> Recording:
    """Five agents who speak on one stream, each in its own time."""
    recording = sw.stream(url + "/agents?rate=14&seed=7").wait().recording
    assert recording.request is not None
    plain = json.loads(json.dumps([recording.request, recording.response]).replace(url.removeprefix("http://"), "demo.test"))
    recording.request, recording.response = plain
    return recording


STALLED = record("/v1/chat/completions", model="pizza", rate=80, stalls=[{"at": 180, "seconds": 3.5}])
RECIPES: dict[str, Callable[[str], Recording]] = {
    "chat": record("/v1/chat/completions", model="markdown", stream_options={"include_usage": True}),
    "thinking": record("/chat/completions", model="pizza", rate=90),
    "tools": record("/v1/chat/completions", model="tools"),
    "anthropic": record("/v1/messages", model="pizza", rate=90, max_tokens=2000, thinking={"type": "enabled", "budget_tokens": 1024}),
    "responses": record("/v1/responses", model="markdown", input="How do I make a good pizza at home?"),
    "gemini": record("/v1beta/models/pizza:streamGenerateContent?alt=sse", rate=90, contents=[{"parts": [{"text": "Pizza?"}]}]),
    "ollama": record("/api/chat", model="markdown"),
    "cohere": record("/v2/chat", model="tools"),
    "stall": STALLED,
    "masked-stall": masked(STALLED),
    "buffering-proxy": through(record("/v1/chat/completions", model="markdown"), "buffering-proxy"),
    "cut": record("/v1/chat/completions", model="pizza", rate=80, cut=220),
    "agents": agents,
}

if __name__ == "__main__":
    main()
