"""Several streams in one widget: swimlanes on one clock, their outputs side by side, and each of them whole when it is opened."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from ..support import PATIENCE, Held, RawServer
from .cells import IMPORT, expect_kernel, part, until
from .conftest import OpenNotebook
from .test_access import violations


def streams(*urls: str, name: str = "Newsroom") -> str:
    """A cell that shows a session of streams, named after the letters."""
    lines = [f"s = sw.Session({name!r})"]
    lines += [
        f"s.stream({url!r}, json={{'model': 'held', 'stream': True}}, name={letter!r})" for url, letter in zip(urls, "ABCDEF", strict=False)
    ]
    return "\n".join([*lines, "s"])


@pytest.fixture
def hold() -> Iterator[Callable[[], Held]]:
    """Makes streams in the hand of the test, each of a server of its own."""
    with contextlib.ExitStack() as ending:

        def one() -> Held:
            held = Held(ending.enter_context(RawServer()))
            ending.callback(held.close)
            return held

        yield one


def row(widget: Locator, name: str) -> Locator:
    """The swimlane of a stream."""
    return part(widget, "lane").filter(has=widget.page.locator("b", has_text=re.compile(f"^{name}$")))


def panel(widget: Locator, name: str) -> Locator:
    """Its output beside the others."""
    return part(widget, "lane-panel").filter(has=widget.page.locator("b", has_text=re.compile(f"^{name}$")))


def names(widget: Locator) -> list[str]:
    """The lanes from the top."""
    return part(widget, "lane").locator("b").all_inner_texts()


def test_streams_beside_each_other(open_notebook: OpenNotebook, hold: Callable[[], Held]) -> None:
    a, b, c = hold(), hold(), hold()
    notebook = open_notebook(IMPORT, streams(a.url, b.url, c.url))
    notebook.run_all()
    widget, page = notebook.widget(), notebook.page
    card = widget.locator(".sw-card")
    for held, text in ((a, "one"), (b, "two"), (c, "three")):
        held.text(f"**{text}**")
    for name, text in zip("ABC", ("one", "two", "three"), strict=True):
        expect(panel(widget, name).locator("strong")).to_have_text(text)
        expect(part(row(widget, name), "lane-status")).to_have_text("Writing")
    expect(part(widget, "session-count")).to_have_text("3 streams, 3 live")
    expect(card).to_be_hidden()

    # One of them whole, in the card below, which goes on with it; and another in its place.
    part(row(widget, "B"), "lane-name").click()
    expect(part(widget, "name")).to_have_text("B")
    b.text(" and more")
    expect(part(card, "answer")).to_contain_text("two and more")
    expect(panel(widget, "B")).to_contain_text("two and more")
    part(panel(widget, "C"), "lane-open").click()
    expect(part(card, "answer")).to_have_text("three")
    part(row(widget, "C"), "lane-name").click()
    expect(card).to_be_hidden()

    # One alone, one folded, all in another order, by keys.
    part(row(widget, "A"), "lane-solo").click()
    expect(part(widget, "lane-panel").filter(visible=True)).to_have_count(1)
    part(row(widget, "A"), "lane-solo").click()
    part(row(widget, "A"), "lane-fold").click()
    expect(panel(widget, "A")).to_be_hidden()
    expect(panel(widget, "B")).to_be_visible()
    part(row(widget, "C"), "lane-name").press("Alt+ArrowUp")
    until(page, lambda: names(widget), lambda found: found == ["A", "C", "B"])
    expect(part(row(widget, "C"), "lane-name")).to_be_focused()

    # The cursor stands in all lanes at one time.
    axis = part(widget, "lanes-cursor")
    axis.press("End")
    axis.press("ArrowLeft")
    expect(widget.locator(".sl-cursor")).to_be_visible()
    expect(part(row(widget, "B"), "lane-at")).to_contain_text("·")
    axis.press("Escape")
    expect(widget.locator(".sl-cursor")).to_be_hidden()

    # One is stopped, the others go on; then all.
    part(row(widget, "A"), "lane-stop").click()
    expect(part(row(widget, "A"), "lane-status")).to_have_text("Stopped")
    c.text("!")
    expect(panel(widget, "C")).to_contain_text("three!")
    part(widget, "stop-all").click()
    expect(part(widget, "session-count")).to_have_text("3 streams")
    expect_kernel(notebook, "[str(run.status) for run in s.runs]", ["stopped"] * 3)
    assert notebook.errors == []


def test_a_cell_that_waits_for_all_does_not_keep_the_board_back(open_notebook: OpenNotebook, hold: Callable[[], Held]) -> None:
    """The part of the front end that draws it is asked for while the kernel is busy."""
    a, b = hold(), hold()
    notebook = open_notebook(IMPORT, streams(a.url, b.url).removesuffix("\ns") + "\ns.wait()\nwaited = True")
    notebook.run_cell(0)
    notebook.start_cell(1)
    widget = notebook.widget()
    a.text("early")
    expect(panel(widget, "A")).to_contain_text("early")
    a.end()
    expect(part(row(widget, "A"), "lane-status")).to_have_text("Done")
    b.end()
    notebook.wait_cell(1)
    expect_kernel(notebook, "waited and s.is_over", True)


def test_a_lane_that_comes_later_moves_nothing_but_what_is_below(open_notebook: OpenNotebook, hold: Callable[[], Held]) -> None:
    a, b, c = hold(), hold(), hold()
    notebook = open_notebook(IMPORT, streams(a.url, b.url), f"s.stream({c.url!r}, json={{'model': 'held', 'stream': True}}, name='C');")
    notebook.run_cell(0)
    notebook.run_cell(1)
    widget = notebook.widget()
    expect(part(widget, "lane")).to_have_count(2)
    first = row(widget, "A").bounding_box()
    notebook.run_cell(2)
    expect(part(widget, "lane")).to_have_count(3)
    assert row(widget, "A").bounding_box() == first
    assert names(widget) == ["A", "B", "C"]
    for held in (a, b, c):
        held.end()
    expect(part(widget, "session-status")).to_have_text("Done")


def test_hostile_names_and_many_lanes_are_lanes(open_notebook: OpenNotebook, server: DemoServer) -> None:
    odd = ["<img src=x onerror=alert(1)>", "\u202eoverride", "x" * 500, "", "مترجم"]
    cell = (
        f"s = sw.Session('<b>bold</b>')\nfor i in range(50):\n"
        f"    s.stream({server.url + '/plain?rate=0'!r}, name={odd!r}[i % 5])\nawait s\ns"
    )
    notebook = open_notebook(IMPORT, cell)
    notebook.run_all()
    widget, page = notebook.widget(), notebook.page
    expect(part(widget, "session-name")).to_have_text("<b>bold</b>")
    expect(part(widget, "session-count")).to_have_text("50 streams")
    expect(part(widget, "lane")).to_have_count(50)
    expect(part(widget, "lane-name").first).to_contain_text(odd[0])
    assert widget.locator("img").count() == 0
    # What is out of sight is drawn when it comes into sight.
    last = part(widget, "lane-panel").last
    assert last.locator(".sw-paper").count() == 0
    last.scroll_into_view_if_needed()
    expect(last).to_contain_text("walk")
    page.set_viewport_size({"width": 480, "height": 900})
    expect(part(widget, "lane").first).to_be_visible()
    wider = """widget => [...widget.querySelectorAll('[data-sw=lanes-board], .sl-row, .sl-head')]
      .some(one => one.scrollWidth > one.clientWidth + 1)"""
    until(page, lambda: widget.evaluate(wider), lambda found: not found)
    assert notebook.errors == []
    assert notebook.elsewhere == []


def test_the_board_is_for_everybody(open_notebook: OpenNotebook, hold: Callable[[], Held]) -> None:
    a, b = hold(), hold()
    notebook = open_notebook(IMPORT, streams(a.url, b.url))
    notebook.run_all()
    widget, page = notebook.widget(), notebook.page
    a.text("# Said\n\nby A")
    expect(panel(widget, "A")).to_contain_text("by A")
    for theme in ("light", "dark"):
        notebook.set_theme(theme)
        until(page, lambda: violations(widget), lambda found: found == [])
    part(row(widget, "A"), "lane-name").click()
    expect(part(widget.locator(".sw-card"), "name")).to_have_text("A")
    until(page, lambda: violations(widget), lambda found: found == [])
    expect(row(widget, "A")).to_have_attribute("aria-label", re.compile(r"^A: Writing, .* events?\.$"))
    b.end()
    expect(widget.locator(".sl-board [role=status]")).to_have_text(
        re.compile(r"B: Done after .*1 stream going on\."), timeout=1000 * PATIENCE
    )
    a.end()


def test_without_a_kernel_a_session_is_a_page(open_notebook: OpenNotebook, server: DemoServer) -> None:
    url = server.url + "/v1/chat/completions"
    body = {"model": "count", "stream": True, "tokens": 12, "rate": 0}
    ask = f"s.stream({url!r}, json={body!r}, name=name, show=False)"
    cell = f"s = sw.Session('Kept')\nfor name in 'AB':\n    {ask}\nawait s\ns.to_html('kept.html')"
    notebook = open_notebook(IMPORT, cell)
    notebook.run_all()
    page = notebook.page
    page.goto((notebook.lab.root / "kept.html").as_uri())
    widget = page.locator(".sse-widget")
    card = widget.locator(".sw-card")
    expect(part(widget, "session-name")).to_have_text("Kept")
    expect(panel(widget, "B")).to_contain_text("w0012")
    expect(part(widget, "stop-all")).to_be_hidden()
    part(row(widget, "B"), "lane-name").click()
    expect(part(card, "answer")).to_contain_text("w0012")
