"""Cells and small helpers that the browser tests share."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

from sse_widget.demo import DemoServer

from ..support import PATIENCE, Connection, Held, RawServer
from .notebook import Notebook

T = TypeVar("T")

IMPORT = "import sse_widget as sw"
LONG = 600.0
"""Seconds that a held thing waits for its test: longer than the test's own waits."""


def ask(server: DemoServer, model: str, name: str = "run", **fields: Any) -> str:
    """The source of a cell's line that starts a run."""
    body = {"model": model, "stream": True, "stream_options": {"include_usage": True}, "messages": [], **fields}
    return f"{name} = sw.stream({server.url + '/v1/chat/completions'!r}, json={body!r})"


def ask_held(held: Held, name: str = "run") -> str:
    """The source of a cell's line that starts the run of a held stream."""
    return f"{name} = sw.stream({held.url!r}, json={{'model': 'held', 'stream': True}})"


def part(widget: Locator, hook: str) -> Locator:
    """A part of the page by its hook."""
    return widget.locator(f'[data-sw="{hook}"]')


def expect_status(widget: Locator, word: str) -> None:
    """Wait until the header says ``word``; of a session that of its board, whose card is hidden until somebody opens it."""
    expect(widget.locator('[data-sw="session-status"], [data-sw="status"]').filter(visible=True).first).to_have_text(
        re.compile(rf"^{word}")
    )


def latest(page: Page, read: Callable[[], T], right: Callable[[T], object]) -> T:
    """Read again and again until it is ``right``, or patience ends; gives what was read last."""
    deadline = time.monotonic() + PATIENCE
    while not right(value := read()) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    return value


def until(page: Page, read: Callable[[], T], right: Callable[[T], object]) -> T:
    """Wait until what is read is ``right``, and give it: for what `expect` has no words for, on a page that may still be changing."""
    value = latest(page, read, right)
    assert right(value), f"this did not become what it should be: {value!r}"
    return value


def becomes(page: Page, read: Callable[[], T], wanted: T) -> None:
    """Wait until what is read is ``wanted``."""
    assert latest(page, read, lambda value: value == wanted) == wanted


def two_frames(page: Page) -> None:
    """Wait until the page has drawn what it knew, before looking that something did *not* happen."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def answer(widget: Locator) -> str:
    """The merged answer as it stands on the page at this moment."""
    return part(widget, "answer").inner_text()


def expect_answer(widget: Locator, text: str) -> None:
    """Wait until the merged answer is ``text``, whatever the white space."""
    expect(part(widget, "answer")).to_have_text(text.strip(), use_inner_text=True)


def expect_fragments(widget: Locator, text: str) -> None:
    """Wait until the fragments of the Tokens pane, joined, are ``text`` to the letter."""
    becomes(widget.page, lambda: "".join(fragment for _, fragment in fragments(widget)), text)


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
        self._open.wait(LONG)
        connection.start()
        connection.end()

    def open(self) -> None:
        """Let the cell go on."""
        self._open.set()

    def blocks(self) -> None:
        """Wait until the cell is here."""
        assert self.reached.wait(PATIENCE)


def expect_kernel(notebook: Notebook, expression: str, wanted: object) -> None:
    """Wait until an expression has this value in the kernel (its public status may come a moment after the page's)."""
    becomes(notebook.page, lambda: notebook.kernel_eval(expression), wanted)


def kernel_text(notebook: Notebook, name: str = "run") -> str:
    """``run.text`` in the kernel."""
    text: str = notebook.kernel_eval(f"{name}.text")
    return text
