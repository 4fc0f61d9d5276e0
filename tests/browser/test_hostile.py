"""Hostile text in every place that a server, or a name, can put it: nothing runs, nothing is asked for, nothing else changes."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ElementHandle, Locator, Request, expect

from sse_widget.view.assets import STATIC

from ..support import RawServer
from .cells import part
from .conftest import OpenNotebook
from .hostile import WATCH, HostileServer, Vector, vectors
from .notebook import Notebook

BATCH = 25
"""Vectors in one widget."""
SHOWN = 200
"""Characters of a name: names are the user's own, and no bomb."""
LAB = re.compile(r"/(api|lab/api|lab/workspaces|static|lab/extensions|terminals)(/|$)")
"""Paths that Lab asks its own server for, by itself."""
LABS_OWN = re.compile(
    r"jp-(Toolbar|Notebook|Cell|Input|Output|Status|Kernel|Tab|Sidebar|Dir|File|Running|Windowed|icon)|lm-|#jp-"
    r"| of (title|select)#|favicon"
    r"| of (head#\. )?(style#sse_widget\.view\.widget\.StreamWidget\.)?( style#sse_widget\.view\.widget\.StreamWidget\.)?$"
)
"""What changes while any cell runs: prompts, the kernel's sign, the tab's icon; and the style sheet that anywidget adds."""

CELL = """
import json, sse_widget as sw
session = sw.Session("hostile")
for url, name in json.loads({asked!r}):
    body = {{"model": "m", "stream": True, "messages": [{{"role": "user", "content": name}}], name: name}}
    session.stream(url, json=body, name=name)
session.widget
"""
FOCUS = """([widget, n]) => {
  const lane = widget.querySelectorAll('[data-sw=lane-name]')[n];
  lane?.click();
  return Boolean(lane);
}"""
"""Whatever stands in its way: what covers what is asked of the watch. Beside the card that opens, all of them are on the board."""
SAYS = "([widget, word]) => widget.querySelector('[data-sw=status]').textContent.startsWith(word)"
"""Asked in every frame: two hundred waits of `expect` would be a minute."""
TAB = "([widget, name]) => widget.querySelector(`[role=tab][aria-controls$=${name}]`).click()"
STILL = """widget => new Promise(done => {
  let size = -1, frames = 0;
  const look = () => {
    const now = widget.textContent.length;
    frames = now === size ? frames + 1 : 0;
    size = now;
    if (frames > 3) done(); else requestAnimationFrame(look);
  };
  look();
})"""
"""What is shown grows no more."""
TOUCH = """widget => {
  const press = (found) => { for (const each of [...found].slice(0, 50)) each.click(); };
  for (const fold of widget.querySelectorAll('details')) fold.open = true;
  const unlinked = [...widget.querySelectorAll('.sw-md-refused, .sw-md-image')].filter((each) => !each.closest('a'));
  press([...unlinked, ...widget.querySelectorAll('[data-sw=notes]')]);
}"""
"""What a person would open or press, but for links: those may be followed."""


class Watched:
    """A notebook whose page, requests and console are looked at while hostile text is streamed through it."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.asked: list[str] = []
        self.surprises: list[str] = []
        self.page.on("request", self._asked)
        self.page.on("dialog", lambda dialog: self.surprises.append(f"dialog {dialog.message}"))
        self.page.on("popup", lambda page: self.surprises.append(f"window {page.url}"))
        self.page.on("framenavigated", lambda frame: self.surprises.append(f"went to {frame.url}"))
        self.page.on("frameattached", lambda frame: self.surprises.append("a frame"))
        self.page.on("download", lambda download: self.surprises.append(f"download {download.url}"))
        self.watch = self.page.evaluate_handle(WATCH)

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme != "blob" and ("hostile" in request.url or not LAB.match(url.path)):
            self.asked.append(request.url)

    def faults(self, widget: ElementHandle) -> list[str]:
        """What is wrong since it was last asked."""
        found: list[str] = self.page.evaluate("([watch, widget]) => watch.report(widget)", [self.watch, widget])
        found += self.surprises + [f"asked for {url}" for url in self.asked] + [f"raised {error}" for error in self.notebook.errors]
        self.surprises.clear()
        self.asked.clear()
        self.notebook.errors.clear()
        return found


OPENERS = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser|document\.writeln?)\b"
    r"|(?<!\.)\b(?:eval|new Function|fetch|importScripts|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\((?!\)\{)"
)
"""What makes elements or code of text, or asks a server, by its name in a bundle."""
KNOWN = {
    "widget.js": ["DOMParser"],  # one entity, in a document that nobody sees (`markdown/lean/entities.ts`)
    "math.js": ["DOMParser"],  # what temml wrote, of which elements are taken by an allow list (`lazy/math.ts`)
    "code.js": ["innerHTML"] * 2,  # highlight.js's way with elements of a page, which nobody calls (`lazy/code.ts`)
    "charts.js": [],
    "keep.js": [],
    "lanes.js": [],
    "grid.js": [],
    "rule.js": [],
    "theatre.js": [],
}


def test_the_built_page_has_no_other_way_from_text_to_elements_or_to_a_server() -> None:
    found = {name: OPENERS.findall((STATIC / name).read_text("utf-8")) for name in KNOWN}
    assert found == KNOWN


FIGURES = os.environ.get("SSE_WIDGET_HOSTILE", "")
"""A file for the figures of a run with every vector, which `make matrix ARGS="hostile"` names; without one, bombs are a few."""
BOMBS = {"quotes by lines", "emphasis", "brackets that close", "links in links", "definitions", "a wide table"}
"""Those that stand for all bombs: blocks, marks that stay open, marks that close, links, references, cells."""


LOOK = 3 if FIGURES else 6
"""Of so many vectors one is looked at in the other views, too; those that hide or turn letters are in any case."""


def shows(corpus: list[Vector]) -> list[tuple[int, str]]:
    """What is asked of the server: vectors as streams, and some as refusals, too, in each of its three ways."""
    chosen = [number for number, vector in enumerate(corpus) if FIGURES or vector.kind != "bomb" or vector.name in BOMBS]
    return [(number, what) for number in chosen for what in ("stream", "refuse")[: 1 + (number % (3 if FIGURES else 12) == 0)]]


@dataclass
class Figures:
    """What the vectors of one kind came to. longest: the page's longest task (ms), and by which vector. None of it fails the test."""

    streams: int = 0
    refusals: int = 0
    seconds: float = 0.0
    longest: tuple[int, str] = (0, "")

    def add(self, name: str, what: str, task: int, seconds: float) -> None:
        if what == "stream":
            self.streams += 1
        else:
            self.refusals += 1
        self.seconds = round(self.seconds + seconds, 1)
        self.longest = max(self.longest, (task, name))


def test_hostile_text_does_nothing_anywhere(open_notebook: OpenNotebook, raw: RawServer) -> None:
    corpus = vectors()
    server = HostileServer(raw, corpus)
    asked = shows(corpus)
    batches = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]
    notebook = open_notebook(*(cell(server, [(*each, corpus[each[0]]) for each in batch]) for batch in batches))
    watched = Watched(notebook)
    faults: dict[str, list[str]] = {}
    figures: dict[str, Figures] = {}
    for i, batch in enumerate(batches):
        notebook.run_cell(i)
        widget = notebook.widget(i).element_handle()
        for lane, (number, what) in enumerate(batch):
            vector = corpus[number]
            clock = time.monotonic()
            begun = notebook.page.evaluate("performance.now()")
            notebook.page.wait_for_function(FOCUS, arg=[widget, lane])
            server.go(f"/{number}/{what}")
            notebook.page.wait_for_function(SAYS, arg=[widget, "Done" if what == "stream" else "Failed"])
            notebook.page.evaluate(STILL, widget)
            notebook.page.evaluate(TOUCH, widget)
            found = watched.faults(widget)
            if what == "stream" and (number % LOOK == 1 or vector.kind in ("bidi", "control", "unseen")):
                found += look_around(watched, notebook.widget(i))
            if found:
                faults[f"{vector} ({what})"] = found
            task = notebook.page.evaluate("([watch, since]) => watch.longest(since)", [watched.watch, begun])
            figures.setdefault(vector.kind, Figures()).add(vector.name, what, round(task), time.monotonic() - clock)
        digest = "__import__('hashlib').sha256(run.text.encode()).hexdigest()"
        read = notebook.kernel_eval(f"[{digest} for run in session.runs]")
        for (number, what), is_read in zip(batch, read, strict=True):
            if what == "stream" and is_read != corpus[number].digest:
                faults.setdefault(f"{corpus[number]} (stream)", []).append("lost text")
    print(*(f"{kind}: {each}" for kind, each in figures.items()), sep="\n")
    if FIGURES:
        Path(FIGURES).write_text(json.dumps({kind: vars(each) for kind, each in figures.items()}), "utf-8")
    changed = [each for each in notebook.page.evaluate("watch => watch.outside()", watched.watch) if not LABS_OWN.search(each)]
    assert faults == {}
    assert not changed, "\n".join(changed)
    assert notebook.elsewhere == []


def cell(server: HostileServer, batch: list[tuple[int, str, Vector]]) -> str:
    """A cell that asks for all of a batch at once, in one widget."""
    asked = [(f"{server.url}/{number}/{what}", vector.shown[:SHOWN]) for number, what, vector in batch]
    return CELL.format(asked=json.dumps(asked))


def look_around(watched: Watched, widget: Locator) -> list[str]:
    """What is wrong with the other views: the events, one of them in full, and the request."""
    handle = widget.element_handle()
    assert handle is not None
    watched.page.evaluate(TAB, [handle, "events"])
    # The first row that is an event: the one with a hostile type and id.
    row = part(widget, "events").locator("[role=row][aria-selected]:not(.sw-no-event):not([hidden])").first
    row.evaluate("row => row.click()")
    expect(part(widget, "detail-data")).not_to_have_class(re.compile("sw-pending"))
    expect(part(widget, "detail-data")).to_contain_text('"id"')
    found = watched.faults(handle)
    watched.page.evaluate(TAB, [handle, "request"])
    expect(part(widget, "request-body")).to_contain_text("messages")
    found += watched.faults(handle)
    watched.page.evaluate(TAB, [handle, "tokens"])
    return found
