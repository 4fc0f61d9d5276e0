"""What goes wrong says so in the page: what happened, and what to check. And hostile text does nothing."""

from __future__ import annotations

from playwright.sync_api import expect

from sse_widget.demo import DemoServer

from ..support import closed_port
from .cells import IMPORT, ask, expect_fragments, expect_status, part, two_frames
from .conftest import OpenNotebook


def test_every_kind_of_failure_shows_itself(open_notebook: OpenNotebook, server: DemoServer) -> None:
    def stream(path: str) -> str:
        return f"run = sw.stream({server.url + path!r})"

    cases: list[tuple[str, str, list[str]]] = [
        (f"run = sw.stream('http://127.0.0.1:{closed_port()}/')", "Failed", ["refused the connection", "Is the server running"]),
        ("run = sw.stream('http://nowhere.invalid/')", "Failed", ["no host named nowhere.invalid", "Check the spelling"]),
        (stream("/status/401"), "Failed", ["401", "Incorrect API key", "Check the API key", "invalid_api_key"]),
        (stream("/status/404"), "Failed", ["404", "Check the path", "does not exist on this server"]),
        (stream("/json"), "Failed", ["complete answer, not a stream", '"stream": true']),
        (stream("/empty"), "Failed", ["without a single event"]),
        (stream("/cut"), "Cut off", ["This sentence has no", "the connection broke"]),
        (stream("/invalid-utf8"), "Done", ["One byte of this caf", "not UTF-8"]),
        ("run = sw.stream([{'a': 'x'}], extract='$.b')", "Failed", ["matched nothing", "$.a"]),
        ("run = sw.stream(['1', 'x', '3'], parse=lambda data: str(int(data)))", "Done", ["13", "parse raised on 1 of 3 events"]),
        ("run = sw.stream(['x'], parse=lambda data: str(int(data)))", "Failed", ["parse could not read", "ValueError"]),
        (ask(server, "pizza", rate=0, error={"at": 150, "message": "overloaded"}), "Failed", ["How to make pizza", "overloaded"]),
        ("run = sw.stream(x for x in [1.5])", "Failed", ["gave a float"]),
    ]
    notebook = open_notebook(IMPORT, *(f"{source}\nrun" for source, _, _ in cases))
    notebook.run_all()
    for index, (source, status, words) in enumerate(cases):
        widget = notebook.widget(index)
        widget.scroll_into_view_if_needed()
        expect_status(widget, status)
        for word in words:
            expect(widget, source).to_contain_text(word)
        expect(part(widget, "stop"), source).to_be_hidden()
    assert notebook.errors == []


def test_an_error_is_read_from_its_beginning_in_a_pane_that_gets_narrower(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, f"run = sw.stream({server.url + '/status/401'!r})\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Failed")
    notebook.set_viewport(560, 1200)
    box = "it => it.getBoundingClientRect()"
    pane, card = part(widget, "output-text"), widget.locator(".sw-error")
    # Taller than the pane, or there would be nothing to see.
    notebook.page.wait_for_function("it => it.scrollHeight > it.clientHeight + 30", arg=pane.element_handle())
    two_frames(notebook.page)
    assert card.evaluate(box)["top"] >= pane.evaluate(box)["top"]


def test_awaiting_a_failed_run_raises_its_error(open_notebook: OpenNotebook, server: DemoServer) -> None:
    notebook = open_notebook(IMPORT, f"await sw.stream({server.url + '/status/401'!r})")
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.wait_cell(1)
    expect_status(notebook.widget(), "Failed")
    assert notebook.outputs(1)[-1]["ename"] == "StatusError"


HOSTILE = [
    "<img src=x onerror=\"window.pwned='img'\">",
    "<script>window.pwned='script'</script>",
    "[click](javascript:window.pwned='link')",
    "[click](data:text/html,<script>window.pwned='data'</script>)",
    "![beacon](http://203.0.113.7/steal.png)",
    "<a href='#' data-commandlinker-command='notebook:run-all-cells'>run</a>",
    "<svg><animate onbegin=\"window.pwned='svg'\"></svg>",
    "<iframe srcdoc=\"<script>parent.pwned='frame'</script>\"></iframe>",
    "<div id='jupyter-config-data'>clobber</div>",
    "| a |\n|---|\n| <img src=x onerror=\"window.pwned='cell'\"> |",
    "```html\n<img src=x onerror=\"window.pwned='code'\">\n```",
]


def test_hostile_text_does_nothing(open_notebook: OpenNotebook) -> None:
    texts = [f"{text}\n\n" for text in HOSTILE]
    call = "{'index': 0, 'id': 'x', 'function': {'name': texts[0], 'arguments': texts[1]}}"
    chunk = f"{{'choices': [{{'index': 0, 'delta': {{'tool_calls': [{call}], 'reasoning_content': texts[0]}}}}]}}"
    notebook = open_notebook(
        IMPORT,
        f"texts = {texts!r}\nrun = sw.stream(texts, name=texts[0])\nrun.wait()",
        f"sw.stream([{chunk}, {{'error': {{'message': texts[0]}}}}])",
    )
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    expect_status(notebook.widget(1), "Failed")
    expect_fragments(widget, "".join(texts))
    for link in widget.locator("a").all():
        link.click(no_wait_after=True)
    for fold in notebook.widget(1).locator("summary").all():
        fold.click()
    two_frames(notebook.page)
    assert notebook.page.evaluate("window.pwned ?? null") is None
    assert notebook.elsewhere == []
    for tag in ("img", "script", "iframe", "svg animate", "[onerror]", "[data-commandlinker-command]", "#jupyter-config-data"):
        expect(notebook.page.locator(f".sse-widget {tag}"), tag).to_have_count(0)
