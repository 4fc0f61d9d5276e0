"""The answer as Markdown in a real browser: what is settled stays, code gets its colours and formulas their form."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import OpenNotebook

SLOWLY = """
import threading
import sse_widget as sw
go = threading.Event()
def words():
    yield "First words of it, and *more*.\\n\\n- one\\n- two\\n\\nAnother block.\\n\\n"
    go.wait(60)
    for i in range(300):
        yield f"word{i} " if i % 10 else "\\n\\n"
    yield "the end"
run = sw.stream(words())
run
"""

RICH = r'''
import sse_widget as sw
sw.stream([r"""With $x^2$ and $5 and $10.

```python
def bake(): return "<b>"
```

\[ \frac{a}{b} \]

the end"""])
'''


def test_a_selection_in_settled_text_survives(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(SLOWLY, "go.set()")
    notebook.run_cell(0)
    widget = notebook.widget()
    answer = widget.locator('[data-sw="answer"]')
    expect(answer).to_contain_text("Another block")
    answer.evaluate("""element => {
        window.first = element.firstElementChild;
        const range = document.createRange();
        range.setStart(first.firstChild, 6);
        range.setEnd(first.querySelector("em").firstChild, 4);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        window.gone = [];
        new MutationObserver(records => {
            for (const record of records)
                if (first.contains(record.target) && record.attributeName !== "class") window.gone.push(record.type);
        }).observe(element, {childList: true, subtree: true, characterData: true, attributes: true});
    }""")
    notebook.run_cell(1)
    expect(answer).to_contain_text("the end")
    assert notebook.errors == []
    state = answer.evaluate("element => [String(getSelection()), element.firstElementChild === window.first, window.gone]")
    assert state == ["words of it, and more", True, []]


def test_code_and_formulas(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(RICH)
    notebook.run_cell(0)
    widget = notebook.widget()
    answer = widget.locator('[data-sw="answer"]')
    expect(answer.locator("code .sw-h-keyword").first).to_have_text("def")
    expect(answer.locator("math")).to_have_count(2)
    expect(answer.locator("p").first).to_contain_text("and $5 and $10.")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = answer.get_by_role("button", name="Copy code")
    button.focus()
    notebook.page.keyboard.press("Enter")
    expect(answer.locator(".sw-code-copy")).to_have_text("Copied")
    assert notebook.page.evaluate("navigator.clipboard.readText()") == 'def bake(): return "<b>"\n'


ANSWER = r'''
import threading
import sse_widget as sw
go = threading.Event()
ANSWER = """## Heading

Some words of a paragraph that is long enough to be broken into lines, with **bold** and more.

- one item of a list
- another one
- the third

Title of a section
------------------

| a | b |
|---|---|
| 1 | 2 |
| 3 | 4 |

1. first
2. second

> a quote

And a last paragraph, which is the end.
"""
def signs():
    go.wait(60)
    for i in range(0, len(ANSWER), 3):
        yield ANSWER[i:i + 3]
        threading.Event().wait(0.02)
run = sw.stream(signs())
run
'''


def test_nothing_jumps_back_while_it_is_written(open_notebook: OpenNotebook) -> None:
    """What stands under the answer only moves down as the answer grows, and what is no heading is never one."""
    notebook = open_notebook(ANSWER, "go.set()")
    notebook.run_cell(0)
    widget = notebook.widget()
    expect(widget).to_contain_text("Waiting")
    widget.evaluate("""element => {
        window.up = [];
        window.headings = new Set();
        new PerformanceObserver(list => {
            for (const shift of list.getEntries())
                for (const { node, previousRect, currentRect } of shift.sources)
                    if (node?.parentElement?.closest(".sse-widget") && node.nodeType === 1 && node.matches("[data-sw=footer]"))
                        if (currentRect.y < previousRect.y - 1) window.up.push([previousRect.y, currentRect.y]);
        }).observe({type: "layout-shift", buffered: false});
        new MutationObserver(() => {
            for (const heading of element.querySelectorAll(".sw-md :is(h1, h2, h3)")) window.headings.add(heading.textContent);
        }).observe(element, {childList: true, subtree: true, characterData: true});
    }""")
    notebook.run_cell(1)
    expect(widget.locator('[data-sw="answer"]')).to_contain_text("which is the end.")
    expect(widget.locator('[data-sw="answer"]')).not_to_have_attribute("data-open", "")
    assert widget.evaluate("() => window.up") == []
    headings = widget.evaluate("() => [...window.headings]")
    assert headings[-1] == "Title of a section"
    assert all("Heading".startswith(word) or word == "Title of a section" for word in headings), headings
