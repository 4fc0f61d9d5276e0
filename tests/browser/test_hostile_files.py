"""Hostile text in what remains without a kernel: the copy below the widget, and the file that plays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, expect

import sse_widget as sw
from sse_widget.recording import Recording
from sse_widget.view.static import bundle

from ..chat import say
from ..test_static import ATTRIBUTES, KNOWN
from .cells import part
from .hostile import WATCH, Vector, events, vectors
from .test_html import opened

WHOLE = "SSE_WIDGET_HOSTILE" in os.environ
SHOWN = 200
LARGE = 50_000
OURS = ["div", "script", "script"]
CANARY = "window.ran = []; window.canary = (what) => window.ran.push(String(what));"
TAB = "([widget, name]) => widget.querySelector(`[role=tab][aria-controls$=${name}]`).click()"
OPEN = "() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }"
STRANGE = """([tags, attributes]) => {
  const found = new Set();
  for (const element of document.querySelectorAll('#copy *')) {
    if (!tags.includes(element.localName)) found.add(`<${element.localName}>`);
    for (const { name, value } of element.attributes) {
      if (!attributes.includes(name.toLowerCase()) || (name === 'style' && /url|position|@/.test(value))) found.add(`${name}=${value}`);
    }
  }
  return [...found];
}"""


def read(vector: Vector) -> sw.Run:
    """A run that was told this vector in every place."""
    run = sw.stream(events(vector), name=vector.shown[:SHOWN], show=False)
    with suppress(sw.SSEWidgetError):
        run.wait()
    return run


def some() -> list[Vector]:
    """All vectors where `make matrix` asks for them; else those that are no bombs and no megabytes."""
    return [vector for vector in vectors() if WHOLE or (vector.kind != "bomb" and len(vector.text) < LARGE)]


def groups(corpus: list[Vector]) -> Iterator[list[Vector]]:
    """Those of a kind in one file; each bomb in a file of its own, or what one leaves open would be the next one's."""
    for kind, found in groupby(corpus, key=lambda vector: vector.kind):
        of_kind = list(found)
        yield from [[each] for each in of_kind] if kind == "bomb" else [of_kind]


def test_the_copy_below_the_widget_is_text(browser: Browser, tmp_path: Path) -> None:
    runs = [read(vector) for vector in some()]
    file = tmp_path / "copy.html"
    copy = "".join(bundle([run])["text/html"] for run in runs)
    file.write_text(f"<!doctype html><meta charset=utf-8><script>{CANARY}</script><body><div id=copy>{copy}</div>", "utf-8")
    with opened(browser, file) as page:
        assert page.evaluate(STRANGE, [list(KNOWN), list(ATTRIBUTES)]) == []
        page.evaluate(OPEN)
        assert page.evaluate("[...document.body.children].map((each) => each.localName)") == ["div"]
        assert page.locator("#copy > details").count() == len(runs)
        assert page.evaluate("window.ran") == []


def test_the_file_that_plays_runs_nothing_of_it(browser: Browser, tmp_path: Path) -> None:
    for number, group in enumerate(groups(some())):
        said = [event for vector in group for event in events(vector) if b"[DONE]" not in event]
        end = f"data: {json.dumps(say(f'file {number} ends here'))}\n\n".encode()
        recording = Recording.from_bytes(b"".join([*said, end]), "text/event-stream")
        recording.name = "".join(vector.shown[:SHOWN] for vector in group)
        # Not by `wait_for_function`, which the file's own policy forbids; a canary that is called is an error of the page.
        with opened(browser, recording.to_html(tmp_path / f"{number}.html")) as page:
            widget = page.locator(".sse-widget")
            expect(part(widget, "answer").last).to_contain_text(f"file {number} ends here")
            watch = page.evaluate_handle(WATCH)
            page.evaluate(OPEN)
            for name in ("events", "request", "tokens"):
                page.evaluate(TAB, [widget.element_handle(), name])
                found = page.evaluate("([watch, widget]) => watch.report(widget)", [watch, widget.element_handle()])
                assert found == [], f"{group} in {name}"
            assert page.evaluate("[...document.body.children].map((each) => each.localName)") == OURS
