"""What people use instead, each as a notebook's author would write it. Runs in the kernel.

`show` prepares and displays in one cell what has to be there before a cell blocks; `stream` reads in the next one. All read in the
same way: httpx, httpx-sse and `json.loads`, in the cell's own thread (four streams: in a thread each).
"""

from __future__ import annotations

import json
import pathlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from httpx_sse import connect_sse

COALESCE = 0.016
"""Seconds between two messages of the bare widget: about a frame. More would only be thrown away (benchmarks: one per token loses text)."""
THROTTLE = 0.1
"""Seconds between two renderings of the throttled display."""


def read(url: str) -> Iterator[str]:
    """The text of each token."""
    with httpx.Client(timeout=None) as client, connect_sse(client, "POST", url, json={"stream": True}) as source:
        for event in source.iter_sse():
            if event.data == "[DONE]":
                return
            choices = json.loads(event.data)["choices"]
            if choices and (text := choices[0]["delta"].get("content")):
                yield text


def _coalesced(url: str, pause: float, send: Callable[[str], None]) -> None:
    """Send what came in the last `pause` seconds, and at the end what is left."""
    held: list[str] = []
    sent = time.monotonic()
    for text in read(url):
        held.append(text)
        now = time.monotonic()
        if now - sent >= pause:
            send("".join(held))
            held.clear()
            sent = now
    if held:
        send("".join(held))


class Rival:
    """One way to show a stream."""

    def show(self, count: int) -> None:
        """Display `count` empty ones."""

    def stream(self, index: int, url: str) -> None:
        """Read a stream into the one of this number."""
        raise NotImplementedError


class Bare(Rival):
    def show(self, count: int) -> None:
        import anywidget
        from IPython.display import display

        class Text(anywidget.AnyWidget):
            _esm = pathlib.Path(__file__).with_name("bare.js").read_text("utf-8")

        self.widgets = [Text() for _ in range(count)]
        for widget in self.widgets:
            display(widget)  # type: ignore[no-untyped-call]

    def stream(self, index: int, url: str) -> None:
        _coalesced(url, COALESCE, lambda text: self.widgets[index].send({"d": text}))


class Print(Rival):
    def stream(self, index: int, url: str) -> None:
        for text in read(url):
            print(text, end="", flush=True)  # noqa: T201 - as people do


class DisplayEach(Rival):
    pause = 0.0

    def show(self, count: int) -> None:
        from IPython.display import Markdown, display

        self.handles: list[Any] = [display(Markdown(""), display_id=True) for _ in range(count)]  # type: ignore[no-untyped-call]

    def stream(self, index: int, url: str) -> None:
        from IPython.display import Markdown

        handle = self.handles[index]
        so_far = ""

        def update(text: str) -> None:
            nonlocal so_far
            so_far += text
            handle.update(Markdown(so_far))  # type: ignore[no-untyped-call]

        _coalesced(url, self.pause, update)


class DisplayThrottled(DisplayEach):
    pause = THROTTLE


class Html(Rival):
    def show(self, count: int) -> None:
        import ipywidgets  # type: ignore[import-untyped]
        from IPython.display import display
        from markdown_it import MarkdownIt  # type: ignore[import-not-found,unused-ignore]

        self.render = MarkdownIt().render
        self.widgets = [ipywidgets.HTML() for _ in range(count)]
        for widget in self.widgets:
            display(widget)  # type: ignore[no-untyped-call]

    def stream(self, index: int, url: str) -> None:
        so_far = ""
        for text in read(url):
            so_far += text
            self.widgets[index].value = self.render(so_far)


class Panel(Rival):
    def show(self, count: int) -> None:
        import panel  # type: ignore[import-not-found,unused-ignore]
        from IPython.display import display

        panel.extension(inline=True)  # its front end comes with the notebook: without a network there is no other way
        self.messages = [panel.chat.ChatMessage("", user="Assistant") for _ in range(count)]
        for message in self.messages:
            display(message)  # type: ignore[no-untyped-call]

    def stream(self, index: int, url: str) -> None:
        for text in read(url):
            self.messages[index].stream(text)


class Chatlas(Rival):
    """Reads with its own client."""

    def stream(self, index: int, url: str) -> None:
        from chatlas import ChatOpenAICompletions  # type: ignore[import-not-found,unused-ignore]

        chat = ChatOpenAICompletions(base_url=url.removesuffix("/chat/completions"), api_key="none", model="bench")
        chat.chat("Go.", echo="output")


RIVALS: dict[str, type[Rival]] = {
    "bare": Bare,
    "print": Print,
    "display": DisplayEach,
    "display10": DisplayThrottled,
    "html": Html,
    "panel": Panel,
    "chatlas": Chatlas,
}


def start(name: str, urls: list[str], extra: str = "") -> Callable[[], None]:
    """Show what has to be shown, and give the function that streams. extra: a folder with further packages, behind all others."""
    if extra:
        sys.path.append(extra)
    rival = RIVALS[name]()
    rival.show(len(urls))

    def stream() -> None:
        if len(urls) == 1:
            rival.stream(0, urls[0])
            return
        threads = [threading.Thread(target=rival.stream, args=pair) for pair in enumerate(urls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return stream
