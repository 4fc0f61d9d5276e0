"""A stream that is looked back on while it goes on, kept from the page, and played again: in a real JupyterLab."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

import sse_widget as sw

from ..support import Held
from .cells import IMPORT, ask_held, expect_answer, expect_kernel, expect_status, part, until
from .conftest import OpenNotebook
from .notebook import Notebook
from .test_html import opened


def number(widget: Locator, name: str) -> str:
    """A number of the header as it stands at this moment."""
    return part(widget, f"metric-{name}").inner_text()


def keep(notebook: Notebook, widget: Locator, form: str, folder: Path) -> Path:
    """Download a file from the page's menu."""
    save = part(widget, f"save-{form}")
    if not save.is_visible():
        part(widget, "view").click()
    with notebook.page.expect_download() as download:
        save.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_live_stream_is_looked_back_on_and_kept(open_notebook: OpenNotebook, browser: Browser, held: Held, tmp_path: Path) -> None:
    notebook = open_notebook(IMPORT, f"{ask_held(held)}\nrun")
    notebook.run_all()
    widget = notebook.widget()
    held.words(3)
    held.text(" then")
    early = held.said
    held.words(20, rate=40)
    expect_answer(widget, held.said)
    live = number(widget, "elapsed")

    part(widget, "scrub").fill("0")
    expect(part(widget, "output-text")).not_to_contain_text("then")
    expect(part(widget, "metric-first_token")).to_have_text("–")
    expect(part(widget, "metric-events")).to_have_text("0")
    for _ in range(4):
        part(widget, "step-forth").click()
    expect_answer(widget, early)
    expect(part(widget, "metric-first_token")).not_to_have_text("–")
    expect(part(widget, "metric-events")).to_have_text("4")
    before = number(widget, "elapsed")
    held.words(2)  # it goes on, and nothing of that is seen
    expect(part(widget, "note")).to_contain_text("22 events since")
    expect_answer(widget, early)
    assert number(widget, "elapsed") == before != live
    part(widget, "step-back").click()
    expect(part(widget, "answer")).not_to_contain_text("then")
    part(widget, "live").click()
    expect_answer(widget, held.said)
    until(notebook.page, lambda: number(widget, "elapsed"), lambda text: text not in (before, "–"))

    loaded = sw.load(keep(notebook, widget, "recording", tmp_path))
    assert loaded.read().text == held.said
    assert loaded.stopped_by == "the download"
    with opened(browser, keep(notebook, widget, "page", tmp_path)) as page:
        expect_answer(page.locator(".sse-widget"), held.said)
    expect_status(widget, "Writing")  # nothing of it was disturbed
    held.end()
    expect_status(widget, "Done")
    whole = sw.load(keep(notebook, widget, "recording", tmp_path))
    assert (whole.read().text, whole.stopped) == (held.said, False)
    assert notebook.errors == []
    assert notebook.elsewhere == []


CANARY = "sk-canary-0123456789"


def test_a_request_is_copied_as_a_command(open_notebook: OpenNotebook, held: Held) -> None:
    headers = {"Authorization": f"Bearer {CANARY}", "X-Note": "it's"}
    notebook = open_notebook(IMPORT, f"run = sw.stream({held.url!r}, json={{'model': 'held', 'stream': True}}, headers={headers!r})\nrun")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook.run_all()
    widget = notebook.widget()
    held.words(1)
    held.end()
    expect_status(widget, "Done")
    widget.get_by_role("tab", name="Request").click()
    part(widget, "curl").click()
    expect(part(widget, "curl")).to_have_text("Copied")
    command = notebook.page.evaluate("navigator.clipboard.readText()")
    assert command.startswith(f"curl --no-buffer --globoff --url '{held.url}'")
    assert "X-Note: it'\\''s'" in command or "x-note: it'\\''s'" in command
    assert '--data-raw \'{"model":"held","stream":true}\'' in command
    assert "***" in command
    assert CANARY not in command


def test_a_replay_goes_as_fast_as_the_page_says(open_notebook: OpenNotebook) -> None:
    play = "run = sw.replay(sw.demo.recordings()['thinking'], speed=0.01)\nrun"
    notebook = open_notebook(IMPORT, play)
    notebook.run_all()
    widget = notebook.widget()
    expect(part(widget, "scrub")).to_be_visible()
    part(widget, "speed").select_option("100")
    expect_status(widget, "Done")
    expect(part(widget, "answer")).to_contain_text("Buon appetito")
    expect_kernel(notebook, "(run.status, run.text == sw.demo.recordings()['thinking'].read().text)", ["done", True])
    assert notebook.errors == []
