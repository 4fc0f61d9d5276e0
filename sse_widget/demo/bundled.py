"""Recordings that come with the package: small ones, of every family of formats and of what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import UsageError
from ..files.load import load
from ..recording import Recording

FOLDER = Path(__file__).parent / "recordings"
ENDING = ".ssejsonl.gz"

ABOUT = {
    "chat": "OpenAI chat completions: a long answer in Markdown, with usage at the end",
    "thinking": "DeepSeek: four steps of thinking aloud, then a recipe",
    "tools": "OpenAI chat completions: two parallel tool calls, their arguments interleaved",
    "anthropic": "Anthropic Messages: thinking and text in blocks of their own",
    "responses": "OpenAI Responses: named events with sequence numbers",
    "gemini": "Gemini: candidates with parts",
    "ollama": "Ollama: JSON lines, no event stream",
    "cohere": "Cohere v2: a tool plan and tool calls",
    "stall": "a chat that stands still for three and a half seconds",
    "masked-stall": "the same, but pings go on: the connection lives, the model does not",
    "buffering-proxy": "a chat behind a proxy that collects 8 KB before it passes anything on",
    "cut": "a chat whose connection breaks in the middle of the answer",
    "agents": "five agents who speak at once on one stream",
}
"""What each one shows."""


class Bundled(Mapping[str, Recording]):
    """The recordings by name. Each is read from its file when it is asked for."""

    def __getitem__(self, name: str) -> Recording:
        if name not in ABOUT:
            raise KeyError(str(UsageError.unknown("bundled recording", name, ABOUT)))
        return load(FOLDER / f"{name}{ENDING}")

    def __iter__(self) -> Iterator[str]:
        return iter(ABOUT)

    def __len__(self) -> int:
        return len(ABOUT)

    def __contains__(self, name: object) -> bool:  # a Mapping's own would load the file
        return name in ABOUT

    def __repr__(self) -> str:
        return "\n".join(f"{name:<16} {about}" for name, about in ABOUT.items())


def recordings() -> Bundled:
    """The bundled recordings, by name: ``sw.replay(sw.demo.recordings()["stall"])``. Shown, they say what each is."""
    return Bundled()
