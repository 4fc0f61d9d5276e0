"""A comparison in a real JupyterLab: the grid fills live, is judged blindly, goes on after a restart, and tells nobody the names."""

from __future__ import annotations

import threading

from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from ..support import Connection, RawServer
from .cells import IMPORT, becomes, expect_kernel, part
from .conftest import OpenNotebook
from .test_access import violations

CHUNK = 'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n'


def compare(server: DemoServer, prompts: object, models: object, **more: object) -> str:
    """The source of a cell that shows a comparison of the demo server's models."""
    options = {"provider": "vllm", "base_url": f"{server.url}/v1", "seed": 1, **more}
    return f"g = sw.compare({prompts!r}, {models!r}, {', '.join(f'{name}={value!r}' for name, value in options.items())})\ng"


def cells(widget: Locator) -> Locator:
    return part(widget, "cell")


def test_the_grid_fills_live_and_ends_as_a_table(open_notebook: OpenNotebook, raw: RawServer) -> None:
    go_on = {name: threading.Event() for name in ("a", "b")}

    def answer(connection: Connection) -> None:
        model = "a" if b'"a"' in connection.body else "b"
        connection.start()
        connection.chunk((CHUNK % f"{model} says **one**").encode())
        go_on[model].wait(600)
        connection.chunk((CHUNK % f" and {model} two").encode() + b"data: [DONE]\n\n")
        connection.end()

    url = raw.serve(answer)
    prompts = {"short": "Hi", "long": "Hello"}
    ask = f"g = sw.compare({prompts!r}, ['a', 'b'], provider='vllm', base_url={url!r}, concurrency=2, order='given')\ng"
    notebook = open_notebook(IMPORT, ask, "await g", "len(g.to_pandas())")
    notebook.run_cell(0)
    notebook.run_cell(1)
    widget = notebook.widget()
    expect(cells(widget)).to_have_count(4)
    expect(cells(widget).nth(0).locator("strong")).to_have_text("one")  # Markdown, while it is written
    expect(cells(widget).nth(1)).to_contain_text("b says one")
    expect(cells(widget).nth(2)).to_contain_text("Waits its turn")
    expect(part(widget, "session-status")).to_have_text("0 of 4 done")
    go_on["a"].set()
    expect(cells(widget).nth(0)).to_contain_text("a two")
    expect(part(widget, "session-status")).to_have_text("1 of 4 done")
    part(cells(widget).nth(0), "vote").click(force=True)  # it says that it is not ready
    expect(part(widget, "said")).to_contain_text("A vote waits until every answer of its row has ended")
    expect_kernel(notebook, "g.votes.to_list()", [])
    # What differs from the baseline is marked while one of them is still being written.
    widget.get_by_label("Compare with").select_option("a")
    expect(cells(widget).nth(1).locator("ins")).to_have_text("b ")
    go_on["b"].set()
    expect(part(widget, "session-status")).to_have_text("4 of 4 done")
    notebook.run_cell(2)
    notebook.run_cell(3)
    assert notebook.text(3) == "4"
    part(cells(widget).nth(3), "open").click()
    expect(part(widget, "name")).to_have_text("long · b")
    assert not notebook.errors
    assert not notebook.elsewhere


def test_a_blind_vote_hides_names_and_is_kept_over_a_reload(open_notebook: OpenNotebook, server: DemoServer) -> None:
    cell = compare(server, {"q": "Hi"}, ["plain", "refusal", "tools"], n=2, params={"rate": 0}, concurrency=6)
    notebook = open_notebook(IMPORT, cell)
    notebook.run_all()
    widget = notebook.widget()
    expect(part(widget, "session-status")).to_have_text("6 of 6 done")
    part(widget, "blind").click()
    expect(part(widget, "column").first).to_be_hidden()
    expect(cells(widget).nth(1)).to_contain_text("Answer 2")
    shown = part(widget, "grid").inner_text()
    assert not any(name in shown for name in ("plain", "refusal", "tools"))
    part(cells(widget).nth(0), "vote").focus()
    notebook.page.keyboard.press("2")
    expect(part(cells(widget).nth(1), "vote")).to_have_attribute("aria-pressed", "true")
    chosen = notebook.kernel_eval("g.votes.to_list()[0]['cell']")
    part(widget, "vote-note").fill("the crisp one")
    part(widget, "vote-note").press("Enter")
    expect_kernel(notebook, "[(v['cell'], v['note'], v['blind']) for v in g.votes.to_list()]", [[chosen, "the crisp one", True]])
    assert notebook.cells() == 2  # no letter or number was a shortcut of the notebook's
    part(widget, "blind").click()
    expect(part(widget, "column").first).to_be_visible()
    best = int(chosen.split(".")[1])
    expect(part(widget, "column").nth(best)).to_contain_text("★ 1")
    notebook.reload()
    expect(part(widget, "column").nth(best)).to_contain_text("★ 1")
    expect(part(widget, "vote-note")).to_have_value("the crisp one")
    expect(cells(widget).nth(0)).to_contain_text("Hello!")
    assert violations(part(widget, "grid")) == []
    assert not notebook.errors


def test_the_same_cell_goes_on_after_a_restart(open_notebook: OpenNotebook, raw: RawServer) -> None:
    def answer(connection: Connection) -> None:
        if len(raw.requests) == 2:
            connection.closed_by_client(600)  # the kernel is restarted while this one is being written
            return
        connection.start()
        connection.chunk((CHUNK % f"answer {len(raw.requests)}").encode() + b"data: [DONE]\n\n")
        connection.end()

    url = raw.serve(answer)
    ask = (
        f"g = sw.compare('Hi', ['a', 'b', 'c'], provider='vllm', base_url={url!r}, concurrency=1, order='given', resume='kept.ssejsonl')\ng"
    )
    notebook = open_notebook(IMPORT, ask)
    notebook.run_all()
    expect(part(notebook.widget(), "session-status")).to_have_text("1 of 3 done")
    becomes(notebook.page, lambda: len(raw.requests), 2)
    expect_kernel(notebook, "'\"done\"' in open('kept.ssejsonl').read()", True)
    notebook.kernel.close()
    del notebook.kernel
    notebook.restart()
    notebook.wait_idle()
    notebook.run_all()
    widget = notebook.widget()
    expect(part(widget, "session-status")).to_have_text("3 of 3 done")
    expect(cells(widget).nth(0)).to_contain_text("answer 1")
    expect(cells(widget).nth(0)).to_contain_text("Kept from the file.")
    expect(cells(widget).nth(2)).to_contain_text("answer 4")
    assert len(raw.requests) == 4
