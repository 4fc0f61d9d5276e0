"""Text that is odd without meaning harm, and what comes between a stream and the eye: all of it is there, and the console is quiet."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from ..support import Held, RawServer
from .cells import IMPORT, ask_held, expect_answer, expect_fragments, expect_kernel, expect_status, fragments, part, until
from .conftest import OpenNotebook
from .notebook import Notebook

MANY = 10_000
CELL = "run = sw.stream({url!r}, json={{'model': 'odd', 'stream': True}})\nrun"
SCRIPTS = [
    "\u05e9\u05dc\u05d5\u05dd, \u05d1\u05e6\u05e7! (1 - 2)\n\n",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 **\u0639\u062c\u064a\u0646** 123\n\n",
    "\u6bd4\u8428\u9762\u56e2\uff0c\u653e**\u4e24\u4e2a\u5c0f\u65f6**\u3002\u30d4\u30b6\u306f\u8584\u304f\u3002 \ud53c\uc790\u3002\n\n",
    "\U0001f469\u200d\U0001f373 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ee\U0001f1f9 e\u0301 \u0e2a\u0e31\n\n",
]


def event(content: str, **choice: Any) -> bytes:
    """One chunk of a chat completion; characters beyond ASCII are escaped, as pairs of surrogates where JSON needs two."""
    choices = [{"index": 0, "delta": {"content": content}, "finish_reason": None, **choice}]
    return f"data: {json.dumps({'id': 'o', 'object': 'chat.completion.chunk', 'model': 'odd', 'choices': choices})}\n\n".encode()


END = event("", finish_reason="stop") + b"data: [DONE]\n\n"


def expect_quiet(notebook: Notebook) -> None:
    """Nothing was raised, and nothing of ours complained."""
    assert notebook.errors == []
    assert [line for line in notebook.console if line.startswith("error") and "sse_widget" in line] == []


def plain(text: str) -> str:
    return text.replace("**", "")


def test_texts_that_are_cut_anywhere_are_whole(open_notebook: OpenNotebook, raw: RawServer) -> None:
    text = "".join(SCRIPTS)
    halves = text.encode("utf-16-le", "surrogatepass")
    units = [halves[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(halves), 2)]
    assert any("\ud800" <= unit <= "\udbff" for unit in units)
    # Half a pair in each of two events; then the characters as they are, cut inside of them by the transport.
    escaped = b"".join(map(event, units)) + END
    written = event("", delta={"content": "PLACE"}).replace(b"PLACE", json.dumps(text, ensure_ascii=False)[1:-1].encode()) + END
    first, second = raw.stream(*(escaped[i : i + 997] for i in range(0, len(escaped), 997))), RawServer()
    with second:
        url = second.stream(*(bytes([byte]) for byte in written))
        notebook = open_notebook(IMPORT, CELL.format(url=first), CELL.format(url=url))
        notebook.run_all()
        for index in (0, 1):
            widget = notebook.widget(index)
            expect_status(widget, "Done")
            expect_fragments(widget, text)
            shown = [block.strip() for block in plain(text).split("\n\n")]
            expect(part(widget, "answer").locator("p")).to_have_text([block for block in shown if block])
        expect_kernel(notebook, "run.text", text)
    assert all("\ufffd" not in piece for _, piece in fragments(notebook.widget(0)))
    expect_quiet(notebook)


def test_ten_thousand_characters_at_once(open_notebook: OpenNotebook, raw: RawServer) -> None:
    letters = "".join(chr(97 + i % 26) + ("\n\n" if i % 97 == 96 else "") for i in range(MANY))[:MANY]
    chunk = b"".join(map(event, letters)) + END
    tokens: dict[str, Any] = {"content": [{"token": letter, "logprob": -0.25, "bytes": None, "top_logprobs": []} for letter in letters]}
    other = RawServer()
    with other:
        one = other.stream(event(letters, logprobs=tokens) + END)
        notebook = open_notebook(IMPORT, CELL.format(url=raw.stream(chunk)), CELL.format(url=one))
        notebook.run_all()
        for index in (0, 1):
            expect_status(notebook.widget(index), "Done")
            blocks = part(notebook.widget(index), "answer").locator("p")
            expect(blocks).to_have_text([block for block in letters.split("\n\n") if block])
        expect_kernel(notebook, "run.text", letters)
    expect(part(notebook.widget(0), "metric-events")).to_have_text(f"{MANY + 2:,}")
    expect_quiet(notebook)


def test_one_token_of_a_megabyte(open_notebook: OpenNotebook, raw: RawServer) -> None:
    text = "".join(f"word{i} of many\n\n" if i % 9 == 8 else f"word{i} of many " for i in range(65_000))
    assert len(text) > 1_000_000
    notebook = open_notebook(IMPORT, CELL.format(url=raw.stream(event("Before. ") + event(text) + event("After.") + END)))
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Done")
    shown = "element => element.textContent.replace(/\\s+/g, ' ').trim()"
    wanted = " ".join(f"Before. {text}After.".split())
    until(notebook.page, lambda: len(part(widget, "answer").evaluate(shown)), lambda size: size >= len(wanted) - 65_000 // 9)
    assert part(widget, "answer").evaluate(shown).replace(" ", "") == wanted.replace(" ", "")
    assert notebook.kernel_eval("run.text") == f"Before. {text}After."
    expect_quiet(notebook)


def test_a_cell_that_is_deleted_mid_stream(open_notebook: OpenNotebook, held: Held) -> None:
    notebook = open_notebook(IMPORT, ask_held(held) + "\nrun", "run.widget")
    notebook.run_cell(0)
    notebook.run_cell(1)
    held.words(10)
    expect_answer(notebook.widget(), held.said)
    notebook.page.evaluate("""async () => {
      const { commands, shell } = window.jupyterapp;
      shell.currentWidget.content.activeCellIndex = 1;
      shell.currentWidget.content.deselectAll();
      await commands.execute('notebook:delete-cell');
    }""")
    expect(notebook.page.locator(".sse-widget")).to_have_count(0)
    held.words(10)
    expect_kernel(notebook, "run.text", held.said)
    notebook.run_cell(1)
    held.words(10)
    held.end()
    expect_status(notebook.widget(), "Done")
    expect_answer(notebook.widget(), held.said)
    expect_quiet(notebook)
