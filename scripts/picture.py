"""Takes the pictures of the README in a real JupyterLab: a run of the demo server mid-stream, light and dark; and what sessions show.

.venv/bin/python scripts/picture.py          writes docs/widget-light.png, docs/widget-dark.png and docs/agents.png, compare.png …
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, expect, sync_playwright

import sse_widget as sw
from tests.browser.lab import Lab, browser_flags, browser_path
from tests.browser.notebook import Notebook

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH, HEIGHT = 1180, 900
START = """run = sw.stream({url!r}, name="How do I make pizza?", json={body!r})
run"""


def take(browser: Browser, lab: Lab, url: str, theme: str) -> None:
    """One picture: after a stall, while the answer is being written, with an event open."""
    body = {"model": "pizza", "stream": True, "seed": 4, "stalls": [{"at": 150, "seconds": 1.3}, {"at": 268, "seconds": 60}], "pings": 24}
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5)
    notebook = Notebook(page, lab, ["import sse_widget as sw", START.format(url=url + "/v1/chat/completions", body=body)])
    notebook.set_theme("dark" if theme == "dark" else "light")
    notebook.run_all()
    widget = notebook.widget()
    # The second stall holds the stream still, so that the picture is the same each time.
    tokens = widget.locator('[data-sw="tokens-list"] [data-f]')
    expect(tokens.filter(has_text="Bake")).to_have_count(1, timeout=60_000)
    tokens.filter(has_text="stone").first.click()
    expect(widget.locator('[data-sw="detail-data"]')).to_contain_text("stone")
    page.mouse.move(2, 2)
    notebook.screenshot(DOCS / f"widget-{theme}.png", widget)
    notebook.close()


def shots(url: str) -> dict[str, tuple[str, str]]:
    """By name: a cell, and what is there when the picture can be taken."""
    grid = (
        "grid = sw.compare({'a cook': 'How do I make pizza?', 'a grandmother': 'You are a grandmother. How do I make pizza?'}, "
        f"['pizza', 'markdown'], n=3, provider='openai', base_url={url + '/v1'!r}, order='given', seed=5, "
        "params={'rate': 300, 'jitter': 0.6}, prices={'pizza': (0.4, 1.6), 'markdown': (2.0, 8.0)})\ngrid"
    )
    return {
        "agents": ("sw.replay(sw.demo.recordings()['agents'], 8, key='event').session", "Done"),
        "compare": (grid, "12 of 12 done"),
        "theatre": ("sw.theatre(sw.demo.recordings()['thinking'], 2)", "Play both"),
        "stall": ("sw.replay(sw.demo.recordings()['masked-stall'], 8)", "Done"),
    }


def take_one(browser: Browser, lab: Lab, name: str, cell: str, shows: str) -> None:
    """A picture of what a session shows; the theatre's is taken in the middle of its play."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 2 * HEIGHT}, device_scale_factor=1.5)  # so tall that nothing is cut
    notebook = Notebook(page, lab, ["import sse_widget as sw", cell])
    notebook.run_all()
    widget = notebook.widget()
    expect(widget).to_contain_text(shows, timeout=120_000)
    if name == "theatre":
        widget.get_by_role("button", name="Play both").click()
        expect(widget).to_contain_text("Heat", timeout=60_000)
    page.mouse.move(2, 2)
    notebook.screenshot(DOCS / f"{name}.png", widget)
    notebook.close()


def main() -> None:
    """Take all of them."""
    lab = Lab(Path(tempfile.mkdtemp()))
    try:
        lab.wait()
        with sw.demo.serve() as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
            for theme in ("light", "dark"):
                take(browser, lab, server.url, theme)
            for name, (cell, shows) in shots(server.url).items():
                take_one(browser, lab, name, cell, shows)
            browser.close()
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
