"""Cells and small helpers that the browser tests share."""

from __future__ import annotations

import re
import threading
from typing import Any

from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from ..support import Connection, RawServer
from .notebook import Notebook

IMPORT = "import sse_widget as sw"


def ask(server: DemoServer, model: str, name: str = "run", **fields: Any) -> str:
    """The source of a cell's line that starts a run."""
    body = {"model": model, "stream": True, "stream_options": {"include_usage": True}, "messages": [], **fields}
    return f"{name} = sw.stream({server.url + '/v1/chat/completions'!r}, json={body!r})"


def part(widget: Locator, hook: str) -> Locator:
    """A part of the page by its hook."""
    return widget.locator(f'[data-sw="{hook}"]')


def expect_status(widget: Locator, word: str) -> None:
    """Wait until the header says ``word``."""
    expect(part(widget, "status")).to_have_text(re.compile(rf"^{word}"))


def answer(widget: Locator) -> str:
    """The merged answer as it stands on the page."""
    return part(widget, "answer").inner_text()


def fragments(widget: Locator) -> list[tuple[int, str]]:
    """Frame and text of each fragment in the Tokens pane, as it came (the visible line-end sign is decoration)."""
    read = """all => all.map(one => {
      const copy = one.cloneNode(true);
      for (const sign of copy.querySelectorAll('.sw-nl')) sign.remove();
      return [Number(one.dataset.f), copy.textContent];
    })"""
    return [(frame, text) for frame, text in part(widget, "tokens-list").locator("[data-f]").evaluate_all(read)]


class Gate:
    """A URL that does not answer until it is opened: what a cell calls to block its kernel for just as long as a test wants."""

    def __init__(self, raw: RawServer) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()
        url = raw.serve(self._answer)
        self.block = f"import urllib.request; urllib.request.urlopen({url!r}).read()"

    def _answer(self, connection: Connection) -> None:
        self.reached.set()
        self._open.wait(120)
        connection.start()
        connection.end()

    def open(self) -> None:
        """Let the cell go on."""
        self._open.set()


def kernel_text(notebook: Notebook, name: str = "run") -> str:
    """``run.text`` in the kernel."""
    text: str = notebook.kernel_eval(f"{name}.text")
    return text
