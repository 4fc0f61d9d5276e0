"""Pace and hold of the view, pausing the reading, and what comes between a stream and the eye: a page that is slow or not looked at,
a kernel that is busy, a widget that is taken away. Nothing is lost, and nothing is said in the console."""

from __future__ import annotations

from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from ..support import Held
from .cells import IMPORT, answer, ask, ask_held, expect_answer, expect_kernel, expect_status, kernel_text, part, two_frames
from .conftest import OpenNotebook
from .notebook import Notebook

BLOCK_PAGE = "ms => { const end = performance.now() + ms; while (performance.now() < end); }"
HIDE_PAGE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def paced(open_notebook: OpenNotebook, held: Held, pace: str) -> Notebook:
    """A notebook whose stream has begun and is shown at this pace. Its menu is left open."""
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    held.text("Begin.")
    expect_answer(widget, held.said)
    part(widget, "view").click()
    part(widget, f"pace-{pace}").check()
    return notebook


def test_the_view_is_held_and_the_stream_goes_on(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    held.words(20)
    expect_answer(widget, held.said)
    before = answer(widget)
    part(widget, "view").press("Enter")
    expect(part(widget, "pace-raw")).to_be_focused()
    part(widget, "hold").press("Enter")
    notebook.page.keyboard.press("Escape")
    expect(part(widget, "view")).to_be_focused()
    held.words(30)
    held.end()
    expect_status(widget, "Done")
    expect(part(widget, "note")).to_contain_text("held, 32 events since")
    two_frames(notebook.page)
    assert answer(widget) == before
    part(widget, "live").press("Enter")
    expect_answer(widget, held.said)
    expect(part(widget, "note")).to_be_hidden()
    expect(part(widget, "view")).to_be_focused()
    assert kernel_text(notebook) == held.said
    assert notebook.errors == []


def test_a_slow_display_says_so_and_shows_all_of_it_at_a_click(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = paced(open_notebook, held, "slow")
    widget = notebook.widget()
    notebook.page.keyboard.press("Escape")
    held.words(300)
    held.end()
    expect_status(widget, "Done")
    expect(part(widget, "note")).to_contain_text("behind")
    assert "w0300" not in answer(widget)
    times = "[event.time for event in run.events]"
    before = notebook.kernel_eval(times)
    part(widget, "live").click()
    expect_answer(widget, held.said)
    assert notebook.kernel_eval(times) == before
    assert notebook.errors == []


def test_a_smooth_display_gets_there_by_itself(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = paced(open_notebook, held, "smooth")
    widget = notebook.widget()
    held.words(2000)
    held.end()
    expect_status(widget, "Done")
    expect_answer(widget, held.said)
    expect(part(widget, "note")).to_be_hidden()


def test_the_reading_is_paused_from_the_page_while_a_cell_blocks(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=400, rate=200) + "\nrun", "run.wait()")
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    widget = notebook.widget()
    expect_status(widget, "Writing")
    part(widget, "pause").click()
    expect_status(widget, "Paused")
    expect(part(widget, "pause")).to_have_attribute("aria-label", "Go on reading")
    part(widget, "pause").click()
    expect_status(widget, "Done")
    notebook.wait_cell(2)
    expect_answer(widget, kernel_text(notebook))
    assert notebook.kernel_eval("[mark for _, mark in run.reading.marks if mark in ('pause', 'resume')]") == ["pause", "resume"]


def test_a_page_that_cannot_keep_up_loses_nothing(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=20_000, rate=8000) + "\nrun")
    notebook.run_all()
    for _ in range(4):
        notebook.page.evaluate(BLOCK_PAGE, 1500)
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect(part(widget, "answer")).to_have_text(kernel_text(notebook).strip())  # not `innerText`: what is far from sight is not laid out
    assert notebook.errors == []
    assert notebook.kernel_eval("run.widget.flow.batches") > 0


def test_nobody_looks_and_then_everything_is_there(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=100_000, rate=500) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Writing")
    notebook.page.evaluate(HIDE_PAGE, True)
    expect_kernel(notebook, "run.widget.flow.why", "hidden")
    notebook.page.evaluate(HIDE_PAGE, False)
    expect_kernel(notebook, "run.widget._traffic.hidden(__import__('time').monotonic())", False)
    part(widget, "stop").click()
    expect_status(widget, "Stopped")
    expect_answer(widget, kernel_text(notebook))
    assert notebook.errors == []


def test_what_is_scrolled_away_is_sent_rarely_and_is_there_when_it_is_seen_again(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=100_000, rate=500) + "\nrun", "print('\\n' * 300, 'the end')")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Writing")
    notebook.output(2).locator("pre").last.evaluate("pre => pre.scrollIntoView({ block: 'end' })")
    expect_kernel(notebook, "run.widget.flow.why", "hidden")
    widget.scroll_into_view_if_needed()
    expect_kernel(notebook, "run.widget._traffic.hidden(__import__('time').monotonic())", False)
    part(widget, "stop").click()
    expect_status(widget, "Stopped")
    expect_answer(widget, kernel_text(notebook))
    assert notebook.errors == []


def test_a_kernel_that_is_busy_in_c_code(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=1000, rate=500) + "\nrun", "sum(range(10**8))", "run.wait()\nNone")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect_answer(widget, kernel_text(notebook))
    assert notebook.errors == []


def test_a_widget_that_is_closed_mid_stream(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun", "run.widget.close()", "run.wait()\nprint(run.status, run.text)")
    notebook.run_cell(0)
    notebook.run_cell(1)
    held.words(10)
    expect_answer(notebook.widget(), held.said)
    notebook.run_cell(2)
    notebook.run_cell(3)
    assert notebook.text(3).split() == ["stopped", *held.said.split()]
    expect(notebook.page.locator(".sse-widget")).to_have_count(0)
    assert notebook.errors == []


def test_an_output_that_is_cleared_mid_stream_is_whole_where_it_is_shown_again(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun", "run.widget")
    notebook.run_cell(0)
    notebook.run_cell(1)
    held.words(10)
    expect_answer(notebook.widget(), held.said)
    notebook.page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs'); }")
    expect(notebook.page.locator(".sse-widget")).to_have_count(0)
    held.words(10)
    expect_kernel(notebook, "run.text", held.said)
    notebook.run_cell(2)
    held.words(10)
    held.end()
    expect_status(notebook.widget(), "Done")
    expect_answer(notebook.widget(), held.said)
    assert notebook.errors == []
