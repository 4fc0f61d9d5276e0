"""What remains without a kernel: whatever was written by others is escaped, nothing loads, nothing runs."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_widget as sw
from sse_widget.recording import Recording
from sse_widget.view.static import BINS, bundle, escape, harmless, headline, timeline
from tests.chat import call, chunk, fragment, say
from tests.support import RecordingComm

KNOWN = {"details", "summary", "pre", "p", "b", "svg", "title", "g", "path", "text"}
ATTRIBUTES = {
    "class",
    "dir",
    "style",
    "role",
    "width",
    "height",
    "fill",
    "x",
    "y",
    "xmlns",
    "aria-label",
    "viewbox",
    "font-size",
    "stroke",
    "stroke-width",
    "transform",
    "d",
    "text-anchor",
}


class Elements(HTMLParser):
    """Every element and attribute of a piece of HTML, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(html: str) -> Elements:
    """The elements of HTML that has none but those it should."""
    elements = Elements(html)
    assert {tag for tag, _ in elements.found} <= KNOWN
    assert {name for _, attributes in elements.found for name in attributes} <= ATTRIBUTES
    assert elements.open == []
    return elements


def ran(*events: Any, name: str | None = None) -> sw.Run:
    run = sw.stream([f"data: {json.dumps(event)}\n\n".encode() for event in events], name=name)
    try:
        run.wait()
    except sw.SSEWidgetError:
        assert run.status == "failed"
    return run


HOSTILE = "<script>alert(1)</script></pre></details><img src=x onerror=alert(1)> & \" ' \u202etxt \x00"


def test_what_others_wrote_is_text() -> None:
    look = call(fragment(json.dumps({"q": HOSTILE}), name=HOSTILE, index=0, id="c1"))
    run = ran(chunk({"reasoning_content": HOSTILE}), look, say(HOSTILE), {"error": {"message": HOSTILE}}, name=HOSTILE)
    made = bundle([run])
    text = checked(made["text/html"]).text
    assert text.count("<script>alert(1)</script>") >= 5
    assert "\u202e" not in made["text/html"]
    assert "[U+202E]txt" in text
    assert "\x00" not in made["text/html"] + made["text/plain"]
    assert "<" not in re.sub("`[^`]*`", "", made["text/markdown"])


@given(st.text())
def test_any_text_comes_back_out_of_the_html(text: str) -> None:
    shown = Elements(f"<p>{escape(text)}</p>")
    assert [tag for tag, _ in shown.found] == ["p"]
    plain = re.sub("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", lambda it: f"[U+{ord(it[0]):04X}]", text)
    assert shown.text == re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "\ufffd", plain)


def test_it_has_the_answer_the_thinking_the_calls_and_the_figures() -> None:
    run = sw.replay(sw.demo.recordings()["thinking"], math.inf).wait()
    made = bundle([run])
    elements = checked(made["text/html"])
    assert [tag for tag, _ in elements.found].count("details") == 2
    assert "open" not in dict(elements.found[0][1])
    assert run.text in elements.text
    assert run.reasoning in elements.text
    assert re.match(r"thinking · done · first token 0\.\d\d s · \d\.\d\d s · \d+ tokens · \d+/s", headline(run))
    assert made["text/plain"].endswith(run.text.rstrip())
    assert "## How to make pizza" in made["text/markdown"]
    tools = sw.replay(sw.demo.recordings()["tools"], math.inf).wait()
    assert '{"city": "Naples", "unit": "celsius"}' in checked(bundle([tools])["text/html"]).text


def test_no_host_sets_formulas_in_it() -> None:
    outermost = Elements(bundle([ran(say("$a$"), call("$$b$$", "{}"), name="$c$")])["text/html"]).found[0]
    assert outermost == ("details", {"class": "mathjax_ignore"})


def test_several_runs_stand_below_each_other() -> None:
    html = bundle([ran(say("one")), ran(say("two"))])["text/html"]
    assert [tag for tag, _ in checked(html).found].count("details") == 2
    assert html.index("one") < html.index("two")


def test_a_long_answer_is_kept_in_part_and_says_so() -> None:
    text = checked(bundle([ran(say("x" * 250_000))])["text/html"]).text
    assert "… 50,000 more characters are not kept here." in text
    assert len(text) < 201_000


def test_a_name_of_a_megabyte_is_kept_in_part() -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "n" * 1_000_000, "arguments": "{}"}}
    chunk = {"object": "chat.completion.chunk", "model": "m" * 1_000_000, "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    run = sw.stream([chunk, "[DONE]"], dialect="openai_chat", show=False).wait()
    assert run.tool_calls[0].name == "n" * 1_000_000
    assert sum(map(len, bundle([run]).values())) < 20_000


def test_the_timeline_has_every_channel_where_it_was() -> None:
    recording = Recording()
    for time, event in [(1.0, chunk({"reasoning_content": "hm"})), (5.0, say("a")), (5.0, say("b")), (9.0, say("c"))]:
        recording._restore(time, "chunk", f"data: {json.dumps(event)}\n\n".encode(), None)
    recording._restore(10.0, "mark", b"", {"mark": "close"})
    recording._restored()
    svg = ElementTree.fromstring(timeline(recording._reading()))
    bars = sorted(
        (int(place), path.get("stroke"), float(height))
        for path in svg.iter("{http://www.w3.org/2000/svg}path")
        for place, height in re.findall(r"M(\d+) [\d.]+v([\d.]+)", path.get("d", ""))
    )
    assert [(place, colour) for place, colour, _ in bars] == [(24, "#a35fb5"), (120, "#3d8fdc"), (216, "#3d8fdc"), (239, "#8b95a0")]
    assert bars[1][2] > bars[0][2]
    assert svg.get("aria-label") == "Timeline: 5 frames in 10 s"
    assert timeline(Recording()._reading()) == ""


def test_a_long_timeline_stays_small() -> None:
    recording = Recording()
    recording._restore(0.0, "chunk", b"data: x\n\n" * 20_000, None)
    for number in range(3000):
        recording._restore(number / 100, "chunk", b"data: x\n\n", None)
    recording._restored()
    drawn = timeline(recording._reading())
    assert 0 < drawn.count("M") <= BINS
    assert len(drawn) < 5000


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("![a](https://x.test/i.png)", "[a](https://x.test/i.png)"),
        ("<img src=x>", "&lt;img src=x>"),
        ("`![a](b) <b>` ![c](d)", "`![a](b) <b>` [c](d)"),
        ("```\n![a](b) <b>\n```\n<b>", "```\n![a](b) <b>\n```\n&lt;b>"),
        ("~~~~ py\n```\n<b>", "~~~~ py\n```\n<b>\n~~~~"),
    ],
)
def test_markdown_for_any_viewer_loads_no_image_and_has_no_html(given: str, made: str) -> None:
    assert harmless(given) == made


def test_known_secrets_are_in_no_form(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ran(say("the key is sk-secret-1234567 here"))
    run.source.redactor.add("sk-secret-1234567")
    for text in bundle([run]).values():
        assert "sk-secret" not in text
        assert "the key is" in text


@pytest.mark.parametrize(("persist", "kept"), [("static", False), ("none", False), ("widget", True), ("both", True)])
def test_the_widgets_state_holds_everything_if_it_is_to(comms: list[RecordingComm], persist: str, kept: bool) -> None:
    run = sw.stream(["one ", "two"], persist=persist)
    assert run.widget is not None
    run.wait()
    states = [message["data"]["state"] for message in comms[-1].messages if message["data"].get("method") == "update"]
    whole = [state["snapshot"] for state in states if "snapshot" in state]
    assert len(whole) == (1 if kept else 0)
    if kept:
        (lane,) = whole[0]["lanes"]
        assert lane["state"]["status"] == "done"
        assert "".join(text for op in lane["ops"] if isinstance(op[2], list) for text in op[2]) == "one two"


def test_a_name_of_persist_that_does_not_exist() -> None:
    with pytest.raises(sw.UsageError, match="no persist 'statik'"):
        sw.stream(["x"], persist="statik")
