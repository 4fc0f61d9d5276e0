"""One live stream in a cell: text grows, marks equal events, and what is selected is selected everywhere."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from ..support import Held
from .cells import IMPORT, ask, ask_held, becomes, expect_answer, expect_fragments, expect_status, kernel_text, part, until
from .conftest import OpenNotebook

# Columns of the canvas that hold a mark of an event, told apart by gaps: how many marks a person can count.
COUNT_MARKS = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const ratio = width / canvas.getBoundingClientRect().width;
  const at = (x, y) => 4 * (y * width + x);
  // A row just above the base line, where every event's mark passes whatever its height.
  const base = Math.round(canvas.height - 30 * ratio);
  let marks = 0, inside = false;
  for (let x = 0; x < width; x++) {
    let strong = false;
    for (let y = base - Math.round(6 * ratio); y < base - Math.round(3 * ratio); y++) {
      const [r, g, b, a] = data.slice(at(x, y), at(x, y) + 4);
      strong ||= a > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 60;
    }
    if (strong && !inside) marks++;
    inside = strong;
  }
  return marks;
}"""


def test_text_grows_while_the_stream_runs_and_is_exact_at_the_end(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    for count in (1, 40, 200):
        held.words(count, rate=100)
        expect_answer(widget, held.said)
        expect_status(widget, "Writing")
    held.end()
    expect_status(widget, "Done")
    expect_answer(widget, held.said)
    expect_fragments(widget, held.said)
    assert kernel_text(notebook) == held.said
    expect(part(widget, "amount")).to_contain_text(f"{notebook.kernel_eval('len(run.events)')} events")
    assert notebook.errors == []
    assert notebook.elsewhere == []


def test_the_timeline_has_a_mark_for_every_event(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, f"run = sw.stream({server.url + '/plain?rate=12'!r})\nrun.wait()", width=1200)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    events = notebook.kernel_eval("len([e for e in run.events if e.data != '[DONE]'])")
    canvas = part(widget, "timeline-canvas")
    expect(canvas).to_have_attribute("aria-valuemax", str(notebook.kernel_eval("len(run.recording.frames)") - 1))
    becomes(notebook.page, lambda: canvas.evaluate(COUNT_MARKS), events)
    widget.get_by_role("tab", name="Events").click()
    expect(part(widget, "events-grid")).to_have_attribute("aria-rowcount", str(notebook.kernel_eval("len(run.recording.frames)") + 1))


def test_an_event_opens_and_is_selected_everywhere(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    found = (
        '[(e.frame, e.index, len(e.data)) for e in run.events if \'"content": " dough"\' in e.data or \'"content":" dough"\' in e.data][0]'
    )
    frame, number, _ = notebook.kernel_eval(found)
    token = part(widget, "tokens-list").locator(f'[data-f="{frame}"]')
    token.click()
    card = part(widget, "detail-card")
    expect(card).to_contain_text(f"event {number}")
    expect(part(widget, "detail-data")).to_contain_text('" dough"')
    expect(card).to_contain_text("adds 6 characters")
    expect(token).to_have_class(re.compile(r"\bsw-sel\b|selected"))
    marks = "[...CSS.highlights.values()].flatMap(all => [...all]).map(range => range.toString()).join('|')"
    until(notebook.page, lambda: notebook.page.evaluate(marks), lambda marked: "dough" in marked)
    expect(part(widget, "timeline-canvas")).to_have_attribute("aria-valuenow", str(frame))
    widget.get_by_role("tab", name="Events").click()
    expect(part(widget, "events-grid").locator('[aria-selected="true"]')).to_have_attribute("aria-rowindex", str(frame + 2))


def test_a_word_of_the_answer_leads_to_its_event(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    heading = part(widget, "answer").get_by_role("heading", name="How to make pizza")
    heading.click(position={"x": 10, "y": 10})
    expect(part(widget, "detail-data")).to_contain_text("How")
    notebook.page.keyboard.press("Escape")
    expect(part(widget, "detail-card")).to_be_hidden()


def test_the_timeline_can_be_stepped_by_keys(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=5, rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    canvas = part(widget, "timeline-canvas")
    expect_status(widget, "Done")
    canvas.focus()
    frames = notebook.kernel_eval("[e.frame for e in run.events]")
    for key, expected in (
        ("Home", frames[0]),
        ("ArrowRight", frames[1]),
        ("ArrowRight", frames[2]),
        ("ArrowLeft", frames[1]),
        ("End", frames[-1]),
    ):
        notebook.page.keyboard.press(key)
        expect(canvas).to_have_attribute("aria-valuenow", str(expected))


def test_the_request_is_shown_without_its_secrets(open_notebook: OpenNotebook, server: DemoServer) -> None:
    canary = "sk-canary-0123456789"
    url = server.url + "/v1/chat/completions"
    body = {"model": "plain", "stream": True, "rate": 0, "user": "me"}
    start = f"run = sw.stream({url!r}, json={body!r}, headers={{'Authorization': 'Bearer {canary}'}})\nrun.wait()"
    notebook = open_notebook(IMPORT, start)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    widget.get_by_role("tab", name="Request").click()
    request = part(widget, "request")
    expect(request).to_contain_text("POST")
    expect(request).to_contain_text("authorization")
    expect(request).to_contain_text("text/event-stream")
    expect(part(widget, "request-body")).to_contain_text('"user": "me"')
    assert canary not in widget.inner_html()


def test_thinking_and_tool_calls_have_folds_of_their_own(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()", ask(server, "tools", rate=0) + "\nrun.wait()")
    notebook.run_all()
    pizza, tools = notebook.widget(0), notebook.widget(1)
    thoughts = pizza.locator("details").filter(has_text="Thought for")
    expect(thoughts).to_have_count(1)
    expect_status(tools, "Done")
    names = notebook.kernel_eval("[call.name for call in run.tool_calls]")
    for name in names:
        expect(part(tools, "output")).to_contain_text(name)
