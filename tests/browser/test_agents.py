"""Several agents on one connection, in a real JupyterLab: lanes appear as they first speak, and the conversation is all of them."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from sse_widget.demo import DemoServer

from ..support import Connection, RawServer
from .cells import IMPORT, becomes, part
from .conftest import OpenNotebook
from .test_access import violations


class Stage:
    """A connection on which agents speak when the test says so."""

    def __init__(self, raw: RawServer) -> None:
        self._steps: queue.SimpleQueue[Callable[[Connection], None] | None] = queue.SimpleQueue()
        self.url = raw.serve(self._play)

    def say(self, *events: tuple[str, str], **more: Any) -> None:
        """An event of each agent, with this text."""
        data = b"".join(f"data: {json.dumps({'agent': agent, 'text': text, **more})}\n\n".encode() for agent, text in events)
        self._steps.put(lambda connection: connection.chunk(data))

    def end(self) -> None:
        self._steps.put(lambda connection: connection.end())
        self._steps.put(None)

    def _play(self, connection: Connection) -> None:
        connection.start()
        while (step := self._steps.get()) is not None:
            step(connection)


def said(widget: Locator) -> Locator:
    return part(widget, "conductor-said")


def lanes(widget: Locator) -> Locator:
    return part(widget, "lane-name")


def test_lanes_appear_as_agents_speak_and_the_conversation_holds_all(open_notebook: OpenNotebook, raw: RawServer) -> None:
    stage = Stage(raw)
    notebook = open_notebook(IMPORT, f"run = sw.stream({stage.url!r}, key='$.agent', extract='$.text', name='Team')\nrun")
    notebook.run_all()
    widget = notebook.widget()
    stage.say(("Ann", "I begin."))
    expect(lanes(widget)).to_have_text(["1Teamall together", "2Ann"])
    expect(part(widget, "lane-output")).to_contain_text(["I begin."])
    stage.say(("Ann", ""), type="handoff", to="Bob")
    stage.say(("Bob", "And I **go on**."), ("Cid", "<b>Me</b> too."))
    expect(lanes(widget)).to_have_text(["1Teamall together", "2Ann", "3Bob", "4Cid"])
    expect(said(widget).locator(".sc-text")).to_have_text(["I begin.", "And I **go on**.", "<b>Me</b> too."])
    expect(said(widget).locator(".sc-who")).to_have_text(["Ann", "Bob", "Cid"])
    expect(part(widget, "conductor-link")).to_contain_text(["Ann hands over to Bob"])
    assert widget.locator(".sc-text b").count() == 0
    stage.end()
    for status in part(widget, "lane-status").all():
        expect(status).to_have_text("Done")
    assert notebook.kernel_eval("{tag: len(lane.events) for tag, lane in run.lanes.items()}") == {"Ann": 2, "Bob": 1, "Cid": 1}

    # A click shows that very event.
    said(widget).nth(2).locator("button").click()
    expect(part(widget, "header")).to_contain_text("Cid")
    expect(part(widget, "detail-card")).to_contain_text("<b>Me</b> too.")

    # It can be put away, and a page that is opened later has the same.
    part(widget, "lanes-talk").click()
    expect(part(widget, "conductor")).to_be_hidden()
    later = notebook.second_view(1)
    expect(said(later)).to_have_count(3)
    assert notebook.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_five_agents_look_and_read_well(open_notebook: OpenNotebook, server: DemoServer, theme: Any) -> None:
    key = "sw.Key('$.agent', done=lambda event: event.json()['type'] == 'done')"
    notebook = open_notebook(IMPORT, f"run = sw.stream({server.url + '/agents?rate=200'!r}, key={key}, extract='$.text')\nrun", height=1600)
    notebook.run_all()
    notebook.set_theme(theme)
    widget = notebook.widget()
    expect(part(widget, "session-count")).to_have_text("5 streams")
    expect(lanes(widget)).to_have_count(6)
    expect(part(widget, "conductor-link")).to_contain_text(["Research Bot hands over to Critic Bot"])
    expect(said(widget).last).to_contain_text("In short")
    expect(part(widget, "conductor-link").last).to_contain_text("Summary Bot waits for")
    becomes(notebook.page, lambda: violations(widget) or None, None)  # colours may still be on their way


def test_ten_lanes_at_a_hundred_events_a_second_are_complete(open_notebook: OpenNotebook, server: DemoServer) -> None:
    url = server.url + "/agents?agents=15&tokens=300&rate=100&jitter=0"
    notebook = open_notebook(IMPORT, f"run = sw.stream({url!r}, key='$.agent', extract='$.text')\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect(part(widget, "session-count")).to_have_text("15 streams")
    wanted = notebook.kernel_eval("{lane.name: len(lane.events) for lane in run.lanes.values()}")
    assert {name: wanted[name] for name in wanted if name.startswith("Bot ")} == {f"Bot {n}": 301 for n in range(6, 16)}

    def shown() -> dict[str, str]:
        """What each lane's row counts; the first is the stream itself."""
        rows = part(widget, "lane").all()[1:]
        return {row.locator(".sl-names b").inner_text(): row.locator('[data-sw="lane-events"]').inner_text() for row in rows}

    becomes(notebook.page, shown, {name: str(count) for name, count in wanted.items()})
