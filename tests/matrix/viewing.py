"""What the parts about viewers share: a server of theirs, a stream in the hand of the part, a page that is watched, and what was seen."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from playwright.sync_api import Error, Locator, Page, expect, sync_playwright

from ..browser.cells import answer, expect_answer, expect_status, part
from ..browser.lab import browser_flags, browser_path
from ..support import Held, RawServer
from .table import Table
from .venvs import ROOT

RESULTS = ROOT / "test-results"
PATIENCE = 20.0
SHORTCUTS = ("b", "a", "x", "d", "d", "m", "1", "0", "0", "ArrowDown", "j")
"""What a notebook in command mode takes for a command: new cells, deleted ones, Markdown, a restart."""
DARK = """(widget) => {
  const paint = document.createElement('canvas').getContext('2d');
  paint.fillStyle = getComputedStyle(widget).backgroundColor;
  paint.fillRect(0, 0, 1, 1);
  const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
  return red + green + blue < 180;
}"""


class Stream:
    """A chat stream that says what the part lets it say. url: what to ask for it."""

    def __init__(self) -> None:
        self._raw = RawServer()
        self.held = Held(self._raw)
        self.url = self.held.url
        self.ask = f"sw.stream({self.url!r}, json={{'model': 'held', 'stream': True}})"

    def wait_asked(self) -> None:
        """Wait until the request has come."""
        deadline = time.monotonic() + PATIENCE
        while not self._raw.requests:
            assert time.monotonic() < deadline, "nobody asked for the stream"
            time.sleep(0.05)  # the server has no event for it

    def sees_close(self, within: float = PATIENCE) -> bool:
        """Whether the client closes the connection."""
        return self._raw.requests[-1].closed_by_client(within)


@contextlib.contextmanager
def serving(command: list[str], url: str, home: Path, **environ: str) -> Iterator[None]:
    """Run a server until the end of the block. url: answers once it is up. Raises RuntimeError with its log if it does not."""
    log = home / "server.log"
    with log.open("wb") as out:
        given = os.environ | {"PYTHONPATH": str(ROOT)} | environ
        process = subprocess.Popen(command, cwd=home, env=given, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    try:
        deadline = time.monotonic() + 240
        while True:
            try:
                if httpx.get(url, timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)  # nobody listens yet, and there is nothing to await that would say so
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server does not answer:\n{log.read_text(errors='replace')}")
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):  # its kernels, where it left any: all are of the session that began with it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Viewer:
    """A page on a server, and the column of the table for what is seen there. wrong: errors of the console and of scripts."""

    def __init__(self, page: Page, table: Table, column: str, home: str) -> None:
        self.page = page
        self.table = table
        self.column = column
        self.wrong: list[str] = []
        self.elsewhere: list[str] = []
        self._its_own: set[str] = set()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: self.wrong.append(str(error.stack or error)))
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("request", lambda it: None if it.url.startswith((home, "ws", "data:", "blob:")) else self.elsewhere.append(it.url))

    def widget(self, index: int = 0) -> Locator:
        """The n-th widget of the page."""
        return self.page.locator(".sse-widget").nth(index)

    @contextlib.contextmanager
    def row(self, name: str, seen: str = "yes") -> Iterator[None]:
        """What the block looks for is seen, or it is a failure of the matrix."""
        try:
            yield
        except (AssertionError, Error, TimeoutError) as error:
            self.table.fail(name, self.column, str(error).partition("\n")[0])
            RESULTS.mkdir(exist_ok=True)
            with contextlib.suppress(Error):
                self.page.screenshot(path=RESULTS / f"matrix-{self.column}-{re.sub(r'[^a-z]+', '-', name)}.png")
            print(f"   {self.column} · {name}: FAILED {str(error)[:1000]}", flush=True)
        else:
            self.table.put(name, self.column, seen)
            print(f"   {self.column} · {name}: {seen}", flush=True)

    def begins(self) -> None:
        """No cell has run yet: what has gone wrong so far, and may at each load, is the viewer's own."""
        self._its_own = {error.partition("\n")[0] for error in self.wrong}

    # --- what is looked for everywhere -------------------------------------------------------------------------------------
    def grows(self, stream: Stream, index: int = 0) -> None:
        """The widget is there while the stream goes on, and grows."""
        with self.row("appears while the stream goes on, and grows"):
            stream.held.words(5)
            expect_answer(self.widget(index), stream.held.said)
            stream.held.words(5)
            expect_answer(self.widget(index), stream.held.said)
            expect_status(self.widget(index), "Writing")

    def reloads(self, stream: Stream, reload: Callable[[], object], index: int = 0) -> None:
        """After a reload it is there again, with what came meanwhile, and goes on."""
        with self.row("a reload of the page while the stream goes on"):
            reload()
            stream.held.words(5)
            expect_answer(self.widget(index), stream.held.said)
            expect_status(self.widget(index), "Writing")

    def keys(self, cells: Callable[[], object], index: int = 0) -> None:
        """An event is selected by keys, and the notebook's own shortcuts do not hear them."""
        with self.row("keys choose events, and the notebook's shortcuts do not hear them"):
            before = cells()
            canvas = part(self.widget(index), "timeline-canvas")
            canvas.press("Home")
            expect(part(self.widget(index), "detail")).to_be_visible()
            for key in SHORTCUTS:
                canvas.press(key)
            self.page.wait_for_timeout(500)  # what would come has no event that could be waited for
            assert cells() == before, f"the cells were {before}, and are {cells()}"

    def is_dark(self, index: int = 0) -> None:
        """The widget is dark where its surroundings are."""
        with self.row("dark theme"):
            self.page.wait_for_function(DARK, arg=self.widget(index).element_handle())

    def stops(self, stream: Stream, index: int = 0) -> None:
        """Stop closes the connection."""
        with self.row("Stop: the server sees the close"):
            part(self.widget(index), "stop").click()
            assert stream.sees_close(), "the server did not see the connection close"
            expect_status(self.widget(index), "Stopped")

    def ends(self, stream: Stream, index: int, printed: Callable[[], str]) -> None:
        """The page and the kernel come to the same. printed: prints ``(len(run.events), run.text)`` in a cell, and gives it."""
        with self.row("all events and the whole answer, as in the kernel"):
            stream.held.words(200)
            stream.held.end()
            expect_status(self.widget(index), "Done")
            expect_answer(self.widget(index), stream.held.said)
            shown = re.search(r"([\d,]+) events", self.widget(index).inner_text())
            assert shown, answer(self.widget(index))
            wanted = str((int(shown[1].replace(",", "")), stream.held.said))
            assert wanted in printed(), f"the page has {wanted[:60]}…, the kernel {printed()[:60]}…"

    def clean(self) -> None:
        """Nothing went wrong in the page, and nobody else was asked for anything."""
        with self.row("no error in the console, no request elsewhere"):
            ours = [error for error in self.wrong if error.partition("\n")[0] not in self._its_own]
            assert not ours, ours[0]
            assert not self.elsewhere, self.elsewhere[0]


@contextlib.contextmanager
def paging() -> Iterator[Page]:
    """A page in Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
        expect.set_options(timeout=1000 * PATIENCE)
        try:
            yield chromium.new_page(viewport={"width": 1200, "height": 1400})
        finally:
            chromium.close()
