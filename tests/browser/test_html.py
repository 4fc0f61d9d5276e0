"""One HTML file: it plays, scrubs and inspects from disk, asks nobody for anything, and runs nothing that a model wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import sse_widget as sw
from sse_widget.recording import Recording

from ..chat import say
from .cells import part, until

HOSTILE = "</script><script>window.ran = 1</script><img src=https://x.test/i.png onerror=window.ran=1> ![i](https://x.test/j.png)"


@contextmanager
def opened(browser: Browser, path: Path) -> Iterator[Page]:
    """The file in a page of its own; whatever it asks of anybody, and whatever goes wrong in it, fails the test."""
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    try:
        page.goto(path.as_uri())
        yield page
        assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
        assert wrong == []
    finally:
        page.close()


def test_it_shows_plays_scrubs_and_inspects(browser: Browser, tmp_path: Path) -> None:
    recording = sw.demo.recordings()["thinking"]
    with opened(browser, recording.to_html(tmp_path / "talk.html")) as page:
        widget = page.locator(".sse-widget")
        answer = part(widget, "answer")
        expect(answer).to_contain_text("Buon appetito")
        expect(page).to_have_title("thinking")
        expect(part(widget, "stop")).to_be_hidden()

        part(widget, "scrub").fill("1400")
        expect(answer).not_to_contain_text("Buon appetito")
        expect(answer).to_contain_text("How to make pizza")
        expect(part(widget, "scrub-time")).to_contain_text("/")
        shown = answer.text_content() or ""
        part(widget, "play").click()
        until(page, lambda: answer.text_content() or "", lambda text: len(text) > len(shown))
        part(widget, "speed").select_option("100")
        expect(answer).to_contain_text("Buon appetito")

        part(widget, "timeline-canvas").press("Home")
        expect(part(widget, "detail")).to_be_visible()
        page.get_by_role("tab", name="Charts").click()
        expect(part(widget, "charts")).to_contain_text("tokens/s")


def test_what_a_model_wrote_is_text(browser: Browser, tmp_path: Path) -> None:
    data = "".join(f"data: {json.dumps(say(text))}\n\n" for text in (HOSTILE, "\n\n```js\n", "let a = 1;\n", "```\n"))
    recording = Recording.from_bytes(data.encode(), "text/event-stream")
    recording.name = HOSTILE
    with opened(browser, recording.to_html(tmp_path / "talk.html")) as page:
        widget = page.locator(".sse-widget")
        expect(part(widget, "answer")).to_contain_text("window.ran = 1")
        expect(widget.locator("pre .hljs-keyword, pre span").first).to_have_text("let")  # a part that is loaded late is in the file too
        assert page.evaluate("window.ran") is None
        assert page.locator("img").count() == 0


def test_what_failed_is_shown_as_what_failed(browser: Browser, tmp_path: Path) -> None:
    with sw.demo.serve() as server:
        run = sw.stream(f"{server.url}/status/429", reconnect=None, show=False)
        with suppress(sw.StatusError):
            run.wait()
    with pytest.raises(sw.SSEWidgetError, match="429"):
        sw.replay(run.recording, math.inf, show=False).wait()
    with opened(browser, run.recording.to_html(tmp_path / "failed.html")) as page:
        expect(part(page.locator(".sse-widget"), "error")).to_contain_text("429")
