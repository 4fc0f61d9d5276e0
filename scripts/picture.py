"""Takes the pictures of the README: a run of the demo server in a real JupyterLab, mid-stream, light and dark.

.venv/bin/python scripts/picture.py          writes docs/widget-light.png and docs/widget-dark.png
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


def main() -> None:
    """Take both pictures."""
    lab = Lab(Path(tempfile.mkdtemp()))
    try:
        lab.wait()
        with sw.demo.serve() as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=browser_flags())
            for theme in ("light", "dark"):
                take(browser, lab, server.url, theme)
            browser.close()
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
