"""Who cannot see, point or bear motion: axe-core finds nothing, every control keeps its keys, and nothing moves that was asked not to."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from ..support import Held, RawServer
from .cells import IMPORT, ask, ask_held, becomes, expect_answer, expect_status, part, two_frames
from .conftest import OpenNotebook
from .states import states

AXE = Path(__file__).parent.parent.parent / "js" / "node_modules" / "axe-core" / "axe.min.js"
LOOKED_AT = ["connecting", "thinking", "writing", "calling", "choices", "markdown", "failed", "cut off", "unknown", "lanes", "done"]
# A grid that has the focus scrolls its rows by keys, which axe does not know of the element in between that scrolls.
RUN_AXE = """async widget => {
  const { violations } = await axe.run(widget, { resultTypes: ['violations'], elementRef: true });
  const inGrid = (rule, node) => rule.id === 'scrollable-region-focusable' && node.element.closest('[role="grid"][tabindex="0"]');
  return violations.flatMap(rule => rule.nodes.filter(node => !inGrid(rule, node))
    .map(node => `${rule.id}: ${node.target.join(' ')} ${node.failureSummary} ${node.html}`));
}"""


def violations(widget: Locator) -> list[str]:
    """What axe-core has to say against a widget as it stands."""
    if not widget.page.evaluate("'axe' in window"):
        widget.page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = widget.evaluate(RUN_AXE)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation(open_notebook: OpenNotebook, server: DemoServer, raw: RawServer, theme: Literal["light", "dark"]) -> None:
    known = states(server, raw)
    notebook = open_notebook(IMPORT, *(known[name].cell for name in LOOKED_AT))
    notebook.set_theme(theme)
    notebook.run_all()
    page = notebook.page

    def clean(widget: Locator) -> None:
        becomes(page, lambda: violations(widget) or None, None)  # colours may still be on their way from one state to the next

    for index, name in enumerate(LOOKED_AT):
        widget = notebook.widget(index)
        widget.scroll_into_view_if_needed()
        expect_status(widget, known[name].word)
        expect(widget, name).to_contain_text(known[name].shows)
        clean(widget)

    # Each widget runs code of its own; what one calls its parts must not be the name of another's.
    names = page.evaluate("[...document.querySelectorAll('.sse-widget [id]')].map(one => one.id)")
    assert len(names) == len(set(names)) > len(LOOKED_AT)

    widget = notebook.widget(LOOKED_AT.index("done"))
    for tab in widget.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        two_frames(page)
        clean(widget)
    widget.get_by_role("tab", name="Tokens").click()
    part(widget, "tokens-list").locator("[data-f]").first.click()
    expect(part(widget, "detail-card")).to_be_visible()
    clean(widget)
    page.keyboard.press("Escape")
    part(widget, "dialect").click()
    expect(part(widget, "rule-panel")).to_be_visible()
    clean(widget)
    page.keyboard.press("Escape")
    part(widget, "view").click()
    two_frames(page)
    clean(widget)


def test_axe_would_find_one(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, ask(server, "count", tokens=3, rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    widget.evaluate("widget => widget.querySelector('.sw-card').append(document.createElement('button'))")
    becomes(notebook.page, lambda: [found.split(":")[0] for found in violations(widget)], ["button-name"])


def test_no_control_lets_a_key_through_to_the_notebook(open_notebook: OpenNotebook, server: DemoServer) -> None:
    """In command mode "b" would add a cell, "x" cut one and "d d" delete one."""
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=0) + "\nrun.wait()")
    notebook.run_all()
    widget, page = notebook.widget(), notebook.page
    expect_status(widget, "Done")
    before = notebook.cells()
    heard = """() => {
      window.heard = [];
      document.body.addEventListener('keydown', event => window.heard.push(event.key));
    }"""
    page.evaluate(heard)
    seen: set[str] = set()
    part(widget, "tokens-list").locator("[data-f]").first.click()  # so that the opened event's own controls are there
    expect(part(widget, "detail-card")).to_be_visible()
    for tab in ("Events", "Charts", "Request", "Tokens"):
        widget.get_by_role("tab", name=tab).click()
        two_frames(page)
        controls = widget.locator(":is(button, input, select, summary, a, [tabindex]):visible:not(:disabled)")
        for control in controls.all():
            control.focus()
            for key in ("b", "x", "d", "d"):
                page.keyboard.press(key)
            seen.add(control.evaluate("one => one.dataset.sw ?? one.textContent"))
    assert {"copy", "timeline-canvas", "dialect"} <= seen
    two_frames(page)
    assert page.evaluate("window.heard") == []
    assert notebook.cells() == before


def test_nothing_moves_where_motion_is_not_wanted(open_notebook: OpenNotebook, held: Held) -> None:
    moving = """widget => widget.getAnimations({ subtree: true })
      .filter(it => it.playState === 'running' && it.effect.getComputedTiming().duration > 1)
      .map(it => it.animationName ?? it.transitionProperty)"""
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Waiting")
    page = notebook.page
    page.wait_for_function(f"() => ({moving})(document.querySelector('.sse-widget')).length > 0")  # or the rest would prove nothing
    page.emulate_media(reduced_motion="reduce")
    becomes(page, lambda: widget.evaluate(moving), [])
    held.delta(reasoning_content="Let me think.")
    expect_status(widget, "Thinking")
    becomes(page, lambda: widget.evaluate(moving), [])
    held.text("An answer.")
    expect_answer(widget, "An answer.")
    expect_status(widget, "Writing")
    becomes(page, lambda: widget.evaluate(moving), [])
    held.end()
    expect_status(widget, "Done")
    becomes(page, lambda: widget.evaluate(moving), [])


def test_every_number_says_what_it_counts(open_notebook: OpenNotebook, server: DemoServer) -> None:
    """By a tooltip of its own, or of what stands around it."""
    dumb = r"""widget => [...widget.querySelectorAll('[data-sw="header"] *, [data-sw="footer"] *, .sw-tabs-row *')]
      .filter(one => one.checkVisibility() && [...one.childNodes].some(node => node.nodeType === 3 && /\d/.test(node.data)))
      .filter(one => !one.closest('.sse-widget [title]'))
      .map(one => one.textContent)"""
    notebook = open_notebook(IMPORT, ask(server, "pizza", rate=300, pings=20, stalls=[{"at": 150, "seconds": 1.5}]) + "\nrun.wait()")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect(part(widget, "finding")).to_be_visible()
    for tab in widget.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        two_frames(notebook.page)
        assert widget.evaluate(dumb) == []


def test_nothing_shifts_while_a_stream_is_written(open_notebook: OpenNotebook, held: Held) -> None:
    """The browser's own account of what moved without being touched. The card grows with the answer, and what is below moves with its end;
    and in the foot what grows is written from the right."""
    watch = """() => {
      window.shifts = [];
      const below = '.sw-foot, .sw-legend, .sw-pill';
      new PerformanceObserver(list => {
        for (const entry of list.getEntries())
          for (const { node, previousRect: from, currentRect: to } of entry.sources) {
            const element = node?.nodeType === 1 ? node : node?.parentElement;
            if (!element?.closest('.sse-widget')) continue;
            const grown = element.closest(below) && (to.x === from.x || from.width === 0 || element.closest('.sw-amount'));
            if (!grown) window.shifts.push(`${element.className || element.dataset.sw} from ${from.x}, ${from.y} to ${to.x}, ${to.y}`);
          }
      }).observe({ type: 'layout-shift' });
    }"""
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun")
    notebook.run_all()
    widget = notebook.widget()
    held.delta(reasoning_content="To begin with,\n")
    expect_status(widget, "Thinking")  # from here on: with the first event it is known what the stream is read as, and that is shown
    expect(part(widget, "dialect")).to_be_visible()
    two_frames(notebook.page)
    notebook.page.evaluate(watch)
    for number in range(12):
        held.delta(0.05, reasoning_content=f"Thought number {number}, at some length.\n")
    for line in (
        "## A heading\n\n",
        "A paragraph",
        " that goes on.\n\n",
        "1. one\n",
        "2. two\n\n",
        "> said\n\n",
        "```py\n",
        "x = 1\n",
        "```\n\n",
    ):
        held.text(line, 0.05)
    held.words(300, rate=200)
    held.end()
    expect_status(widget, "Done")
    expect(part(widget, "answer")).to_contain_text("w0300")
    two_frames(notebook.page)
    shifts = notebook.page.evaluate("window.shifts")
    assert shifts == [], "\n".join(shifts)
