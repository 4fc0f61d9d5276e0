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
            for (const record of records) if (first.contains(record.target)) window.gone.push(record.type);
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
