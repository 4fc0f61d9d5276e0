"""Renders every state of the page in a real JupyterLab, light and dark, wide and narrow: pictures to look at after a change of the look.

.venv/bin/python scripts/gallery.py                     all of them, into gallery/
.venv/bin/python scripts/gallery.py writing failed      those states alone
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, expect, sync_playwright

import sse_widget as sw
from tests.browser.cells import IMPORT, expect_status, part, two_frames
from tests.browser.lab import Lab, browser_flags, browser_path
from tests.browser.notebook import Notebook
from tests.browser.states import State, states
from tests.browser.test_theatre import play
from tests.support import RawServer

FOLDER = Path(__file__).resolve().parent.parent / "gallery"
WIDTHS = {"wide": 1280, "narrow": 560}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TABS = ("Tokens", "Events", "Charts", "Request")
HEIGHT = 1500  # none of the states is cut
PATIENCE_MS = 120_000


def take(browser: Browser, lab: Lab, name: str, state: State) -> None:
    """The pictures of one state; of a finished answer, those of every tab and of an opened event too."""
    page = browser.new_page(viewport={"width": 1280, "height": HEIGHT})
    page.set_default_timeout(PATIENCE_MS)
    notebook = Notebook(page, lab, [IMPORT, state.cell])
    notebook.run_all()
    widget = notebook.widget()
    if state.word:
        expect_status(widget, state.word)
    expect(widget).to_contain_text(state.shows)
    if name == "theatre":
        play(widget)
        page.keyboard.press("1")
        part(widget, "vote-result").click()
    for size, width in WIDTHS.items():
        notebook.set_viewport(width, HEIGHT)
        for theme in THEMES:
            notebook.set_theme(theme)
            page.mouse.move(2, 2)
            two_frames(page)
            stem = f"{name.replace(' ', '-')}-{size}-{theme}"
            notebook.screenshot(FOLDER / f"{stem}.png", widget)
            if name != "done":
                continue
            for title in TABS[1:]:
                widget.get_by_role("tab", name=title, exact=True).click()
                page.mouse.move(2, 2)
                page.wait_for_timeout(500)  # what the tab fetches from the kernel is drawn when it comes
                notebook.screenshot(FOLDER / f"{stem}-{title.lower()}.png", widget)
            widget.get_by_role("tab", name=TABS[0], exact=True).click()
            widget.locator('[data-sw="tokens-list"] [data-f]').nth(120).click()
            expect(widget.locator('[data-sw="detail-card"]')).to_contain_text("adds")
            page.mouse.move(2, 2)
            notebook.screenshot(FOLDER / f"{stem}-event.png", widget)
            page.keyboard.press("Escape")
    notebook.close()


def main(names: list[str]) -> None:
    """names: the states to take; none: all."""
    lab = Lab(Path(tempfile.mkdtemp()))
    try:
        lab.wait()
        with sw.demo.serve() as server, RawServer() as raw, sync_playwright() as playwright:
            expect.set_options(timeout=PATIENCE_MS)
            browser = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
            for name, state in states(server, raw).items():
                if not names or name in names:
                    print(name, flush=True)
                    take(browser, lab, name, state)
            browser.close()
    finally:
        lab.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
