"""The latency theatre before a class, in a real JupyterLab, and as a file that was sent home."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

import sse_widget as sw

from .cells import IMPORT, becomes, expect_kernel, part, until
from .conftest import OpenNotebook
from .test_access import violations
from .test_html import opened

SHOW = "show = sw.theatre(sw.demo.recordings()['thinking'], 0.25, reading_speed=2000)\nshow"


def play(widget: Locator) -> None:
    """See both to the end, reader included."""
    part(widget, "theatre-play").click()
    expect(part(widget, "theatre-play")).to_have_text("Pause")
    expect(part(widget, "stage-block")).to_contain_text("Buon appetito")
    expect(part(widget, "stage-stream")).to_contain_text("Buon appetito")
    expect(part(widget, "theatre-play")).to_have_text("Play again")


def marked(widget: Locator) -> str:
    """What the readers have read so far."""
    read = "() => [...(CSS.highlights.get('sw-read') ?? [])].map(range => range.toString()).join('|')"
    text: str = widget.page.evaluate(read)
    return text


def test_a_class_sees_and_votes(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(IMPORT, SHOW, height=1200)
    notebook.run_all()
    widget, page = notebook.widget(), notebook.page
    expect(part(widget, "header")).to_be_hidden()  # the card of the lane is there when it is asked for
    becomes(page, lambda: violations(widget) or None, None)

    part(widget, "theatre-play").click()
    expect(part(widget, "stage-block")).to_contain_text("Waiting for the whole answer")
    part(widget, "theatre-speed").select_option("10")
    until(page, lambda: marked(widget), lambda text: text.startswith("How to make"))
    expect(part(widget, "stage-block")).to_contain_text("Buon appetito")
    expect(part(widget, "theatre-play")).to_have_text("Play again")
    assert marked(widget).count("Buon appetito") == 2

    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(part(widget, "votes")).to_have_text("3 votes")
    expect_kernel(notebook, "show.board.votes", {"token by token": 2, "all at once": 1})
    expect(part(widget, "vote-bars")).to_be_hidden()
    part(widget, "vote-result").click()
    expect(part(widget, "vote-bars")).to_contain_text("67 %")
    expect(part(widget, "theatre-table")).to_contain_text("Saved before the first read")
    until(page, lambda: notebook.kernel_eval("show.board.figures.display_block"), lambda seconds: seconds is not None and seconds > 0)
    becomes(page, lambda: violations(widget) or None, None)

    part(widget, "theatre-wire").click()
    expect(part(widget, "header")).to_be_visible()
    notebook.reload()
    expect(part(notebook.widget(), "votes")).to_have_text("after both have been seen to the end")
    part(notebook.widget(), "theatre-speed").select_option("10")
    play(notebook.widget())
    expect(part(notebook.widget(), "votes")).to_have_text("3 votes")
    assert notebook.errors == []


def test_a_reader_who_asks_for_stillness_sees_nothing_turn(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(IMPORT, SHOW)
    notebook.page.emulate_media(reduced_motion="reduce")
    notebook.run_all()
    widget = notebook.widget()
    part(widget, "theatre-play").click()
    spinner = part(widget, "stage-block").locator(".sw-spinner")
    expect(spinner).to_be_visible()
    expect(spinner).to_have_css("animation-name", "none")


def test_it_plays_in_a_file(browser: Browser, tmp_path: Path) -> None:
    session = sw.theatre(sw.demo.recordings()["thinking"], 10, reading_speed=2000)
    session.runs[0].wait()
    with opened(browser, session.to_html(tmp_path / "theatre.html")) as page:
        widget = page.locator(".sse-widget")
        play(widget)
        page.keyboard.press("2")
        expect(part(widget, "votes")).to_have_text("1 vote")
        part(widget, "vote-result").click()
        expect(part(widget, "vote-bars")).to_contain_text("1 (100 %)")
        part(widget, "theatre-at").fill("2")
        expect(part(widget, "stage-stream")).not_to_contain_text("Buon appetito")
