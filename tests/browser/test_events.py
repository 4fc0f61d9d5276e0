"""The list of events: everything on the wire as rows, found, filtered, sorted and copied; and the charts beside it."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from .cells import IMPORT, ask, becomes, expect_status, part, until
from .conftest import OpenNotebook
from .notebook import Notebook


def opened(open_notebook: OpenNotebook, *cells: str) -> tuple[Notebook, Locator]:
    """A finished run on the page, with its events."""
    notebook = open_notebook(IMPORT, *cells)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    widget.get_by_role("tab", name="Events").click()
    return notebook, widget


def rows(widget: Locator) -> int:
    """Number of rows that the list has."""
    return int(part(widget, "events-grid").get_attribute("aria-rowcount") or 0) - 1


def test_events_are_found_by_text_by_path_and_by_type(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, ask(server, "pizza", rate=0) + "\nrun.wait()")
    find = part(widget, "find")
    everything = notebook.kernel_eval("len(run.recording.frames)")
    for typed, count in (
        ("DOUGH", "sum('dough' in e.data.lower() for e in run.events)"),
        ("$.choices[0].delta.content", "sum('\"content\":' in e.data for e in run.events if '\"choices\"' in e.data)"),
        ("type:message", "len(run.events)"),
        ("nowhere to be found", "0"),
    ):
        wanted = notebook.kernel_eval(count)
        find.fill(typed)
        becomes(notebook.page, lambda: rows(widget), wanted)
        expect(part(widget, "count")).to_have_text(f"{wanted:,} of {everything:,} frames")
    find.fill("$.choices[")
    expect(part(widget, "find-note")).to_contain_text("is not a JSONPath")
    find.press("Escape")
    expect(find).to_have_value("")
    becomes(notebook.page, lambda: rows(widget), everything)
    assert notebook.errors == []


def test_pings_are_rows_and_can_be_left_out(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, ask(server, "pizza", rate=0, pings=10) + "\nrun.wait()")
    everything = notebook.kernel_eval("len(run.recording.frames)")
    pings = notebook.kernel_eval("sum(f.kind == sw.wire.COMMENT for f in run.recording.frames)")
    assert pings > 5
    becomes(notebook.page, lambda: rows(widget), everything)
    part(widget, "show").click()
    choice = part(widget, "show-menu").get_by_label("comments and pings")
    choice.uncheck()
    becomes(notebook.page, lambda: rows(widget), everything - pings)
    notebook.page.keyboard.press("Escape")
    expect(part(widget, "show-menu")).to_be_hidden()
    expect(part(widget, "show")).to_be_focused()


def test_the_largest_come_first_and_keys_walk_in_that_order(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, ask(server, "pizza", rate=0) + "\nrun.wait()")
    grid = part(widget, "events-grid")
    grid.get_by_role("button", name="size").click()
    expect(grid.get_by_role("columnheader", name="size")).to_have_attribute("aria-sort", "descending")
    largest = notebook.kernel_eval(
        "max(range(len(run.recording.frames)), key=lambda i: (run.recording.frames[i].end - run.recording.frames[i].start, -i))"
    )
    grid.focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(part(widget, "timeline-canvas")).to_have_attribute("aria-valuenow", str(largest))


def test_what_is_listed_is_copied_as_json_lines(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    part(widget, "copy-listed").click()
    expect(part(widget, "copy-listed")).to_have_text("Copied")
    text = notebook.page.evaluate("navigator.clipboard.readText()")
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == notebook.kernel_eval("len(run.recording.frames)")
    assert [line["data"] for line in lines if line["event"] is not None] == notebook.kernel_eval("[e.data for e in run.events]")
    part(widget, "events-grid").focus()
    notebook.page.keyboard.press("Home")
    notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("c")
    one = until(notebook.page, lambda: notebook.page.evaluate("navigator.clipboard.readText()"), lambda it: it.count("\n") == 1)
    assert json.loads(one) == lines[1]


def test_a_hundred_thousand_events_are_a_few_elements(open_notebook: OpenNotebook) -> None:
    start = "run = sw.stream((f'w{n} ' * (1 + n % 3) for n in range(100_000)), name='many')\nrun.wait()"
    notebook, widget = opened(open_notebook, start)
    frames = notebook.kernel_eval("len(run.recording.frames)")
    becomes(notebook.page, lambda: rows(widget), frames)
    grid = part(widget, "events-grid")
    grid.focus()
    notebook.page.keyboard.press("End")
    expect(grid.locator('[aria-selected="true"]')).to_have_attribute("aria-rowindex", str(frames + 1))
    assert grid.locator("[role=row]").count() < 100
    grid.get_by_role("button", name="size").click()
    expect(grid.locator("[role=row]").nth(1)).to_contain_text("w")
    part(widget, "find").fill("w99999 ")
    becomes(notebook.page, lambda: rows(widget), 1)
    widget.get_by_role("tab", name="Tokens").click()
    expect(part(widget, "count")).to_have_text("100,000 fragments")
    until(notebook.page, lambda: part(widget, "tokens-list").locator("[data-f]").count(), lambda count: 0 < count < 6000)
    canvas = part(widget, "timeline-canvas")
    canvas.focus()
    notebook.page.keyboard.press("Home")
    expect(part(widget, "tokens-list").locator(".sw-sel")).to_have_text("w0 ")
    assert notebook.errors == []


def test_charts_say_in_sentences_what_they_show(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook, widget = opened(open_notebook, ask(server, "pizza", rate=1000) + "\nrun.wait()")  # what comes at once has no speed
    widget.get_by_role("tab", name="Charts").click()
    charts = part(widget, "charts")
    for title, words in (
        ("Gaps between fragments", r"Half of [\d,]+ gaps are under"),
        ("Speed over time", r"tokens.s on average while it flows"),
        ("Size of events", r"Half of [\d,]+ events are under"),
        ("Characters in a fragment", r"[\d.]+ characters and [\d.]+ tokens"),
    ):
        expect(charts.get_by_role("img", name=re.compile(rf"^{title}\. .*{words}"))).to_be_visible()
    payload = notebook.kernel_eval("len((run.text + run.reasoning).encode())")
    expect(part(widget, "payload")).to_contain_text(f"{payload / 1000:.1f} KB of")
    assert notebook.errors == []
